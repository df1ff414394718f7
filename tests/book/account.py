"""An order's account, reckoned a second time (contract section 5, "The account of an order").

Nothing of the engine is imported. The account is told what happened to an order: what was sold, which units were named for
cancelling or came back, what was given away, what a provider took, held and gave back. It says what is owed, due and surplus,
and what each verb must give back. A test that finds the engine saying anything else has found a difference of opinion about
the contract, never about code the two share.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field

from tests.book.sold import Advance, Contradiction, Credit, Kind, Named, Sold


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
    advances: dict[str, Advance] = field(default_factory=dict)
    """Exchange -> what its units are credited before they come."""
    line: Callable[[int, int], Sold] = Sold
    """What a line is written down as."""
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
        advanced = sum(advance.counts(self.lines) for advance in self.advances.values())
        return max(0, self.total - sum(credit.amount for credit in self.credits) - advanced)

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
        for name in self.lines.keys() - lines.keys():
            for original in self.lines[
                name
            ].stands:  # what was to replace them is off again: they are worth what they were
                self.lines[original].away -= 1
        self.shipping, self.shipping_tax = shipping, shipping_tax
        kept = {name: self.lines.get(name) or self.line(quantity, total) for name, (quantity, total) in lines.items()}
        for name, (quantity, total) in lines.items():
            kept[name].quantity, kept[name].total = quantity, total
        self.lines = kept

    # Credits

    def worth(self, units: dict[str, int]) -> int:
        """Of so many more units of each line; those credited or replaced before are worth nothing."""
        beside = deepcopy(self)
        return sum(beside.name("returned", line, min(n, beside.lines[line].uncredited)) for line, n in units.items())

    def name(self, kind: Kind, line: str, units: int) -> int:
        """Count units as credited, and say what they are worth."""
        return sum(self._unit(kind, self.lines[line]) for _ in range(units))

    def _unit(self, kind: Kind, line: Sold) -> int:
        """One that stands for others is worth what they are, as far as they still are; they are then credited with it."""
        line.credited += 1
        if line.credited > line.quantity:
            raise Contradiction(f"a unit was credited twice: {line}")
        if not line.stands:
            worth = line.total * line.credited // line.quantity - line.total * (line.credited - 1) // line.quantity
            line.gone += 0 if kind == "allowance" else worth
            return worth
        worth, many = 0, len(line.stands)
        for name in line.stands[many * (line.credited - 1) // line.quantity : many * line.credited // line.quantity]:
            original = self.lines[name]
            original.away -= 1
            if original.credited < original.quantity:
                worth += self._unit(kind, original)
        return worth

    def _credit(self, kind: Kind, amount: int, units: dict[str, int] | None = None, *, ended: bool = False) -> int:
        """Never more than what is owed when it is made; the units it names are credited whatever it comes to."""
        made = min(max(0, amount), self.owed)
        self.credits.append(Credit(kind, made, dict(units or {}), ended))
        return made

    def _goods(self, kind: Kind, name: str, units: int) -> None:
        """Units that will never be sent, or came back: uncredited ones first; those credited before credit nothing."""
        self.counted(kind, {name: units})
        self.credit_goods(kind, {name: units})

    def counted(self, kind: Kind, units: dict[str, int]) -> None:
        """They are not there any more, whatever they are credited."""
        for name, count in units.items():
            line = self.lines[name]
            if kind == "cancelled":
                line.cancelled += count
            else:
                line.returned += count
            if not 0 <= line.cancelled <= line.quantity - line.sent or line.returned > line.shipped:
                raise Contradiction(f"{count} units of {name} cannot be {kind}: {line}")

    def credit_goods(self, kind: Kind, units: dict[str, int]) -> None:
        for name, count in units.items():
            line = self.lines[name]
            fresh = min(count, line.uncredited)
            self._credit(kind, self.name(kind, name, fresh), {name: fresh})

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
        return self.what_goes_back(before)

    def cancel_units(self, units: dict[str, int]) -> None:
        """The same, as a part of something else."""
        for name, count in units.items():
            self._goods("cancelled", name, count)

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
        self.counted("returned", units)
        self.credit_back(units, shipping, given=given, fee=fee, percent=percent)
        return self.what_goes_back(before)

    def credit_back(
        self, units: dict[str, int], shipping: tuple[int, int], *, given: int | None, fee: int | None, percent: int
    ) -> None:
        if given is None and (kept := self.kept(units, fee, percent)):
            given = self.worth(units) - kept + sum(shipping)
        if given is None:
            self.credit_goods("returned", units)
            if sum(shipping):
                self._shipping("returned", *shipping)
            return
        for name, count in units.items():
            self.name("returned", name, min(count, self.lines[name].uncredited))
        self.shipping_credited += shipping[0]
        self.shipping_tax_credited += shipping[1]
        self._credit("returned", given, units)

    def kept(self, units: dict[str, int], fee: int | None, percent: int) -> int:
        """A fee of what the units are worth: the one named, else the policy's part of it, rounded down."""
        worth = self.worth(units)
        kept = worth * percent // 100 if fee is None else fee
        if kept > worth:
            raise Contradiction(f"a fee of {kept} is kept of {worth}")
        return kept

    def what_goes_back(self, before: int) -> int:
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
        return self.what_goes_back(before)

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
        units = self._everything()
        for line in self.lines.values():
            line.cancelled = line.quantity
        self.shipping_credited, self.shipping_tax_credited = self.shipping, self.shipping_tax
        self._credit("cancelled", self.owed, units)

    def _everything(self) -> dict[str, int]:
        """All units count as credited; line -> how many did not before."""
        before = {name: line.credited for name, line in self.lines.items()}
        for name, line in self.lines.items():
            self.name("cancelled", name, line.uncredited)
        return {name: line.credited - before[name] for name, line in self.lines.items()}

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
            share += self.name("allowance", item.line, item.units)
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
            kind: Kind = "cancelled" if item.cancel else "returned" if item.back else "allowance"
            self.name(kind, item.line, min(item.units, line.uncredited))
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
        self._credit("cancelled", self.owed, self._everything(), ended=True)
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
