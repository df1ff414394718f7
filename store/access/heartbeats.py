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


async def stop(engine: AsyncEngine, worker_id: str) -> None:
    """`worker_id` ends."""
    async with writing(engine) as conn:
        await conn.execute(delete(t).where(t.c.worker_id == worker_id))


async def sweep(engine: AsyncEngine, before: int) -> int:
    """Forget workers last heard before `before` (epoch seconds): killed ones say no farewell. Answers how many."""
    if not await fetch(engine, select(t.c.worker_id).where(t.c.at < before).limit(1)):
        return 0  # as nearly always: no write lock is taken for nothing
    async with writing(engine) as conn:
        return (await conn.execute(delete(t).where(t.c.at < before))).rowcount
