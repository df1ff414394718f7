"""The next order number: one sequence for both modes, never one twice; gaps where an order was then not placed.

The counter is one row, which a commit holds; so numbers are drawn for all who ask meanwhile at once, as many as they are.
Nothing is kept in stock: a process that ends loses no number, and one at a time they come without gaps.

PostgreSQL need not flush this transaction before it is answered: whatever makes a number count (the claim, the order) is
committed after it, and flushes it too. A crash in between gives out again what nobody has used.
"""

import asyncio
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import is_sqlite, single
from store.order.orders import ORDER_NUMBERS, draw

_UNFLUSHED: Final = (
    "WITH quick AS (SELECT set_config('synchronous_commit', 'off', true)) "
    "UPDATE counters SET value = value + $2::bigint FROM quick WHERE name = $1::text RETURNING value"
)


class _Drawing:
    """The callers of one process who wait for a number."""

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[int]] = []
        self.drawing: asyncio.Task[None] | None = None

    async def next(self, engine: AsyncEngine) -> int:
        mine: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.waiting.append(mine)
        if self.drawing is None or self.drawing.done():
            self.drawing = asyncio.create_task(self._draw(engine))
        return await mine

    async def _draw(self, engine: AsyncEngine) -> None:
        while self.waiting:
            taken, self.waiting = self.waiting, []
            try:
                last = await _drawn(engine, len(taken))
            except Exception as error:
                for one in taken:
                    if not one.done():
                        one.set_exception(error)
            else:
                for place, one in enumerate(taken, last - len(taken) + 1):
                    if not one.done():  # else its caller has gone, and its number is a gap
                        one.set_result(place)


async def _drawn(engine: AsyncEngine, many: int) -> int:
    """The last of so many new numbers."""

    def work(conn: Connection) -> int:
        if is_sqlite(conn):
            return draw(conn, ORDER_NUMBERS, many)
        return int(conn.exec_driver_sql(_UNFLUSHED, (ORDER_NUMBERS, many)).scalar_one())

    return await single(engine, work)


_drawings: WeakKeyDictionary[Engine, _Drawing] = WeakKeyDictionary()


async def next_number(engine: AsyncEngine) -> int:
    """The next order number."""
    return await _drawings.setdefault(engine.sync_engine, _Drawing()).next(engine)
