"""refund, and everything that gives money back: one breakdown, one way to perform it.

A refund is a set of parts, each against one payment, oldest capture first unless the caller names them.
Pending counts as refunded until the provider says it failed; then the ledger takes it back.
"""

from dataclasses import dataclass
from typing import Any

from domain import ledger
from domain.commands import Refund as RefundCommand
from domain.commands import RefundUnits
from domain.errors import AmountTooLarge, InvalidInput, NothingToRefund
from domain.operations import Operation, Outcome
from domain.order import Order, Refund, RefundLine, RefundPart
from domain.revision import Revision, unsent
from domain.verbs.fulfilling import at_customer, take_back
from domain.verbs.guards import at_most, refuse, the_line


@dataclass(frozen=True)
class Breakdown:
    """What a refund comes to. `amount` is what moves; lines and shipping say what for."""

    amount: int
    maximum: int
    lines: tuple[RefundLine, ...] = ()
    shipping: int = 0
    shipping_tax: int = 0
    parts: tuple[RefundPart, ...] = ()


def break_down(order: Order, command: RefundCommand) -> Breakdown:
    """The one function behind every refund and its calculation. Raises when nothing, or too much, is asked."""
    maximum = ledger.refundable(order)
    lines = tuple(_lines(order, command.lines or ()))
    shipping, shipping_tax = ledger.shipping_share(order, command.shipping)
    suggested = sum(line.subtotal + line.tax for line in lines) + shipping + shipping_tax
    if command.parts is not None:
        amount = sum(part.amount for part in command.parts)
    elif command.amount is not None:
        amount = command.amount
    elif lines or command.shipping is not None:
        amount = min(suggested, maximum)
    else:
        amount = maximum
    if amount > maximum:
        raise AmountTooLarge(f"only {maximum} can be refunded", field="amount", maximum=maximum)
    parts = _named_parts(order, command) if command.parts is not None else ledger.split(order, max(0, amount))
    return Breakdown(amount, maximum, lines, shipping, shipping_tax, parts)


def _lines(order: Order, wanted: tuple[RefundUnits, ...]) -> list[RefundLine]:
    """Units are counted in the order they are refunded; repeated lines go on where the last stopped."""
    counted: dict[str, int] = {}
    out = []
    for item in wanted:
        line = the_line(order, item.line_id)
        already = line.refunded_units + counted.get(line.id, 0)
        at_most(item.quantity, line.quantity - already, line, "left to refund")
        out.append(ledger.refund_line(order, line, already, item.quantity, item.restock))
        counted[line.id] = counted.get(line.id, 0) + item.quantity
    return out


def _named_parts(order: Order, command: RefundCommand) -> tuple[RefundPart, ...]:
    sums: dict[str, int] = {}
    for part in command.parts or ():
        payment = ledger.find_payment(order, part.parent_id)
        sums[payment.id] = sums.get(payment.id, 0) + part.amount
    for payment_id, amount in sums.items():
        payment = order.payment(payment_id)
        left = payment.captured - payment.refunded
        if amount > left:
            raise AmountTooLarge(f"only {left} of this payment can be refunded", field="transactions", maximum=left)
    return tuple(RefundPart(payment_id=payment_id, amount=amount) for payment_id, amount in sums.items())


def plan_refund(order: Order, command: RefundCommand) -> list[Operation]:
    if ledger.refundable(order) <= 0:
        raise refuse(
            NothingToRefund,
            order,
            "nothing captured is left to refund",
            "order.refunded",
            "payment.voided",
            "order.created",
        )
    nothing_else = command.amount is None and command.parts is None and command.shipping is None
    if command.lines == () and nothing_else:
        raise InvalidInput("name at least one line", field="items")
    breakdown = break_down(order, command)
    free = breakdown.amount == 0 and breakdown.lines and command.amount is None
    if breakdown.amount <= 0 and not free:  # units that cost nothing may still come back
        raise InvalidInput("the amount must be positive", field="amount")
    return operations_for(order, breakdown.parts, command.code)


def operations_for(order: Order, parts: tuple[RefundPart, ...], code: Any = None) -> list[Operation]:
    """One call per part; money taken elsewhere goes back elsewhere, without a call."""
    out: list[Operation] = []
    for part in parts:
        payment = order.payment(part.payment_id)
        if payment.provider != "manual":
            out.append(
                Operation(
                    kind="refund",
                    payment_id=payment.id,
                    provider=payment.provider,
                    ref=payment.ref,
                    amount=part.amount,
                    code=code,
                )
            )
    return out


def apply_refund(rev: Revision, command: RefundCommand, outcomes: list[Outcome]) -> None:
    breakdown = break_down(rev.order, command)
    refund = record_refund(
        rev,
        breakdown,
        outcomes,
        origin="refund",
        reason=command.reason,
        code=command.code,
        metadata=command.metadata,
    )
    rev.subject = refund.id
    if refund.status != "failed":
        _restock(rev, breakdown)
        give_up_unsent(rev)
    if command.notify:
        rev.mails.append("order_refunded")


def _restock(rev: Revision, breakdown: Breakdown) -> None:
    """Count the units refunded, and put back those that say so (as many as there are to put back)."""
    for item in breakdown.lines:
        rev.count(item.line_id, refunded_units=item.quantity)
        if item.restock:
            line = rev.order.line(item.line_id)
            left = unsent(line) + at_customer(rev.order, line)
            if left > 0 and rev.order.stage == "confirmed":
                take_back(rev, item.line_id, min(item.quantity, left))


def give_up_unsent(rev: Revision) -> None:
    """A refund that leaves nothing captured cancels all unsent units and releases them."""
    if ledger.refundable(rev.order) or rev.order.stage != "confirmed":
        return
    for line in rev.order.lines:
        if unsent(line):
            rev.count(line.id, cancelled=unsent(line))


def record_refund(
    rev: Revision, breakdown: Breakdown, outcomes: list[Outcome], *, origin: Any, **fields: Any
) -> Refund:
    """Write the refund, its movements and events; of `outcomes` those that answer refunds."""
    child, serial = rev.new("refund")
    parts = _settled(rev, breakdown, outcomes)
    refund = Refund(
        id=child,
        serial=serial,
        amount=sum(part.amount for part in parts),
        status=_overall(parts),
        origin=origin,
        lines=breakdown.lines,
        shipping=breakdown.shipping,
        shipping_tax=breakdown.shipping_tax,
        parts=parts,
        credited=origin != "surplus",
        created_at=rev.now,
        updated_at=rev.now,
        **fields,
    )
    rev.change(refunds=(*rev.order.refunds, refund))
    for part in parts:
        _move(rev, refund, part)
    alive = sum(part.amount for part in parts if part.status != "failed")
    if alive:
        rev.emit("payment.refunded", refundId=child, amount=alive)
    if alive or not parts:
        rev.emit("order.refunded", refundId=child, amount=alive)
    return refund


def _settled(rev: Revision, breakdown: Breakdown, outcomes: list[Outcome]) -> tuple[RefundPart, ...]:
    """What providers answered, as they were asked; and what goes back elsewhere, which nobody is asked about."""
    by_hand = [part for part in breakdown.parts if rev.order.payment(part.payment_id).provider == "manual"]
    done = [part.model_copy(update={"status": "succeeded"}) for part in by_hand]
    for outcome in outcomes:
        if outcome.operation.kind == "refund":
            good = outcome.status == "succeeded"
            part = RefundPart(
                payment_id=outcome.operation.payment_id,
                amount=outcome.operation.amount,
                status=(outcome.refund_state or "succeeded") if good else "failed",
                ref=outcome.ref if good else None,
            )
            done.append(part)
    place = {part.payment_id: n for n, part in enumerate(breakdown.parts)}
    return tuple(sorted(done, key=lambda part: place.get(part.payment_id, len(place))))


def _overall(parts: tuple[RefundPart, ...]) -> Any:
    """Failed when every part failed; pending while one is; else succeeded."""
    words = {part.status for part in parts}
    if words == {"failed"}:
        return "failed"
    return "pending" if "pending" in words else "succeeded"


_MOVEMENT = {"pending": "pending", "succeeded": "success", "failed": "failure"}


def _move(rev: Revision, refund: Refund, part: RefundPart) -> None:
    payment = rev.order.payment(part.payment_id)
    taken = next((t.id for t in payment.transactions if t.kind in ("sale", "capture") and t.status == "success"), None)
    if part.status != "failed":
        rev.payment(payment.id, refunded=payment.refunded + part.amount)
    else:
        rev.emit("payment.refund_failed", refundId=refund.id, amount=part.amount)
    rev.transact(
        payment.id,
        kind="refund",
        status=_MOVEMENT[part.status],
        amount=part.amount,
        ref=part.ref,
        refund_id=refund.id,
        parent_id=taken,
    )


def surplus(order: Order) -> Breakdown:
    """What was captured above what the order costs now."""
    amount = ledger.surplus(order)
    return Breakdown(amount, amount, parts=ledger.split(order, amount))


def give_back_all(order: Order) -> Breakdown:
    """Everything captured and not refunded, oldest first."""
    amount = ledger.refundable(order)
    return Breakdown(amount, amount, parts=ledger.split(order, amount))
