"""move_timer: a window at another moment, or what it does, now.

Which windows an order has is the registry's affair (windows.py); what firing one does is the rule of its own command, which
lifecycle.py finds. Firing first moves the window to now, so that its command finds it ended as it would by itself.
"""

from datetime import datetime, timedelta
from typing import Final

from domain.commands import MoveTimer
from domain.errors import InvalidInput, NotFound
from domain.order import Order
from domain.revision import Revision
from domain.windows import Window, timers

LONGEST: Final = timedelta(days=3650)
"""As far as a policy may put a window."""


def moved(order: Order, command: MoveTimer, now: datetime) -> tuple[Window, Order]:
    """The window as it is, and the order with it where the command puts it. NotFound, InvalidInput."""
    window = next((w for w in timers(order, now) if w.name == command.name), None)
    if window is None or window.moved is None:
        raise NotFound("the order has no such timer", name=command.name)
    return window, window.moved(order, _moment(window, command, now))


def _moment(window: Window, command: MoveTimer, now: datetime) -> datetime:
    if command.fire == (command.at is not None):
        raise InvalidInput("give one of at and fire", field="at" if command.fire else "fire")
    if command.at is None:
        return now
    if command.at <= now:
        raise InvalidInput("is in the past; fire lets it happen now", field="at")
    if command.at > now + LONGEST:
        raise InvalidInput(f"is more than {LONGEST.days} days away", field="at")
    if window.latest is not None and command.at > window.latest:
        raise InvalidInput(f"the provider holds the money until {window.latest:%Y-%m-%dT%H:%M:%SZ} only", field="at")
    return command.at


def move(rev: Revision, command: MoveTimer) -> Window:
    """Move it, and write down where it was."""
    window, rev.order = moved(rev.order, command, rev.now)
    at = rev.now if command.at is None else command.at
    rev.emit("timer.moved", name=window.name, **{"from": _written(window.at), "to": _written(at)}, fired=command.fire)
    return window


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
