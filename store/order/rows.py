"""An order as a row of `orders`, and back."""

from functools import lru_cache
from typing import Any, Final

from domain.order import Order
from domain.windows import next_deadline
from store.database.clock import epoch
from store.lists.counts import Slot
from store.lists.facets import facet_of
from store.order import projection

SCHEMA: Final = 2
"""Number of the shape of `doc`. Raise it when older code would misread what this code writes."""
PLAIN: Final = 1
"""The shape of an order without exchanges and claims: what wrote the first shape reads it, and drops nothing when it saves."""
SHARED_LENGTH: Final = 16_384
"""Characters; longer documents are read anew, they would fill the memory."""


def row_of(order: Order, *, saved_at: int) -> dict[str, Any]:
    """Every column of `orders` for this order; `doc` is the whole of it."""
    deadline = next_deadline(order)
    is_open = order.stage in ("draft", "confirmed") and order.closed_at is None
    return {
        "id": order.id,
        "number": order.number,
        "number_text": str(order.number),
        "livemode": order.livemode,
        "version": order.version,
        "facet": facet_of(order),
        "customer_id": order.customer_id,
        "email": order.email,
        "email_lower": (order.email or "").lower(),
        "total": order.total,
        "currency": order.currency,
        "created_at": epoch(order.created_at),
        "updated_at": epoch(order.updated_at),
        "changed_at": epoch(order.updated_at) if order.version > 1 else 0,
        "is_open": is_open,
        "next_deadline": epoch(deadline[0].at) if deadline else None,
        "saved_at": saved_at,
        "nudges": 0,
        "nudge_after": None,
        "asking": None,
        "schema": SCHEMA if order.exchanges or order.claims else PLAIN,
        "projection": projection.of(order),
        "doc": order.model_dump_json(),
    }


def slot_of(row: dict[str, Any]) -> Slot:
    """Where a row is counted."""
    return Slot(livemode=row["livemode"], facet=row["facet"], created_at=row["created_at"], number=row["number"])


def order_of(doc: str) -> Order:
    """The stored order. Orders are frozen, so whoever reads the same document shares one: most commands read what the one
    before has read."""
    return _shared(doc) if len(doc) <= SHARED_LENGTH else Order.model_validate_json(doc)


@lru_cache(maxsize=256)
def _shared(doc: str) -> Order:
    return Order.model_validate_json(doc)
