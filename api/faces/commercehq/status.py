"""commercehq's integers for where an order stands, and the counters they come from: document 004 (contract section 9). Pure."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from domain import ledger
from domain.order import Line, Order
from store.lists.facets import Axis

Status = Literal[0, 1, 2, 3, 4, 5]
Paid = Literal[0, 1, -1, -2]


@dataclass(frozen=True)
class LineCounters:
    """Disjoint counters: quantity = not_fulfilled + fulfilled + shipped + restocked."""

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


def status(order: Order) -> Status:
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


def paid(order: Order) -> Paid:
    taken, back = ledger.captured(order), ledger.refunded(order)
    if order.stage == "draft" or not ledger.counts_as_paid(order):
        return 0
    if back and back >= taken:
        return -2
    return -1 if back else 1


STATUS: Final = Axis("commercehq.status", 7, get_args(Status), status)
PAID: Final = Axis("commercehq.paid", 8, get_args(Paid), paid)
AXES: Final = (STATUS, PAID)
