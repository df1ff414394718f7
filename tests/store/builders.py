"""Orders made by hand, in any state the store can meet; no domain verb is involved."""

import itertools
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.commands import Request
from domain.events import Event, event_id
from domain.ids import child, ulid_at
from domain.order import Actor, Fulfillment, Line, Order, Payment, Refund, RefundPart, Units

START = datetime(2026, 1, 1, tzinfo=UTC)
_numbers = itertools.count(1001)


def make_order(
    *, number: int | None = None, livemode: bool = False, seconds: int = 0, quantity: int = 1, price: int = 1000,
    variant: str | None = "var_001", **fields: Any,
) -> Order:  # fmt: skip
    """A draft of one line, version 1, placed `seconds` after START."""
    number = next(_numbers) if number is None else number
    created = START + timedelta(seconds=seconds)
    order_id = ulid_at(int(created.timestamp() * 1000), number.to_bytes(10, "big"))
    line = Line(
        id=child(order_id, "line", 1), serial=1, variant_id=variant, title="Shirt", quantity=quantity,
        unit_price=price, stock="tracked",
    )  # fmt: skip
    defaults: dict[str, Any] = {
        "id": order_id, "number": number, "livemode": livemode, "version": 1, "currency": "USD", "lines": (line,),
        "subtotal": price * quantity, "total": price * quantity, "created_at": created, "updated_at": created,
        "next_serial": 10,
    }  # fmt: skip
    return Order(**(defaults | fields))


def changed(order: Order, **fields: Any) -> Order:
    """The order one version later."""
    return order.model_copy(update={"version": order.version + 1, **fields})


def events_of(order: Order, *types: str, sequence: int | None = None) -> tuple[Event, ...]:
    """Events of this version; their sequence is the version unless it is given."""
    first = order.version if sequence is None else sequence
    return tuple(
        Event(
            id=event_id(order.id, first + place), sequence=first + place, type=kind, at=order.updated_at,
            actor=Actor(kind="key", id="key_1"), version=order.version,
        )
        for place, kind in enumerate(types or ("order.updated",))
    )  # fmt: skip


def request(name: str = "req", *, remember: bool = False) -> Request:
    return Request(id=name, actor=Actor(kind="key", id="key_1"), remember=remember)


def payment(order: Order, *, captured: int = 0, refunded: int = 0, held: int = 0) -> Payment:
    return Payment(
        id=child(order.id, "payment", 2), serial=2, provider="sandbox", amount=captured + held,
        authorized=captured + held, captured=captured, refunded=refunded, created_at=order.created_at,
        state="authorized" if held else "captured",
    )  # fmt: skip


def refund(order: Order, amount: int) -> Refund:
    return Refund(
        id=child(order.id, "refund", 3), serial=3, amount=amount, status="succeeded", origin="refund",
        parts=(RefundPart(payment_id=child(order.id, "payment", 2), amount=amount, status="succeeded"),),
        created_at=order.created_at, updated_at=order.created_at,
    )  # fmt: skip


def in_state(order: Order, state: str) -> Order:
    """The order as it is in one of STATES; the version stays."""
    total, (line,) = order.total, order.lines
    quantity = line.quantity
    paid: dict[str, Any] = {"stage": "confirmed", "payments": (payment(order, captured=total),)}
    half = max(1, total // 2)
    counters = {
        "partly": {"sent": max(1, quantity // 2)}, "sent": {"sent": quantity},
        "shipped": {"sent": quantity, "shipped": quantity},
        "delivered": {"sent": quantity, "shipped": quantity, "delivered": quantity},
        "returned": {"sent": quantity, "shipped": quantity, "delivered": quantity, "returned": quantity},
    }  # fmt: skip
    states: dict[str, dict[str, Any]] = {
        "draft": {},
        "confirmed": {"stage": "confirmed"},
        "authorized": {"stage": "confirmed", "payments": (payment(order, held=total),)},
        "part_paid": {"stage": "confirmed", "payments": (payment(order, captured=half),)},
        "paid": paid,
        "part_refunded": paid | {
            "payments": (payment(order, captured=total, refunded=half),), "refunds": (refund(order, half),),
        },
        "refunded": paid | {
            "payments": (payment(order, captured=total, refunded=total),), "refunds": (refund(order, total),),
        },
        "cancelled": {"stage": "cancelled"},
        "failed": {"stage": "failed"},
        "closed": paid | {"closed_at": order.created_at},
        **dict.fromkeys(counters, paid),
    }  # fmt: skip
    fields = states[state]
    if state == "closed":
        counters[state] = counters["delivered"]
    if state in counters:
        fields = fields | {"lines": (line.model_copy(update=counters[state]),)}
    return order.model_copy(update=fields)


STATES: Sequence[str] = (
    "draft", "confirmed", "authorized", "part_paid", "paid", "part_refunded", "refunded", "cancelled", "failed",
    "partly", "sent", "shipped", "delivered", "returned", "closed",
)  # fmt: skip


def sample(count: int, seed: int = 1) -> list[Order]:
    """Orders in every state, of both modes, several customers, addresses, amounts and moments; some share a second."""
    dice = random.Random(seed)
    orders = []
    for place in range(count):
        order = make_order(
            number=1001 + place,
            livemode=dice.random() < 0.2,
            seconds=dice.randrange(count * 400) // 3 * 3,
            price=dice.randrange(1, 40) * 100,
            quantity=dice.randrange(1, 4),
            email=dice.choice([None, "Ada@example.com", "bob@example.com", "a_da@example.com", "a%b@example.com"]),
            customer_id=dice.choice([None, "cust_1", "cust_2"]),
            currency=dice.choice(["USD", "USD", "JPY", "KWD"]),
        )
        updated = order.created_at + timedelta(seconds=dice.randrange(100_000))
        orders.append(in_state(order.model_copy(update={"updated_at": updated}), dice.choice(STATES)))
    return orders


def fulfillment(order: Order, quantity: int) -> Fulfillment:
    return Fulfillment(
        id=child(order.id, "fulfillment", 4), serial=4,
        items=(Units(line_id=order.lines[0].id, quantity=quantity),), created_at=order.created_at,
        updated_at=order.created_at,
    )  # fmt: skip
