"""Which window closes next, what the order does then, and what it waits for until then.

All times are stored in the order as absolute moments; a timer is only ever set to the nearest of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain import ledger
from domain.base import Model
from domain.commands import AutoClose, Command, EndHold, EndPaymentWindow, ExpireReturn, LapseAuthorization, ReturnMoney
from domain.holds import Hold
from domain.latest import of_latest
from domain.order import Exchange, Order, Return
from domain.status import tally
from domain.verbs.cancelling import can_auto_close, can_be_cancelled, cancel_window_ends, lapses_at, owes
from domain.verbs.returning import parcels_due


class Deadline(Model):
    """`name` for timer summaries and the web UI; `at` absolute."""

    name: str
    at: datetime


@dataclass(frozen=True)
class Window:
    """One window of one order, as its stored moments make it."""

    name: str
    """As the API names it: `payment_window`; of several of a kind each has what it is about behind a colon."""
    at: datetime
    then: str
    """What the order does at that moment, for people."""
    command: Command | None
    """What does it; None where the moment only ends a permission and nothing happens by itself."""
    moved: Callable[[Order, datetime], Order] | None = None
    """The same order with this window at another moment; None where it is no window but something due at once."""
    latest: datetime | None = None
    """It cannot be moved beyond this."""

    @property
    def label(self) -> str:
        """Its name in a timer's summary."""
        return self.name if ":" in self.name else self.name.replace("_", " ")


def _money_to_give_back(order: Order) -> Iterator[Window]:
    if owes(order):
        yield Window("money_to_give_back", order.updated_at, "money above what is owed goes back", ReturnMoney())


def _payment_window(order: Order) -> Iterator[Window]:
    if order.stage == "confirmed" and order.payment_window_ends_at:
        then = "the order is cancelled: its stock is released, what was paid goes back"
        yield Window("payment_window", order.payment_window_ends_at, then, EndPaymentWindow(), _set_payment_window)


def _set_payment_window(order: Order, at: datetime) -> Order:
    return order.model_copy(update={"payment_window_ends_at": at})


def _cancel_window(order: Order) -> Iterator[Window]:
    ends = cancel_window_ends(order)
    if ends is not None and can_be_cancelled(order):
        yield Window("cancel_window", ends, "the customer can no longer cancel", None, _set_cancel_window)


def _set_cancel_window(order: Order, at: datetime) -> Order:
    return order.model_copy(update={"cancel_window_ends_at": at})


def _authorization(order: Order) -> Iterator[Window]:
    lapse = lapses_at(order)
    if lapse is None or order.stage in ("cancelled", "failed"):
        return
    payment = order.payment(lapse[1])
    captures = order.policy.on_authorization_expiry == "capture" and ledger.due(order) > 0
    then = "the hold is captured" if captures else "the hold is released and the order is unpaid again"
    command = LapseAuthorization(payment_id=payment.id)
    yield Window("authorization", lapse[0], then, command, _set_authorization, payment.expires_at)


def _set_authorization(order: Order, at: datetime) -> Order:
    lapse = lapses_at(order)
    moved = (p.model_copy(update={"lapses_at": at}) if lapse and p.id == lapse[1] else p for p in order.payments)
    return order.model_copy(update={"payments": tuple(moved)})


def _return_window(order: Order) -> Iterator[Window]:
    """It closes the order where nothing else keeps it open; the customer's right to return ends with it in any case."""
    ends, closes = order.return_window_ends_at, can_auto_close(order)
    command = AutoClose() if closes else None
    if ends is not None:
        then = "the order closes" if closes else "no return can be requested any more"
        yield Window("return_window", ends, then, command, _set_return_window)
    elif closes:
        yield Window("return_window", order.updated_at, "the order closes", command)


def _set_return_window(order: Order, at: datetime) -> Order:
    return order.model_copy(update={"return_window_ends_at": at})


def _holds(order: Order) -> Iterator[Window]:
    for hold in order.holds:
        if hold.until:
            yield Window(
                f"hold:{hold.id}", hold.until, "the hold is lifted", EndHold(hold_id=hold.id), _hold_mover(hold.id)
            )


def _hold_mover(hold_id: str) -> Callable[[Order, datetime], Order]:
    def moved(order: Order, at: datetime) -> Order:
        holds = tuple(h.model_copy(update={"until": at}) if h.id == hold_id else h for h in order.holds)
        return order.model_copy(update={"holds": holds})

    return moved


def _parcels(order: Order) -> Iterator[Window]:
    for at, made in parcels_due(order):
        yield Window(
            f"ship_by:{made.id}", at, what_expires(order, made), ExpireReturn(return_id=made.id), _parcel_mover(made.id)
        )


def what_expires(order: Order, made: Return) -> str:
    """What happens when nothing of a return came in time."""
    if made.exchange_id is None:
        return "the return expires"
    if any(line.sent for line in order.lines if line.exchange_id == made.exchange_id):
        return "the exchange is overdue: the new units are due in full"
    return "the exchange is cancelled: its new units are on sale again"


def overdue(order: Order) -> list[Exchange]:
    """Exchanges whose units never came, as long as something is due."""
    return [one for one in order.exchanges if one.status == "overdue"] if ledger.due(order) else []


def _parcel_mover(return_id: str) -> Callable[[Order, datetime], Order]:
    def moved(order: Order, at: datetime) -> Order:
        returns = tuple(r.model_copy(update={"ship_by": at}) if r.id == return_id else r for r in order.returns)
        return order.model_copy(update={"returns": returns})

    return moved


WINDOWS: Final[tuple[Callable[[Order], Iterator[Window]], ...]] = (
    _money_to_give_back,
    _payment_window,
    _cancel_window,
    _authorization,
    _return_window,
    _holds,
    _parcels,
)
"""One row per kind of window. A row is all that a new one needs: its deadline, its timer in the API, its place in the agenda
and moving and firing it by hand come with it."""


@of_latest
def windows(order: Order) -> tuple[Window, ...]:
    """Every window the order has; those that only end a permission may have ended already."""
    return tuple(window for kind in WINDOWS for window in kind(order))


def timers(order: Order, now: datetime) -> list[Window]:
    """Those that can be moved, the nearest first. What ended a permission in the past is none any more."""
    found = [w for w in windows(order) if w.moved is not None and (w.command is not None or w.at > now)]
    return sorted(found, key=lambda window: (window.at, window.name))


def next_deadline(order: Order) -> tuple[Deadline, Command] | None:
    """The nearest moment at which something happens by itself, and the command that does it."""
    found = [(window, window.command) for window in windows(order) if window.command is not None]
    if not found:
        return None
    window, command = min(found, key=lambda one: one[0].at)
    return Deadline(name=window.label, at=window.at), command


def is_over(order: Order) -> bool:
    """Nothing will happen by itself any more: the workflow may complete. It wakes when someone asks."""
    ended = order.stage in ("cancelled", "failed") or order.closed_at is not None
    return ended and next_deadline(order) is None


def waits_for(order: Order) -> list[str]:
    """What keeps the order from going on, in words for an operator, most pressing first."""
    out = [_held(hold) for hold in order.holds]
    out += [_WAITING_PAYMENT[p.state] for p in order.payments if p.state in _WAITING_PAYMENT]
    if order.stage == "draft":
        out.append("confirmation")
    elif order.stage == "confirmed" and not order.closed_at:
        out += _money_and_units(order)
    until = {made.id: f" until {_when(at)}" for at, made in parcels_due(order)}
    out += [_WAITING_RETURN[r.status].format(_called(r)) + until.get(r.id, "") for r in order.returns if r.is_open]
    out += ["an overdue exchange to be paid for" for _ in overdue(order)]
    if any(r.status == "pending" for r in order.refunds):
        out.append("the payment provider to settle a refund")
    if owes(order):
        out.append("money to be given back")
    elif ledger.surplus(order):
        out.append("somebody to give back what is here above what is owed")
    if ledger.refund_failed(order):
        out.append("somebody to make a failed refund again")
    if can_auto_close(order) and order.return_window_ends_at:
        out.append(f"its return window to close on {_when(order.return_window_ends_at)}")
    return out


def _held(hold: Hold) -> str:
    """Without its reason: that may be private, and these words are shown in Temporal."""
    if hold.kind == "dispute":
        return f"the dispute {hold.ref} to close (nothing may be sent)"
    if hold.is_of_dispute:
        return f"somebody to decide about the units of a lost dispute, {hold.ref} (nothing may be sent)"
    until = f" by itself on {_when(hold.until)}" if hold.until else ""
    return f"a hold ({hold.kind}) to end{until} (nothing may be sent)"


_WAITING_PAYMENT: Final = {
    "requires_action": "the customer's 3-D Secure confirmation",
    "processing": "the payment provider to finish an asynchronous payment",
}
_WAITING_RETURN: Final = {
    "requested": "a decision on a requested {}",
    "approved": "an approved {}'s parcel",
    "partially_received": "the rest of a {}'s units",
}


def _called(made: Return) -> str:
    return "exchange" if made.exchange_id else "return"


def _money_and_units(order: Order) -> list[str]:
    out, t = [], tally(order)
    if ledger.due(order) > ledger.held(order):
        until = f" until {_when(order.payment_window_ends_at)}" if order.payment_window_ends_at else ""
        out.append(f"payment{until}")
    elif ledger.due(order) > 0:
        out.append("capture of the authorised payment")
    left = (("fulfilment", t.units - t.sent), ("shipping", t.sent - t.shipped), ("delivery", t.shipped - t.delivered))
    return out + [f"{what} of {n} unit{'s' if n > 1 else ''}" for what, n in left if n > 0]


def _when(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "for ever"


def waiting_on(order: Order) -> str:
    """The most pressing thing an order waits for, as one word for a saved query."""
    t = tally(order)
    asked = (
        ("hold", bool(order.holds)),
        ("refund_failed", ledger.refund_failed(order)),
        ("surplus", ledger.surplus(order) > 0 and not owes(order)),
        ("nothing", is_over(order)),
        ("refund", owes(order)),
        ("provider", any(p.state in _WAITING_PAYMENT for p in order.payments)),
        ("confirmation", order.stage == "draft"),
        ("return", any(r.is_open for r in order.returns)),
        ("exchange", bool(overdue(order))),
        ("payment", ledger.due(order) > ledger.held(order)),
        ("fulfillment", t.shipped < t.units),
        ("delivery", t.outstanding > 0),
        ("capture", ledger.due(order) > 0),
    )
    return next((word for word, so in asked if so), "return_window")
