"""An order's money as a ladder, and its time as a strip: what was, what is, what comes."""

from dataclasses import dataclass
from datetime import datetime

from domain import ledger
from domain.order import Order
from domain.windows import Window
from domain.windows import windows as windows_of


@dataclass(frozen=True)
class Rung:
    """One amount. `share`: of the largest, in percent, for its bar. `tone`: how it looks."""

    name: str
    amount: int
    share: int
    tone: str
    hint: str


def ladder(order: Order) -> list[Rung]:
    """From what was sold to what is left to pay or to give back; rungs of nothing stay, so that the eye finds each in its
    place."""
    amounts = (
        ("Sold", order.total, "sold", "lines, shipping and tax, as edits leave them"),
        ("Credited", -ledger.credited(order), "credit", "no longer owed: cancelled, returned, or given off"),
        ("Taken", ledger.captured(order), "taken", "captured from the customer"),
        ("Refunded", -ledger.refunded(order), "back", "went back to the customer"),
        ("Held", ledger.held(order), "held", "authorised, not taken"),
        ("Still to pay", ledger.due(order), "due", "owed and not paid"),
        ("To give back", ledger.surplus(order), "surplus", "here above what is owed"),
    )
    most = max((abs(amount) for _, amount, _, _ in amounts), default=0) or 1
    return [Rung(name, amount, round(100 * abs(amount) / most), tone, hint) for name, amount, tone, hint in amounts]


@dataclass(frozen=True)
class Slot:
    """One window on the strip. `state`: past | now | coming."""

    name: str
    at: datetime
    then: str
    state: str
    movable: bool


def windows(order: Order, now: datetime) -> list[Slot]:
    """Every window the order has, the earliest first. One that is over only ended a permission; one that does something and is
    over is being done."""
    found = sorted(windows_of(order), key=lambda window: window.at)
    return [Slot(w.name, w.at, w.then, _state(w, now), w.moved is not None and w.at > now) for w in found]


def _state(window: Window, now: datetime) -> str:
    if window.at > now:
        return "coming"
    return "now" if window.command is not None else "past"
