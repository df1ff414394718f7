"""The durable windows: when each begins, what ends it, what it does, and what 0 and fractions mean (contract section 4)."""

from datetime import timedelta

import pytest

from domain import commands as c
from domain import ledger
from domain.errors import InvalidTransition, OrderError, ReturnWindowClosed
from domain.order import Units
from domain.policy import Policy
from domain.windows import is_over, next_deadline, waiting_on, waits_for
from tests.domain.orders import (
    CUSTOMER,
    T0,
    TIMER,
    Story,
    add_line,
    confirmed,
    delivered,
    held,
    line,
    paid,
    placed,
    shipped,
)

PAY = c.Pay(payment_method="pm_card_visa", capture=True)


def _ring(story: Story) -> Story:
    """Let the next deadline come."""
    due = next_deadline(story.order)
    assert due is not None
    story.now = max(story.now, due[0].at)
    return story.do(due[1], by=TIMER)


def _name(story: Story) -> str | None:
    due = next_deadline(story.order)
    return due[0].name if due else None


def test_the_payment_window_runs_from_confirmation_and_cancels() -> None:
    story = placed(policy=Policy(payment_window_minutes=0.25)).later(hours=5).do(c.Confirm())
    assert story.order.payment_window_ends_at == T0 + timedelta(hours=5, seconds=15)
    with pytest.raises(OrderError):
        story.later(seconds=14).do(c.EndPaymentWindow(), by=TIMER)
    _ring(story)
    assert (story.order.stage, story.order.cancel_reason) == ("cancelled", "other")
    assert story.order.cancel_note
    assert story.events == ["order.cancelled"]
    assert is_over(story.order)


def test_partial_payments_go_back_when_the_payment_window_ends() -> None:
    story = _ring(confirmed().do(PAY.model_copy(update={"amount": 100})))
    assert ledger.refundable(story.order) == 0
    assert story.order.refunds[0].origin == "expired"


@pytest.mark.parametrize("story", [paid, held, shipped])
def test_once_covered_or_sent_the_payment_window_is_gone_for_good(story: object) -> None:
    told = story() if callable(story) else None
    assert told is not None
    assert told.order.payment_window_over
    assert told.order.payment_window_ends_at is None


def test_a_later_edit_never_cancels_automatically() -> None:
    story = paid().do(add_line(line(9, 1, 100)))
    assert ledger.due(story.order) == 100
    assert next_deadline(story.order) is None


def test_a_window_of_0_is_never() -> None:
    assert next_deadline(confirmed(policy=Policy(payment_window_minutes=0)).order) is None


def test_reopening_starts_a_new_payment_window() -> None:
    story = confirmed().do(c.Cancel()).later(days=3).do(c.Reopen())
    assert story.order.payment_window_ends_at == story.now + timedelta(days=1)


def test_a_hold_about_to_lapse_is_released_and_the_payment_window_starts_anew() -> None:
    story = held(policy=Policy(capture="manual"))
    assert _name(story) == "authorization"
    _ring(story)
    assert story.now == T0 + timedelta(days=7) - timedelta(hours=1)
    assert story.events == ["payment.expired"]
    assert story.order.payments[0].state == "voided"
    assert story.order.payment_window_ends_at == story.now + timedelta(days=1)
    assert _ring(story).order.stage == "cancelled"


def test_or_it_is_captured_where_the_policy_says_so() -> None:
    story = _ring(held(policy=Policy(capture="manual", on_authorization_expiry="capture")))
    assert ledger.captured(story.order) == story.order.total
    assert story.events == ["payment.captured", "order.paid"]


def test_a_capture_that_comes_too_late_leaves_the_order_unpaid_with_a_window() -> None:
    story = held(policy=Policy(capture="manual", on_authorization_expiry="capture"))
    due = next_deadline(story.order)
    assert due is not None
    story.at(due[0].at).do(due[1], by=TIMER, outcomes=[{"status": "refused", "state": None}])
    assert ledger.held(story.order) == 0
    assert story.order.payment_window_ends_at is not None


def test_a_capture_refused_while_the_hold_stands_is_not_tried_for_ever() -> None:
    story = held(policy=Policy(capture="manual", on_authorization_expiry="capture"))
    due = next_deadline(story.order)
    assert due is not None
    story.at(due[0].at).do(due[1], by=TIMER, outcomes=[{"status": "refused", "state": "authorized"}])
    assert ledger.held(story.order) == story.order.total
    assert next_deadline(story.order) is None


def test_the_return_window_starts_when_nothing_is_left_to_deliver() -> None:
    story = paid(line(1, 2, 100))
    one = (Units(line_id=story.order.lines[0].id, quantity=1),)
    story.do(c.Fulfill(lines=one)).do(c.Deliver())
    assert story.order.return_window_ends_at is None
    back = c.RequestReturn(lines=(c.ReturnUnits(line_id=story.order.lines[0].id, quantity=1),))
    assert story.later(days=90).do(back).events == ["order.return_requested"]
    story.do(c.RejectReturn(return_id=story.order.returns[0].id, reason="worn")).do(c.Fulfill()).do(c.Deliver())
    assert story.order.return_window_ends_at == story.now + timedelta(days=30)


def test_after_the_return_window_no_return_and_the_order_closes() -> None:
    story = delivered(policy=Policy(return_window_days=0.0005))  # 43.2 s, never shorter than promised
    back = c.RequestReturn(lines=(c.ReturnUnits(line_id=story.order.lines[0].id, quantity=1),))
    assert story.order.return_window_ends_at == T0 + timedelta(seconds=44)
    assert story.later(seconds=43).do(back).events == ["order.return_requested"]
    assert next_deadline(story.order) is None  # an open return keeps it open
    story.do(c.RejectReturn(return_id=story.order.returns[0].id, reason="worn")).later(seconds=1)
    with pytest.raises(ReturnWindowClosed):
        story.do(back, by=CUSTOMER)
    assert _ring(story).events == ["order.closed"]
    assert is_over(story.order)
    assert waiting_on(story.order) == "nothing"


def test_a_return_window_of_0_allows_none_and_closes_at_once() -> None:
    story = delivered(policy=Policy(return_window_days=0))
    with pytest.raises(ReturnWindowClosed):
        story.do(c.RequestReturn(lines=(c.ReturnUnits(line_id=story.order.lines[0].id, quantity=1),)))
    assert _ring(story).now == T0


def test_an_order_with_nothing_delivered_and_nothing_left_closes_by_itself() -> None:
    assert _ring(paid().do(c.Refund())).order.closed_at == T0


def test_reopened_by_hand_it_is_not_closed_by_the_timer_again() -> None:
    story = _ring(delivered()).do(c.Reopen())
    assert next_deadline(story.order) is None
    assert story.do(c.Close()).order.closed_at == story.now


def test_closing_by_hand_does_not_shorten_the_return_window() -> None:
    story = delivered().do(c.Close())
    assert is_over(story.order)
    back = c.RequestReturn(lines=(c.ReturnUnits(line_id=story.order.lines[0].id, quantity=1),))
    assert story.later(days=29).do(back).events == ["order.return_requested"]
    with pytest.raises(ReturnWindowClosed):
        story.later(days=1).do(back, by=CUSTOMER)
    assert story.do(back).events == ["order.return_requested"]  # the shop may take back what it likes


def test_unpaid_orders_do_not_close() -> None:
    story = confirmed(policy=Policy(require_payment_before_fulfill=False)).do(c.Fulfill()).do(c.Deliver())
    assert next_deadline(story.order) is None
    assert waiting_on(story.order) == "payment"


def test_an_order_that_holds_money_does_not_close() -> None:
    policy = Policy(require_payment_before_fulfill=False, capture="manual")
    story = held(policy=policy).do(c.Fulfill())
    with pytest.raises(InvalidTransition):
        story.do(c.Close())
    assert story.do(c.Capture()).do(c.Close()).order.closed_at


def test_a_hold_that_comes_to_a_closed_order_is_released_by_itself() -> None:
    story = shipped().do(c.Close())
    late = {"ref": "pi_late", "status": "authorized", "authorized": 5998, "provider": "sandbox", "amount": 5998}
    story.do(c.PaymentFact.model_validate(late))
    assert not is_over(story.order)
    assert is_over(_ring(story).order)
    assert ledger.held(story.order) == 0


def test_money_that_comes_after_the_end_goes_back_by_itself_and_a_refusal_is_not_tried_for_ever() -> None:
    story = confirmed().do(PAY, outcomes=[{"state": "processing", "authorized": 0, "captured": 0}])
    story.do(c.Cancel(), outcomes=[{"state": "processing"}])
    assert is_over(story.order)
    ref = story.order.payments[0].ref or ""
    story.do(c.PaymentFact(ref=ref, status="captured", authorized=5998, captured=5998))
    assert not is_over(story.order)
    due = next_deadline(story.order)
    assert due is not None
    assert due[0].name == "money to give back"
    story.do(due[1], outcomes=[{"status": "refused", "refund_state": "failed"}])
    assert ledger.refundable(story.order) == 5998
    assert is_over(story.order)
    assert story.do(c.Refund()).order.payments[0].refunded == 5998


def test_two_payments_that_crossed_leave_a_surplus_that_goes_back() -> None:
    waiting = {"state": "requires_action", "authorized": 0, "captured": 0}
    story = confirmed().do(PAY, outcomes=[waiting])
    late = {"state": "captured", "authorized": 5998, "captured": 5998}
    story.do(PAY.model_copy(update={"payment_method": "pm_other"}), outcomes=[late, {}])
    assert ledger.refundable(story.order) == 2 * 5998
    _ring(story)
    assert (ledger.refundable(story.order), ledger.due(story.order)) == (5998, 0)
    assert story.order.refunds[0].origin == "surplus"
    assert next_deadline(story.order) is None


def test_what_an_order_waits_for_is_said_in_words() -> None:
    assert waits_for(placed().order) == ["confirmation"]
    assert waits_for(confirmed().order) == ["payment until 2026-03-02 12:00 UTC", "fulfilment of 2 units"]
    assert waits_for(held().order) == ["capture of the authorised payment", "fulfilment of 2 units"]
    assert waits_for(paid().do(c.Fulfill(ship=False)).order) == ["shipping of 2 units"]
    assert waits_for(shipped().order) == ["delivery of 2 units"]
    assert waits_for(delivered().order) == ["its return window to close on 2026-03-31 12:00 UTC"]
    words = [waiting_on(told().order) for told in (placed, confirmed, held, paid, shipped, delivered)]
    assert words == ["confirmation", "payment", "fulfillment", "fulfillment", "delivery", "return_window"]
