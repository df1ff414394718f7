"""hanzo's words for where an order and a payment stand: documents 000 and 001 (contract section 6). Pure."""

from typing import Final, Literal, get_args

from domain import ledger
from domain.order import Order, Payment
from domain.status import payment_status, tally
from store.lists.facets import Axis

Status = Literal[
    "pending", "confirmed", "processing", "shipped", "delivered", "cancelled", "refunded", "returned", "failed"
]


def status(order: Order) -> Status:
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


def payment_word(
    payment: Payment,
) -> Literal["pending", "authorized", "captured", "failed", "voided", "refunded"]:
    """One payment's word: refunded when all of it went back."""
    if payment.captured and payment.refunded >= payment.captured:
        return "refunded"
    if payment.state in ("requires_action", "processing"):
        return "pending"
    return payment.state  # type: ignore[return-value]


STATUS: Final = Axis("hanzo.status", 0, get_args(Status), status)
AXES: Final = (STATUS,)
