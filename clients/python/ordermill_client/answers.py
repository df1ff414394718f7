"""What the engine answers. Amounts are minor units of the currency; what may be without a value is None.

Unknown fields are ignored, so that a newer engine can answer an older client.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Versioned:
    """`etag` is the order's version as of this answer, for `Options(if_match=…)`."""

    etag: str | None = None


@dataclass(frozen=True, kw_only=True)
class Product:
    id: str | None
    name: str
    type: str | None
    vendor: str | None
    image_url: str | None


@dataclass(frozen=True, kw_only=True)
class Variant:
    id: str | None
    title: str | None
    sku: str | None
    options: tuple[Any, ...]
    weight_grams: int | None
    compare_price: int | None


@dataclass(frozen=True, kw_only=True)
class Item:
    """A line. `product` and `variant` are there when expanded."""

    id: str
    variant_id: str | None
    product_id: str | None
    title: str
    """Product and variant."""
    product_name: str
    sku: str | None
    quantity: int
    unit_price: int
    subtotal: int
    discount: int
    tax: int
    requires_shipping: bool
    fulfilled_quantity: int
    shipped_quantity: int
    delivered_quantity: int
    cancelled_quantity: int
    returned_quantity: int
    refunded_quantity: int
    product: Product | None = None
    variant: Variant | None = None


@dataclass(frozen=True, kw_only=True)
class ItemUnits:
    item_id: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Address:
    line1: str
    line2: str | None
    city: str
    state: str | None
    postal_code: str | None
    country: str
    first_name: str | None
    last_name: str | None
    company: str | None
    phone: str | None


@dataclass(frozen=True, kw_only=True)
class Customer:
    id: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    phone: str | None


@dataclass(frozen=True, kw_only=True)
class Card:
    brand: str
    last4: str


@dataclass(frozen=True, kw_only=True)
class Payment:
    id: str
    provider: str
    amount: int
    status: str
    """pending, authorized, captured, failed, voided, refunded."""
    captured_amount: int
    refunded_amount: int
    card: Card | None
    decline_code: str | None
    message: str | None
    created_at: datetime
    authorized_at: datetime | None
    captured_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Tracking:
    number: str | None
    company: str | None
    url: str | None


@dataclass(frozen=True, kw_only=True)
class Fulfillment(Versioned):
    id: str
    order_id: str
    status: str
    """pending (sent), shipped, delivered, cancelled."""
    items: tuple[ItemUnits, ...]
    tracking: Tracking
    location_id: str | None
    created_at: datetime
    shipped_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Refund(Versioned):
    id: str
    order_id: str
    amount: int
    currency: str
    status: str
    """pending, processed, failed."""
    reason: str | None
    items: tuple[ItemUnits, ...]
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReturnItem:
    item_id: str
    variant_id: str | None
    quantity: int
    reason: str | None
    received_quantity: int


@dataclass(frozen=True, kw_only=True)
class Return(Versioned):
    id: str
    order_id: str
    status: str
    """requested, approved, rejected, received, refunded."""
    items: tuple[ReturnItem, ...]
    refund_method: str
    refund_id: str | None
    refund_amount: int
    reject_reason: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Event:
    id: str
    type: str
    """The engine's name: `order.paid` …"""
    sequence: int
    """1, 2, 3 … per order, without gaps."""
    created_at: datetime
    actor: str
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class OrderSummary:
    """An order as lists show it; `items` to `events` are there when expanded."""

    id: str
    display_id: str
    status: str
    lifecycle: str
    payment_status: str
    fulfillment_status: str
    email: str | None
    customer_id: str | None
    currency: str
    total: int
    created_at: datetime
    items: tuple[Item, ...] | None = None
    payments: tuple[Payment, ...] | None = None
    fulfillments: tuple[Fulfillment, ...] | None = None
    refunds: tuple[Refund, ...] | None = None
    returns: tuple[Return, ...] | None = None
    customer: Customer | None = None
    events: tuple[Event, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Order(OrderSummary, Versioned):
    """The whole order."""

    items: tuple[Item, ...]
    payments: tuple[Payment, ...]
    fulfillments: tuple[Fulfillment, ...]
    refunds: tuple[Refund, ...]
    returns: tuple[Return, ...]
    subtotal: int
    discount: int
    discount_codes: tuple[str, ...]
    shipping_total: int
    shipping_method_id: str | None
    tax_total: int
    amount_due: int
    captured_total: int
    refunded_total: int
    shipping_address: Address | None
    billing_address: Address | None
    metadata: dict[str, Any]
    notes: str | None
    tags: tuple[str, ...]
    cancel_reason: str | None
    cancel_note: str | None
    updated_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class OrderPage:
    """`count`: all matches; `models`: this page."""

    count: int
    models: tuple[OrderSummary, ...]


@dataclass(frozen=True, kw_only=True)
class ReturnPage:
    count: int
    models: tuple[Return, ...]


@dataclass(frozen=True, kw_only=True)
class EventPage:
    count: int
    models: tuple[Event, ...]
