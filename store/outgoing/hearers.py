"""Webhook endpoints of every face, for people: how each fares, and what of some orders did not arrive."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import fetch, reading
from store.outgoing.deliveries import Delivery
from store.outgoing.webhooks import Endpoint
from store.tables import webhook_deliveries as t
from store.tables import webhook_endpoints as e

MOST: Final = 1_000
"""Deliveries are counted so far."""
_FAILED: Final = text("webhook_deliveries.status = 'failed'")
"""In the words of the index over those."""


@dataclass(frozen=True)
class Hearer:
    """An endpoint; counts are at most MOST."""

    endpoint: Endpoint
    waiting: int
    failed: int
    latest: int | None
    """When its newest delivery was made, epoch seconds."""


async def hearers(engine: AsyncEngine, livemode: bool) -> list[Hearer]:
    """Every endpoint of a mode, whatever its face; those in trouble first."""
    async with reading(engine, aside=True) as conn:
        rows = (await conn.execute(select(e).where(e.c.livemode == livemode).order_by(e.c.id))).all()
        endpoints = [Endpoint(**{**row._mapping, "events": tuple(row.events)}) for row in rows]  # noqa: SLF001
        found = [await _hearer(conn, endpoint) for endpoint in endpoints]
    places = ("failing", "active", "disabled")
    return sorted(found, key=lambda one: (places.index(one.endpoint.status), one.endpoint.id))


async def hearer(engine: AsyncEngine, endpoint: Endpoint) -> Hearer:
    """One of them."""
    async with reading(engine, aside=True) as conn:
        return await _hearer(conn, endpoint)


async def _hearer(conn: AsyncConnection, endpoint: Endpoint) -> Hearer:
    mine = t.c.endpoint_id == endpoint.id
    waiting = select(t.c.id).where(mine, t.c.status == "pending").limit(MOST).subquery()
    failed = select(t.c.id).where(mine, _FAILED).limit(MOST).subquery()
    latest = select(t.c.created_at).where(mine).order_by(t.c.created_at.desc(), t.c.id.desc()).limit(1)
    query = select(
        select(func.count()).select_from(waiting).scalar_subquery(),
        select(func.count()).select_from(failed).scalar_subquery(),
        latest.scalar_subquery(),
    )
    return Hearer(endpoint, *(await conn.execute(query)).one())


async def failed(
    engine: AsyncEngine, endpoint_id: str, *, before: tuple[int, str] | None = None, limit: int = 50
) -> list[Delivery]:
    """What was given up, newest first, from behind (made, id)."""
    query = select(t).where(t.c.endpoint_id == endpoint_id, _FAILED)
    if before is not None:
        at, ident = before
        query = query.where((t.c.created_at < at) | ((t.c.created_at == at) & (t.c.id < ident)))
    query = query.order_by(t.c.created_at.desc(), t.c.id.desc()).limit(limit)
    return [_delivery(row) for row in await fetch(engine, query)]


async def lost(
    engine: AsyncEngine,
    livemode: bool,
    order_ids: Collection[str],
    *,
    statuses: Sequence[str] = ("failed",),
    limit: int = 200,
) -> list[Delivery]:
    """Deliveries of these orders that did not arrive, order by order as they happened."""
    query = (
        select(t)
        .where(t.c.order_id.in_(sorted(order_ids)), t.c.livemode == livemode, t.c.status.in_(statuses))
        .order_by(t.c.order_id, t.c.position, t.c.endpoint_id)
        .limit(limit)
    )
    return [_delivery(row) for row in await fetch(engine, query)]


def _delivery(row: Any) -> Delivery:
    return Delivery(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
