"""From the outbox to deliveries: claimed, written and marked drained in one transaction.

Rule: whoever crashes before the commit has done nothing, and after it nothing is left to do but telling the endpoints' workflows,
which `deliveries.overdue` finds again. One dispatcher at a time, so that an order's events are queued in their order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.events import Event
from domain.order import Order
from store.database.engine import is_sqlite, reading, writing
from store.outgoing import deliveries, outbox, webhooks
from store.outgoing.deliveries import Delivery
from store.outgoing.outbox import Outgoing
from store.outgoing.webhooks import Endpoint
from store.tables import webhook_endpoints

LOCK: Final = 7_300_412_605_172_442
"""Our advisory lock's number on PostgreSQL; SQLite has one writer anyway."""


@dataclass(frozen=True)
class Waiting:
    """One look at what is to be queued, and for whom."""

    events: Sequence[Outgoing]
    pokes: Sequence[Outgoing]
    endpoints: Sequence[Endpoint]


async def look(engine: AsyncEngine, limit: int) -> Waiting:
    """The oldest events and pokes that wait, and every endpoint that listens."""
    rows = await outbox.waiting(engine, "event", "poke", limit=limit)
    events = [row for row in rows if row.kind == "event"]
    pokes = [row for row in rows if row.kind == "poke"]
    if not events:
        return Waiting((), pokes, ())
    async with reading(engine) as conn:
        return Waiting(events, pokes, await webhooks.listening(conn))


async def commit(engine: AsyncEngine, made: Mapping[int, Sequence[tuple[Delivery, str | None]]], now: int) -> set[str]:
    """Claim these outbox rows and write their deliveries (with the reason of those without a body). Whom to tell."""
    async with writing(engine) as conn:
        if not await _alone(conn):
            return set()
        claimed = await outbox.claim(conn, sorted(made), now)
        known = {row.id for row in await conn.execute(select(webhook_endpoints.c.id))}
        new = [pair for row in sorted(claimed) for pair in made[row] if pair[0].endpoint_id in known]
        await deliveries.queue(conn, [delivery for delivery, _ in new])
        for delivery, why in new:
            if why is not None:
                await deliveries.unrendered(conn, delivery, why, now)
    return {delivery.endpoint_id for delivery, _ in new}


async def _alone(conn: AsyncConnection) -> bool:
    if is_sqlite(conn):
        return True
    return bool((await conn.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK})).scalar())


def parts(row: Outgoing) -> tuple[Event, Order]:
    """An outbox row's event, and the order as it was after the command."""
    return Event.model_validate(row.payload["event"]), Order.model_validate(row.payload["order"])
