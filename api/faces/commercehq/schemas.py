"""What commercehq's requests look like (contract section 9): the list's query of document 004, and the writes beside it.

Ids are the integers this face shows, or any other face's spelling. `data` and ids may be one or a list: one is a list of one, and
a refusal counts it so (`data[0].tracking_number`).
"""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from api.http.fields import (
    MAX_ID,
    MAX_LINES,
    CommaList,
    Quantity,
    QueryModel,
    RequestModel,
    SearchModel,
    Short,
    Text,
    not_blank,
)
from api.spelling.amounts import DecimalIn

MAX_INTEGER: Final = 10**15
"""No id of ours is larger, and every JSON reader holds this exactly."""


def _ref(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value <= MAX_INTEGER:
            raise ValueError("no id")
    elif not isinstance(value, str) or not 1 <= len(value) <= MAX_ID or not value.isprintable():
        raise ValueError("an id is an integer or a text")
    return value


def _several(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Ref = Annotated[int | str, BeforeValidator(_ref)]
"""An id, ours or from outside."""
ONE_OR_MORE: Final = (
    Field(min_length=1, max_length=MAX_LINES, description="One, or a list."),
    BeforeValidator(_several),
)
Refs = Annotated[list[Ref], *ONE_OR_MORE]


def _example(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": example})


# Queries.

Size = Annotated[int, Field(ge=1, le=500)]
Sort = Annotated[
    CommaList,
    Field(
        default_factory=list,
        description="Attributes, `!` before one that descends: `!id,title`. id, display_number, email, title (the e-mail), "
        "total, status, paid, order_date, updated_at. Default `!id`.",
    ),
]


class Paging(QueryModel):
    page: int = Field(1, ge=1, le=10_000_000)
    size: Size = 20
    sort: Sort


class ListOrders(Paging):
    id: str | None = Field(None, max_length=128, description="Answers that one order, as `/orders/{id}` does.")


class PageOf(QueryModel):
    size: Size = 20
    sort: Sort


# Fulfilments, shipments, restocks.


class UnitsIn(RequestModel):
    """`id`: the item's (`items[].data.id`)."""

    id: Ref
    quantity: Quantity


Units = Annotated[list[UnitsIn], Field(min_length=1, max_length=MAX_LINES)]


class CreateFulfilment(RequestModel):
    """Units handed to fulfilment, not shipped. No `items`: everything that is not fulfilled yet."""

    model_config = _example({"items": [{"id": 104200001, "quantity": 1}]})

    items: Units | None = None


class TrackingIn(RequestModel):
    tracking_number: Short | None = None
    shipping_carrier: Short | None = None
    tracking_url: Text | None = None


class ShipmentIn(TrackingIn):
    """One parcel of each fulfilment named. No `items`: all that it holds unshipped."""

    fulfilment_id: Refs
    items: Units | None = None


class CreateShipments(RequestModel):
    model_config = _example(
        {
            "data": {"fulfilment_id": 104200003, "tracking_number": "1Z999AA10123456784", "shipping_carrier": "UPS"},
            "notify": True,
        }
    )

    data: Annotated[list[ShipmentIn], *ONE_OR_MORE]
    notify: bool = Field(False, description="Mail the customer, once per request.")


class FulfilmentTracking(TrackingIn):
    """`id` or `fulfilment_id`. Only the tracking fields given change; null clears one."""

    id: Refs | None = None
    fulfilment_id: Refs | None = None


class ShipmentTracking(TrackingIn):
    """`id` or `shipment_id`. Only the tracking fields given change; null clears one."""

    id: Refs | None = None
    shipment_id: Refs | None = None


class UpdateFulfilments(RequestModel):
    model_config = _example({"data": {"id": 104200003, "tracking_number": "1Z999AA10123456784"}})

    data: Annotated[list[FulfilmentTracking], *ONE_OR_MORE]
    notify: bool = False


class UpdateShipments(RequestModel):
    model_config = _example({"data": {"id": 104200004, "tracking_number": "1Z999AA10123456784"}, "notify": True})

    data: Annotated[list[ShipmentTracking], *ONE_OR_MORE]
    notify: bool = False


class CreateRestock(RequestModel):
    """Unsent units are cancelled and released first, then shipped ones go on hand as returned. No money moves."""

    model_config = _example({"items": [{"id": 104200001, "quantity": 1}]})

    items: Units


class CreateRefund(RequestModel):
    """No `amount`: all that is left."""

    model_config = _example({"amount": 13.94})

    amount: DecimalIn | None = Field(None, description="A JSON number or a decimal string, in the order's currency.")


# Search.

# Ranges of integers, no Literals: those would take `true` for 1.
Status = Annotated[int, Field(ge=0, le=5)]
Paid = Annotated[int, Field(ge=-2, le=1)]


Address = Annotated[str, Field(max_length=254), AfterValidator(not_blank)]


class SearchOrders(SearchModel):
    """What is given must all match; a list matches any of its values. Nothing given: every order."""

    model_config = _example({"status": [0, 1], "paid": 1, "fields": ["id", "display_number", "total"]})

    id: Refs | None = None
    customer_id: Ref | None = None
    status: Annotated[list[Status], *ONE_OR_MORE] | None = None
    paid: Annotated[list[Paid], *ONE_OR_MORE] | None = None
    email: Address | None = Field(None, description="Whole address, in any case.")
    fields: Annotated[list[Short], *ONE_OR_MORE] | None = Field(
        None, description="Answer only these attributes of each order."
    )
