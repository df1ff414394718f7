"""What commercehq answers: document 004's printed order, attribute by attribute, with its JSON types; the sample beats the table.

An object of the sample is always an object: where there is nothing to say (no shipping, no payment, a guest without a name)
its fields are null. Beyond the sample: `currency`, `cancelled_at`, `refunds`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from api.faces.commercehq.status import Paid, Status
from domain.holds import HoldKind

Money = Annotated[int | float, WithJsonSchema({"type": "number"})]
"""Major units as a JSON number, without trailing zeros: 13.94, 46.5, 0. See render.money for why it is exact."""
Epoch = Annotated[int, Field(json_schema_extra={"description": "Seconds since 1970-01-01T00:00:00Z."})]


class Out(BaseModel):
    model_config = ConfigDict(frozen=True)


class DiscountOut(Out):
    """`code` is null for what an import took off without one."""

    code: str | None
    amount: Money


class ShippingOut(Out):
    """`price` is the only amount that is a string."""

    description: str | None
    price: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$")] | None


class VariantOut(Out):
    id: int | None
    variant: list[str]


class ItemDataOut(Out):
    id: int
    product_id: int | None
    title: str
    is_multi: bool
    type: str | None
    is_giftcard: bool
    shipping_weight: Annotated[int | float, WithJsonSchema({"type": "number"})] | None
    """Kilograms."""
    vendor: str | None
    auto_fulfilment: bool
    track_inventory: bool
    sku: str | None
    price: Money
    compare_price: Money | None
    image: str | None
    image_max_size: int
    variant: VariantOut


class ItemStatusOut(Out):
    """quantity = not_fulfilled + fulfilled + shipped + restocked."""

    quantity: int
    not_fulfilled: int
    fulfilled: int
    shipped: int
    restocked: int


class ItemOut(Out):
    data: ItemDataOut
    status: ItemStatusOut
    exchange_id: int | None = None
    """The exchange it was sold in."""


class UnitsOut(Out):
    """So many units of one item."""

    id: int
    quantity: int


class FulfilmentOut(Out):
    id: int
    items: list[UnitsOut]
    tracking_number: str | None
    shipping_carrier: str | None
    tracking_url: str | None
    created_at: Epoch
    updated_at: Epoch


class ShipmentOut(Out):
    id: int
    fulfilment_id: int
    items: list[UnitsOut]
    tracking_number: str | None
    shipping_carrier: str | None
    tracking_url: str | None
    shipped_at: Epoch
    delivered_at: Epoch | None


class RefundOut(Out):
    id: int
    amount: Money
    status: Literal["pending", "succeeded", "failed"]
    created_at: Epoch


class CustomerOut(Out):
    """A guest has no id."""

    id: int | None
    email: str | None
    first_name: str | None
    last_name: str | None


class AddressOut(Out):
    first_name: str | None
    last_name: str | None
    company: str | None
    street: str | None
    suite: str | None
    city: str | None
    country: str | None
    state: str | None
    zip: str | None


class AddressesOut(Out):
    shipping: AddressOut
    billing: AddressOut
    phone: str | None


class PaymentOut(Out):
    type: str | None
    last4: str | None


class ConversionOut(Out):
    landing_page: str | None
    referrer: str | None


class RiskOut(Out):
    """True means greater risk."""

    ip_fail: bool
    address_fail: bool
    zip_fail: bool
    cvc_fail: bool


class HoldOut(Out):
    """While one stands, nothing may be sent."""

    kind: HoldKind
    reason: str | None
    owner: str | None
    """Who put it there."""
    until: Epoch | None
    """When it ends by itself."""
    created_at: Epoch


class OrderOut(Out):
    id: int
    display_number: str
    email: str | None
    status: Status
    paid: Paid
    discounts: list[DiscountOut]
    shipping: ShippingOut
    tax: Money
    total: Money
    ip: str | None
    items: list[ItemOut]
    fulfilments: list[FulfilmentOut]
    shipments: list[ShipmentOut]
    restocks: list[UnitsOut]
    customer: CustomerOut
    address: AddressesOut
    payment: PaymentOut
    conversion: ConversionOut
    risk_level: RiskOut
    refunded: Money
    refund_possible: bool
    order_date: Epoch
    updated_at: Epoch | None
    notes: str | None
    holds: list[HoldOut]
    currency: str
    cancelled_at: Epoch | None
    refunds: list[RefundOut]


class MetaOut(Out):
    """`_meta` of a list. Names in camelCase, though everything else here is snake_case: clients of this system page by them."""

    totalCount: int  # noqa: N815 - the wire's name
    pageCount: int  # noqa: N815 - the wire's name
    currentPage: int  # noqa: N815 - the wire's name
    perPage: int  # noqa: N815 - the wire's name


class LinkOut(Out):
    href: str


class LinksOut(Out):
    """`next` and `prev` only where there is such a page."""

    self: LinkOut
    first: LinkOut
    last: LinkOut
    next: LinkOut | None = None
    prev: LinkOut | None = None


class OrderListOut(Out):
    items: list[OrderOut]
    meta: MetaOut = Field(alias="_meta")
    links: LinksOut = Field(alias="_links")


class PartOut(BaseModel):
    """An order with only the attributes that `fields` named."""

    model_config = ConfigDict(extra="allow")


class PartListOut(Out):
    items: list[PartOut]
    meta: MetaOut = Field(alias="_meta")
    links: LinksOut = Field(alias="_links")


class PageOut(Out):
    page: int


class ErrorOut(BaseModel):
    """Field or `base` -> what is wrong with it."""

    errors: dict[str, list[str]]
