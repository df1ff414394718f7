"""An order's account, reckoned a second time (contract section 5, "The account of an order").

Nothing of the engine is imported. The account is told what happened to an order: what was sold, which units were named for
cancelling or came back, what was given away, what a provider took, held and gave back. It says what is owed, due and surplus,
and what each verb must give back. A test that finds the engine saying anything else has found a difference of opinion about
the contract, never about code the two share.
"""

from collections.abc import Iterable
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

    @property
    def unsent(self) -> int:
        return self.quantity - self.cancelled - self.sent

    @property
    def uncredited(self) -> int:
        return self.quantity - self.credited

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


@dataclass
class Account:
    """One order's. `held`: payment -> what it holds; `taken` and `given`: all money that moved, given counting until it fails."""

    lines: dict[str, Sold] = field(default_factory=dict)
    shipping: int = 0
    shipping_tax: int = 0
    credits: list[Credit] = field(default_factory=list)
    shipping_credited: int = 0
    shipping_tax_credited: int = 0
    taken: int = 0
    given: int = 0
    held: dict[str, int] = field(default_factory=dict)
    ended: bool = False
    ever_sent: bool = False
    """Some unit was sent once, also when it was taken back since."""

    # The only formulas

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines.values()) + self.shipping + self.shipping_tax

    @property
    def owed(self) -> int:
        """Never below nothing: an edit may take away a line on which the shop gave more than the line's worth."""
        return max(0, self.total - sum(credit.amount for credit in self.credits))

    @property
    def net(self) -> int:
        return self.taken - self.given

    @property
    def due(self) -> int:
        return max(0, self.owed - self.net)

    @property
    def surplus(self) -> int:
        return max(0, self.net - self.owed)

    @property
    def shipping_left(self) -> tuple[int, int]:
        """(shipping, its tax) that no credit names yet."""
        return self.shipping - self.shipping_credited, self.shipping_tax - self.shipping_tax_credited

    def useless_holds(self) -> list[str]:
        """Payments that hold what nothing due can use, the oldest hold being used first."""
        due, found = self.due, []
        for payment, amount in self.held.items():
            if amount and due <= 0:
                found.append(payment)
            due -= amount
        return found

    # What was sold

    def sold(self, lines: dict[str, tuple[int, int]], shipping: int = 0, shipping_tax: int = 0) -> None:
        """The charges as they are now: line -> (quantity, total). A line with credited units keeps both, and stays."""
        for name, line in self.lines.items():
            if line.credited and lines.get(name) != (line.quantity, line.total):
                raise Contradiction(f"line {name} has credited units and became {lines.get(name)} from {line}")
        self.shipping, self.shipping_tax = shipping, shipping_tax
        kept = {name: self.lines.get(name, Sold(quantity, total)) for name, (quantity, total) in lines.items()}
        for name, (quantity, total) in lines.items():
            kept[name].quantity, kept[name].total = quantity, total
        self.lines = kept

    # Credits

    def _credit(self, kind: Kind, amount: int, units: dict[str, int] | None = None, *, ended: bool = False) -> int:
        """Never more than what is owed when it is made; the units it names are credited whatever it comes to."""
        made = min(max(0, amount), self.owed)
        for name, count in (units or {}).items():
            line = self.lines[name]
            line.credited += count
            if line.credited > line.quantity:
                raise Contradiction(f"units of {name} were credited twice: {line}")
        self.credits.append(Credit(kind, made, dict(units or {}), ended))
        return made

    def _goods(self, kind: Kind, name: str, units: int) -> None:
        """Units that will never be sent, or came back: uncredited ones first; those credited before credit nothing."""
        line = self.lines[name]
        fresh = min(units, line.uncredited)
        worth = line.worth(fresh)
        if kind == "cancelled":
            line.cancelled += units
        else:
            line.returned += units
        if not 0 <= line.cancelled <= line.quantity - line.sent or line.returned > line.shipped:
            raise Contradiction(f"{units} units of {name} cannot be {kind}: {line}")
        self._credit(kind, worth, {name: fresh})

    def _shipping(self, kind: Kind, shipping: int, tax: int) -> int:
        self.shipping_credited += shipping
        self.shipping_tax_credited += tax
        return self._credit(kind, shipping + tax)

    def _last_unit(self) -> None:
        """No unit is left and none was ever sent: the remaining shipping goes with the last of them."""
        if (
            self.lines
            and not self.ever_sent
            and not any(line.quantity - line.cancelled for line in self.lines.values())
        ):
            self._shipping("cancelled", *self.shipping_left)

    def cancel(self, units: dict[str, int]) -> int:
        """Unsent units, named. Says what goes back."""
        before = self.surplus
        for name, count in units.items():
            self._goods("cancelled", name, count)
        self._last_unit()
        return self._what_goes_back(before)

    def restock(self, cancelled: dict[str, int], returned: dict[str, int]) -> None:
        """commercehq's: no money moves; what it makes surplus waits."""
        for name, count in cancelled.items():
            self._goods("cancelled", name, count)
        for name, count in returned.items():
            self._goods("returned", name, count)
        self._last_unit()

    def receive(
        self,
        units: dict[str, int],
        *,
        given: int | None = None,
        with_shipping: bool = False,
        fee: int | None = None,
        percent: int = 0,
    ) -> int:
        """Units came back, all of a return's or one parcel's. A given amount is their credit instead of their worth, and a fee is
        kept of it: the one named, else the policy's part of it, rounded down. Says what goes back."""
        before = self.surplus
        shipping = self.shipping_left if with_shipping else (0, 0)
        if given is None:
            worth = sum(self.lines[name].worth(min(n, self.lines[name].uncredited)) for name, n in units.items())
            kept = worth * percent // 100 if fee is None else fee
            if kept > worth:
                raise Contradiction(f"a fee of {kept} is kept of {worth}")
            given = worth - kept + sum(shipping) if kept else None
        if given is None:
            for name, count in units.items():
                self._goods("returned", name, count)
            if with_shipping:
                self._shipping("returned", *shipping)
        else:
            self._named_at(given, [Named(name, count, back=count) for name, count in units.items()], shipping)
        return self._what_goes_back(before)

    def _what_goes_back(self, before: int) -> int:
        """A command that makes or raises a surplus gives back all that stands; one that does not leaves it."""
        return self.surplus if self.surplus > before else 0

    def edit(
        self,
        lines: dict[str, tuple[int, int]],
        shipping: int,
        shipping_tax: int,
        *,
        allowance: int = 0,
        cancelled: dict[str, int] | None = None,
    ) -> int:
        """New charges first, then what of a discount no line can bear, then units cancelled. Says what goes back."""
        before = self.surplus
        self.sold(lines, shipping, shipping_tax)
        if allowance:
            self._credit("allowance", allowance)
        for name, count in (cancelled or {}).items():
            self._goods("cancelled", name, count)
        if cancelled:
            self._last_unit()
        return self._what_goes_back(before)

    # Refunds. Each says what has to move; that it moved is told afterwards, like all money.

    def refund(self, amount: int | None = None) -> int:
        """Names no line and no shipping. It settles a surplus first; the rest is an allowance; a last one cancels all units."""
        moves = self.net if amount is None else amount
        settled = min(moves, self.surplus)
        if moves == self.net and not self.ended and not any(line.sent for line in self.lines.values()):
            self._all_units()
        else:
            self._credit("allowance", moves - settled)
        return moves

    def _all_units(self) -> None:
        """Everything owed is credited, once; it is no allowance."""
        units = {name: line.uncredited for name, line in self.lines.items()}
        for line in self.lines.values():
            line.cancelled = line.quantity
        self.shipping_credited, self.shipping_tax_credited = self.shipping, self.shipping_tax
        self._credit("cancelled", self.owed, units)

    def refund_named(
        self, named: Iterable[Named], shipping: tuple[int, int] = (0, 0), *, given: int | None = None
    ) -> int:
        """Names lines or shipping. Without an amount, goods are credited their worth and the surplus moves; money-only units
        and shipping move min(share, net) and are an allowance of what moved, after a surplus that stands is settled."""
        named = list(named)
        goods = any(item.cancel or item.back for item in named)
        if given is not None:
            self._named_at(given - (0 if goods else min(given, self.surplus)), named, shipping)
            return given
        for item in named:
            if item.cancel:
                self._goods("cancelled", item.line, item.cancel)
            if item.back:
                self._goods("returned", item.line, item.back)
        if goods:
            self._last_unit()
        moves = self.surplus if goods else 0
        rest = [Named(item.line, money) for item in named if (money := item.units - item.cancel - item.back)]
        left = min(shipping[0], self.shipping_left[0]), min(shipping[1], self.shipping_left[1])
        return moves + self._money_only(rest, left, moved=moves)

    def _money_only(self, named: list[Named], shipping: tuple[int, int], *, moved: int) -> int:
        """`moved`: what the same command gives back already."""
        share = sum(shipping)
        for item in named:
            share += self.lines[item.line].worth(item.units)
            self._credit("allowance", 0, {item.line: item.units})
        moves = min(share, self.net - moved)
        settled = min(moves, max(0, self.surplus - moved))
        self.shipping_credited += shipping[0]
        self.shipping_tax_credited += shipping[1]
        self._credit("allowance", moves - settled)
        return moves

    def _named_at(self, given: int, named: list[Named], shipping: tuple[int, int]) -> None:
        """The given amount is the credit of everything named; the units count as credited."""
        for item in named:
            line = self.lines[item.line]
            line.cancelled += item.cancel
            line.returned += item.back
            self._credit("allowance", 0, {item.line: min(item.units, line.uncredited)})
        self.shipping_credited += shipping[0]
        self.shipping_tax_credited += shipping[1]
        if any(item.cancel for item in named):
            self._credit("cancelled", given)
        else:
            self._credit("returned" if any(item.back for item in named) else "allowance", given)
        if any(item.cancel for item in named):
            self._last_unit()

    def lost(self, amount: int) -> None:
        """A dispute: money off without goods, and no unit is cancelled. Told before the money that went with it."""
        self._credit("allowance", amount - min(amount, self.surplus))

    # The end, and back

    def end(self) -> int:
        """Cancelled or failed: nothing is owed any more, and everything goes back."""
        units = {name: line.uncredited for name, line in self.lines.items()}
        self._credit("cancelled", self.owed, units, ended=True)
        self.ended = True
        return self.net

    def reopen(self) -> None:
        """The end's credits are taken back; others stay."""
        self.ended = False
        for credit in [credit for credit in self.credits if credit.ended]:
            self.credits.remove(credit)
            for name, count in credit.units.items():
                self.lines[name].credited -= count

    # On fulfilment

    def to_capture(self, sent: dict[str, int], step: int = 1) -> int:
        """What a fulfilment after which so many units are sent takes of the holds: what brings net to the worth of units sent
        and not credited plus all shipping, at most what is due, in steps the network can charge; the last one all that is due."""
        if not any(line.quantity - line.cancelled - sent[name] for name, line in self.lines.items()):
            return min(self.due, sum(self.held.values()))
        earned = self.shipping + self.shipping_tax
        for name, line in self.lines.items():
            earned += line.worth(sent[name] - (line.credited - line.cancelled))
        return min(self.due, max(0, earned - self.net) // step * step, sum(self.held.values()))
