"""What an order's account (account.py) is made of: lines, credits, units named in a refund, credits given in advance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["cancelled", "returned", "allowance"]


class Contradiction(AssertionError):
    """The engine accepted what the contract forbids: more units credited than there are, a credited line edited, and so on."""


@dataclass
class Sold:
    """One line. `total`: price − discount + tax of all its units. `credited`: units of it that some credit names."""

    quantity: int
    total: int
    sent: int = 0
    shipped: int = 0
    cancelled: int = 0
    returned: int = 0
    credited: int = 0
    stands: tuple[str, ...] = ()
    """The lines of the units it was sent instead of, one for each such unit: it is worth what they are."""
    away: int = 0
    """Its units whose worth is another line's, which was sent instead of them."""
    gone: int = 0
    """The worth of its units that are credited as cancelled or returned."""

    @property
    def unsent(self) -> int:
        return self.quantity - self.cancelled - self.sent

    @property
    def uncredited(self) -> int:
        """Units that are still worth something."""
        return max(0, self.quantity - self.credited - self.away)

    def worth(self, units: int) -> int:
        """The next so many units to be credited: unit k of n is worth ⌊T·k/n⌋ − ⌊T·(k−1)/n⌋."""
        upto = self.credited + units
        return self.total * upto // self.quantity - self.total * self.credited // self.quantity


@dataclass(frozen=True)
class Credit:
    """Why a part of the charge is no longer owed. `units`: line -> how many it covers. `ended`: made by the order's end."""

    kind: Kind
    amount: int
    units: dict[str, int] = field(default_factory=dict)
    ended: bool = False


@dataclass(frozen=True)
class Named:
    """Units of one line in a refund. `cancel` of them are unsent and cancelled, `back` came back, the rest is money only."""

    line: str
    units: int
    cancel: int = 0
    back: int = 0


@dataclass(frozen=True)
class Advance:
    """A credit of units that are still to come, for new lines that may be sent before."""

    amount: int
    lines: tuple[str, ...]

    def counts(self, lines: Mapping[str, Sold]) -> int:
        """At most what the new lines cost, less what of them was cancelled or came back."""
        cost = sum(lines[name].total - lines[name].gone for name in self.lines if name in lines)
        return max(0, min(self.amount, cost))
