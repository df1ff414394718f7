"""The account of one order (contract section 5): the one place that says what is owed. Computed, never stored.

    charge   what was sold: lines and shipping; `Order.total`, as edits leave it
    credit   a part of it that is no longer owed, and why (`Order.credits`)
    net      = captured − refunded                    money moved: payments and refunds, credits aside
    owed     = total − credits, never below 0         an edit may take away what an allowance was given on
    due      = max(0, owed − net)                     what the customer still has to pay
    surplus  = max(0, net − owed)                     what the shop still has to give back

Every verb, status, guard and face asks these; nothing else decides what is due.
"""

from collections.abc import Iterator, Mapping
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
    return sum(credit.amount for credit in order.credits)


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


def credited_units(order: Order, line_id: str) -> int:
    return sum(item.quantity for item in _credit_lines(order) if item.line_id == line_id)


def _credit_lines(order: Order) -> Iterator[CreditLine]:
    return (item for credit in order.credits for item in credit.lines)


def refunded_units(order: Order, line_id: str) -> int:
    """Units credited with a refund or by their return; those cancelled without one were never paid back."""
    made = (c for c in order.credits if c.kind != "cancelled" or c.refund_id is not None)
    return sum(item.quantity for c in made for item in c.lines if item.line_id == line_id)


def frozen_lines(order: Order) -> frozenset[str]:
    """Lines with credited units: their quantity and price are fixed, and their share of discount and tax."""
    return frozenset(item.line_id for item in _credit_lines(order))


def line_share(line: Line, already: int, quantity: int) -> tuple[int, int]:
    """(price − discount, tax) of the next `quantity` units after `already`, so that any sequence adds up to the line.

    The two always add up to the same units' share of the line's whole total.
    """
    whole = unit_share(line.total, line.quantity, already, quantity)
    tax = unit_share(line.tax, line.quantity, already, quantity)
    return whole - tax, tax


def refund_line(line: Line, already: int, quantity: int, restock: bool) -> RefundLine:
    """The refund of so many units of a line, `already` credited before them."""
    subtotal, tax = line_share(line, already, quantity)
    return RefundLine(line_id=line.id, quantity=quantity, restock=restock, subtotal=subtotal, tax=tax)


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
    """Units (line id -> how many; those credited before count for nothing) and shipping, credited at their worth or at
    a given amount, never above what is owed."""
    lines = []
    for line_id, quantity in units.items():
        line, already = order.line(line_id), credited_units(order, line_id)
        fresh = min(quantity, line.quantity - already)
        if fresh > 0:
            subtotal, tax = line_share(line, already, fresh)
            lines.append(CreditLine(line_id=line_id, quantity=fresh, subtotal=subtotal, tax=tax))
    worth = sum(item.subtotal + item.tax for item in lines) + sum(shipping)
    return Credit(
        kind=kind,
        amount=min(owed(order), worth if amount is None else amount),
        lines=tuple(lines),
        shipping=shipping[0],
        shipping_tax=shipping[1],
        cause=cause,
        created_at=at,
    )


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
