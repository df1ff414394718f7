"""receive_return: a return's parcel, or one of its parcels, came; its units are credited and what is surplus goes back.

Each parcel credits its own units, once, at their worth less the restocking fee. The last unit, or a parcel said to be
final, ends the return: units that did not come are the customer's, and may be returned again.
"""

from datetime import datetime
from typing import Any

from domain import ledger
from domain.commands import ReceivedUnits, ReceiveReturn
from domain.errors import AmountTooLarge, InvalidInput
from domain.operations import Operation, Outcome
from domain.order import Condition, Credit, Order, Refund, RefundLine, Return, ReturnLine
from domain.revision import Revision
from domain.verbs.giving_back import plan_settlement, settle_account
from domain.verbs.guards import the_line
from domain.verbs.returning import the_return

COMING = ("approved", "partially_received")


def plan_receive_return(order: Order, command: ReceiveReturn) -> list[Operation]:
    found = the_return(order, command.return_id, *COMING)
    credit, _ = _credit(order, found, _received(order, found, command), command, order.updated_at)
    to_credit = found.refund_method == "store_credit"
    return plan_settlement(order, ledger.with_credits(order, credit), to_credit=to_credit)


def apply_receive_return(rev: Revision, command: ReceiveReturn, outcomes: list[Outcome]) -> None:
    """Credited and, where it makes a surplus, given back; a return that gave nothing ends `received`."""
    found = the_return(rev.order, command.return_id, *COMING)
    items = _received(rev.order, found, command)
    credit, fee = _credit(rev.order, found, items, command, rev.now)
    for old, new in zip(found.items, items, strict=True):
        rev.count(old.line_id, returned=new.received - old.received, restocked=new.restocked - old.restocked)
    over = command.final or not any(item.missing for item in items)
    rev.return_(found.id, status="received" if over else "partially_received", items=items, fee=found.fee + fee)
    rev.emit("order.return_received", returnId=found.id, final=over)
    rev.subject = found.id
    before = len(rev.order.credits)
    rev.change(credits=(*rev.order.credits, credit))
    refund = settle_account(
        rev,
        outcomes,
        origin="return",
        reason=items[0].reason,
        to_credit=found.refund_method == "store_credit",
        **_shown(found, items, credit),
    )
    if refund is not None:
        rev.change(credits=(*rev.order.credits[:before], credit.model_copy(update={"refund_id": refund.id})))
        _given_back(rev, found, refund)
    if over and rev.order.return_(found.id).refund_amount:
        rev.return_(found.id, status="refunded")


def _given_back(rev: Revision, found: Return, refund: Refund) -> None:
    """What failed whole was not given back."""
    if refund.status != "failed":
        ids = (*found.refund_ids, refund.id)
        rev.return_(found.id, refund_ids=ids, refund_id=refund.id, refund_amount=found.refund_amount + refund.amount)


def _received(order: Order, found: Return, command: ReceiveReturn) -> tuple[ReturnLine, ...]:
    """The return's items with what this parcel brought."""
    items = list(found.items)
    if command.lines is None:
        return tuple(_with(item, item.missing, restock=True) for item in items)
    for entry in command.lines:
        _take(order, items, entry)
    nothing = all(new == old for new, old in zip(items, found.items, strict=True))
    if nothing and not (command.final and found.status == "partially_received"):  # what is missing may be given up
        raise InvalidInput("receive at least one unit, or reject the return", field="lines")
    return tuple(items)


def _take(order: Order, items: list[ReturnLine], entry: ReceivedUnits) -> None:
    """Units of a line, spread over the return's items of that line in order."""
    the_line(order, entry.line_id)
    rest = entry.quantity
    for i, item in enumerate(items):
        if item.line_id == entry.line_id and rest > 0:
            units = min(rest, item.missing)
            items[i] = _with(item, units, restock=entry.restock, condition=entry.condition)
            rest -= units
    if rest:
        raise InvalidInput("more units than the return waits for", field="lines", line=entry.line_id)


def _with(item: ReturnLine, units: int, *, restock: bool, condition: Condition | None = None) -> ReturnLine:
    looked = dict(item.conditions)
    if condition is not None and units:
        looked[condition] = looked.get(condition, 0) + units
    update = {
        "received": item.received + units,
        "restocked": item.restocked + (units if restock else 0),
        "conditions": looked,
    }
    return item.model_copy(update=update)


def _credit(
    order: Order, found: Return, items: tuple[ReturnLine, ...], command: ReceiveReturn, at: datetime
) -> tuple[Credit, int]:
    """What this parcel's units are worth, less the fee, or the amount given instead; and the fee."""
    if command.amount is not None:
        _check_amount(order, command)
    units: dict[str, int] = {}
    for old, new in zip(found.items, items, strict=True):
        if new.received > old.received:
            units[new.line_id] = units.get(new.line_id, 0) + new.received - old.received
    shipping = ledger.shipping_share(order, "full" if command.refund_shipping else None)
    whole = ledger.credit(order, "returned", units, cause="return", at=at, shipping=shipping, amount=command.amount)
    worth = sum(item.subtotal + item.tax for item in whole.lines)
    fee = _fee(order, command, worth)
    if not fee:
        return whole, 0
    less = min(ledger.owed(order), worth - fee + sum(shipping))
    return whole.model_copy(update={"amount": less}), fee


def _check_amount(order: Order, command: ReceiveReturn) -> None:
    if command.amount is None or command.amount < 0:
        raise InvalidInput("the amount must not be negative", field="amount")
    if command.fee is not None:
        raise InvalidInput("an amount is what is credited: a fee has nothing to be kept from", field="fee")
    owed = ledger.owed(order)
    if command.amount > owed:
        raise AmountTooLarge(f"only {owed} is owed for the order", field="amount", maximum=owed)


def _fee(order: Order, command: ReceiveReturn, worth: int) -> int:
    """The fee named; else the policy's part of the units' worth, rounded down. None from a given amount."""
    if command.amount is not None:
        return 0
    if command.fee is None:
        return int(worth * order.return_policy.restocking_fee_percent / 100)
    if command.fee < 0:
        raise InvalidInput("the fee must not be negative", field="fee")
    if command.fee > worth:
        raise AmountTooLarge(f"the units are worth {worth}", field="fee", maximum=worth)
    return command.fee


def _shown(found: Return, items: tuple[ReturnLine, ...], credit: Credit) -> dict[str, Any]:
    """The refund's lines: the units credited, and whether some of them went on the shelf."""
    both = zip(found.items, items, strict=True)
    shelved = {new.line_id for old, new in both if new.restocked > old.restocked}
    lines = tuple(RefundLine(**item.model_dump(), restock=item.line_id in shelved) for item in credit.lines)
    return {"lines": lines, "shipping": credit.shipping, "shipping_tax": credit.shipping_tax}
