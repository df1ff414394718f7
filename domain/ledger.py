"""The money of one order, computed from its payments and refunds (contract section 5). Never stored.

due       = max(0, total − credited − (captured − refunded))
credited  = every refund that counts, except a surplus given back after an edit
            and a cancellation's once the order is reopened (Refund.credited)
"""

from domain.errors import AmountTooLarge, InvalidInput
from domain.money import unit_share
from domain.order import Line, Order, Payment, Refund, RefundLine, RefundPart


def captured(order: Order) -> int:
    return sum(p.captured for p in order.payments)


def refunded(order: Order) -> int:
    """Pending refunds count until they fail."""
    return sum(p.refunded for p in order.payments)


def held(order: Order) -> int:
    """Authorised, neither captured nor released."""
    return sum(p.capturable for p in order.payments if p.state == "authorized")


def authorized(order: Order) -> int:
    """Ever authorised or charged."""
    return sum(p.authorized for p in order.payments)


def credited(order: Order) -> int:
    return sum(counted(r) for r in order.refunds if r.credited)


def counted(refund: Refund) -> int:
    """What of a refund has not failed."""
    return sum(part.amount for part in refund.parts if part.status != "failed")


def refundable(order: Order) -> int:
    return captured(order) - refunded(order)


def due(order: Order) -> int:
    """What the customer still has to pay, holds not subtracted."""
    return max(0, order.total - credited(order) - refundable(order))


def is_covered(order: Order) -> bool:
    """Captures and authorisations cover what is due."""
    return held(order) >= due(order)


def surplus(order: Order) -> int:
    """What was captured above what the order costs now (after an edit)."""
    return max(0, refundable(order) - max(0, order.total - credited(order)))


def split(order: Order, amount: int) -> tuple[RefundPart, ...]:
    """Spread a refund over payments, oldest capture first."""
    parts: list[RefundPart] = []
    rest = amount
    for payment in by_capture(order):
        part = min(rest, payment.captured - payment.refunded)
        if part > 0:
            parts.append(RefundPart(payment_id=payment.id, amount=part))
            rest -= part
    if rest:
        raise AmountTooLarge("more than what was captured and not refunded", field="amount", maximum=refundable(order))
    return tuple(parts)


def by_capture(order: Order) -> list[Payment]:
    return sorted(order.payments, key=lambda p: (p.captured_at or p.created_at, p.serial))


def find_payment(order: Order, parent_id: str) -> Payment:
    """The payment of that id, or the one that owns a transaction of that id."""
    for payment in order.payments:
        if payment.id == parent_id or any(t.id == parent_id for t in payment.transactions):
            return payment
    raise InvalidInput("no such payment on this order", field="parent_id")


def line_share(line: Line, already: int, quantity: int) -> tuple[int, int]:
    """(price − discount, tax) of the next `quantity` units after `already`, so that any sequence adds up to the line.

    The two always add up to the same units' share of the line's whole total.
    """
    whole = unit_share(line.total, line.quantity, already, quantity)
    tax = unit_share(line.tax, line.quantity, already, quantity)
    return whole - tax, tax


def shipping_left(order: Order) -> tuple[int, int]:
    """(shipping, its tax) that no refund has given back yet."""
    alive = [r for r in order.refunds if r.status != "failed"]
    price = order.shipping_total - sum(r.shipping for r in alive)
    tax = sum(s.tax for s in order.shipping_lines) - sum(r.shipping_tax for r in alive)
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


def refund_line(order: Order, line: Line, already: int, quantity: int, restock: bool) -> RefundLine:
    """The refund of so many units of a line, `already` counted before them."""
    subtotal, tax = line_share(line, already, quantity)
    return RefundLine(line_id=line.id, quantity=quantity, restock=restock, subtotal=subtotal, tax=tax)
