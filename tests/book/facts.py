"""What the witness reads of an order: facts that are no reckoning."""

from collections.abc import Iterable, Sequence
from typing import Final

from domain.order import Order
from tests.book.sold import Named

ENDED: Final = ("cancelled", "failed")
OPEN_RETURNS: Final = ("requested", "approved", "partially_received")


def charges(order: Order) -> tuple[dict[str, tuple[int, int]], int, int]:
    """What was sold, as the order says: line -> (quantity, what it costs), shipping, tax on shipping."""
    lines = {i.id: (i.quantity, i.unit_price * i.quantity - i.discount + i.tax) for i in order.lines}
    return lines, sum(s.price for s in order.shipping_lines), sum(s.tax for s in order.shipping_lines)


def back(before: Order, wanted: Sequence[tuple[str, int, bool]]) -> list[Named]:
    """Units named to be put back: unsent ones are cancelled first, then shipped ones count as returned."""
    unsent = {i.id: i.quantity - i.cancelled - i.sent for i in before.lines}
    away = {i.id: i.shipped - i.returned for i in before.lines}
    for found in before.returns:
        for item in found.items if found.status in OPEN_RETURNS else ():
            away[item.line_id] -= item.quantity - item.received
    named = []
    for line, units, put_back in wanted:
        cancel = min(units, unsent[line]) if put_back else 0
        back = min(units - cancel, away[line]) if put_back else 0
        unsent[line] -= cancel
        away[line] -= back
        named.append(Named(line, units, cancel, back))
    return named


def added(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Repeated lines add up; what is nothing is left out."""
    units: dict[str, int] = {}
    for line, count in pairs:
        units[line] = units.get(line, 0) + count
    return {line: count for line, count in units.items() if count}


def summed(named: Sequence[Named], what: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for item in named:
        sums[item.line] = sums.get(item.line, 0) + getattr(item, what)
    return {line: count for line, count in sums.items() if count}
