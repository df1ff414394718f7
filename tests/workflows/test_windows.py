"""Windows that close by themselves; time is skipped for the one order."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowExecutionStatus

from domain import commands as c
from domain import ledger
from domain.commands import Request
from domain.errors import ReturnWindowClosed
from domain.order import Actor
from tests.workflows.shop import PRICE, VARIANT, Shop


async def test_an_unpaid_order_is_cancelled_when_its_payment_window_ends_and_its_stock_comes_back(shop: Shop) -> None:
    order = await shop.confirmed(payment_window_minutes=60)
    assert await shop.shelf() == (1000, 2)
    await shop.skip(order, timedelta(minutes=59))
    assert (await shop.stored(order)).stage == "confirmed"
    await shop.skip(order, timedelta(minutes=2))
    await shop.result(order)
    order = await shop.stored(order)
    assert (order.stage, order.cancel_reason, order.cancel_note) == ("cancelled", "other", "payment window elapsed")
    assert await shop.shelf() == (1000, 0)


async def test_a_partial_payment_goes_back_when_the_payment_window_ends(shop: Shop) -> None:
    order = await shop.do(await shop.confirmed(), c.Pay(payment_method="pm_card_visa", amount=1000))
    await shop.skip(order, timedelta(days=1, minutes=1))
    await shop.result(order)
    order = await shop.stored(order)
    assert (ledger.captured(order), ledger.refunded(order), order.refunds[0].origin) == (1000, 1000, "expired")


async def test_a_payment_in_time_ends_the_payment_window_for_good(shop: Shop) -> None:
    order = await shop.paid()
    await shop.skip(order, timedelta(days=3))
    assert await shop.stored(order) == order


async def test_a_payment_window_of_nothing_never_ends(shop: Shop) -> None:
    order = await shop.confirmed(payment_window_minutes=0)
    await shop.skip(order, timedelta(days=400))
    assert (await shop.stored(order)).stage == "confirmed"


async def test_a_hold_about_to_lapse_is_released_and_the_payment_window_starts_anew(shop: Shop) -> None:
    order = await shop.paid(take=False)
    await shop.skip(order, timedelta(days=7))
    order = await shop.until(order, lambda o: ledger.held(o) == 0)
    assert (order.stage, ledger.due(order), order.payments[0].state) == ("confirmed", 2 * PRICE, "voided")
    assert order.payment_window_ends_at is not None
    await shop.skip(order, timedelta(days=2))
    await shop.result(order)
    assert (await shop.stored(order)).stage == "cancelled"
    assert await shop.shelf() == (1000, 0)


async def test_a_hold_about_to_lapse_is_captured_where_the_policy_says_so(shop: Shop) -> None:
    order = await shop.paid(take=False, on_authorization_expiry="capture")
    await shop.skip(order, timedelta(days=7))
    order = await shop.until(order, lambda o: ledger.due(o) == 0)
    assert (ledger.captured(order), order.payments[0].state) == (2 * PRICE, "captured")


async def test_a_return_window_of_thirty_days_closes_the_order_and_ends_its_workflow(each_shop: Shop) -> None:
    order = await each_shop.delivered()
    await each_shop.skip(order, timedelta(days=29))
    assert (await each_shop.stored(order)).closed_at is None
    await each_shop.skip(order, timedelta(days=1, minutes=1))
    await each_shop.result(order)
    order = await each_shop.stored(order)
    assert order.closed_at is not None
    assert order.return_window_ends_at is not None
    assert timedelta(0) <= order.closed_at - order.return_window_ends_at < timedelta(minutes=1)
    assert (await each_shop.story(order))[-1] == "order.closed"


async def test_an_open_return_keeps_the_order_open_until_it_is_decided(shop: Shop) -> None:
    order = await shop.delivered()
    asked = await shop.settle(order, c.RequestReturn(lines=(c.ReturnUnits(variant_id=VARIANT, quantity=1),)))
    await shop.skip(order, timedelta(days=45))
    assert (await shop.stored(order)).closed_at is None
    assert asked.subject is not None
    await shop.do(order, c.RejectReturn(return_id=asked.subject, reason="worn"))
    order = await shop.until(order, lambda o: o.closed_at is not None)
    await shop.result(order)


async def test_an_approved_return_of_which_nothing_comes_expires_and_lets_the_order_close(shop: Shop) -> None:
    order = await shop.delivered()
    asked = await shop.settle(order, c.RequestReturn(lines=(c.ReturnUnits(variant_id=VARIANT, quantity=1),)))
    await shop.do(order, c.ApproveReturn(return_id=asked.subject or ""))
    await shop.skip(order, timedelta(days=13))
    assert (await shop.stored(order)).returns[0].status == "approved"
    await shop.skip(order, timedelta(days=1, minutes=1))
    order = await shop.until(order, lambda o: o.returns[0].status == "expired")
    assert (await shop.story(order))[-1] == "order.return_expired"
    await shop.skip(order, timedelta(days=30))
    await shop.result(order)
    assert (await shop.stored(order)).closed_at is not None


async def test_after_the_window_a_return_is_refused(shop: Shop) -> None:
    order = await shop.do(await shop.do(await shop.delivered(), c.Close()), c.Reopen())
    await shop.skip(order, timedelta(days=31))
    theirs = Request(id="late", actor=Actor(kind="customer", id="cust_1"))
    with pytest.raises(ReturnWindowClosed):
        await shop.do(order, c.RequestReturn(lines=(c.ReturnUnits(variant_id=VARIANT, quantity=1),)), theirs)


async def test_an_order_reopened_by_hand_is_not_closed_by_its_timer(shop: Shop) -> None:
    order = await shop.do(await shop.closed(), c.Reopen())
    await shop.skip(order, timedelta(days=90))
    assert (await shop.stored(order)).closed_at is None
    assert await shop.status(order) == WorkflowExecutionStatus.RUNNING


async def test_a_reopened_order_has_a_payment_window_of_its_own(shop: Shop) -> None:
    order = await shop.do(await shop.paid(), c.Cancel())
    await shop.result(order)
    order = await shop.do(order, c.Reopen())
    await shop.skip(order, timedelta(hours=23))
    assert (await shop.stored(order)).stage == "confirmed"
    await shop.skip(order, timedelta(hours=2))
    await shop.result(order)
    assert (await shop.stored(order)).stage == "cancelled"
    assert await shop.shelf() == (1000, 0)


async def test_a_window_moved_by_hand_closes_at_its_new_moment_and_one_fired_closes_now(shop: Shop) -> None:
    order = await shop.confirmed(payment_window_minutes=60)
    later = order.updated_at + timedelta(hours=5)
    order = await shop.do(order, c.MoveTimer(name="payment_window", at=later))
    await shop.skip(order, timedelta(hours=4))
    assert (await shop.stored(order)).stage == "confirmed"
    await shop.skip(order, timedelta(hours=1, minutes=2))
    await shop.result(order)
    assert (await shop.stored(order)).stage == "cancelled"
    other = await shop.do(await shop.confirmed(), c.Pay(payment_method="pm_card_visa", amount=1000))
    other = await shop.do(other, c.MoveTimer(name="payment_window", fire=True))
    assert (other.stage, ledger.refunded(other)) == ("cancelled", 1000)
    await shop.result(other)
