"""What hanzo answers: the order of documents 000 and 001 and its parts, field by field. Amounts are minor units."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from api.faces.hanzo.status import Status
from domain.exchanges import ClaimReason, ExchangeStatus, Resolution, ShipWhen
from domain.holds import HoldKind
from domain.order import Condition, RefundMethod, ReturnStatus
from domain.rehearsal import MoneyKind
from domain.status import FulfillmentStatus, Lifecycle, PaymentStatus


class Out(BaseModel):
    """camelCase on the wire; made by field name here."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=False,
        frozen=True,
        use_attribute_docstrings=True,
    )


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
    exchange_id: str | None = None
    """The exchange it was sold in."""
    claim_id: str | None = None
    """The claim it was given for, at no price."""


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
    refund_method: RefundMethod = "original"
    """Where the money went."""
    created_at: str | None


class ReturnItemOut(Out):
    item_id: str
    variant_id: str | None
    quantity: int
    reason: str | None
    received_quantity: int
    restocked_quantity: int
    conditions: dict[Condition, int]
    """Of the units received, how many looked how."""


class LabelOut(Out):
    carrier: str | None
    tracking_number: str | None
    url: str | None


class ReturnOut(Out):
    """`refundId`: the latest of `refundIds`, one per parcel that gave something back; `refundAmount`: of all of them."""

    id: str
    order_id: str
    status: ReturnStatus
    items: list[ReturnItemOut]
    refund_method: RefundMethod
    refund_id: str | None
    refund_ids: list[str]
    refund_amount: int
    fee: int
    """Kept of what the received units are worth."""
    reject_reason: str | None
    note: str | None
    photos: list[str]
    ship_by: str | None
    """An approved return of which nothing came by then expires."""
    instructions: str | None
    label: LabelOut | None
    exchange_id: str | None = None
    """The exchange it is a part of."""
    created_at: str
    updated_at: str


class NewItemOut(Out):
    """What an exchange was to bring, as agreed on; an item of the order, with this id, from when it is owed."""

    id: str
    variant_id: str | None
    title: str
    sku: str | None
    quantity: int
    unit_price: int
    subtotal: int


class ExchangedItemOut(Out):
    item_id: str
    variant_id: str | None
    quantity: int
    reason: str | None
    received_quantity: int


class ExchangeOut(Out):
    """`difference`: what the order owed more with it, all received, when it was requested; negative: in the customer's favour.
    `amountDue`: what is due for the order now."""

    id: str
    order_id: str
    status: ExchangeStatus
    return_id: str
    ship: ShipWhen
    items: list[ExchangedItemOut]
    new_items: list[NewItemOut]
    difference: int
    amount_due: int
    ship_by: str | None
    """Until when the parcel must have come."""
    created_at: str
    updated_at: str


class ExchangeListOut(Out):
    count: int
    models: list[ExchangeOut]


class ClaimedItemOut(Out):
    item_id: str
    variant_id: str | None
    quantity: int
    reason: ClaimReason


class ClaimOut(Out):
    """`newItems`: the items that replace others; they cost nothing. `refundAmount`: of a refund, what moved."""

    id: str
    order_id: str
    resolution: Resolution
    items: list[ClaimedItemOut]
    new_items: list[NewItemOut]
    refund_id: str | None
    refund_amount: int
    amount_due: int
    created_at: str


class ClaimListOut(Out):
    count: int
    models: list[ClaimOut]


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

    id: str
    kind: HoldKind
    reason: str | None
    owner: str | None
    """Who put it there."""
    until: str | None
    """When it ends by itself."""
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
    exchanges: list[ExchangeOut]
    claims: list[ClaimOut]
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


class EditFigures(Out):
    """Totals before and after an edit, what is due after it, and what went back with it."""

    id: str
    before: int
    after: int
    difference: int
    due: int
    surplus: int
    note: str | None


class EditedOrderOut(OrderOut):
    edit: EditFigures


class MoneyOut(Out):
    kind: MoneyKind
    amount: int
    payment_id: str | None
    """null: of a payment that is not there yet."""


class StockMoveOut(Out):
    """By how many units a variant's figures would change."""

    variant_id: str
    reserved: int
    on_hand: int


class DryRunOut(Out):
    """What a command would do. Nothing was done; a payment provider was not asked, and is taken to agree."""

    dry_run: Literal[True]
    order: dict[str, Any]
    """The order as it would be; of one that is not placed, every id is null."""
    events: list[str]
    money: list[MoneyOut]
    stock: list[StockMoveOut]
    mails: list[str]


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
