"""Stripe's refusals as one exception. A refusal undoes everything its request did.

Rule: raise = nothing changed; an answer that changes something (a decline) is returned, never raised.
`stored` says whether the key remembers it: Stripe stores what an endpoint answered once it began executing, not
failed parameter checks, limits or conflicts (docs.stripe.com/api/idempotent_requests).
"""

from typing import Any

Body = dict[str, Any]


class Refusal(Exception):
    """One Stripe error body: `{"error": {type, message, code?, param?, …}}` with its HTTP status."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        stored: bool = True,
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.stored = stored
        self.headers = headers or {}
        self.body: Body = {"error": error(kind, message, code=code, param=param, **extra)}


def error(kind: str, message: str, **fields: Any) -> Body:
    """An `api_errors` object; fields that are None are left out, as Stripe does."""
    found = {"type": kind, "message": message, **fields}
    if fields.get("code"):
        found["doc_url"] = f"https://stripe.com/docs/error-codes/{str(fields['code']).replace('_', '-')}"
    return {name: value for name, value in found.items() if value is not None}


def missing(kind: str, ident: str, param: str) -> Refusal:
    """404 `resource_missing`."""
    return Refusal(f"No such {kind}: '{ident}'", status=404, code="resource_missing", param=param)


def unexpected_state(message: str, intent: Body) -> Refusal:
    """400 `payment_intent_unexpected_state`; carries the intent as it stands."""
    return Refusal(message, code="payment_intent_unexpected_state", payment_intent=intent)
