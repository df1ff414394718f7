"""request_return and what is decided about it: approve, reject, withdraw, expire. Receiving is receiving.py.

    requested → approved → partially_received → received → refunded
    beside it: rejected, withdrawn, expired

Returnable per line: delivered − returned − on its way in open returns. The window starts when nothing is left to
deliver; before that delivered units are returnable without a deadline. It binds customers; the shop may always take back.
"""

from datetime import datetime
from typing import Any

from domain.commands import ApproveReturn, ExpireReturn, RejectReturn, RequestReturn, ReturnUnits, WithdrawReturn
from domain.errors import InvalidInput, InvalidTransition, NotFound, ReturnWindowClosed
from domain.order import Actor, Label, Line, Order, Return, ReturnLine
from domain.revision import Revision, after
from domain.verbs.guards import at_most, not_ended, refuse, the_line

DAY_SECONDS = 86_400
UNDECIDED = ("requested", "approved")
"""Nothing is received."""
_STEPS = ("requested", "approved", "rejected", "received", "withdrawn", "expired")


def returnable(order: Order, line: Line) -> int:
    waiting = sum(i.missing for r in order.returns if r.is_open for i in r.items if i.line_id == line.id)
    return line.delivered - (line.returned - line.recalled) - waiting


def window_open(order: Order, now: datetime, actor: Actor) -> bool:
    """A policy of 0 days takes nothing back from anybody; another binds customers only."""
    if order.policy.return_window_days <= 0:
        return False
    return actor.kind != "customer" or order.return_window_ends_at is None or now < order.return_window_ends_at


def apply_request_return(rev: Revision, command: RequestReturn) -> None:
    if command.refund_method == "store_credit" and rev.order.customer_id is None:
        raise InvalidInput("store credit belongs to a customer, and this order has none", field="refund_method")
    made = request(rev, command.lines, refund_method=command.refund_method, note=command.note, photos=command.photos)
    rev.subject = made
    if rev.order.return_policy.auto_approve:
        approve(rev, made)


def request(rev: Revision, lines: tuple[ReturnUnits, ...], **fields: Any) -> str:
    """The id of the return that is made, where these units may come back."""
    order = rev.order
    not_ended(order)
    if order.stage == "draft" or not any(line.delivered for line in order.lines):
        raise refuse(InvalidTransition, order, "nothing is delivered", "order.shipped", "order.created")
    if not window_open(order, rev.now, rev.actor):
        raise refuse(ReturnWindowClosed, order, "the return window is over", "order.closed", "order.delivered")
    if not lines:
        raise InvalidInput("name at least one line", field="lines")
    items = _spread(order, lines)
    child, serial = rev.new("return")
    made = Return(
        id=child, serial=serial, status="requested", items=items, created_at=rev.now, updated_at=rev.now, **fields
    )
    rev.change(returns=(*order.returns, made))
    rev.emit("order.return_requested", returnId=child)
    return child


def _spread(order: Order, wanted: tuple[ReturnUnits, ...]) -> tuple[ReturnLine, ...]:
    """Units by line, or by variant over its lines in order."""
    left = {line.id: returnable(order, line) for line in order.lines}
    items: list[ReturnLine] = []
    for i, item in enumerate(wanted):
        if item.line_id is not None:
            lines = [the_line(order, item.line_id, f"lines[{i}].line_id")]
        else:
            lines = [line for line in order.lines if line.variant_id == item.variant_id]
            if not lines:
                raise InvalidInput("no line of this variant on the order", field=f"lines[{i}].variant_id")
        at_most(item.quantity, sum(left[line.id] for line in lines), lines[0], "returnable")
        rest = item.quantity
        for line in lines:
            take = min(rest, left[line.id])
            if take:
                left[line.id] -= take
                rest -= take
                items.append(ReturnLine(line_id=line.id, quantity=take, reason=item.reason))
    return tuple(items)


def the_return(order: Order, return_id: str, *words: str) -> Return:
    """The return, in one of these statuses."""
    try:
        found = order.return_(return_id)
    except KeyError:
        raise NotFound("no such return on this order", field="return_id") from None
    if found.status not in words:
        kinds = [f"order.return_{word}" for word in _STEPS]
        raise refuse(InvalidTransition, order, f"the return is {found.status}", *kinds)
    return found


def apply_approve_return(rev: Revision, command: ApproveReturn) -> None:
    found = the_return(rev.order, command.return_id, "requested")
    if command.ship_by is not None and command.ship_by <= rev.now:
        raise InvalidInput("a deadline must be in the future", field="ship_by")
    approve(rev, found.id, ship_by=command.ship_by, instructions=command.instructions, label=command.label)


def approve(
    rev: Revision,
    return_id: str,
    *,
    ship_by: datetime | None = None,
    instructions: str | None = None,
    label: Label | None = None,
) -> None:
    """The customer is always told: without the label nothing comes."""
    days = rev.order.return_policy.ship_back_days
    if ship_by is None and days > 0:
        ship_by = after(rev.now, days * DAY_SECONDS)
    rev.return_(return_id, status="approved", ship_by=ship_by, instructions=instructions, label=label)
    rev.subject = return_id
    rev.emit("order.return_approved", returnId=return_id)
    rev.mails.append("return_approved")


def apply_reject_return(rev: Revision, command: RejectReturn) -> None:
    found = the_return(rev.order, command.return_id, *UNDECIDED)
    if command.reason is None or not command.reason.strip():
        raise InvalidInput("say why the return is rejected", field="reason")
    rev.return_(found.id, status="rejected", reject_reason=command.reason)
    rev.subject = found.id
    rev.emit("order.return_rejected", returnId=found.id, reason=command.reason)


def apply_withdraw_return(rev: Revision, command: WithdrawReturn) -> None:
    found = the_return(rev.order, command.return_id, *UNDECIDED)
    rev.return_(found.id, status="withdrawn")
    rev.subject = found.id
    rev.emit("order.return_withdrawn", returnId=found.id)


def parcels_due(order: Order) -> list[tuple[datetime, Return]]:
    """Returns of which nothing has come and that end by themselves, with the time they do."""
    return [(made.ship_by, made) for made in order.returns if made.status == "approved" and made.ship_by is not None]


def apply_expire_return(rev: Revision, command: ExpireReturn) -> None:
    found = the_return(rev.order, command.return_id, "approved")
    if found.ship_by is None or rev.now < found.ship_by:
        raise refuse(InvalidTransition, rev.order, "the parcel may still come", "order.return_approved")
    rev.return_(found.id, status="expired")
    rev.subject = found.id
    rev.emit("order.return_expired", returnId=found.id)
