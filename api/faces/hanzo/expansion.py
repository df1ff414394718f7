"""What `expand` adds to hanzo's answers, and the list whose rows it adds to.

The rule: these describe answers and are never filled in, because a part that was not asked for is absent, not null.
"""

from typing import Any

from api.faces.hanzo.answers import (
    EventOut,
    FulfillmentOut,
    ItemOut,
    OrderOut,
    Out,
    PaymentOut,
    RefundOut,
    ReturnOut,
    SummaryOut,
)


class ProductOut(Out):
    """What a line was of, when it was placed."""

    id: str | None
    name: str
    type: str | None
    vendor: str | None
    image_url: str | None


class VariantOut(Out):
    """Which one it was."""

    id: str | None
    title: str | None
    sku: str | None
    options: list[Any]
    weight_grams: int | None
    compare_price: int | None


class CustomerOut(Out):
    """Who an order is for, as far as it says."""

    id: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    phone: str | None


class ExpandedItemOut(ItemOut):
    product: ProductOut | None = None
    variant: VariantOut | None = None


class ExpandedOrderOut(OrderOut):
    items: list[ExpandedItemOut]  # type: ignore[assignment]  # narrower, and nothing is ever put into it
    customer: CustomerOut | None = None
    events: list[EventOut] | None = None


class ListedOut(SummaryOut):
    items: list[ExpandedItemOut] | None = None
    payments: list[PaymentOut] | None = None
    fulfillments: list[FulfillmentOut] | None = None
    refunds: list[RefundOut] | None = None
    returns: list[ReturnOut] | None = None
    customer: CustomerOut | None = None
    events: list[EventOut] | None = None


class OrderListOut(Out):
    """`count`: all matches; `models`: this page; `nextCursor`: where the next one begins, by creation; null at the end."""

    count: int
    models: list[ListedOut]
    next_cursor: str | None
