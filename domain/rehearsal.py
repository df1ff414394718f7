"""What a command would do, told without doing it: the same `plan` and `settle`, and a provider that agrees to everything.

There is no second calculation: whatever a command makes of an order, its rehearsal makes of it too. A property test holds the
two equal over thousands of random lives (tests/book).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from domain.agreeing import agreed
from domain.base import Model
from domain.commands import Command, Place
from domain.lifecycle import plan, settle
from domain.operations import Operation
from domain.order import Actor, Order
from domain.revision import Change
from domain.stock import StockMove, stock_moves

MoneyKind = Literal["authorize", "capture", "void", "refund"]


class Movement(Model):
    """Money that would move. `payment_id` None: of a payment that does not exist yet."""

    kind: MoneyKind
    amount: int
    payment_id: str | None = None


class Rehearsal(Model):
    """The order as it would be, and what would come with it."""

    order: Order
    events: tuple[str, ...] = ()
    money: tuple[Movement, ...] = ()
    stock: tuple[StockMove, ...] = ()
    mails: tuple[str, ...] = ()
    subject: str | None = None


def nothing(order: Order) -> Rehearsal:
    """Of what changes nothing."""
    return Rehearsal(order=order)


def rehearse(order: Order, command: Command, now: datetime, actor: Actor) -> Rehearsal:
    """OrderError: the refusal the command would get (stock is the store's to judge)."""
    if isinstance(command, Place):
        return _placing(order, command, now, actor)
    operations = plan(order, command, now, actor)
    change = settle(order, command, [agreed(order, o) for o in operations], now, actor)
    return _told(order, [change], operations, stock_moves(order if order.version else None, change.order))


def _placing(order: Order, command: Place, now: datetime, actor: Actor) -> Rehearsal:
    """Placed, and paid in the same request where it says how."""
    changes, operations = [settle(order, command, [], now, actor)], list[Operation]()
    placed = changes[0].order
    if command.payment is not None:
        operations = plan(placed, command.payment, now, actor)
        outcomes = [agreed(placed, o) for o in operations]
        changes.append(settle(placed, command.payment, outcomes, now, actor))
    return _told(placed, changes, operations, stock_moves(None, changes[-1].order))


def _told(
    before: Order, changes: Sequence[Change], operations: Sequence[Operation], moves: tuple[StockMove, ...]
) -> Rehearsal:
    after = changes[-1].order
    return Rehearsal(
        order=after,
        events=tuple(event.type for change in changes for event in change.events),
        money=(*_asked(before, operations), *_by_hand(before, after)),
        stock=moves,
        mails=tuple(mail for change in changes for mail in change.mails),
        subject=changes[-1].subject,
    )


def _asked(order: Order, operations: Sequence[Operation]) -> list[Movement]:
    """Of a provider. A sale is a hold that is taken at once; a look-up moves nothing."""
    held = {p.id: p.capturable for p in order.payments}
    money: list[Movement] = []
    for operation in operations:
        known = operation.payment_id if operation.payment_id in held else None
        amount = held.get(operation.payment_id, 0) if operation.kind == "void" else operation.amount
        if operation.kind != "sync":
            money.append(Movement(kind=operation.kind, amount=amount, payment_id=known))
        if operation.kind == "authorize" and operation.capture:
            money.append(Movement(kind="capture", amount=amount, payment_id=known))
    return money


def _by_hand(before: Order, after: Order) -> list[Movement]:
    """Money that moves elsewhere: nobody is asked, and it is recorded."""
    known = {p.id: p for p in before.payments}
    money: list[Movement] = []
    for payment in after.payments:
        old = known.get(payment.id)
        taken = payment.captured - (old.captured if old else 0)
        if payment.provider == "manual" and taken > 0:
            money.append(Movement(kind="capture", amount=taken, payment_id=old.id if old else None))
    new = after.refunds[len(before.refunds) :]
    parts = [part for refund in new for part in refund.parts]
    elsewhere = [p for p in parts if p.by_hand or after.payment(p.payment_id).provider == "manual"]
    return money + [Movement(kind="refund", amount=p.amount, payment_id=p.payment_id) for p in elsewhere]
