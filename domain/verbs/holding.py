"""hold, release_hold, end_hold: reasons why nothing of an order may be sent, put there and taken away by people or by time.

A dispute's hold is the provider's (facts.py): nobody here can end it. What nothing is sent of any more needs no hold: those
that stand end with the order (revision.py).
"""

from domain.commands import EndHold, PlaceHold, ReleaseHold
from domain.errors import Conflict, InvalidInput, InvalidTransition, NotFound, OnHold
from domain.holds import Hold
from domain.order import Order
from domain.revision import Revision
from domain.verbs.guards import is_open, refuse

MAX_HOLDS = 50


def not_held(order: Order) -> None:
    """Refuses while any hold stands, and names them all."""
    if order.holds:
        named = [{"id": hold.id, "kind": hold.kind, "reason": hold.reason} for hold in order.holds]
        kinds = ", ".join(sorted({hold.kind for hold in order.holds}))
        raise refuse(OnHold, order, f"the order is on hold: {kinds}", "order.held", holds=named)


def apply_hold(rev: Revision, command: PlaceHold) -> None:
    is_open(rev.order)
    if not command.reason.strip():
        raise InvalidInput("a hold needs its reason", field="reason")
    if command.until is not None and command.until <= rev.now:
        raise InvalidInput("a hold ends in the future", field="until")
    if len(rev.order.holds) >= MAX_HOLDS:
        raise Conflict(f"at most {MAX_HOLDS} holds at a time")
    child, _ = rev.new("hold")
    rev.subject = child
    hold = Hold(
        id=child, kind=command.kind, reason=command.reason, owner=str(rev.actor), until=command.until, opened_at=rev.now
    )
    rev.change(holds=(*rev.order.holds, hold))
    held(rev, hold)


def held(rev: Revision, hold: Hold) -> None:
    """Tell that a hold was put on the order."""
    rev.emit("order.held", holdId=hold.id, kind=hold.kind, ref=hold.ref)


def apply_release_hold(rev: Revision, command: ReleaseHold) -> None:
    hold = _the_hold(rev.order, command.hold_id)
    if hold.kind == "dispute":
        raise refuse(Conflict, rev.order, "a dispute's hold ends with the dispute", "payment.dispute_opened")
    _end(rev, hold)


def apply_end_hold(rev: Revision, command: EndHold) -> None:
    hold = _the_hold(rev.order, command.hold_id)
    if hold.until is None or rev.now < hold.until:
        raise refuse(InvalidTransition, rev.order, "the hold's time is not over", "order.held", "order.released")
    _end(rev, hold)


def _the_hold(order: Order, hold_id: str) -> Hold:
    for hold in order.holds:
        if hold.id == hold_id:
            return hold
    raise NotFound("no such hold on this order", field="hold_id")


def _end(rev: Revision, hold: Hold) -> None:
    rev.subject = hold.id
    rev.change(holds=tuple(other for other in rev.order.holds if other.id != hold.id))
    rev.emit("order.released", holdId=hold.id, kind=hold.kind, ref=hold.ref)
