"""storefront's words for where an order and its money stand: document 003 (contract section 8). Pure."""

from typing import Final, Literal, get_args

from domain import ledger
from domain.order import Order
from store.lists.facets import Axis

Status = Literal["open", "closed", "cancelled"]
FinancialStatus = Literal["pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided"]


def status(order: Order) -> Status:
    if order.stage in ("cancelled", "failed"):
        return "cancelled"
    return "closed" if order.closed_at else "open"


def financial_status(order: Order) -> FinancialStatus:
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


STATUS: Final = Axis("storefront.status", 5, get_args(Status), status)
FINANCIAL: Final = Axis("storefront.financial_status", 6, get_args(FinancialStatus), financial_status)
AXES: Final = (STATUS, FINANCIAL)
