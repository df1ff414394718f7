"""Charges: what a confirmed intent makes. A charge keeps the money's totals; the intent only mirrors them.

`_released` is what was held and let go. Since 2025-03-31.basil that is no refund: no Refund object, no
charge.refunded, `amount_refunded` untouched (docs.stripe.com/changelog/basil/2025-03-31, "Partially capturing or
canceling payments no longer creates a Refund").
"""

from stripe_simulator import form
from stripe_simulator.call import Call
from stripe_simulator.form import Params
from stripe_simulator.methods import Behaviour, behaviour, billing_details, checks
from stripe_simulator.refusal import Body, Refusal
from stripe_simulator.store import new_id

HOLD_DAYS = 7
EMPTY = (
    "application", "application_fee", "application_fee_amount", "failure_balance_transaction", "failure_code",
    "failure_message", "on_behalf_of", "receipt_number", "receipt_url", "review", "source_transfer", "transfer_data",
)  # fmt: skip
"""Fields of Stripe's that are null here, or until something fails."""


def make(call: Call, intent: Body, method: Body, status: str) -> Body:
    """A new charge of the intent's amount: succeeded (held or captured), pending or failed."""
    rule = behaviour(method)
    captured = status == "succeeded" and intent["capture_method"] != "manual"
    charge: Body = {
        "id": new_id("ch_" if rule.kind == "card" else "py_"),
        "object": "charge",
        **dict.fromkeys(EMPTY),
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if captured else 0,
        "amount_refunded": 0,
        "balance_transaction": new_id("txn_") if captured else None,
        "billing_details": billing_details(),
        "calculated_statement_descriptor": _statement(intent) if status == "succeeded" else None,
        "captured": captured,
        "created": call.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": call.livemode,
        "metadata": dict(intent["metadata"]),
        "outcome": outcome(rule, status),
        "paid": status == "succeeded",
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": _details(call, intent, method, status == "succeeded" and not captured),
        "receipt_email": intent["receipt_email"],
        "refunded": False,
        "shipping": intent["shipping"],
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": status,
        "transfer_group": intent["transfer_group"],
        "_released": 0,
    }
    return call.store.put(charge, parent=intent["id"])


def _statement(intent: Body) -> str:
    suffix = intent["statement_descriptor_suffix"]
    return f"SIMULATED* {suffix}"[:22] if suffix else "SIMULATED"


def outcome(rule: Behaviour, status: str) -> Body:
    """Stripe's `charge_outcome`."""
    failed = status == "failed"
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": "01" if failed else None,
        "network_status": "declined_by_network" if failed else "approved_by_network",
        "reason": rule.decline_code if failed else None,
        "risk_level": "normal",
        "risk_score": 20,
        "seller_message": "The bank did not return any further details." if failed else "Payment complete.",
        "type": "issuer_declined" if failed else "authorized",
    }


def _details(call: Call, intent: Body, method: Body, held: bool) -> Body:
    rule = behaviour(method)
    if rule.kind != "card":
        return {"type": rule.kind, rule.kind: {"last4": rule.last4}}
    card: Body = {
        "amount_authorized": intent["amount"],
        "authorization_code": "123456",
        "brand": rule.brand,
        "checks": checks(rule),
        "country": "US",
        "exp_month": method["card"]["exp_month"],
        "exp_year": method["card"]["exp_year"],
        "extended_authorization": {"status": "disabled"},
        "fingerprint": method["card"]["fingerprint"],
        "funding": "credit",
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": rule.last4,
        "mandate": None,
        "multicapture": {"status": "available" if intent["_multicapture"] else "unavailable"},
        "network": rule.brand,
        "network_token": {"used": False},
        "network_transaction_id": "104102978678771",
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": None,
        "wallet": None,
    }
    if held:
        card["capture_before"] = call.now + HOLD_DAYS * 86_400
    return {"type": "card", "card": card}


def capture(call: Call, charge: Body, amount: int, final: bool) -> None:
    """Takes `amount` of the hold; a final capture lets the rest go."""
    charge["amount_captured"] += amount
    charge["captured"] = True
    charge["balance_transaction"] = charge["balance_transaction"] or new_id("txn_")
    if final:
        charge["_released"] = charge["amount"] - charge["amount_captured"]
    call.store.put(charge)
    call.emit("charge.captured", charge)


def release(call: Call, charge: Body, expired: bool) -> None:
    """Lets go what is held and not captured."""
    charge["_released"] = charge["amount"] - charge["amount_captured"]
    call.store.put(charge)
    if expired:
        call.emit("charge.expired", charge)


def give_back(call: Call, charge: Body, amount: int) -> None:
    """A refund of `amount` was made, or failed (negative)."""
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    call.store.put(charge)


def find(call: Call, ident: str, param: str = "charge") -> Body:
    """The charge, or 404."""
    return call.store.get("charge", ident, call.livemode, param)


def retrieve(call: Call, params: Params, ident: str) -> Body:
    """GET /v1/charges/{id}."""
    return find(call, ident)


def update(call: Call, params: Params, ident: str) -> Body:
    """POST /v1/charges/{id}: metadata and description."""
    charge = find(call, ident)
    charge["metadata"] = form.metadata(params, charge["metadata"])
    if "description" in params:
        charge["description"] = form.text(params, "description")
    call.store.put(charge)
    call.emit("charge.updated", charge)
    return charge


def of_intent(call: Call, intent: Body) -> Body:
    """The intent's latest charge; Refusal when it has none."""
    if not intent["latest_charge"]:
        raise Refusal(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.", param="payment_intent"
        )
    return find(call, intent["latest_charge"])
