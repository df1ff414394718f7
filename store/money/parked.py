"""Provider events received: each once, parked until an order knows the payment they speak of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import fetch, writing
from store.database.inserts import unless_there
from store.tables import provider_events as t


@dataclass(frozen=True)
class Parked:
    """One received event. Times are epoch seconds."""

    provider: str
    id: str
    livemode: bool
    payment_ref: str | None
    received_at: int
    delivered_at: int | None
    """None: no order took it yet."""
    body: Mapping[str, Any]
    note: str | None = None


async def receive(engine: AsyncEngine, event: Parked) -> bool:
    """Keep it. False: this event was received before (providers repeat themselves)."""
    async with writing(engine) as conn:
        return await keep(conn, event)


async def keep(conn: AsyncConnection, event: Parked) -> bool:
    """The same within the caller's transaction."""
    return (await conn.execute(_NEW[conn.dialect.name], vars(event))).rowcount == 1


_NEW: Final = unless_there(t, "provider", "id")


async def find(engine: AsyncEngine, provider: str, id: str) -> Parked | None:
    found = await fetch(engine, select(t).where(t.c.provider == provider, t.c.id == id))
    return _parked(found[0]._asdict()) if found else None


async def waiting(engine: AsyncEngine, limit: int = 1000) -> list[Parked]:
    """Undelivered events of all payments, oldest first."""
    query = select(t).where(t.c.delivered_at.is_(None)).order_by(t.c.received_at).limit(limit)
    return [_parked(row._asdict()) for row in await fetch(engine, query)]


async def delivered(engine: AsyncEngine, provider: str, id: str, at: int, note: str | None = None) -> None:
    """An order took it, or it concerns none of ours (`note` says so)."""
    async with writing(engine) as conn:
        mark = update(t).where(t.c.provider == provider, t.c.id == id, t.c.delivered_at.is_(None))
        await conn.execute(mark.values(delivered_at=at, note=note))


async def sweep(engine: AsyncEngine, before: int, limit: int = 1000) -> int:
    """Forget events delivered before `before` (epoch seconds), at most `limit`; answers how many."""
    old = select(t.c.provider, t.c.id).where(t.c.delivered_at < before).order_by(t.c.delivered_at).limit(limit)
    async with writing(engine) as conn:
        return (await conn.execute(delete(t).where(tuple_(t.c.provider, t.c.id).in_(old)))).rowcount


def _parked(row: Mapping[str, Any]) -> Parked:
    return Parked(**row)
