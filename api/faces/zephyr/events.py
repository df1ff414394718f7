"""zephyr's name for every engine event, or None (document 002's four; contract section 10).

`order.updated` is one message per command that changed `status`, `fulfilment` or `metadata`, beside the specific ones;
render.webhooks sends it with the command's last such change, so here it only marks what can be one.
"""

from typing import Final

from domain.events import EVENTS

_OWN: Final = {
    "order.created": "order.created",
    "order.refunded": "order.refunded",
    "order.cancelled": "order.cancelled",
    "order.failed": "order.cancelled",  # zephyr's status is cancelled
    "order.items_cancelled": "order.updated",
    "order.updated": "order.updated",
    "order.edited": "order.updated",
    "order.paid": "order.updated",
    "order.partially_fulfilled": "order.updated",
    "order.fulfilled": "order.updated",
    "order.shipped": "order.updated",
    "order.delivered": "order.updated",
    "order.reopened": "order.updated",
    "order.restocked": "order.updated",
    "order.return_received": "order.updated",
    "order.return_withdrawn": "order.updated",
    "order.return_expired": "order.updated",
    "order.exchange_requested": "order.updated",
    "order.exchange_approved": "order.updated",
    "order.exchange_completed": "order.updated",
    "order.exchange_cancelled": "order.updated",
    "order.exchange_overdue": "order.updated",
    "order.claim_created": "order.updated",
    "payment.expired": "order.updated",
    "payment.refund_failed": "order.updated",
    "payment.dispute_lost": "order.updated",
    "fulfillment.updated": "order.updated",
    "fulfillment.cancelled": "order.updated",
    "shipment.created": "order.updated",
    "shipment.deleted": "order.updated",
}

_NONE: Final = (
    "order.confirmed", "order.closed", "order.return_requested", "order.return_approved", "order.return_rejected",
    "order.note_created", "order.note_deleted", "order.held", "order.released", "payment.authorized", "timer.moved",
    "payment.captured", "payment.failed", "payment.requires_action", "payment.processing", "payment.voided",
    "payment.refunded", "payment.dispute_opened", "payment.dispute_won", "payment.reconciled", "fulfillment.created",
)  # fmt: skip

NAMES: Final[dict[str, str | None]] = {**_OWN, **dict.fromkeys(_NONE)}
"""Engine event -> zephyr's."""

CHANGING: Final = frozenset(
    kind for kind, name in NAMES.items() if name is not None and kind not in ("order.created", "order.updated")
)
"""Events that change `status` or `fulfilment` whatever they hold; `order.updated` only does by its `metadata`."""

UNNAMED: Final = sorted(set(EVENTS) ^ set(NAMES))
"""Engine events this table forgets, or names that are none; a test holds it empty."""
