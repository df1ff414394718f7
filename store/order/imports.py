"""Many orders at once, as they are: for benchmarks, demos and (later) imports of another system's orders.

No stock moves and nothing goes to the outbox: these things happened elsewhere. Counters, and the next order number, follow.
"""

import time
from collections.abc import Iterable, Sequence
from itertools import islice

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.events import Event
from domain.order import Order
from store.database.engine import writing
from store.lists import counts
from store.order.orders import ORDER_NUMBERS, event_row
from store.order.rows import row_of, slot_of
from store.tables import counters, events, orders


async def insert_orders(
    engine: AsyncEngine, whole: Iterable[tuple[Order, Sequence[Event]]], *, batch: int = 500
) -> int:
    """Insert new orders with their events, a transaction per batch; answers how many. StoreRejected for a taken id or number."""
    rest = iter(whole)
    done = 0
    while some := list(islice(rest, batch)):
        async with writing(engine) as conn:
            await _insert(conn, some)
        done += len(some)
    return done


async def _insert(conn: AsyncConnection, some: list[tuple[Order, Sequence[Event]]]) -> None:
    saved_at = int(time.time())
    rows = [row_of(order, saved_at=saved_at) for order, _ in some]
    await conn.execute(insert(orders), rows)
    timeline = [event_row(order.id, event, "import", None) for order, own in some for event in own]
    if timeline:
        await conn.execute(insert(events), timeline)
    await conn.run_sync(counts.apply, counts.delta_of_new(map(slot_of, rows)))
    highest = max(row["number"] for row in rows)
    known = (counters.c.name == ORDER_NUMBERS) & (counters.c.value < highest)
    await conn.execute(update(counters).where(known).values(value=highest))
