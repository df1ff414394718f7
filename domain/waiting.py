"""Everything an order waits for: since when, until when, what happens then, and which verbs can end it (contract section 14).

A function of stored facts, like every status. `windows.waits_for` says the same in sentences for the card; here it is data, for
who counts it, lists by it or acts on it. Where a person must act, a task of tasks.py stands beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain import ledger
from domain.latest import of_latest
from domain.order import Order
from domain.status import tally
from domain.verbs.cancelling import can_auto_close, owes
from domain.windows import is_over, overdue, what_expires, windows

WORDS: Final[dict[str, str]] = {
    "dispute": "a customer's bank to close a dispute; nothing may be sent",
    "hold": "somebody to lift a hold; nothing may be sent",
    "provider": "the payment provider, or the customer there, to finish a payment or a refund",
    "refund_failed": "somebody to make a failed refund again",
    "surplus": "money above what is owed to go back",
    "confirmation": "a draft to be confirmed",
    "return_decision": "a requested return to be approved or rejected",
    "parcel": "an approved return's parcel",
    "exchange": "an exchange to be completed, or, overdue, to be paid for",
    "payment": "the customer to pay",
    "capture": "money that is held to be taken",
    "fulfillment": "units to be sent",
    "delivery": "sent units to arrive",
    "closing": "nothing but its end",
}
"""Word -> what is waited for, the most pressing first. A list is filtered and orders are counted by these."""


@dataclass(frozen=True)
class Wait:
    """One thing an order waits for."""

    word: str
    """Of WORDS; `for` in the API."""
    since: datetime
    by: tuple[str, ...]
    """Verbs that can end it; those of a provider's facts and of timers too."""
    until: datetime | None = None
    then: str | None = None
    """What happens at `until`, for people."""
    ref: str | None = None
    """The return, exchange, payment, refund or hold it is about."""


@of_latest
def waiting(order: Order) -> tuple[Wait, ...]:
    """All of it, the most pressing first; empty for an order that is over and complete."""
    found = [
        *_holds(order),
        *_provider(order),
        *_money_back(order),
        *_returns(order),
        *_exchanges(order),
        *_progress(order),
    ]
    if not found and not is_over(order):
        found = [Wait("closing", order.updated_at, ("close",))]
    places = list(WORDS)
    return tuple(sorted(found, key=lambda wait: places.index(wait.word)))


def _holds(order: Order) -> Iterator[Wait]:
    for hold in order.holds:
        if hold.kind == "dispute":
            yield Wait("dispute", hold.opened_at, ("dispute_fact",), ref=hold.ref)
        else:
            then = "the hold is lifted" if hold.until else None
            yield Wait("hold", hold.opened_at, ("release_hold", "cancel_items", "cancel"), hold.until, then, hold.id)


def _provider(order: Order) -> Iterator[Wait]:
    for payment in order.payments:
        if payment.state in ("requires_action", "processing"):
            yield Wait("provider", payment.created_at, ("payment_fact", "pay"), ref=payment.id)
    for refund in order.refunds:
        if refund.status == "pending":
            yield Wait("provider", refund.created_at, ("refund_fact",), ref=refund.id)


def _money_back(order: Order) -> Iterator[Wait]:
    if owes(order):
        yield Wait("surplus", order.updated_at, ("return_money",), order.updated_at, "it goes back by itself")
    elif ledger.refund_failed(order):
        last = max(order.refunds, key=lambda refund: refund.serial)
        yield Wait("refund_failed", last.updated_at, ("refund",), ref=last.id)
    elif ledger.surplus(order):
        yield Wait("surplus", _last_money(order), ("refund",))


def _last_money(order: Order) -> datetime:
    """When what is owed or what is here changed last; later changes of other things leave it."""
    moved = [credit.created_at for credit in order.credits]
    moved += [movement.created_at for payment in order.payments for movement in payment.transactions]
    return max(moved, default=order.updated_at)


def _returns(order: Order) -> Iterator[Wait]:
    for made in order.returns:
        if made.status == "requested":
            yield Wait("return_decision", made.created_at, ("approve_return", "reject_return"), ref=made.id)
        elif made.status in ("approved", "partially_received"):
            until = made.ship_by if made.status == "approved" else None
            then = what_expires(order, made) if until else None
            yield Wait("parcel", made.updated_at, ("receive_return",), until, then, made.id)


def _exchanges(order: Order) -> Iterator[Wait]:
    for one in order.exchanges:
        if one.status == "approved":
            made = order.return_(one.return_id)
            until = made.ship_by if made.status == "approved" else None
            then = what_expires(order, made) if until else None
            by = ("receive_return", "reject_return") if made.is_open else ("fulfill", "ship", "cancel_items")
            yield Wait("exchange", one.updated_at, by, until, then, one.id)
    for one in overdue(order):
        yield Wait("exchange", one.updated_at, ("pay", "record_payment", "request_return"), ref=one.id)


def _progress(order: Order) -> Iterator[Wait]:
    if order.stage == "draft":
        yield Wait("confirmation", order.created_at, ("confirm", "pay", "cancel"))
    if order.stage != "confirmed" or order.closed_at:
        return
    since = order.confirmed_at or order.created_at
    due, held = ledger.due(order), ledger.held(order)
    if due > held:
        yield _until(order, "payment_window", Wait("payment", since, ("pay", "record_payment", "cancel")))
    if min(due, held) > 0:
        began = min(p.authorized_at or p.created_at for p in ledger.holding(order))
        yield _until(order, "authorization", Wait("capture", began, ("capture", "void", "fulfill")))
    if any(line.quantity - line.cancelled - line.shipped > 0 for line in order.lines):
        yield Wait("fulfillment", since, ("fulfill", "ship", "cancel_items", "cancel"))
    if any(line.shipped - line.delivered - line.recalled > 0 for line in order.lines):
        left = [s.shipped_at for f in order.fulfillments for s in f.shipments if s.delivered_at is None]
        yield Wait("delivery", max(left, default=since), ("deliver", "update_fulfillment"))
    if can_auto_close(order):
        yield _until(order, "return_window", Wait("closing", order.updated_at, ("close", "request_return")))
    elif order.stays_open and tally(order).outstanding == 0 and ledger.is_settled(order):
        yield Wait("closing", order.updated_at, ("close",))


def _until(order: Order, name: str, wait: Wait) -> Wait:
    """The same with the window that ends it."""
    window = next((w for w in windows(order) if w.name == name), None)
    if window is None:
        return wait
    return Wait(wait.word, wait.since, wait.by, window.at, window.then, wait.ref)
