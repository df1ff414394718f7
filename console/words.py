"""The console's small words: statuses as people say them, how far away a moment is, one or several."""

from datetime import timedelta
from typing import Final

NAMES: Final[dict[str, str]] = {
    "fulfillment": "shipping",
    "unfulfilled": "nothing sent",
    "partial": "partly sent",
    "fulfilled": "all sent",
    "pending": "unpaid",
    "captured": "paid",
    "partially_received": "partly received",
    "return_decision": "a decision on a return",
    "refund_failed": "a failed refund",
    "confirmation": "confirmation",
}
"""Where a word of ours is not what people say."""


def word(name: str) -> str:
    """`payment_window` → payment window."""
    return NAMES.get(name) or name.replace("_", " ")


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 unit`, `3 units`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def away(distance: timedelta) -> str:
    """`in 3 h`, `2 days ago`; the largest unit alone."""
    seconds = int(distance.total_seconds())
    size = abs(seconds)
    for unit, length in (("day", 86_400), ("h", 3600), ("min", 60)):
        if size >= length:
            count = size // length
            name = f" {unit}s" if unit == "day" and count > 1 else f" {unit}"
            return f"in {count}{name}" if seconds > 0 else f"{count}{name} ago"
    return "now"
