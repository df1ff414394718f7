"""Command records: what became of each request of an order, in the transaction of its effect. They live as long as the order.

    applied   the request made `version`; nothing it asks is ever done again
    refused   a rule refused it. Written down too, so that an attempt stopped half way cannot commit it later, after
              its sender has heard no

(order, request) is the primary key, and that is the whole of "exactly once": not Temporal's update ids, not versions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import fetch, writing
from store.database.inserts import unless_there
from store.tables import commands as t


@dataclass(frozen=True)
class Record:
    """What became of one request."""

    order_id: str
    request_id: str
    verb: str
    outcome: Literal["applied", "refused"]
    at: int
    """Epoch seconds of the wall clock."""
    version: int | None = None
    subject: str | None = None
    error: Mapping[str, Any] | None = None
    snapshot: str | None = None


def insert(conn: Connection, record: Record) -> bool:
    """Write it. False: the request is recorded already, by whoever committed first."""
    return conn.execute(_NEW[conn.dialect.name], vars(record)).rowcount == 1


_NEW: Final = unless_there(t, "order_id", "request_id")
_FIND: Final = select(t).where(t.c.order_id == bindparam("order"), t.c.request_id == bindparam("request"))


def find(conn: Connection, order_id: str, request_id: str) -> Record | None:
    row = conn.execute(_FIND, {"order": order_id, "request": request_id}).one_or_none()
    return None if row is None else _record(row)


async def get(engine: AsyncEngine, order_id: str, request_id: str) -> Record | None:
    """The same, as it is committed."""
    found = await fetch(engine, _FIND, {"order": order_id, "request": request_id})
    return _record(found[0]) if found else None


def _record(row: Row[Any]) -> Record:
    return Record(**row._asdict())


async def recorded(engine: AsyncEngine, order_id: str, request_ids: list[str]) -> set[str]:
    """Those of these requests that have a record."""
    query = select(t.c.request_id).where(t.c.order_id == order_id, t.c.request_id.in_(request_ids))
    return {row.request_id for row in await fetch(engine, query)}


async def forget_snapshots(engine: AsyncEngine, before: int, limit: int = 1000) -> int:
    """Drop the orders kept for answers that nobody can ask for any more; the records stay. Answers how many."""
    old = select(t.c.order_id, t.c.request_id).where(t.c.snapshot.is_not(None), t.c.at < before).limit(limit)
    rows = await fetch(engine, old)
    if rows:
        drop = (
            update(t)
            .where(t.c.order_id == bindparam("order"), t.c.request_id == bindparam("request"))
            .values(snapshot=None)
        )
        async with writing(engine) as conn:
            await conn.execute(drop, [{"order": row.order_id, "request": row.request_id} for row in rows])
    return len(rows)
