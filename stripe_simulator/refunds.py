"""Refunds: never more than was captured and not yet given back; some are pending, some fail days later.

A refund that fails gives its amount back to what can be refunded (docs.stripe.com/refunds#failed-refunds).
"""

from typing import Literal

from stripe_simulator import amounts, charges, form, methods
from stripe_simulator.call import DAY, Call
from stripe_simulator.form import Params
from stripe_simulator.refusal import Body, Refusal
from stripe_simulator.store import new_id

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def create(call: Call, params: Params) -> Body:
    """POST /v1/refunds by `payment_intent` or `charge`."""
    charge = _charge(call, params)
    reason = form.choice(params, "reason", REASONS)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = _amount(form.integer(params, "amount"), left, charge)
    rule = methods.behaviour(call.store.get("payment_method", charge["payment_method"], call.livemode))
    refund: Body = {
        "id": new_id("re_"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": new_id("txn_"),
        "charge": charge["id"],
        "created": call.now,
        "currency": charge["currency"],
        "destination_details": {
            "type": "card",
            "card": {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"},
        },
        "metadata": form.metadata(params),
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "pending" if rule.refund == "pending" else "succeeded",
        "transfer_reversal": None,
        "_livemode": call.livemode,
        "_due": None if rule.refund == "succeeded" else call.now + DAY,
        "_outcome": "failed" if rule.refund == "fails" else "succeeded",
    }
    if refund["status"] == "pending":
        refund["pending_reason"] = "processing"
    call.store.put(refund, parent=charge["payment_intent"])
    charges.give_back(call, charge, amount)
    call.emit("refund.created", refund)
    call.emit("charge.refunded", charge)
    return refund


def _charge(call: Call, params: Params) -> Body:
    intent, charge = form.text(params, "payment_intent"), form.text(params, "charge")
    if intent:
        found = charges.of_intent(call, call.store.get("payment_intent", intent, call.livemode, "payment_intent"))
    elif charge:
        found = charges.find(call, charge)
    else:
        raise Refusal("One of the following params should be provided: payment_intent or charge.", stored=False)
    if not found["captured"] or found["status"] != "succeeded":
        message = f"This charge ({found['id']}) has no captured funds: cancel its PaymentIntent instead."
        raise Refusal(message, param="payment_intent" if intent else "charge")
    if found["disputed"]:
        message = f"Charge {found['id']} has been charged back; cannot issue a refund."
        raise Refusal(message, code="charge_disputed")
    return found


def _amount(asked: int | None, left: int, charge: Body) -> int:
    if left == 0:
        raise Refusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = left if asked is None else asked
    if amount < 1:
        raise Refusal("Invalid positive integer", code="parameter_invalid_integer", param="amount", stored=False)
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise Refusal(message, param="amount")
    return amounts.divisible(amount, charge["currency"])


def settle(call: Call, refund: Body, result: Literal["succeeded", "failed"]) -> Body:
    """The bank answered: control endpoint, or the clock after a day."""
    if refund["status"] == "failed":
        raise Refusal("This refund has failed already.")
    refund["_due"] = None
    if result == "succeeded":
        refund["status"] = "succeeded"
        refund.pop("pending_reason", None)
        call.store.put(refund)
        call.emit("refund.updated", refund)
        return refund
    refund.update(status="failed", failure_reason="expired_or_canceled_card")
    refund["failure_balance_transaction"] = new_id("txn_")
    refund.pop("pending_reason", None)
    call.store.put(refund)
    charges.give_back(call, charges.find(call, refund["charge"]), -refund["amount"])
    call.emit("refund.failed", refund)
    return refund


def find(call: Call, ident: str) -> Body:
    """The refund, or 404."""
    return call.store.get("refund", ident, call.livemode, "refund")


def retrieve(call: Call, params: Params, ident: str) -> Body:
    """GET /v1/refunds/{id}."""
    return find(call, ident)


def update(call: Call, params: Params, ident: str) -> Body:
    """POST /v1/refunds/{id}: metadata only."""
    refund = find(call, ident)
    refund["metadata"] = form.metadata(params, refund["metadata"])
    call.store.put(refund)
    call.emit("refund.updated", refund)
    return refund
