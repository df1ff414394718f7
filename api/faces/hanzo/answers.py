"""What hanzo answers: the order of documents 000 and 001 and its parts, field by field. Amounts are minor units."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from api.faces.hanzo.status import Status
from domain.status import FulfillmentStatus, Lifecycle, PaymentStatus


class Out(BaseModel):
    """camelCase on the wire; made by field name here."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=False, frozen=True)


class AddressOut(Out):
    first_name: str | None
    last_name: str | None
    company: str | None
    line1: str
    line2: str | None
    city: str
    state: str | None
    postal_code: str | None
    country: str
    phone: str | None


class ItemOut(Out):
    id: str
    variant_id: str | None
    product_id: str | None
    title: str
    """Product and variant: "Premium T-Shirt - Black / M"."""
    product_name: str
    sku: str | None
    quantity: int
    unit_price: int
    subtotal: int
    """Unit price × quantity; `total` is the same (both documents' names)."""
    total: int
    discount: int
    tax: int
    requires_shipping: bool
    fulfilled_quantity: int
    """Units sent."""
    shipped_quantity: int
    delivered_quantity: int
    cancelled_quantity: int
    returned_quantity: int
    refunded_quantity: int


class CardOut(Out):
    brand: str
    last4: str


class PaymentOut(Out):
    id: str
    provider: str
    amount: int
    status: Literal["pending", "authorized", "captured", "failed", "voided", "refunded"]
    captured_amount: int
    refunded_amount: int
    card: CardOut | None
    decline_code: str | None
    message: str | None
    created_at: str
    authorized_at: str | None
    captured_at: str | None
    expires_at: str | None


class ItemUnitsOut(Out):
    item_id: str
    quantity: int


class TrackingOut(Out):
    number: str | None
    company: str | None
    url: str | None


class FulfillmentOut(Out):
    id: str
    order_id: str
    status: Literal["pending", "shipped", "delivered", "cancelled"]
    items: list[ItemUnitsOut]
    tracking: TrackingOut
    location_id: str | None
    created_at: str
    shipped_at: str | None
    delivered_at: str | None


class RefundOut(Out):
    """`id` and `createdAt` are null only in a 202: the refund is accepted and not yet made."""

    id: str | None
    order_id: str
    amount: int | None
    currency: str
    status: Literal["pending", "processed", "failed"]
    reason: str | None
    items: list[ItemUnitsOut]
    created_at: str | None


class ReturnItemOut(Out):
    item_id: str
    variant_id: str | None
    quantity: int
    reason: str | None
    received_quantity: int


class ReturnOut(Out):
    id: str
    order_id: str
    status: Literal["requested", "approved", "rejected", "received", "refunded"]
    items: list[ReturnItemOut]
    refund_method: Literal["original"]
    refund_id: str | None
    refund_amount: int
    reject_reason: str | None
    created_at: str
    updated_at: str


class SummaryOut(Out):
    """What a list shows."""

    id: str
    display_id: str
    status: Status
    lifecycle: Lifecycle
    payment_status: PaymentStatus
    fulfillment_status: FulfillmentStatus
    email: str | None
    customer_id: str | None
    currency: str
    total: int
    created_at: str


class HoldOut(Out):
    """While one stands, nothing may be sent."""

    kind: Literal["dispute", "manual"]
    reason: str | None
    created_at: str


class OrderOut(SummaryOut):
    """The whole order. `expand` adds `customer`, `events`, and `product` and `variant` in items."""

    items: list[ItemOut]
    subtotal: int
    discount: int
    discount_codes: list[str]
    shipping_total: int
    shipping: int
    shipping_method_id: str | None
    tax_total: int
    tax: int
    amount_due: int
    captured_total: int
    refunded_total: int
    shipping_address: AddressOut | None
    billing_address: AddressOut | None
    payments: list[PaymentOut]
    fulfillments: list[FulfillmentOut]
    refunds: list[RefundOut]
    returns: list[ReturnOut]
    holds: list[HoldOut]
    metadata: dict[str, Any]
    notes: str | None
    tags: list[str]
    cancel_reason: str | None
    cancel_note: str | None
    updated_at: str
    confirmed_at: str | None
    cancelled_at: str | None
    closed_at: str | None


class OrderListOut(Out):
    """`count`: all matches; `models`: this page."""

    count: int
    models: list[SummaryOut]


class ReturnListOut(Out):
    count: int
    models: list[ReturnOut]


class EventOut(Out):
    id: str
    type: str
    sequence: int
    created_at: str
    actor: str
    actor_label: str | None
    """The name of the key that did it."""
    data: dict[str, Any]


class EventListOut(Out):
    count: int
    models: list[EventOut]


class ErrorDetail(BaseModel):
    """`field`: the path of what is wrong in the request. Further fields say more: `event`, `declineCode`, `lines`."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str
    field: str | None


class ErrorOut(BaseModel):
    error: ErrorDetail
