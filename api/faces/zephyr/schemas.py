"""What zephyr's requests look like: document 002 (contract section 7). Answers: answers.py. Amounts are minor units."""

from typing import Literal

from pydantic import ConfigDict, Field

from api.faces.zephyr.status import Status
from api.http.fields import Metadata, PositiveMinor, QueryModel, QueryTime, RequestModel, Short, Text
from domain.order import RefundCode


class ListOrders(QueryModel):
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the page before.")
    status: Status | None = None
    customer_id: str | None = Field(None, max_length=64)
    placed_after: QueryTime | None = Field(None, description="At or after: a date, or a date-time with offset.")
    placed_before: QueryTime | None = None


class RefundOrder(RequestModel):
    """`amount_cents` missing: all that is left. The deprecated `note` is stored as `metadata.note`."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "amount_cents": 1490,
                "reason": "requested_by_customer",
                "metadata": {"ticket": "ZD-31427"},
            }
        }
    )
    amount_cents: PositiveMinor | None = None
    reason: RefundCode | None = None
    note: Text | None = Field(None, json_schema_extra={"deprecated": True})
    metadata: Metadata | None = None


class FulfilmentPatch(RequestModel):
    """`shipped` ships all units left, `delivered` delivers all shipped ones; tracking alone changes the latest."""

    status: Literal["shipped", "delivered"] | None = None
    carrier: Short | None = None
    tracking_number: Short | None = None
    tracking_url: Text | None = None


class PatchOrder(RequestModel):
    """Only `status`, `fulfilment` and `metadata` are mutable; any other field is 422 `immutable_field`."""

    model_config = ConfigDict(extra="allow")

    status: Status | None = None
    fulfilment: FulfilmentPatch | None = None
    metadata: Metadata | None = Field(None, description="Merged; a null value deletes its key.")
