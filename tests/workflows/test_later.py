"""What the sandbox does after its answer reaches the order: disputes, refunds that settle or fail, holds the policy ends."""

import asyncio
from datetime import timedelta

import pytest

from activities.providers import sandbox_later
from domain import commands as c
from domain import ledger
from domain.errors import OnHold
from domain.order import Order
from store.money import parked
from tests.workflows.shop import PRICE, Shop


async def word_of(shop: Shop, order: Order) -> None:
    """Hand over what is parked about its payment, as the sweep does."""
    for event in await parked.waiting(shop.database):
        if event.payment_ref == order.payments[0].ref:
            await shop.door.receive("sandbox", event.id)


async def test_a_card_that_disputes_holds_its_order(shop: Shop) -> None:
    order = await shop.paid(method="pm_card_createDispute")
    await word_of(shop, order)
    order = await shop.until(order, lambda o: bool(o.holds))
    assert [(h.kind, h.amount, h.reason) for h in order.holds] == [("dispute", 2 * PRICE, "fraudulent")]
    with pytest.raises(OnHold):
        await shop.do(order, c.Fulfill())


@pytest.mark.parametrize(
    ("method", "first", "then", "left"),
    [
        ("pm_card_pendingRefund", "pending", "succeeded", 2 * PRICE - 1000),
        ("pm_card_refundFail", "succeeded", "failed", 2 * PRICE),
    ],
)
async def test_a_refund_settles_or_fails_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, method: str, first: str, then: str, left: int
) -> None:
    monkeypatch.setattr(sandbox_later, "LATER_SECONDS", 1)
    order = await shop.do(await shop.paid(method=method), c.Refund(amount=1000))
    assert order.refunds[0].status == first
    await asyncio.sleep(1.1)
    await word_of(shop, order)
    order = await shop.until(order, lambda o: o.refunds[0].status == then)
    assert ledger.refundable(order) == left


async def test_a_hold_lasts_as_long_as_the_policy_says_and_a_capture_of_a_part_does_not_prolong_it(shop: Shop) -> None:
    order = await shop.paid(take=False, authorization_hold_days=2)
    (payment,) = order.payments
    assert payment.expires_at is not None
    assert payment.authorized_at is not None
    assert payment.expires_at - payment.authorized_at == timedelta(days=2)
    order = await shop.do(order, c.Capture(amount=1000, final=False))
    assert (order.payments[0].capturable, order.payments[0].expires_at) == (2 * PRICE - 1000, payment.expires_at)
    await shop.skip(order, timedelta(days=2))
    order = await shop.until(order, lambda o: ledger.held(o) == 0)
    assert ledger.captured(order) == 1000
