"""What storefront answers: the order object of document 003 and its parts, field by field. Amounts are decimal strings."""

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from api.faces.storefront.status import FinancialStatus, Status
from domain.exchanges import ExchangeStatus, ShipWhen
from domain.holds import HoldKind
from domain.status import FulfillmentStatus

Money = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
"""With the currency's own digits: "24.99" USD, "1800" JPY."""
Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Out(BaseModel):
    model_config = ConfigDict(frozen=True)


T = TypeVar("T")


class One(Out, Generic[T]):
    """`{"data": …}`."""

    data: T


class Pagination(Out):
    total: int
    per_page: int
    current_page: int
    total_pages: int
    has_next: bool
    has_prev: bool


class Meta(Out):
    pagination: Pagination


class Many(Out, Generic[T]):
    """`{"data": […], "meta": {"pagination": …}}`."""

    data: list[T]
    meta: Meta


class LineItemOut(Out):
    id: Uuid
    product_id: Uuid | None
    variant_id: Uuid | None
    title: str
    variant_title: str | None
    sku: str | None
    quantity: int
    price: Money
    total: Money
    """Price × quantity."""
    requires_shipping: bool
    is_gift_card: bool
    discount: Money
    tax: Money
    fulfilled_quantity: int
    cancelled_quantity: int
    returned_quantity: int
    refunded_quantity: int
    exchange_id: Uuid | None = None
    """The exchange it was sold in."""
    claim_id: Uuid | None = None
    """The claim it was given for, at no price."""


class AddressOut(Out):
    first_name: str | None
    last_name: str | None
    company: str | None
    phone: str | None
    address1: str
    address2: str | None
    city: str
    state: str | None
    country: str
    zip: str | None


class ShippingLineOut(Out):
    id: Uuid
    title: str
    price: Money
    code: str | None
    source: str | None


class TaxLineOut(Out):
    id: Uuid
    title: str
    rate: str
    price: Money


class DiscountCodeOut(Out):
    code: str
    amount: Money


class ExchangedItemOut(Out):
    id: Uuid
    quantity: int
    received_quantity: int


class NewItemOut(Out):
    """A line item of the order, with this id, from when it is owed."""

    id: Uuid
    variant_id: Uuid | None
    title: str
    sku: str | None
    quantity: int
    price: Money


class ExchangeOut(Out):
    """Line items that come back, and new ones for them. `difference`: what the order owed more with it."""

    id: Uuid
    status: ExchangeStatus
    ship: ShipWhen
    items: list[ExchangedItemOut]
    new_items: list[NewItemOut]
    difference: Money
    created_at: Time
    updated_at: Time


class SummaryOut(Out):
    """What a list shows."""

    id: Uuid
    order_number: str
    email: str | None
    total_price: Money
    currency: str
    status: Status
    financial_status: FinancialStatus
    fulfillment_status: FulfillmentStatus
    created_at: Time
    updated_at: Time


class FulfillmentLineOut(Out):
    id: Uuid
    quantity: int


class FulfillmentOut(Out):
    id: Uuid
    order_id: Uuid
    location_id: str | None
    status: Literal["pending", "shipped", "delivered", "cancelled"]
    line_items: list[FulfillmentLineOut]
    tracking_number: str | None
    tracking_company: str | None
    tracking_url: str | None
    created_at: Time
    updated_at: Time


class NoteOut(Out):
    id: Uuid
    order_id: Uuid
    body: str
    author: str | None
    created_at: Time


class TransactionOut(Out):
    id: Uuid
    order_id: Uuid
    parent_id: Uuid | None
    kind: Literal["sale", "authorization", "capture", "void", "refund"]
    status: Literal["pending", "success", "failure"]
    amount: Money
    currency: str
    gateway: str
    created_at: Time


class ShippingRefundOut(Out):
    amount: Money
    tax: Money


class RefundedLineOut(Out):
    line_item_id: Uuid
    quantity: int
    restock: bool
    subtotal: Money
    tax: Money


class RefundOut(Out):
    """`id`, `amount` and `created_at` are null only in a 202: the refund is accepted and not yet made."""

    id: Uuid | None
    order_id: Uuid
    note: str | None
    amount: Money | None
    currency: str
    status: Literal["pending", "success", "failure"]
    shipping: ShippingRefundOut
    refund_line_items: list[RefundedLineOut]
    transactions: list[TransactionOut]
    created_at: Time | None


class SuggestedTransaction(Out):
    parent_id: Uuid
    amount: Money
    kind: Literal["suggested_refund"]
    gateway: str


class CalculationOut(Out):
    """Posted to `refunds` unchanged, it is accepted."""

    currency: str
    amount: Money
    maximum_refundable: Money
    shipping: ShippingRefundOut
    refund_line_items: list[RefundedLineOut]
    transactions: list[SuggestedTransaction]


class HoldOut(Out):
    """While one stands, nothing may be sent."""

    id: str
    kind: HoldKind
    reason: str | None
    owner: str | None
    """Who put it there."""
    until: Time | None
    """When it ends by itself."""
    created_at: Time


class OrderOut(SummaryOut):
    """The order object. `include` adds fulfillments, refunds, transactions and notes, and nothing else does."""

    customer_id: Uuid | None
    phone: str | None
    subtotal_price: Money
    """Lines before discount."""
    total_tax: Money
    total_shipping: Money
    total_discounts: Money
    total_weight: str
    """Kilograms."""
    total_items: int
    line_items: list[LineItemOut]
    shipping_address: AddressOut | None
    billing_address: AddressOut | None
    shipping_lines: list[ShippingLineOut]
    tax_lines: list[TaxLineOut]
    discount_codes: list[DiscountCodeOut]
    note: str | None
    note_attributes: dict[str, Any]
    tags: list[str]
    holds: list[HoldOut]
    exchanges: list[ExchangeOut]
    cart_token: str | None
    checkout_token: str | None
    referring_site: str | None
    landing_site: str | None
    source_name: str
    client_details: dict[str, Any]
    processed_at: Time | None
    closed_at: Time | None
    cancelled_at: Time | None
    cancel_reason: Literal["customer_request", "fraudulent", "inventory", "other"] | None


class Included(OrderOut):
    """An order with what `include` asked for."""

    fulfillments: list[FulfillmentOut] = Field(default_factory=list)
    refunds: list[RefundOut] = Field(default_factory=list)
    transactions: list[TransactionOut] = Field(default_factory=list)
    notes: list[NoteOut] = Field(default_factory=list)


class SignalOut(Out):
    name: str
    score: int
    message: str


class RisksOut(Out):
    order_id: Uuid
    score: int
    recommendation: Literal["accept", "investigate", "cancel"]
    signals: list[SignalOut]


class Detail(BaseModel):
    field: str
    message: str


class ErrorInner(BaseModel):
    """Further fields say more: `event` (what made it so), `maximum`, `decline_code`, `line_items`."""

    model_config = ConfigDict(extra="allow")

    code: str
    message: str
    details: list[Detail]
    request_id: str


class ErrorOut(BaseModel):
    error: ErrorInner
