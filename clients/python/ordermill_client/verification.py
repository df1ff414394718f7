"""Webhooks as they arrive: whether the engine sent this body, unchanged and just now (Standard Webhooks).

The rule: the signature is over the bytes that came. Parsed and written again they are other bytes.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

TOLERANCE_SECONDS: Final = 300
"""How old or how far ahead a message may be."""
_PREFIX: Final = "whsec_"

WebhookProblem = Literal["missing_header", "wrong_secret", "wrong_timestamp", "wrong_signature", "not_json"]


class WebhookError(ValueError):
    """Not a message of the engine's: answer 400 and do nothing. `code` is a WebhookProblem."""

    def __init__(self, code: WebhookProblem, message: str) -> None:
        super().__init__(message)
        self.code: WebhookProblem = code


def construct_event(
    payload: bytes | str,
    headers: Mapping[str, str],
    secret: str,
    *,
    tolerance_seconds: int = TOLERANCE_SECONDS,
    now: Callable[[], float] = time.time,
) -> dict[str, Any]:
    """The event in a webhook's raw body, once its signature holds. WebhookError for anything else.

    `headers` in any spelling of their case; `secret` as the endpoint's registration answered it, `whsec_` included.
    """
    raw = payload.encode() if isinstance(payload, str) else payload
    given = {name.lower(): value for name, value in headers.items()}
    missing = [n for n in ("webhook-id", "webhook-timestamp", "webhook-signature") if not given.get(n)]
    if missing:
        raise WebhookError("missing_header", f"there is no {missing[0]}")
    _check_time(given["webhook-timestamp"], tolerance_seconds, now())
    signed = f"{given['webhook-id']}.{given['webhook-timestamp']}.".encode() + raw
    expected = base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()
    signatures = [one.removeprefix("v1,") for one in given["webhook-signature"].split(" ") if one.startswith("v1,")]
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in signatures):
        raise WebhookError("wrong_signature", "no signature is of this body under this secret; was it the raw body?")
    try:
        event = json.loads(raw)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise WebhookError("not_json", "signed, but no JSON object")
    return event


def _check_time(text: str, tolerance_seconds: int, now: float) -> None:
    if not (text.isascii() and text.isdecimal()):
        raise WebhookError("wrong_timestamp", "webhook-timestamp is no number of seconds")
    if abs(now - int(text)) > tolerance_seconds:
        raise WebhookError("wrong_timestamp", f"sent more than {tolerance_seconds} s before or after now")


def _key(secret: str) -> bytes:
    """What follows `whsec_`, decoded; a secret of the shop's own choosing that is not written so counts as text."""
    if not secret:
        raise WebhookError("wrong_secret", "there is no secret")
    try:
        return (
            base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
            if secret.startswith(_PREFIX)
            else secret.encode()
        )
    except binascii.Error:
        return secret.encode()
