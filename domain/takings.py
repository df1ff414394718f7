"""What an order adds to the shop's figures, and when: orders, units, money captured and given back, by quarter of an hour.

Quarters, because every time zone's day begins at one: a day's figures of any shop are a sum of whole quarters. An order's part is
a function of the order alone; saving it adds what changed.
"""

from collections import Counter
from datetime import datetime
from typing import Final

from domain.order import Order

QUARTER_SECONDS: Final = 900
FIGURES: Final = ("orders", "units", "captured", "refunded")
"""orders and units at placement (cancelled units leave), money when it moved, in minor units; a failed refund leaves."""
SENT: Final[dict[str, float]] = {"sent_1d": 1, "sent_2d": 2, "sent_3d": 3, "sent_7d": 7, "sent_later": float("inf")}
"""Figure -> the days from placement within which an order's first goods left; each order is in one, when they did."""
DAY_SECONDS: Final = 86_400


def takings(order: Order) -> Counter[tuple[str, int]]:
    """(figure, quarter) -> how much; a quarter is epoch seconds / 900."""
    found: Counter[tuple[str, int]] = Counter()
    placed = quarter(order.created_at)
    found["orders", placed] += 1
    found["units", placed] += sum(line.quantity - line.cancelled for line in order.lines)
    for payment in order.payments:
        for movement in payment.transactions:
            if movement.kind in ("sale", "capture") and movement.status == "success":
                found["captured", quarter(movement.created_at)] += movement.amount
            elif movement.kind == "refund" and movement.status != "failure":
                found["refunded", quarter(movement.created_at)] += movement.amount
    for refund in order.refunds:  # what became store credit belongs to no payment, so no transaction tells of it
        found["refunded", quarter(refund.created_at)] += refund.store_credit
    left = min((f.created_at for f in order.fulfillments if f.cancelled_at is None), default=None)
    if left is not None:
        days = (left - order.created_at).total_seconds() / DAY_SECONDS
        found[next(figure for figure, most in SENT.items() if days <= most), quarter(left)] += 1
    return Counter({key: amount for key, amount in found.items() if amount})


def quarter(moment: datetime) -> int:
    return int(moment.timestamp()) // QUARTER_SECONDS
