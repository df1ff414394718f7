"""What calls take, as keyword arguments or dictionaries. Amounts are minor units; what is missing is not sent.

Made by `python -m clients.generate`: change the engine, or the generator.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Required, TypedDict


class APIKeyInput(TypedDict, total=False):
    scope: Required[Literal["restricted", "customer"]]
    customer_id: str
    """Whose orders a customer key reaches; needed for one."""
    name: str


class AddDiscountOp(TypedDict, total=False):
    """A code of the policy file, or an amount off."""

    op: Required[Literal["add_discount"]]
    code: str
    amount: int
    description: str
    """What the amount is called."""


class AddItemOp(TypedDict, total=False):
    """A new line, priced by the catalogue unless `unitPrice` says otherwise."""

    op: Required[Literal["add_item"]]
    variant_id: Required[str]
    quantity: Required[int]
    unit_price: int


class AddressInput(TypedDict, total=False):
    """`line1`, `city` and `country` (ISO 3166-1 alpha-2) are required."""

    line1: Required[str]
    city: Required[str]
    country: Required[str]
    line2: str
    state: str
    postal_code: str
    first_name: str
    last_name: str
    company: str
    phone: str


class AgendaParams(TypedDict, total=False):
    from_: str | datetime
    """At or after."""
    until: str | datetime
    """Before."""
    limit: int
    cursor: str
    """`nextCursor` of the page before."""


class ApproveReturnInput(TypedDict, total=False):
    """Label and instructions are in the mail that tells the customer."""

    ship_by: str | datetime
    """Nothing received by then: it expires. Missing: as the policy says."""
    instructions: str
    label: ReturnLabelInput


class AuthorizeInput(TypedDict, total=False):
    payment_method: str
    amount: int
    payment_id: str


class CancelInput(TypedDict, total=False):
    reason: Literal["customer_request", "out_of_stock", "fraud", "duplicate", "other"]
    note: str
    """Needed with the reason `other`."""
    notify_customer: bool


class CancelItemsInput(TypedDict, total=False):
    """Units that will not be sent. `restock: false` writes them off."""

    items: Required[Sequence[FulfillmentItem]]
    restock: bool
    reason: str


class CancelItemsOp(TypedDict, total=False):
    """Unsent units that will never be sent; they go back on sale."""

    op: Required[Literal["cancel_items"]]
    items: Required[Sequence[FulfillmentItem]]


class CaptureInput(TypedDict, total=False):
    amount: int
    final: bool
    """Release what is not captured."""
    payment_id: str


class CatalogListParams(TypedDict, total=False):
    page: int
    display: int


class CatalogVariantInput(TypedDict, total=False):
    """`title` is product and variant; made of the two names when it is missing. Fields not given are emptied."""

    product_name: str
    title: str
    unit_price: Required[int]
    currency: str
    """Missing: the store's."""
    sku: str
    product_id: str
    variant_title: str
    weight_grams: int
    requires_shipping: bool
    track_inventory: bool
    allow_backorder: bool
    is_gift_card: bool
    options_: Sequence[str]
    product_type: str
    vendor: str
    compare_price: int
    """Null: none."""
    image_url: str
    auto_fulfilment: bool
    is_multi: bool


class ClaimInput(TypedDict, total=False):
    """Shipped units, each once. `replace` sends others at no price (the same, unless `newItems` says otherwise);
    `refund` gives their share back."""

    items: Required[Sequence[ClaimedItemInput]]
    resolution: Required[Literal["replace", "refund"]]
    new_items: Sequence[ReplacementInput]


class ClaimedItemInput(TypedDict, total=False):
    item_id: Required[str]
    quantity: Required[int]
    reason: Required[Literal["damaged", "missing", "wrong_item"]]


class CreditInput(TypedDict, total=False):
    amount: Required[int]
    currency: Required[str]
    reason: Required[str]


class CreditParams(TypedDict, total=False):
    limit: int
    cursor: str
    """`nextCursor` of the page before."""


class DeliverInput(TypedDict, total=False):
    fulfillment_id: str
    """Missing: everything that is shipped."""


class DeliveryListParams(TypedDict, total=False):
    limit: int
    before: str
    status: Literal["pending", "delivered", "failed"]
    order_id: str


class EditInput(TypedDict, total=False):
    """Changes of what was sold, all or nothing: lines, shipping and address first, then discounts, then cancelled
    units."""

    operations: Required[
        Sequence[
            AddItemOp
            | SetQuantityOp
            | SetPriceOp
            | CancelItemsOp
            | SetShippingOp
            | SetAddressOp
            | AddDiscountOp
            | RemoveDiscountOp
        ]
    ]
    note: str


class ExchangeInput(TypedDict, total=False):
    """Units that come back, and others for them. `on_receipt`: the new ones are owed and sent once the last parcel
    is here; `on_approval`: as soon as the exchange is approved."""

    items: Required[Sequence[ReturnItemInput]]
    new_items: Required[Sequence[NewItemInput]]
    ship: Literal["on_receipt", "on_approval"]
    payment_method: str
    """Asked whenever the exchange makes something due; a decline leaves it due."""


class FulfillmentInput(TypedDict, total=False):
    """No `items`: everything that is left."""

    items: Sequence[FulfillmentItem]
    tracking_number: str
    tracking_company: str
    tracking_url: str
    location_id: str
    notify_customer: bool


class FulfillmentItem(TypedDict, total=False):
    item_id: Required[str]
    quantity: Required[int]


class HoldInput(TypedDict, total=False):
    """Nothing is sent while it stands. `until` lifts it by itself."""

    kind: Required[Literal["fraud", "payment", "address", "manual"]]
    reason: Required[str]
    until: str | datetime


class MoveTimerInput(TypedDict, total=False):
    """One of the two: `at` moves the window, `fire` lets what it does happen now."""

    at: str | datetime
    fire: bool


class NewItemInput(TypedDict, total=False):
    """A variant of the catalogue, at its price unless `unitPrice` says otherwise; only secret keys may say so."""

    variant_id: Required[str]
    quantity: Required[int]
    unit_price: int


class OrderGetParams(TypedDict, total=False):
    expand: Sequence[str]
    """Any of items, items.product, items.variant, payments, fulfillments, refunds, returns, customer, events; a
    comma list, or repeated."""


class OrderInput(TypedDict, total=False):
    """`discount`, `shippingTotal` and `taxTotal` are for imports: they win over the computed figures."""

    items: Required[Sequence[OrderItemInput]]
    customer_id: str
    email: str
    currency: str
    """Missing: the store's."""
    shipping_address: AddressInput
    billing_address: AddressInput
    shipping_method_id: str
    """Missing: no shipping is charged."""
    discount_codes: Sequence[str]
    notes: str
    metadata: dict[str, Any]
    tags: Sequence[str]
    discount: int
    shipping_total: int
    tax_total: int
    payment: PaymentInput
    """A decline is 402 with the order's id: the order stays a draft, its stock free."""


class OrderItemInput(TypedDict, total=False):
    variant_id: str
    quantity: Required[int]
    unit_price: int
    """Missing: the catalogue's price."""
    title: str
    """With `unitPrice` and no known variant: a custom line."""
    sku: str
    requires_shipping: bool


class OrderListParams(TypedDict, total=False):
    page: int
    display: int
    sort: str
    """createdAt, updatedAt, total or displayId; descending with `:desc` or a `-` before it."""
    cursor: str
    """`nextCursor` of the page before, with the same filters and sort, by creation only."""
    status: Literal[
        "pending",
        "confirmed",
        "processing",
        "shipped",
        "delivered",
        "cancelled",
        "refunded",
        "returned",
        "failed",
        "draft",
        "paid",
    ]
    """A word of document 000, or one only 001 has."""
    payment_status: Literal["pending", "authorized", "captured", "refunded"]
    fulfillment_status: Literal["unfulfilled", "partial", "fulfilled"]
    customer_id: str
    since: str | datetime
    """Created at or after: a date, or a date-time with offset."""
    until: str | datetime
    """Created before."""
    q: str
    """Beginning of an id, a display number or an e-mail address."""
    expand: Sequence[str]


class OrderUpdate(TypedDict, total=False):
    """`metadata` is merged, a null deletes its key. Addresses are replaced whole, until the first unit is sent."""

    metadata: dict[str, Any]
    notes: str | None
    tags: Sequence[str]
    shipping_address: AddressInput
    billing_address: AddressInput


class PayInput(TypedDict, total=False):
    """Takes what is due. Without `capture` the policy decides. `paymentId` goes on with one that waits for 3-D
    Secure."""

    payment_method: str
    amount: int
    capture: bool
    payment_id: str


class PaymentInput(TypedDict, total=False):
    """Placed, confirmed and paid in one request. Without `capture` the policy decides."""

    payment_method: Required[str]
    amount: int
    """Missing: all that is due."""
    capture: bool


class ReceiveReturnInput(TypedDict, total=False):
    """No `items`: everything that is left came and goes on the shelf. `amount` overrides the units' share."""

    items: Sequence[ReceivedItemInput]
    final: bool
    """False: more parcels come. The last unit ends the return either way."""
    amount: int
    refund_shipping: bool
    fee: int
    """Kept of the units' worth; missing: the policy's percentage. Not beside `amount`."""


class ReceivedItemInput(TypedDict, total=False):
    item_id: Required[str]
    quantity: Required[int]
    restock: bool
    condition: Literal["new", "opened", "damaged"]


class RedeliverInput(TypedDict, total=False):
    delivery_id: Required[str]


class RefundInput(TypedDict, total=False):
    """`amount` wins over `items`; `items` alone are their share; nothing is all that is left."""

    amount: int
    reason: str
    items: Sequence[RefundItemInput]
    manual: bool
    """The money was given back elsewhere: recorded, no provider is asked."""
    notify_customer: bool


class RefundItemInput(TypedDict, total=False):
    item_id: Required[str]
    quantity: Required[int]
    restock: bool


class RejectReturnInput(TypedDict, total=False):
    reason: Required[str]


class RemoveDiscountOp(TypedDict, total=False):
    op: Required[Literal["remove_discount"]]
    code: Required[str]


class ReplacementInput(TypedDict, total=False):
    variant_id: Required[str]
    quantity: Required[int]


class ReplayInput(TypedDict, total=False):
    """An order's events from this sequence on."""

    order_id: Required[str]
    sequence: int


class ReturnInput(TypedDict, total=False):
    items: Required[Sequence[ReturnItemInput]]
    refund_method: Literal["original", "store_credit"]
    """`store_credit` needs an order with a customer."""
    note: str
    photos: Sequence[str]


class ReturnItemInput(TypedDict, total=False):
    """By `itemId`, or by `variantId` (then lines of that variant, in order)."""

    item_id: str
    variant_id: str
    quantity: Required[int]
    reason: str


class ReturnLabelInput(TypedDict, total=False):
    """What the customer puts on the parcel."""

    carrier: str
    tracking_number: str
    url: str


class SearchParams(TypedDict, total=False):
    q: str
    """Beginning of a number, an id, an e-mail, a phone number, a name, a tracking number, a SKU or a payment
    reference; those that are exactly it come first."""
    waits_for: str
    """One of: dispute, hold, provider, refund_failed, surplus, confirmation, return_decision, parcel, exchange,
    payment, capture, fulfillment, delivery, closing."""
    status: Literal["draft", "confirmed", "paid", "shipped", "delivered", "returned", "cancelled", "failed"]
    payment_status: Literal["pending", "authorized", "captured", "refunded"]
    fulfillment_status: Literal["unfulfilled", "partial", "fulfilled"]
    customer_id: str
    since: str | datetime
    """Created at or after."""
    until: str | datetime
    """Created before."""
    limit: int
    cursor: str
    """`nextCursor` of the page before."""


class SetAddressOp(TypedDict, total=False):
    """While nothing is sent. Taxes follow it."""

    op: Required[Literal["set_address"]]
    shipping_address: Required[AddressInput]


class SetPriceOp(TypedDict, total=False):
    """Of a line with nothing sent."""

    op: Required[Literal["set_price"]]
    item_id: Required[str]
    unit_price: Required[int]


class SetQuantityOp(TypedDict, total=False):
    """Of a line with nothing sent."""

    op: Required[Literal["set_quantity"]]
    item_id: Required[str]
    quantity: Required[int]


class SetShippingOp(TypedDict, total=False):
    """A method, a price, or a method at another price; while nothing is sent."""

    op: Required[Literal["set_shipping"]]
    shipping_method_id: str
    shipping_total: int


class StatsParams(TypedDict, total=False):
    from_: str | datetime
    """First day, in the shop's time zone; 30 days before `until` when missing."""
    until: str | datetime
    """The day after the last; tomorrow when missing."""
    by: str


class StockAdjustment(TypedDict, total=False):
    delta: Required[int]
    reason: Required[str]


class StockInput(TypedDict, total=False):
    """Sets what is on the shelf, whether backorders are taken, or both."""

    on_hand: int
    allow_backorder: bool


class TaskListParams(TypedDict, total=False):
    kind: Sequence[str]
    """Any of return_to_decide, return_to_receive, surplus, refund_failed, dispute, hold, authorization_expiring,
    exchange_overdue, payment_failed, webhook_failing, mail_stuck, ledger_difference; a comma list, or repeated."""
    until: str | datetime
    """Due before; or begun before, where nothing says until when."""
    limit: int
    cursor: str
    """`nextCursor` of the page before."""


class VoidInput(TypedDict, total=False):
    payment_id: str


class WebhookInput(TypedDict, total=False):
    """`events`: names of hanzo's, or `["*"]`."""

    url: Required[str]
    events: Required[Sequence[str]]
    description: str


class WebhookUpdate(TypedDict, total=False):
    url: str
    events: Sequence[str]
    description: str | None
    status: Literal["active", "disabled"]
