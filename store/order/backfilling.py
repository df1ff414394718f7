"""Orders whose row says nothing of what is written beside it (those of older releases): theirs is written, batch by batch.

Each is guarded by its version and by still having none, and a save is guarded by the same: whoever is first writes it, once.
"""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection, Row, bindparam, null, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import fetch, transact
from store.order import projection
from store.order.rows import order_of
from store.tables import orders as t

log = structlog.stdlib.get_logger(__name__)
BATCH: Final = 200
"""Orders per transaction: on SQLite the write lock is everybody's."""


async def backfill(engine: AsyncEngine, *, batches: int = 10, batch: int = BATCH) -> int:
    """Write the projections of at most so many rows that have none; answers how many it wrote."""
    done, after = 0, ""
    for _ in range(batches):
        found = await fetch(engine, _WITHOUT, {"after": after, "most": batch})
        if not found:
            break
        after = found[-1].id
        rows = [row for row in map(_projected, found) if row is not None]
        done += await transact(engine, lambda conn, rows=rows: _fill(conn, rows))  # type: ignore[misc]
    return done


def _projected(row: Row[Any]) -> dict[str, Any] | None:
    """The row with its projection; None for a document that cannot be read, which must not keep the others waiting."""
    try:
        made = projection.of(order_of(row.doc))
    except (ValidationError, KeyError, ValueError):
        log.exception("an order's document cannot be read", order_id=row.id)
        return None
    return {**row._mapping, "projection": made}  # noqa: SLF001 - SQLAlchemy's public name


def _fill(conn: Connection, rows: list[dict[str, Any]]) -> int:
    done = [row for row in rows if conn.execute(_FILL, _named(row)).rowcount == 1]
    projection.insert_all(conn, done)
    return len(done)


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"whose": row["id"], "expected": row["version"], "written": row["projection"]}


_WITHOUT: Final = (
    select(t.c.id, t.c.number, t.c.livemode, t.c.currency, t.c.created_at, t.c.version, t.c.doc)
    .where(t.c.projection.is_(null()), t.c.id > bindparam("after"))
    .order_by(t.c.id)
    .limit(bindparam("most"))
)
_FILL: Final = (
    update(t)
    .where(t.c.id == bindparam("whose"), t.c.version == bindparam("expected"), t.c.projection.is_(null()))
    .values(projection=bindparam("written", type_=t.c.projection.type))
)
