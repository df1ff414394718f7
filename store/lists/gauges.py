"""What an operator is woken by, read from rows: what orders wait for, and how late the latest of each thing is.

A few short statements over indexes, for a process that asks every quarter of a minute; whatever became of Temporal, rows say it.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import reading
from store.lists.figures import waiting_by_mode
from store.tables import orders, outbox, webhook_deliveries

OVERDUE_SECONDS = 60
"""A deadline is late from then on: its workflow closes it at once, the sweep within a minute."""


@dataclass(frozen=True)
class Gauges:
    """Ages in seconds, 0 where there is nothing."""

    waiting: dict[tuple[bool, str], int]
    """(livemode, word) -> orders."""
    webhook: int
    mail: int
    sweep: int
    """Of the deadline that is late longest and that nobody has attended to."""
    overdue: int
    """Orders, whoever has tried."""


async def read(engine: AsyncEngine, now: int) -> Gauges:
    """All of them in one snapshot."""
    async with reading(engine, aside=True) as conn:
        return Gauges(
            waiting=await waiting_by_mode(conn),
            webhook=await _webhook(conn, now),
            mail=await _age(conn, now, outbox.c.kind == "mail", outbox.c.drained_at.is_(None)),
            sweep=await _untouched(conn, now),
            overdue=await _overdue(conn, now),
        )


async def _webhook(conn: AsyncConnection, now: int) -> int:
    """Of an event that is no delivery yet, or of a delivery that has neither arrived nor been given up."""
    t = webhook_deliveries
    oldest = (await conn.execute(select(func.min(t.c.created_at)).where(t.c.status == "pending"))).scalar_one()
    queued = await _age(conn, now, outbox.c.kind == "event", outbox.c.drained_at.is_(None))
    return max(queued, 0 if oldest is None else now - int(oldest))


async def _age(conn: AsyncConnection, now: int, *conditions: ColumnElement[bool]) -> int:
    oldest = (await conn.execute(select(func.min(outbox.c.created_at)).where(*conditions))).scalar_one()
    return 0 if oldest is None else max(now - int(oldest), 0)


async def _untouched(conn: AsyncConnection, now: int) -> int:
    t = orders
    late = select(func.min(t.c.next_deadline)).where(
        t.c.next_deadline.is_not(None), t.c.next_deadline < now, t.c.nudges == 0
    )
    oldest = (await conn.execute(late)).scalar_one()
    return 0 if oldest is None else now - int(oldest)


async def _overdue(conn: AsyncConnection, now: int) -> int:
    t = orders
    late = select(func.count()).where(t.c.next_deadline.is_not(None), t.c.next_deadline < now - OVERDUE_SECONDS)
    return int((await conn.execute(late)).scalar_one())
