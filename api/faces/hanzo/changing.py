"""What hanzo takes for edits, holds, exchanges and claims (contract section 13), strictly: unknown fields are refused."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, Tag

from api.faces.hanzo.schemas import AddressIn, ItemUnits, ReturnUnitsIn
from api.http.fields import (
    MAX_LINES,
    CamelRequest,
    FilledText,
    Ident,
    Minor,
    Moment,
    PositiveMinor,
    Quantity,
    Short,
    Text,
    shaped,
)
from domain.exchanges import ClaimReason, Resolution, ShipWhen
from domain.order import PlacedHoldKind


class AddItemOp(CamelRequest):
    """A new line, priced by the catalogue unless `unitPrice` says otherwise."""

    op: Literal["add_item"]
    variant_id: Ident
    quantity: Quantity
    unit_price: Minor | None = None


class SetQuantityOp(CamelRequest):
    """Of a line with nothing sent."""

    op: Literal["set_quantity"]
    item_id: Ident
    quantity: Quantity


class SetPriceOp(CamelRequest):
    """Of a line with nothing sent."""

    op: Literal["set_price"]
    item_id: Ident
    unit_price: Minor


class CancelItemsOp(CamelRequest):
    """Unsent units that will never be sent; they go back on sale."""

    op: Literal["cancel_items"]
    items: Annotated[list[ItemUnits], Field(min_length=1, max_length=MAX_LINES)]


class SetShippingOp(CamelRequest):
    """A method, a price, or a method at another price; while nothing is sent."""

    op: Literal["set_shipping"]
    shipping_method_id: Ident | None = None
    shipping_total: Minor | None = None


class SetAddressOp(CamelRequest):
    """While nothing is sent. Taxes follow it."""

    op: Literal["set_address"]
    shipping_address: AddressIn


class AddDiscountOp(CamelRequest):
    """A code of the policy file, or an amount off."""

    op: Literal["add_discount"]
    code: Annotated[Short, Field(min_length=1)] | None = None
    amount: PositiveMinor | None = None
    description: Annotated[Short, Field(min_length=1)] | None = Field(None, description="What the amount is called.")


class RemoveDiscountOp(CamelRequest):
    op: Literal["remove_discount"]
    code: Annotated[Short, Field(min_length=1)]


EditOp = Annotated[
    Annotated[AddItemOp, Tag("~add_item")]
    | Annotated[SetQuantityOp, Tag("~set_quantity")]
    | Annotated[SetPriceOp, Tag("~set_price")]
    | Annotated[CancelItemsOp, Tag("~cancel_items")]
    | Annotated[SetShippingOp, Tag("~set_shipping")]
    | Annotated[SetAddressOp, Tag("~set_address")]
    | Annotated[AddDiscountOp, Tag("~add_discount")]
    | Annotated[RemoveDiscountOp, Tag("~remove_discount")],
    shaped("op"),
]


class EditOrder(CamelRequest):
    """Changes of what was sold, all or nothing: lines, shipping and address first, then discounts, then cancelled units."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "operations": [
                    {"op": "set_quantity", "itemId": "oitem_001", "quantity": 3},
                    {"op": "add_discount", "amount": 500, "description": "Goodwill"},
                ],
                "note": "Agreed on the phone",
            }
        }
    )

    operations: Annotated[list[EditOp], Field(min_length=1, max_length=MAX_LINES)]
    note: Text | None = None


class NewItemIn(CamelRequest):
    """A variant of the catalogue, at its price unless `unitPrice` says otherwise; only secret keys may say so."""

    variant_id: Ident
    quantity: Quantity
    unit_price: Minor | None = None


class RequestExchange(CamelRequest):
    """Units that come back, and others for them. `on_receipt`: the new ones are owed and sent once the last parcel is here;
    `on_approval`: as soon as the exchange is approved."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [{"itemId": "oitem_001", "quantity": 1, "reason": "wrong_size"}],
                "newItems": [{"variantId": "var_001", "quantity": 1}], "ship": "on_receipt",
                "paymentMethod": "pm_card_visa",
            }
        }
    )  # fmt: skip

    items: Annotated[list[ReturnUnitsIn], Field(min_length=1, max_length=MAX_LINES)]
    new_items: Annotated[list[NewItemIn], Field(min_length=1, max_length=MAX_LINES)]
    ship: ShipWhen = "on_receipt"
    payment_method: Annotated[Short, Field(min_length=1)] | None = Field(
        None, description="Asked whenever the exchange makes something due; a decline leaves it due."
    )


class ClaimedItemIn(CamelRequest):
    item_id: Ident
    quantity: Quantity
    reason: ClaimReason


class ReplacementIn(CamelRequest):
    variant_id: Ident
    quantity: Quantity


class MakeClaim(CamelRequest):
    """Shipped units, each once. `replace` sends others at no price (the same, unless `newItems` says otherwise); `refund` gives
    their share back."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [{"itemId": "oitem_001", "quantity": 1, "reason": "damaged"}], "resolution": "replace"
            }
        }
    )  # fmt: skip

    items: Annotated[list[ClaimedItemIn], Field(min_length=1, max_length=MAX_LINES)]
    resolution: Resolution
    new_items: Annotated[list[ReplacementIn], Field(min_length=1, max_length=MAX_LINES)] | None = None


class PlaceHold(CamelRequest):
    """Nothing is sent while it stands. `until` lifts it by itself."""

    model_config = ConfigDict(json_schema_extra={"example": {"kind": "address", "reason": "The street is missing"}})

    kind: PlacedHoldKind
    reason: FilledText
    until: Moment | None = None
