"""Signals: facts from senders who cannot wait, late, doubled and out of order."""

import asyncio

import pytest

from domain import commands as c
from domain import ledger
from domain.errors import OnHold
from domain.order import Order
from tests.workflows.shop import PRICE, Shop


def ref(order: Order) -> str:
    found = order.payments[0].ref
    assert found is not None
    return found


async def said(shop: Shop, order: Order) -> Order:
    """The row once every signal sent so far is handled: a command queues behind them."""
    return await shop.do(order, c.AddNote(body="after the facts"))


async def test_a_carrier_says_delivered_twice_and_it_is_delivered_once(shop: Shop) -> None:
    order = await shop.shipped()
    for _ in range(2):
        await shop.signal(order, c.Deliver())
    order = await shop.until(order, lambda o: o.lines[0].delivered == 2)
    await said(shop, order)
    assert (await shop.story(order)).count("order.delivered") == 1


async def test_a_fact_that_comes_too_early_changes_nothing_and_fails_nothing(shop: Shop) -> None:
    order = await shop.placed()
    await shop.signal(order, c.Deliver())
    await shop.signal(order, c.PaymentFact(ref="pi_unknown", status="captured", captured=1))
    assert (await said(shop, order)).version == 2


async def test_a_payment_fact_finishes_three_d_secure(shop: Shop) -> None:
    order = await shop.do(await shop.confirmed(), c.Pay(payment_method="pm_card_authenticationRequired"))
    fact = c.PaymentFact(ref=ref(order), status="captured", authorized=2 * PRICE, captured=2 * PRICE)
    for _ in range(2):
        await shop.signal(order, fact)
    order = await shop.until(order, lambda o: ledger.due(o) == 0)
    assert ledger.captured(await said(shop, order)) == 2 * PRICE
    assert (await shop.story(order)).count("order.paid") == 1


async def test_a_decline_after_three_d_secure_counts_as_one(shop: Shop) -> None:
    order = await shop.do(await shop.confirmed(), c.Pay(payment_method="pm_card_authenticationRequired"))
    fact = c.PaymentFact(ref=ref(order), status="declined", decline_code="generic_decline")
    for _ in range(2):
        await shop.signal(order, fact)
    assert (await said(shop, order)).declines == 1


async def test_a_capture_that_is_told_after_it_was_refunded_lowers_nothing(shop: Shop) -> None:
    order = await shop.do(await shop.paid(), c.Refund())
    await shop.signal(order, c.PaymentFact(ref=ref(order), status="authorized", authorized=2 * PRICE))
    order = await said(shop, order)
    assert (ledger.captured(order), ledger.refunded(order)) == (2 * PRICE, 2 * PRICE)


async def test_a_pending_refund_settles_or_fails_by_fact(shop: Shop) -> None:
    order = await shop.do(await shop.paid(method="pm_card_pendingRefund"), c.Refund(amount=1000))
    assert order.refunds[0].status == "pending"
    part = order.refunds[0].parts[0].ref
    assert part is not None
    fact = c.RefundFact(payment_ref=ref(order), ref=part, status="failed", amount=1000)
    for _ in range(2):
        await shop.signal(order, fact)
    order = await shop.until(order, lambda o: o.refunds[0].status == "failed")
    assert ledger.refunded(await said(shop, order)) == 0


async def test_a_refund_made_at_the_provider_is_recorded_as_found(shop: Shop) -> None:
    order = await shop.paid()
    fact = c.RefundFact(payment_ref=ref(order), ref="re_dashboard", status="succeeded", amount=500)
    for _ in range(2):
        await shop.signal(order, fact)
    order = await said(shop, order)
    assert (ledger.refunded(order), len(order.refunds)) == (500, 1)


async def test_a_dispute_holds_the_order_until_it_is_won_and_does_not_open_again(shop: Shop) -> None:
    order = await shop.paid()
    opened = c.DisputeFact(payment_ref=ref(order), ref="dp_1", status="opened", amount=2 * PRICE)
    await shop.signal(order, opened)
    await shop.until(order, lambda o: len(o.holds) == 1)
    with pytest.raises(OnHold):
        await shop.do(order, c.Fulfill())
    await shop.signal(order, opened.model_copy(update={"status": "won"}))
    await shop.until(order, lambda o: not o.holds)
    await shop.signal(order, opened)
    order = await shop.do(order, c.Fulfill())
    assert (order.holds, order.lines[0].shipped) == ((), 2)


async def test_a_dispute_lost_counts_the_money_as_refunded(shop: Shop) -> None:
    order = await shop.paid()
    lost = c.DisputeFact(payment_ref=ref(order), ref="dp_1", status="lost", amount=2 * PRICE)
    for _ in range(2):
        await shop.signal(order, lost)
    order = await shop.until(order, lambda o: ledger.refunded(o) > 0)
    assert ledger.refunded(await said(shop, order)) == 2 * PRICE


async def test_twenty_facts_at_once_are_all_judged(shop: Shop) -> None:
    order = await shop.paid()
    facts = [
        c.RefundFact(payment_ref=ref(order), ref=f"re_{n % 10}", status="succeeded", amount=100) for n in range(20)
    ]
    await asyncio.gather(*(shop.signal(order, fact) for fact in facts))
    order = await said(shop, order)
    assert (ledger.refunded(order), len(order.refunds)) == (1000, 10)
