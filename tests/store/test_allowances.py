"""Calls of all processes are counted together, and never more than the limit."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncEngine

from store.access import allowances
from store.database.engine import create_engine


async def test_takes_at_once_are_never_more_than_the_limit(engine: AsyncEngine, database_url: str) -> None:
    others = [engine, *(create_engine(database_url) for _ in range(2))]
    now = 1_800_000_000.0 + 5
    for earlier in (0, 30):
        await allowances.clear(engine)
        if earlier:
            assert await allowances.take(engine, "k", seconds=60, limit=50, amount=earlier, now=now - 60)
        tried = await asyncio.gather(
            *(allowances.take(others[n % 3], "k", seconds=60, limit=50, amount=3, now=now) for n in range(30))
        )
        weight = allowances.weight(now, 60)
        taken = 3 * sum(one is not None for one in tried)
        assert taken == (50 - int(earlier * weight)) // 3 * 3
    assert await allowances.sweep(engine, now=int(now) + 300, seconds=60) == 2
    for other in others[1:]:
        await other.dispose()
