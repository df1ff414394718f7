"""Signatures of webhooks out: the headers of one delivery, from its bytes and the endpoint's secrets. Pure.

| face       | header                    | value                                                        | key               |
|------------|---------------------------|--------------------------------------------------------------|-------------------|
| every      | webhook-signature         | `v1,` + base64 HMAC-SHA256 of `id.timestamp.body`            | the secret's bytes|
| zephyr     | X-ZephyrCart-Signature    | `t=` timestamp `,v1=` hex HMAC-SHA256 of `timestamp.body`    | the secret's text |
| hanzo      | X-Hanzo-Signature         | the same                                                     | the secret's text |
| storefront | X-Webhook-Signature       | `sha256=` hex HMAC-SHA256 of the body                        | the secret's text |

The secret's text is all of it, `whsec_` included; its bytes are what follows `whsec_`, decoded from base64 (Standard Webhooks),
or its text where it is not written so. While two secrets sign, each header holds both signatures, the newer first.
Sources: standardwebhooks specification; contract section 10.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook

PREFIX: Final = "whsec_"


@dataclass(frozen=True)
class Signing:
    """What is signed, and with what."""

    face: str
    webhook_id: str
    """The event's id in the face's spelling: the same on every attempt."""
    delivery_id: str
    attempt: int
    """From 1."""
    timestamp: int
    """When this attempt is made, epoch seconds."""
    body: str
    secrets: Sequence[str]
    """Newest first."""


def headers(signing: Signing) -> dict[str, str]:
    """Every header that says who sent this."""
    own = FACES.get(signing.face)
    return {**standard(signing), **(own(signing) if own else {})}


def standard(signing: Signing) -> dict[str, str]:
    """Standard Webhooks."""
    at = datetime.fromtimestamp(signing.timestamp, UTC)
    signatures = [Webhook(key_bytes(s)).sign(signing.webhook_id, at, signing.body) for s in signing.secrets]
    return {
        "webhook-id": signing.webhook_id,
        "webhook-timestamp": str(signing.timestamp),
        "webhook-signature": " ".join(signatures),
    }


def zephyr(signing: Signing) -> dict[str, str]:
    return {
        "X-ZephyrCart-Delivery-Id": signing.delivery_id,
        "X-ZephyrCart-Delivery-Attempt": str(signing.attempt),
        "X-ZephyrCart-Timestamp": str(signing.timestamp),
        "X-ZephyrCart-Signature": timestamped(signing),
    }


def hanzo(signing: Signing) -> dict[str, str]:
    return {"X-Hanzo-Signature": timestamped(signing)}


def storefront(signing: Signing) -> dict[str, str]:
    return {"X-Webhook-Signature": ", ".join(f"sha256={_hex(s, signing.body)}" for s in signing.secrets)}


FACES: Final[dict[str, Callable[[Signing], dict[str, str]]]] = {
    "hanzo": hanzo,
    "zephyr": zephyr,
    "storefront": storefront,
}
"""Face -> its own headers, beside Standard Webhooks'."""


def timestamped(signing: Signing) -> str:
    """`t=1767225600,v1=5257a8…`, one v1 per secret."""
    signed = f"{signing.timestamp}.{signing.body}"
    return ",".join([f"t={signing.timestamp}", *(f"v1={_hex(s, signed)}" for s in signing.secrets)])


def key_bytes(secret: str) -> bytes:
    """The key of Standard Webhooks."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True) or secret.encode()
        except binascii.Error:
            return secret.encode()
    return secret.encode()


def _hex(secret: str, signed: str) -> str:
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
