"""request_return, approve_return, reject_return, receive_return: delivered units come back, and their money goes.

Returnable per line: delivered − returned − in open returns. The window starts when nothing is left to
deliver; before that delivered units are returnable without a deadline. Store credit does not exist yet.
"""

from datetime import datetime

from domain import ledger
from domain.commands import ApproveReturn, ReceiveReturn, RejectReturn, RequestReturn, ReturnUnits
from domain.errors import AmountTooLarge, InvalidInput, InvalidTransition, NotFound, ReturnWindowClosed
from domain.operations import Operation, Outcome
from domain.order import Line, Order, Return, ReturnLine
from domain.revision import Revision
from domain.verbs.guards import at_most, not_ended, refuse, the_line
from domain.verbs.refunding import Breakdown, give_up_unsent, operations_for, record_refund

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
        raise InvalidInput("name at least one line", field="items")
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
            lines = [the_line(order, item.line_id, f"items[{i}].itemId")]
        else:
            lines = [line for line in order.lines if line.variant_id == item.variant_id]
            if not lines:
                raise InvalidInput("no line of this variant on the order", field=f"items[{i}].variantId")
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
        raise NotFound("no such return on this order", field="returnId") from None
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
            raise InvalidInput("more units than the return holds", field="items", line=entry.line_id)
    if not any(have for have, _ in got.values()):
        raise InvalidInput("receive at least one unit, or reject the return", field="items")
    return got


def _breakdown(order: Order, found: Return, command: ReceiveReturn) -> Breakdown:
    """The received units' share (each unit is refunded once, whichever way), never above what is refundable."""
    maximum = ledger.refundable(order)
    counted: dict[str, int] = {}
    lines = []
    for i, (have, back) in _received(order, found, command).items():
        line = order.line(found.items[i].line_id)
        already = line.refunded_units + counted.get(line.id, 0)
        units = min(have, line.quantity - already)
        if units > 0:
            lines.append(ledger.refund_line(order, line, already, units, back > 0))
            counted[line.id] = counted.get(line.id, 0) + units
    shipping, shipping_tax = ledger.shipping_share(order, "full" if command.refund_shipping else None)
    suggested = sum(line.subtotal + line.tax for line in lines) + shipping + shipping_tax
    amount = min(suggested, maximum) if command.amount is None else command.amount
    if amount < 0:
        raise InvalidInput("the amount must not be negative", field="amount")
    if amount > maximum:
        raise AmountTooLarge(f"only {maximum} can be refunded", field="amount", maximum=maximum)
    return Breakdown(amount, maximum, tuple(lines), shipping, shipping_tax, ledger.split(order, amount))


def plan_receive_return(order: Order, command: ReceiveReturn) -> list[Operation]:
    found = the_return(order, command.return_id, *OPEN)
    return operations_for(order, _breakdown(order, found, command).parts)


def apply_receive_return(rev: Revision, command: ReceiveReturn, outcomes: list[Outcome]) -> None:
    found = the_return(rev.order, command.return_id, *OPEN)
    got = _received(rev.order, found, command)
    breakdown = _breakdown(rev.order, found, command)
    items = []
    for i, item in enumerate(found.items):
        have, back = got.get(i, (0, 0))
        rev.count(item.line_id, returned=have, restocked=back)
        items.append(item.model_copy(update={"received": have, "restocked": back}))
    rev.return_(found.id, status="received", items=tuple(items))
    rev.emit("order.return_received", returnId=found.id)
    rev.subject = found.id
    if not breakdown.amount:
        return
    refund = record_refund(rev, breakdown, outcomes, origin="return", reason=items[0].reason)
    if refund.status == "failed":
        return
    rev.return_(found.id, status="refunded", refund_id=refund.id, refund_amount=refund.amount)
    for line in breakdown.lines:
        rev.count(line.line_id, refunded_units=line.quantity)
    give_up_unsent(rev)
