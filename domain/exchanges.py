"""Goods for goods, as they are stored: exchanges and claims (contract section 13). What they do is in domain/verbs."""

from typing import Literal

from pydantic import Field

from domain.base import Model, Time
from domain.lines import Line

ExchangeStatus = Literal["requested", "approved", "completed", "cancelled", "overdue"]
"""completed: the parcel came and the new units are sent. overdue: they were sent, and the parcel did not come."""
ShipWhen = Literal["on_receipt", "on_approval"]
"""When the new units are owed and may be sent: once the last parcel is here, or as soon as the exchange is approved."""
ClaimReason = Literal["damaged", "missing", "wrong_item"]
Resolution = Literal["replace", "refund"]


class Share(Model):
    """What a line, or a shipping line, bears of the order's discount and tax. `price`: of all its units."""

    id: str
    price: int
    discount: int = 0
    tax: int = 0


class Exchange(Model):
    """A return of units and new lines of the same order, tied together.

    The new lines' stock is reserved from the start. They are lines of the order from when they are `owed`, with the same ids.
    """

    id: str
    serial: int
    status: ExchangeStatus
    return_id: str
    new_lines: tuple[Line, ...]
    """As they were agreed on."""
    ship: ShipWhen = "on_receipt"
    owed: bool = False
    difference: int
    """What was more to be owed once all is received, when it was requested; negative: in the customer's favour."""
    payment_method: str | None = None
    """Asked for what the exchange makes due."""
    provider: str = "sandbox"
    customer: str | None = None
    shares: tuple[Share, ...] = ()
    """What the other lines bore before its own were sold: when those are taken off again, it is put back."""
    given_tax: int = 0
    """What its lines added to a tax that was given with the order; taken off again with them."""
    created_at: Time
    updated_at: Time

    @property
    def is_open(self) -> bool:
        """Neither done nor given up."""
        return self.status in ("requested", "approved")

    @property
    def waiting_lines(self) -> tuple[Line, ...]:
        """Reserved, and not yet lines of the order."""
        return self.new_lines if self.is_open and not self.owed else ()


class ClaimedUnits(Model):
    """Units that came damaged, did not come, or are the wrong ones."""

    line_id: str
    quantity: int = Field(gt=0)
    reason: ClaimReason


class Claim(Model):
    """What was done about units that were not as they should be."""

    id: str
    serial: int
    resolution: Resolution
    items: tuple[ClaimedUnits, ...]
    line_ids: tuple[str, ...] = ()
    """The lines that replace them."""
    refund_id: str | None = None
    created_at: Time
