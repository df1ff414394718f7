"""An answer remembered for the order it was last asked about.

One command asks the same few things of the same order a dozen times (windows, waits, what is owed): an order is frozen, so the
answer is the same. One order is remembered per question, by identity: comparing or hashing a whole order would cost more than
the answer.
"""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from domain.order import Order

T = TypeVar("T")


def of_latest(ask: Callable[[Order], T]) -> Callable[[Order], T]:
    """The question, asked once while it is about one order. Its answer must not be changed by who gets it."""
    known: list[tuple[Order, T]] = []

    @wraps(ask)
    def told(order: Order) -> T:
        latest = known[0] if known else None
        if latest is not None and latest[0] is order:
            return latest[1]
        answer = ask(order)
        known[:] = [(order, answer)]
        return answer

    return told
