"""An order's book, kept by hand: what was asked of the order, and what each face must say of it (contract sections 5 to 9).

It shares nothing with domain/: amounts and counters follow from what a test asked for, statuses from the contract's tables.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

UNITS: Final = {"price": 2999, "quantity": 2}
SHIPPING: Final = 599
TAX: Final = Fraction(12, 100)


@dataclass
class Line:
    """Units of one line. `refunded`: units whose money went back; `tax`: what the line bears of the order's."""

    price: int
    quantity: int
    tax: int = 0
    sent: int = 0
    shipped: int = 0
    delivered: int = 0
    returned: int = 0
    cancelled: int = 0
    refunded: int = 0

    @property
    def goods(self) -> int:
        return self.price * self.quantity

    @property
    def unsent(self) -> int:
        return self.quantity - self.cancelled - self.sent

    def worth(self, units: int) -> int:
        """What the next units to be refunded cost: unit k of n is ⌊T·k/n⌋ − ⌊T·(k−1)/n⌋."""
        total = self.goods + self.tax
        return total * (self.refunded + units) // self.quantity - total * self.refunded // self.quantity


@dataclass
class Book:
    """One order. `stage`: draft, confirmed or cancelled; `kept`: refunds that left nothing to pay again (credited)."""

    stage: str
    lines: list[Line] = field(default_factory=lambda: [Line(**UNITS)])
    captured: int = 0
    refunded: int = 0
    kept: int = 0
    held: int = 0
    by_cancel: int = 0
    closed: bool = False

    # Figures

    @property
    def goods(self) -> int:
        return sum(line.goods for line in self.lines)

    @property
    def tax(self) -> int:
        """Half up, on the whole order."""
        return int(self.goods * TAX + Fraction(1, 2))

    @property
    def total(self) -> int:
        return self.goods + self.tax + SHIPPING

    @property
    def due(self) -> int:
        return max(0, self.total - self.kept - (self.captured - self.refunded))

    def spread(self) -> None:
        """The tax over the lines: floors, then one more by largest remainder, in line order."""
        shares = [Fraction(self.tax * line.goods, self.goods) for line in self.lines]
        for line, share in zip(self.lines, shares, strict=True):
            line.tax = int(share)
        left = self.tax - sum(line.tax for line in self.lines)
        for at in sorted(range(len(shares)), key=lambda i: (int(shares[i]) - shares[i], i))[:left]:
            self.lines[at].tax += 1

    def total_of(self, counter: str) -> int:
        return sum(getattr(line, counter) for line in self.lines)

    # What is asked

    def confirm(self) -> None:
        self.stage = "confirmed" if self.stage == "draft" else self.stage

    def pay(self, amount: int | None = None) -> None:
        self.confirm()
        self.captured += self.due if amount is None else amount

    def authorize(self) -> None:
        self.confirm()
        self.held = self.due

    def capture(self) -> None:
        self.captured, self.held = self.captured + self.held, 0

    def void(self) -> None:
        self.held = 0

    def send(self, units: int | None = None) -> None:
        """So many units of the first line, or all."""
        for line in self.lines[: None if units is None else 1]:
            line.sent += line.unsent if units is None else units

    def ship(self, units: int | None = None) -> None:
        """So many units of the first line, those sent before first; or everything that is left."""
        for line in self.lines[: None if units is None else 1]:
            line.shipped = line.quantity - line.cancelled if units is None else line.shipped + units
            line.sent = max(line.sent, line.shipped)

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

    def refund(self, amount: int | None = None, *, kept: bool = True) -> None:
        """An amount, or everything left. Nothing left captured: what was not sent never will be."""
        amount = self.captured - self.refunded if amount is None else amount
        self.refunded += amount
        self.kept += amount if kept else 0
        if kept and self.refunded == self.captured:
            for line in self.lines:
                line.cancelled += line.unsent

    def refund_unit(self, *, restock: bool = False) -> None:
        """The first line's next unit."""
        self.spread()
        line = self.lines[0]
        amount = min(line.worth(1), self.captured - self.refunded)
        if restock:
            self.restock()
        line.refunded += 1
        self.refund(amount)

    def restock(self) -> None:
        """One unit of the first line: one not sent is cancelled, else a shipped one came back."""
        line = self.lines[0]
        if line.unsent:
            line.cancelled += 1
        else:
            line.returned += 1

    def receive(self) -> None:
        """A delivered unit of the first line came back, and its money went."""
        self.lines[0].returned += 1
        self.refund_unit()

    def cancel(self) -> None:
        self.by_cancel = self.captured - self.refunded
        self.refunded, self.kept, self.held = self.captured, self.kept + self.by_cancel, 0
        self.stage = "cancelled"

    def reopen(self) -> None:
        """A cancelled order must be paid again."""
        if self.stage == "cancelled":
            self.stage, self.kept = "confirmed", self.kept - self.by_cancel
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def edit(self, *lines: Line) -> None:
        """The lines are these now; what is paid above the new total goes back at once."""
        self.lines = list(lines)
        surplus = self.captured - self.refunded - max(0, self.total - self.kept)
        if surplus > 0:
            self.refund(surplus, kept=False)


def hanzo(book: Book) -> dict[str, Any]:
    return {
        "status": _hanzo_status(book),
        "lifecycle": _lifecycle(book),
        "paymentStatus": _payment_status(book),
        "fulfillmentStatus": _fulfillment_status(book),
        "subtotal": book.goods,
        "tax": book.tax,
        "taxTotal": book.tax,
        "shipping": SHIPPING,
        "total": book.total,
        "amountDue": 0 if book.stage == "cancelled" else book.due,
        "capturedTotal": book.captured,
        "refundedTotal": book.refunded,
    }


def zephyr(book: Book) -> dict[str, Any]:
    return {
        "status": _zephyr_status(book),
        "subtotal_cents": book.goods,
        "tax_total_cents": book.tax,
        "shipping_total_cents": SHIPPING,
        "total_cents": book.total,
        "amount_refunded_cents": book.refunded,
    }


def storefront(book: Book) -> dict[str, Any]:
    return {
        "status": "cancelled" if book.stage == "cancelled" else "closed" if book.closed else "open",
        "financial_status": _financial_status(book),
        "fulfillment_status": _fulfillment_status(book),
        "subtotal_price": dollars(book.goods),
        "total_tax": dollars(book.tax),
        "total_shipping": dollars(SHIPPING),
        "total_price": dollars(book.total),
        "total_items": book.total_of("quantity"),
    }


def commercehq(book: Book) -> dict[str, Any]:
    return {
        "status": _commercehq_status(book),
        "paid": _paid(book),
        "tax": book.tax / 100,
        "total": book.total / 100,
        "refunded": book.refunded / 100,
        "refund_possible": book.captured > book.refunded,
    }


def counters(book: Book, line: Line) -> dict[str, int]:
    """commercehq's, disjoint; of a cancelled order every unit is restocked."""
    cancelled = line.quantity if book.stage == "cancelled" else line.cancelled
    return {
        "quantity": line.quantity,
        "not_fulfilled": line.quantity - cancelled - line.sent,
        "fulfilled": line.sent - line.shipped,
        "shipped": line.shipped - line.returned,
        "restocked": cancelled + line.returned,
    }


def zephyr_fulfilment(book: Book) -> str:
    units = book.total_of("quantity") - book.total_of("cancelled")
    if units and book.total_of("delivered") == units:
        return "delivered"
    if units and book.total_of("shipped") == units:
        return "shipped"
    return "partial" if book.total_of("sent") else "unfulfilled"


def dollars(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _hanzo_status(book: Book) -> str:
    units = book.total_of("quantity") - book.total_of("cancelled")
    table = [
        ("cancelled", book.stage == "cancelled"),
        ("pending", book.stage == "draft"),
        ("returned", units > 0 and book.total_of("returned") == units),
        ("refunded", _payment_status(book) == "refunded"),
        ("delivered", units > 0 and book.total_of("delivered") == units),
        ("shipped", units > 0 and book.total_of("shipped") == units),
        ("processing", book.total_of("sent") > 0),
        ("confirmed", book.captured > book.refunded or book.held > 0),
    ]
    return next((word for word, holds in table if holds), "pending")


def _lifecycle(book: Book) -> str:
    units = book.total_of("quantity") - book.total_of("cancelled")
    table = [
        ("cancelled", book.stage == "cancelled"),
        ("draft", book.stage == "draft"),
        ("returned", units > 0 and book.total_of("returned") == units),
        ("delivered", units > 0 and book.total_of("delivered") == units),
        ("shipped", units > 0 and book.total_of("shipped") == units),
        ("paid", book.due == 0),
    ]
    return next((word for word, holds in table if holds), "confirmed")


def _payment_status(book: Book) -> str:
    nothing_due = book.due == 0 or book.stage == "cancelled"
    table = [
        ("refunded", book.captured > 0 and book.refunded == book.captured and nothing_due),
        ("captured", book.captured > 0 and book.due == 0),
        ("authorized", book.captured > book.refunded or book.held > 0),
    ]
    return next((word for word, holds in table if holds), "pending")


def _fulfillment_status(book: Book) -> str:
    units, sent = book.total_of("quantity") - book.total_of("cancelled"), book.total_of("sent")
    return "fulfilled" if units and sent == units else "partial" if sent else "unfulfilled"


def _zephyr_status(book: Book) -> str:
    table = [
        ("cancelled", book.stage == "cancelled"),
        ("created", book.stage == "draft" or book.due > 0),
        ("refunded", book.refunded > 0 and book.refunded == book.captured),
        ("partially_refunded", book.refunded > 0),
    ]
    return next((word for word, holds in table if holds), "paid")


def _financial_status(book: Book) -> str:
    ended, due = book.stage == "cancelled", book.stage == "draft" or book.due > 0
    table = [
        ("voided", ended and book.captured == 0),
        ("partially_paid", not ended and due and book.captured > book.refunded),
        ("authorized", not ended and due and book.held > 0),
        ("pending", not ended and due),
        ("refunded", book.refunded > 0 and book.refunded == book.captured),
        ("partially_refunded", book.refunded > 0),
    ]
    return next((word for word, holds in table if holds), "paid")


def _paid(book: Book) -> int:
    if book.captured == 0 or (book.due > 0 and book.stage != "cancelled"):
        return 0
    return -2 if book.refunded == book.captured else -1 if book.refunded else 1


def _commercehq_status(book: Book) -> int:
    """q, s, h of section 9, summed over the lines' counters."""
    lines = [counters(book, line) for line in book.lines]
    q = sum(c["quantity"] - c["restocked"] for c in lines)
    h = sum(c["shipped"] for c in lines)
    s = h + sum(c["fulfilled"] for c in lines)
    table = [
        (5, h == q > 0),
        (4, s == q and 0 < h < q),
        (3, s == q > 0 and h == 0),
        (2, s < q and h > 0),
        (1, 0 < s < q),
    ]
    return next((word for word, holds in table if holds), 0)
