"""Every coming deadline of an order: what will happen then, and the money it moves, as its command would plan it today."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.errors import OrderError
from domain.lifecycle import asked
from domain.order import Actor, Order
from domain.windows import Window, windows

TIMER: Final = Actor(kind="timer", id="window")


@dataclass(frozen=True)
class Coming:
    """One deadline; `money` in the order's currency: (capture, void or refund, minor units)."""

    name: str
    at: datetime
    then: str
    money: tuple[tuple[str, int], ...]


def agenda(order: Order) -> list[Coming]:
    """What will happen by itself unless something comes before it. What only ends a permission is none of it."""
    return [Coming(w.name, w.at, w.then, _money(order, w)) for w in windows(order) if w.command is not None]


def _money(order: Order, window: Window) -> tuple[tuple[str, int], ...]:
    if window.command is None:
        return ()
    try:
        planned = asked(order, window.command, max(window.at, order.updated_at), TIMER)
    except OrderError:
        return ()  # something comes before it: it will not happen as things stand
    # A void names no amount of its own: it gives up what its payment holds.
    amounts = [(op.kind, op.amount or order.payment(op.payment_id).capturable) for op in planned]
    return tuple((kind, amount) for kind, amount in amounts if amount)
