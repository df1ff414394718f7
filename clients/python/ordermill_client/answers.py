"""What the engine answers. Amounts are minor units of the currency; what may be without a value is None.

Made by `python -m clients.generate`: change the engine, or the generator.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Versioned:
    """`etag` is the order's version as of this answer, for `Options(if_match=…)`."""

    etag: str | None = None


@dataclass(frozen=True, kw_only=True)
class APIKey:
    id: str
    scope: Literal["secret", "restricted", "customer"]
    mode: Literal["test", "live"]
    customer_id: str | None
    name: str | None
    hint: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class APIKeyList:
    count: int
    models: tuple[APIKey, ...]


@dataclass(frozen=True, kw_only=True)
class Address:
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


@dataclass(frozen=True, kw_only=True)
class AgendaMoney:
    kind: str
    """capture, void or refund; authorize: asked of an exchange's payment method."""
    amount: int


@dataclass(frozen=True, kw_only=True)
class Balance:
    currency: str
    balance: int


@dataclass(frozen=True, kw_only=True)
class Card:
    brand: str
    last4: str


@dataclass(frozen=True, kw_only=True)
class CatalogVariant:
    variant_id: str
    product_id: str | None
    product_name: str
    variant_title: str | None
    title: str
    sku: str | None
    unit_price: int
    currency: str
    weight_grams: int | None
    requires_shipping: bool
    track_inventory: bool
    allow_backorder: bool
    is_gift_card: bool
    options_: tuple[str, ...]
    product_type: str | None
    vendor: str | None
    compare_price: int | None
    image_url: str | None
    auto_fulfilment: bool
    is_multi: bool


@dataclass(frozen=True, kw_only=True)
class CatalogVariantList:
    count: int
    models: tuple[CatalogVariant, ...]


@dataclass(frozen=True, kw_only=True)
class Claim(Versioned):
    """`newItems`: the items that replace others; they cost nothing. `refundAmount`: of a refund, what moved."""

    id: str
    order_id: str
    resolution: Literal["replace", "refund"]
    items: tuple[ClaimedItem, ...]
    new_items: tuple[NewItem, ...]
    refund_id: str | None
    refund_amount: int
    amount_due: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ClaimList:
    count: int
    models: tuple[Claim, ...]


@dataclass(frozen=True, kw_only=True)
class ClaimedItem:
    item_id: str
    variant_id: str | None
    quantity: int
    reason: Literal["damaged", "missing", "wrong_item"]


@dataclass(frozen=True, kw_only=True)
class CreditAccount:
    customer_id: str
    balances: tuple[Balance, ...]
    models: tuple[CreditEntry, ...]
    next_cursor: str | None


@dataclass(frozen=True, kw_only=True)
class CreditEntry:
    """One movement. `amount` is below 0 when credit was spent."""

    id: str
    amount: int
    currency: str
    kind: Literal["granted", "returned", "spent", "released", "refunded"]
    """returned: a return gave it. released: it was held for an order and not needed. refunded: an order gave it
    back."""
    order_id: str | None
    reason: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Customer:
    """Who an order is for, as far as it says."""

    id: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    phone: str | None


@dataclass(frozen=True, kw_only=True)
class Deadline:
    order_id: str
    number: int
    name: str
    at: datetime
    then: str
    money: tuple[AgendaMoney, ...]
    """What it moves as things stand, in minor units of `currency`."""
    currency: str


@dataclass(frozen=True, kw_only=True)
class DeadlineList:
    models: tuple[Deadline, ...]
    next_cursor: str | None


@dataclass(frozen=True, kw_only=True)
class Delivery:
    id: str
    event_id: str
    type: str
    order_id: str | None
    sequence: int
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    next_attempt_at: datetime | None
    request_excerpt: str
    log: tuple[DeliveryAttempt, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeliveryAttempt:
    attempt: int
    at: datetime
    duration_ms: int
    status: int | None
    request_headers: dict[str, str] | None
    response_excerpt: str | None
    error: str | None


@dataclass(frozen=True, kw_only=True)
class DeliveryList:
    count: int
    models: tuple[Delivery, ...]


@dataclass(frozen=True, kw_only=True)
class DryRun:
    """What a command would do. Nothing was done; a payment provider was not asked, and is taken to agree."""

    dry_run: bool
    order: dict[str, Any]
    """The order as it would be; of one that is not placed, every id is null."""
    events: tuple[str, ...]
    money: tuple[PlannedMoney, ...]
    stock: tuple[StockMove, ...]
    mails: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class EditFigures:
    """Totals before and after an edit, what is due after it, and what went back with it."""

    id: str
    before: int
    after: int
    difference: int
    due: int
    surplus: int
    note: str | None


@dataclass(frozen=True, kw_only=True)
class EditedOrder(Versioned):
    id: str
    display_id: str
    status: Literal[
        "pending", "confirmed", "processing", "shipped", "delivered", "cancelled", "refunded", "returned", "failed"
    ]
    lifecycle: Literal["draft", "confirmed", "paid", "shipped", "delivered", "returned", "cancelled", "failed"]
    payment_status: Literal["pending", "authorized", "captured", "refunded"]
    fulfillment_status: Literal["unfulfilled", "partial", "fulfilled"]
    email: str | None
    customer_id: str | None
    currency: str
    total: int
    created_at: datetime
    items: tuple[Item, ...]
    subtotal: int
    discount: int
    discount_codes: tuple[str, ...]
    shipping_total: int
    shipping: int
    shipping_method_id: str | None
    tax_total: int
    tax: int
    amount_due: int
    captured_total: int
    refunded_total: int
    shipping_address: Address | None
    billing_address: Address | None
    payments: tuple[Payment, ...]
    fulfillments: tuple[Fulfillment, ...]
    refunds: tuple[Refund, ...]
    returns: tuple[Return, ...]
    exchanges: tuple[Exchange, ...]
    claims: tuple[Claim, ...]
    holds: tuple[Hold, ...]
    metadata: dict[str, Any]
    notes: str | None
    tags: tuple[str, ...]
    cancel_reason: str | None
    cancel_note: str | None
    updated_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    closed_at: datetime | None
    edit: EditFigures


@dataclass(frozen=True, kw_only=True)
class Exchange(Versioned):
    """`difference`: what the order owed more with it, all received, when it was requested; negative: in the
    customer's favour. `amountDue`: what is due for the order now."""

    id: str
    order_id: str
    status: Literal["requested", "approved", "completed", "cancelled", "overdue"]
    return_id: str
    ship: Literal["on_receipt", "on_approval"]
    items: tuple[ExchangedItem, ...]
    new_items: tuple[NewItem, ...]
    difference: int
    amount_due: int
    ship_by: datetime | None
    """Until when the parcel must have come."""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class ExchangeList:
    count: int
    models: tuple[Exchange, ...]


@dataclass(frozen=True, kw_only=True)
class ExchangedItem:
    item_id: str
    variant_id: str | None
    quantity: int
    reason: str | None
    received_quantity: int


@dataclass(frozen=True, kw_only=True)
class FoundOrder:
    id: str
    number: int
    display_id: str
    status: Literal["draft", "confirmed", "paid", "shipped", "delivered", "returned", "cancelled", "failed"]
    payment_status: Literal["pending", "authorized", "captured", "refunded"]
    fulfillment_status: Literal["unfulfilled", "partial", "fulfilled"]
    email: str | None
    customer_id: str | None
    name: str | None
    currency: str
    total: int
    amount_due: int
    waits_for: tuple[str, ...]
    next_deadline_at: datetime | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int


@dataclass(frozen=True, kw_only=True)
class FoundOrderList:
    models: tuple[FoundOrder, ...]
    next_cursor: str | None


@dataclass(frozen=True, kw_only=True)
class Fulfillment(Versioned):
    id: str
    order_id: str
    status: Literal["pending", "shipped", "delivered", "cancelled"]
    items: tuple[ItemUnits, ...]
    tracking: Tracking
    location_id: str | None
    created_at: datetime
    shipped_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Hold(Versioned):
    """While one stands, nothing may be sent."""

    id: str
    kind: Literal["dispute", "fraud", "payment", "address", "manual"]
    reason: str | None
    owner: str | None
    """Who put it there."""
    until: datetime | None
    """When it ends by itself."""
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Item:
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
    exchange_id: str | None = None
    """The exchange it was sold in."""
    claim_id: str | None = None
    """The claim it was given for, at no price."""
    product: Product | None = None
    variant: Variant | None = None


@dataclass(frozen=True, kw_only=True)
class ItemUnits:
    item_id: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class MintedAPIKey:
    id: str
    scope: Literal["secret", "restricted", "customer"]
    mode: Literal["test", "live"]
    customer_id: str | None
    name: str | None
    hint: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    key: str
    """The key itself: shown here and never again."""


@dataclass(frozen=True, kw_only=True)
class NewItem:
    """What an exchange was to bring, as agreed on; an item of the order, with this id, from when it is owed."""

    id: str
    variant_id: str | None
    title: str
    sku: str | None
    quantity: int
    unit_price: int
    subtotal: int


@dataclass(frozen=True, kw_only=True)
class Order(Versioned):
    id: str
    display_id: str
    status: Literal[
        "pending", "confirmed", "processing", "shipped", "delivered", "cancelled", "refunded", "returned", "failed"
    ]
    lifecycle: Literal["draft", "confirmed", "paid", "shipped", "delivered", "returned", "cancelled", "failed"]
    payment_status: Literal["pending", "authorized", "captured", "refunded"]
    fulfillment_status: Literal["unfulfilled", "partial", "fulfilled"]
    email: str | None
    customer_id: str | None
    currency: str
    total: int
    created_at: datetime
    items: tuple[Item, ...]
    subtotal: int
    discount: int
    discount_codes: tuple[str, ...]
    shipping_total: int
    shipping: int
    shipping_method_id: str | None
    tax_total: int
    tax: int
    amount_due: int
    captured_total: int
    refunded_total: int
    shipping_address: Address | None
    billing_address: Address | None
    payments: tuple[Payment, ...]
    fulfillments: tuple[Fulfillment, ...]
    refunds: tuple[Refund, ...]
    returns: tuple[Return, ...]
    exchanges: tuple[Exchange, ...]
    claims: tuple[Claim, ...]
    holds: tuple[Hold, ...]
    metadata: dict[str, Any]
    notes: str | None
    tags: tuple[str, ...]
    cancel_reason: str | None
    cancel_note: str | None
    updated_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    closed_at: datetime | None
    customer: Customer | None = None
    events: tuple[OrderEvent, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class OrderEvent:
    id: str
    type: str
    sequence: int
    created_at: datetime
    actor: str
    actor_label: str | None
    """The name of the key that did it."""
    data: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class OrderEventList:
    count: int
    models: tuple[OrderEvent, ...]


@dataclass(frozen=True, kw_only=True)
class OrderList:
    """`count`: all matches; `models`: this page; `nextCursor`: where the next one begins, by creation; null at the
    end."""

    count: int
    models: tuple[OrderSummary, ...]
    next_cursor: str | None


@dataclass(frozen=True, kw_only=True)
class OrderSummary:
    id: str
    display_id: str
    status: Literal[
        "pending", "confirmed", "processing", "shipped", "delivered", "cancelled", "refunded", "returned", "failed"
    ]
    lifecycle: Literal["draft", "confirmed", "paid", "shipped", "delivered", "returned", "cancelled", "failed"]
    payment_status: Literal["pending", "authorized", "captured", "refunded"]
    fulfillment_status: Literal["unfulfilled", "partial", "fulfilled"]
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
    events: tuple[OrderEvent, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Payment:
    id: str
    provider: str
    amount: int
    status: Literal["pending", "authorized", "captured", "failed", "voided", "refunded"]
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
class PlannedMoney:
    kind: Literal["authorize", "capture", "void", "refund"]
    amount: int
    payment_id: str | None
    """null: of a payment that is not there yet."""


@dataclass(frozen=True, kw_only=True)
class Product:
    """What a line was of, when it was placed."""

    id: str | None
    name: str
    type: str | None
    vendor: str | None
    image_url: str | None


@dataclass(frozen=True, kw_only=True)
class Refund(Versioned):
    """`id` and `createdAt` are null only in a 202: the refund is accepted and not yet made."""

    id: str
    order_id: str
    amount: int
    currency: str
    status: Literal["pending", "processed", "failed"]
    reason: str | None
    items: tuple[ItemUnits, ...]
    refund_method: Literal["original", "store_credit"] | None = None
    """Where the money went."""
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Replayed:
    queued: int


@dataclass(frozen=True, kw_only=True)
class Resolution:
    verb: str
    path: str | None
    """Method and path of a call that does it; null where it is not ours to do (a dispute ends at the provider)."""


@dataclass(frozen=True, kw_only=True)
class Return(Versioned):
    """`refundId`: the latest of `refundIds`, one per parcel that gave something back; `refundAmount`: of all of
    them."""

    id: str
    order_id: str
    status: Literal[
        "requested", "approved", "partially_received", "received", "refunded", "rejected", "withdrawn", "expired"
    ]
    items: tuple[ReturnItem, ...]
    refund_method: Literal["original", "store_credit"]
    refund_id: str | None
    refund_ids: tuple[str, ...]
    refund_amount: int
    fee: int
    """Kept of what the received units are worth."""
    reject_reason: str | None
    note: str | None
    photos: tuple[str, ...]
    ship_by: datetime | None
    """An approved return of which nothing came by then expires."""
    instructions: str | None
    label: ReturnLabel | None
    exchange_id: str | None = None
    """The exchange it is a part of."""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReturnItem:
    item_id: str
    variant_id: str | None
    quantity: int
    reason: str | None
    received_quantity: int
    restocked_quantity: int
    conditions: dict[str, int]
    """Of the units received, how many looked how."""


@dataclass(frozen=True, kw_only=True)
class ReturnLabel:
    carrier: str | None
    tracking_number: str | None
    url: str | None


@dataclass(frozen=True, kw_only=True)
class ReturnList:
    count: int
    models: tuple[Return, ...]


@dataclass(frozen=True, kw_only=True)
class ShippingMethod:
    id: str
    title: str
    price: int
    currency: str
    code: str | None
    source: str


@dataclass(frozen=True, kw_only=True)
class ShippingMethodList:
    count: int
    models: tuple[ShippingMethod, ...]


@dataclass(frozen=True, kw_only=True)
class StatsDay:
    day: str
    currency: str
    orders: int
    units: int
    captured: int
    refunded: int
    net: int
    """captured − refunded."""


@dataclass(frozen=True, kw_only=True)
class StatsReport:
    time_zone: str
    models: tuple[StatsDay, ...]
    """Days on which something happened, in each currency."""
    waiting: dict[str, int]
    """Word -> how many orders wait for it now; an order counts under each word it waits for."""


@dataclass(frozen=True, kw_only=True)
class StockLevel:
    variant_id: str
    on_hand: int
    reserved: int
    available: int
    allow_backorder: bool
    track_inventory: bool


@dataclass(frozen=True, kw_only=True)
class StockMove:
    """By how many units a variant's figures would change."""

    variant_id: str
    reserved: int
    on_hand: int


@dataclass(frozen=True, kw_only=True)
class StockMovement:
    """One movement: `onHand` and `reserved` are deltas."""

    order_id: str | None
    item_id: str | None
    on_hand: int
    reserved: int
    reason: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class StockMovementList:
    count: int
    models: tuple[StockMovement, ...]


@dataclass(frozen=True, kw_only=True)
class Task:
    id: str
    kind: str
    order_id: str | None
    number: int | None
    since: datetime
    due: datetime | None
    amount: int | None
    currency: str | None
    text: str
    resolved_by: tuple[Resolution, ...]


@dataclass(frozen=True, kw_only=True)
class TaskList:
    models: tuple[Task, ...]
    next_cursor: str | None


@dataclass(frozen=True, kw_only=True)
class Timer(Versioned):
    name: str
    at: datetime
    then: str


@dataclass(frozen=True, kw_only=True)
class TimerList:
    models: tuple[Timer, ...]


@dataclass(frozen=True, kw_only=True)
class Tracking:
    number: str | None
    company: str | None
    url: str | None


@dataclass(frozen=True, kw_only=True)
class Variant:
    """Which one it was."""

    id: str | None
    title: str | None
    sku: str | None
    options_: tuple[Any, ...]
    weight_grams: int | None
    compare_price: int | None


@dataclass(frozen=True, kw_only=True)
class Wait:
    for_: str
    """One of: dispute, hold, provider, refund_failed, surplus, confirmation, return_decision, parcel, exchange,
    payment, capture, fulfillment, delivery, closing."""
    since: datetime
    until: datetime | None
    """When it ends by itself."""
    then: str | None
    """What happens at `until`."""
    by: tuple[str, ...]
    """Verbs that end it; those of timers and of the payment provider's facts are nobody's to call."""
    ref: str | None
    """The return, payment, refund or dispute it is about."""


@dataclass(frozen=True, kw_only=True)
class WaitList:
    models: tuple[Wait, ...]


@dataclass(frozen=True, kw_only=True)
class Webhook:
    id: str
    url: str
    events: tuple[str, ...]
    description: str | None
    status: Literal["active", "failing", "disabled"]
    reason: str | None
    livemode: bool
    old_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class WebhookList:
    count: int
    models: tuple[Webhook, ...]


@dataclass(frozen=True, kw_only=True)
class WebhookWithSecret:
    id: str
    url: str
    events: tuple[str, ...]
    description: str | None
    status: Literal["active", "failing", "disabled"]
    reason: str | None
    livemode: bool
    old_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime
    secret: str
