"""Money that goes back, by whatever verb: a refund's parts, how they are asked for, and how they are written down.

A refund is a set of parts, each against one payment, oldest capture first unless the caller names them.
Pending counts as refunded until the provider says it failed; then the ledger takes it back.

A command that changes what is owed settles the account in the same command: `plan_settlement` and `settle_account`.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from domain import ledger
from domain.operations import Operation, Outcome
from domain.order import Credit, Order, Payment, Refund, RefundLine, RefundPart, TransactionStatus
from domain.revision import Revision
from domain.verbs.paying import settle_void, void_operation
from domain.verbs.taking_back import Taken


@dataclass(frozen=True)
class Breakdown:
    """What a refund comes to. `amount` moves; lines and shipping say what for; credits say what is no longer owed."""

    amount: int
    maximum: int
    lines: tuple[RefundLine, ...] = ()
    shipping: int = 0
    shipping_tax: int = 0
    parts: tuple[RefundPart, ...] = ()
    credits: tuple[Credit, ...] = ()
    taken: Taken = field(default_factory=Taken)
    """Units that are cancelled or come back with it."""


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


def record_refund(
    rev: Revision, breakdown: Breakdown, outcomes: list[Outcome], *, origin: Any, by_hand: bool = False, **fields: Any
) -> Refund:
    """Write the refund, its movements and events; of `outcomes` those that answer refunds."""
    child, serial = rev.new("refund")
    parts = _settled(rev, breakdown, outcomes, by_hand)
    refund = Refund(
        id=child,
        serial=serial,
        amount=sum(part.amount for part in parts),
        status=overall(parts),
        origin=origin,
        lines=breakdown.lines,
        shipping=breakdown.shipping,
        shipping_tax=breakdown.shipping_tax,
        parts=parts,
        created_at=rev.now,
        updated_at=rev.now,
        **fields,
    )
    rev.change(refunds=(*rev.order.refunds, refund))
    for part in parts:
        _move(rev, refund, part)
    alive = ledger.counted(refund)
    if alive:
        rev.emit("payment.refunded", refundId=child, amount=alive)
        rev.emit("order.refunded", refundId=child, amount=alive)
    elif not parts and breakdown.taken.cancelled:  # units were cancelled that nothing was paid for
        items = [{"lineId": line_id, "quantity": n} for line_id, n in breakdown.taken.cancelled.items()]
        rev.emit("order.items_cancelled", items=items, reason=refund.reason)
    elif not parts and breakdown.taken.returned:
        rev.emit("order.restocked", units=sum(breakdown.taken.returned.values()))
    elif not parts:
        rev.emit("order.updated", fields=["refunds"])
    return refund


def pay_out(rev: Revision, breakdown: Breakdown, *, origin: Any, reason: str | None) -> Refund:
    """A refund to the customer's store credit: against no payment, and it cannot fail."""
    child, serial = rev.new("refund")
    refund = Refund(
        id=child,
        serial=serial,
        amount=breakdown.amount,
        status="succeeded",
        origin=origin,
        reason=reason,
        lines=breakdown.lines,
        shipping=breakdown.shipping,
        shipping_tax=breakdown.shipping_tax,
        store_credit=breakdown.amount,
        created_at=rev.now,
        updated_at=rev.now,
    )
    rev.change(refunds=(*rev.order.refunds, refund))
    rev.emit("order.refunded", refundId=child, amount=breakdown.amount)
    return refund


def _settled(rev: Revision, breakdown: Breakdown, outcomes: list[Outcome], by_hand: bool) -> tuple[RefundPart, ...]:
    """What providers answered, as they were asked; and what goes back elsewhere, which nobody is asked about."""
    elsewhere = [p for p in breakdown.parts if by_hand or rev.order.payment(p.payment_id).provider == "manual"]
    done = [part.model_copy(update={"status": "succeeded", "by_hand": by_hand}) for part in elsewhere]
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


def overall(parts: tuple[RefundPart, ...]) -> Any:
    """Failed when every part failed; pending while one is; else succeeded."""
    words = {part.status for part in parts}
    if words == {"failed"}:
        return "failed"
    return "pending" if "pending" in words else "succeeded"


_MOVEMENT: Final[dict[str, TransactionStatus]] = {"pending": "pending", "succeeded": "success", "failed": "failure"}


def _move(rev: Revision, refund: Refund, part: RefundPart) -> None:
    payment = rev.order.payment(part.payment_id)
    taken = next((t.id for t in payment.transactions if t.kind in ("sale", "capture") and t.status == "success"), None)
    if part.status != "failed":
        rev.payment(payment.id, refunded=payment.refunded + part.amount)
    else:
        not_given_back(rev, part.amount)
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


def not_given_back(rev: Revision, amount: int) -> None:
    """What a provider refused to give back waits for a person: were it tried again by itself, each refusal would set the
    timer for the next try, without end."""
    rev.change(surplus_waits=rev.order.surplus_waits + amount)


# Settling the account after a change of what is owed


def raised_surplus(before: Order, after: Order) -> int:
    """A command that makes or raises a surplus gives back all that stands; another leaves it."""
    stands = ledger.surplus(after)
    return stands if stands > ledger.surplus(before) else 0


def plan_release(payments: list[Payment]) -> list[Operation]:
    return [void_operation(payment) for payment in payments]


def plan_settlement(before: Order, after: Order, *, to_credit: bool = False) -> list[Operation]:
    """Release what nothing due can use, and give back the surplus this command made.

    `to_credit`: it goes to the customer's store credit, in the order's own transaction, and no provider is asked.
    """
    if to_credit:
        return plan_release(ledger.unneeded(after))
    parts = ledger.split(after, raised_surplus(before, after))
    return [*plan_release(ledger.unneeded(after)), *operations_for(after, parts)]


def settle_account(
    rev: Revision, outcomes: list[Outcome], *, origin: Any, reason: str | None, to_credit: bool = False, **shown: Any
) -> Refund | None:
    """Record what `plan_settlement` did, on the order as the command changed it. The refund, when there was one."""
    amount = raised_surplus(rev.before, rev.order)
    if to_credit:
        settle_voids(rev, outcomes)
        return pay_out(rev, Breakdown(amount, amount, **shown), origin=origin, reason=reason) if amount else None
    breakdown = Breakdown(amount, amount, parts=ledger.split(rev.order, amount), **shown)
    settle_voids(rev, outcomes)
    if not breakdown.parts and not any(o.operation.kind == "refund" for o in outcomes):
        return None
    return record_refund(rev, breakdown, outcomes, origin=origin, reason=reason)


def settle_voids(rev: Revision, outcomes: list[Outcome]) -> None:
    """Of outcomes those that answer releases of holds."""
    for outcome in outcomes:
        if outcome.operation.kind == "void":
            settle_void(rev, outcome)


def whole_surplus(order: Order) -> Breakdown:
    """All that is here above what is owed; of an ended order all that is here."""
    amount = ledger.surplus(order)
    return Breakdown(amount, amount, parts=ledger.split(order, amount))


def everything(order: Order) -> Breakdown:
    """Everything captured and not refunded, oldest first."""
    amount = ledger.net(order)
    return Breakdown(amount, amount, parts=ledger.split(order, amount))
