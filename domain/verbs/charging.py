"""edit: what was sold changes after the order was placed, all operations of a request or none.

`edited` is the whole calculation, and the only one: the plan, the command itself, the stock that is reserved before money
moves and the dry run all ask it. Charges come first and are priced once (pricing.py), then discounts, then cancelled units as
credits. What is more is due and fulfilment waits for it; what is less goes back at once, in the same command.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from domain import edits as e
from domain import ids, ledger
from domain.commands import Edit
from domain.edits import EditOperation
from domain.errors import AlreadyFulfilled, AmountTooLarge, InvalidInput, InvalidQuantity, InvalidTransition, OrderError
from domain.exchanges import Share
from domain.operations import Operation, Outcome
from domain.order import Credit, Discount, Edited, Line, Order, Units
from domain.pricing import price, rescale_given
from domain.revision import Revision
from domain.status import tally
from domain.verbs.giving_back import plan_settlement, settle_account
from domain.verbs.guards import is_open, refuse, the_line
from domain.verbs.taking_back import Taken, take
from domain.verbs.uncharging import to_cancel

MAX_LINES: Final = 500
FIXED: Final = (
    "units of this line are refunded or cancelled, so its quantity and price are fixed; add a line or cancel units"
)
SHIPPING_FIXED: Final = "shipping is refunded, in whole or in part, so its price is fixed"


@dataclass
class Sale:
    """What an edit comes to: the order with its new charges, units to cancel, money off that no line bears."""

    order: Order
    frozen: frozenset[str]
    added: list[str] = field(default_factory=list)
    cancelled: list[Units] = field(default_factory=list)
    allowance: int = 0
    tax: int | None = None
    """What somebody else calculated for the new address."""
    taken: Taken = field(default_factory=Taken)

    def change(self, **fields: Any) -> None:
        self.order = self.order.model_copy(update=fields)

    def new(self, kind: str) -> dict[str, Any]:
        """Id and serial of a new child."""
        serial = self.order.next_serial
        self.change(next_serial=serial + 1)
        return {"id": ids.child(self.order.id, kind, serial), "serial": serial}

    def priced(self) -> Order:
        return price(self.order, self.frozen, bool(_shipping_credited(self.order)))


def _shipping_credited(order: Order) -> int:
    return sum(credit.shipping + credit.shipping_tax for credit in order.credits)


def edited(order: Order, command: Edit) -> Sale:
    """The whole edit on this order. Refusals name the operation and its field: `operations[1].quantity`."""
    is_open(order)
    if not command.operations:
        raise InvalidInput("name at least one operation", field="operations")
    sale = Sale(order, ledger.frozen_lines(order))
    numbered = list(enumerate(command.operations))
    for n, operation in numbered:
        if type(operation) in _CHARGES:
            with _named(n):
                _CHARGES[type(operation)](sale, operation)
    if not sale.order.lines:
        raise InvalidInput("the last line cannot be removed; cancel the order", field="line_id")
    goods_before = order.subtotal - order.discount_total
    sale.order = sale.priced()
    for n, operation in numbered:
        if type(operation) in _DISCOUNTS:
            with _named(n):
                _DISCOUNTS[type(operation)](sale, operation)
                sale.order = sale.priced()
    sale.order = rescale_given(sale.order, goods_before)
    if sale.tax is not None:
        sale.change(given=sale.order.given.model_copy(update={"tax": sale.tax}))
    sale.order = sale.priced()
    for n, operation in numbered:
        if isinstance(operation, e.CancelUnits):
            sale.cancelled += operation.lines
            with _named(n):
                sale.taken = to_cancel(sale.order, sale.cancelled)
    return sale


def sold(order: Order, lines: Sequence[Line]) -> Order:
    """The order with these lines as well, priced as an edit that adds them prices it. They have their ids."""
    if len(order.lines) + len(lines) > MAX_LINES:
        raise InvalidInput(f"at most {MAX_LINES} lines", field="lines")
    sale = Sale(order.model_copy(update={"lines": (*order.lines, *lines)}), ledger.frozen_lines(order))
    sale.order = rescale_given(sale.priced(), order.subtotal - order.discount_total)
    return sale.priced()


def shares(order: Order) -> tuple[Share, ...]:
    """What each line, and each shipping line, bears."""
    goods = (Share(id=line.id, price=line.subtotal, discount=line.discount, tax=line.tax) for line in order.lines)
    return (*goods, *(Share(id=way.id, price=way.price, tax=way.tax) for way in order.shipping_lines))


def unsold(order: Order, line_ids: Collection[str], *, less_given_tax: int, were: Sequence[Share]) -> Order:
    """The order without these lines, of which nothing is sent or credited. `less_given_tax`: what they had added to a tax that
    was given; in proportion it would come back a cent off. `were`: the shares before they were sold."""
    given = order.given
    if given.tax is not None:
        given = given.model_copy(update={"tax": max(0, given.tax - less_given_tax)})
    lines = tuple(line for line in order.lines if line.id not in line_ids)
    kept = order.model_copy(update={"lines": lines, "given": given})
    frozen = ledger.frozen_lines(kept)
    return _as_before(Sale(kept, frozen).priced(), frozen, were)


def _as_before(priced: Order, frozen: Collection[str], were: Sequence[Share]) -> Order:
    """Shares as they were, where all else is. Lines credited meanwhile keep theirs, and when the others are priced anew the cent
    that is left over would fall elsewhere than before."""
    now, before = {share.id: share for share in shares(priced)}, {share.id: share for share in were}
    same = [(s.id, s.price) for s in now.values()] == [(s.id, s.price) for s in before.values()]
    sums = [(sum(s.discount for s in side.values()), sum(s.tax for s in side.values())) for side in (now, before)]
    if not same or sums[0] != sums[1] or any(now[line_id] != before[line_id] for line_id in frozen):
        return priced
    return priced.model_copy(
        update={
            "lines": tuple(
                line.model_copy(update={"discount": before[line.id].discount, "tax": before[line.id].tax})
                for line in priced.lines
            ),
            "shipping_lines": tuple(
                way.model_copy(update={"tax": before[way.id].tax}) for way in priced.shipping_lines
            ),
        }
    )


@contextmanager
def _named(n: int) -> Iterator[None]:
    """A refusal inside names the operation too."""
    try:
        yield
    except OrderError as error:
        error.field = f"operations[{n}]" + (f".{error.field}" if error.field else "")
        raise


# Charges


def _line(sale: Sale, line_id: str) -> Line:
    """A line with nothing sent."""
    line = the_line(sale.order, line_id, "line_id")
    if line.sent:
        raise refuse(
            InvalidTransition, sale.order, "units of this line are sent", "order.shipped", "fulfillment.created"
        )
    return line


def _put(sale: Sale, line: Line) -> None:
    sale.change(lines=tuple(line if item.id == line.id else item for item in sale.order.lines))


def _add(sale: Sale, operation: e.AddItem) -> None:
    t = tally(sale.order)
    if sale.order.stage == "confirmed" and t.units and t.sent >= t.units:
        raise refuse(InvalidTransition, sale.order, "everything is fulfilled", "order.fulfilled", "order.shipped")
    if len(sale.order.lines) >= MAX_LINES:
        raise InvalidInput(f"at most {MAX_LINES} lines", field="lines")
    line = operation.line.model_copy(update=sale.new("line"))
    sale.change(lines=(*sale.order.lines, line))
    sale.added.append(line.id)


def _remove(sale: Sale, operation: e.RemoveItem) -> None:
    line = _line(sale, operation.line_id)
    if line.id in sale.frozen:  # what was credited once would be taken off again with the line
        raise InvalidQuantity(FIXED, field="line_id", line=line.id)
    _not_replaced(sale, line, "line_id")
    sale.change(lines=tuple(item for item in sale.order.lines if item.id != line.id))


def replaced(order: Order) -> frozenset[str]:
    """Lines of which a claim sent others instead."""
    return frozenset(units.line_id for line in order.lines for units in line.replaces)


def _not_replaced(sale: Sale, line: Line, field: str) -> None:
    """What a claim sent instead of some of its units is worth what they are: they must stay. Nothing of it need be sent any more,
    where its fulfilment was taken back."""
    if line.id in replaced(sale.order):
        raise InvalidQuantity("units of this line were replaced by a claim", field=field, line=line.id)


def _set_quantity(sale: Sale, operation: e.SetQuantity) -> None:
    line = _line(sale, operation.line_id)
    if operation.quantity <= 0:
        raise InvalidQuantity("quantity must be positive", field="quantity", line=line.id)
    if line.id in sale.frozen and operation.quantity != line.quantity:
        raise InvalidQuantity(FIXED, field="quantity", line=line.id)
    if operation.quantity != line.quantity:
        _not_replaced(sale, line, "quantity")
    _put(sale, line.model_copy(update={"quantity": operation.quantity}))


def _set_price(sale: Sale, operation: e.SetPrice) -> None:
    line = _line(sale, operation.line_id)
    if line.id in sale.frozen and operation.unit_price != line.unit_price:
        raise InvalidQuantity(FIXED, field="unit_price", line=line.id)
    _put(sale, line.model_copy(update={"unit_price": operation.unit_price}))


def _nothing_sent(order: Order, what: str) -> None:
    if not ledger.is_unsent(order):
        raise refuse(
            AlreadyFulfilled, order, f"{what} is fixed once units are sent", "order.shipped", "fulfillment.created"
        )


def _set_shipping(sale: Sale, operation: e.SetShipping) -> None:
    _nothing_sent(sale.order, "shipping")
    if _shipping_credited(sale.order):
        raise refuse(InvalidTransition, sale.order, SHIPPING_FIXED, "order.refunded")
    known = sale.order.shipping_lines
    if operation.line is not None:
        lines = (operation.line.model_copy(update=sale.new("shipping")),)
    elif known:
        lines = (known[0].model_copy(update={"price": operation.price or 0}),)
    else:
        raise InvalidInput("the order has no shipping; name a method", field="shipping_total")
    sale.change(shipping_lines=lines)


def _set_address(sale: Sale, operation: e.SetAddress) -> None:
    """Taxes follow the address, by its rates or as somebody else calculates them, unless they were given with the order."""
    _nothing_sent(sale.order, "the address")
    sale.change(shipping_address=operation.address)
    sale.tax = operation.tax
    if sale.order.given.tax is None or sale.tax is not None:
        sale.change(tax_lines=tuple(t.model_copy(update=sale.new("tax")) for t in operation.tax_lines))


# Discounts


def _add_discount(sale: Sale, operation: e.AddDiscount) -> None:
    """A code by its rule; an amount as far as lines can bear it, and the rest as an allowance, at most all that is owed."""
    order = sale.order
    if operation.amount is None:
        if any(d.code.upper() == operation.code.upper() for d in order.discounts):
            raise InvalidInput("the order has this code already", field="code")
        if order.given.discount is not None:
            raise InvalidInput("the order's discount was given with it: take an amount off", field="code")
        made = Discount(code=operation.code, amount=0, percent=operation.percent, fixed=operation.fixed)
        sale.change(discounts=(*order.discounts, made))
        return
    bearable = sum(item.subtotal - item.discount for item in order.lines if item.id not in sale.frozen)
    off = min(operation.amount, bearable)
    rest = operation.amount - off
    owed = max(0, ledger.owed(order) - off - sale.allowance)
    if rest > owed:
        raise AmountTooLarge("more than is owed", field="amount", maximum=off + owed)
    sale.allowance += rest
    if off:
        code = _unused(operation.code, {d.code.upper() for d in order.discounts})
        sale.change(discounts=(*order.discounts, Discount(code=code, amount=off, fixed=off)))
        _given_discount(sale, off)


def _given_discount(sale: Sale, more: int) -> None:
    given = sale.order.given
    if given.discount is not None:
        sale.change(given=given.model_copy(update={"discount": max(0, given.discount + more)}))


def _unused(code: str, known: set[str]) -> str:
    """The code, or the code and a number, so that it can be removed by name."""
    n, name = 1, code
    while name.upper() in known:
        n += 1
        name = f"{code} {n}"
    return name


def _remove_discount(sale: Sale, operation: e.RemoveDiscount) -> None:
    gone = [d for d in sale.order.discounts if d.code.upper() == operation.code.upper()]
    if not gone:
        raise InvalidInput("no such discount on the order", field="code")
    sale.change(discounts=tuple(d for d in sale.order.discounts if d not in gone))
    _given_discount(sale, -gone[0].amount)


_CHARGES: Final[dict[type[EditOperation], Callable[[Sale, Any], None]]] = {
    e.AddItem: _add,
    e.RemoveItem: _remove,
    e.SetQuantity: _set_quantity,
    e.SetPrice: _set_price,
    e.SetShipping: _set_shipping,
    e.SetAddress: _set_address,
}
_DISCOUNTS: Final[dict[type[EditOperation], Callable[[Sale, Any], None]]] = {
    e.AddDiscount: _add_discount,
    e.RemoveDiscount: _remove_discount,
}
"""Operation -> what it does. Cancelled units are credits, and come last."""


# The command


def _credits(sale: Sale, at: Any) -> tuple[Credit, ...]:
    made = []
    if sale.allowance:
        made.append(ledger.credit(sale.order, "allowance", {}, cause="edit", at=at, amount=sale.allowance))
    with_allowance = ledger.with_credits(sale.order, *made)
    return (*made, *(sale.taken.credits(with_allowance, cause="items", at=at) if sale.taken else ()))


def plan_edit(order: Order, command: Edit) -> list[Operation]:
    sale = edited(order, command)
    return plan_settlement(order, ledger.with_credits(sale.order, *_credits(sale, order.updated_at)))


def apply_edit(rev: Revision, command: Edit, outcomes: list[Outcome]) -> None:
    before = rev.order
    sale = edited(before, command)
    credits = _credits(sale, rev.now)
    rev.order = sale.order
    take(rev, sale.taken)
    rev.change(credits=(*rev.order.credits, *credits))
    child, serial = rev.new("edit")
    rev.emit("order.edited", editId=child, before=before.total, total=rev.order.total, changes=_told(before, command))
    refund = settle_account(rev, outcomes, origin="surplus", reason="the order was edited")
    made = Edited(
        id=child,
        serial=serial,
        before=before.total,
        after=rev.order.total,
        due=ledger.due(rev.order),
        surplus=ledger.counted(refund) if refund else 0,
        lines=tuple(sale.added),
        note=command.note,
        created_at=rev.now,
    )
    rev.change(edits=(*rev.order.edits, made))
    rev.subject = child


def _told(order: Order, command: Edit) -> list[dict[str, Any]]:
    """The differences, for the event: what each operation found and what it left. No address, which is nobody's business."""
    return [_difference(order, operation) for operation in command.operations]


def _difference(order: Order, operation: EditOperation) -> dict[str, Any]:
    told: dict[str, Any] = {"op": operation.op}
    known = {line.id: line for line in order.lines}
    match operation:
        case e.AddItem(line=line):
            told |= {"variantId": line.variant_id, "quantity": line.quantity, "unitPrice": line.unit_price}
        case e.RemoveItem(line_id=line_id):
            told |= {"itemId": line_id, "quantity": known[line_id].quantity}
        case e.SetQuantity(line_id=line_id, quantity=quantity):
            told |= {"itemId": line_id, "from": known[line_id].quantity, "to": quantity}
        case e.SetPrice(line_id=line_id, unit_price=unit_price):
            told |= {"itemId": line_id, "from": known[line_id].unit_price, "to": unit_price}
        case e.CancelUnits(lines=lines):
            told |= {"items": [{"itemId": units.line_id, "quantity": units.quantity} for units in lines]}
        case e.SetShipping(line=line, price=amount):
            told |= {"from": order.shipping_total, "to": line.price if line else amount}
        case e.AddDiscount(code=code, amount=off):
            told |= {"code": code, "amount": off}
        case e.RemoveDiscount(code=code):
            told |= {"code": code}
        case _:
            pass
    return told
