"""Units that come back, as they are stored and as they are named: the shapes of returns (contract section 13)."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from domain.base import Model, Time

ReturnStatus = Literal[
    "requested", "approved", "partially_received", "received", "refunded", "rejected", "withdrawn", "expired"
]
"""requested, approved and partially_received are open: their units are on their way back."""

Condition = Literal["new", "opened", "damaged"]
"""How a unit looked when it came back."""
RefundMethod = Literal["original", "store_credit"]
"""Where a return's money goes: to the payments it came from, or to the customer's store credit."""


class ReturnLine(Model):
    line_id: str
    quantity: int
    reason: str | None = None
    received: int = 0
    restocked: int = 0
    conditions: dict[Condition, int] = Field(default_factory=dict)
    """Of `received`, how many looked how; those nobody looked at are in none."""

    @property
    def missing(self) -> int:
        """Units that have not come."""
        return self.quantity - self.received


class Label(Model):
    """What the customer puts on the parcel."""

    carrier: str | None = None
    tracking_number: str | None = None
    url: str | None = None


class Return(Model):
    id: str
    serial: int
    status: ReturnStatus
    items: tuple[ReturnLine, ...]
    refund_method: RefundMethod = "original"
    refund_ids: tuple[str, ...] = ()
    """One per parcel that gave something back."""
    refund_id: str | None = None
    """The latest of them."""
    refund_amount: int = 0
    """Of all of them."""
    fee: int = 0
    """Kept of what the received units are worth."""
    reject_reason: str | None = None
    note: str | None = None
    """The customer's."""
    photos: tuple[str, ...] = ()
    instructions: str | None = None
    label: Label | None = None
    ship_by: Time | None = None
    """Nothing received by then: it expires."""
    exchange_id: str | None = None
    """The exchange it is a part of."""
    created_at: Time
    updated_at: Time

    @property
    def is_open(self) -> bool:
        """Units are still on their way."""
        return self.status in ("requested", "approved", "partially_received")

    @property
    def asked_units(self) -> dict[str, int]:
        """Line -> units that are to come back."""
        return _summed((item.line_id, item.quantity) for item in self.items)

    @property
    def received_units(self) -> dict[str, int]:
        """Line -> units that came."""
        return _summed((item.line_id, item.received) for item in self.items)


def _summed(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for line_id, n in pairs:
        sums[line_id] = sums.get(line_id, 0) + n
    return {line_id: n for line_id, n in sums.items() if n}


class ReturnUnits(Model):
    line_id: str | None = None
    variant_id: str | None = None
    """Lines of that variant, in order, when no line is named."""
    quantity: int = Field(gt=0)
    reason: str | None = None


class ReceivedUnits(Model):
    line_id: str
    quantity: int = Field(ge=0)
    restock: bool = True
    condition: Condition | None = None
