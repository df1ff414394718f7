"""Deliveries: one event for one endpoint, with every attempt made of it; each order's are a lane, sent in their order.

    queue     from the outbox, once: the claim of the outbox rows and the new deliveries are one transaction
    heads     the first pending delivery of each lane, where it is due; what stands behind it waits
    record    what attempts came to; the endpoint's status follows
    again     redeliver one, or replay an order's from a sequence: pending once more, with a fresh ladder

Rule: no row says that a lane is blocked. Its head is found by looking for the first pending delivery, so no crash can leave a
lane marked as blocked with nobody to unblock it.
Times are epoch seconds.
"""

import itertools
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.ids import ulid_at
from domain.webhooks import DeliveryStatus, position
from store.database.engine import reading, writing
from store.database.inserts import unless_there
from store.outgoing import webhooks
from store.outgoing.webhooks import Endpoint
from store.tables import webhook_attempts as a
from store.tables import webhook_deliveries as t
from store.tables import webhook_endpoints

EXCERPT: Final = 2_000
"""Characters kept of what a receiver answered."""


@dataclass(frozen=True)
class Delivery:
    """One delivery."""

    id: str
    endpoint_id: str
    livemode: bool
    order_id: str
    sequence: int
    position: int
    event_id: str
    """`webhook-id`, in the face's spelling."""
    event_type: str
    body: str
    """Exactly the bytes that are signed. Empty: it could not be rendered."""
    status: DeliveryStatus
    attempts: int
    failures: int
    next_attempt_at: int | None
    created_at: int
    updated_at: int


@dataclass(frozen=True)
class Attempt:
    """One try and its answer. `status` None: no answer, `error` says why."""

    delivery_id: str
    attempt: int
    at: int
    duration_ms: int
    status: int | None
    request_headers: dict[str, str] | None
    response_excerpt: str | None
    error: str | None


@dataclass(frozen=True)
class DeliveryResult:
    """What an attempt came to: the delivery's new state, and what it says of the endpoint."""

    delivery: Delivery
    """As it was when it was sent."""
    attempt: Attempt
    status: DeliveryStatus
    next_attempt_at: int | None
    gone: bool = False
    """410: the endpoint is disabled."""


_made = itertools.count()
"""Breaks the ties of one second, so that a process's deliveries sort as they were made."""


def make(
    endpoint: Endpoint, *, order_id: str, sequence: int, place: int, event_id: str, event_type: str, body: str, now: int,
    status: DeliveryStatus = "pending",
) -> Delivery:  # fmt: skip
    """A delivery that was never tried."""
    entropy = next(_made).to_bytes(4, "big") + secrets.token_bytes(6)
    return Delivery(
        id=ulid_at(now * 1000, entropy), endpoint_id=endpoint.id, livemode=endpoint.livemode,
        order_id=order_id, sequence=sequence, position=position(sequence, place), event_id=event_id,
        event_type=event_type, body=body, status=status, attempts=0, failures=0, next_attempt_at=None,
        created_at=now, updated_at=now,
    )  # fmt: skip


async def queue(conn: AsyncConnection, deliveries: Sequence[Delivery]) -> None:
    """Write them; one that exists (same endpoint, event and name) stays as it is."""
    if deliveries:
        await conn.execute(_NEW[conn.dialect.name], [vars(delivery) for delivery in deliveries])


_NEW: Final = unless_there(t)
_NEW_ATTEMPT: Final = unless_there(a)
_ahead = t.alias("ahead")
_FIRST: Final = ~exists().where(
    _ahead.c.endpoint_id == t.c.endpoint_id,
    _ahead.c.status == "pending",
    _ahead.c.order_id == t.c.order_id,
    _ahead.c.position < t.c.position,
)

_SENT_TO: Final = exists().where(
    webhook_endpoints.c.id == t.c.endpoint_id, webhook_endpoints.c.status.in_(("active", "failing"))
)


def _due(now: int) -> ColumnElement[bool]:
    return and_(t.c.status == "pending", or_(t.c.next_attempt_at.is_(None), t.c.next_attempt_at <= now), _FIRST)


async def heads(
    engine: AsyncEngine, endpoint_id: str, now: int, *, limit: int, without: Collection[str] = ()
) -> list[Delivery]:
    """The due first of each lane, oldest first, but those of the orders `without`."""
    query = (
        select(t)
        .where(t.c.endpoint_id == endpoint_id, _SENT_TO, _due(now))
        .order_by(t.c.created_at, t.c.id)
        .limit(limit)
    )
    if without:
        query = query.where(t.c.order_id.not_in(without))
    async with reading(engine) as conn:
        return [_delivery(row) for row in await conn.execute(query)]


@dataclass(frozen=True)
class Backlog:
    """What waits for one endpoint."""

    pending: int
    due: bool
    """Something could be sent now."""
    next_attempt_at: int | None


async def backlog(engine: AsyncEngine, endpoint_id: str, now: int) -> Backlog:
    """How much waits, and until when."""
    mine = t.c.endpoint_id == endpoint_id
    waiting = select(func.count(), func.min(t.c.next_attempt_at)).where(mine, t.c.status == "pending")
    async with reading(engine) as conn:
        pending, soonest = (await conn.execute(waiting)).one()
        due = (await conn.execute(select(t.c.id).where(mine, _due(now)).limit(1))).first() is not None
    return Backlog(pending, due, soonest)


async def overdue(engine: AsyncEngine, before: int, limit: int = 1000) -> list[str]:
    """Endpoints that are sent to and have something due since before `before`: their workflow was not told, or is gone."""
    query = select(t.c.endpoint_id).distinct().where(_due(before), t.c.updated_at <= before, _SENT_TO).limit(limit)
    async with reading(engine) as conn:
        return [row.endpoint_id for row in await conn.execute(query)]


async def record(engine: AsyncEngine, results: Sequence[DeliveryResult], now: int) -> None:
    """Write the attempts and what they came to. A delivery that changed since it was sent keeps its newer state."""
    async with writing(engine) as conn:
        for result in results:
            await _record(conn, result, now)
        for endpoint_id in sorted({r.delivery.endpoint_id for r in results}):
            await _judge_endpoint(conn, endpoint_id, [r for r in results if r.delivery.endpoint_id == endpoint_id], now)


async def _record(conn: AsyncConnection, result: DeliveryResult, now: int) -> None:
    was = result.delivery
    failures = 0 if result.status == "delivered" else was.failures + 1
    written = await conn.execute(
        update(t)
        .where(t.c.id == was.id, t.c.attempts == was.attempts, t.c.failures == was.failures)
        .values(
            status=result.status,
            attempts=was.attempts + 1,
            failures=failures,
            next_attempt_at=result.next_attempt_at,
            updated_at=now,
        )
    )
    if written.rowcount:
        await conn.execute(_NEW_ATTEMPT[conn.dialect.name], vars(result.attempt))


async def _judge_endpoint(conn: AsyncConnection, endpoint_id: str, results: Sequence[DeliveryResult], now: int) -> None:
    """A 410 disables it; a success makes it active; a delivery that is given up makes it failing."""
    gone = next((r for r in results if r.gone), None)
    if gone is not None:
        await webhooks.mark(conn, endpoint_id, "disabled", "the receiver answered 410 Gone", now)
    elif any(r.status == "delivered" for r in results):
        await webhooks.mark(conn, endpoint_id, "active", None, now)
    elif (lost := next((r for r in results if r.status == "failed"), None)) is not None:
        why = lost.attempt.error or f"the receiver answered {lost.attempt.status}"
        await webhooks.mark(conn, endpoint_id, "failing", f"a delivery was given up: {why}"[:300], now)


async def unrendered(conn: AsyncConnection, delivery: Delivery, why: str, now: int) -> None:
    """A delivery that has no body says why, where its attempts are shown."""
    await conn.execute(insert(a).values(delivery_id=delivery.id, attempt=0, at=now, duration_ms=0, error=why[:EXCERPT]))


async def get(engine: AsyncEngine, endpoint_id: str, delivery_id: str) -> Delivery | None:
    """One delivery of this endpoint."""
    async with reading(engine) as conn:
        row = (await conn.execute(select(t).where(t.c.id == delivery_id, t.c.endpoint_id == endpoint_id))).one_or_none()
    return None if row is None else _delivery(row)


async def page(
    engine: AsyncEngine, endpoint_id: str, *, limit: int, before: str | None = None, offset: int = 0,
    status: str | None = None, order_id: str | None = None,
) -> list[tuple[Delivery, list[Attempt]]]:  # fmt: skip
    """The endpoint's deliveries, newest first, each with its last ten attempts; those older than the id `before`."""
    query = select(t).where(_like(endpoint_id, status, order_id)).order_by(t.c.created_at.desc(), t.c.id.desc())
    query = query.limit(limit).offset(offset)
    async with reading(engine) as conn:
        if before is not None:
            edge = (await conn.execute(select(t.c.created_at, t.c.id).where(t.c.id == before))).one_or_none()
            if edge is None:
                return []
            older = or_(t.c.created_at < edge.created_at, and_(t.c.created_at == edge.created_at, t.c.id < edge.id))
            query = query.where(older)
        found = [_delivery(row) for row in await conn.execute(query)]
        tries = await _attempts(conn, [d.id for d in found])
    return [(delivery, tries[delivery.id][-10:]) for delivery in found]


async def with_attempts(engine: AsyncEngine, found: Sequence[Delivery]) -> list[tuple[Delivery, list[Attempt]]]:
    """These, each with its last ten attempts."""
    async with reading(engine) as conn:
        tries = await _attempts(conn, [d.id for d in found])
    return [(delivery, tries[delivery.id][-10:]) for delivery in found]


async def count(
    engine: AsyncEngine, endpoint_id: str, *, status: str | None = None, order_id: str | None = None
) -> int:
    """How many `page` pages over."""
    async with reading(engine) as conn:
        counted = select(func.count()).select_from(t).where(_like(endpoint_id, status, order_id))
        return (await conn.execute(counted)).scalar_one()


def _like(endpoint_id: str, status: str | None, order_id: str | None) -> ColumnElement[bool]:
    wanted = [t.c.endpoint_id == endpoint_id]
    if status is not None:
        wanted.append(t.c.status == status)
    if order_id is not None:
        wanted.append(t.c.order_id == order_id)
    return and_(*wanted)


async def _attempts(conn: AsyncConnection, ids: Sequence[str]) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = {delivery_id: [] for delivery_id in ids}
    for row in await conn.execute(select(a).where(a.c.delivery_id.in_(ids)).order_by(a.c.delivery_id, a.c.attempt)):
        values = {k: v for k, v in row._mapping.items() if k != "id"}  # noqa: SLF001 - SQLAlchemy's public name
        found[row.delivery_id].append(Attempt(**values))
    return found


async def again(engine: AsyncEngine, endpoint: Endpoint, delivery_id: str, now: int) -> Delivery | None:
    """Send one once more, the same body under the same `webhook-id`, with a fresh ladder. None: no such delivery."""
    async with writing(engine) as conn:
        mine = (t.c.id == delivery_id) & (t.c.endpoint_id == endpoint.id) & (t.c.body != "")
        if (await conn.execute(update(t).where(mine).values(**_afresh(now)))).rowcount == 0:
            return None
        await webhooks.poke(conn, endpoint, now)
        return _delivery((await conn.execute(select(t).where(t.c.id == delivery_id))).one())


async def replay(
    engine: AsyncEngine,
    endpoint: Endpoint,
    order_id: str,
    sequences: Sequence[int],
    missing: Sequence[Delivery],
    now: int,
) -> int:
    """Send these events of an order once more; `missing` are deliveries of those that never had one. How many wait now."""
    known = (t.c.endpoint_id == endpoint.id) & (t.c.order_id == order_id) & t.c.sequence.in_(sequences)
    async with writing(engine) as conn:
        await conn.execute(delete(t).where(known, t.c.body == ""))
        await conn.execute(update(t).where(known).values(**_afresh(now)))
        await queue(conn, missing)
        await webhooks.poke(conn, endpoint, now)
        return (await conn.execute(select(func.count()).where(known, t.c.status == "pending"))).scalar_one()


def _afresh(now: int) -> dict[str, Any]:
    return {"status": "pending", "failures": 0, "next_attempt_at": None, "updated_at": now}


async def delivered_sequences(engine: AsyncEngine, endpoint_id: str, order_id: str, after: int) -> set[int]:
    """Sequences after `after` of an order for which this endpoint has a delivery with a body."""
    query = select(t.c.sequence).where(
        t.c.endpoint_id == endpoint_id, t.c.order_id == order_id, t.c.sequence > after, t.c.body != ""
    )
    async with reading(engine) as conn:
        return {row.sequence for row in await conn.execute(query)}


async def send_test(engine: AsyncEngine, endpoint: Endpoint, delivery: Delivery, now: int) -> Delivery:
    """Queue a delivery that is no event of any order."""
    async with writing(engine) as conn:
        await queue(conn, [delivery])
        await webhooks.poke(conn, endpoint, now)
    return delivery


async def sweep(engine: AsyncEngine, before: int, limit: int = 1000) -> int:
    """Forget what was delivered, or given up, before `before`, with its attempts; at most `limit`, answers how many.

    Ids begin with the time they were made at: what is younger is not looked at.
    """
    made = t.c.id < ulid_at(before * 1000, bytes(10))
    old = select(t.c.id).where(made, t.c.status != "pending", t.c.updated_at < before).order_by(t.c.id).limit(limit)
    async with writing(engine) as conn:
        return (await conn.execute(delete(t).where(t.c.id.in_(old)))).rowcount


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
