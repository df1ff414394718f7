"""Stripe Tax as a source of an order's taxes: one calculation per order, read back in our minor units.

https://docs.stripe.com/api/tax/calculations/create. Nothing is charged or recorded by a calculation.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from activities.providers.stripe_amounts import from_stripe, scaled_to_stripe
from domain.ids import child
from domain.money import round_half_up
from domain.order import Order
from domain.order import TaxLine as OrderTaxLine
from domain.pricing import price

if TYPE_CHECKING:
    from stripe.params.tax import CalculationCreateParams, CalculationCreateParamsLineItem


@dataclass(frozen=True)
class TaxLine:
    """One line to tax. `amount` is the whole line after discounts, minor units."""

    reference: str
    """Ours, unique in the request: the line's id."""
    amount: int
    quantity: int = 1
    inclusive: bool = False
    """True: the amount contains its tax."""
    tax_code: str | None = None
    """Stripe's product tax code (`txcd_…`)."""


@dataclass(frozen=True)
class TaxAddress:
    """Where the goods go; `country` is ISO 3166 alpha-2."""

    country: str
    state: str | None = None
    postal_code: str | None = None
    city: str | None = None
    line1: str | None = None


@dataclass(frozen=True)
class TaxRequest:
    """One order to tax. `key` is ours."""

    key: str
    currency: str
    lines: tuple[TaxLine, ...]
    address: TaxAddress
    shipping: int = 0
    """Shipping price, minor units; 0: nothing to tax."""


@dataclass(frozen=True)
class TaxResult:
    """What Stripe Tax answered, minor units. `rates` are percentages as Stripe spells them."""

    ref: str
    total: int
    """All tax, inclusive tax included."""
    lines: dict[str, int] = field(default_factory=dict)
    """TaxLine.reference -> its tax."""
    shipping: int = 0
    rates: tuple[str, ...] = ()


def tax_request(order: Order) -> TaxRequest | None:
    """The order's goods after discount, and its shipping, to its destination; None when it goes nowhere or costs nothing."""
    to = order.shipping_address or order.billing_address
    lines = tuple(
        TaxLine(line.id, line.subtotal - line.discount, line.quantity)
        for line in order.lines
        if line.subtotal > line.discount
    )
    if to is None or not lines:
        return None
    address = TaxAddress(to.country, to.state, to.postal_code, to.city, to.line1)
    return TaxRequest(f"{order.id}:tax", order.currency, lines, address, order.shipping_total)


def taxed(order: Order, result: TaxResult) -> Order:
    """The order with this tax instead of the policy file's: one tax line, its amount Stripe's to the cent."""
    rate = sum((Decimal(rate) for rate in result.rates), Decimal(0)) / 100
    serial = order.next_serial
    line = OrderTaxLine(
        id=child(order.id, "tax", serial), serial=serial, title="Stripe Tax", rate=rate, price=result.total
    )
    found = {"given": order.given.model_copy(update={"tax": result.total}), "tax_lines": (line,)}
    return price(order.model_copy(update=found | {"tax_source": "stripe_tax", "next_serial": serial + 1}))


def calculation_params(request: TaxRequest) -> "CalculationCreateParams":
    """The request as Stripe's parameters."""
    address = request.address
    names = ("state", "postal_code", "city", "line1")
    where: Any = {"country": address.country} | {n: v for n in names if (v := getattr(address, n))}
    params: CalculationCreateParams = {
        "currency": request.currency.lower(),
        "line_items": [_line(line, request.currency) for line in request.lines],
        "customer_details": {"address": where, "address_source": "shipping"},
    }
    if request.shipping:
        params["shipping_cost"] = {"amount": _amount(request.shipping, request.currency)}
    return params


def _line(line: TaxLine, currency: str) -> "CalculationCreateParamsLineItem":
    item: CalculationCreateParamsLineItem = {
        "amount": _amount(line.amount, currency),
        "quantity": line.quantity,
        "reference": line.reference,
        "tax_behavior": "inclusive" if line.inclusive else "exclusive",
    }
    if line.tax_code:
        item["tax_code"] = line.tax_code
    return item


def _amount(amount_minor: int, currency: str) -> int:
    return round_half_up(Decimal(scaled_to_stripe(amount_minor, currency)))


def tax_result(calculation: dict[str, Any]) -> TaxResult:
    """Stripe's calculation in our units; the total is the sum of what we round."""
    currency = calculation["currency"]
    items = (calculation.get("line_items") or {}).get("data") or []
    lines = {item["reference"]: from_stripe(item["amount_tax"], currency) for item in items}
    cost = calculation.get("shipping_cost") or {}
    shipping = from_stripe(cost.get("amount_tax") or 0, currency)
    details = [part.get("tax_rate_details") or {} for part in calculation.get("tax_breakdown") or []]
    rates = tuple(d["percentage_decimal"] for d in details if d.get("percentage_decimal"))
    return TaxResult(calculation["id"], sum(lines.values()) + shipping, lines, shipping, rates)
