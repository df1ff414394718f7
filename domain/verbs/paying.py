"""pay, record_payment, capture, void: money in.

A decline is an answer, not an error: it is recorded, and the caller gets 402 from the recorded payment.
3-D Secure is neither decline nor attempt: the payment waits (`requires_action`) and `pay` continues it.
"""

from datetime import datetime, timedelta

from domain import ids, ledger
from domain.commands import Capture, Pay, RecordPayment, Void
from domain.errors import AmountTooLarge, Conflict, InvalidInput, InvalidTransition, NothingDue
from domain.operations import Operation, Outcome
from domain.order import STORE_CREDIT, Order, Payment
from domain.revision import Revision
from domain.verbs.guards import is_open, not_ended, refuse
from domain.verbs.placing import confirm

WAITING = ("requires_action", "processing")


def waiting(order: Order) -> list[Payment]:
    """Payments the provider has not decided."""
    return [p for p in order.payments if p.state in WAITING]


def plan_pay(order: Order, command: Pay) -> list[Operation]:
    is_open(order)
    open_payment = _continued(order, command)
    if open_payment:
        return [
            Operation(
                kind="sync",
                payment_id=open_payment.id,
                provider=open_payment.provider,
                ref=open_payment.ref,
            )
        ]
    superseded = [p for p in waiting(order) if p.state == "requires_action"]
    amount = _payable(order, command.amount)
    if not command.payment_method:
        raise InvalidInput("a payment method is needed", field="payment_method")
    if command.payment_method == STORE_CREDIT and order.customer_id is None:
        raise InvalidInput("store credit belongs to a customer, and this order has none", field="payment_method")
    voids = [void_operation(p) for p in superseded]
    by_credit = command.payment_method == STORE_CREDIT
    capture = order.policy.capture == "automatic" if command.capture is None else command.capture
    return [
        *voids,
        Operation(
            kind="authorize",
            payment_id=ids.child(order.id, "payment", order.next_serial),
            provider=STORE_CREDIT if by_credit else command.provider,
            amount=amount,
            capture=capture,
            payment_method=command.payment_method,
            customer=order.customer_id if by_credit else command.customer,
        ),
    ]


def _continued(order: Order, command: Pay) -> Payment | None:
    """The waiting payment this command goes on with: the one named, or the only sensible one."""
    open_ones = waiting(order)
    if command.payment_id:
        if all(p.id != command.payment_id for p in open_ones):
            raise InvalidInput("no payment of this id is waiting", field="payment_id")
        return order.payment(command.payment_id)
    same = [p for p in open_ones if command.payment_method in (None, p.payment_method)]
    return same[-1] if same else None


def _payable(order: Order, amount: int | None) -> int:
    under_way = sum(p.amount for p in waiting(order) if p.state == "processing")
    due, held = ledger.due(order), ledger.held(order)
    left = due - held - under_way
    if left <= 0:
        raise _not_payable(order, due, held)
    if amount is None:
        return left
    if amount <= 0:
        raise InvalidInput("the amount must be positive", field="amount")
    if amount > left:
        raise AmountTooLarge(f"only {left} is due", field="amount", maximum=left)
    return amount


def _not_payable(order: Order, due: int, held: int) -> Conflict:
    """Why a payment is refused: nothing is due, or what is due is on its way already."""
    if due == 0:
        return refuse(NothingDue, order, "nothing is due", "payment.captured", "order.items_cancelled", "order.paid")
    if held >= due:
        message = f"what is due ({due}) is authorised already: capture it"
        return refuse(InvalidTransition, order, message, "payment.authorized", due=due, held=held)
    return refuse(NothingDue, order, "a payment is under way", "payment.processing", due=due, held=held)


def prelude_pay(order: Order, command: Pay, rev: Revision) -> None:
    """What must be so before money moves: a draft is confirmed, its stock reserved."""
    if order.stage == "draft":
        confirm(rev)


def apply_pay(rev: Revision, command: Pay, outcomes: list[Outcome]) -> None:
    """Record what the provider said; a decline leaves a draft a draft."""
    for outcome in outcomes:
        # Before any void: children's ids are derived in order, and the operation names the id its payment was planned under.
        if outcome.operation.kind == "authorize":
            asked = outcome.operation
            method, gateway = asked.payment_method, command.gateway
            open_payment(rev, asked.provider, asked.amount, payment_method=method, gateway=gateway)
    for outcome in outcomes:
        operation = outcome.operation
        if operation.kind == "void":
            settle_void(rev, outcome)
            continue
        if outcome.status == "succeeded" and outcome.state != "canceled" and rev.order.stage == "draft":
            confirm(rev)
        record_outcome(rev, operation.payment_id, outcome)
        rev.subject = operation.payment_id


def open_payment(
    rev: Revision, provider: str, amount: int, *, payment_method: str | None = None, gateway: str | None = None
) -> str:
    """The payment's record, before what became of it is written on it. Its id."""
    child, serial = rev.new("payment")
    payment = Payment(
        id=child,
        serial=serial,
        provider=provider,
        gateway=gateway,
        amount=amount,
        state="processing",
        payment_method=payment_method,
        created_at=rev.now,
    )
    rev.change(payments=(*rev.order.payments, payment))
    return child


def record_outcome(rev: Revision, payment_id: str, outcome: Outcome) -> None:
    """Bring a payment to where its provider says it stands, with events and movements for the difference."""
    payment = rev.order.payment(payment_id)
    if outcome.status != "succeeded":
        _failed(rev, payment, outcome)
        return
    rev.payment(
        payment_id,
        ref=outcome.ref or payment.ref,
        method_type=outcome.method_type,
        multicapture=outcome.multicapture or payment.multicapture,
        client_secret=outcome.client_secret,
        next_action=outcome.next_action,
        expires_at=outcome.expires_at or payment.expires_at,
        card=outcome.card or payment.card,
    )
    if outcome.state in ("requires_action", "processing"):
        rev.payment(payment_id, state=outcome.state)
        rev.emit(f"payment.{outcome.state}", paymentId=payment_id, amount=payment.amount)
    elif outcome.state == "canceled":
        release(rev, payment_id)
    else:
        advance(rev, payment_id, outcome.authorized, outcome.captured, outcome.ref)
        if outcome.state == "captured":
            close_hold(rev, payment_id)


def advance(rev: Revision, payment_id: str, authorized: int, captured: int, ref: str | None = None) -> None:
    """Raise a payment's totals to these; never lowers one (events come late and out of order)."""
    before = rev.order.payment(payment_id)
    new_hold = max(0, authorized - before.authorized)
    new_money = max(0, captured - before.captured)
    direct = new_hold > 0 and new_money > 0
    if new_hold:
        rev.payment(
            payment_id,
            authorized=before.authorized + new_hold,
            authorized_at=rev.now,
            state="authorized",
            expires_at=before.expires_at or after_hold(rev),
        )
        if not direct:
            rev.transact(payment_id, kind="authorization", status="success", amount=new_hold, ref=ref)
            rev.emit("payment.authorized", paymentId=payment_id, amount=new_hold)
    if new_money:
        rev.payment(
            payment_id,
            captured=before.captured + new_money,
            captured_at=before.captured_at or rev.now,
            authorized=max(before.authorized + new_hold, before.captured + new_money),
        )
        _unrelease(rev, payment_id)
        rev.transact(payment_id, kind="sale" if direct else "capture", status="success", amount=new_money, ref=ref)
        rev.emit("payment.captured", paymentId=payment_id, amount=new_money)
        if rev.order.payment(payment_id).capturable == 0:
            rev.payment(payment_id, state="captured", expires_at=None)


def _unrelease(rev: Revision, payment_id: str) -> None:
    """Money taken after all was not given up: a void that crossed a capture."""
    payment = rev.order.payment(payment_id)
    if payment.capturable < 0:
        rev.payment(payment_id, released=payment.authorized - payment.captured)


def after_hold(rev: Revision) -> datetime:
    return (rev.now + timedelta(days=rev.order.policy.authorization_hold_days)).replace(microsecond=0)


def close_hold(rev: Revision, payment_id: str) -> None:
    """What is held and was not captured is given up."""
    payment = rev.order.payment(payment_id)
    rest = payment.capturable
    rev.payment(payment_id, released=payment.released + rest, expires_at=None)
    if payment.captured:
        rev.payment(payment_id, state="captured")
    if rest:
        rev.transact(payment_id, kind="void", status="success", amount=rest)


def release(rev: Revision, payment_id: str, kind: str = "payment.voided") -> None:
    """A hold ends without (more) money."""
    payment = rev.order.payment(payment_id)
    held = payment.capturable
    close_hold(rev, payment_id)
    if not payment.captured:
        rev.payment(payment_id, state="voided", client_secret=None, next_action=None)
    rev.emit(kind, paymentId=payment_id, amount=held)


def _failed(rev: Revision, payment: Payment, outcome: Outcome) -> None:
    """A decline counts towards `max_payment_attempts`; a refusal by the provider, or too little credit, does not."""
    rev.payment(
        payment.id,
        state="failed",
        ref=outcome.ref or payment.ref,
        decline_code=outcome.code if outcome.status == "declined" else None,
        message=outcome.message,
        client_secret=None,
        next_action=None,
        card=outcome.card or payment.card,
    )
    rev.transact(payment.id, kind="authorization", status="failure", amount=payment.amount)
    rev.emit(
        "payment.failed",
        paymentId=payment.id,
        amount=payment.amount,
        declineCode=outcome.code,
        declined=outcome.status == "declined",
    )
    if outcome.status == "declined" and payment.provider != STORE_CREDIT:
        count_decline(rev)


def count_decline(rev: Revision) -> None:
    """The last decline allowed ends the order."""
    rev.change(declines=rev.order.declines + 1)
    order, limit = rev.order, rev.order.policy.max_payment_attempts
    unpaid = order.stage in ("draft", "confirmed") and not order.closed_at and not ledger.is_covered(order)
    if limit and order.declines >= limit and unpaid and not any(line.sent for line in order.lines):
        ended = ledger.credit_all(order, cause="ended", at=rev.now)
        rev.change(stage="failed", credits=(*order.credits, ended))
        rev.emit("order.failed", declines=order.declines)


def apply_record_payment(rev: Revision, command: RecordPayment) -> None:
    """Money taken elsewhere: captured as told, no provider asked. A draft is confirmed by it."""
    is_open(rev.order)
    amount = _payable(rev.order, command.amount)
    if rev.order.stage == "draft":
        confirm(rev)
    child = open_payment(rev, "manual", amount, gateway=command.gateway)
    rev.payment(child, method_type=command.gateway)
    advance(rev, child, amount, amount)
    rev.subject = child


def _held_payment(order: Order, payment_id: str | None) -> Payment:
    held = ledger.holding(order)
    if payment_id is not None:
        payment = ledger.find_payment(order, payment_id)
        held = [p for p in held if p.id == payment.id]
    if not held:
        raise refuse(
            InvalidTransition,
            order,
            "nothing is authorised",
            "payment.captured",
            "payment.voided",
            "payment.expired",
            "order.cancelled",
        )
    return held[0]


def plan_capture(order: Order, command: Capture) -> list[Operation]:
    is_open(order)
    payment = _held_payment(order, command.payment_id)
    amount = command.amount if command.amount is not None else min(payment.capturable, ledger.due(order))
    if amount <= 0:
        raise InvalidInput("the amount must be positive", field="amount")
    if amount > payment.capturable:
        raise AmountTooLarge(f"only {payment.capturable} is authorised", field="amount", maximum=payment.capturable)
    if amount > ledger.due(order):
        raise AmountTooLarge(f"only {ledger.due(order)} is due", field="amount", maximum=ledger.due(order))
    if not command.final and not payment.multicapture:
        raise InvalidInput("this provider captures an authorisation once; final must be true", field="final")
    return [capture_operation(payment, amount, command.final)]


def capture_operation(payment: Payment, amount: int, final: bool) -> Operation:
    return Operation(
        kind="capture",
        payment_id=payment.id,
        provider=payment.provider,
        ref=payment.ref,
        amount=amount,
        final=final,
        captured_before=payment.captured,
    )


def apply_capture(rev: Revision, command: Capture, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        settle_capture(rev, outcome)
        rev.subject = outcome.operation.payment_id


def settle_capture(rev: Revision, outcome: Outcome) -> None:
    """A refused capture takes nothing: the payment becomes what its provider says it is, else its hold is gone."""
    operation = outcome.operation
    if outcome.status != "succeeded" and outcome.state == "authorized":  # still held: the request was wrong
        rev.payment(operation.payment_id, message=outcome.message)
        rev.emit(
            "payment.failed",
            paymentId=operation.payment_id,
            amount=operation.amount,
            declineCode=outcome.code,
            declined=False,
        )
        return
    if outcome.state == "canceled" or (outcome.status != "succeeded" and outcome.state != "captured"):
        release(rev, operation.payment_id, "payment.expired")
        return
    advance(rev, operation.payment_id, outcome.authorized, max(outcome.captured, 0), outcome.ref)
    if operation.final or outcome.state == "captured":
        close_hold(rev, operation.payment_id)


def plan_void(order: Order, command: Void) -> list[Operation]:
    """On closed orders too: what is held there is no use to anybody."""
    not_ended(order)
    named = None if command.payment_id is None else ledger.find_payment(order, command.payment_id)
    chosen = [p for p in order.payments if named is None or p.id == named.id]
    chosen = [p for p in chosen if p.state in ("requires_action",) or (p.state == "authorized" and p.capturable > 0)]
    if not chosen:
        raise refuse(
            InvalidTransition, order, "nothing is authorised", "payment.captured", "payment.voided", "payment.expired"
        )
    return [void_operation(p) for p in chosen]


def void_operation(payment: Payment) -> Operation:
    return Operation(
        kind="void",
        payment_id=payment.id,
        provider=payment.provider,
        ref=payment.ref,
        amount=payment.capturable,
    )


def plan_release_all(order: Order) -> list[Operation]:
    """Voids of everything held or waiting, for cancelling."""
    chosen = [p for p in order.payments if p.state in WAITING or (p.state == "authorized" and p.capturable > 0)]
    return [void_operation(p) for p in chosen]


def apply_void(rev: Revision, command: Void, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        settle_void(rev, outcome)
    rev.subject = outcomes[0].operation.payment_id


def settle_void(rev: Revision, outcome: Outcome, kind: str = "payment.voided") -> None:
    """A void that came too late finds the money captured: it is recorded, and given back by what follows.

    A refusal ends a hold (there is nothing left that we could release; a later fact corrects us), but not a
    payment that still waits for its customer: that may yet succeed.
    """
    payment_id = outcome.operation.payment_id
    waits = rev.order.payment(payment_id).state in WAITING
    unanswered = outcome.status != "succeeded" or outcome.state == "processing"
    if outcome.state == "captured":
        advance(rev, payment_id, outcome.authorized, outcome.captured, outcome.ref)
        close_hold(rev, payment_id)
    elif waits and unanswered:
        rev.emit("payment.failed", paymentId=payment_id, amount=0, declineCode=outcome.code, declined=False)
    else:
        release(rev, payment_id, "payment.expired" if unanswered else kind)
