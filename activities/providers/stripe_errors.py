"""The library's exceptions in our words, and nothing of our key in any of them.

| Stripe says                          | we raise            | because                                          |
|--------------------------------------|---------------------|--------------------------------------------------|
| 402 card_error                       | Declined            | an answer: nothing moved                         |
| 400, 404                             | ProviderRefused     | an answer: nothing moved                         |
| 400 idempotency_error                | ProviderUnavailable | what the key did first is unknown                |
| 401, 403                             | ProviderUnavailable | an operator mends the key, the payment goes on   |
| 409, 429, 5xx, no connection, timeout| ProviderUnavailable | no usable answer: look up before another attempt |
"""

import re
from typing import Any, Final

import stripe

from activities.providers.base import Card, Declined, ProviderError, ProviderRefused, ProviderUnavailable

AUTHENTICATION: Final = "provider_authentication"
"""`code` of a refused API key."""
_SECRET = re.compile(r"\b(?:(?:sk|rk|pk)_(?:live|test)|whsec)_[\w*]+|\b\w+_secret_\w+")


def scrub(text: str) -> str:
    """The text without anything that looks like a key, a webhook secret or a client secret."""
    return _SECRET.sub("[key]", text)


def translate(problem: stripe.StripeError, ref: str | None) -> ProviderError:
    """Our error for the library's; `ref` is the payment it was about."""
    status, code = problem.http_status, problem.code or _field(problem, "code")
    if isinstance(problem, stripe.AuthenticationError | stripe.PermissionError):
        message = "Stripe does not accept our API key for this; check STRIPE_API_KEY."
        return ProviderUnavailable(message, code=AUTHENTICATION, ref=ref)
    if isinstance(problem, stripe.CardError):
        decline = _field(problem, "decline_code") or code or "card_declined"
        message = scrub(problem.user_message or "The card was declined.")
        return Declined(message, code=code or "card_declined", decline_code=decline, ref=ref, card=_card(problem))
    if isinstance(problem, stripe.InvalidRequestError):
        return ProviderRefused(scrub(problem.user_message or "refused"), code=code or "invalid_request", ref=ref)
    if isinstance(problem, stripe.APIConnectionError):
        return ProviderUnavailable("No answer from Stripe.", code="no_answer", ref=ref)
    known = code or (f"http_{status}" if status else "no_answer")
    pause = _pause(problem.headers)
    return ProviderUnavailable(
        f"No usable answer from Stripe ({known}).", code=known, ref=ref, retry_after_seconds=pause
    )


def burnt(problem: stripe.StripeError) -> bool:
    """Whether this key can only ever answer this again: a stored 5xx replayed, or another request's key.

    The operation under the key has ended, so once a look-up shows that it did nothing a new key is safe.
    """
    if isinstance(problem, stripe.IdempotencyError):
        return problem.http_status == 400
    return (problem.http_status or 0) >= 500 and replayed(problem.headers)


def replayed(headers: Any) -> bool:
    """Whether Stripe answered from its memory of the key, so that the object in the answer may be old."""
    return bool(headers) and {k.lower(): v for k, v in dict(headers).items()}.get("idempotent-replayed") == "true"


def _field(problem: stripe.StripeError, name: str) -> str | None:
    body = problem.json_body
    found = body.get("error") if isinstance(body, dict) else None
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else None


def _pause(headers: Any) -> float | None:
    value = {k.lower(): v for k, v in dict(headers or {}).items()}.get("retry-after", "")
    return float(value) if re.fullmatch(r"\d{1,5}(\.\d+)?", str(value)) else None


def _card(problem: stripe.CardError) -> Card | None:
    body = problem.json_body
    found = body.get("error", {}).get("payment_method") if isinstance(body, dict) else None
    return card_of(found.get("card")) if isinstance(found, dict) else None


def card_of(card: Any) -> Card | None:
    """What may be shown of Stripe's `card` object (of a payment method or a charge)."""
    if not isinstance(card, dict):
        return None
    checks = card.get("checks") or {}
    brand, last4 = card.get("brand") or "unknown", card.get("last4") or ""
    return Card(brand, last4, checks.get("cvc_check"), checks.get("address_postal_code_check"))
