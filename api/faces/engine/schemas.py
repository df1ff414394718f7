"""What the engine's own face takes and answers: catalogue, stock, keys, shipping methods (contract sections 2 and 12)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.faces.hanzo.answers import Out
from api.http.fields import COUNTED, CamelQuery, CamelRequest, Currency, FilledText, Ident, Minor, Short, Text
from domain.money import MAX_AMOUNT

MAX_UNITS = 1_000_000_000_000
Units = Annotated[int, Field(ge=-MAX_UNITS, le=MAX_UNITS)]
Grams = Annotated[int, Field(ge=0, le=1_000_000_000)]


class PutVariant(CamelRequest):
    """`title` is product and variant; made of the two names when it is missing. Fields not given are emptied."""

    product_name: FilledText | None = None
    title: FilledText | None = None
    unit_price: Minor
    currency: Currency | None = Field(None, description="Missing: the store's.")
    sku: Short | None = None
    product_id: Ident | None = None
    variant_title: Text | None = None
    weight_grams: Grams | None = None
    requires_shipping: bool = True
    track_inventory: bool = True
    allow_backorder: bool = False
    is_gift_card: bool = False
    options: Annotated[list[Short], Field(max_length=20, default_factory=list)]
    product_type: Short | None = None
    vendor: Short | None = None
    compare_price: Annotated[int, Field(ge=0, le=MAX_AMOUNT)] | None = Field(None, description="Null: none.")
    image_url: Text | None = None
    auto_fulfilment: bool = False
    is_multi: bool = False


class VariantOut(Out):
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
    options: list[str]
    product_type: str | None
    vendor: str | None
    compare_price: int | None
    image_url: str | None
    auto_fulfilment: bool
    is_multi: bool


class VariantListOut(Out):
    count: int
    models: list[VariantOut]


class Paged(CamelQuery):
    page: int = Field(1, ge=1, le=10_000_000)
    display: int = Field(20, ge=1, le=100)


class PutStock(CamelRequest):
    """Sets what is on the shelf, whether backorders are taken, or both."""

    on_hand: Annotated[int, Field(ge=0, le=MAX_UNITS), COUNTED] | None = None
    allow_backorder: bool | None = None


class AdjustStock(CamelRequest):
    delta: Units
    reason: FilledText


class StockOut(Out):
    variant_id: str
    on_hand: int
    reserved: int
    available: int
    allow_backorder: bool
    track_inventory: bool


class MovementOut(Out):
    """One movement: `onHand` and `reserved` are deltas."""

    order_id: str | None
    item_id: str | None
    on_hand: int
    reserved: int
    reason: str
    created_at: str


class MovementListOut(Out):
    count: int
    models: list[MovementOut]


class MintKey(CamelRequest):
    scope: Literal["restricted", "customer"]
    customer_id: Ident | None = Field(None, description="Whose orders a customer key reaches; needed for one.")
    name: Short | None = None


class KeyOut(Out):
    id: str
    scope: Literal["secret", "restricted", "customer"]
    mode: Literal["test", "live"]
    customer_id: str | None
    name: str | None
    hint: str
    created_at: str
    last_used_at: str | None
    revoked_at: str | None


class MintedKeyOut(KeyOut):
    key: str
    """The key itself: shown here and never again."""


class KeyListOut(Out):
    count: int
    models: list[KeyOut]


class ShippingMethodOut(Out):
    id: str
    title: str
    price: int
    currency: str
    code: str | None
    source: str


class ShippingMethodListOut(Out):
    count: int
    models: list[ShippingMethodOut]


Explained = dict[str, Any]
"""What the order waits for, until when, and which actions are allowed now."""
