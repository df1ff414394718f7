"""What happened to an order: the engine's event names, and the record of one event.

Every saved command writes its events in the order row's own transaction; `sequence` is gap-free per order.
A face's name for each is in its own table (api/faces/*/events.py); a test fails until every face names it or says None.
"""

from typing import Any, Final

from pydantic import Field

from domain.base import Model, Time
from domain.ids import child
from domain.order import Actor

EVENTS: Final[dict[str, str]] = {
    "order.created": "placed",
    "order.confirmed": "confirmed, stock reserved",
    "order.paid": "nothing is due any more",
    "order.partially_fulfilled": "some units sent, some not; per fulfilment made",
    "order.fulfilled": "every unit sent",
    "order.shipped": "a fulfilment is shipped whole",
    "order.delivered": "the last unit arrived; once",
    "order.cancelled": "cancelled; once per cancellation",
    "order.failed": "payment failed for good",
    "order.refunded": "a refund was made, partial ones included",
    "order.items_cancelled": "units were cancelled that will never be sent",
    "order.updated": "a change without a name of its own",
    "order.edited": "what was sold changed, totals recomputed; `changes` says how",
    "order.closed": "closed by hand or by its window",
    "order.reopened": "open again",
    "order.return_requested": "a customer wants to send units back",
    "order.return_approved": "the return may be sent",
    "order.return_rejected": "the return was refused",
    "order.return_received": "a parcel came back; once per parcel",
    "order.return_withdrawn": "the customer keeps what was to be sent back",
    "order.return_expired": "nothing was sent back in time",
    "order.exchange_requested": "a customer wants other units for some; `difference` says what more will be owed",
    "order.exchange_approved": "the units may be sent back, or others sent before they come",
    "order.exchange_completed": "the last parcel came and the new units are sent",
    "order.exchange_cancelled": "given up before a new unit was sent; the new lines are off again",
    "order.exchange_overdue": "new units were sent and the parcel did not come: they are due in full",
    "order.claim_created": "units were damaged, missing or wrong; replaced, or their share refunded",
    "order.note_created": "a note was added",
    "order.note_deleted": "a note was removed",
    "order.restocked": "units went back to the shelf without money",
    "order.held": "nothing may be sent: a hold was put on the order, by a person, its risk or a dispute",
    "order.released": "a hold ended",
    "timer.moved": "somebody moved a window or fired it; `from` says where it was",
    "payment.authorized": "money is held",
    "payment.captured": "money was taken",
    "payment.failed": "a decline; `declineCode` says why",
    "payment.requires_action": "3-D Secure waits for the customer",
    "payment.processing": "an asynchronous method is under way",
    "payment.voided": "a hold was given up",
    "payment.expired": "a hold lapsed, or was released before it would",
    "payment.refunded": "money went back",
    "payment.refund_failed": "a refund failed; the ledger took it back",
    "payment.dispute_opened": "the customer's bank disputes a charge",
    "payment.dispute_won": "a dispute closed in the shop's favour",
    "payment.dispute_lost": "a dispute took the money back",
    "payment.reconciled": "the provider knew better than the ledger",
    "fulfillment.created": "units handed over",
    "fulfillment.updated": "tracking or status changed",
    "fulfillment.cancelled": "units taken back",
    "shipment.created": "a parcel left",
    "shipment.deleted": "a parcel was taken back",
}
"""Name -> when it is written."""


class Event(Model):
    """One event of one order. `id` is derived from order and sequence, so a retry writes the same one."""

    id: str
    sequence: int
    type: str
    at: Time
    actor: Actor
    version: int
    """The order's version after the command."""
    data: dict[str, Any] = Field(default_factory=dict)


def event_id(order_id: str, sequence: int) -> str:
    return child(order_id, "event", sequence)
