"""The lifecycle's table is complete, and each row of the contract's section 5 is legal and refused where it says so."""

from collections.abc import Callable

import pytest

from domain import commands as c
from domain import samples
from domain.commands import Command
from domain.errors import ERRORS, OrderError
from domain.lifecycle import RULES, allowed, plan, prelude, unreachable, unruled
from domain.order import Actor, Units
from domain.policy import Policy
from domain.stock import stock_moves
from tests.domain.orders import (
    CUSTOMER,
    SHOP,
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
    remove_line,
    set_line,
    shipped,
)

MANUAL = Policy(capture="manual")
PAY = c.Pay(payment_method="pm_card_visa")
LINE = add_line(line(9, 1, 100))


def _failed() -> Story:
    story = confirmed(policy=Policy(max_payment_attempts=1))
    return story.do(PAY, outcomes=[{"status": "declined", "code": "x"}])


def _closed() -> Story:
    return shipped().do(c.Close())


def _disputed() -> Story:
    story = paid()
    fact = c.DisputeFact(payment_ref=story.order.payments[0].ref or "", ref="dp_1", status="opened", amount=5)
    return story.do(fact)


def _line(story: Story) -> str:
    return story.order.lines[0].id


def _one(story: Story) -> tuple[Units, ...]:
    return (Units(line_id=_line(story), quantity=1),)


def _approved(story: Story) -> Story:
    return story.do(c.ApproveReturn(return_id=story.order.returns[0].id))


def _returning(story: Story) -> Story:
    return story.do(c.RequestReturn(lines=(c.ReturnUnits(line_id=_line(story), quantity=1),)))


def _refund_all() -> Story:
    return paid().do(c.Refund())


Where = Callable[[], Story]
What = Callable[[Story], Command]


def test_every_command_has_a_row_and_every_lifecycle_word_is_reached() -> None:
    assert unruled() == []
    assert unreachable() == []


def test_only_what_a_customer_may_do_is_a_customers() -> None:
    assert {verb for verb, rule in RULES.items() if rule.customer} == {
        "cancel", "request_return", "withdraw_return", "request_exchange",
    }  # fmt: skip


# ruff: noqa: E501  (one row per case)
# fmt: off
LEGAL: dict[str, tuple[Where, What, list[str]]] = {
    "confirm a draft": (placed, lambda s: c.Confirm(), ["order.confirmed"]),
    "confirm a free draft: it is paid": (lambda: placed(line(1, 1, 0)), lambda s: c.Confirm(), ["order.confirmed", "order.paid"]),
    "pay a draft: confirmed too": (placed, lambda s: PAY, ["order.confirmed", "payment.captured", "order.paid"]),
    "pay": (confirmed, lambda s: PAY, ["payment.captured", "order.paid"]),
    "pay by policy authorises only": (lambda: confirmed(policy=MANUAL), lambda s: PAY, ["payment.authorized"]),
    "pay with capture said": (lambda: confirmed(policy=MANUAL), lambda s: PAY.model_copy(update={"capture": True}), ["payment.captured", "order.paid"]),
    "pay some": (confirmed, lambda s: PAY.model_copy(update={"amount": 1}), ["payment.captured"]),
    "record money taken elsewhere": (placed, lambda s: c.RecordPayment(), ["order.confirmed", "payment.captured", "order.paid"]),
    "capture": (held, lambda s: c.Capture(), ["payment.captured", "order.paid"]),
    "capture some": (held, lambda s: c.Capture(amount=1), ["payment.captured"]),
    "void": (held, lambda s: c.Void(), ["payment.voided"]),
    "fulfill": (paid, lambda s: c.Fulfill(), ["fulfillment.created", "order.shipped", "order.fulfilled"]),
    "send without shipping": (paid, lambda s: c.Fulfill(ship=False), ["fulfillment.created", "order.fulfilled"]),
    "fulfill unpaid where policy allows": (lambda: confirmed(policy=Policy(require_payment_before_fulfill=False)), lambda s: c.Fulfill(), ["fulfillment.created", "order.shipped", "order.fulfilled"]),
    "fulfill some": (paid, lambda s: c.Fulfill(lines=(Units(line_id=_line(s), quantity=1),)), ["fulfillment.created", "order.shipped", "order.partially_fulfilled"]),
    "deliver": (shipped, lambda s: c.Deliver(), ["fulfillment.updated", "order.delivered"]),
    "deliver one fulfilment": (shipped, lambda s: c.Deliver(fulfillment_id=s.order.fulfillments[0].id), ["fulfillment.updated", "order.delivered"]),
    "cancel a draft": (placed, lambda s: c.Cancel(), ["order.cancelled"]),
    "cancel what is held": (held, lambda s: c.Cancel(), ["payment.voided", "order.cancelled"]),
    "cancel what is paid": (paid, lambda s: c.Cancel(), ["payment.refunded", "order.refunded", "order.cancelled"]),
    "cancel after a fulfilment was taken back": (lambda: (s := shipped()).do(c.CancelFulfillment(fulfillment_id=s.order.fulfillments[0].id)), lambda s: c.Cancel(), ["payment.refunded", "order.refunded", "order.cancelled"]),
    "refund": (paid, lambda s: c.Refund(amount=1), ["payment.refunded", "order.refunded"]),
    "refund a closed order": (_closed, lambda s: c.Refund(), ["payment.refunded", "order.refunded"]),
    "request a return": (delivered, lambda s: c.RequestReturn(lines=(c.ReturnUnits(line_id=_line(s), quantity=1),)), ["order.return_requested"]),
    "approve it": (lambda: _returning(delivered()), lambda s: c.ApproveReturn(return_id=s.order.returns[0].id), ["order.return_approved"]),
    "cancel units": (confirmed, lambda s: c.CancelItems(lines=_one(s)), ["order.items_cancelled"]),
    "cancel units that are paid": (paid, lambda s: c.CancelItems(lines=_one(s)), ["order.items_cancelled", "payment.refunded", "order.refunded"]),
    "cancel units whose money is held": (held, lambda s: c.CancelItems(lines=(Units(line_id=_line(s), quantity=2),)), ["order.items_cancelled", "payment.voided"]),
    "receive nothing's worth": (lambda: _approved(_returning(delivered())), lambda s: c.ReceiveReturn(return_id=s.order.returns[0].id, amount=0), ["order.return_received"]),
    "reject it": (lambda: _returning(delivered()), lambda s: c.RejectReturn(return_id=s.order.returns[0].id, reason="worn"), ["order.return_rejected"]),
    "receive it": (lambda: _approved(_returning(delivered())), lambda s: c.ReceiveReturn(return_id=s.order.returns[0].id), ["order.return_received", "payment.refunded", "order.refunded"]),
    "add a line": (confirmed, lambda s: LINE, ["order.edited"]),
    "close": (shipped, lambda s: c.Close(), ["order.closed"]),
    "reopen a closed order": (_closed, lambda s: c.Reopen(), ["order.reopened"]),
    "reopen a cancelled one": (lambda: confirmed().do(c.Cancel()), lambda s: c.Reopen(), ["order.reopened"]),
    "reopen a failed one": (_failed, lambda s: c.Reopen(), ["order.reopened"]),
    "note on a closed order": (_closed, lambda s: c.AddNote(body="n"), ["order.note_created"]),
    "metadata of a closed order": (_closed, lambda s: c.Update(metadata={"a": 1}, tags=("x",), note="n"), ["order.updated"]),
    "note on a cancelled order": (lambda: placed().do(c.Cancel()), lambda s: c.AddNote(body="n"), ["order.note_created"]),
}
REFUSED: dict[str, tuple[Where, What, str, str | None]] = {
    "place twice": (placed, lambda s: c.Place(), "invalid_transition", "order.created"),
    "confirm twice": (confirmed, lambda s: c.Confirm(), "invalid_transition", "order.confirmed"),
    "confirm a cancelled order": (lambda: placed().do(c.Cancel()), lambda s: c.Confirm(), "order_already_cancelled", "order.cancelled"),
    "pay twice": (paid, lambda s: PAY, "nothing_due", "order.paid"),
    "pay what is held": (held, lambda s: PAY, "invalid_transition", "payment.authorized"),
    "pay too much": (confirmed, lambda s: PAY.model_copy(update={"amount": 5999}), "amount_too_large", None),
    "pay nothing": (confirmed, lambda s: PAY.model_copy(update={"amount": 0}), "validation_error", None),
    "pay without a method": (confirmed, lambda s: c.Pay(), "validation_error", None),
    "pay a cancelled order": (lambda: confirmed().do(c.Cancel()), lambda s: PAY, "order_already_cancelled", "order.cancelled"),
    "pay a failed order": (_failed, lambda s: PAY, "invalid_transition", "order.failed"),
    "capture nothing": (paid, lambda s: c.Capture(), "invalid_transition", "payment.captured"),
    "capture too much": (held, lambda s: c.Capture(amount=5999), "amount_too_large", None),
    "capture again and again at a provider that cannot": (held, lambda s: c.Capture(amount=1, final=False), "validation_error", None),
    "void what is captured": (paid, lambda s: c.Void(), "invalid_transition", "payment.captured"),
    "fulfill a draft": (placed, lambda s: c.Fulfill(), "invalid_transition", "order.created"),
    "fulfill unpaid": (confirmed, lambda s: c.Fulfill(), "payment_required", None),
    "fulfill authorised only": (held, lambda s: c.Fulfill(), "payment_required", None),
    "fulfill twice": (shipped, lambda s: c.Fulfill(), "nothing_left_to_fulfill", "order.fulfilled"),
    "fulfill no line": (paid, lambda s: c.Fulfill(lines=()), "validation_error", None),
    "fulfill too many, added up": (paid, lambda s: c.Fulfill(lines=(Units(line_id=_line(s), quantity=2), Units(line_id=_line(s), quantity=1))), "invalid_quantity", None),
    "fulfill an unknown line": (paid, lambda s: c.Fulfill(lines=(Units(line_id="x", quantity=1),)), "line_not_found", None),
    "fulfill during a dispute": (_disputed, lambda s: c.Fulfill(), "order_on_hold", "order.held"),
    "deliver unshipped": (paid, lambda s: c.Deliver(), "order_not_shipped", "order.confirmed"),
    "deliver sent, not shipped": (lambda: paid().do(c.Fulfill(ship=False)), lambda s: c.Deliver(), "order_not_shipped", None),
    "deliver twice": (delivered, lambda s: c.Deliver(), "order_not_shipped", "order.delivered"),
    "deliver an unknown fulfilment": (shipped, lambda s: c.Deliver(fulfillment_id="x"), "fulfillment_not_found", None),
    "cancel after shipping": (shipped, lambda s: c.Cancel(), "order_already_fulfilled", "order.shipped"),
    "cancel after sending": (lambda: paid().do(c.Fulfill(ship=False)), lambda s: c.Cancel(), "order_already_fulfilled", "fulfillment.created"),
    "cancel twice": (lambda: paid().do(c.Cancel()), lambda s: c.Cancel(), "order_already_cancelled", "order.cancelled"),
    "cancel a closed order": (_closed, lambda s: c.Cancel(), "order_already_closed", "order.closed"),
    "refund unpaid": (confirmed, lambda s: c.Refund(), "nothing_to_refund", "order.created"),
    "refund authorised only": (held, lambda s: c.Refund(), "nothing_to_refund", None),
    "refund twice": (_refund_all, lambda s: c.Refund(), "nothing_to_refund", "order.refunded"),
    "refund too much": (paid, lambda s: c.Refund(amount=5999), "amount_too_large", None),
    "return undelivered": (shipped, lambda s: c.RequestReturn(lines=(c.ReturnUnits(line_id=_line(s), quantity=1),)), "invalid_transition", "order.shipped"),
    "return no line": (delivered, lambda s: c.RequestReturn(lines=()), "validation_error", None),
    "return too many": (delivered, lambda s: c.RequestReturn(lines=(c.ReturnUnits(line_id=_line(s), quantity=3),)), "invalid_quantity", None),
    "return another variant": (delivered, lambda s: c.RequestReturn(lines=(c.ReturnUnits(variant_id="x", quantity=1),)), "validation_error", None),
    "approve twice": (lambda: (s := _returning(delivered())).do(c.ApproveReturn(return_id=s.order.returns[0].id)), lambda s: c.ApproveReturn(return_id=s.order.returns[0].id), "invalid_transition", "order.return_approved"),
    "receive a rejected return": (lambda: (s := _returning(delivered())).do(c.RejectReturn(return_id=s.order.returns[0].id, reason="worn")), lambda s: c.ReceiveReturn(return_id=s.order.returns[0].id), "invalid_transition", "order.return_rejected"),
    "receive an unknown return": (delivered, lambda s: c.ReceiveReturn(return_id="x"), "not_found", None),
    "cancel units that are sent": (shipped, lambda s: c.CancelItems(lines=_one(s)), "order_already_fulfilled", "order.shipped"),
    "cancel more units than there are": (confirmed, lambda s: c.CancelItems(lines=(Units(line_id=_line(s), quantity=3),)), "invalid_quantity", None),
    "cancel no units": (confirmed, lambda s: c.CancelItems(lines=()), "validation_error", None),
    "cancel units of a cancelled order": (lambda: confirmed().do(c.Cancel()), lambda s: c.CancelItems(lines=_one(s)), "order_already_cancelled", "order.cancelled"),
    "receive what was never approved": (lambda: _returning(delivered()), lambda s: c.ReceiveReturn(return_id=s.order.returns[0].id), "invalid_transition", "order.return_requested"),
    "void on a cancelled order": (lambda: held().do(c.Cancel()), lambda s: c.Void(), "order_already_cancelled", "order.cancelled"),
    "close with money due": (lambda: confirmed(policy=Policy(require_payment_before_fulfill=False)).do(c.Fulfill()), lambda s: c.Close(), "invalid_transition", "order.confirmed"),
    "close unfulfilled": (paid, lambda s: c.Close(), "invalid_transition", "order.confirmed"),
    "close with a return open": (lambda: _returning(delivered()), lambda s: c.Close(), "invalid_transition", "order.return_requested"),
    "close twice": (_closed, lambda s: c.Close(), "order_already_closed", "order.closed"),
    "reopen an open order": (confirmed, lambda s: c.Reopen(), "invalid_transition", "order.created"),
    "edit a sent line": (shipped, lambda s: set_line(_line(s), quantity=1), "invalid_transition", "order.shipped"),
    "add a line to a fulfilled order": (shipped, lambda s: LINE, "invalid_transition", "order.fulfilled"),
    "edit a closed order": (_closed, lambda s: LINE, "order_already_closed", "order.closed"),
    "remove the last line": (confirmed, lambda s: remove_line(_line(s)), "validation_error", None),
    "set a quantity of 0": (confirmed, lambda s: set_line(_line(s), quantity=0), "invalid_quantity", None),
    "edit an unknown line": (confirmed, lambda s: set_line("x", quantity=1), "line_not_found", None),
    "e-mail of a closed order": (_closed, lambda s: c.Update(email="x@shop.test"), "order_already_closed", "order.closed"),
    "delete an unknown note": (confirmed, lambda s: c.DeleteNote(note_id="x"), "not_found", None),
    "several of nothing": (confirmed, lambda s: c.Several(steps=()), "validation_error", None),
}
# fmt: on


@pytest.mark.parametrize(("where", "what", "events"), LEGAL.values(), ids=LEGAL)
def test_a_legal_command_says_what_it_did(where: Where, what: What, events: list[str]) -> None:
    story = where()
    assert story.do(what(story)).events == events


@pytest.mark.parametrize(("where", "what", "code", "winner"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_has_its_code_and_names_the_event_that_won(
    where: Where, what: What, code: str, winner: str | None
) -> None:
    story = where()
    before = story.order.model_dump_json()
    with pytest.raises(OrderError) as refused:
        story.do(what(story))
    assert refused.value.code == code
    assert code in ERRORS
    if winner:
        assert refused.value.data["event"]["type"] == winner
        assert len(refused.value.data["event"]["id"]) == 26
    assert story.order.model_dump_json() == before


@pytest.mark.parametrize(
    ("where", "by", "verbs"),
    [
        (placed, SHOP, {"confirm", "pay", "record_payment", "cancel", "cancel_items"}),
        (confirmed, SHOP, {"pay", "record_payment", "cancel", "cancel_items"}),
        (held, SHOP, {"capture", "void", "cancel", "cancel_items"}),
        (paid, SHOP, {"fulfill", "refund", "cancel", "cancel_items", "restock"}),
        (
            shipped,
            SHOP,
            {"deliver", "refund", "close", "unship", "cancel_fulfillment", "update_fulfillment", "restock", "claim"},
        ),
        (_closed, SHOP, {"refund", "reopen", "claim"}),
        (_failed, SHOP, {"reopen"}),
    ],
)
def test_an_operator_is_told_what_may_be_done_next(where: Where, by: Actor, verbs: set[str]) -> None:
    always = {"update", "add_note", "delete_note", "edit", "hold", "restock", "move_timer"}
    assert set(allowed(where().order, T0, by)) - always == verbs - always


def test_every_verb_an_operator_starts_has_samples_for_what_may_be_done_next() -> None:
    """A verb left out here is one that an operator is never told of."""
    silent = {verb for verb, rule in RULES.items() if rule.samples is samples.never}
    by_itself = {verb for verb, rule in RULES.items() if rule.by_itself}
    assert silent - by_itself == {"place", "several"}  # need content, or are made of other verbs


def test_paying_a_draft_reserves_before_money_moves_and_a_decline_releases_again() -> None:
    story = placed(line(1, 2, 100))
    before = story.order
    early = prelude(before, PAY, T0, SHOP)
    assert early is not None
    assert [(m.on_hand, m.reserved) for m in stock_moves(before, early)] == [(0, 2)]
    story.do(PAY, outcomes=[{"status": "declined", "code": "insufficient_funds"}])
    assert story.order.stage == "draft"
    assert [(m.on_hand, m.reserved) for m in stock_moves(early, story.order)] == [(0, -2)]
    assert story.order.payments[0].decline_code == "insufficient_funds"
    assert story.events == ["payment.failed"]


def test_planning_for_a_timer_that_rang_too_early_is_refused() -> None:
    for command in (c.EndPaymentWindow(), c.AutoClose(), c.ReturnMoney()):
        with pytest.raises(OrderError):
            plan(confirmed().order, command, T0, TIMER)
    story = held()
    with pytest.raises(OrderError):
        plan(story.order, c.LapseAuthorization(payment_id=story.order.payments[0].id), T0, TIMER)


def test_a_customer_cancels_inside_the_window_and_the_shop_after_it_too() -> None:
    policy = Policy(cancel_window_minutes=0.5)
    assert paid(policy=policy).later(seconds=29).do(c.Cancel(), by=CUSTOMER).order.stage == "cancelled"
    late = paid(policy=policy).later(seconds=30)
    with pytest.raises(OrderError) as refused:
        late.do(c.Cancel(), by=CUSTOMER)
    assert refused.value.code == "cancel_window_closed"
    assert late.do(c.Cancel(), by=SHOP).order.stage == "cancelled"
    with pytest.raises(OrderError):
        paid(policy=Policy(cancel_window_minutes=0)).do(c.Cancel(), by=CUSTOMER)
