"""Money that people of the console gave back lately: what `console.refund_limit` bounds (contract section 15).

A sum is entered before its command is sent and taken out again when that is refused, so that two forms sent at once cannot both
fit under the limit. One whose answer nobody knows stays entered.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import is_sqlite, writing
from store.tables import money_back as t

WINDOW_SECONDS: Final = 24 * 3600


@dataclass(frozen=True)
class Spent:
    """Minor units of the store's currency in the last 24 hours."""

    by_person: int
    on_order: int

    @property
    def most(self) -> int:
        return max(self.by_person, self.on_order)


async def enter(
    engine: AsyncEngine, *, request_id: str, person_id: str, order_id: str, amount: int, limit: int | None, now: int
) -> Spent | None:
    """Enter a sum. None: it is; else what was given back before, and the sum would go above the limit. Entered once
    per request."""
    async with writing(engine) as conn:
        await _alone(conn, f"person {person_id}", f"order {order_id}")
        await conn.execute(delete(t).where((t.c.request_id == request_id) | (t.c.at < now - WINDOW_SECONDS)))
        spent = await _spent(conn, person_id, order_id, now)
        if limit is not None and spent.most + amount > limit:
            return spent
        row = {"request_id": request_id, "person_id": person_id, "order_id": order_id, "amount": amount, "at": now}
        await conn.execute(insert(t).values(**row))
    return None


async def _alone(conn: AsyncConnection, *whose: str) -> None:
    """Whoever gives back as the same person, or on the same order, waits for the other's sum. SQLite has one writer anyway; on
    PostgreSQL these are locks until the transaction ends, and no order's save waits for them."""
    if not is_sqlite(conn):
        for name in whose:
            await conn.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def _spent(conn: AsyncConnection, person_id: str, order_id: str, now: int) -> Spent:
    recent = t.c.at >= now - WINDOW_SECONDS
    total = func.coalesce(func.sum(t.c.amount), 0)
    mine = (await conn.execute(select(total).where(t.c.person_id == person_id, recent))).scalar_one()
    its = (await conn.execute(select(total).where(t.c.order_id == order_id, recent))).scalar_one() if order_id else 0
    return Spent(int(mine), int(its))


async def take_out(engine: AsyncEngine, request_id: str) -> None:
    """The request was refused: nothing went back."""
    async with writing(engine) as conn:
        await conn.execute(delete(t).where(t.c.request_id == request_id))
