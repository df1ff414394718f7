"""Units that will never be sent, or that come back: which they are, what they do to the counters and to the account.

cancel_items cancels unsent units and settles the account; restock takes units back and leaves the
money where it is: what it makes surplus waits for a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain import ledger
from domain.money import allocate
from domain.order import Credit, Line, Order
from domain.revision import Revision, unsent


@dataclass(frozen=True)
class Taken:
    """Line id -> units: cancelled ones were never sent, returned ones were shipped."""

    cancelled: Mapping[str, int] = field(default_factory=dict)
    returned: Mapping[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.cancelled or self.returned)

    def units(self, line_id: str) -> int:
        return self.cancelled.get(line_id, 0) + self.returned.get(line_id, 0)

    def credits(self, order: Order, *, cause: Any, at: datetime, amount: int | None = None) -> tuple[Credit, ...]:
        """What is no longer owed for them: their worth, with the last unit remaining shipping; or a given amount."""
        shipping = last_shipping(order, self) if amount is None else (0, 0)
        worth = _credits(order, self, cause, at, (None, None), shipping)
        if amount is None:
            return tuple(worth)
        whole = [sum(item.subtotal + item.tax for item in credit.lines) for credit in worth]
        shares = allocate(amount, whole) if len(whole) > 1 else [amount]
        both = (shares[0], shares[-1])
        return tuple(_credits(order, self, cause, at, both, shipping))


def _credits(
    order: Order,
    taken: Taken,
    cause: Any,
    at: datetime,
    amounts: tuple[int | None, int | None],
    shipping: tuple[int, int],
) -> list[Credit]:
    made: list[Credit] = []
    if taken.cancelled:
        made.append(
            ledger.credit(order, "cancelled", taken.cancelled, cause=cause, at=at, amount=amounts[0], shipping=shipping)
        )
    if taken.returned:
        after = ledger.with_credits(order, *made)
        made.append(ledger.credit(after, "returned", taken.returned, cause=cause, at=at, amount=amounts[1]))
    return made


def last_shipping(order: Order, taken: Taken) -> tuple[int, int]:
    """Shipping that is no longer owed once no unit is left and none was ever sent: (shipping, its tax)."""
    left = sum(line.quantity - line.cancelled for line in order.lines) - sum(taken.cancelled.values())
    gone = left == 0 and not order.fulfillments and bool(taken.cancelled)
    return ledger.shipping_left(order) if gone else (0, 0)


def sort_out(order: Order, wanted: Iterable[tuple[str, int]]) -> Taken:
    """Units to take back, sorted: unsent ones first (cancelled), then shipped ones (returned); no more than there are."""
    cancelled: dict[str, int] = {}
    returned: dict[str, int] = {}
    for line_id, quantity in wanted:
        line = order.line(line_id)
        first = min(quantity, unsent(line) - cancelled.get(line_id, 0))
        then = min(quantity - first, at_customer(order, line) - returned.get(line_id, 0))
        if first:
            cancelled[line_id] = cancelled.get(line_id, 0) + first
        if then:
            returned[line_id] = returned.get(line_id, 0) + then
    return Taken(cancelled, returned)


def take(rev: Revision, taken: Taken, *, restock: bool = True) -> None:
    """Move the counters: cancelled units are released, or written off; returned ones go on hand."""
    for line_id, n in taken.cancelled.items():
        rev.count(line_id, cancelled=n, lost=0 if restock else n)
    for line_id, n in taken.returned.items():
        line = rev.order.line(line_id)
        arrived = max(0, at_customer(rev.order, line) - (line.shipped - line.delivered - line.recalled))
        rev.count(line_id, returned=n, restocked=n, recalled=max(0, n - arrived))


def at_customer(order: Order, line: Line) -> int:
    """Shipped units that have not come back and that no open return counts on."""
    waiting = sum(item.missing for r in order.returns if r.is_open for item in r.items if item.line_id == line.id)
    return line.shipped - line.returned - waiting
