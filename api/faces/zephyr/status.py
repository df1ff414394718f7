"""zephyr's words for where an order and its parcels stand: document 002 (contract section 7). Pure."""

from typing import Final, Literal, get_args

from domain import ledger
from domain.order import Order
from domain.status import tally
from store.lists.facets import Axis

Status = Literal["created", "paid", "partially_refunded", "refunded", "cancelled"]
FulfilmentStatus = Literal["unfulfilled", "partial", "shipped", "delivered"]


def status(order: Order) -> Status:
    """Document 002's five words."""
    if order.stage in ("cancelled", "failed"):
        return "cancelled"
    if order.stage == "draft" or not ledger.counts_as_paid(order):
        return "created"
    taken, back = ledger.captured(order), ledger.refunded(order)
    if back and back >= taken:
        return "refunded"
    return "partially_refunded" if back else "paid"


def fulfilment_status(order: Order) -> FulfilmentStatus:
    t = tally(order)
    if t.units and t.delivered >= t.units:
        return "delivered"
    if t.units and t.shipped >= t.units:
        return "shipped"
    return "partial" if t.sent else "unfulfilled"


STATUS: Final = Axis("zephyr.status", 4, get_args(Status), status)
AXES: Final = (STATUS,)
