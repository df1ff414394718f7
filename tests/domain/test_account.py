"""What is owed, on orders that are not paid in full (contract section 5, "The account of an order").

V costs 10.00, without tax. Each story is told through every verb that offers it.
"""

from collections.abc import Callable

import pytest

from api.faces.commercehq.status import paid as commercehq_paid
from api.faces.storefront.status import financial_status
from domain import commands as c
from domain import ledger
from domain.errors import AlreadyCancelled, InvalidQuantity, InvalidTransition, NothingDue
from domain.order import Line, Units
from domain.policy import Policy
from domain.verbs.refunding import break_down
from domain.windows import next_deadline, waiting_on
from tests import words as status
from tests.domain.orders import PROVIDER, TIMER, Story, confirmed, delivered, held, line, paid, shipped

ON_FULFILLMENT = Policy(capture="on_fulfillment")
UNPAID_MAY_GO = Policy(require_payment_before_fulfill=False)
MULTI = [{"multicapture": True}]
Cancel = Callable[[Story, int], Story]


def v(quantity: int, serial: int = 1) -> Line:
    return line(serial, quantity, 1000)


def _units(story: Story, n: int, i: int = 0) -> tuple[Units, ...]:
    return (Units(line_id=story.order.lines[i].id, quantity=n),)


def _refunded(n: int, story: Story, *, restock: bool = True, i: int = 0) -> c.Refund:
    return c.Refund(lines=(c.RefundUnits(line_id=story.order.lines[i].id, quantity=n, restock=restock),))


def _posted_back(story: Story, n: int) -> Story:
    """storefront: the calculation, sent back as it came."""
    asked = _refunded(n, story)
    answer = break_down(story.order, asked)
    parts = tuple(c.RefundFrom(parent_id=part.payment_id, amount=part.amount) for part in answer.parts)
    return story.do(asked.model_copy(update={"parts": parts or None, "shipping": answer.shipping or None}))


BY: dict[str, Cancel] = {
    "cancel_items": lambda story, n: story.do(c.CancelItems(lines=_units(story, n))),
    "refund": lambda story, n: story.do(_refunded(n, story)),
    "calculated": _posted_back,
}
by = pytest.mark.parametrize("cancel", BY.values(), ids=BY)


def _money(story: Story) -> tuple[int, int, int, int, int]:
    """(owed, net, due, surplus, held)"""
    o = story.order
    return ledger.owed(o), ledger.net(o), ledger.due(o), ledger.surplus(o), ledger.held(o)


def _to_ship(story: Story) -> int:
    return sum(item.quantity - item.cancelled - item.sent for item in story.order.lines)


def _closes(story: Story) -> Story:
    """What is left is sent and delivered; then it closes by itself, owing nothing and owed nothing."""
    if _to_ship(story):
        story.do(c.Fulfill())
    if any(item.shipped > item.delivered for item in story.order.lines):
        story.do(c.Deliver())
    due = next_deadline(story.order)
    assert due is not None
    story.at(due[0].at).do(due[1], by=TIMER)
    assert story.order.closed_at
    assert ledger.is_settled(story.order)
    return story


# 1


@by
def test_of_two_units_one_paid_one_is_cancelled_and_nothing_moves(cancel: Cancel) -> None:
    story = paid(v(1))
    story.do(c.UpdateLine(line_id=story.order.lines[0].id, quantity=2))
    assert _money(story) == (2000, 1000, 1000, 0, 0)
    cancel(story, 1)
    assert (_money(story), _to_ship(story), ledger.refunded(story.order)) == ((1000, 1000, 0, 0, 0), 1, 0)
    with pytest.raises(NothingDue):
        story.do(c.Pay(payment_method="pm"))
    _closes(story)


@by
def test_of_three_units_one_paid_two_are_cancelled_and_nothing_moves(cancel: Cancel) -> None:
    story = confirmed(v(3)).do(c.Pay(payment_method="pm", amount=1000, capture=True))
    cancel(story, 2)
    assert (_money(story), _to_ship(story), ledger.refunded(story.order)) == ((1000, 1000, 0, 0, 0), 1, 0)
    assert "order.paid" in story.events
    _closes(story)


@by
def test_a_unit_cancelled_after_most_of_the_money_went_back_takes_no_other_with_it(cancel: Cancel) -> None:
    story = paid(v(3)).do(c.Refund(amount=2500))
    cancel(story, 1)
    assert (_money(story), _to_ship(story), ledger.refunded(story.order)) == ((0, 0, 0, 0, 0), 2, 3000)
    _closes(story)


@by
def test_of_an_order_paid_almost_whole_only_what_is_too_much_goes_back(cancel: Cancel) -> None:
    story = confirmed(v(3)).do(c.Pay(payment_method="pm", amount=2500, capture=True))
    cancel(story, 1)
    assert (_money(story), _to_ship(story), ledger.refunded(story.order)) == ((2000, 2000, 0, 0, 0), 2, 500)


# 2


def _one_of_three_sent(*, several: bool) -> Story:
    story = confirmed(v(3), policy=ON_FULFILLMENT).do(c.Pay(payment_method="pm"), outcomes=[{"multicapture": several}])
    return story.do(c.Fulfill(lines=_units(story, 1)))


@by
def test_units_waiting_beside_a_sent_one_are_cancelled_and_their_hold_is_released(cancel: Cancel) -> None:
    story = _one_of_three_sent(several=True)
    assert _money(story) == (3000, 1000, 2000, 0, 2000)
    cancel(story, 2)
    assert (_money(story), ledger.refunded(story.order)) == ((1000, 1000, 0, 0, 0), 0)
    with pytest.raises(InvalidTransition):
        story.do(c.Capture())
    _closes(story)


@by
def test_where_the_first_capture_took_the_whole_hold_what_is_cancelled_goes_back(cancel: Cancel) -> None:
    story = _one_of_three_sent(several=False)
    assert _money(story) == (3000, 3000, 0, 0, 0)
    cancel(story, 2)
    assert (_money(story), ledger.refunded(story.order)) == ((1000, 1000, 0, 0, 0), 2000)


@by
def test_an_authorised_order_whose_units_are_all_cancelled_holds_nothing(cancel: Cancel) -> None:
    story = held(v(2))
    cancel(story, 2)
    assert (_money(story), _to_ship(story)) == ((0, 0, 0, 0, 0), 0)
    assert "payment.voided" in story.events
    assert status.lifecycle(story.order) == "confirmed"
    assert financial_status(story.order) == "pending"
    _closes(story)
    assert financial_status(story.order) == "voided"


def test_an_excess_within_one_hold_is_released_at_its_final_capture() -> None:
    story = held(v(2)).do(c.CancelItems(lines=_units(held(v(2)), 1)))
    assert _money(story) == (1000, 0, 1000, 0, 2000)
    story.do(c.Capture())
    assert _money(story) == (1000, 1000, 0, 0, 0)


def test_of_two_holds_the_one_that_is_not_needed_any_more_is_released() -> None:
    story = confirmed(v(2)).do(c.Pay(payment_method="pm_a", amount=1000, capture=False))
    story.do(c.Pay(payment_method="pm_b", capture=False))
    story.do(c.CancelItems(lines=_units(story, 1)))
    assert [p.state for p in story.order.payments] == ["authorized", "voided"]
    assert _money(story) == (1000, 0, 1000, 0, 1000)


# 3


def test_a_restocked_unit_of_an_unpaid_order_is_no_longer_due() -> None:
    story = confirmed(v(2))
    story.do(c.Restock(lines=_units(story, 1)))
    assert (_money(story), _to_ship(story)) == ((1000, 0, 1000, 0, 0), 1)
    _closes(story.do(c.Pay(payment_method="pm", capture=True)))


def test_a_restocked_unit_that_was_paid_leaves_its_money_to_a_person() -> None:
    story = paid(v(2))
    story.do(c.Restock(lines=_units(story, 1)))
    assert _money(story) == (1000, 2000, 0, 1000, 0)
    assert next_deadline(story.order) is None
    assert waiting_on(story.order) == "surplus"
    story.do(c.Fulfill()).do(c.Deliver())
    with pytest.raises(InvalidTransition):
        story.do(c.Close())
    story.do(c.Refund(amount=1000))
    assert (_money(story), len(story.order.credits)) == ((1000, 1000, 0, 0, 0), 1)


def test_a_restocked_unit_whose_money_is_held_releases_what_nothing_can_use() -> None:
    story = held(v(1))
    story.do(c.Restock(lines=_units(story, 1)))
    assert _money(story) == (0, 0, 0, 0, 0)


# 4


def _comes_back(story: Story, n: int = 1) -> Story:
    story.do(c.RequestReturn(lines=(c.ReturnUnits(line_id=story.order.lines[0].id, quantity=n),)))
    story.do(c.ApproveReturn(return_id=story.order.returns[-1].id))
    return story.do(c.ReceiveReturn(return_id=story.order.returns[-1].id))


def test_a_sent_unit_that_comes_back_cancels_none_that_waits() -> None:
    story = _comes_back(_one_of_three_sent(several=True).do(c.Deliver()))
    assert (_money(story), _to_ship(story)) == ((2000, 1000, 1000, 0, 2000), 2)
    assert story.order.lines[0].cancelled == 0
    story.do(c.Fulfill())
    assert (ledger.due(story.order), _to_ship(story)) == (0, 0)


def test_a_return_on_an_order_not_paid_in_full_gives_back_what_is_too_much() -> None:
    story = confirmed(v(3), policy=UNPAID_MAY_GO).do(c.Pay(payment_method="pm", amount=2500, capture=True))
    story = _comes_back(story.do(c.Fulfill()).do(c.Deliver()))
    assert (_money(story), story.order.returns[0].refund_amount) == ((2000, 2000, 0, 0, 0), 500)
    nothing = confirmed(v(3), policy=UNPAID_MAY_GO).do(c.Fulfill()).do(c.Deliver())
    assert _comes_back(nothing).order.returns[0].status == "received"
    assert _money(nothing) == (2000, 0, 2000, 0, 0)


# 5


def test_a_line_with_a_refunded_unit_keeps_its_quantity_and_its_price() -> None:
    story = paid(v(3), v(1, 2))
    story.do(_refunded(1, story, restock=False))
    for change in ({"quantity": 1}, {"unit_price": 500}):
        with pytest.raises(InvalidQuantity):
            story.do(c.UpdateLine.model_validate({"line_id": story.order.lines[0].id, **change}))
    with pytest.raises(InvalidQuantity):
        story.do(c.RemoveLine(line_id=story.order.lines[0].id))
    assert _to_ship(story) == 4


def test_a_refunded_unit_is_credited_once_however_often_units_are_cancelled() -> None:
    story = paid(v(3))
    story.do(_refunded(1, story, restock=False))
    story.do(c.CancelItems(lines=_units(story, 2)))
    assert _money(story) == (0, 0, 0, 0, 0)
    story.do(c.CancelItems(lines=_units(story, 1)))
    assert (_money(story), ledger.refunded(story.order)) == ((0, 0, 0, 0, 0), 3000)


def test_a_later_discount_or_tax_leaves_a_credited_line_as_it_is() -> None:
    story = paid(v(3), v(1, 2), rates=[("0.1", False)])
    story.do(c.CancelItems(lines=_units(story, 1)))
    before = story.order.lines[0]
    story.do(c.AddLine(line=line(9, 1, 777)))
    assert story.order.lines[0] == before
    assert story.order.total == sum(item.total for item in story.order.lines)
    assert ledger.due(story.order) == 777 + 78


# 6


def test_a_line_removed_beside_a_sent_one_releases_its_hold_and_the_order_closes() -> None:
    story = confirmed(v(1), v(2, 2), policy=ON_FULFILLMENT).do(c.Pay(payment_method="pm"), outcomes=MULTI)
    story.do(c.Fulfill(lines=_units(story, 1)))
    assert _money(story) == (3000, 1000, 2000, 0, 2000)
    story.do(c.RemoveLine(line_id=story.order.lines[1].id))
    assert _money(story) == (1000, 1000, 0, 0, 0)
    _closes(story)


def test_a_hold_on_a_closed_order_can_be_voided() -> None:
    story = shipped(v(1)).do(c.Close())
    late = {"ref": "pi_late", "status": "authorized", "authorized": 1000, "provider": "sandbox", "amount": 1000}
    story.do(c.PaymentFact.model_validate(late), by=PROVIDER)
    assert ledger.held(story.order) == 1000
    assert story.do(c.Void()).order.closed_at
    assert ledger.held(story.order) == 0


# Refunds


def test_a_refund_of_everything_cancels_all_units_while_none_is_sent() -> None:
    for command in (c.Refund(), c.Refund(amount=2500)):
        story = paid(v(2), shipping=[500]).do(command)
        assert (_money(story), _to_ship(story)) == ((0, 0, 0, 0, 0), 0)
        assert [credit.kind for credit in story.order.credits] == ["cancelled"]


def test_a_refund_of_everything_with_units_sent_is_an_allowance_and_the_rest_is_sent() -> None:
    story = paid(v(3))
    story.do(c.Fulfill(lines=_units(story, 1))).do(c.Refund())
    assert (_money(story), _to_ship(story)) == ((0, 0, 0, 0, 0), 2)
    assert [credit.kind for credit in story.order.credits] == ["allowance"]
    _closes(story)


def test_a_fulfilment_taken_back_counts_as_not_sent() -> None:
    story = paid(v(2)).do(c.Fulfill())
    story.do(c.CancelFulfillment(fulfillment_id=story.order.fulfillments[0].id)).do(c.Refund())
    assert _to_ship(story) == 0


def test_a_refund_first_settles_a_surplus_that_stands() -> None:
    story = paid(v(2))
    story.do(c.Restock(lines=_units(story, 1))).do(c.Refund(amount=1200))
    assert _money(story) == (800, 800, 0, 0, 0)
    assert [(credit.kind, credit.amount) for credit in story.order.credits] == [("cancelled", 1000), ("allowance", 200)]


def test_a_refund_made_at_the_provider_follows_the_same_rule() -> None:
    story = paid(v(2))
    ref = story.order.payments[0].ref or ""
    story.do(c.RefundFact(payment_ref=ref, ref="re_a", status="succeeded", amount=500), by=PROVIDER)
    assert (_money(story), _to_ship(story)) == ((1500, 1500, 0, 0, 0), 2)
    story.do(c.RefundFact(payment_ref=ref, ref="re_b", status="succeeded", amount=1500), by=PROVIDER)
    assert (_money(story), _to_ship(story)) == ((0, 0, 0, 0, 0), 0)


def test_money_given_back_elsewhere_asks_no_provider() -> None:
    story = paid(v(2)).do(c.Refund(amount=500, manual=True), outcomes=[])
    (part,) = story.order.refunds[0].parts
    assert (part.status, part.by_hand, part.ref) == ("succeeded", True, None)
    assert _money(story) == (1500, 1500, 0, 0, 0)


def test_a_unit_that_comes_back_from_an_open_refund_is_credited_once() -> None:
    story = delivered(v(2))
    story.do(_refunded(2, story, restock=False))
    assert (_comes_back(story).order.returns[0].status, _money(story)[:2]) == ("received", (0, 0))


def test_the_last_unit_takes_the_shipping_with_it_when_none_was_ever_sent() -> None:
    story = paid(v(2), shipping=[500])
    story.do(c.CancelItems(lines=_units(story, 1)))
    assert _money(story) == (1500, 1500, 0, 0, 0)
    story.do(c.CancelItems(lines=_units(story, 1)))
    assert _money(story) == (0, 0, 0, 0, 0)
    sent = paid(v(2), shipping=[500])
    sent.do(c.Fulfill(lines=_units(sent, 1))).do(c.CancelItems(lines=_units(sent, 1)))
    assert _money(sent) == (1500, 1500, 0, 0, 0)


# The end, and back


def test_an_ended_order_owes_nothing_and_reopening_takes_only_the_ends_credits_back() -> None:
    story = paid(v(3), shipping=[500]).do(c.Refund(amount=300))
    story.do(c.CancelItems(lines=_units(story, 1))).do(c.Cancel())
    assert _money(story) == (0, 0, 0, 0, 0)
    story.do(c.Reopen())
    assert _money(story) == (3500 - 300 - 1000, 0, 2200, 0, 0)


def test_an_order_that_costs_nothing_is_paid_by_its_confirmation_and_by_nothing_once_it_is_cancelled() -> None:
    story = confirmed(line(1, 1, 0))
    assert (status.lifecycle(story.order), commercehq_paid(story.order)) == ("paid", 1)
    story.do(c.Cancel())
    assert (commercehq_paid(story.order), status.payment_status(story.order)) == (0, "pending")
    with pytest.raises(AlreadyCancelled):
        story.do(c.CancelItems(lines=_units(story, 1)))


def test_what_is_authorised_already_is_said_instead_of_that_nothing_is_due() -> None:
    with pytest.raises(InvalidTransition, match=r"what is due \(2000\) is authorised already"):
        held(v(2)).do(c.Pay(payment_method="pm"))


def test_an_amount_for_the_last_unit_leaves_no_shipping_to_pay_and_keeps_what_is_paid_of_it() -> None:
    whole = paid(v(1), shipping=[500])
    whole.do(_refunded(1, whole).model_copy(update={"amount": 1000}))
    assert _money(whole) == (500, 500, 0, 0, 0)
    part = confirmed(v(1), shipping=[500]).do(c.Pay(payment_method="pm", amount=1000, capture=True))
    part.do(_refunded(1, part).model_copy(update={"amount": 1000}))
    assert _money(part) == (0, 0, 0, 0, 0)


def test_a_calculation_of_everything_sent_back_is_a_refund_of_everything() -> None:
    story = paid(v(2))
    part = c.RefundFrom(parent_id=story.order.payments[0].id, amount=2000)
    story.do(c.Refund(lines=(), shipping=0, parts=(part,)))
    assert (_money(story), _to_ship(story)) == ((0, 0, 0, 0, 0), 0)
