"""Every coming deadline of a mode's orders, the soonest first, by keyset."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import fetch
from store.tables import deadlines as t

KEYS: Final = (int, str, str)
"""Of a page: moment, order id, name."""


async def coming(
    engine: AsyncEngine, livemode: bool, *, since: int | None = None, until: int | None = None,
    after: Sequence[Any] | None = None, limit: int = 20, name: str | None = None,
) -> Sequence[Row[Any]]:  # fmt: skip
    """Those in [since, until); one that is past and was not closed yet stands first. `name`: of this window alone."""
    query = select(t).where(t.c.livemode == livemode).order_by(t.c.at, t.c.order_id, t.c.name).limit(limit)
    if after is not None:
        query = query.where(tuple_(t.c.at, t.c.order_id, t.c.name) > tuple_(*after))
    elif since is not None:
        query = query.where(t.c.at >= since)
    if until is not None:
        query = query.where(t.c.at < until)
    if name is not None:
        query = query.where(t.c.name == name)
    return await fetch(engine, query)
