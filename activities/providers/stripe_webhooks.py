"""Stripe's webhooks: the signature over the raw body, then one event in our words.

Rule: nothing of an unsigned body is read. The event only says where to look: what an object is worth now is asked
of Stripe (`payment`, `refund_status`), because events come doubled, late and out of order.
"""

import time
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import stripe
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from activities.providers.base import ProviderEvent, ProviderRefused

EVENTS: Final = {
    "payment_intent.": "id",
    "charge.dispute.": "payment_intent",
    "charge.": "payment_intent",
    "refund.": "payment_intent",
}
"""Type prefix, longest first -> the field of the event's object that names the payment."""


LAST_SECOND: Final = 253_402_300_799
"""9999-12-31: the last one that has a date."""


class BadSignature(ProviderRefused):
    """The body was not signed with our secret, or too long ago."""


def parse_webhook(body: bytes, signature: str, secret: str, tolerance: int = 300) -> ProviderEvent:
    """The verified event. BadSignature when unverified; ProviderRefused when it is no event at all.

    `signature` is the `Stripe-Signature` header, `tolerance` seconds (docs.stripe.com/webhooks/signature).
    """
    if _signed_at(signature) > time.time() + tolerance:
        # The library refuses what is too old only: a signature made for tomorrow could be kept and played then.
        raise BadSignature("The webhook's timestamp lies in the future.", code="bad_signature")
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, tolerance)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        raise BadSignature("The webhook's signature does not verify.", code="bad_signature") from None
    try:
        return _event(_Event.model_validate_json(body))
    except ValueError:
        raise ProviderRefused("The webhook's body is no Stripe event.", code="bad_event") from None


def _signed_at(signature: str) -> int:
    """The latest time that the header claims; 0 where it names none (the library refuses that)."""
    times = [part.strip().removeprefix("t=") for part in signature.split(",") if part.strip().startswith("t=")]
    return max((int(text) for text in times if text.isascii() and text.isdigit() and len(text) < 20), default=0)


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("no id")
    return value


_Id = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_printable)]


class _Subject(BaseModel):
    """The object an event is about: only what says where to look. Strict: an id is no number."""

    model_config = ConfigDict(strict=True, extra="allow")

    id: _Id | None = None
    object: _Id | None = None
    payment_intent: _Id | None = None
    metadata: dict[str, Any] | None = None


class _Data(BaseModel):
    object: _Subject


class _Event(BaseModel):
    """A signed body as the event it must be."""

    model_config = ConfigDict(strict=True)

    id: _Id
    type: _Id
    created: Annotated[int, Field(ge=0, le=LAST_SECOND)]
    data: _Data


def _event(event: _Event) -> ProviderEvent:
    subject = event.data.object
    field = next((name for prefix, name in EVENTS.items() if event.type.startswith(prefix)), None)
    order_id = (subject.metadata or {}).get("order_id")
    return ProviderEvent(
        id=event.id,
        type=event.type,
        created_at=datetime.fromtimestamp(event.created, UTC),
        payment_ref=getattr(subject, field) if field else None,
        refund_ref=subject.id if subject.object == "refund" else None,
        order_id=order_id if isinstance(order_id, str) and order_id.isprintable() and len(order_id) <= 255 else None,
        raw=subject.model_dump(exclude_unset=True),
    )
