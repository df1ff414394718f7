"""cancel, and the ends an order comes to by itself: payment window over, failed for good, hold about to lapse.

What was captured is refunded, what was held is released, and stock follows from the stage (stock.py).
A provider's refusal does not keep the order alive: the refund shows as failed and can be tried again.
"""

from datetime import datetime, timedelta
from typing import Any

from domain import ledger
from domain.commands import AutoClose, Cancel, EndPaymentWindow, LapseAuthorization, ReturnMoney
from domain.errors import AlreadyFulfilled, CancelWindowClosed, InvalidInput, InvalidTransition
from domain.operations import Operation, Outcome
from domain.order import Actor, Order, Payment
from domain.revision import Revision, after, unsent
from domain.status import tally
from domain.verbs.giving_back import (
    Breakdown,
    everything,
    operations_for,
    plan_release,
    record_refund,
    settle_voids,
    whole_surplus,
)
from domain.verbs.guards import is_open, refuse
from domain.verbs.paying import capture_operation, plan_release_all, settle_capture, settle_void, void_operation

ENDED = ("cancelled", "failed")


def plan_cancel(order: Order, command: Cancel, now: datetime, actor: Actor) -> list[Operation]:
    is_open(order)
    if not ledger.is_unsent(order):
        raise refuse(
            AlreadyFulfilled, order, "units are sent; use the return flow", "order.shipped", "fulfillment.created"
        )
    if actor.kind == "customer":
        minutes = order.policy.cancel_window_minutes
        if minutes <= 0 or now >= after(order.created_at, minutes * 60):
            raise refuse(CancelWindowClosed, order, "the cancel window is over", "order.created")
    if command.reason == "other" and command.note is not None and not command.note.strip():
        raise InvalidInput("a note must not be empty", field="note")
    return unwind(order)


def unwind(order: Order) -> list[Operation]:
    """Release every hold, then refund every capture."""
    voids = plan_release_all(order)
    return [*voids, *operations_for(order, everything(order).parts)]


def settle_unwind(
    rev: Revision, breakdown: Breakdown, outcomes: list[Outcome], origin: Any, reason: str | None = None
) -> None:
    """Record what was released and given back."""
    settle_voids(rev, outcomes)
    if breakdown.parts or any(outcome.operation.kind == "refund" for outcome in outcomes):
        rev.subject = record_refund(rev, breakdown, outcomes, origin=origin, reason=reason).id


def apply_cancel(rev: Revision, command: Cancel, outcomes: list[Outcome]) -> None:
    settle_unwind(rev, everything(rev.order), outcomes, "cancel", command.note)
    _end(rev, command.reason, command.note, command.restock)
    rev.subject = None
    if command.notify:
        rev.mails.append("order_cancelled")


def _end(rev: Revision, reason: Any, note: str | None, restock: bool) -> None:
    if not restock and rev.order.stage == "confirmed":
        for line in rev.order.lines:
            rev.count(line.id, lost=unsent(line))
    credit = ledger.credit_all(rev.order, cause="ended", at=rev.now)
    rev.change(
        stage="cancelled",
        cancelled_at=rev.now,
        cancel_reason=reason,
        cancel_note=note,
        credits=(*rev.order.credits, credit),
    )
    rev.emit("order.cancelled", reason=reason, note=note)


def plan_end_payment_window(order: Order, command: EndPaymentWindow, now: datetime) -> list[Operation]:
    ends = order.payment_window_ends_at
    if order.stage != "confirmed" or ends is None or now < ends:
        raise refuse(InvalidTransition, order, "no payment window ended", "order.paid", "order.cancelled")
    return unwind(order)


def apply_end_payment_window(rev: Revision, command: EndPaymentWindow, outcomes: list[Outcome]) -> None:
    settle_unwind(rev, everything(rev.order), outcomes, "expired")
    _end(rev, "other", "payment window elapsed", True)


def plan_return_money(order: Order, command: ReturnMoney) -> list[Operation]:
    if not owes(order):
        raise refuse(InvalidTransition, order, "nothing is owed", "order.refunded", "payment.voided")
    voids = plan_release_all(order) if order.stage in ENDED else plan_release(ledger.unneeded(order))
    return [*voids, *operations_for(order, whole_surplus(order).parts)]


def owes(order: Order) -> bool:
    """Something goes back by itself: money above what is owed that waits for nobody, or a hold that nothing can use.

    Money comes unasked when payments cross (a 3-D Secure finished while another card paid, a capture while the order
    was cancelled). What a provider refused to give back is not tried again by itself: each refusal would set the timer for
    the next try.
    """
    return ledger.surplus(order) > order.surplus_waits or bool(ledger.unneeded(order))


def apply_return_money(rev: Revision, command: ReturnMoney, outcomes: list[Outcome]) -> None:
    ended = rev.order.stage in ENDED
    reason = "the order ended" if ended else "more was paid than the order costs"
    settle_unwind(rev, whole_surplus(rev.order), outcomes, "failed" if ended else "surplus", reason)


def lapses_at(order: Order) -> tuple[datetime, str] | None:
    """When the next hold must be seen to, ahead of its expiry by an hour or a tenth of its life; and whose."""
    due = [(at, p.id) for p in order.payments if (at := _lapse_of(p))]
    return min(due) if due else None


def _lapse_of(payment: Payment) -> datetime | None:
    ends, began = payment.expires_at, payment.authorized_at or payment.created_at
    if payment.state != "authorized" or ends is None or payment.capturable <= 0:
        return None
    return (ends - max(timedelta(0), min(timedelta(hours=1), (ends - began) / 10))).replace(microsecond=0)


def plan_lapse(order: Order, command: LapseAuthorization, now: datetime) -> list[Operation]:
    payment = ledger.find_payment(order, command.payment_id)
    at = _lapse_of(payment)
    if at is None or now < at:
        raise refuse(
            InvalidTransition,
            order,
            "no hold is about to lapse",
            "payment.captured",
            "payment.voided",
            "payment.expired",
        )
    amount = min(payment.capturable, ledger.due(order))
    if order.policy.on_authorization_expiry == "capture" and order.stage == "confirmed" and amount > 0:
        return [capture_operation(payment, amount, True)]
    return [void_operation(payment)]


def apply_lapse(rev: Revision, command: LapseAuthorization, outcomes: list[Outcome]) -> None:
    """Released: the order is unpaid again and, unless units are sent, the payment window starts anew."""
    for outcome in outcomes:
        payment_id = outcome.operation.payment_id
        if outcome.operation.kind == "capture":
            settle_capture(rev, outcome)
            if rev.order.payment(payment_id).capturable:  # refused, and still held: not tried for ever
                rev.payment(payment_id, expires_at=None)
        else:
            settle_void(rev, outcome, "payment.expired")
    if rev.order.stage == "confirmed" and ledger.is_unsent(rev.order):
        rev.change(payment_window_over=False, payment_window_ends_at=None)


def can_auto_close(order: Order) -> bool:
    """Nothing left to send or deliver, nothing due, surplus or held, no open return, and not kept open by hand."""
    if order.stage != "confirmed" or order.closed_at or order.stays_open:
        return False
    open_returns = any(r.is_open for r in order.returns)
    return tally(order).outstanding == 0 and ledger.is_settled(order) and not open_returns and not order.holds


def apply_auto_close(rev: Revision, command: AutoClose) -> None:
    ends = rev.order.return_window_ends_at
    if not can_auto_close(rev.order) or (ends is not None and rev.now < ends):
        raise refuse(InvalidTransition, rev.order, "the order cannot close yet", "order.closed", "order.reopened")
    rev.change(closed_at=rev.now)
    rev.emit("order.closed", by="window")
