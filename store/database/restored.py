"""What a restored database still needs before it is the shop's again, kept in itself: two rows of `counters`.

    restored_uncarried      what the former database knew was not yet carried over
    restored_unreconciled   the backup's moment: payment providers were not yet asked what they did since. No worker starts
    restored_at             when it was restored: open orders have not yet got their workflows. The first worker sees to it

Rule: the marks are written in the transaction (or the file) that makes the database what the backup was, so nobody ever sees it
without them. What the former database knew and the backup cannot is carried over: numbers given out, keys revoked.
"""

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import bindparam, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import fetch, writing
from store.order.orders import ORDER_NUMBERS
from store.tables import api_keys, counters, orders

UNRECONCILED: Final = "restored_unreconciled"
RESTORED: Final = "restored_at"
UNCARRIED: Final = "restored_uncarried"
MARKS: Final = (UNCARRIED, UNRECONCILED, RESTORED)
SPARE: Final = 1000
"""Order numbers left out where nobody knows how many were given out since the backup, beside twice the usual many."""
USUAL_SECONDS: Final = 30 * 86400


def mark_sql(schema: str, made_at: int, now: int) -> list[str]:
    """The statements that mark a database, for whoever writes it; `schema`: a quoted name and a point, or nothing."""
    marks = ((UNCARRIED, 1), (UNRECONCILED, made_at), (RESTORED, now))
    names = ", ".join(f"'{name}'" for name, _ in marks)
    rows = ", ".join(f"('{name}', {value})" for name, value in marks)
    return [
        f"DELETE FROM {schema}counters WHERE name IN ({names})",  # noqa: S608 - our own words and numbers
        f"INSERT INTO {schema}counters (name, value) VALUES {rows}",  # noqa: S608
        f"DELETE FROM {schema}worker_heartbeats",  # noqa: S608 - of workers that are gone
    ]


@dataclass(frozen=True)
class Marks:
    """What is still to do. Epoch seconds."""

    unreconciled_since: int | None
    """The backup's moment."""
    restored_at: int | None
    """Orders wait for their workflows since."""
    uncarried: bool


async def marks(engine: AsyncEngine) -> Marks:
    found = await fetch(engine, select(counters.c.name, counters.c.value).where(counters.c.name.in_(MARKS)))
    known = {row.name: row.value for row in found}
    return Marks(known.get(UNRECONCILED), known.get(RESTORED), UNCARRIED in known)


async def done(engine: AsyncEngine, mark: str) -> None:
    async with writing(engine) as conn:
        await conn.execute(delete(counters).where(counters.c.name == mark))


@dataclass(frozen=True)
class Former:
    """What the database that was replaced knew."""

    counters: dict[str, int] = field(default_factory=dict)
    revoked: dict[str, int] = field(default_factory=dict)
    """Key id -> when it was revoked, epoch seconds."""


async def former(engine: AsyncEngine, schema: str = "") -> Former:
    """Read it: a database of its own, or a schema beside (a quoted name and a point). StoreError when it cannot be read."""
    counted = await fetch(engine, text(f"SELECT name, value FROM {schema}counters"))  # noqa: S608 - our own schema's name
    keys = await fetch(engine, text(f"SELECT id, revoked_at FROM {schema}api_keys WHERE revoked_at IS NOT NULL"))  # noqa: S608
    return Former({row.name: row.value for row in counted}, {row.id: row.revoked_at for row in keys})


async def carry_over(engine: AsyncEngine, known: Former | None, age_seconds: int) -> int:
    """No number is given out a second time, and no revoked key opens anything again. Where the former database is not there,
    as many order numbers are left out as twice the usual many of the backup's age, and some. How many were left out."""
    async with writing(engine) as conn:
        await conn.execute(delete(counters).where(counters.c.name == UNCARRIED))
        for key, at in (known.revoked if known else {}).items():
            await conn.execute(
                update(api_keys).where(api_keys.c.id == key, api_keys.c.revoked_at.is_(None)).values(revoked_at=at)
            )
        raised = update(counters).where(counters.c.name == bindparam("which"), counters.c.value < bindparam("to"))
        for name, value in (known.counters if known else {}).items():
            if name not in MARKS:
                await conn.execute(raised.values(value=bindparam("to")), {"which": name, "to": value})
        if known is not None and ORDER_NUMBERS in known.counters:
            return 0
        latest = (await conn.execute(select(func.max(orders.c.created_at)))).scalar_one() or 0
        recent = select(func.count()).where(orders.c.created_at > latest - USUAL_SECONDS)
        many = (await conn.execute(recent.select_from(orders))).scalar_one()
        spare = SPARE + 2 * many * (age_seconds + 86400) // USUAL_SECONDS
        more = update(counters).where(counters.c.name == ORDER_NUMBERS).values(value=counters.c.value + spare)
        await conn.execute(more)
        return int(spare)
