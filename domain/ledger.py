"""The account of one order (contract section 5): the one place that says what is owed. Computed, never stored.

    charge   what was sold: lines and shipping; `Order.total`, as edits leave it
    credit   a part of it that is no longer owed, and why (`Order.credits`)
    net      = captured − refunded                    money moved: payments and refunds, credits aside
    owed     = total − credits, never below 0         an edit may take away what an allowance was given on
    due      = max(0, owed − net)                     what the customer still has to pay
    surplus  = max(0, net − owed)                     what the shop still has to give back

Every verb, status, guard and face asks these; nothing else decides what is due.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.errors import AmountTooLarge, InvalidInput
from domain.latest import of_latest
from domain.money import unit_share
from domain.order import (
    STORE_CREDIT,
    Credit,
    CreditKind,
    CreditLine,
    Line,
    Order,
    Payment,
    Refund,
    RefundLine,
    RefundPart,
    Units,
)


def captured(order: Order) -> int:
    return sum(p.captured for p in order.payments)


def refunded(order: Order) -> int:
    """Pending refunds count until they fail; what went to store credit belongs to no payment."""
    return sum(p.refunded for p in order.payments) + sum(r.store_credit for r in order.refunds)


@of_latest
def net(order: Order) -> int:
    """The customer's money that is here."""
    return captured(order) - refunded(order)


def refundable(order: Order) -> int:
    """The most a refund may give back."""
    return net(order)


def credited(order: Order) -> int:
    return sum(credit.amount if credit.exchange_id is None else _advance(order, credit) for credit in order.credits)


def _advance(order: Order, credit: Credit) -> int:
    """Of units that are still to come back for an exchange: at most what its new lines cost, less what of them was cancelled or
    came back. So whatever is done to those lines, nobody gets money for goods that are not here."""
    ours: set[str] = set()
    for line in order.lines:  # what a claim sent instead of one of them takes its worth over
        if line.exchange_id == credit.exchange_id or any(units.line_id in ours for units in line.replaces):
            ours.add(line.id)
    cost = sum(line.total for line in order.lines if line.exchange_id == credit.exchange_id)
    gone = (item for made in order.credits if made.kind != "allowance" for item in made.lines if item.line_id in ours)
    return max(0, min(credit.amount, cost - sum(item.subtotal + item.tax for item in gone)))


@of_latest
def owed(order: Order) -> int:
    return max(0, order.total - credited(order))


def due(order: Order) -> int:
    """What the customer still has to pay, holds not subtracted."""
    return max(0, owed(order) - net(order))


def surplus(order: Order) -> int:
    """What is here above what is owed."""
    return max(0, net(order) - owed(order))


def counts_as_paid(order: Order) -> bool:
    """Nothing is due, and that because money came: units cancelled before anything was paid are no payment.

    An order of nothing is paid by its confirmation, and no longer once it has ended.
    """
    return due(order) == 0 and (captured(order) > 0 or (order.total == 0 and order.stage == "confirmed"))


def held(order: Order) -> int:
    """Authorised, neither captured nor released."""
    return sum(p.capturable for p in holding(order))


def holding(order: Order) -> list[Payment]:
    """Payments that hold money."""
    return [p for p in order.payments if p.state == "authorized" and p.capturable > 0]


def unneeded(order: Order, still_due: int | None = None) -> list[Payment]:
    """Payments whose whole hold nothing due can use, the newest first: released at once.

    `still_due`: what is due after a refund that is only planned yet.
    """
    spare = held(order) - (due(order) if still_due is None else still_due)
    found = []
    for payment in reversed(holding(order)):
        if payment.capturable <= spare:
            found.append(payment)
            spare -= payment.capturable
    return found


def is_settled(order: Order) -> bool:
    """Nothing is due, nothing is surplus and nothing is held: an order may close."""
    return due(order) == 0 and surplus(order) == 0 and held(order) == 0


def authorized(order: Order) -> int:
    """Ever authorised or charged."""
    return sum(p.authorized for p in order.payments)


def is_covered(order: Order) -> bool:
    """Captures and authorisations cover what is due."""
    return held(order) >= due(order)


def refund_failed(order: Order) -> bool:
    """The last refund failed, in whole or in part, and what it was to give back is still here."""
    last = max(order.refunds, key=lambda r: r.serial, default=None)
    return last is not None and surplus(order) > 0 and any(part.status == "failed" for part in last.parts)


def counted(refund: Refund) -> int:
    """What of a refund has not failed."""
    return sum(part.amount for part in refund.parts if part.status != "failed") + refund.store_credit


# Units and their worth


def credited_units(order: Order, line_id: str, made: Iterable[CreditLine] = ()) -> int:
    """Of a line, in itself or through the line that replaced it; `made`: credits of the same command."""
    found = 0
    for item in (*_credit_lines(order), *made):
        found += item.quantity if item.line_id == line_id else 0
        found += sum(units.quantity for units in item.originals if units.line_id == line_id)
    return found


def creditable_units(order: Order, line_id: str, made: Sequence[CreditLine] = ()) -> int:
    """Units of a line that a credit may name and that are worth something: neither credited nor replaced by a claim.

    The worth of a replaced unit is its replacement's, so that each unit's is credited once, whichever of them comes back.
    """
    replaced = sum(u.quantity for line in order.lines for u in line.replaces if u.line_id == line_id)
    through = sum(u.quantity for item in (*_credit_lines(order), *made) for u in item.originals if u.line_id == line_id)
    free = order.line(line_id).quantity - credited_units(order, line_id, made)
    return max(0, free - max(0, replaced - through))


def _credit_lines(order: Order) -> Iterator[CreditLine]:
    return (item for credit in order.credits for item in credit.lines)


def next_units(order: Order, line: Line, quantity: int, made: Sequence[CreditLine] = ()) -> CreditLine:
    """The next so many units of a line, with their worth; of a claim's line that of the units they replace."""
    already = credited_units(order, line.id, made)
    if not line.replaces:
        subtotal, tax = line_share(line, already, quantity)
        return CreditLine(line_id=line.id, quantity=quantity, subtotal=subtotal, tax=tax)
    found: list[CreditLine] = []
    for units in _replaced(line, already, quantity):
        original = order.line(units.line_id)
        left = original.quantity - credited_units(order, original.id, (*made, *found))
        if left > 0:
            found.append(next_units(order, original, min(left, units.quantity), (*made, *found)))
    originals = [
        units for item in found for units in (Units(line_id=item.line_id, quantity=item.quantity), *item.originals)
    ]
    return CreditLine(
        line_id=line.id,
        quantity=quantity,
        subtotal=sum(item.subtotal for item in found),
        tax=sum(item.tax for item in found),
        originals=tuple(originals),
    )


def _replaced(line: Line, already: int, quantity: int) -> Iterator[Units]:
    """What these units of a claim's line stand for; where it has more or fewer units than it replaces, its share of them."""
    whole = sum(units.quantity for units in line.replaces)
    first, last = (whole * n // line.quantity for n in (already, already + quantity))
    for units in line.replaces:
        part = min(last, units.quantity) - max(0, first)
        if part > 0:
            yield Units(line_id=units.line_id, quantity=part)
        first, last = first - units.quantity, last - units.quantity


def refunded_units(order: Order, line_id: str) -> int:
    """Units credited with a refund or by their return; those cancelled without one were never paid back."""
    made = (c for c in order.credits if c.kind != "cancelled" or c.refund_id is not None)
    return sum(item.quantity for c in made for item in c.lines if item.line_id == line_id)


def frozen_lines(order: Order) -> frozenset[str]:
    """Lines with credited units: their quantity and price are fixed, and their share of discount and tax."""
    items = list(_credit_lines(order))
    return frozenset([i.line_id for i in items] + [u.line_id for i in items for u in i.originals])


def line_share(line: Line, already: int, quantity: int) -> tuple[int, int]:
    """(price − discount, tax) of the next `quantity` units after `already`, so that any sequence adds up to the line.

    The two always add up to the same units' share of the line's whole total.
    """
    whole = unit_share(line.total, line.quantity, already, quantity)
    tax = unit_share(line.tax, line.quantity, already, quantity)
    return whole - tax, tax


def refund_line(item: CreditLine, restock: bool) -> RefundLine:
    """Credited units as a refund shows them."""
    return RefundLine(
        line_id=item.line_id, quantity=item.quantity, restock=restock, subtotal=item.subtotal, tax=item.tax
    )


def sent_worth(order: Order, sending: Mapping[str, int]) -> int:
    """The worth of units sent and not credited, with `sending` as if sent already, and all shipping.

    A unit that money was given back for without goods counts as one of the sent: it is theirs who have them.
    """
    value = sum(shipping_left(order))
    for line in order.lines:
        credited_already = credited_units(order, line.id)
        waiting = line.quantity - line.cancelled - line.sent - sending.get(line.id, 0)
        kept = max(0, line.quantity - credited_already - waiting)
        value += unit_share(line.total, line.quantity, credited_already, kept)
    return value


def shipping_left(order: Order) -> tuple[int, int]:
    """(shipping, its tax) that no credit has taken away yet."""
    price = order.shipping_total - sum(c.shipping for c in order.credits)
    tax = sum(s.tax for s in order.shipping_lines) - sum(c.shipping_tax for c in order.credits)
    return max(0, price), max(0, tax)


def shipping_share(order: Order, wanted: object) -> tuple[int, int]:
    """What `shipping: "full"` or `shipping: amount` comes to: (shipping, its tax)."""
    price, tax = shipping_left(order)
    if wanted is None:
        return 0, 0
    if wanted == "full":
        return price, tax
    if not isinstance(wanted, int) or wanted < 0:
        raise InvalidInput("shipping is an amount", field="shipping")
    if wanted > price:
        raise AmountTooLarge("more shipping than is left to refund", field="shipping", maximum=price)
    return wanted, unit_share(tax, price, 0, wanted) if price else 0


# Credits


def credit(
    order: Order,
    kind: CreditKind,
    units: Mapping[str, int],
    *,
    cause: Any,
    at: datetime,
    shipping: tuple[int, int] = (0, 0),
    amount: int | None = None,
) -> Credit:
    """Units (line id -> how many; those credited or replaced before count for nothing) and shipping, credited at their worth
    or at a given amount, never above what is owed (`most`)."""
    lines: list[CreditLine] = []
    for line_id, quantity in units.items():
        fresh = min(quantity, creditable_units(order, line_id, lines))
        if fresh > 0:
            lines.append(next_units(order, order.line(line_id), fresh, lines))
    worth = sum(item.subtotal + item.tax for item in lines) + sum(shipping)
    made = Credit(
        kind=kind,
        amount=worth if amount is None else amount,
        lines=tuple(lines),
        shipping=shipping[0],
        shipping_tax=shipping[1],
        cause=cause,
        created_at=at,
    )
    return made.model_copy(update={"amount": min(made.amount, most(order, made))})


def most(order: Order, made: Credit) -> int:
    """What a credit may come to: all that is owed. Units of an exchange's new lines that it names are no longer advanced on
    (`_advance`): measured against what is owed before, a cancelled unit would be credited less than the advance loses by it,
    and the customer would owe for it."""
    return owed(with_credits(order, made.model_copy(update={"amount": 0})))


def credit_all(order: Order, *, cause: Any, at: datetime) -> Credit:
    """All that is still owed, shipping included, as cancelled."""
    units = {line.id: line.quantity for line in order.lines}
    return credit(order, "cancelled", units, cause=cause, at=at, shipping=shipping_left(order), amount=owed(order))


def with_credits(order: Order, *made: Credit) -> Order:
    return order.model_copy(update={"credits": (*order.credits, *made)}) if made else order


def is_unsent(order: Order) -> bool:
    """No unit is sent at the moment; a fulfilment that was taken back does not count."""
    return not any(line.sent for line in order.lines)


# Which payments


def split(order: Order, amount: int) -> tuple[RefundPart, ...]:
    """Spread a refund over payments, in the order of `by_capture`."""
    parts: list[RefundPart] = []
    rest = amount
    for payment in by_capture(order):
        part = min(rest, payment.captured - payment.refunded)
        if part > 0:
            parts.append(RefundPart(payment_id=payment.id, amount=part))
            rest -= part
    if rest:
        raise AmountTooLarge("more than what was captured and not refunded", field="amount", maximum=net(order))
    return tuple(parts)


def by_capture(order: Order) -> list[Payment]:
    """Oldest capture first; those made of store credit last, so that money a bank holds goes back before it."""
    return sorted(order.payments, key=lambda p: (p.provider == STORE_CREDIT, p.captured_at or p.created_at, p.serial))


def find_payment(order: Order, parent_id: str) -> Payment:
    """The payment of that id, or the one that owns a transaction of that id."""
    for payment in order.payments:
        if payment.id == parent_id or any(t.id == parent_id for t in payment.transactions):
            return payment
    raise InvalidInput("no such payment on this order", field="parent_id")
