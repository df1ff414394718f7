"""An order as a row of `orders`, and back."""

from functools import lru_cache
from typing import Any, Final

from domain.order import Order
from store.clock import epoch
from store.counts import Place
from store.facets import facet_of

SHARED_LENGTH: Final = 16_384
"""Characters; longer documents are read anew, they would fill the memory."""


def row_of(order: Order, *, request_id: str | None, saved_at: int) -> dict[str, Any]:
    """Every column of `orders` for this order; `doc` is the whole of it."""
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
        "next_deadline": next_deadline(order) if is_open else None,
        "saved_at": saved_at,
        "last_request": request_id,
        "doc": order.model_dump_json(),
    }


def place_of(row: dict[str, Any]) -> Place:
    """Where a row is counted."""
    return Place(livemode=row["livemode"], facet=row["facet"], created_at=row["created_at"], number=row["number"])


def next_deadline(order: Order) -> int | None:
    """The nearest moment at which something may happen by itself, for operators; the workflow computes its own."""
    times = [order.payment_window_ends_at if not order.payment_window_over else None, order.return_window_ends_at]
    times += [p.expires_at for p in order.payments if p.state == "authorized" and p.capturable > 0]
    known = [epoch(time) for time in times if time is not None]
    return min(known, default=None)


def order_of(doc: str) -> Order:
    """The stored order. Orders are frozen, so whoever reads the same document shares one: most commands read what the one
    before has read."""
    return _shared(doc) if len(doc) <= SHARED_LENGTH else Order.model_validate_json(doc)


@lru_cache(maxsize=256)
def _shared(doc: str) -> Order:
    return Order.model_validate_json(doc)
