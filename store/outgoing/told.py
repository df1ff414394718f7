"""What left the engine about one order: its mails and webhook deliveries, for its page in the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import reading
from store.tables import outbox, webhook_deliveries, webhook_endpoints

MOST = 500
"""Of each kind, the newest."""


@dataclass(frozen=True)
class Outgoing:
    """Times are epoch seconds. `mail`: its template, and when it was sent (None: it waits). `hook`: the event's name."""

    mails: Sequence[Row[Any]]
    """id, template (in `payload`), created_at, drained_at."""
    hooks: Sequence[Row[Any]]
    """id, endpoint_id, url, sequence, event_type, status, attempts, created_at, updated_at."""


async def about(engine: AsyncEngine, order_id: str) -> Outgoing:
    o, d, e = outbox, webhook_deliveries, webhook_endpoints
    mails = (
        select(o.c.id, o.c.payload, o.c.created_at, o.c.drained_at)
        .where(o.c.order_id == order_id, o.c.kind == "mail")
        .order_by(o.c.id.desc())
        .limit(MOST)
    )
    hooks = (
        select(
            d.c.id, d.c.endpoint_id, e.c.url, d.c.sequence, d.c.event_type, d.c.status, d.c.attempts, d.c.created_at,
            d.c.updated_at,
        )
        .join(e, e.c.id == d.c.endpoint_id)
        .where(d.c.order_id == order_id)
        .order_by(d.c.sequence.desc(), d.c.created_at.desc())
        .limit(MOST)
    )  # fmt: skip
    async with reading(engine) as conn:
        return Outgoing(list(await conn.execute(mails)), list(await conn.execute(hooks)))
