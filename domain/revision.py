"""A working copy of an order under one command: collects changes and events, then closes the books.

Every verb's `apply` writes on one of these; `finish` numbers the events, moves the version and re-derives
the windows, so that no verb can forget them.
"""

from datetime import datetime, timedelta
from typing import Any

from domain import ids, ledger
from domain.base import Model
from domain.events import Event, event_id
from domain.order import Actor, Fulfillment, Line, Order, Payment, Return, Transaction
from domain.status import tally


class Change(Model):
    """The result of one command: the next order, its events, what it made (`subject`), mails to send."""

    order: Order
    events: tuple[Event, ...]
    subject: str | None = None
    mails: tuple[str, ...] = ()
    """Template names: order_placed, order_shipped, order_cancelled, order_refunded, order_note."""


class Revision:
    def __init__(self, order: Order, now: datetime, actor: Actor) -> None:
        self.before = order
        self.order = order
        self.now = now.replace(microsecond=0)
        self.actor = actor
        self.subject: str | None = None
        self.mails: list[str] = []
        self._emitted: list[tuple[str, dict[str, Any]]] = []

    def change(self, **fields: Any) -> None:
        self.order = self.order.model_copy(update=fields)

    def emit(self, kind: str, /, **data: Any) -> None:
        """An event, once per command and content."""
        if (kind, data) not in self._emitted:
            self._emitted.append((kind, data))

    def new(self, kind: str) -> tuple[str, int]:
        """Id and serial of a new child; the `n`-th call of a command always gives the same."""
        serial = self.order.next_serial
        self.change(next_serial=serial + 1)
        return ids.child(self.order.id, kind, serial), serial

    def line(self, line_id: str, **fields: Any) -> None:
        self._replace("lines", self.order.line(line_id).model_copy(update=fields))

    def count(self, line_id: str, **deltas: int) -> None:
        """Add to a line's counters."""
        line = self.order.line(line_id)
        self.line(line_id, **{name: getattr(line, name) + delta for name, delta in deltas.items()})

    def payment(self, payment_id: str, **fields: Any) -> Payment:
        changed = self.order.payment(payment_id).model_copy(update=fields)
        self._replace("payments", changed)
        return changed

    def fulfillment(self, fulfillment_id: str, **fields: Any) -> Fulfillment:
        changed = self.order.fulfillment(fulfillment_id).model_copy(update={"updated_at": self.now} | fields)
        self._replace("fulfillments", changed)
        return changed

    def return_(self, return_id: str, **fields: Any) -> Return:
        changed = self.order.return_(return_id).model_copy(update={"updated_at": self.now} | fields)
        self._replace("returns", changed)
        return changed

    def refund(self, refund_id: str, **fields: Any) -> None:
        self._replace("refunds", self.order.refund(refund_id).model_copy(update={"updated_at": self.now} | fields))

    def transact(self, payment_id: str, **fields: Any) -> None:
        """Write one movement under its payment."""
        child, serial = self.new("transaction")
        movement = Transaction(id=child, serial=serial, created_at=self.now, **fields)
        payment = self.order.payment(payment_id)
        self.payment(payment_id, transactions=(*payment.transactions, movement))

    def _replace(self, field: str, item: Any) -> None:
        self.change(**{field: tuple(item if i.id == item.id else i for i in getattr(self.order, field))})

    def finish(self) -> Change:
        """Close the books: windows, `order.paid`, events numbered, version and `updated_at` moved."""
        self._payment_window()
        self._return_window()
        if self.order.stage == "confirmed" and ledger.due(self.order) == 0 and not _was_paid(self.before):
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
        self.change(version=version, next_sequence=sequence, latest=latest, updated_at=self.now)
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


def after(moment: datetime, seconds: float) -> datetime:
    """So many seconds later, in whole seconds, rounded up: a window is never shorter than promised."""
    later = moment + timedelta(seconds=seconds)
    return later if not later.microsecond else later.replace(microsecond=0) + timedelta(seconds=1)


def _was_paid(order: Order) -> bool:
    return order.stage == "confirmed" and ledger.due(order) == 0


def unsent(line: Line) -> int:
    """Units not cancelled and not handed to fulfilment."""
    return line.quantity - line.cancelled - line.sent
