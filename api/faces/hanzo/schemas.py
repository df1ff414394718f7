"""What hanzo's requests look like: documents 000 and 001, field by field (contract section 6). Answers: answers.py.

Requests are strict and refuse unknown fields. Amounts are minor units.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from api.faces.hanzo.status import Status
from api.http.fields import (
    COUNTED,
    MAX_LINES,
    MAX_QUANTITY,
    CamelQuery,
    CamelRequest,
    CommaList,
    Country,
    Currency,
    Email,
    FilledText,
    HttpsUrl,
    Ident,
    Metadata,
    Minor,
    PositiveMinor,
    Quantity,
    QueryTime,
    Short,
    Tags,
    Text,
)
from domain.order import CancelReason, Condition, RefundMethod
from domain.status import FulfillmentStatus, Lifecycle, PaymentStatus

# Requests.


class AddressIn(CamelRequest):
    """`line1`, `city` and `country` (ISO 3166-1 alpha-2) are required."""

    line1: FilledText
    city: FilledText
    country: Country
    line2: Text | None = None
    state: Text | None = None
    postal_code: Text | None = None
    first_name: Text | None = None
    last_name: Text | None = None
    company: Text | None = None
    phone: Text | None = None


class LineIn(CamelRequest):
    variant_id: Ident | None = None
    quantity: Quantity
    unit_price: Minor | None = Field(None, description="Missing: the catalogue's price.")
    title: FilledText | None = Field(None, description="With `unitPrice` and no known variant: a custom line.")
    sku: Short | None = None
    requires_shipping: bool | None = None


class PaymentIn(CamelRequest):
    """Placed, confirmed and paid in one request. Without `capture` the policy decides."""

    payment_method: Annotated[Short, Field(min_length=1)]
    amount: PositiveMinor | None = Field(None, description="Missing: all that is due.")
    capture: bool | None = None


class CreateOrder(CamelRequest):
    """`discount`, `shippingTotal` and `taxTotal` are for imports: they win over the computed figures."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "email": "jane@example.com",
                "currency": "USD",
                "items": [{"variantId": "var_xyz789", "quantity": 2, "unitPrice": 2999}],
                "shippingAddress": {
                    "firstName": "Jane", "lastName": "Doe", "line1": "456 Oak Ave", "city": "Portland", "state": "OR",
                    "postalCode": "97201", "country": "US",
                },
                "shippingMethodId": "ship_standard",
            }
        },
    )  # fmt: skip

    items: Annotated[list[LineIn], Field(min_length=1, max_length=MAX_LINES)]
    customer_id: Ident | None = None
    email: Email | None = None
    currency: Currency | None = Field(None, description="Missing: the store's.")
    shipping_address: AddressIn | None = None
    billing_address: AddressIn | None = None
    shipping_method_id: Ident | None = Field(None, description="Missing: no shipping is charged.")
    discount_codes: Annotated[list[Short], Field(max_length=50)] | None = None
    notes: Text | None = None
    metadata: Metadata | None = None
    tags: Tags | None = None
    discount: Minor | None = None
    shipping_total: Minor | None = None
    tax_total: Minor | None = None
    payment: PaymentIn | None = Field(
        None, description="A decline is 402 with the order's id: the order stays a draft, its stock free."
    )


class UpdateOrder(CamelRequest):
    """`metadata` is merged, a null deletes its key. Addresses are replaced whole, until the first unit is sent."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"metadata": {"internalNote": "Priority shipment requested"}}}
    )

    metadata: Metadata | None = None
    notes: Text | None = None
    tags: Tags | None = None
    shipping_address: AddressIn | None = None
    billing_address: AddressIn | None = None


class ItemUnits(CamelRequest):
    item_id: Ident
    quantity: Quantity


class RefundUnitsIn(ItemUnits):
    restock: bool = False


class CancelOrder(CamelRequest):
    model_config = ConfigDict(
        json_schema_extra={"example": {"reason": "customer_request", "note": "Customer changed their mind"}}
    )

    reason: CancelReason | None = None
    note: Text | None = Field(None, description="Needed with the reason `other`.")
    notify_customer: bool = False


class CancelItems(CamelRequest):
    """Units that will not be sent. `restock: false` writes them off."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"items": [{"itemId": "oitem_001", "quantity": 1}], "reason": "Damaged in the warehouse"}
        }
    )

    items: Annotated[list[ItemUnits], Field(min_length=1, max_length=MAX_LINES)]
    restock: bool = True
    reason: Text | None = None


class RefundOrder(CamelRequest):
    """`amount` wins over `items`; `items` alone are their share; nothing is all that is left."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "amount": 2999, "reason": "Item arrived damaged", "items": [{"itemId": "oitem_001", "quantity": 1}]
            }
        }
    )  # fmt: skip

    amount: PositiveMinor | None = None
    reason: Text | None = None
    items: Annotated[list[RefundUnitsIn], Field(min_length=1, max_length=MAX_LINES)] | None = None
    manual: bool = Field(False, description="The money was given back elsewhere: recorded, no provider is asked.")
    notify_customer: bool = False


class FulfillOrder(CamelRequest):
    """No `items`: everything that is left."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [{"itemId": "oitem_001", "quantity": 2}], "trackingNumber": "1Z999AA10123456784",
                "trackingCompany": "UPS", "trackingUrl": "https://track.ups.com/1Z999AA10123456784",
                "notifyCustomer": True,
            }
        }
    )  # fmt: skip

    items: Annotated[list[ItemUnits], Field(min_length=1, max_length=MAX_LINES)] | None = None
    tracking_number: Short | None = None
    tracking_company: Short | None = None
    tracking_url: Text | None = None
    location_id: Ident | None = None
    notify_customer: bool = False


class PayOrder(CamelRequest):
    """Takes what is due. Without `capture` the policy decides. `paymentId` goes on with one that waits for 3-D Secure."""

    model_config = ConfigDict(json_schema_extra={"example": {"paymentMethod": "pm_card_visa"}})

    payment_method: Short | None = None
    amount: PositiveMinor | None = None
    capture: bool | None = None
    payment_id: Ident | None = None


class AuthorizeOrder(CamelRequest):
    payment_method: Short | None = None
    amount: PositiveMinor | None = None
    payment_id: Ident | None = None


class CapturePayment(CamelRequest):
    amount: PositiveMinor | None = None
    final: bool = Field(True, description="Release what is not captured.")
    payment_id: Ident | None = None


class VoidPayment(CamelRequest):
    payment_id: Ident | None = None


class DeliverOrder(CamelRequest):
    fulfillment_id: Ident | None = Field(None, description="Missing: everything that is shipped.")


class ReturnUnitsIn(CamelRequest):
    """By `itemId`, or by `variantId` (then lines of that variant, in order)."""

    item_id: Ident | None = None
    variant_id: Ident | None = None
    quantity: Quantity
    reason: Text | None = None


class RequestReturn(CamelRequest):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "items": [{"variantId": "var_001", "quantity": 1, "reason": "wrong_size"}], "refundMethod": "original"
            }
        }
    )  # fmt: skip

    items: Annotated[list[ReturnUnitsIn], Field(min_length=1, max_length=MAX_LINES)]
    refund_method: RefundMethod = Field("original", description="`store_credit` needs an order with a customer.")
    note: Text | None = None
    photos: Annotated[list[HttpsUrl], Field(max_length=10)] = []


class LabelIn(CamelRequest):
    """What the customer puts on the parcel."""

    carrier: Short | None = None
    tracking_number: Short | None = None
    url: HttpsUrl | None = None


class ApproveReturn(CamelRequest):
    """Label and instructions are in the mail that tells the customer."""

    ship_by: QueryTime | None = Field(
        None, description="Nothing received by then: it expires. Missing: as the policy says."
    )
    instructions: Text | None = None
    label: LabelIn | None = None


class RejectReturn(CamelRequest):
    reason: FilledText


class ReceivedUnitsIn(CamelRequest):
    item_id: Ident
    quantity: Annotated[int, Field(ge=0, le=MAX_QUANTITY), COUNTED]
    restock: bool = True
    condition: Condition | None = None


class ReceiveReturn(CamelRequest):
    """No `items`: everything that is left came and goes on the shelf. `amount` overrides the units' share."""

    items: Annotated[list[ReceivedUnitsIn], Field(min_length=1, max_length=MAX_LINES)] | None = None
    final: bool = Field(True, description="False: more parcels come. The last unit ends the return either way.")
    amount: Minor | None = None
    refund_shipping: bool = False
    fee: Minor | None = Field(
        None, description="Kept of the units' worth; missing: the policy's percentage. Not beside `amount`."
    )


# Queries.

EXPANDABLE = (
    "items",
    "items.product",
    "items.variant",
    "payments",
    "fulfillments",
    "refunds",
    "returns",
    "customer",
    "events",
)
_SORTS = "(createdAt|updatedAt|total|displayId)"
StatusWord = Literal[Status, Lifecycle]


EXPANDABLE_WORDS = f"Any of {', '.join(EXPANDABLE)}; a comma list, or repeated."


class GetOrder(CamelQuery):
    expand: Annotated[CommaList, Field(default_factory=list, description=EXPANDABLE_WORDS)]


class ListOrders(CamelQuery):
    page: int = Field(1, ge=1, le=10_000_000)
    display: int = Field(20, ge=1, le=100)
    sort: str = Field(
        "createdAt:desc",
        pattern=f"^(-{_SORTS}|{_SORTS}(:asc|:desc)?)$",
        description="createdAt, updatedAt, total or displayId; descending with `:desc` or a `-` before it.",
    )
    cursor: str | None = Field(
        None,
        max_length=200,
        description="`nextCursor` of the page before, with the same filters and sort, by creation only.",
    )
    status: StatusWord | None = Field(None, description="A word of document 000, or one only 001 has.")
    payment_status: PaymentStatus | None = None
    fulfillment_status: FulfillmentStatus | None = None
    customer_id: str | None = Field(None, max_length=64)
    since: QueryTime | None = Field(None, description="Created at or after: a date, or a date-time with offset.")
    until: QueryTime | None = Field(None, description="Created before.")
    q: str | None = Field(
        None, max_length=254, description="Beginning of an id, a display number or an e-mail address."
    )
    expand: Annotated[CommaList, Field(default_factory=list)]
