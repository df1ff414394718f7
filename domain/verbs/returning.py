"""request_return, approve_return, reject_return, receive_return: delivered units come back, and their money goes.

Returnable per line: delivered − returned − in open returns. The window starts when nothing is left to
deliver; before that delivered units are returnable without a deadline. Store credit does not exist yet.
"""

from datetime import datetime
from typing import Any

from domain import ledger
from domain.commands import ApproveReturn, ReceiveReturn, RejectReturn, RequestReturn, ReturnUnits
from domain.errors import AmountTooLarge, InvalidInput, InvalidTransition, NotFound, ReturnWindowClosed
from domain.operations import Operation, Outcome
from domain.order import Credit, Line, Order, RefundLine, Return, ReturnLine
from domain.revision import Revision
from domain.verbs.giving_back import plan_settlement, settle_account
from domain.verbs.guards import at_most, not_ended, refuse, the_line

OPEN = ("requested", "approved")


def returnable(order: Order, line: Line) -> int:
    waiting = sum(i.quantity for r in order.returns if r.status in OPEN for i in r.items if i.line_id == line.id)
    return line.delivered - (line.returned - line.recalled) - waiting


def window_open(order: Order, now: datetime) -> bool:
    if order.policy.return_window_days <= 0:
        return False
    return order.return_window_ends_at is None or now < order.return_window_ends_at


def apply_request_return(rev: Revision, command: RequestReturn) -> None:
    order = rev.order
    not_ended(order)
    if order.stage == "draft" or not any(line.delivered for line in order.lines):
        raise refuse(InvalidTransition, order, "nothing is delivered", "order.shipped", "order.created")
    if not window_open(order, rev.now):
        raise refuse(ReturnWindowClosed, order, "the return window is over", "order.closed", "order.delivered")
    if not command.lines:
        raise InvalidInput("name at least one line", field="lines")
    items = _spread(order, command.lines)
    child, serial = rev.new("return")
    made = Return(id=child, serial=serial, status="requested", items=items, created_at=rev.now, updated_at=rev.now)
    rev.change(returns=(*order.returns, made))
    rev.subject = child
    rev.emit("order.return_requested", returnId=child)


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
        kinds = ("order.return_approved", "order.return_rejected", "order.return_received", "order.return_requested")
        raise refuse(InvalidTransition, order, f"the return is {found.status}", *kinds)
    return found


def apply_approve_return(rev: Revision, command: ApproveReturn) -> None:
    found = the_return(rev.order, command.return_id, "requested")
    rev.return_(found.id, status="approved")
    rev.subject = found.id
    rev.emit("order.return_approved", returnId=found.id)


def apply_reject_return(rev: Revision, command: RejectReturn) -> None:
    found = the_return(rev.order, command.return_id, *OPEN)
    rev.return_(found.id, status="rejected", reject_reason=command.reason)
    rev.subject = found.id
    rev.emit("order.return_rejected", returnId=found.id, reason=command.reason)


def _received(order: Order, found: Return, command: ReceiveReturn) -> dict[int, tuple[int, int]]:
    """Index in the return's items -> (units received, units restocked)."""
    if command.lines is None:
        return {i: (item.quantity, item.quantity) for i, item in enumerate(found.items)}
    got: dict[int, tuple[int, int]] = {}
    for entry in command.lines:
        the_line(order, entry.line_id)
        rest = entry.quantity
        for i, item in enumerate(found.items):
            if item.line_id != entry.line_id or rest <= 0:
                continue
            have, back = got.get(i, (0, 0))
            take = min(rest, item.quantity - have)
            got[i] = (have + take, back + (take if entry.restock else 0))
            rest -= take
        if rest:
            raise InvalidInput("more units than the return holds", field="lines", line=entry.line_id)
    if not any(have for have, _ in got.values()):
        raise InvalidInput("receive at least one unit, or reject the return", field="lines")
    return got


def _credit(order: Order, found: Return, command: ReceiveReturn, at: datetime) -> Credit:
    """What the received units are worth (each is credited once, whichever way), or the amount given instead."""
    units: dict[str, int] = {}
    for i, (have, _) in _received(order, found, command).items():
        line_id = found.items[i].line_id
        units[line_id] = units.get(line_id, 0) + have
    if command.amount is not None and command.amount < 0:
        raise InvalidInput("the amount must not be negative", field="amount")
    owed = ledger.owed(order)
    if command.amount is not None and command.amount > owed:
        raise AmountTooLarge(f"only {owed} is owed for the order", field="amount", maximum=owed)
    shipping = ledger.shipping_share(order, "full" if command.refund_shipping else None)
    return ledger.credit(order, "returned", units, cause="return", at=at, shipping=shipping, amount=command.amount)


def plan_receive_return(order: Order, command: ReceiveReturn) -> list[Operation]:
    found = the_return(order, command.return_id, "approved")
    credit = _credit(order, found, command, order.updated_at)
    return plan_settlement(order, ledger.with_credits(order, credit))


def apply_receive_return(rev: Revision, command: ReceiveReturn, outcomes: list[Outcome]) -> None:
    """Credited and, where it makes a surplus, given back; a return that gave nothing ends `received`."""
    found = the_return(rev.order, command.return_id, "approved")
    got = _received(rev.order, found, command)
    credit = _credit(rev.order, found, command, rev.now)
    shown = _shown(found, got, credit)
    items = []
    for i, item in enumerate(found.items):
        have, back = got.get(i, (0, 0))
        rev.count(item.line_id, returned=have, restocked=back)
        items.append(item.model_copy(update={"received": have, "restocked": back}))
    rev.return_(found.id, status="received", items=tuple(items))
    rev.emit("order.return_received", returnId=found.id)
    rev.subject = found.id
    before = len(rev.order.credits)
    rev.change(credits=(*rev.order.credits, credit))
    refund = settle_account(rev, outcomes, origin="return", reason=items[0].reason, **shown)
    if refund is None:
        return
    made = (*rev.order.credits[:before], credit.model_copy(update={"refund_id": refund.id}))
    rev.change(credits=made)
    if refund.status != "failed":
        rev.return_(found.id, status="refunded", refund_id=refund.id, refund_amount=refund.amount)


def _shown(found: Return, got: dict[int, tuple[int, int]], credit: Credit) -> dict[str, Any]:
    """The refund's lines: the units credited, and whether some of them went on the shelf."""
    shelved = {found.items[i].line_id for i, (_, back) in got.items() if back}
    lines = tuple(RefundLine(**item.model_dump(), restock=item.line_id in shelved) for item in credit.lines)
    return {"lines": lines, "shipping": credit.shipping, "shipping_tax": credit.shipping_tax}
