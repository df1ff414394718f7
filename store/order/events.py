"""An order's timeline, read."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.events import Event
from domain.order import Actor
from store.database.clock import moment
from store.database.engine import reading
from store.tables import events as t


async def events(engine: AsyncEngine, order_id: str, *, after: int = 0, limit: int | None = None) -> list[Event]:
    """The order's events by sequence, those after `after`."""
    async with reading(engine) as conn:
        return await _events(conn, order_id, after, limit)


async def _events(conn: AsyncConnection, order_id: str, after: int, limit: int | None) -> list[Event]:
    query = select(t).where(t.c.order_id == order_id, t.c.sequence > after).order_by(t.c.sequence).limit(limit)
    return [event_of(row) for row in await conn.execute(query)]


async def of_orders(engine: AsyncEngine, order_ids: list[str]) -> dict[str, list[Event]]:
    """The timelines of a page of orders at once (`expand=events` on a list)."""
    found: dict[str, list[Event]] = {order_id: [] for order_id in order_ids}
    query = select(t).where(t.c.order_id.in_(order_ids)).order_by(t.c.order_id, t.c.sequence)
    async with reading(engine) as conn:
        for row in await conn.execute(query):
            found[row.order_id].append(event_of(row))
    return found


def event_of(row: Row[Any]) -> Event:
    """A row of `events` as the domain's event."""
    return Event(
        id=row.id,
        sequence=row.sequence,
        type=row.type,
        at=moment(row.at),
        actor=Actor(kind=row.actor_kind, id=row.actor_id),
        version=row.version,
        data=row.data,
    )
