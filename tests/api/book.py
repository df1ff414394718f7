"""An order's book, kept by hand: units and charges as a test asked for them, money as the second account reckons it.

It shares nothing with domain/. What each face must say of it is views.py.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from tests.book.account import Account
from tests.book.sold import Named, Sold

SHIRT: Final = (2999, 2)
"""(price, units) of the line every order begins with, unless told otherwise."""
SHIPPING: Final = 599
TAX: Final = Fraction(12, 100)


@dataclass
class Line(Sold):
    """Units of one line. `refunded`: credited by a refund or as they came back; `tax`: what the line bears of the order's."""

    price: int = 0
    tax: int = 0
    delivered: int = 0
    refunded: int = 0

    @property
    def goods(self) -> int:
        return self.price * self.quantity


@dataclass
class Book:
    """One order. `stage`: draft, confirmed or cancelled. Its money is the second account's (tests/book/account.py)."""

    stage: str
    sells: list[tuple[int, int]] = field(default_factory=lambda: [SHIRT])
    shipping: int = SHIPPING
    rate: Fraction = TAX
    closed: bool = False
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        self.edit(*self.sells)

    # Figures

    @property
    def lines(self) -> list[Line]:
        return [line for line in self.account.lines.values() if isinstance(line, Line)]

    @property
    def goods(self) -> int:
        return sum(line.goods for line in self.lines)

    @property
    def tax(self) -> int:
        return sum(line.tax for line in self.lines)

    @property
    def total(self) -> int:
        return self.account.total

    @property
    def due(self) -> int:
        return self.account.due

    @property
    def captured(self) -> int:
        return self.account.taken

    @property
    def refunded(self) -> int:
        return self.account.given

    @property
    def held(self) -> int:
        return sum(self.account.held.values())

    @property
    def paid(self) -> bool:
        """Nothing due counts as paid only when money is here, or all that was here went back, or it cost nothing."""
        went_back = self.captured > 0 and self.refunded == self.captured
        return self.stage != "draft" and self.due == 0 and (self.account.net > 0 or went_back or self.total == 0)

    def total_of(self, counter: str) -> int:
        return sum(getattr(line, counter) for line in self.lines)

    # What is asked

    def confirm(self) -> None:
        self.stage = "confirmed" if self.stage == "draft" else self.stage

    def pay(self, amount: int | None = None) -> None:
        self.confirm()
        self.account.taken += self.due if amount is None else amount

    def authorize(self) -> None:
        self.confirm()
        self.account.held[f"hold {len(self.account.held)}"] = self.due - self.held

    def capture(self) -> None:
        """What is held, as far as it is due; the rest is released."""
        self.account.taken += min(self.held, self.due)
        self.void()

    def void(self) -> None:
        self.account.held.clear()

    def send(self, units: int | None = None) -> None:
        """So many units of the first line, or all."""
        for line in self.lines[: None if units is None else 1]:
            line.sent += line.unsent if units is None else units
        self.account.ever_sent = True

    def ship(self, units: int | None = None) -> None:
        """So many units of the first line, those sent before first; or everything that is left."""
        for line in self.lines[: None if units is None else 1]:
            line.shipped = line.quantity - line.cancelled if units is None else line.shipped + units
            line.sent = max(line.sent, line.shipped)
        self.account.ever_sent = True

    def ship_and_capture(self, units: int | None = None) -> None:
        """What `capture: on_fulfillment` does with a provider that captures several times."""
        self.ship(units)
        taken = self.account.to_capture({name: line.sent for name, line in self.account.lines.items()})
        self.account.taken += taken
        for name in self.account.held:
            part = min(taken, self.account.held[name])
            self.account.held[name], taken = self.account.held[name] - part, taken - part
        self._release()

    def take_back(self) -> None:
        """Nothing is sent any more."""
        for line in self.lines:
            line.sent = line.shipped = 0

    def unship(self) -> None:
        for line in self.lines:
            line.shipped = 0

    def deliver(self) -> None:
        for line in self.lines:
            line.delivered = line.shipped

    def _give(self, amount: int) -> None:
        self.account.given += amount
        self._release()

    def _release(self) -> None:
        """Holds nothing due can use are let go at once."""
        for name in self.account.useless_holds():
            self.account.held[name] = 0

    def refund(self, amount: int | None = None) -> None:
        """An amount, or everything left; units that it cancels are credited by a refund."""
        before = [line.credited for line in self.lines]
        self._give(self.account.refund(amount))
        for line, credited in zip(self.lines, before, strict=True):
            line.refunded += line.credited - credited

    def refund_units(self, units: int = 1, *, restock: bool = False, at: int = 0) -> None:
        """The next units of a line: money only, or put back (unsent ones first)."""
        name, line = list(self.account.lines)[at], self.lines[at]
        cancel = min(units, line.unsent) if restock else 0
        line.refunded += units
        self._give(self.account.refund_named([Named(name, units, cancel, units - cancel if restock else 0)]))

    def refund_shipping(self) -> None:
        self._give(self.account.refund_named([], self.account.shipping_left))

    def cancel_units(self, units: int = 1, at: int = 0) -> None:
        self._give(self.account.cancel({list(self.account.lines)[at]: units}))

    def restock(self, units: int = 1) -> None:
        """Of the first line: those not sent are cancelled, else shipped ones came back. No money moves."""
        line = self.lines[0]
        cancel = min(units, line.unsent)
        line.refunded += max(0, min(units - cancel, line.uncredited - cancel))
        self.account.restock({"0": cancel} if cancel else {}, {"0": units - cancel} if units > cancel else {})
        self._release()

    def receive(self, units: int = 1) -> None:
        """Delivered units of the first line came back, and what is surplus then went."""
        self.lines[0].refunded += min(units, self.lines[0].uncredited)
        self._give(self.account.receive({"0": units}))

    def cancel(self) -> None:
        self._give(self.account.end())
        self.stage = "cancelled"

    def reopen(self) -> None:
        """A cancelled order must be paid again."""
        if self.stage == "cancelled":
            self.account.reopen()
            self.stage = "confirmed"
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def edit(self, *sells: tuple[int, int]) -> None:
        """The lines are these (price, units) now, the last ones gone; what is paid above what is owed goes back at once."""
        kept = {str(at): self._sold(str(at), price, units) for at, (price, units) in enumerate(sells)}
        self._spread(list(kept.values()))
        before = self.account.surplus
        charges = {name: (line.quantity, line.goods + line.tax) for name, line in kept.items()}
        self.account.lines.update({name: line for name, line in kept.items() if name not in self.account.lines})
        self.account.sold(charges, self.shipping)
        self._give(self.account.surplus if self.account.surplus > before else 0)

    def _sold(self, name: str, price: int, units: int) -> Line:
        line = self.account.lines.get(name)
        if not isinstance(line, Line):
            return Line(quantity=units, total=0, price=price)
        line.quantity, line.price = units, price
        return line

    def _spread(self, lines: list[Line]) -> None:
        """Tax half up on the whole order; over the lines by largest remainder, those with credited units left as they are."""
        free = [line for line in lines if not line.credited]
        whole = int(sum(line.goods for line in lines) * self.rate + Fraction(1, 2))
        left = whole - sum(line.tax for line in lines if line.credited)
        goods = sum(line.goods for line in free)
        shares = [Fraction(left * line.goods, goods) for line in free]
        for line, share in zip(free, shares, strict=True):
            line.tax = int(share)
        left -= sum(line.tax for line in free)
        for at in sorted(range(len(shares)), key=lambda i: (int(shares[i]) - shares[i], i))[:left]:
            free[at].tax += 1
