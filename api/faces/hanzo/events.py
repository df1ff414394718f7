"""hanzo's name for every engine event, or None: 001's eight, and 000's siblings (contract section 10).

`GET /order/:id/events` shows the engine's own names; these are what webhooks say.
"""

from typing import Final

NAMES: Final[dict[str, str | None]] = {
    "order.created": "order.created",
    "order.confirmed": "order.confirmed",
    "order.paid": "order.paid",
    "order.partially_fulfilled": "order.partially_fulfilled",
    "order.fulfilled": "order.fulfilled",
    "order.shipped": "order.shipped",
    "order.delivered": "order.delivered",
    "order.cancelled": "order.cancelled",
    "order.failed": "order.updated",
    "order.refunded": "order.refunded",
    "order.items_cancelled": "order.items_cancelled",
    "order.updated": "order.updated",
    "order.edited": "order.updated",
    "order.closed": "order.updated",
    "order.reopened": "order.updated",
    "order.return_requested": "order.return_requested",
    "order.return_approved": "order.updated",
    "order.return_rejected": "order.updated",
    "order.return_received": "order.updated",
    "order.note_created": None,
    "order.note_deleted": None,
    "order.restocked": "order.updated",
    "order.held": "order.updated",
    "order.released": "order.updated",
    "timer.moved": None,
    "payment.authorized": "payment.authorized",
    "payment.captured": "payment.captured",
    "payment.failed": "payment.failed",
    "payment.requires_action": None,
    "payment.processing": None,
    "payment.voided": "order.updated",
    "payment.expired": "order.updated",
    "payment.refunded": "payment.refunded",
    "payment.refund_failed": "order.updated",
    "payment.dispute_opened": None,
    "payment.dispute_won": None,
    "payment.dispute_lost": None,
    "payment.reconciled": None,
    "fulfillment.created": None,
    "fulfillment.updated": "order.updated",
    "fulfillment.cancelled": "order.updated",
    "shipment.created": None,
    "shipment.deleted": "order.updated",
}
"""Engine event -> hanzo's. None: another event of the same command, or nothing of hanzo's, says it."""
