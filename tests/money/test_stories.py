"""The stories of tests/book on whole engines: the sandbox, and Stripe's simulator as an account that captures once, or often.

After each, our ledger is the simulator's to the cent (`settled`).
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.book import stories
from tests.book.tale import GIVING, Counter
from tests.money.counters import Capture, counter, sandbox
from tests.money.shop import KEY, MoneyShop, opened, settled
from tests.stripe.running import Simulator

PROVIDERS = ["sandbox", "stripe, captures often", "stripe, captures once"]
ways = pytest.mark.parametrize("way", stories.WAYS)
paid_at_once = pytest.mark.parametrize("opened_counters", PROVIDERS[:2], indirect=True)
"""Where nothing is held, how often a provider captures a hold makes no difference."""


class Counters:
    """One provider's: a counter per policy. `shop` is there when the provider has books to compare with."""

    def __init__(self, by_policy: dict[Capture, Counter], shop: MoneyShop | None = None) -> None:
        self.automatic = by_policy["automatic"]
        self.on_fulfillment = by_policy["on_fulfillment"]
        self.shop = shop

    async def agree(self) -> None:
        if self.shop is not None:
            await settled(self.shop)


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=PROVIDERS)
async def opened_counters(request: Any, temporal: str, server: Simulator, folder: Path) -> AsyncIterator[Counters]:
    several = request.param != PROVIDERS[2]
    url = f"sqlite+aiosqlite:///{folder / 'ordermill.sqlite'}"
    async with AsyncExitStack() as stack:
        shop = None
        if request.param == PROVIDERS[0]:
            settings, key = await stack.enter_async_context(sandbox(temporal, url, folder))
        else:
            server.control("PUT", "account", multicapture=several)
            shop = await stack.enter_async_context(opened(temporal, url, folder, server, stripe_multicapture=several))
            settings, key = shop.settings, shop.key
        policies: tuple[Capture, ...] = ("automatic", "on_fulfillment")
        orders = [] if shop is None else shop.made
        made = {
            policy: await stack.enter_async_context(counter(settings, key, policy, orders, several=several))
            for policy in policies
        }
        yield Counters(made, shop)
        server.control("PUT", "account", multicapture=False)


@pytest_asyncio.fixture(loop_scope="session")
async def counters(opened_counters: Counters) -> AsyncIterator[Counters]:
    if opened_counters.shop is not None:
        opened_counters.shop.made.clear()
        opened_counters.shop.listen()
    yield opened_counters
    await opened_counters.agree()


@paid_at_once
@ways
@pytest.mark.parametrize("story", stories.BY_WAY)
async def test_cancelling_units_of_an_order_not_paid_in_full(counters: Counters, story: str, way: str) -> None:
    await stories.BY_WAY[story](counters.automatic, way)


@paid_at_once
@pytest.mark.parametrize("face", GIVING)
async def test_one_unit_cancelled_after_an_amount_went_back_through_each_face(counters: Counters, face: str) -> None:
    await stories.one_cancelled_after_most_went_back(counters.automatic, "hanzo, refund", face)


@ways
async def test_cancelling_what_waits_after_one_was_shipped(counters: Counters, way: str) -> None:
    await stories.the_waiting_two_cancelled_after_one_was_shipped(counters.on_fulfillment, way)


async def test_a_shipped_unit_that_comes_back_cancels_none_that_waits(counters: Counters) -> None:
    await stories.the_shipped_one_comes_back(counters.on_fulfillment)


@paid_at_once
@pytest.mark.parametrize("face", ["hanzo", "storefront"])
async def test_a_refunded_unit_is_not_edited_away(counters: Counters, face: str) -> None:
    await stories.a_refunded_unit_cannot_be_edited_away(counters.automatic, face)


async def test_a_line_removed_after_the_other_was_shipped_releases_its_hold(counters: Counters) -> None:
    await stories.the_other_line_removed_after_one_was_shipped(counters.on_fulfillment)


async def test_medusa_11766_a_hold_captured_at_the_provider_leaves_nothing_outstanding(shop: MoneyShop) -> None:
    """medusajs/medusa#11766: the provider had captured and said so, and the order's outstanding amount stood."""
    order = await shop.paid(take=False)
    ref = order.payments[0].ref
    shop.simulator.http.post(f"/v1/payment_intents/{ref}/capture", headers={"Authorization": f"Bearer {KEY}"})
    await shop.until(order, lambda found: found.payments[0].state == "captured")
    said = (await shop.call("GET", f"/order/order_{order.id}")).json()
    assert [said[name] for name in ("amountDue", "capturedTotal", "lifecycle")] == [0, order.total, "paid"]
    assert (
        await shop.call("POST", f"/order/order_{order.id}/pay", {"paymentMethod": "pm_card_visa"})
    ).status_code == 409
