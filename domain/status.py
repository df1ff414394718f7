"""Where an order stands, in the engine's own words: total, pure functions of stored facts (contract section 5).

Units are those not cancelled; an order with none left goes by its payment. What a face calls these facts is in its folder.
"""

from dataclasses import dataclass
from typing import Literal

from domain import ledger
from domain.order import Fulfillment, Order

Lifecycle = Literal["draft", "confirmed", "paid", "shipped", "delivered", "returned", "cancelled", "failed"]
PaymentStatus = Literal["pending", "authorized", "captured", "refunded"]
FulfillmentStatus = Literal["unfulfilled", "partial", "fulfilled"]


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


def payment_status(order: Order) -> PaymentStatus:
    """A partial refund stays captured; an unpaid cancellation is pending."""
    taken, back = ledger.captured(order), ledger.refunded(order)
    if ledger.counts_as_paid(order):
        return "refunded" if taken > 0 and back >= taken else "captured"
    if taken - back > 0 or ledger.held(order) > 0:
        return "authorized"
    return "pending"


def fulfillment_status(order: Order) -> FulfillmentStatus:
    """By units sent."""
    t = tally(order)
    if t.units and t.sent >= t.units:
        return "fulfilled"
    return "partial" if t.sent else "unfulfilled"


def fulfillment_state(fulfillment: Fulfillment) -> Literal["pending", "shipped", "delivered", "cancelled"]:
    """pending: sent, not all shipped."""
    if fulfillment.cancelled_at:
        return "cancelled"
    units = sum(item.quantity for item in fulfillment.items)
    parcels = fulfillment.shipments
    if sum(item.quantity for s in parcels for item in s.items) < units:
        return "pending"
    return "delivered" if all(s.delivered_at for s in parcels) else "shipped"
