"""receive_return: a return's parcel, or one of its parcels, came; its units are credited and what is surplus goes back.

Each parcel credits its own units, once, at their worth less the restocking fee. The last unit, or a parcel said to be
final, ends the return: units that did not come are the customer's, and may be returned again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain import ledger
from domain.commands import ReceivedUnits, ReceiveReturn
from domain.errors import InvalidInput
from domain.exchanges import Exchange
from domain.operations import Operation, Outcome
from domain.order import Actor, Condition, Credit, Order, Refund, Return, ReturnLine
from domain.revision import Revision
from domain.verbs.exchange_money import plan_change, settle_change
from domain.verbs.exchanging import of_return, received
from domain.verbs.guards import the_line
from domain.verbs.parcels import credit_of
from domain.verbs.returning import the_return

COMING = ("approved", "partially_received")


@dataclass(frozen=True)
class Parcel:
    """What a parcel came to, before any money moves. `credit` None: it is credited with a later one."""

    found: Return
    """The return as it was."""
    items: tuple[ReturnLine, ...]
    over: bool
    credit: Credit | None
    exchange: Exchange | None

    @property
    def to_credit(self) -> bool:
        return self.found.refund_method == "store_credit"


def plan_receive_return(order: Order, command: ReceiveReturn, now: datetime, actor: Actor) -> list[Operation]:
    rev = Revision(order, now, actor)
    parcel = _take_in(rev, command)
    return plan_change(rev, parcel.exchange, to_credit=parcel.to_credit)


def apply_receive_return(rev: Revision, command: ReceiveReturn, outcomes: list[Outcome]) -> None:
    """Credited and, where it makes a surplus, given back; a return that gave nothing ends `received`."""
    parcel = _take_in(rev, command)
    found, reason = parcel.found, parcel.items[0].reason
    shown = _shown(found, parcel.items, parcel.credit) if parcel.credit else {}
    refund = settle_change(
        rev, outcomes, parcel.exchange, origin="return", reason=reason, to_credit=parcel.to_credit, **shown
    )
    if refund is not None and parcel.credit is not None:
        made = parcel.credit.model_copy(update={"refund_id": refund.id})
        rev.change(credits=tuple(made if one is parcel.credit else one for one in rev.order.credits))
        _given_back(rev, found, refund)
    if parcel.over and rev.order.return_(found.id).refund_amount:
        rev.return_(found.id, status="refunded")
    rev.subject = found.id


def _take_in(rev: Revision, command: ReceiveReturn) -> Parcel:
    """Counters, the return's and its exchange's next step, the credit. An exchange is settled with its last parcel, so that no
    money goes back that is due again a parcel later."""
    found = the_return(rev.order, command.return_id, *COMING)
    items = _received(rev.order, found, command)
    for old, new in zip(found.items, items, strict=True):
        rev.count(old.line_id, returned=new.received - old.received, restocked=new.restocked - old.restocked)
    over = command.final or not any(item.missing for item in items)
    rev.return_(found.id, status="received" if over else "partially_received", items=items)
    rev.emit("order.return_received", returnId=found.id, final=over)
    exchange = of_return(rev.order, found.id)
    if exchange is not None and not over:
        _nothing_to_settle(command)
        return Parcel(found, items, over, None, exchange)
    units = rev.order.return_(found.id).received_units if exchange is not None else _new_units(found, items)
    if exchange is not None:
        received(rev, exchange)
    credit, fee = credit_of(rev.order, units, command, rev.now)
    rev.return_(found.id, fee=found.fee + fee)
    rev.change(credits=(*rev.order.credits, credit))
    return Parcel(found, items, over, credit, exchange)


def _nothing_to_settle(command: ReceiveReturn) -> None:
    for name in ("amount", "fee", "refund_shipping"):
        said = getattr(command, name)
        if said is not None and said is not False:  # 0 is an amount
            raise InvalidInput("an exchange is settled with its last parcel: say it then", field=name)


def _new_units(found: Return, items: tuple[ReturnLine, ...]) -> dict[str, int]:
    """What this parcel alone brought."""
    units: dict[str, int] = {}
    for old, new in zip(found.items, items, strict=True):
        if new.received > old.received:
            units[new.line_id] = units.get(new.line_id, 0) + new.received - old.received
    return units


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


def _shown(found: Return, items: tuple[ReturnLine, ...], credit: Credit) -> dict[str, Any]:
    """The refund's lines: the units credited, and whether some of them went on the shelf."""
    both = zip(found.items, items, strict=True)
    shelved = {new.line_id for old, new in both if new.restocked > old.restocked}
    lines = tuple(ledger.refund_line(item, item.line_id in shelved) for item in credit.lines)
    return {"lines": lines, "shipping": credit.shipping, "shipping_tax": credit.shipping_tax}
