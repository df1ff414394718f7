"""A working copy of an order under one command: collects changes and events, then closes the books.

Every verb's `apply` writes on one of these; `finish` numbers the events, moves the version and re-derives
the windows, so that no verb can forget them.
"""

from datetime import datetime, timedelta
from typing import Any, TypeVar, Unpack

from domain import ids, ledger
from domain.base import Model
from domain.events import Event, event_id
from domain.fields import (
    ClaimFields,
    ExchangeFields,
    FulfillmentFields,
    LineCounts,
    OrderFields,
    PaymentFields,
    RefundFields,
    ReturnFields,
    TransactionFields,
)
from domain.order import Actor, Claim, Exchange, Fulfillment, Line, Order, Payment, Refund, Return, Transaction
from domain.status import tally


class Change(Model):
    """The result of one command: the next order, its events, what it made (`subject`), mails to send."""

    order: Order
    events: tuple[Event, ...]
    subject: str | None = None
    mails: tuple[str, ...] = ()
    """Template names: order_placed, order_shipped, order_cancelled, order_refunded, return_approved, exchange_overdue,
    claim_created, order_note."""


class Revision:
    def __init__(self, order: Order, now: datetime, actor: Actor) -> None:
        self.before = order
        self.order = order
        self.now = now.replace(microsecond=0)
        self.actor = actor
        self.subject: str | None = None
        self.mails: list[str] = []
        self._emitted: list[tuple[str, dict[str, Any]]] = []

    def change(self, **fields: Unpack[OrderFields]) -> None:
        self.order = self.order.model_copy(update=dict(fields))

    def emit(self, kind: str, /, **data: Any) -> None:
        """An event, once per command and content."""
        if (kind, data) not in self._emitted:
            self._emitted.append((kind, data))

    def new(self, kind: str) -> tuple[str, int]:
        """Id and serial of a new child; the `n`-th call of a command always gives the same."""
        serial = self.order.next_serial
        self.change(next_serial=serial + 1)
        return ids.child(self.order.id, kind, serial), serial

    def count(self, line_id: str, **deltas: Unpack[LineCounts]) -> None:
        """Add to a line's counters."""
        line = self.order.line(line_id)
        changed = line.model_copy(update={name: getattr(line, name) + delta for name, delta in deltas.items()})
        self.change(lines=_replaced(self.order.lines, changed))

    def payment(self, payment_id: str, **fields: Unpack[PaymentFields]) -> Payment:
        changed = self.order.payment(payment_id).model_copy(update=dict(fields))
        self.change(payments=_replaced(self.order.payments, changed))
        return changed

    def fulfillment(self, fulfillment_id: str, **fields: Unpack[FulfillmentFields]) -> Fulfillment:
        changed = self.order.fulfillment(fulfillment_id).model_copy(update={"updated_at": self.now, **fields})
        self.change(fulfillments=_replaced(self.order.fulfillments, changed))
        return changed

    def return_(self, return_id: str, **fields: Unpack[ReturnFields]) -> Return:
        changed = self.order.return_(return_id).model_copy(update={"updated_at": self.now, **fields})
        self.change(returns=_replaced(self.order.returns, changed))
        return changed

    def exchange(self, exchange_id: str, **fields: Unpack[ExchangeFields]) -> Exchange:
        changed = self.order.exchange(exchange_id).model_copy(update={"updated_at": self.now, **fields})
        self.change(exchanges=_replaced(self.order.exchanges, changed))
        return changed

    def claim(self, claim_id: str, **fields: Unpack[ClaimFields]) -> None:
        changed = self.order.claim(claim_id).model_copy(update=dict(fields))
        self.change(claims=_replaced(self.order.claims, changed))

    def refund(self, refund_id: str, **fields: Unpack[RefundFields]) -> None:
        changed = self.order.refund(refund_id).model_copy(update={"updated_at": self.now, **fields})
        self.change(refunds=_replaced(self.order.refunds, changed))

    def transact(self, payment_id: str, **fields: Unpack[TransactionFields]) -> None:
        """Write one movement under its payment."""
        child, serial = self.new("transaction")
        movement = Transaction(id=child, serial=serial, created_at=self.now, **fields)
        payment = self.order.payment(payment_id)
        self.payment(payment_id, transactions=(*payment.transactions, movement))

    def finish(self) -> Change:
        """Close the books: windows, `order.paid`, events numbered, version and `updated_at` moved."""
        self._payment_window()
        self._return_window()
        self._surplus_waits()
        self._holds_end()
        self._exchanges_complete()
        if _became_paid(self.before, self.order):
            self.emit("order.paid", total=self.order.total, captured=ledger.captured(self.order))
        version = self.order.version + 1
        latest = dict(self.order.latest)
        sequence = self.order.next_sequence
        events = []
        for kind, data in self._emitted:
            events.append(
                Event(
                    id=event_id(self.order.id, sequence),
                    sequence=sequence,
                    type=kind,
                    at=self.now,
                    actor=self.actor,
                    version=version,
                    data=data,
                )
            )
            latest[kind] = sequence
            sequence += 1
        credits = self.order.credits  # written even when there are none: what has none is of the old shape (stored.py)
        self.change(version=version, next_sequence=sequence, latest=latest, updated_at=self.now, credits=credits)
        return Change(order=self.order, events=tuple(events), subject=self.subject, mails=tuple(self.mails))

    def _payment_window(self) -> None:
        order, minutes = self.order, self.order.policy.payment_window_minutes
        if order.stage != "confirmed":
            self.change(payment_window_ends_at=None)
        elif not order.payment_window_over and (ledger.is_covered(order) or tally(order).sent):
            self.change(payment_window_ends_at=None, payment_window_over=True)
        elif not order.payment_window_over and order.payment_window_ends_at is None and minutes > 0:
            self.change(payment_window_ends_at=after(self.now, minutes * 60))

    def _return_window(self) -> None:
        order, t = self.order, tally(self.order)
        runs = order.stage == "confirmed" and t.outstanding == 0 and t.delivered > 0
        if not runs:
            self.change(return_window_ends_at=None)
        elif order.return_window_ends_at is None:
            self.change(return_window_ends_at=after(self.now, order.policy.return_window_days * 86_400))

    def _surplus_waits(self) -> None:
        """What waits for a person is a part of the surplus, so it shrinks when the surplus does."""
        waits = min(self.order.surplus_waits, ledger.surplus(self.order))
        if waits != self.order.surplus_waits:
            self.change(surplus_waits=waits)

    def _holds_end(self) -> None:
        """A hold keeps units from being sent: it ends when the order is over, and that of a lost dispute with the last unit
        that waits. An open dispute's stays until the dispute closes."""
        order = self.order
        waiting = order.stage == "confirmed" and any(unsent(line) for line in order.lines)
        ended = order.stage in ("cancelled", "failed") or order.closed_at is not None
        over = [h for h in order.holds if h.kind != "dispute" and (not waiting if h.is_of_dispute else ended)]
        if over:
            self.change(holds=tuple(hold for hold in order.holds if hold not in over))
            for hold in over:
                self.emit("order.released", holdId=hold.id, kind=hold.kind, ref=hold.ref)

    def _exchanges_complete(self) -> None:
        """The last parcel is here, and of the new lines nothing is left to send."""
        for exchange in self.order.exchanges:
            here = self.order.return_(exchange.return_id).status in ("received", "refunded")
            ours = [line for line in self.order.lines if line.exchange_id == exchange.id]
            if exchange.status == "approved" and here and not any(unsent(line) for line in ours):
                self.exchange(exchange.id, status="completed")
                self.emit("order.exchange_completed", exchangeId=exchange.id)


def after(moment: datetime, seconds: float) -> datetime:
    """So many seconds later, in whole seconds, rounded up: a window is never shorter than promised."""
    later = moment + timedelta(seconds=seconds)
    return later if not later.microsecond else later.replace(microsecond=0) + timedelta(seconds=1)


def _became_paid(before: Order, order: Order) -> bool:
    """Nothing is due any more, and money is here; an order of nothing is paid by its confirmation."""
    if order.stage != "confirmed" or ledger.due(order) > 0:
        return False
    new = before.stage != "confirmed" or ledger.due(before) > 0
    return new and (ledger.net(order) > 0 or order.total == 0)


def unsent(line: Line) -> int:
    """Units not cancelled and not handed to fulfilment."""
    return line.quantity - line.cancelled - line.sent


_Child = TypeVar("_Child", Line, Payment, Fulfillment, Refund, Return, Exchange, Claim)


def _replaced(items: tuple[_Child, ...], item: _Child) -> tuple[_Child, ...]:
    return tuple(item if i.id == item.id else i for i in items)
