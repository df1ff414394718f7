"""The refusals verbs share, each naming the event that made it so."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from domain.errors import (
    AlreadyCancelled,
    AlreadyClosed,
    AmountTooLarge,
    Conflict,
    InvalidInput,
    InvalidQuantity,
    InvalidTransition,
    LineNotFound,
    PaymentRequired,
)
from domain.events import event_id
from domain.order import Line, Order, Units

LEFT: Final = frozenset({"left", "maximum"})
"""Particulars of a refusal that say how much there is: another command may have taken it."""
_TRIFLES: Final = frozenset({"order.note_created", "order.note_deleted", "order.updated"})
"""Events that never make another command lose."""


def winner(order: Order, *types: str) -> dict[str, str] | None:
    """The latest of these events, as `{type, id}`: what a refusal names. None of them: the latest that changed anything.

    So the loser of a race always hears what won, also where nobody thought of that race.
    """
    known = [(order.latest[t], t) for t in types if t in order.latest]
    known = known or [(sequence, t) for t, sequence in order.latest.items() if t not in _TRIFLES]
    if not known:
        return None
    sequence, kind = max(known)
    return {"type": kind, "id": event_id(order.id, sequence)}


@contextmanager
def naming_the_winner(order: Order) -> Iterator[None]:
    """A refusal because too little is left, or something is gone, names the event that made it so, as conflicts do."""
    try:
        yield
    except (Conflict, AmountTooLarge, InvalidQuantity, LineNotFound, PaymentRequired) as error:
        lost = isinstance(error, (Conflict, LineNotFound, PaymentRequired)) or not LEFT.isdisjoint(error.data)
        if lost and order.version and error.data.get("event") is None:
            error.data["event"] = winner(order)
        raise


def refuse(kind: type[Conflict], order: Order, message: str, *types: str, **data: Any) -> Conflict:
    return kind(message, event=winner(order, *types), **data)


def not_ended(order: Order) -> None:
    """Neither cancelled nor failed."""
    if order.stage == "cancelled":
        raise refuse(AlreadyCancelled, order, "the order is cancelled", "order.cancelled")
    if order.stage == "failed":
        raise refuse(InvalidTransition, order, "payment of the order failed for good", "order.failed")


def is_open(order: Order) -> None:
    """Neither ended nor closed."""
    not_ended(order)
    if order.closed_at:
        raise refuse(AlreadyClosed, order, "the order is closed", "order.closed")


def confirmed(order: Order, verb: str) -> None:
    """Open and confirmed."""
    is_open(order)
    if order.stage == "draft":
        raise refuse(InvalidTransition, order, f"the order must be confirmed before {verb}", "order.created")


def the_line(order: Order, line_id: str, field: str = "lines") -> Line:
    try:
        return order.line(line_id)
    except KeyError:
        raise LineNotFound("no such line on this order", field=field, line=line_id) from None


def summed(order: Order, lines: Iterable[Units]) -> dict[str, int]:
    """Line id -> units; repeated lines add up, an empty list is refused."""
    wanted: dict[str, int] = {}
    for item in lines:
        the_line(order, item.line_id)
        wanted[item.line_id] = wanted.get(item.line_id, 0) + item.quantity
    if not wanted:
        raise InvalidInput("name at least one line", field="lines")
    return wanted


def at_most(wanted: int, left: int, line: Line, what: str) -> None:
    """A quantity of a line: positive, and no more than is left."""
    if wanted <= 0:
        raise InvalidQuantity("quantity must be positive", field="quantity", line=line.id)
    if wanted > left:
        raise InvalidQuantity(f"only {left} {what}", field="quantity", line=line.id, left=left)
