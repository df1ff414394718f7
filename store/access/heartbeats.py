"""Which workers said lately that they are alive: for /health/ready, without asking Temporal."""

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import fetch, is_sqlite, writing
from store.tables import worker_heartbeats as t


async def beat(engine: AsyncEngine, worker_id: str, at: int) -> None:
    """`worker_id` is alive at `at` (epoch seconds)."""
    async with writing(engine) as conn:
        insert = sqlite_insert(t) if is_sqlite(conn) else pg_insert(t)
        await conn.execute(
            insert.on_conflict_do_update(index_elements=["worker_id"], set_={"at": insert.excluded.at}),
            {"worker_id": worker_id, "at": at},
        )


async def alive(engine: AsyncEngine, since: int) -> int:
    """How many workers beat at or after `since`."""
    counted = await fetch(engine, select(func.count()).select_from(t).where(t.c.at >= since))
    return int(counted[0][0])


async def stop(engine: AsyncEngine, worker_id: str, forgotten_before: int = 0) -> None:
    """`worker_id` ends; workers last heard before `forgotten_before` are forgotten too."""
    async with writing(engine) as conn:
        await conn.execute(delete(t).where((t.c.worker_id == worker_id) | (t.c.at < forgotten_before)))
