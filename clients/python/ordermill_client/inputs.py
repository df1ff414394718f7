"""What the verbs take, as keyword arguments. Amounts are minor units; what is missing is not sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, NotRequired, Required, TypedDict

CancelReason = Literal["customer_request", "out_of_stock", "fraud", "duplicate", "other"]


class GetQuery(TypedDict, total=False):
    expand: Sequence[str]
    """items, items.product, items.variant, payments, fulfillments, refunds, returns, customer, events."""


class ListQuery(GetQuery, total=False):
    page: int
    display: int
    """Orders per page, 1 to 100."""
    sort: str
    """createdAt, updatedAt, total or displayId; descending with `:desc` or a `-` before it."""
    status: str
    """A word of `status` or of `lifecycle`."""
    payment_status: Literal["pending", "authorized", "captured", "refunded"]
    fulfillment_status: Literal["unfulfilled", "partial", "fulfilled"]
    customer_id: str
    since: str | datetime
    """Created at or after."""
    until: str | datetime
    """Created before."""
    q: str
    """Beginning of an id, a display number or an e-mail address."""


class AddressInput(TypedDict, total=False):
    line1: Required[str]
    city: Required[str]
    country: Required[str]
    """ISO 3166-1 alpha-2."""
    line2: str
    state: str
    postal_code: str
    first_name: str
    last_name: str
    company: str
    phone: str


class ItemInput(TypedDict, total=False):
    variant_id: str
    quantity: Required[int]
    unit_price: int
    """Missing: the catalogue's."""
    title: str
    """With `unit_price` and no known variant: a custom line."""
    sku: str
    requires_shipping: bool


class OrderInput(TypedDict, total=False):
    """`discount`, `shipping_total` and `tax_total` are for imports: they win over the computed figures."""

    items: Required[Sequence[ItemInput]]
    customer_id: str
    email: str
    currency: str
    shipping_address: AddressInput
    billing_address: AddressInput
    shipping_method_id: str
    discount_codes: Sequence[str]
    notes: str
    metadata: dict[str, Any]
    tags: Sequence[str]
    discount: int
    shipping_total: int
    tax_total: int


class OrderUpdate(TypedDict, total=False):
    metadata: dict[str, Any]
    """Merged; None deletes its key."""
    notes: str | None
    tags: Sequence[str]
    shipping_address: AddressInput
    billing_address: AddressInput


class AuthorizeInput(TypedDict, total=False):
    payment_method: str
    amount: int
    """Missing: what is due."""
    payment_id: str
    """Go on with a payment that waits for 3-D Secure."""


class PayInput(AuthorizeInput, total=False):
    capture: bool
    """Missing: the policy decides."""


class CaptureInput(TypedDict, total=False):
    amount: int
    final: bool
    """Release what is not captured (default true)."""
    payment_id: str


class VoidInput(TypedDict, total=False):
    payment_id: str


class UnitsInput(TypedDict):
    item_id: str
    quantity: int


class RestockedUnitsInput(UnitsInput):
    restock: NotRequired[bool]


class FulfillmentInput(TypedDict, total=False):
    items: Sequence[UnitsInput]
    """Missing: everything that is left."""
    tracking_number: str
    tracking_company: str
    tracking_url: str
    location_id: str
    notify_customer: bool


class DeliverInput(TypedDict, total=False):
    fulfillment_id: str
    """Missing: everything that is shipped."""


class CancelInput(TypedDict, total=False):
    reason: CancelReason
    note: str
    """Needed with the reason `other`."""
    notify_customer: bool


class RefundInput(TypedDict, total=False):
    """`amount` wins over `items`; `items` alone are their share; neither is all that is left."""

    amount: int
    reason: str
    items: Sequence[RestockedUnitsInput]
    notify_customer: bool


class ReturnUnitsInput(TypedDict, total=False):
    """A line, or a variant."""

    item_id: str
    variant_id: str
    quantity: Required[int]
    reason: str


class ReturnInput(TypedDict, total=False):
    items: Required[Sequence[ReturnUnitsInput]]
    refund_method: Literal["original"]


class RejectReturnInput(TypedDict, total=False):
    reason: str


class ReceiveReturnInput(TypedDict, total=False):
    items: Sequence[RestockedUnitsInput]
    amount: int
    """Instead of the units' share."""
    refund_shipping: bool
