"""Stripe's webhooks: the signature over the raw body, then one event in our words.

Rule: nothing of an unsigned body is read. The event only says where to look: what an object is worth now is asked
of Stripe (`payment`, `refund_status`), because events come doubled, late and out of order.
"""

import json
from datetime import UTC, datetime
from typing import Any, Final

import stripe

from activities.providers.base import ProviderEvent, ProviderRefused

EVENTS: Final = {
    "payment_intent.": "id",
    "charge.dispute.": "payment_intent",
    "charge.": "payment_intent",
    "refund.": "payment_intent",
}
"""Type prefix, longest first -> the field of the event's object that names the payment."""


class BadSignature(ProviderRefused):
    """The body was not signed with our secret, or too long ago."""


def parse_webhook(body: bytes, signature: str, secret: str, tolerance: int = 300) -> ProviderEvent:
    """The verified event. BadSignature when unverified; ProviderRefused when it is no event at all.

    `signature` is the `Stripe-Signature` header, `tolerance` seconds (docs.stripe.com/webhooks/signature).
    """
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, tolerance)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        raise BadSignature("The webhook's signature does not verify.", code="bad_signature") from None
    try:
        event = json.loads(body)
        return _event(event, event["data"]["object"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ProviderRefused("The webhook's body is no Stripe event.", code="bad_event") from None


def _event(event: dict[str, Any], subject: dict[str, Any]) -> ProviderEvent:
    kind = event["type"]
    field = next((name for prefix, name in EVENTS.items() if kind.startswith(prefix)), None)
    return ProviderEvent(
        id=event["id"],
        type=kind,
        created_at=datetime.fromtimestamp(event["created"], UTC),
        payment_ref=subject.get(field) if field else None,
        refund_ref=subject["id"] if subject.get("object") == "refund" else None,
        order_id=(subject.get("metadata") or {}).get("order_id"),
        raw=subject,
    )
