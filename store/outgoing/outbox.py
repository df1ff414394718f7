"""What is to leave the engine, written in the order's own transaction and drained in batches afterwards.

kind event: `payload` = {event, order as it was after the command}; one per event, and only while an endpoint of
that mode is not disabled. kind mail: `payload` as the command's notification gave it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.events import Event
from domain.order import Order
from store.database.engine import fetch, writing
from store.tables import outbox as t


def rows(order: Order, events: Sequence[Event], mails: Sequence[Mapping[str, Any]], at: int) -> list[dict[str, Any]]:
    """One row per event and one per mail. What an event's row holds besides, and whether anybody hears it, is seen to as it is
    written (store/order/sheet.py)."""
    return [
        *(_row(order, "event", event.sequence, event.model_dump(mode="json"), at) for event in events),
        *(_row(order, "mail", None, dict(mail), at) for mail in mails),
    ]


def _row(order: Order, kind: str, sequence: int | None, payload: dict[str, Any], at: int) -> dict[str, Any]:
    return {
        "livemode": order.livemode,
        "kind": kind,
        "order_id": order.id,
        "sequence": sequence,
        "payload": payload,
        "created_at": at,
    }


@dataclass(frozen=True)
class Outgoing:
    """One row that waits."""

    id: int
    livemode: bool
    kind: str
    order_id: str
    sequence: int | None
    payload: dict[str, Any]
    created_at: int = 0


def workflow_id(mail: Outgoing) -> str:
    """The workflow that sends a mail. Serial ids come again when a database is restored; with its time, a mail's does not."""
    return f"mail-{mail.id}-{mail.created_at}"


async def find(engine: AsyncEngine, id: int) -> Outgoing | None:
    """The row, unless it is drained."""
    query = select(t.c.id, t.c.livemode, t.c.kind, t.c.order_id, t.c.sequence, t.c.payload, t.c.created_at).where(
        t.c.id == id, t.c.drained_at.is_(None)
    )
    found = await fetch(engine, query)
    return Outgoing(**found[0]._asdict()) if found else None


KINDS: Final = ("event", "poke", "mail")


async def waiting(engine: AsyncEngine, *kinds: str, limit: int = 100) -> list[Outgoing]:
    """The oldest rows of these kinds (none named: of any) not yet drained."""
    found = await fetch(engine, _WAITING, {"kinds": kinds or KINDS, "most": limit})
    return [Outgoing(**row._asdict()) for row in found]


_WAITING: Final = (
    select(t.c.id, t.c.livemode, t.c.kind, t.c.order_id, t.c.sequence, t.c.payload, t.c.created_at)
    .where(t.c.drained_at.is_(None), t.c.kind.in_(bindparam("kinds", expanding=True)))
    .order_by(t.c.id)
    .limit(bindparam("most"))
)


async def drained(engine: AsyncEngine, ids: Sequence[int], at: int) -> None:
    """They are taken care of; saying so twice changes nothing."""
    async with writing(engine) as conn:
        await conn.execute(update(t).where(t.c.id.in_(ids), t.c.drained_at.is_(None)).values(drained_at=at))


async def sweep(engine: AsyncEngine, before: int, limit: int = 1000, *, kinds: Sequence[str] = KINDS) -> int:
    """Forget rows of these kinds drained before `before` (epoch seconds), at most `limit`; answers how many."""
    gone = 0
    async with writing(engine) as conn:
        for kind in kinds:  # one at a time: each is a range of its own in ix_outbox_done
            done = (t.c.kind == kind, t.c.drained_at.is_not(None), t.c.drained_at < before)
            old = select(t.c.id).where(*done).order_by(t.c.drained_at).limit(limit - gone)
            gone += (await conn.execute(delete(t).where(t.c.id.in_(old)))).rowcount
    return gone


async def claim(conn: AsyncConnection, ids: Sequence[int], at: int) -> set[int]:
    """Those of these rows that nobody drained before, drained now: whoever commits first has them, and has them alone."""
    mark = update(t).where(t.c.id.in_(ids), t.c.drained_at.is_(None)).values(drained_at=at).returning(t.c.id)
    return {row.id for row in await conn.execute(mark)}
