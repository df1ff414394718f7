"""Money: charged once whatever is lost, given back when the order cannot be."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from activities.providers import PROVIDERS, Row
from activities.providers.sandbox import SandboxProvider
from domain import commands as c
from domain import ledger
from domain.errors import InsufficientInventory
from tests.workflows.faults import Flaky
from tests.workflows.shop import PRICE, Shop, request
from workflows.messages import Result


@pytest.fixture
def flaky(monkeypatch: pytest.MonkeyPatch) -> list[Flaky]:
    """The sandbox as the worker makes it, behind a bad line."""
    made: list[Flaky] = []

    def make(settings: object, engine: object) -> Flaky:
        made.append(Flaky(SandboxProvider(engine)))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setitem(PROVIDERS, "sandbox", Row(make, lambda settings: False))
    return made


@pytest_asyncio.fixture
async def line(flaky: list[Flaky], shop: Shop) -> AsyncIterator[Flaky]:
    """The shop's provider."""
    yield flaky[0]


async def charges(shop: Shop) -> list[tuple[int, int]]:
    """(captured, refunded) of every payment the provider knows."""
    from datetime import UTC, datetime

    from activities.providers.sandbox import SandboxProvider

    entries = SandboxProvider(shop.database).ledger(datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    return [(entry.captured, entry.refunded) async for entry in entries]


@pytest.mark.parametrize("lost", ["lost_before", "lost_after"])
@pytest.mark.parametrize("call", ["prepare", "authorize"])
async def test_a_provider_that_does_not_answer_charges_once(line: Flaky, shop: Shop, lost: str, call: str) -> None:
    order = await shop.confirmed()
    getattr(line, lost)[call] = 2
    order = await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    assert ledger.captured(order) == 2 * PRICE
    assert await charges(shop) == [(2 * PRICE, 0)]


async def test_after_a_lost_answer_the_provider_is_asked_what_became_of_it_before_anything_is_sent(
    line: Flaky, shop: Shop
) -> None:
    order = await shop.confirmed()
    line.lost_after["authorize"] = 1
    await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    assert line.calls == ["authorize", "look_up"], "its object was known, and stored, before it was asked"


@pytest.mark.parametrize("lost", ["lost_before", "lost_after"])
async def test_a_refund_whose_answer_is_lost_gives_back_once(line: Flaky, shop: Shop, lost: str) -> None:
    order = await shop.paid()
    getattr(line, lost)["refund"] = 2
    order = await shop.do(order, c.Refund(amount=1000))
    assert ledger.refunded(order) == 1000
    assert await charges(shop) == [(2 * PRICE, 1000)]


@pytest.mark.parametrize("lost", ["lost_before", "lost_after"])
async def test_a_cancel_of_a_held_and_a_charged_payment_survives_a_bad_line(line: Flaky, shop: Shop, lost: str) -> None:
    order = await shop.do(await shop.confirmed(), c.Pay(payment_method="pm_card_visa", amount=1000))
    await shop.do(order, c.Pay(payment_method="pm_card_visa", capture=False))
    getattr(line, lost).update(void=1, refund=1)
    order = await shop.do(order, c.Cancel())
    assert (ledger.refundable(order), ledger.held(order)) == (0, 0)
    assert sorted(await charges(shop)) == [(0, 0), (1000, 1000)]
    assert await shop.shelf() == (1000, 0)


async def test_a_decline_is_an_answer_recorded_once_and_never_retried(line: Flaky, shop: Shop) -> None:
    order = await shop.do(await shop.confirmed(), c.Pay(payment_method="pm_card_chargeDeclined"))
    assert (order.declines, order.payments[0].decline_code) == (1, "generic_decline")
    assert line.calls.count("authorize") == 1


async def test_the_third_decline_fails_the_order_and_gives_back_what_was_paid(shop: Shop) -> None:
    order = await shop.do(await shop.confirmed(), c.Pay(payment_method="pm_card_visa", amount=1000))
    for _ in range(3):
        order = await shop.do(order, c.Pay(payment_method="pm_card_chargeDeclined"))
    assert order.stage == "failed"
    await shop.result(order)
    order = await shop.stored(order)
    assert (ledger.refundable(order), order.refunds[0].origin) == (0, "failed")
    assert await shop.shelf() == (1000, 0)


async def test_paying_a_draft_confirms_it_and_a_decline_leaves_it_a_draft_with_its_stock_released(shop: Shop) -> None:
    order = await shop.do(await shop.placed(), c.Pay(payment_method="pm_card_chargeDeclined"))
    assert (order.stage, order.declines, await shop.shelf()) == ("draft", 1, (1000, 0))
    order = await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    assert (order.stage, ledger.due(order), await shop.shelf()) == ("confirmed", 0, (1000, 2))


async def test_paying_a_draft_with_too_little_stock_asks_no_provider(line: Flaky, shop: Shop) -> None:
    order = await shop.placed(quantity=1001)
    with pytest.raises(InsufficientInventory):
        await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    assert line.calls == []
    assert (await shop.stored(order)).version == 1


async def test_paying_a_draft_over_a_bad_line_reserves_once(line: Flaky, shop: Shop) -> None:
    line.lost_after["authorize"] = 2
    order = await shop.do(await shop.placed(), c.Pay(payment_method="pm_card_visa"))
    assert (ledger.captured(order), await shop.shelf()) == (2 * PRICE, (1000, 2))


async def test_three_d_secure_waits_for_the_customer_and_paying_again_goes_on_with_it(shop: Shop) -> None:
    order = await shop.do(await shop.confirmed(), c.Pay(payment_method="pm_card_authenticationRequired"))
    assert (order.payments[0].state, order.declines) == ("requires_action", 0)
    assert order.payments[0].client_secret
    order = await shop.do(order, c.Pay(payment_method="pm_card_authenticationRequired"))
    assert (len(order.payments), ledger.due(order)) == (1, 0)


async def test_a_mode_without_a_provider_refuses_the_payment_and_the_order_goes_on(shop: Shop) -> None:
    """The door names a provider it has; a workflow may outlive the settings that had one."""
    order = await shop.confirmed()
    command = c.Pay(payment_method="pm_card_visa", provider="nobody")
    await shop.handle(order).execute_update("pay", args=[command, request()], result_type=Result)
    order = await shop.stored(order)
    assert (order.payments[0].state, order.declines) == ("failed", 0)
    assert ledger.due(await shop.do(order, c.Pay(payment_method="pm_card_visa"))) == 0
