"""storefront's name for every engine event, or None: document 003's eleven, and what their webhooks say (contract section 10).

One command writes several engine events; the one that says most carries the name, the rest say None. `order.updated` is for what
storefront shows changed without a name of its own.
"""

from typing import Any, Final

from pydantic import BaseModel

from api.faces.storefront import answers as a
from api.faces.storefront import render
from api.spelling import wire
from domain.events import Event
from domain.order import Order

NAMES: Final[dict[str, str | None]] = {
    "order.created": "order.created",
    "order.confirmed": "order.updated",  # `processed_at`
    "order.paid": None,  # order.payment_received says it
    "order.partially_fulfilled": None,  # order.fulfillment_created
    "order.fulfilled": None,
    "order.shipped": None,  # order.fulfillment_created, or _updated where it was sent before
    "order.delivered": None,  # order.fulfillment_updated
    "order.cancelled": "order.cancelled",
    "order.failed": "order.cancelled",  # storefront's status is cancelled
    "order.refunded": "order.refund_created",
    "order.items_cancelled": "order.updated",
    "order.updated": "order.updated",
    "order.edited": "order.updated",
    "order.closed": "order.closed",
    "order.reopened": "order.reopened",
    "order.return_requested": None,
    "order.return_approved": None,
    "order.return_rejected": None,
    "order.return_received": "order.updated",
    "order.return_withdrawn": "order.updated",
    "order.return_expired": "order.updated",
    "order.exchange_requested": "order.updated",
    "order.exchange_approved": "order.updated",
    "order.exchange_completed": "order.updated",
    "order.exchange_cancelled": "order.updated",
    "order.exchange_overdue": "order.updated",
    "order.claim_created": "order.updated",
    "order.note_created": "order.note_created",
    "order.note_deleted": "order.updated",
    "order.restocked": "order.updated",
    "order.held": "order.updated",  # `holds`
    "order.released": "order.updated",
    "timer.moved": None,
    "payment.authorized": "order.updated",  # `financial_status`
    "payment.captured": "order.payment_received",
    "payment.failed": None,
    "payment.requires_action": None,
    "payment.processing": None,
    "payment.voided": "order.updated",
    "payment.expired": "order.updated",
    "payment.refunded": None,  # order.refund_created
    "payment.refund_failed": "order.updated",
    "payment.dispute_opened": None,
    "payment.dispute_won": None,
    "payment.dispute_lost": "order.updated",
    "payment.reconciled": "order.updated",
    "fulfillment.created": "order.fulfillment_created",
    "fulfillment.updated": "order.fulfillment_updated",
    "fulfillment.cancelled": "order.fulfillment_cancelled",
    "shipment.created": "order.fulfillment_updated",
    "shipment.deleted": "order.fulfillment_updated",
}
"""Engine event -> storefront's. None: another event of the same command, or nothing of storefront's, says it."""


def render_event(event: Event, order: Order) -> tuple[str, dict[str, Any]] | None:
    """(storefront's name, the webhook's body), or None for an event it has no name for. `order`: as it is after the event.

    `data` is the fulfilment, refund or note the event is about, each with its `order_id`; else the order.
    """
    name = NAMES[event.type]
    if name is None:
        return None
    body = {
        "id": wire.UUID.encode(event.id),
        "event": name,
        "timestamp": render.time(event.at),
        "sequence": event.sequence,
        "data": _subject(name, event, order).model_dump(mode="json"),
    }
    return name, body


def _subject(name: str, event: Event, order: Order) -> BaseModel:
    if name.startswith("order.fulfillment_"):
        return render.fulfillment(order, order.fulfillment(event.data["fulfillmentId"]))
    if name == "order.refund_created":
        return render.refund(order, order.refund(event.data["refundId"]))
    if name == "order.note_created":
        return _note(event, order)
    return render.order(order)


def _note(event: Event, order: Order) -> a.NoteOut:
    """The note; one that was deleted before its event is delivered (again) has lost its text."""
    wanted = event.data["noteId"]
    for note in order.notes:
        if note.id == wanted:
            return render.note(order, note)
    return a.NoteOut(
        id=render.uuid(wanted), order_id=render.uuid(order.id), body="", author=None, created_at=render.time(event.at)
    )


def webhooks(event: Event, order: Order) -> list[tuple[str, dict[str, Any]]]:
    """The one message of an event that storefront names (domain.webhooks.Renderer)."""
    message = render_event(event, order)
    return [] if message is None else [message]
