"""Authorisations that lapse: seen to an hour before, by policy; and what lapsed behind our back is not shipped on."""

from datetime import timedelta

import pytest

from domain import commands as c
from domain import ledger
from tests.money.shop import MoneyShop
from tests.workflows.shop import PRICE

TOTAL = 2 * PRICE
ALMOST = timedelta(days=6, hours=22)
DUE = timedelta(hours=1, minutes=30)


@pytest.mark.parametrize(
    ("policy", "captured", "status", "event"),
    [("release", 0, "canceled", "payment.expired"), ("capture", TOTAL, "succeeded", "payment.captured")],
)
async def test_an_hour_before_a_hold_lapses_the_policy_decides(
    shop: MoneyShop, policy: str, captured: int, status: str, event: str
) -> None:
    order = await shop.paid(take=False, on_authorization_expiry=policy)
    await shop.skip(order, ALMOST)
    assert (await shop.stored(order)).version == order.version, "too early"
    await shop.skip(order, DUE)
    order = await shop.until(order, lambda o: o.payments[0].state != "authorized")
    assert (ledger.captured(order), shop.stripe(order)["status"]) == (captured, status)
    assert event in order.latest


async def test_a_hold_let_go_starts_the_payment_window_anew_and_its_end_cancels_the_order(shop: MoneyShop) -> None:
    order = await shop.paid(take=False, payment_window_minutes=60)
    await shop.skip(order, ALMOST + DUE)
    order = await shop.until(order, lambda o: o.payment_window_ends_at is not None)
    await shop.skip(order, timedelta(minutes=61))
    order = await shop.until(order, lambda o: o.stage == "cancelled")
    assert shop.charged(order) == (0, 0)


async def test_a_hold_that_lapsed_at_stripe_unheard_is_found_by_the_fulfilment_that_needs_it(shop: MoneyShop) -> None:
    with shop.deaf():
        order = await shop.paid(capture="on_fulfillment")
        client = shop.simulator.client()
        await client.v1.payment_intents.cancel_async(str(order.payments[0].ref))
        await shop.simulator.opened.pop().close_async()  # type: ignore[no-untyped-call]
        order = await shop.do(order, c.Fulfill())
    assert (order.lines[0].sent, order.payments[0].state, ledger.due(order)) == (0, "voided", TOTAL)


async def test_a_hold_that_lapses_at_stripe_is_told_by_its_webhook(shop: MoneyShop) -> None:
    order = await shop.paid(take=False)
    shop.simulator.control("POST", "clock", seconds=8 * 86_400)
    order = await shop.until(order, lambda o: o.payments[0].state == "voided")
    assert "payment.expired" in order.latest
