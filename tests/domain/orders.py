"""Orders, actors and moments to test with, and the shortest way to bring an order somewhere."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from domain import commands as c
from domain import edits as e
from domain import ids
from domain.commands import Command
from domain.lifecycle import plan, settle
from domain.operations import Operation, Outcome
from domain.order import Actor, Discount, Given, Line, Order, ShippingLine, TaxLine, Units
from domain.policy import Policy
from domain.pricing import price
from domain.revision import Change

T0 = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
ORDER_ID = ids.ulid_at(1_772_366_400_000, bytes(range(10)))
SHOP = Actor(kind="key", id="key_1")
CUSTOMER = Actor(kind="customer", id="cust_1")
TIMER = Actor(kind="timer", id="window")
PROVIDER = Actor(kind="provider", id="sandbox")


def line(serial: int = 1, quantity: int = 2, unit_price: int = 2999, **fields: Any) -> Line:
    given: dict[str, Any] = {"stock": "tracked", "variant_id": f"var_{serial}", "title": f"Thing {serial}"} | fields
    child = ids.child(ORDER_ID, "line", serial)
    return Line(id=child, serial=serial, quantity=quantity, unit_price=unit_price, **given)


def order(
    *lines: Line,
    shipping: Sequence[int] = (),
    rates: Sequence[tuple[str, bool]] = (),
    discounts: Sequence[Discount] = (),
    given: Given | None = None,
    policy: Policy | None = None,
    **fields: Any,
) -> Order:
    """A priced order, version 0."""
    kept = lines or (line(),)
    n = max(item.serial for item in kept)
    ship = [
        ShippingLine(id=ids.child(ORDER_ID, "shipping", n + i), serial=n + i, title="Post", price=p)
        for i, p in enumerate(shipping, 1)
    ]
    n += len(ship)
    taxes = [
        TaxLine(
            id=ids.child(ORDER_ID, "tax", n + i),
            serial=n + i,
            title=f"Tax {i}",
            rate=Decimal(rate),
            price=0,
            taxes_shipping=on_shipping,
        )
        for i, (rate, on_shipping) in enumerate(rates, 1)
    ]
    parts: dict[str, Any] = {"currency": "USD", "livemode": False, "email": "a@shop.test"} | fields
    return price(
        Order(
            id=ORDER_ID,
            number=1001,
            lines=tuple(kept),
            shipping_lines=tuple(ship),
            tax_lines=tuple(taxes),
            discounts=tuple(discounts),
            given=given or Given(),
            subtotal=0,
            total=0,
            policy=policy or Policy(),
            created_at=T0,
            updated_at=T0,
            next_serial=n + len(taxes) + 1,
            **parts,
        )
    )


def good(operation: Operation, order: Order) -> Outcome:
    """The answer of a provider with which everything goes well."""
    known = {p.id: p for p in order.payments}.get(operation.payment_id)
    held, taken = (known.authorized, known.captured) if known else (0, 0)
    answer: dict[str, Any] = {
        "operation": operation,
        "status": "succeeded",
        "ref": operation.ref or f"pi_{operation.key}",
    }
    match operation.kind:
        case "authorize":
            now = operation.amount if operation.capture else 0
            return Outcome(
                state="captured" if operation.capture else "authorized",
                authorized=operation.amount,
                captured=now,
                **answer,
            )
        case "capture":
            return Outcome(
                state="captured" if operation.final else "authorized",
                authorized=held,
                captured=taken + operation.amount,
                multicapture=not operation.final,
                **answer,
            )
        case "void":
            return Outcome(state="canceled", authorized=held, captured=taken, **answer)
        case "refund":
            return Outcome(**answer | {"refund_state": "succeeded", "ref": f"re_{operation.key}"})
        case _:
            return Outcome(state="authorized", authorized=held, captured=taken, **answer)


def keyed(order: Order, operations: list[Operation]) -> list[Operation]:
    """As whoever asks a provider does: a key of its own for each operation."""
    return [o.model_copy(update={"key": f"{order.id}:{order.version}:{n}"}) for n, o in enumerate(operations)]


class Story:
    """One order told command by command; `now` moves only when told to."""

    def __init__(self, start: Order) -> None:
        self.order = start
        self.now = T0
        self.last: Change | None = None

    def do(self, command: Command, *, by: Actor = SHOP, outcomes: Sequence[dict[str, Any]] | None = None) -> "Story":
        """Perform it; `outcomes` overrides fields of the good answers, one dict per operation."""
        operations = keyed(self.order, plan(self.order, command, self.now, by))
        answers = [good(operation, self.order) for operation in operations]
        for i, changed in enumerate(outcomes or ()):
            answers[i] = answers[i].model_copy(update=changed)
        self.last = settle(self.order, command, answers, self.now, by)
        self.order = self.last.order
        return self

    def later(self, **delta: float) -> "Story":
        self.now += timedelta(**delta)
        return self

    def at(self, moment: datetime) -> "Story":
        self.now = moment
        return self

    @property
    def events(self) -> list[str]:
        """Types of the last command's events."""
        return [event.type for event in self.last.events] if self.last else []


def placed(*lines: Line, **fields: Any) -> Story:
    return Story(order(*lines, **fields)).do(c.Place())


def confirmed(*lines: Line, **fields: Any) -> Story:
    return Story(order(*lines, **fields)).do(c.Place(confirm=True))


def paid(*lines: Line, **fields: Any) -> Story:
    return confirmed(*lines, **fields).do(c.Pay(payment_method="pm_card_visa", capture=True))


def held(*lines: Line, **fields: Any) -> Story:
    return confirmed(*lines, **fields).do(c.Pay(payment_method="pm_card_visa", capture=False))


def shipped(*lines: Line, **fields: Any) -> Story:
    return paid(*lines, **fields).do(c.Fulfill())


def delivered(*lines: Line, **fields: Any) -> Story:
    return shipped(*lines, **fields).do(c.Deliver())


def add_line(new: Line) -> c.Edit:
    """The edit that adds this line."""
    return c.Edit(operations=(e.AddItem(op="add_item", line=new),))


def set_line(line_id: str, *, quantity: int | None = None, unit_price: int | None = None) -> c.Edit:
    """The edit of a line's quantity, its price, or both."""
    made: list[e.EditOperation] = []
    if quantity is not None:
        made.append(e.SetQuantity(op="set_quantity", line_id=line_id, quantity=quantity))
    if unit_price is not None:
        made.append(e.SetPrice(op="set_price", line_id=line_id, unit_price=unit_price))
    return c.Edit(operations=tuple(made))


def remove_line(line_id: str) -> c.Edit:
    """The edit that takes a line off."""
    return c.Edit(operations=(e.RemoveItem(op="remove_item", line_id=line_id),))


def units(*pairs: tuple[int, int], order: Order) -> tuple[Units, ...]:
    """(index of a line, quantity) pairs as Units."""
    return tuple(Units(line_id=order.lines[i].id, quantity=n) for i, n in pairs)
