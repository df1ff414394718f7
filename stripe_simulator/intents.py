"""PaymentIntents: create, confirm, capture, cancel, update, retrieve; and holds that lapse after seven days."""

from stripe_simulator import amounts, charges, confirmation, form, methods
from stripe_simulator.call import Answer, Call
from stripe_simulator.form import Params
from stripe_simulator.refusal import Body, Refusal, unexpected_state
from stripe_simulator.store import new_id, public

CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture")
EMPTY = (
    "application", "application_fee_amount", "canceled_at", "cancellation_reason", "customer", "description",
    "last_payment_error", "latest_charge", "next_action", "on_behalf_of", "payment_method", "processing",
    "receipt_email", "review", "setup_future_usage", "shipping", "statement_descriptor",
    "statement_descriptor_suffix", "transfer_data", "transfer_group", "_return_url",
)  # fmt: skip
"""Fields that are null until something sets them."""
REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")


def find(call: Call, ident: str) -> Body:
    """The intent, or 404 with `param: intent`."""
    return call.store.get("payment_intent", ident, call.livemode, "intent")


def create(call: Call, params: Params) -> Body | Answer:
    """POST /v1/payment_intents."""
    currency = form.required(params, "currency").lower()
    amount = amounts.check(form.integer(params, "amount"), currency)
    intent = _new(call, params, amount, currency)
    _set(call, intent, params)
    call.store.put(intent)
    call.emit("payment_intent.created", intent)
    if form.boolean(params, "confirm"):
        return _confirm(call, intent, params)
    return intent


def _new(call: Call, params: Params, amount: int, currency: str) -> Body:
    ident = new_id("pi_")
    allowed = form.listing(params, "allowed_payment_method_types")
    automatic = form.mapping(params, "automatic_payment_methods")
    if automatic and allowed:
        message = "You may only specify one of: automatic_payment_methods, allowed_payment_method_types."
        raise Refusal(message, param="automatic_payment_methods", stored=False)
    return {
        "id": ident,
        "object": "payment_intent",
        **dict.fromkeys(EMPTY),
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": {"allow_redirects": automatic.get("allow_redirects", "always"), "enabled": True}
        if not allowed
        else None,
        "capture_method": "automatic",
        "client_secret": f"{ident}_secret_{new_id('')}",
        "confirmation_method": "automatic",
        "created": call.now,
        "currency": currency,
        "livemode": call.livemode,
        "metadata": {},
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": allowed or ["card", "us_bank_account", "sepa_debit"],
        "status": "requires_payment_method",
        "_held": 0,
        "_multicapture": False,
    }


def _set(call: Call, intent: Body, params: Params) -> None:
    if "payment_method_types" in params:
        code = "payment_method_types_no_longer_supported"  # since 2026-09-30.endive
        raise Refusal("payment_method_types is no longer supported.", code=code, stored=False)
    for name in ("customer", "description", "receipt_email", "transfer_group", "statement_descriptor"):
        if name in params:
            intent[name] = form.text(params, name)
    if intent["customer"]:
        call.store.get("customer", intent["customer"], call.livemode, "customer")
    if "statement_descriptor_suffix" in params:
        intent["statement_descriptor_suffix"] = _suffix(params)
    if "shipping" in params:
        intent["shipping"] = form.mapping(params, "shipping")
    capture = form.choice(params, "capture_method", ("automatic", "automatic_async", "manual"))
    intent["capture_method"] = capture or intent["capture_method"]
    future = form.choice(params, "setup_future_usage", ("on_session", "off_session"))
    intent["setup_future_usage"] = future or intent["setup_future_usage"]
    intent["metadata"] = form.metadata(params, intent["metadata"])
    intent["_return_url"] = form.text(params, "return_url") or intent["_return_url"]
    card = form.mapping(form.mapping(params, "payment_method_options"), "card")
    if card.get("request_multicapture") == "if_available":
        intent["_multicapture"] = bool(call.store.setting("multicapture", False))
    method = form.text(params, "payment_method")
    if method:
        _use(call, intent, methods.resolve(call, method, intent["customer"]))


def _suffix(params: Params) -> str | None:
    value = form.text(params, "statement_descriptor_suffix")
    if value is None:
        return None
    if len(value) > 22 or set(value) & set("<>\\'\"*") or not any(c.isalpha() for c in value):
        message = "The statement descriptor suffix must contain at least one letter and none of < > \\ ' \" *."
        raise Refusal(message, param="statement_descriptor_suffix", stored=False)
    return value


def _use(call: Call, intent: Body, method: Body) -> None:
    if intent["automatic_payment_methods"] is None and method["type"] not in intent["payment_method_types"]:
        message = f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent."
        raise Refusal(message, code="payment_intent_invalid_parameter", param="payment_method")
    if intent["capture_method"] == "manual" and method["type"] != "card":
        message = f"The payment method type {method['type']} does not support manual capture."
        raise Refusal(message, code="payment_intent_invalid_parameter", param="capture_method")
    if method["type"] == "card" and intent["statement_descriptor"]:
        message = "Set statement_descriptor_suffix instead of statement_descriptor for card charges."
        raise Refusal(message, param="statement_descriptor")
    intent["payment_method"] = method["id"]
    intent["status"] = "requires_confirmation"


def confirm(call: Call, params: Params, ident: str) -> Body | Answer:
    """POST /v1/payment_intents/{id}/confirm."""
    intent = find(call, ident)
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        message = f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}."
        raise unexpected_state(message, public(intent))
    _set(call, intent, params)
    return _confirm(call, intent, params)


def _confirm(call: Call, intent: Body, params: Params) -> Body | Answer:
    if intent["payment_method"] is None:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise unexpected_state(message, public(intent))
    automatic = intent["automatic_payment_methods"]
    if automatic and automatic["allow_redirects"] != "never" and not intent["_return_url"]:
        message = (
            "This PaymentIntent may use redirect payment methods: give a return_url,"
            " or automatic_payment_methods[allow_redirects]=never."
        )
        raise Refusal(message, param="return_url")
    return confirmation.confirm(call, intent, form.boolean(params, "off_session"))


def capture(call: Call, params: Params, ident: str) -> Body:
    """POST /v1/payment_intents/{id}/capture; `final_capture=false` where the account captures several times."""
    intent = find(call, ident)
    if intent["status"] != "requires_capture":
        message = f"This PaymentIntent could not be captured because it has a status of {intent['status']}."
        raise unexpected_state(message, public(intent))
    final = form.boolean(params, "final_capture", True)
    if not final and not intent["_multicapture"]:
        raise Refusal("final_capture=false needs multicapture, not available here.", param="final_capture")
    amount = form.integer(params, "amount_to_capture")
    amount = intent["amount_capturable"] if amount is None else amount
    if amount > intent["amount_capturable"]:
        message = "The amount to capture is greater than the amount you can capture for this charge."
        raise Refusal(message, code="amount_too_large", param="amount_to_capture")
    if amount < 1 and not (amount == 0 and final and intent["amount_received"]):
        message = "This value must be greater than or equal to 1."
        raise Refusal(message, code="parameter_invalid_integer", param="amount_to_capture", stored=False)
    amounts.divisible(amount, intent["currency"])
    intent["metadata"] = form.metadata(params, intent["metadata"])
    final = final or amount == intent["amount_capturable"]
    return _take(call, intent, amount, final)


def _take(call: Call, intent: Body, amount: int, final: bool) -> Body:
    made = charges.of_intent(call, intent)
    charges.capture(call, made, amount, final)
    if final:
        return confirmation.succeed(call, intent, made)
    intent["amount_received"] += amount
    intent["amount_capturable"] -= amount
    call.store.put(intent)
    call.emit("payment_intent.amount_capturable_updated", intent)
    return intent


def cancel(call: Call, params: Params, ident: str) -> Body:
    """POST /v1/payment_intents/{id}/cancel; releases a hold that was never captured in part."""
    intent = find(call, ident)
    if intent["status"] not in CANCELABLE or intent["amount_received"]:
        message = f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}."
        raise unexpected_state(message, public(intent))
    return _cancel(call, intent, form.choice(params, "cancellation_reason", REASONS))


def _cancel(call: Call, intent: Body, reason: str | None) -> Body:
    if intent["amount_capturable"]:
        charges.release(call, charges.of_intent(call, intent), reason == "expired")
    intent.update(status="canceled", canceled_at=call.now, cancellation_reason=reason, amount_capturable=0)
    intent.update(next_action=None, _due=None)
    call.store.put(intent)
    call.emit("payment_intent.canceled", intent)
    return intent


def lapse(call: Call, intent: Body) -> None:
    """Seven days are over: what is still held is let go. Partly captured intents end as succeeded."""
    if not intent["amount_received"]:
        _cancel(call, intent, "expired")
        return
    made = charges.of_intent(call, intent)
    charges.release(call, made, True)
    confirmation.succeed(call, intent, made)


def retrieve(call: Call, params: Params, ident: str) -> Body:
    """GET /v1/payment_intents/{id}."""
    return find(call, ident)


def update(call: Call, params: Params, ident: str) -> Body:
    """POST /v1/payment_intents/{id}: amount before confirmation, metadata and descriptions at any time."""
    intent = find(call, ident)
    amount = form.integer(params, "amount")
    if amount is not None:
        if intent["status"] not in ("requires_payment_method", "requires_confirmation", "requires_action"):
            message = f"This PaymentIntent's amount could not be updated: its status is {intent['status']}."
            raise unexpected_state(message, public(intent))
        intent["amount"] = amounts.check(amount, intent["currency"])
    _set(call, intent, params)
    return call.store.put(intent)
