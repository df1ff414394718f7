"""The refusals verbs share, each naming the event that made it so."""

from domain.errors import AlreadyCancelled, AlreadyClosed, Conflict, InvalidQuantity, InvalidTransition, LineNotFound
from domain.events import event_id
from domain.order import Line, Order


def winner(order: Order, *types: str) -> dict[str, str] | None:
    """The latest of these events, as `{type, id}`: what a refusal names."""
    known = [(order.latest[t], t) for t in types if t in order.latest]
    if not known:
        return None
    sequence, kind = max(known)
    return {"type": kind, "id": event_id(order.id, sequence)}


def refuse(kind: type[Conflict], order: Order, message: str, *types: str) -> Conflict:
    return kind(message, event=winner(order, *types))


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


def the_line(order: Order, line_id: str, field: str = "items") -> Line:
    try:
        return order.line(line_id)
    except KeyError:
        raise LineNotFound("no such line on this order", field=field, line=line_id) from None


def at_most(wanted: int, left: int, line: Line, what: str) -> None:
    """A quantity of a line: positive, and no more than is left."""
    if wanted <= 0:
        raise InvalidQuantity("quantity must be positive", field="quantity", line=line.id)
    if wanted > left:
        raise InvalidQuantity(f"only {left} {what}", field="quantity", line=line.id, left=left)
