"""What happens when an intent is confirmed: 3-D Secure, charge, hold, decline, or waiting for a bank.

Events come in Stripe's order: the charge's first, then the intent's.
"""

from typing import Literal

from stripe_simulator import charges, disputes, methods
from stripe_simulator.call import DAY, Answer, Call
from stripe_simulator.refusal import Body, error, unexpected_state
from stripe_simulator.store import new_id, public

MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}
AUTHENTICATION_FAILED = (
    "We are unable to authenticate your payment method. Please choose a different payment method and try again."
)


def confirm(call: Call, intent: Body, off_session: bool) -> Body | Answer:
    """Confirms an intent that has a payment method."""
    method = call.store.get("payment_method", intent["payment_method"], call.livemode)
    rule = methods.behaviour(method)
    intent["last_payment_error"] = None
    if rule.three_d_secure == "unless_off_session" and off_session:
        return _declined(call, intent, method, "authentication_required", "authentication_required")
    if rule.three_d_secure != "never":
        return _challenge(call, intent)
    return charge(call, intent, method)


def _challenge(call: Call, intent: Body) -> Body:
    intent["status"] = "requires_action"
    intent["next_action"] = {
        "type": "use_stripe_sdk",
        "use_stripe_sdk": {
            "type": "three_d_secure_redirect",
            "source": new_id("src_"),
            "stripe_js": f"https://hooks.stripe.com/redirect/authenticate/{intent['id']}",
        },
    }
    if intent["_return_url"]:
        url = f"https://hooks.stripe.com/3d_secure_2/hosted?payment_intent={intent['id']}"
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": intent["_return_url"], "url": url},
        }
    call.store.put(intent)
    call.emit("payment_intent.requires_action", intent)
    return intent


def charge(call: Call, intent: Body, method: Body) -> Body | Answer:
    """Charges the method now, as its row in methods.py says."""
    rule = methods.behaviour(method)
    intent["next_action"] = None
    if rule.code:
        return _declined(call, intent, method, rule.code, rule.decline_code)
    if rule.settles != "now":
        return _process(call, intent, method)
    made = charges.make(call, intent, method, "succeeded")
    intent["latest_charge"] = made["id"]
    intent["_held"] = intent["amount"]
    call.emit("charge.succeeded", made)
    if intent["capture_method"] == "manual":
        return _hold(call, intent)
    return succeed(call, intent, made)


def _hold(call: Call, intent: Body) -> Body:
    intent["status"] = "requires_capture"
    intent["amount_capturable"] = intent["amount"]
    intent["_due"] = call.now + charges.HOLD_DAYS * DAY
    call.store.put(intent)
    call.emit("payment_intent.amount_capturable_updated", intent)
    return intent


def succeed(call: Call, intent: Body, made: Body) -> Body:
    """Captured in full or as much as will be: the intent is done; a dispute card raises its dispute now."""
    intent["status"] = "succeeded"
    intent["amount_received"] = made["amount_captured"]
    intent["amount_capturable"] = 0
    intent["processing"] = None
    intent["_due"] = None
    call.store.put(intent)
    call.emit("payment_intent.succeeded", intent)
    method = call.store.any(made["payment_method"])
    reason = methods.behaviour(method).dispute if method else None
    if reason:
        disputes.open_dispute(call, made, reason)
    return intent


def _process(call: Call, intent: Body, method: Body) -> Body:
    made = charges.make(call, intent, method, "pending")
    intent["latest_charge"] = made["id"]
    intent["status"] = "processing"
    intent["processing"] = {"type": "card", "card": {}} if method["type"] == "card" else None
    intent["_due"] = call.now + 4 * DAY
    call.store.put(intent)
    call.emit("charge.pending", made)
    call.emit("payment_intent.processing", intent)
    return intent


def _declined(call: Call, intent: Body, method: Body, code: str, decline_code: str | None) -> Answer:
    message = MESSAGES.get(decline_code or "", "Your card was declined.")
    made = charges.make(call, intent, method, "failed")
    made["failure_code"], made["failure_message"] = code, message
    call.store.put(made)
    call.emit("charge.failed", made)
    intent["latest_charge"] = made["id"]
    _fail(call, intent, method, "card_error", code, message, decline_code=decline_code, charge=made["id"])
    carried = {**intent["last_payment_error"], "payment_intent": public(intent)}
    return Answer(402, {"error": carried})


def _fail(call: Call, intent: Body, method: Body, kind: str, code: str, message: str, **more: str | None) -> None:
    intent["status"] = "requires_payment_method"
    intent["payment_method"] = None
    intent["next_action"] = None
    intent["processing"] = None
    intent["_due"] = None
    fields = {"code": code, **more, "payment_method": public(method)}
    intent["last_payment_error"] = error(kind, message, **fields)
    call.store.put(intent)
    call.emit("payment_intent.payment_failed", intent)


def authenticate(call: Call, intent: Body, result: Literal["succeeded", "failed"]) -> Body:
    """The customer passed or failed 3-D Secure (control endpoint). Passing charges the card, which may decline."""
    if intent["status"] != "requires_action":
        raise unexpected_state("This PaymentIntent requires no action.", public(intent))
    method = call.store.get("payment_method", intent["payment_method"], call.livemode)
    if result == "failed":
        code = "payment_intent_authentication_failure"
        _fail(call, intent, method, "invalid_request_error", code, AUTHENTICATION_FAILED)
    else:
        charge(call, intent, method)
    return call.store.get("payment_intent", intent["id"], call.livemode)


def settle(call: Call, intent: Body, result: Literal["succeeded", "failed"]) -> Body:
    """The bank answered an asynchronous payment (control endpoint, or the clock after four days)."""
    if intent["status"] != "processing":
        raise unexpected_state("This PaymentIntent is not processing.", public(intent))
    made = charges.find(call, intent["latest_charge"])
    method = call.store.get("payment_method", intent["payment_method"], call.livemode)
    if result == "failed":
        made["status"], made["failure_code"] = "failed", "insufficient_funds"
        made["failure_message"] = "The customer's bank account has insufficient funds."
        call.store.put(made)
        call.emit("charge.failed", made)
        _fail(call, intent, method, "card_error", "insufficient_funds", made["failure_message"], charge=made["id"])
        return intent
    made.update(status="succeeded", paid=True, captured=True, amount_captured=made["amount"])
    made["balance_transaction"] = new_id("txn_")
    call.store.put(made)
    intent["_held"] = intent["amount"]
    call.emit("charge.succeeded", made)
    return succeed(call, intent, made)
