"""Which window closes next, what the order does then, and what it waits for until then.

All times are stored in the order as absolute moments; a timer is only ever set to the nearest of them.
"""

from datetime import datetime
from typing import Final

from domain import ledger
from domain.base import Model
from domain.commands import AutoClose, Command, EndHold, EndPaymentWindow, ExpireReturn, LapseAuthorization, ReturnMoney
from domain.holds import Hold
from domain.order import Order
from domain.status import tally
from domain.verbs.cancelling import can_auto_close, lapses_at, owes
from domain.verbs.returning import parcels_due


class Deadline(Model):
    """`name` for timer summaries and the web UI; `at` absolute."""

    name: str
    at: datetime


def next_deadline(order: Order) -> tuple[Deadline, Command] | None:
    """The nearest moment at which something happens by itself, and the command that does it."""
    found: list[tuple[datetime, str, Command]] = []
    if owes(order):
        found.append((order.updated_at, "money to give back", ReturnMoney()))
    if order.stage == "confirmed" and order.payment_window_ends_at:
        found.append((order.payment_window_ends_at, "payment window", EndPaymentWindow()))
    lapse = lapses_at(order)
    if lapse and order.stage not in ("cancelled", "failed"):
        found.append((lapse[0], "authorization", LapseAuthorization(payment_id=lapse[1])))
    found += [(hold.until, f"hold:{hold.id}", EndHold(hold_id=hold.id)) for hold in order.holds if hold.until]
    if can_auto_close(order):
        found.append((order.return_window_ends_at or order.updated_at, "return window", AutoClose()))
    found += [(at, f"ship_by:{made.id}", ExpireReturn(return_id=made.id)) for at, made in parcels_due(order)]
    if not found:
        return None
    at, name, command = min(found, key=lambda f: f[0])
    return Deadline(name=name, at=at), command


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
    out += [_WAITING_RETURN[r.status] + until.get(r.id, "") for r in order.returns if r.is_open]
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
    "requested": "a decision on a requested return",
    "approved": "an approved return's parcel",
    "partially_received": "the rest of a return's units",
}


def _money_and_units(order: Order) -> list[str]:
    out, t = [], tally(order)
    if ledger.due(order) > ledger.held(order):
        until = f" until {_when(order.payment_window_ends_at)}" if order.payment_window_ends_at else ""
        out.append(f"payment{until}")
    elif ledger.due(order) > 0:
        out.append("capture of the authorised payment")
    left = (("fulfilment", t.units - t.sent), ("shipping", t.sent - t.shipped), ("delivery", t.shipped - t.delivered))
    return out + [f"{what} of {n} units" for what, n in left if n > 0]


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
        ("payment", ledger.due(order) > ledger.held(order)),
        ("fulfillment", t.shipped < t.units),
        ("delivery", t.outstanding > 0),
        ("capture", ledger.due(order) > 0),
    )
    return next((word for word, so in asked if so), "return_window")
