"""Mails of the outbox, for people: what waits and what was sent, newest first, by keyset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, Select, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import fetch
from store.outgoing.outbox import Outgoing
from store.tables import orders
from store.tables import outbox as t

_WAITING: Final = text("outbox.kind = 'mail' AND outbox.drained_at IS NULL")
_SENT: Final = text("outbox.kind = 'mail' AND outbox.drained_at IS NOT NULL")
"""In the words of the indexes over each: a bound parameter would hide them from PostgreSQL's planner."""
KEYS: Final = (int, int)
"""Of a page of those that wait: written, id."""


@dataclass(frozen=True)
class Mail:
    """One mail. `sent_at` None: it waits. `to` is the order's address as it is now."""

    row: Outgoing
    number: int
    to: str | None
    sent_at: int | None

    @property
    def template(self) -> str:
        return str(self.row.payload.get("template", ""))

    @property
    def about(self) -> str | None:
        """The refund, fulfilment, return or note it is about."""
        found = self.row.payload.get("subject")
        return None if found is None else str(found)


def _select() -> Select[Any]:
    return select(
        t.c.id, t.c.livemode, t.c.kind, t.c.order_id, t.c.sequence, t.c.payload, t.c.created_at, t.c.drained_at,
        orders.c.number, orders.c.email,
    ).join(orders, orders.c.id == t.c.order_id)  # fmt: skip


async def waiting(
    engine: AsyncEngine, livemode: bool, *, after: Sequence[Any] | None = None, limit: int = 50
) -> list[Mail]:
    """Those not sent, the oldest first, from behind (written, id)."""
    query = _select().where(_WAITING, t.c.livemode == livemode).order_by(t.c.created_at, t.c.id).limit(limit)
    if after is not None:
        query = query.where(t.c.created_at >= after[0], tuple_(t.c.created_at, t.c.id) > tuple_(*after))
    return [_mail(row) for row in await fetch(engine, query)]


async def sent(engine: AsyncEngine, livemode: bool, *, before: int | None = None, limit: int = 50) -> list[Mail]:
    """Those sent, or given up for want of an address, the newest first, from behind the id `before`."""
    query = _select().where(_SENT, t.c.livemode == livemode).order_by(t.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(t.c.id < before)
    return [_mail(row) for row in await fetch(engine, query)]


async def find(engine: AsyncEngine, livemode: bool, mail_id: int) -> Mail | None:
    found = await fetch(engine, _select().where(t.c.kind == "mail", t.c.livemode == livemode, t.c.id == mail_id))
    return _mail(found[0]) if found else None


def _mail(row: Row[Any]) -> Mail:
    waits = Outgoing(row.id, row.livemode, row.kind, row.order_id, row.sequence, row.payload, row.created_at)
    return Mail(waits, row.number, row.email, row.drained_at)
