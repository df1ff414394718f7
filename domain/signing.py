"""Signing a webhook: what is signed and with what, and the two forms faces' own signatures are made of. Pure.

Every delivery carries Standard Webhooks' headers (activities/outgoing/webhook_signing.py); a face adds its own by a `Signer`.
The secret's text is all of it, `whsec_` included. While two secrets sign, each header holds both signatures, the newer first.
Source: contract section 10.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


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


Signer = Callable[[Signing], dict[str, str]]
"""A face's own headers, beside Standard Webhooks'."""
Signers = Mapping[str, Signer]
"""Face -> its signer; a face that is not here sends the standard headers alone."""


def timestamped(signing: Signing) -> str:
    """`t=1767225600,v1=5257a8…`, one v1 per secret: hex HMAC-SHA256 of `timestamp.body`."""
    signed = f"{signing.timestamp}.{signing.body}"
    return ",".join([f"t={signing.timestamp}", *(f"v1={hexed(s, signed)}" for s in signing.secrets)])


def hexed(secret: str, signed: str) -> str:
    """Hex HMAC-SHA256, keyed by the secret's text."""
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
