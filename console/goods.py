"""An order's units as bars, and its parcels."""

from dataclasses import dataclass
from datetime import datetime

from console.acts.goods import named
from console.preview import titled
from domain.order import Line, Order, Tracking
from domain.status import fulfillment_state


@dataclass(frozen=True)
class Part:
    """Units of a line that are in the same place."""

    state: str
    count: int
    width: int
    """Percent of the line, in whole steps that add up to 100."""


@dataclass(frozen=True)
class Bar:
    line: Line
    title: str
    parts: tuple[Part, ...]


def bars(order: Order) -> list[Bar]:
    return [Bar(line, titled(line.title, line.variant_title), _parts(line)) for line in order.lines]


def _parts(line: Line) -> tuple[Part, ...]:
    """Every unit once, by where it is: returned and cancelled ones too."""
    kept = line.delivered - (line.returned - line.recalled)
    counts = (
        ("delivered", kept),
        ("on the way", line.shipped - line.delivered - line.recalled),
        ("packed", line.sent - line.shipped),
        ("to send", line.quantity - line.cancelled - line.sent),
        ("returned", line.returned),
        ("cancelled", line.cancelled),
    )
    shown = [(state, count) for state, count in counts if count > 0]
    total = sum(count for _, count in shown) or 1
    edges = [round(100 * sum(count for _, count in shown[:n]) / total) for n in range(len(shown) + 1)]
    return tuple(Part(state, count, edges[n + 1] - edges[n]) for n, (state, count) in enumerate(shown))


@dataclass(frozen=True)
class Parcel:
    """One parcel, or units that are packed and in none yet."""

    fulfillment_id: str
    state: str
    units: str
    tracking: Tracking
    shipped_at: datetime | None
    delivered_at: datetime | None


def parcels(order: Order) -> list[Parcel]:
    found = []
    for made in order.fulfillments:
        state = fulfillment_state(made)
        found += [
            Parcel(
                made.id, "delivered" if parcel.delivered_at else "cancelled" if made.cancelled_at else "on the way",
                named(order, parcel.items), parcel.tracking, parcel.shipped_at, parcel.delivered_at,
            )
            for parcel in made.shipments
        ]  # fmt: skip
        if state in ("pending", "cancelled") and not made.shipments:
            found.append(
                Parcel(
                    made.id,
                    "packed" if state == "pending" else state,
                    named(order, made.items),
                    made.tracking,
                    None,
                    None,
                )
            )
    return found
