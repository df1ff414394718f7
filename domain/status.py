"""Four faces' statuses as total, pure functions of stored facts (contract sections 6 to 9).

Units are those not cancelled; an order with none left goes by its payment.
"""

from dataclasses import dataclass
from typing import Literal

from domain import ledger
from domain.order import Fulfillment, Line, Order, Payment

HanzoStatus = Literal[
    "pending", "confirmed", "processing", "shipped", "delivered", "cancelled", "refunded", "returned", "failed"
]
Lifecycle = Literal["draft", "confirmed", "paid", "shipped", "delivered", "returned", "cancelled", "failed"]


@dataclass(frozen=True)
class Tally:
    """An order's units, summed over its lines."""

    units: int
    sent: int
    shipped: int
    delivered: int
    returned: int
    outstanding: int
    """Not yet delivered and still to come."""


def tally(order: Order) -> Tally:
    lines = order.lines
    return Tally(
        units=sum(line.quantity - line.cancelled for line in lines),
        sent=sum(line.sent for line in lines),
        shipped=sum(line.shipped for line in lines),
        delivered=sum(line.delivered for line in lines),
        returned=sum(line.returned for line in lines),
        outstanding=sum(max(0, line.quantity - line.cancelled - line.delivered - line.recalled) for line in lines),
    )


def lifecycle(order: Order) -> Lifecycle:
    """Document 001's machine: cancelled, failed, draft, returned, delivered, shipped, paid, confirmed."""
    t = tally(order)
    if order.stage in ("cancelled", "failed", "draft"):
        return order.stage
    if t.units and t.returned >= t.units:
        return "returned"
    if t.units and t.delivered >= t.units:
        return "delivered"
    if t.units and t.shipped >= t.units:
        return "shipped"
    return "paid" if ledger.counts_as_paid(order) else "confirmed"


def hanzo_status(order: Order) -> HanzoStatus:
    """Document 000's words plus 001's returned and failed."""
    t = tally(order)
    if order.stage in ("cancelled", "failed"):
        return order.stage
    if order.stage == "draft":
        return "pending"
    if t.units and t.returned >= t.units:
        return "returned"
    if payment_status(order) == "refunded":
        return "refunded"
    if t.units and t.delivered >= t.units:
        return "delivered"
    if t.units and t.shipped >= t.units:
        return "shipped"
    if t.sent:
        return "processing"
    paying = ledger.refundable(order) > 0 or ledger.held(order) > 0
    return "confirmed" if paying or ledger.counts_as_paid(order) else "pending"


def payment_status(order: Order) -> Literal["pending", "authorized", "captured", "refunded"]:
    """As hanzo's paymentStatus. A partial refund stays captured; an unpaid cancellation is pending."""
    taken, back = ledger.captured(order), ledger.refunded(order)
    if ledger.counts_as_paid(order):
        return "refunded" if taken > 0 and back >= taken else "captured"
    if taken - back > 0 or ledger.held(order) > 0:
        return "authorized"
    return "pending"


def fulfillment_status(order: Order) -> Literal["unfulfilled", "partial", "fulfilled"]:
    """Sent units, for hanzo and storefront."""
    t = tally(order)
    if t.units and t.sent >= t.units:
        return "fulfilled"
    return "partial" if t.sent else "unfulfilled"


def zephyr_status(order: Order) -> Literal["created", "paid", "partially_refunded", "refunded", "cancelled"]:
    """Document 002's five words."""
    if order.stage in ("cancelled", "failed"):
        return "cancelled"
    if order.stage == "draft" or not ledger.counts_as_paid(order):
        return "created"
    taken, back = ledger.captured(order), ledger.refunded(order)
    if back and back >= taken:
        return "refunded"
    return "partially_refunded" if back else "paid"


def zephyr_fulfilment_status(order: Order) -> Literal["unfulfilled", "partial", "shipped", "delivered"]:
    t = tally(order)
    if t.units and t.delivered >= t.units:
        return "delivered"
    if t.units and t.shipped >= t.units:
        return "shipped"
    return "partial" if t.sent else "unfulfilled"


def storefront_status(order: Order) -> Literal["open", "closed", "cancelled"]:
    if order.stage in ("cancelled", "failed"):
        return "cancelled"
    return "closed" if order.closed_at else "open"


def financial_status(
    order: Order,
) -> Literal["pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided"]:
    """Document 003's seven words."""
    taken, back = ledger.captured(order), ledger.refunded(order)
    ended = order.stage in ("cancelled", "failed")
    if ended and taken == 0:
        return "voided"
    if not ended and (order.stage == "draft" or not ledger.counts_as_paid(order)):
        if taken - back > 0:
            return "partially_paid"
        if ledger.held(order) > 0:
            return "authorized"
        return "voided" if order.closed_at else "pending"
    if back and back >= taken:
        return "refunded"
    return "partially_refunded" if back else "paid"


@dataclass(frozen=True)
class LineCounters:
    """commercehq's disjoint counters: quantity = not_fulfilled + fulfilled + shipped + restocked."""

    quantity: int
    not_fulfilled: int
    fulfilled: int
    shipped: int
    restocked: int


def line_counters(order: Order, line: Line) -> LineCounters:
    cancelled = line.quantity - line.sent if order.stage in ("cancelled", "failed") else line.cancelled
    return LineCounters(
        quantity=line.quantity,
        not_fulfilled=line.quantity - cancelled - line.sent,
        fulfilled=line.sent - line.shipped,
        shipped=line.shipped - line.returned,
        restocked=cancelled + line.returned,
    )


def commercehq_status(order: Order) -> Literal[0, 1, 2, 3, 4, 5]:
    """Document 004's integers from the counters: q units, s sent (incl. shipped), h shipped."""
    counters = [line_counters(order, line) for line in order.lines]
    q = sum(c.quantity - c.restocked for c in counters)
    s = sum(c.fulfilled + c.shipped for c in counters)
    h = sum(c.shipped for c in counters)
    if q == 0 or s == 0:
        return 0
    if s < q:
        return 2 if h else 1
    if h == q:
        return 5
    return 4 if h else 3


def commercehq_paid(order: Order) -> Literal[0, 1, -1, -2]:
    taken, back = ledger.captured(order), ledger.refunded(order)
    if order.stage == "draft" or not ledger.counts_as_paid(order):
        return 0
    if back and back >= taken:
        return -2
    return -1 if back else 1


def fulfillment_state(fulfillment: Fulfillment) -> Literal["pending", "shipped", "delivered", "cancelled"]:
    """pending: sent, not all shipped."""
    if fulfillment.cancelled_at:
        return "cancelled"
    units = sum(item.quantity for item in fulfillment.items)
    parcels = fulfillment.shipments
    if sum(item.quantity for s in parcels for item in s.items) < units:
        return "pending"
    return "delivered" if all(s.delivered_at for s in parcels) else "shipped"


def payment_state(
    payment: Payment,
) -> Literal["pending", "authorized", "captured", "failed", "voided", "refunded"]:
    """One payment's word in hanzo: refunded when all of it went back."""
    if payment.captured and payment.refunded >= payment.captured:
        return "refunded"
    if payment.state in ("requires_action", "processing"):
        return "pending"
    return payment.state  # type: ignore[return-value]
