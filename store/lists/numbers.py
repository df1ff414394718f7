"""The numbers of some orders, by their ids."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import fetch
from store.tables import orders as t


async def of(engine: AsyncEngine, ids: Collection[str]) -> dict[str, int]:
    """Id -> number; those that do not exist are absent."""
    if not ids:
        return {}
    found = await fetch(engine, select(t.c.id, t.c.number).where(t.c.id.in_(sorted(ids))))
    return {row.id: row.number for row in found}


async def of_customer(engine: AsyncEngine, livemode: bool, customer_id: str, limit: int) -> dict[str, int]:
    """Those of one customer's newest orders."""
    query = select(t.c.id, t.c.number).where(t.c.livemode == livemode, t.c.customer_id == customer_id)
    found = await fetch(engine, query.order_by(t.c.created_at.desc(), t.c.id.desc()).limit(limit))
    return {row.id: row.number for row in found}
