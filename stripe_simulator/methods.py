"""Stripe's test payment methods (docs.stripe.com/testing), one row each, and the PaymentMethod objects made of them.

As at Stripe every use of a `pm_card_…` name makes a new PaymentMethod; other names are 404.
"""

from dataclasses import dataclass
from typing import Literal

from stripe_simulator import form
from stripe_simulator.call import DAY, Call
from stripe_simulator.form import Params
from stripe_simulator.refusal import Body, missing
from stripe_simulator.store import new_id


@dataclass(frozen=True)
class Behaviour:
    """What a test method does when charged."""

    last4: str = "4242"
    brand: str = "visa"
    kind: str = "card"
    code: str | None = None
    """Error code of its decline."""
    decline_code: str | None = None
    three_d_secure: Literal["never", "always", "unless_off_session"] = "never"
    refund: Literal["succeeded", "pending", "fails"] = "succeeded"
    dispute: str | None = None
    """Dispute reason it raises once charged."""
    settles: Literal["now", "later", "fails"] = "now"


def _declined(last4: str, decline_code: str, code: str = "card_declined") -> Behaviour:
    return Behaviour(last4, code=code, decline_code=decline_code)


BEHAVIOURS: dict[str, Behaviour] = {
    # approved
    "pm_card_visa": Behaviour("4242"),
    "pm_card_visa_debit": Behaviour("5556"),
    "pm_card_mastercard": Behaviour("4444", "mastercard"),
    "pm_card_mastercard_debit": Behaviour("3222", "mastercard"),
    "pm_card_amex": Behaviour("0005", "amex"),
    "pm_card_discover": Behaviour("1117", "discover"),
    "pm_card_diners": Behaviour("0004", "diners"),
    "pm_card_jcb": Behaviour("0505", "jcb"),
    "pm_card_unionpay": Behaviour("0005", "unionpay"),
    # declined: codes under card_declined, then codes of their own
    "pm_card_visa_chargeDeclined": _declined("0002", "generic_decline"),
    "pm_card_visa_chargeDeclinedInsufficientFunds": _declined("9995", "insufficient_funds"),
    "pm_card_visa_chargeDeclinedLostCard": _declined("9987", "lost_card"),
    "pm_card_visa_chargeDeclinedStolenCard": _declined("9979", "stolen_card"),
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": _declined("6975", "card_velocity_exceeded"),
    "pm_card_chargeCustomerFail": _declined("0341", "generic_decline"),
    "pm_card_radarBlock": _declined("0019", "fraudulent"),
    "pm_card_chargeDeclinedExpiredCard": _declined("0069", "expired_card", "expired_card"),
    "pm_card_chargeDeclinedIncorrectCvc": _declined("0127", "incorrect_cvc", "incorrect_cvc"),
    "pm_card_chargeDeclinedProcessingError": _declined("0119", "processing_error", "processing_error"),
    # 3-D Secure
    "pm_card_threeDSecure2Required": Behaviour("3220", three_d_secure="always"),
    "pm_card_threeDSecureRequired": Behaviour("3063", three_d_secure="always"),
    "pm_card_authenticationRequired": Behaviour("3184", three_d_secure="unless_off_session"),
    "pm_card_threeDSecureRequiredChargeDeclined": Behaviour(
        "1629", code="card_declined", decline_code="generic_decline", three_d_secure="always"
    ),
    # refunds that take their time
    "pm_card_pendingRefund": Behaviour("7726", refund="pending"),
    "pm_card_refundFail": Behaviour("5126", refund="fails"),
    # disputes
    "pm_card_createDispute": Behaviour("0259", dispute="fraudulent"),
    "pm_card_createDisputeProductNotReceived": Behaviour("2685", dispute="product_not_received"),
    # asynchronous methods: `processing` until settled
    "pm_usBankAccount": Behaviour("6789", "", "us_bank_account", settles="later"),
    "pm_us_bankAccount": Behaviour("6789", "", "us_bank_account", settles="later"),
    "pm_us_bankAccount_insufficientFunds": Behaviour("2227", "", "us_bank_account", settles="fails"),
    "pm_sepaDebit": Behaviour("3000", "", "sepa_debit", settles="later"),
}


def behaviour(method: Body) -> Behaviour:
    """What a PaymentMethod object does."""
    return BEHAVIOURS[method["_token"]]


def resolve(call: Call, name: str, customer: str | None) -> Body:
    """The PaymentMethod behind a name: a stored one, or a new one of a test name."""
    found = call.store.any(name)
    if found is not None and found["object"] == "payment_method" and found["livemode"] == call.livemode:
        return found
    if name not in BEHAVIOURS:
        raise missing("PaymentMethod", name, "payment_method")
    return create(call, name, customer)


def create(call: Call, token: str, customer: str | None = None) -> Body:
    """A new PaymentMethod of a test name."""
    rule = BEHAVIOURS[token]
    method: Body = {
        "id": new_id("pm_"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details(),
        "created": call.now,
        "customer": customer,
        "livemode": call.livemode,
        "metadata": {},
        "type": rule.kind,
        "_token": token,
    }
    if rule.kind == "card":
        method["card"] = _card(call, rule)
    else:
        method[rule.kind] = {"last4": rule.last4}
    if rule.kind == "us_bank_account":
        method[rule.kind].update(
            account_holder_type="individual", account_type="checking", bank_name="STRIPE TEST BANK"
        )
    return call.store.put(method)


def billing_details() -> Body:
    """Billing details with nothing known."""
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": address, "email": None, "name": None, "phone": None, "tax_id": None}


def _expiry(call: Call) -> tuple[int, int]:
    return 8, 1970 + call.now // (365 * DAY) + 3


def _card(call: Call, rule: Behaviour) -> Body:
    month, year = _expiry(call)
    return {
        "brand": rule.brand,
        "checks": checks(rule),
        "country": "US",
        "display_brand": rule.brand,
        "exp_month": month,
        "exp_year": year,
        "fingerprint": f"fp{rule.last4}SIMULATED",
        "funding": "credit",
        "generated_from": None,
        "last4": rule.last4,
        "networks": {"available": [rule.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def checks(rule: Behaviour) -> Body:
    """Card checks; the CVC fails where that is the decline."""
    cvc = "fail" if rule.code == "incorrect_cvc" else "pass"
    return {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": cvc}


def retrieve(call: Call, params: Params, ident: str) -> Body:
    """GET /v1/payment_methods/{id}."""
    return call.store.get("payment_method", ident, call.livemode, "payment_method")


def attach(call: Call, params: Params, ident: str) -> Body:
    """POST /v1/payment_methods/{id}/attach; a test name makes a new method of the customer's."""
    customer = form.required(params, "customer")
    call.store.get("customer", customer, call.livemode, "customer")
    method = resolve(call, ident, customer)
    method["customer"] = customer
    call.store.put(method)
    call.emit("payment_method.attached", method)
    return method
