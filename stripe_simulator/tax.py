"""Stripe Tax, simple and deterministic: one rate per country or US state, half up per line, exclusive or inclusive.

The object's shape is docs.stripe.com/api/tax/calculations; product tax codes make no difference here.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from stripe_simulator import form
from stripe_simulator.call import DAY, Call
from stripe_simulator.form import Params
from stripe_simulator.refusal import Body, Refusal, missing
from stripe_simulator.store import new_id

RATES: dict[tuple[str, str | None], str] = {
    ("US", "CA"): "8.25", ("US", "NY"): "8.875", ("US", "TX"): "8.25", ("US", "WA"): "10.1", ("US", "IL"): "10.25",
    ("DE", None): "19", ("FR", None): "20", ("GB", None): "20", ("NL", None): "21", ("IT", None): "22",
    ("CH", None): "8.1", ("JP", None): "10", ("AU", None): "10", ("IS", None): "24", ("CA", "ON"): "13",
}  # fmt: skip
"""(country, state) -> per cent; a place not listed has no tax."""


DETAILS: Body = {"address_source": "shipping", "ip_address": None, "tax_ids": [], "taxability_override": "none"}


def create(call: Call, params: Params) -> Body:
    """POST /v1/tax/calculations."""
    currency = form.required(params, "currency").lower()
    address = _address(call, params)
    rate = _rate(address)
    lines = [_line(item, n, rate) for n, item in enumerate(form.listing(params, "line_items"))]
    if not lines:
        raise Refusal("Missing required param: line_items.", code="parameter_missing", param="line_items", stored=False)
    shipping = _shipping(form.mapping(params, "shipping_cost"), rate) if params.get("shipping_cost") else None
    parts = [*lines, *([shipping] if shipping else [])]
    exclusive = sum(p["amount_tax"] for p in parts if p["tax_behavior"] == "exclusive")
    inclusive = sum(p["amount_tax"] for p in parts if p["tax_behavior"] == "inclusive")
    ident = new_id("taxcalc_")
    body: Body = {
        "id": ident,
        "object": "tax.calculation",
        "amount_total": sum(p["amount"] for p in parts) + exclusive,
        "currency": currency,
        "customer": form.text(params, "customer"),
        "customer_details": {**DETAILS, "address": address},
        "expires_at": call.now + 90 * DAY,
        "line_items": {
            "object": "list",
            "data": lines,
            "has_more": False,
            "url": f"/v1/tax/calculations/{ident}/line_items",
        },
        "livemode": call.livemode,
        "ship_from_details": None,
        "shipping_cost": shipping,
        "tax_amount_exclusive": exclusive,
        "tax_amount_inclusive": inclusive,
        "tax_breakdown": [_breakdown(parts, rate, address)],
        "tax_date": call.now,
        "_created": call.now,
    }
    return call.store.put(body)


def _address(call: Call, params: Params) -> Body:
    address = form.mapping(form.mapping(params, "customer_details"), "address")
    if not address and params.get("customer"):
        found = call.store.get("customer", form.required(params, "customer"), call.livemode, "customer")
        address = found["address"] or {}
    country = address.get("country")
    if not isinstance(country, str) or len(country) != 2:
        message = "We could not determine the customer's tax location from the address given."
        raise Refusal(message, code="customer_tax_location_invalid", param="customer_details[address]")
    names = ("city", "country", "line1", "line2", "postal_code", "state")
    return {name: address.get(name) or None for name in names}


def _rate(address: Body) -> Decimal:
    country, state = address["country"].upper(), (address["state"] or "").upper() or None
    return Decimal(RATES.get((country, state)) or RATES.get((country, None)) or "0")


def _tax(amount: int, rate: Decimal, behavior: str) -> int:
    share = rate / (100 + rate) if behavior == "inclusive" else rate / 100
    return int((amount * share).quantize(Decimal(1), ROUND_HALF_UP))


def _line(item: Any, number: int, rate: Decimal) -> Body:
    if not isinstance(item, dict):
        raise Refusal("Invalid array: line_items", param="line_items", stored=False)
    amount = form.integer(item, "amount")
    if amount is None:
        raise Refusal("Missing required param: line_items[][amount].", code="parameter_missing", param="line_items")
    behavior = form.choice(item, "tax_behavior", ("exclusive", "inclusive")) or "exclusive"
    return {
        "id": new_id("tax_li_"),
        "object": "tax.calculation_line_item",
        "amount": amount,
        "amount_tax": _tax(amount, rate, behavior),
        "livemode": False,
        "product": None,
        "quantity": form.integer(item, "quantity") or 1,
        "reference": form.text(item, "reference") or f"L{number + 1}",
        "tax_behavior": behavior,
        "tax_breakdown": None,
        "tax_code": form.text(item, "tax_code") or "txcd_99999999",
    }


def _shipping(cost: Params, rate: Decimal) -> Body:
    amount = form.integer(cost, "amount") or 0
    behavior = form.choice(cost, "tax_behavior", ("exclusive", "inclusive")) or "exclusive"
    return {
        "amount": amount,
        "amount_tax": _tax(amount, rate, behavior),
        "tax_behavior": behavior,
        "tax_code": form.text(cost, "tax_code") or "txcd_92010001",
    }


def _breakdown(parts: list[Body], rate: Decimal, address: Body) -> Body:
    return {
        "amount": sum(p["amount_tax"] for p in parts),
        "inclusive": all(p["tax_behavior"] == "inclusive" for p in parts),
        "tax_rate_details": {
            "country": address["country"],
            "flat_amount": None,
            "percentage_decimal": str(rate),
            "rate_type": "percentage",
            "state": address["state"],
            "tax_type": "sales_tax" if address["country"] == "US" else "vat",
        },
        "taxability_reason": "standard_rated" if rate else "not_collecting",
        "taxable_amount": sum(p["amount"] for p in parts),
    }


def retrieve(call: Call, params: Params, ident: str) -> Body:
    """GET /v1/tax/calculations/{id}; gone after 90 days."""
    found = call.store.get("tax.calculation", ident, call.livemode, "calculation")
    if found["expires_at"] < call.now:
        raise missing("tax calculation", ident, "calculation")
    return found
