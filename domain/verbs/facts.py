"""payment_fact, refund_fact, dispute_fact: what the provider tells us, late, doubled and out of order.

Totals only ever rise (advance), words only ever move forward; a fact that says nothing new is refused as a
no-op (`Conflict`), so that it leaves no event behind.
"""

from typing import Literal

from domain import ledger
from domain.commands import DisputeFact, PaymentFact, RefundFact
from domain.commands import Refund as RefundCommand
from domain.errors import Conflict, NotFound
from domain.operations import Operation, Outcome
from domain.order import Credit, Dispute, Hold, Order, Payment, Refund, RefundPart
from domain.revision import Revision, unsent
from domain.verbs.giving_back import not_given_back, overall
from domain.verbs.paying import WAITING, open_payment, record_outcome, release
from domain.verbs.refunding import break_down
from domain.verbs.taking_back import take


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

    Only what holds, has or may still bring money: an unknown payment that was declined or cancelled holds no money, and is
    left alone.
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


def _settle(rev: Revision, refund: Refund, part: RefundPart, status: Literal["pending", "succeeded", "failed"]) -> None:
    """A refund that fails keeps its credit: the surplus stands until somebody pays it again."""
    parts = tuple(p.model_copy(update={"status": status}) if p == part else p for p in refund.parts)
    rev.refund(refund.id, parts=parts, status=overall(parts))
    payment = rev.order.payment(part.payment_id)
    movements = tuple(
        t.model_copy(update={"status": "failure" if status == "failed" else "success"})
        if t.refund_id == refund.id and t.ref == part.ref
        else t
        for t in payment.transactions
    )
    rev.payment(payment.id, transactions=movements)
    if status == "failed":
        if overall(parts) == "failed":
            _waits_again(rev, refund)
        rev.payment(payment.id, refunded=payment.refunded - part.amount)
        not_given_back(rev, part.amount)
        rev.emit("payment.refund_failed", refundId=refund.id, amount=part.amount)
    else:
        rev.emit("payment.reconciled", refundId=refund.id, by="fact")


def _waits_again(rev: Revision, refund: Refund) -> None:
    """The return whose refund failed whole has its parcel, and not its money."""
    for made in rev.order.returns:
        given = made.refund_ids or ((made.refund_id,) if made.refund_id else ())
        if refund.id not in given:
            continue
        rest = tuple(one for one in given if one != refund.id)
        status = "received" if made.status == "refunded" and not rest else made.status
        amount = sum(rev.order.refund(one).amount for one in rest)
        rev.return_(made.id, status=status, refund_ids=rest, refund_id=rest[-1] if rest else None, refund_amount=amount)


def _foreign(rev: Revision, payment: Payment, command: RefundFact) -> None:
    """A refund nobody here asked for: the money is gone, so the ledger says so."""
    if command.status == "failed":
        raise Conflict("an unknown refund that failed changes nothing")
    # Where store credit was paid out, the provider has more than is here of this order: no refund exceeds net, so what it gave
    # beyond that is no debt of the customer's. Reconciliation reports the difference.
    amount = min(command.amount, ledger.net(rev.order))
    if (
        amount <= 0 or command.amount > payment.captured - payment.refunded
    ):  # the capture's own fact, or a failure's, comes first
        raise Conflict("more than we know to be left of this payment", unexplained=True)
    breakdown = break_down(rev.order, RefundCommand(amount=amount), rev.now)
    take(rev, breakdown.taken)
    part = RefundPart(payment_id=payment.id, amount=amount, ref=command.ref, status=command.status)
    rev.subject = _gone(rev, payment, part, "made at the payment provider", breakdown.credits, told=True)


def _gone(
    rev: Revision,
    payment: Payment,
    part: RefundPart,
    reason: str,
    credits: tuple[Credit, ...],
    *,
    told: bool = False,
) -> str:
    """Write down money that left without our asking, and what is no longer owed by it. The refund's id.

    `told`: it is a refund; what a dispute took has an event of its own.
    """
    child, serial = rev.new("refund")
    refund = Refund(
        id=child,
        serial=serial,
        amount=part.amount,
        status=part.status,
        origin="refund",
        reason=reason,
        parts=(part,),
        created_at=rev.now,
        updated_at=rev.now,
    )
    made = (credit.model_copy(update={"refund_id": child}) for credit in credits)
    rev.change(refunds=(*rev.order.refunds, refund), credits=(*rev.order.credits, *made))
    rev.payment(payment.id, refunded=payment.refunded + part.amount)
    movement: Literal["success", "pending"] = "success" if part.status == "succeeded" else "pending"
    rev.transact(payment.id, kind="refund", status=movement, amount=part.amount, ref=part.ref, refund_id=child)
    if told:
        rev.emit("payment.refunded", refundId=child, amount=part.amount)
    rev.emit("order.refunded", refundId=child, amount=part.amount)
    return child


def apply_dispute_fact(rev: Revision, command: DisputeFact) -> None:
    """Opened: nothing may be sent. Won: the hold ends. Lost: the money counts as refunded, and units that wait are held."""
    payment = by_ref(rev.order, command.payment_ref)
    known = any(h.ref == command.ref and h.kind == "dispute" for h in rev.order.holds)
    if known and command.status == "opened":
        raise Conflict("this dispute is known")
    if any(dispute.ref == command.ref for dispute in rev.order.disputes):
        raise Conflict("this dispute is closed")
    if command.status == "opened":
        _hold(rev, payment, command, "dispute")
        rev.emit("payment.dispute_opened", paymentId=payment.id, amount=command.amount, reason=command.reason)
        rev.emit("order.held", kind="dispute", ref=command.ref)
        return
    closed = Dispute(ref=command.ref, status=command.status, closed_at=rev.now)
    holds = tuple(h for h in rev.order.holds if h.ref != command.ref)
    rev.change(holds=holds, disputes=(*rev.order.disputes, closed))
    if command.status == "lost":
        _lose(rev, payment, command)
    rev.emit(f"payment.dispute_{command.status}", paymentId=payment.id, amount=command.amount)
    rev.emit("order.released", kind="dispute", ref=command.ref)
    if command.status == "lost" and any(unsent(line) for line in rev.order.lines) and rev.order.stage == "confirmed":
        _hold(rev, payment, command, "manual")
        rev.emit("order.held", kind="manual", ref=command.ref)


def _hold(rev: Revision, payment: Payment, command: DisputeFact, kind: Literal["dispute", "manual"]) -> None:
    hold = Hold(
        kind=kind,
        ref=command.ref,
        payment_id=payment.id,
        amount=command.amount,
        reason=command.reason if kind == "dispute" else "a dispute was lost while units wait to be sent",
        opened_at=rev.now,
    )
    rev.change(holds=(*rev.order.holds, hold))


def _lose(rev: Revision, payment: Payment, command: DisputeFact) -> None:
    """The bank took the money: an allowance of what was not surplus anyway. No unit is cancelled by it."""
    order = rev.order
    amount = min(command.amount, payment.captured - payment.refunded, ledger.net(order))
    if amount <= 0:
        return
    rest = max(0, amount - ledger.surplus(order))
    credit = ledger.credit(order, "allowance", {}, cause="dispute", at=rev.now, amount=rest)
    part = RefundPart(payment_id=payment.id, amount=amount, ref=command.ref, status="succeeded")
    _gone(rev, payment, part, "dispute lost", (credit,) if rest else ())
