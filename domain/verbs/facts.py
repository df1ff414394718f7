"""payment_fact, refund_fact, dispute_fact: what the provider tells us, late, doubled and out of order.

Totals only ever rise (advance), words only ever move forward; a fact that says nothing new is refused as a
no-op (`Conflict`), so that it leaves no event behind.
"""

from domain import ledger
from domain.commands import DisputeFact, PaymentFact, RefundFact
from domain.errors import Conflict, NotFound
from domain.operations import Operation, Outcome
from domain.order import Hold, Order, Payment, Refund, RefundPart
from domain.revision import Revision
from domain.verbs.paying import WAITING, open_payment, record_outcome, release
from domain.verbs.refunding import give_up_unsent


def by_ref(order: Order, ref: str) -> Payment:
    for payment in order.payments:
        if payment.ref == ref:
            return payment
    raise NotFound("no payment of this reference on the order", ref=ref)


def apply_payment_fact(rev: Revision, command: PaymentFact) -> None:
    """An intent that moved on at the provider: authorised, captured, declined after 3-D Secure, cancelled."""
    adopted = _adopt(rev, command)
    payment = by_ref(rev.order, command.ref)
    seen = Operation(kind="sync", payment_id=payment.id, provider=payment.provider, ref=command.ref)
    let_go = command.status == "captured" and payment.capturable > 0
    news = let_go or command.authorized > payment.authorized or command.captured > payment.captured
    rev.subject = payment.id
    if command.status == "declined" and payment.state in WAITING:
        outcome = Outcome(
            operation=seen, status="declined", ref=command.ref, code=command.decline_code, message=command.message
        )
        record_outcome(rev, payment.id, outcome)
    elif command.status == "canceled" and (payment.state in WAITING or payment.capturable > 0):
        release(rev, payment.id, "payment.expired")
    elif command.status in ("authorized", "captured") and (news or payment.state in WAITING):
        outcome = Outcome(
            operation=seen,
            status="succeeded",
            state=command.status,
            ref=command.ref,
            authorized=command.authorized,
            captured=command.captured,
            method_type=payment.method_type,
            card=command.card or payment.card,
            multicapture=payment.multicapture,
            expires_at=command.expires_at or payment.expires_at,
        )
        record_outcome(rev, payment.id, outcome)
        rev.emit("payment.reconciled", paymentId=payment.id, by="fact")
    elif command.status == "processing" and payment.state == "requires_action":
        rev.payment(payment.id, state="processing", client_secret=None, next_action=None)
        rev.emit("payment.processing", paymentId=payment.id, amount=payment.amount)
    elif adopted:
        rev.emit("payment.processing", paymentId=payment.id, amount=payment.amount)
    else:
        raise Conflict("nothing new about this payment")


def _adopt(rev: Revision, command: PaymentFact) -> bool:
    """A payment made for this order that it has no record of (lost with a database, or never written) becomes its own.

    Only what holds, has or may still bring money: a declined or cancelled stranger is nobody's.
    """
    unknown = all(payment.ref != command.ref for payment in rev.order.payments)
    if not unknown or command.provider is None or command.amount is None or command.status in ("declined", "canceled"):
        return False
    state = command.status if command.status == "requires_action" else "processing"
    made = open_payment(rev, command.provider, command.amount, payment_method=command.payment_method)
    rev.payment(made, ref=command.ref, state=state, client_secret=command.client_secret)
    return True


def apply_refund_fact(rev: Revision, command: RefundFact) -> None:
    """A pending refund settles or fails; one made outside (the provider's dashboard) is recorded as found."""
    payment = by_ref(rev.order, command.payment_ref)
    found = _find(rev.order, payment, command)
    if found is None:
        _foreign(rev, payment, command)
        return
    refund, part = found
    rev.subject = refund.id
    if part.status == command.status or (part.status != "pending" and command.status == "pending"):
        raise Conflict("nothing new about this refund")
    if part.status == "failed":
        raise Conflict("a failed refund stays failed")
    _settle(rev, refund, part, command.status)


def _find(order: Order, payment: Payment, command: RefundFact) -> tuple[Refund, RefundPart] | None:
    for refund in order.refunds:
        for part in refund.parts:
            if part.payment_id == payment.id and part.ref == command.ref:
                return refund, part
    return None


def _settle(rev: Revision, refund: Refund, part: RefundPart, status: str) -> None:
    parts = tuple(p.model_copy(update={"status": status}) if p == part else p for p in refund.parts)
    words = {p.status for p in parts}
    overall = "failed" if words == {"failed"} else "pending" if "pending" in words else "succeeded"
    rev.refund(refund.id, parts=parts, status=overall)
    payment = rev.order.payment(part.payment_id)
    movements = tuple(
        t.model_copy(update={"status": "failure" if status == "failed" else "success"})
        if t.refund_id == refund.id and t.ref == part.ref
        else t
        for t in payment.transactions
    )
    rev.payment(payment.id, transactions=movements)
    if overall == "failed":
        _uncount(rev, refund)
    if status == "failed":
        rev.payment(payment.id, refunded=payment.refunded - part.amount)
        rev.emit("payment.refund_failed", refundId=refund.id, amount=part.amount)
    else:
        rev.emit("payment.reconciled", refundId=refund.id, by="fact")


def _uncount(rev: Revision, refund: Refund) -> None:
    """A refund that failed whole refunded no unit, and its return waits for its money again."""
    known = {line.id for line in rev.order.lines}
    for item in refund.lines:
        if item.line_id in known:
            rev.count(item.line_id, refunded_units=-item.quantity)
    for made in rev.order.returns:
        if made.refund_id == refund.id:
            rev.return_(made.id, status="received", refund_id=None, refund_amount=0)


def _foreign(rev: Revision, payment: Payment, command: RefundFact) -> None:
    """A refund nobody here asked for: the money is gone, so the ledger says so."""
    if command.status == "failed":
        raise Conflict("an unknown refund that failed changes nothing")
    amount = command.amount
    if (
        amount <= 0 or amount > payment.captured - payment.refunded
    ):  # the capture's own fact, or a failure's, comes first
        raise Conflict("more than we know to be left of this payment", unexplained=True)
    child, serial = rev.new("refund")
    part = RefundPart(payment_id=payment.id, amount=amount, ref=command.ref, status=command.status)
    refund = Refund(
        id=child,
        serial=serial,
        amount=amount,
        status=command.status,
        origin="refund",
        reason="made at the payment provider",
        parts=(part,),
        created_at=rev.now,
        updated_at=rev.now,
    )
    rev.change(refunds=(*rev.order.refunds, refund))
    rev.payment(payment.id, refunded=payment.refunded + amount)
    movement = "success" if command.status == "succeeded" else "pending"
    rev.transact(payment.id, kind="refund", status=movement, amount=amount, ref=command.ref, refund_id=child)
    rev.subject = child
    rev.emit("payment.refunded", refundId=child, amount=amount)
    rev.emit("order.refunded", refundId=child, amount=amount)
    give_up_unsent(rev)


def apply_dispute_fact(rev: Revision, command: DisputeFact) -> None:
    """Opened: nothing may be sent. Won: the hold ends. Lost: the hold ends and the money counts as refunded."""
    payment = by_ref(rev.order, command.payment_ref)
    held = [h for h in rev.order.holds if h.ref == command.ref]
    if command.status == "opened":
        known = f"dispute:{command.ref}" in rev.order.latest
        if held or known:
            raise Conflict("this dispute is known")
        hold = Hold(
            kind="dispute",
            ref=command.ref,
            payment_id=payment.id,
            amount=command.amount,
            reason=command.reason,
            opened_at=rev.now,
        )
        rev.change(holds=(*rev.order.holds, hold))
        rev.emit("payment.dispute_opened", paymentId=payment.id, amount=command.amount, reason=command.reason)
        rev.emit("order.held", kind="dispute", ref=command.ref)
        return
    closed = f"dispute:{command.ref}"
    if closed in rev.order.latest:
        raise Conflict("this dispute is closed")
    rev.change(
        holds=tuple(h for h in rev.order.holds if h.ref != command.ref),
        latest=rev.order.latest | {closed: rev.order.next_sequence},
    )
    if command.status == "lost":
        _lose(rev, payment, command)
    rev.emit(f"payment.dispute_{command.status}", paymentId=payment.id, amount=command.amount)
    rev.emit("order.released", kind="dispute", ref=command.ref)


def _lose(rev: Revision, payment: Payment, command: DisputeFact) -> None:
    amount = min(command.amount, payment.captured - payment.refunded, ledger.refundable(rev.order))
    if amount <= 0:
        return
    child, serial = rev.new("refund")
    part = RefundPart(payment_id=payment.id, amount=amount, ref=command.ref, status="succeeded")
    refund = Refund(
        id=child,
        serial=serial,
        amount=amount,
        status="succeeded",
        origin="refund",
        reason="dispute lost",
        parts=(part,),
        created_at=rev.now,
        updated_at=rev.now,
    )
    rev.change(refunds=(*rev.order.refunds, refund))
    rev.payment(payment.id, refunded=payment.refunded + amount)
    rev.transact(payment.id, kind="refund", status="success", amount=amount, ref=command.ref, refund_id=child)
    rev.emit("order.refunded", refundId=child, amount=amount)
    give_up_unsent(rev)
