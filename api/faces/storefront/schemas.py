"""What storefront's requests look like: document 003, field by field (contract section 8). Answers: answers.py.

Requests are strict and refuse unknown fields. Amounts are decimals, as strings or JSON numbers, with at most the currency's own
digits. A quantity that is an integer, but no positive one, passes here: document 003's INVALID_QUANTITY is 400, not 422.
"""

from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from api.faces.storefront.status import FinancialStatus, Status
from api.http.fields import (
    COUNTED,
    MAX_LINES,
    MAX_QUANTITY,
    CommaList,
    Country,
    Currency,
    Email,
    FilledText,
    Ident,
    Metadata,
    QueryModel,
    QueryTime,
    RequestModel,
    Short,
    Tags,
    Text,
)
from api.spelling.amounts import DecimalIn, decimal
from domain.status import FulfillmentStatus

INCLUDABLE: Final = ("fulfillments", "refunds", "transactions", "notes")
Rate = Annotated[Decimal, BeforeValidator(decimal), Field(le=10, max_digits=20)]
"""A fraction: 0.09 is nine percent."""
QuantityIn = Annotated[int, Field(ge=-MAX_QUANTITY, le=MAX_QUANTITY), COUNTED]
Example = dict[str, Any]


def _example(example: Example) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": example})


# Parts.


class AddressIn(RequestModel):
    """`address1`, `city` and `country` (ISO 3166-1 alpha-2) are required."""

    address1: FilledText
    city: FilledText
    country: Country
    address2: Text | None = None
    state: Text | None = None
    zip: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    company: Text | None = None
    phone: Text | None = None


class LineItemIn(RequestModel):
    """A variant of the catalogue, or (with `title` and `price`) a line of its own."""

    model_config = _example({"variant_id": "550e8400-e29b-41d4-a716-446655440001", "quantity": 1, "price": "24.99"})

    variant_id: Ident | None = None
    quantity: QuantityIn
    price: DecimalIn | None = Field(None, description="Missing: the catalogue's price.")
    title: FilledText | None = None
    sku: Short | None = None
    requires_shipping: bool | None = None
    product_id: Ident | None = Field(None, description="This and the next two: only of a line the catalogue lacks.")
    variant_title: Text | None = None
    is_gift_card: bool | None = None


class ShippingLineIn(RequestModel):
    title: FilledText
    price: DecimalIn
    code: Short | None = None
    source: Short | None = None


class TaxLineIn(RequestModel):
    """Either every tax line of an order says its `price`, or none does; then each says its `rate`."""

    title: FilledText
    rate: Rate | None = None
    price: DecimalIn | None = None


class DiscountCodeIn(RequestModel):
    code: Annotated[Short, Field(min_length=1)]


# Orders.


class SaleIn(RequestModel):
    """Placed, confirmed and paid in one request."""

    kind: Literal["sale", "authorization"]
    payment_method: Annotated[Short, Field(min_length=1)]
    amount: DecimalIn | None = Field(None, description="Missing: all that is due.")
    gateway: Annotated[Short, Field(min_length=1)] | None = None


class CreateOrder(RequestModel):
    """Everything of the order object that the caller can know. The order is confirmed at once, or not placed at all."""

    model_config = _example(
        {
            "email": "customer@example.com",
            "line_items": [
                {"variant_id": "550e8400-e29b-41d4-a716-446655440001", "quantity": 2, "price": "24.99"},
            ],
            "shipping_lines": [{"title": "Standard Shipping", "price": "5.00"}],
            "note": "Please gift wrap",
            "send_receipt": True,
            "inventory_behaviour": "decrement_obeying_policy",
        }
    )

    line_items: Annotated[list[LineItemIn], Field(min_length=1, max_length=MAX_LINES)]
    email: Email | None = None
    phone: Short | None = None
    customer_id: Ident | None = None
    currency: Currency | None = Field(None, description="Missing: the store's.")
    shipping_address: AddressIn | None = None
    billing_address: AddressIn | None = None
    shipping_lines: Annotated[list[ShippingLineIn], Field(max_length=50)] | None = None
    tax_lines: Annotated[list[TaxLineIn], Field(max_length=50)] | None = Field(
        None, description="Missing: the rates of the destination."
    )
    discount_codes: Annotated[list[DiscountCodeIn], Field(max_length=50)] | None = None
    note: Text | None = None
    note_attributes: Metadata | None = None
    tags: Tags | None = None
    cart_token: Short | None = None
    checkout_token: Short | None = None
    referring_site: Text | None = None
    landing_site: Text | None = None
    source_name: Annotated[Short, Field(min_length=1)] | None = Field(None, description="Missing: `api`.")
    client_details: Metadata | None = None
    send_receipt: bool = False
    inventory_behaviour: Literal["bypass", "decrement_ignoring_policy", "decrement_obeying_policy"] = (
        "decrement_obeying_policy"
    )
    transactions: Annotated[list[SaleIn], Field(min_length=1, max_length=1)] | None = Field(
        None,
        description="One payment; declined, it is 402 with the order's id, and the order is a draft, its stock free.",
    )


class UpdateOrder(RequestModel):
    """Absent is unchanged, present is replaced. `shipping_address` only until the first unit is sent."""

    model_config = _example({"email": "newemail@example.com", "note": "Updated note", "tags": ["vip", "wholesale"]})

    email: Email | None = None
    phone: Short | None = None
    note: Text | None = None
    tags: Tags | None = None
    note_attributes: Metadata | None = None
    billing_address: AddressIn | None = None
    shipping_address: AddressIn | None = None


class CancelOrder(RequestModel):
    model_config = _example({"reason": "customer_request", "restock": True, "notify_customer": True})

    reason: Literal["customer_request", "fraudulent", "inventory", "other"] | None = None
    restock: bool = Field(True, description="False: the units are written off instead of released.")
    notify_customer: bool = False


class UpdateLineItem(RequestModel):
    model_config = _example({"quantity": 3, "price": "22.99"})

    quantity: QuantityIn | None = None
    price: DecimalIn | None = None


# Fulfilments and notes.


class FulfilledLine(RequestModel):
    id: Ident
    quantity: QuantityIn


class CreateFulfillment(RequestModel):
    """No `line_items`: everything that is left."""

    model_config = _example(
        {
            "location_id": "550e8400-e29b-41d4-a716-446655440020",
            "line_items": [{"id": "550e8400-e29b-41d4-a716-446655440101", "quantity": 2}],
            "tracking_number": "1Z999AA10123456784",
            "tracking_company": "UPS",
            "tracking_url": "https://www.ups.com/track?tracknum=1Z999AA10123456784",
            "notify_customer": True,
        }
    )

    location_id: Ident | None = None
    line_items: Annotated[list[FulfilledLine], Field(min_length=1, max_length=MAX_LINES)] | None = None
    tracking_number: Short | None = None
    tracking_company: Short | None = None
    tracking_url: Text | None = None
    notify_customer: bool = False


class UpdateFulfillment(RequestModel):
    """Only the tracking fields given change."""

    model_config = _example({"tracking_number": "1Z999AA10123456784", "status": "delivered"})

    tracking_number: Short | None = None
    tracking_company: Short | None = None
    tracking_url: Text | None = None
    status: Literal["shipped", "delivered"] | None = None
    notify_customer: bool = False


class CreateNote(RequestModel):
    model_config = _example(
        {"body": "Customer called about delivery time", "author": "John Smith", "notify_customer": False}
    )

    body: FilledText
    author: Short | None = None
    notify_customer: bool = False


# Refunds and transactions.


class ShippingRefund(RequestModel):
    """`full_refund`, or an `amount`. `tax` is a figure of `calculate`'s answer; it follows from the amount."""

    full_refund: bool | None = None
    amount: DecimalIn | None = None
    tax: DecimalIn | None = None


def _full(value: Any) -> Any:
    """The word "full" is `{"full_refund": true}`."""
    return {"full_refund": True} if value == "full" else value


ShippingIn = Annotated[
    ShippingRefund, BeforeValidator(_full, json_schema_input_type=Literal["full"] | ShippingRefund), COUNTED
]


class RefundedLine(RequestModel):
    """`subtotal` and `tax` are figures of `calculate`'s answer; they follow from the quantity."""

    line_item_id: Ident
    quantity: QuantityIn
    restock: bool = False
    subtotal: DecimalIn | None = None
    tax: DecimalIn | None = None


class RefundTransaction(RequestModel):
    """Money back from one payment, named by its id or by one of its transactions'."""

    parent_id: Ident
    amount: DecimalIn
    kind: Literal["refund", "suggested_refund"] = "refund"
    gateway: Short | None = None


class RefundOrder(RequestModel):
    """What `calculate` and `refunds` both take, and so `calculate`'s answer too.

    `transactions` say what is refunded; without them `amount`; without it the lines' and the shipping's share; without
    anything all that is left.
    """

    model_config = _example(
        {
            "note": "Customer unhappy with product",
            "notify_customer": True,
            "shipping": {"full_refund": True},
            "refund_line_items": [
                {"line_item_id": "550e8400-e29b-41d4-a716-446655440101", "quantity": 1, "restock": True}
            ],
        }
    )

    note: Text | None = None
    notify_customer: bool = False
    shipping: ShippingIn | None = None
    refund_line_items: Annotated[list[RefundedLine], Field(max_length=MAX_LINES)] | None = None
    transactions: Annotated[list[RefundTransaction], Field(max_length=MAX_LINES)] | None = None
    currency: Currency | None = None
    amount: DecimalIn | None = None
    gateway: Literal["manual"] | None = Field(None, description="The money was given back elsewhere: it is recorded.")
    maximum_refundable: DecimalIn | None = None


class CreateTransaction(RequestModel):
    """`parent_id`: what is captured or voided, or the waiting payment that goes on. `gateway: manual`: taken elsewhere."""

    model_config = _example({"kind": "sale", "payment_method": "pm_card_visa"})

    kind: Literal["sale", "authorization", "capture", "void"]
    amount: DecimalIn | None = Field(None, description="Missing: what is due, or what is held.")
    payment_method: Short | None = None
    parent_id: Ident | None = None
    gateway: Annotated[Short, Field(min_length=1)] | None = None


# Queries.


class GetOrder(QueryModel):
    include: Annotated[
        CommaList,
        Field(default_factory=list, description=f"Any of {', '.join(INCLUDABLE)}; a comma list, or repeated."),
    ]


class ListOrders(QueryModel):
    page: int = Field(1, ge=1, le=10_000_000)
    per_page: int = Field(20, ge=1, le=100)
    status: Status | None = None
    financial_status: FinancialStatus | None = None
    fulfillment_status: FulfillmentStatus | None = None
    customer_id: str | None = Field(None, max_length=64, description="In any spelling.")
    email: str | None = Field(None, max_length=254)
    order_number: str | None = Field(None, max_length=64, description="With or without `#`.")
    min_total: DecimalIn | None = Field(None, description="In each order's own currency.")
    max_total: DecimalIn | None = None
    created_after: QueryTime | None = Field(None, description="At or after: a date, or a date-time with offset.")
    created_before: QueryTime | None = Field(None, description="Before.")
    updated_after: QueryTime | None = None
    sort: Literal["created_at", "updated_at", "total_price"] = "created_at"
    order: Literal["asc", "desc"] = "desc"


PER_PAGE: Final = 20


class Paging(QueryModel):
    """Of an order's own parts: all of them, unless `per_page` is given."""

    page: int = Field(1, ge=1, le=10_000_000)
    per_page: int | None = Field(None, ge=1, le=100)
