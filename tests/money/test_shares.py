"""`capture: on_fulfillment`: every fulfilment captures its share, the last takes the remainder, to the cent."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from domain import commands as c
from domain import ledger
from domain.order import Given, Order, Units
from domain.pricing import price
from store.database import migrate
from tests.money.shop import MoneyShop, opened, settled
from tests.stripe.running import Simulator


async def held(shop: MoneyShop, quantity: int = 3, **fields: Any) -> Order:
    """An order of three units for 30.97, of which no third is a whole number of cents."""
    order = await shop.order(quantity=quantity, price_each=999, capture="on_fulfillment")
    order = await shop.placed(price(order.model_copy(update={"given": Given(tax=100)} | fields)))
    return await shop.do(order, c.Pay(payment_method="pm_card_visa"))


async def send_one(shop: MoneyShop, order: Order) -> Order:
    return await shop.do(order, c.Fulfill(lines=(Units(line_id=order.lines[0].id, quantity=1),)))


def taken(order: Order) -> list[int]:
    return [t.amount for t in order.payments[0].transactions if t.kind == "capture"]


@pytest.fixture(scope="module")
def several_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("several")
    migrate.upgrade(f"sqlite+aiosqlite:///{made / 'ordermill.sqlite'}")
    return made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened_several(temporal: str, server: Simulator, several_folder: Path) -> AsyncIterator[MoneyShop]:
    url = f"sqlite+aiosqlite:///{several_folder / 'ordermill.sqlite'}"
    async with opened(temporal, url, several_folder, server, stripe_multicapture=True) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def several(opened_several: MoneyShop) -> AsyncIterator[MoneyShop]:
    """A shop whose account captures one authorisation several times."""
    opened_several.made.clear()
    opened_several.listen()
    opened_several.simulator.control("PUT", "account", multicapture=True)
    yield opened_several
    await settled(opened_several)
    opened_several.simulator.control("PUT", "account", multicapture=False)


async def test_with_several_captures_each_parcel_takes_its_share_and_the_last_the_rest(several: MoneyShop) -> None:
    order = await held(several)
    for sent, captured in ((1, 1032), (2, 2064), (3, 3097)):
        order = await send_one(several, order)
        assert (order.lines[0].sent, ledger.captured(order)) == (sent, captured)
        assert several.stripe(order)["captured"] == captured
    assert (taken(order), several.stripe(order)["status"], ledger.due(order)) == ([1032, 1032, 1033], "succeeded", 0)


async def test_shares_of_a_dinar_order_are_tens_of_fils_and_still_add_up(several: MoneyShop) -> None:
    order = await held(several, currency="KWD", given=Given(tax=103))  # 3.100 KWD, of which no third ends in 0
    for captured in (1030, 2060, 3100):
        order = await send_one(several, order)
        assert several.stripe(order)["captured"] == ledger.captured(order) == captured
    assert order.lines[0].sent == 3


async def test_what_was_never_sent_is_let_go_when_the_order_ends_early(several: MoneyShop) -> None:
    order = await send_one(several, await held(several))
    order = await several.do(order, c.Void())
    assert (ledger.captured(order), ledger.held(order)) == (1032, 0)
    assert (several.stripe(order)["captured"], several.stripe(order)["released"]) == (1032, 2065)


async def test_a_share_whose_answer_was_lost_is_taken_once(several: MoneyShop) -> None:
    order = await held(several)
    for _ in range(2):
        several.simulator.fault("lose_answer", path="/v1/payment_intents/*/capture", method="POST")
        order = await send_one(several, order)
    assert several.stripe(order)["captured"] == ledger.captured(order) == 2064
    await send_one(several, order)


async def test_with_one_capture_the_first_parcel_takes_all_that_is_due(shop: MoneyShop) -> None:
    order = await send_one(shop, await held(shop))
    assert (taken(order), ledger.due(order), shop.stripe(order)["captured"]) == ([3097], 0, 3097)
    for _ in range(2):
        order = await send_one(shop, order)
    assert (order.lines[0].sent, taken(order)) == (3, [3097])
