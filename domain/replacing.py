"""Goods for goods, as they are asked for: an exchange, a claim (contract section 13).

New lines are described before (door/selling.py), so that the order takes what is complete in itself; their ids are set by it.
"""

from typing import ClassVar

from domain.command import Command
from domain.exchanges import ClaimedUnits, Resolution, ShipWhen
from domain.lines import Line
from domain.returns import ReturnUnits


class RequestExchange(Command):
    """Send units back and have others for them."""

    verb: ClassVar[str] = "request_exchange"
    lines: tuple[ReturnUnits, ...]
    new_lines: tuple[Line, ...]
    ship: ShipWhen = "on_receipt"
    payment_method: str | None = None
    """Asked whenever the exchange makes something due; None: nobody is."""
    provider: str = "sandbox"
    """Filled in by the door, as a payment's is."""
    customer: str | None = None


class MakeClaim(Command):
    """Units are damaged, missing or the wrong ones: others for them, or their share back. No parcel is waited for."""

    verb: ClassVar[str] = "claim"
    lines: tuple[ClaimedUnits, ...]
    resolution: Resolution
    new_lines: tuple[Line, ...] | None = None
    """What replaces them, at no price; None: the same again."""
