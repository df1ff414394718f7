"""How often each key has called, per window of time, counted by all processes together: one row per key and window.

A call counts when the windows allow it: the one before weighs as much as it still lies within the last `seconds`. Taking and
judging is one statement, so any number of processes may take at once and never too much. PostgreSQL need not flush it: what a
crash forgets is a second of counting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import fetch, is_sqlite, single
from store.tables import rate_windows as t


@dataclass(frozen=True)
class Windows:
    """Calls counted in the window before and in this one."""

    before: int
    now: int


_TAKE: Final = """
    INSERT INTO rate_windows (key_id, at, calls)
    SELECT {key}, {at}, {amount} FROM {rows}
    WHERE {before} * {weight} + {here} + {amount} < {limit} + 1
    ON CONFLICT (key_id, at) DO UPDATE SET calls = rate_windows.calls + excluded.calls
    WHERE {before} * {weight} + rate_windows.calls + excluded.calls < {limit} + 1
    RETURNING calls, {before} AS before
"""
_NAMES: Final = ("key", "at", "amount", "weight", "limit", "earlier")


def _spelled(marks: Mapping[str, str], rows: str) -> str:
    def calls(at: str) -> str:
        return f"coalesce((SELECT w.calls FROM rate_windows AS w WHERE w.key_id = {marks['key']} AND w.at = {at}), 0)"  # noqa: S608

    return _TAKE.format(**marks, rows=rows, before=calls(marks["earlier"]), here=calls(marks["at"]))


_POSTGRESQL: Final = _spelled(
    {
        "key": "$1::text", "at": "$2::bigint", "amount": "$3::bigint", "weight": "$4::double precision",
        "limit": "$5::bigint", "earlier": "$6::bigint",
    },
    "(SELECT set_config('synchronous_commit', 'off', true)) AS quick",
)  # fmt: skip
_SQLITE: Final = _spelled({name: f":{name}" for name in _NAMES}, "(SELECT 1) AS one")


async def take(engine: AsyncEngine, key: str, *, seconds: int, limit: int, amount: int, now: float) -> Windows | None:
    """Count so many calls of a key, if the limit allows them all. None: it does not, and nothing is counted."""
    at = int(now // seconds)
    values: tuple[Any, ...] = (key, at, amount, weight(now, seconds), limit, at - 1)

    def work(conn: Connection) -> Windows | None:
        if is_sqlite(conn):
            found = conn.exec_driver_sql(_SQLITE, dict(zip(_NAMES, values, strict=True))).one_or_none()
        else:
            found = conn.exec_driver_sql(_POSTGRESQL, values).one_or_none()
        return None if found is None else Windows(int(found.before), int(found.calls))

    return await single(engine, work)


def weight(now: float, seconds: int) -> float:
    """How much of the window before is within the last `seconds`."""
    return 1 - (now / seconds) % 1


async def counted(engine: AsyncEngine, key: str, *, seconds: int, now: float) -> Windows:
    """What is counted of a key."""
    at = int(now // seconds)
    query = select(t.c.at, t.c.calls).where(t.c.key_id == key, t.c.at.in_([at - 1, at]))
    found = {row.at: row.calls for row in await fetch(engine, query)}
    return Windows(found.get(at - 1, 0), found.get(at, 0))


async def clear(engine: AsyncEngine, key: str | None = None) -> int:
    """Forget what is counted of a key, or of all; answers how many windows."""
    rows = delete(t) if key is None else delete(t).where(t.c.key_id == key)
    return await single(engine, lambda conn: conn.execute(rows).rowcount)


async def sweep(engine: AsyncEngine, *, now: int, seconds: int, limit: int = 1000) -> int:
    """Forget windows that nothing depends on any more, at most `limit`; answers how many."""
    old = select(t.c.key_id).where(t.c.at < now // seconds - 1).limit(limit)
    rows = delete(t).where(t.c.at < now // seconds - 1, t.c.key_id.in_(old))
    return await single(engine, lambda conn: conn.execute(rows).rowcount)
