"""zephyr's list: newest first, by cursor (document 002, contract section 7).

A keyset: orders that arrive meanwhile neither shift nor repeat what follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from api.faces.zephyr import schemas as s
from api.faces.zephyr.status import STATUS
from api.http import reading
from api.http.problems import invalid
from api.http.routing import Call
from api.spelling import cursors
from api.spelling.wire import EPOCH
from domain.order import Order
from store.lists.filters import Filter


@dataclass(frozen=True)
class Slice:
    """Orders after a cursor, and the next one; None when there is no more."""

    orders: Sequence[Order]
    next_cursor: str | None


async def slice_of(call: Call, query: s.ListOrders) -> Slice:
    """Orders from behind the query's cursor."""
    wanted = Filter(
        words={} if query.status is None else {STATUS.name: frozenset((query.status,))},
        customer_id=query.customer_id,
        created_from=None if query.placed_after is None else EPOCH.encode(query.placed_after),
        created_until=None if query.placed_before is None else EPOCH.encode(query.placed_before),
    )
    try:
        after = None if query.cursor is None else cursors.read(query.cursor)
    except cursors.BadCursor as error:
        raise invalid("cursor", str(error)) from None
    found = await reading.after(call, wanted, after=after, limit=query.limit + 1)
    if len(found.orders) <= query.limit:
        return Slice(found.orders, None)
    last = found.rows[query.limit - 1]
    return Slice(found.orders[: query.limit], cursors.write(last.created_at, last.id))
