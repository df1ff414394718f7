"""Why nothing of an order may be sent, and the disputes that are over."""

import hashlib
from typing import Any, Literal

from pydantic import model_validator

from domain.base import Model, Time
from domain.ids import encode

PlacedHoldKind = Literal["fraud", "payment", "address", "manual"]
"""Of holds that somebody, or the order's risk, puts on it."""
HoldKind = Literal["dispute", "fraud", "payment", "address", "manual"]
"""dispute: a customer's bank disputes a charge; it ends with the dispute alone."""


class Hold(Model):
    """One of an order's holds; while any stands, nothing may be sent."""

    id: str
    kind: HoldKind
    ref: str | None = None
    """The dispute it is about: of `dispute`, and of the `manual` one that a lost dispute leaves while units wait."""
    payment_id: str | None = None
    amount: int = 0
    reason: str | None = None
    owner: str | None = None
    """Who put it there (`Actor` as text)."""
    until: Time | None = None
    """When it ends by itself; None: never."""
    opened_at: Time

    @model_validator(mode="before")
    @classmethod
    def _of_old_shape(cls, value: Any) -> Any:
        """Earlier releases knew holds of disputes alone and gave them no id: it is made from what told them apart."""
        if isinstance(value, dict) and "id" not in value and value.get("ref"):
            return value | {"id": hold_id(f"{value['kind']}:{value['ref']}")}
        return value

    @property
    def is_of_dispute(self) -> bool:
        """It came from a dispute, and goes with it or with the units it was lost over."""
        return self.ref is not None


class Dispute(Model):
    """A dispute that is over; open ones are holds."""

    ref: str
    status: Literal["won", "lost"]
    closed_at: Time


def hold_id(text: str) -> str:
    """128 bits of a text, spelled like every other id: the same for the same text, always."""
    return encode(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big"))
