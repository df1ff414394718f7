"""Stripe's objects in our results. Pure: a dict in, a result out; fields another peer leaves out are allowed to miss.

Until 2025-03-31.basil Stripe showed the uncaptured rest of a partial capture, and a released hold, in
`amount_refunded`; the library pins a later version, where that field is what was really given back. So an event's
own object, made for the endpoint's version, is never read for amounts: the object is asked for again.
"""

from datetime import UTC, datetime
from typing import Any, Final, Literal

from activities.providers.base import (
    CLAIM,
    Declined,
    DisputeResult,
    LedgerEntry,
    PaymentResult,
    ProviderRefused,
    RefundResult,
)
from activities.providers.stripe_amounts import from_stripe
from activities.providers.stripe_errors import card_of, scrub

Body = dict[str, Any]
KEY: Final = "ordermill_key"
"""Metadata key under which an operation is found again."""
_STATUS: Final[dict[str, Literal["requires_action", "processing", "authorized", "captured", "canceled"]]] = {
    "requires_action": "requires_action",
    "processing": "processing",
    "requires_capture": "authorized",
    "succeeded": "captured",
    "canceled": "canceled",
}
_REFUND: Final[dict[str, Literal["pending", "succeeded", "failed"]]] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}


def attempted(intent: Body) -> bool:
    """Whether the intent was ever confirmed: anything but made and left alone."""
    return intent["status"] in _STATUS or intent.get("last_payment_error") is not None


def payment_result(intent: Body) -> PaymentResult:
    """The intent (with `latest_charge` expanded) as it stands. Declined when its last attempt failed."""
    error = intent.get("last_payment_error")
    if intent["status"] not in _STATUS:
        if error:
            raise _declined(intent, error)
        raise ProviderRefused("This payment was prepared, never authorised.", code="not_authorized", ref=intent["id"])
    currency, charge = intent["currency"], _charge(intent)
    captured = from_stripe(intent.get("amount_received") or 0, currency)
    capturable = _capturable(intent, charge)
    status = _STATUS[intent["status"]]
    details = charge.get("payment_method_details") or {}
    return PaymentResult(
        ref=intent["id"],
        status="captured" if status == "canceled" and captured else status,
        authorized=from_stripe(_held(intent, charge), currency),
        captured=captured,
        capturable=from_stripe(capturable, currency),
        method_type=details.get("type") or "card",
        card=card_of(details.get("card")),
        expires_at=_moment((details.get("card") or {}).get("capture_before")) if capturable else None,
        client_secret=intent.get("client_secret"),
        next_action=intent.get("next_action"),
        charge_ref=charge.get("id"),
    )


def _declined(intent: Body, error: Body) -> Declined:
    code = error.get("code") or "card_declined"
    method = error.get("payment_method") or {}
    return Declined(
        scrub(error.get("message") or "The payment failed."),
        code=code,
        decline_code=error.get("decline_code") or code,
        ref=intent["id"],
        card=card_of(method.get("card")),
    )


def _charge(intent: Body) -> Body:
    charge = intent.get("latest_charge")
    return charge if isinstance(charge, dict) else {}


def _capturable(intent: Body, charge: Body) -> int:
    if intent["status"] != "requires_capture":
        return 0
    found = intent.get("amount_capturable")
    return int(intent["amount"] if found is None else found)


def _held(intent: Body, charge: Body) -> int:
    if intent["status"] in ("requires_capture", "succeeded"):
        return int(intent["amount"])
    return int(charge["amount"]) if intent["status"] == "canceled" and charge.get("status") == "succeeded" else 0


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def refund_result(refund: Body) -> RefundResult:
    """The refund as it stands; a cancelled one failed, one that waits for the customer is pending."""
    status = _REFUND[refund.get("status") or "pending"]
    reason = refund.get("failure_reason") if status == "failed" else None
    if status == "failed" and not reason:
        reason = str(refund.get("status"))
    amount = from_stripe(refund["amount"], refund["currency"])
    return RefundResult(refund["id"], status, amount, reason, _claims(refund))


def _claims(body: Body) -> tuple[str, ...]:
    return tuple(text for name, text in (body.get("metadata") or {}).items() if name.startswith(CLAIM))


def dispute_result(dispute: Body) -> DisputeResult:
    """The dispute as it stands; an inquiry that was closed cost nothing, so it is won."""
    word = dispute["status"]
    status: Literal["opened", "won", "lost"] = (
        "lost" if word == "lost" else "won" if word in ("won", "warning_closed") else "opened"
    )
    return DisputeResult(
        dispute["id"], status, from_stripe(dispute["amount"], dispute["currency"]), dispute.get("reason")
    )


def ledger_entry(intent: Body) -> LedgerEntry:
    """The intent (with `latest_charge` expanded) for reconciliation."""
    currency, charge = intent["currency"], _charge(intent)
    return LedgerEntry(
        ref=intent["id"],
        order_id=(intent.get("metadata") or {}).get("order_id"),
        currency=currency.upper(),
        authorized=from_stripe(_held(intent, charge), currency),
        captured=from_stripe(intent.get("amount_received") or 0, currency),
        refunded=from_stripe(charge.get("amount_refunded") or 0, currency),
        status=intent["status"],
        created_at=datetime.fromtimestamp(intent["created"], UTC),
        claims=_claims(intent),
    )
