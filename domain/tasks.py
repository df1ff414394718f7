"""What a person has to do about an order: the open human steps, as a function of its stored facts (contract section 14).

Nothing is ticked off: an order leaves the list when the fact does. What is routine (an order to pack, a customer who has not
paid yet) is no task but a wait (waiting.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain import ledger
from domain.order import Order
from domain.verbs.cancelling import lapses_at
from domain.waiting import Wait, waiting
from domain.windows import overdue, windows

TASKS: Final[dict[str, str]] = {
    "return_to_decide": "decide about a requested return",
    "return_to_receive": "receive an approved return's parcel",
    "surplus": "give back what is here above what is owed",
    "refund_failed": "make a failed refund again",
    "dispute": "answer a dispute at the payment provider",
    "hold": "decide about the units that are held, and lift the hold",
    "authorization_expiring": "take the money that is held before the hold is released",
    "exchange_overdue": "settle an exchange whose new units were sent and whose parcel did not come",
    "payment_failed": "help a customer whose payment was declined",
}
"""Kind -> what is to be done about an order. Kinds about other things are added where those are listed (store/lists/tasks.py)."""
BY_WAIT: Final[dict[str, str | None]] = {
    "dispute": "dispute",
    "hold": "hold",
    "provider": None,
    "refund_failed": "refund_failed",
    "surplus": "surplus",
    "confirmation": None,
    "return_decision": "return_to_decide",
    "parcel": "return_to_receive",
    "exchange": None,  # its parcel and its units are waits of their own; overdue, it is a task below
    "payment": None,
    "capture": None,
    "fulfillment": None,
    "delivery": None,
    "closing": None,
}
"""Every wait's word -> the task it makes; None: routine, or nobody's at the shop. What ends by itself makes none."""


OVERDUE_ENDS: Final = ("pay", "record_payment", "request_return", "edit")


@dataclass(frozen=True)
class OpenTask:
    """One thing to do. `ref`: the return, payment, refund or hold it is about, "" where it is the order itself."""

    kind: str
    ref: str
    since: datetime
    by: tuple[str, ...]
    due: datetime | None = None
    amount: int | None = None


def tasks(order: Order) -> list[OpenTask]:
    """All that is to be done about it by people."""
    of_waits = (_of_wait(order, wait) for wait in waiting(order))
    return [
        *(task for task in of_waits if task),
        *_exchange_overdue(order),
        *_authorization_expiring(order),
        *_payment_failed(order),
    ]


def _of_wait(order: Order, wait: Wait) -> OpenTask | None:
    kind = BY_WAIT[wait.word]
    if kind is None or (kind == "surplus" and wait.until is not None):
        return None
    amount = {"surplus": ledger.surplus(order), "refund_failed": ledger.surplus(order)}.get(kind)
    if kind == "dispute":
        amount = next(hold.amount for hold in order.holds if hold.ref == wait.ref)
    return OpenTask(kind, wait.ref or "", wait.since, wait.by, wait.until, amount)


def _exchange_overdue(order: Order) -> Iterator[OpenTask]:
    for one in overdue(order):
        yield OpenTask("exchange_overdue", one.id, one.updated_at, OVERDUE_ENDS, None, ledger.due(order))


def _authorization_expiring(order: Order) -> Iterator[OpenTask]:
    """A hold that money is due on and that will be released: the list shows it when that is near."""
    lapse = lapses_at(order)
    if lapse is None or order.stage != "confirmed" or not ledger.due(order):
        return
    if order.policy.on_authorization_expiry == "release":
        payment = order.payment(lapse[1])
        amount = min(payment.capturable, ledger.due(order))
        since = payment.authorized_at or payment.created_at
        yield OpenTask("authorization_expiring", payment.id, since, ("capture", "void", "fulfill"), lapse[0], amount)


def _payment_failed(order: Order) -> Iterator[OpenTask]:
    """The latest payment of an open order that is still to be paid was declined."""
    due = ledger.due(order) - ledger.held(order)
    last = max(order.payments, key=lambda payment: payment.serial, default=None)
    if order.stage != "confirmed" or order.closed_at or due <= 0 or last is None or last.state != "failed":
        return
    window = next((w for w in windows(order) if w.name == "payment_window"), None)
    verbs = ("pay", "record_payment", "cancel")
    yield OpenTask("payment_failed", last.id, last.created_at, verbs, window.at if window else None, due)
