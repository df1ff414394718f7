"""Orders whose workflow has not done what it should have done by now: what the sweep asks the database for.

All of it is read from rows, so it is complete whatever became of the workflows: terminated, lost with Temporal's database,
or behind after a crash.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import fetch, writing
from store.tables import orders as t

FIRST_PAUSE_SECONDS: Final = 30
LONGEST_PAUSE_SECONDS: Final = 3600
"""Nudges of one order back off from the first to the longest, doubling."""


@dataclass(frozen=True)
class Late:
    """One order and how often it was nudged since its last save."""

    order_id: str
    livemode: bool
    version: int
    nudges: int


_COLUMNS: Final = (t.c.id, t.c.livemode, t.c.version, t.c.nudges)


def _late(row: Row[Any]) -> Late:
    return Late(row.id, row.livemode, row.version, row.nudges)


async def overdue(engine: AsyncEngine, now: int, grace: int, limit: int) -> list[Late]:
    """Orders whose next deadline passed more than `grace` seconds ago, and that may be nudged again; oldest first."""
    query = (
        select(*_COLUMNS)
        .where(t.c.next_deadline.is_not(None), t.c.next_deadline < now - grace, _may(now))
        .order_by(t.c.next_deadline)
        .limit(limit)
    )
    return [_late(row) for row in await fetch(engine, query)]


async def half_done(engine: AsyncEngine, now: int, grace: int, limit: int) -> list[Late]:
    """Orders reserved for a request that began to ask a provider more than `grace` seconds ago and has not ended."""
    query = (
        select(*_COLUMNS)
        .where(t.c.asking.is_not(null()), t.c.saved_at < now - grace, _may(now))
        .order_by(t.c.saved_at)
        .limit(limit)
    )
    return [_late(row) for row in await fetch(engine, query)]


def _may(now: int) -> Any:
    return or_(t.c.nudge_after.is_(None), t.c.nudge_after <= now)


async def nudged(engine: AsyncEngine, late: Late, now: int) -> None:
    """Remember a nudge: the next one waits twice as long. A save forgets them all."""
    pause = min(FIRST_PAUSE_SECONDS * 2 ** min(late.nudges, 10), LONGEST_PAUSE_SECONDS)
    async with writing(engine) as conn:
        await conn.execute(
            update(t)
            .where(t.c.id == late.order_id, t.c.version == late.version)
            .values(nudges=late.nudges + 1, nudge_after=now + pause)
        )


async def recently_saved(engine: AsyncEngine, since: int, until: int, limit: int = 10_000) -> list[Late]:
    """Open orders saved in [since, until) (epoch seconds of the wall clock), oldest save first."""
    query = (
        select(*_COLUMNS)
        .where(t.c.is_open == True, t.c.saved_at >= since, t.c.saved_at < until)  # noqa: E712 - SQL
        .order_by(t.c.saved_at)
        .limit(limit)
    )
    return [_late(row) for row in await fetch(engine, query)]


async def alive(engine: AsyncEngine, after: str, limit: int = 1000) -> list[str]:
    """Ids of orders to which something may still happen by itself, or that are open; by id, after `after`."""
    living = or_(t.c.is_open == True, t.c.next_deadline.is_not(None), t.c.asking.is_not(null()))  # noqa: E712 - SQL
    query = select(t.c.id).where(living, t.c.id > after).order_by(t.c.id).limit(limit)
    return [row.id for row in await fetch(engine, query)]
