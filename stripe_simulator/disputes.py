"""Disputes: opened by a test card or a control endpoint, closed as won or lost; closing by the API accepts the loss."""

from typing import Literal

from stripe_simulator import charges
from stripe_simulator.call import DAY, Call
from stripe_simulator.form import Params
from stripe_simulator.refusal import Body, Refusal
from stripe_simulator.store import new_id

EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation",
    "duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt", "refund_policy",
    "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "service_documentation",
    "shipping_address", "shipping_carrier", "shipping_date", "shipping_documentation",
    "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip
"""Every field of evidence; nothing is ever handed in here."""


def open_dispute(call: Call, charge: Body, reason: str) -> Body:
    """The cardholder disputes a captured charge; Stripe withdraws the money."""
    if charge["disputed"] or not charge["captured"]:
        raise Refusal("This charge cannot be disputed.")
    charge["disputed"] = True
    call.store.put(charge)
    dispute: Body = {
        "id": new_id("du_"),
        "object": "dispute",
        "amount": charge["amount_captured"] - charge["amount_refunded"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": call.now + 7 * DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": call.livemode,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
    call.store.put(dispute, parent=charge["payment_intent"])
    call.emit("charge.dispute.created", dispute)
    call.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def decide(call: Call, dispute: Body, result: Literal["won", "lost"]) -> Body:
    """The bank decided. Won: the money comes back and the charge can be refunded again."""
    if dispute["status"] in ("won", "lost"):
        raise Refusal("This dispute is already closed.")
    dispute["status"] = result
    call.store.put(dispute)
    if result == "won":
        charge = charges.find(call, dispute["charge"])
        charge["disputed"] = False
        call.store.put(charge)
    call.emit("charge.dispute.closed", dispute)
    if result == "won":
        call.emit("charge.dispute.funds_reinstated", dispute)
    return dispute


def retrieve(call: Call, params: Params, ident: str) -> Body:
    """GET /v1/disputes/{id}."""
    return call.store.get("dispute", ident, call.livemode, "dispute")


def close(call: Call, params: Params, ident: str) -> Body:
    """POST /v1/disputes/{id}/close: the merchant gives up."""
    return decide(call, retrieve(call, params, ident), "lost")
