"""The headers of one webhook delivery, from its bytes and the endpoint's secrets. Pure.

`webhook-signature` is `v1,` + base64 HMAC-SHA256 of `id.timestamp.body`, keyed by the secret's bytes: what follows `whsec_`,
decoded from base64 (Standard Webhooks), or its text where it is not written so. A face's own headers come from its signer.
Sources: standardwebhooks specification; contract section 10.
"""

import base64
import binascii
from datetime import UTC, datetime
from typing import Final

from standardwebhooks import Webhook

from domain.signing import Signers, Signing

PREFIX: Final = "whsec_"


def headers(signing: Signing, signers: Signers) -> dict[str, str]:
    """Every header that says who sent this."""
    own = signers.get(signing.face)
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


def key_bytes(secret: str) -> bytes:
    """The key of Standard Webhooks."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True) or secret.encode()
        except binascii.Error:
            return secret.encode()
    return secret.encode()
