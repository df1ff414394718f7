"""What zephyr answers: document 002's order and its refund, field by field. Amounts are minor units."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from api.faces.zephyr.status import FulfilmentStatus, Status
from domain.holds import HoldKind

TaxCalculation = Literal["zephyr", "stripe_tax", "avalara"]


class Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class LineItemOut(Out):
    id: str
    variant_id: str | None
    product_id: str | None
    sku: str | None
    title: str
    quantity: int
    unit_price_cents: int
    subtotal_cents: int
    discount_cents: int
    tax_cents: int
    total_cents: int
    exchange_id: str | None = None
    """The exchange it was sold in."""


class FulfilmentOut(Out):
    status: FulfilmentStatus
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    shipped_at: str | None
    delivered_at: str | None


class HoldOut(Out):
    """While one stands, nothing may be sent."""

    id: str
    kind: HoldKind
    reason: str | None
    owner: str | None
    """Who put it there."""
    until: str | None
    """When it ends by itself."""
    created_at: str


class OrderOut(Out):
    """`subtotal_cents` is after discounts: subtotal + tax + shipping = total."""

    id: str
    object: Literal["order"] = "order"
    cart_id: str
    customer_id: str | None
    line_items: list[LineItemOut]
    currency: str
    subtotal_cents: int
    discount_total_cents: int
    tax_total_cents: int
    shipping_total_cents: int
    total_cents: int
    amount_refunded_cents: int
    tax_calculation_source: TaxCalculation
    status: Status
    fulfilment: FulfilmentOut
    metadata: dict[str, Any]
    holds: list[HoldOut]
    livemode: bool
    placed_at: str


class OrderListOut(Out):
    object: Literal["list"] = "list"
    data: list[OrderOut]
    has_more: bool
    next_cursor: str | None


class RefundOut(Out):
    id: str | None
    order_id: str
    amount_cents: int | None
    currency: str
    reason: str | None
    status: Literal["pending", "succeeded", "failed"]
    metadata: dict[str, Any]
    created_at: str | None


class ErrorDetail(BaseModel):
    model_config = ConfigDict(extra="allow")

    type: Literal["invalid_request_error", "authentication_error", "idempotency_error", "card_error", "api_error"]
    code: str
    message: str
    param: str | None


class ErrorOut(BaseModel):
    error: ErrorDetail
