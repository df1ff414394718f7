"""Claims: which Idempotency-Key was used for what, what was sent under it, and what was answered (contract section 3).

A claim is written before its command is sent and holds the command whole (`content`): what is private in it travels by
reference, and a command that Temporal lost is sent again from here. What became of it is not here but in the order's own
record (store/order/records.py), written with the effect. The request id is drawn at the claim and kept in it, so that a key which
was given back and is used again is another request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.order import Order
from store.database.engine import fetch, single, writing
from store.database.inserts import unless_there
from store.order.rows import order_of
from store.tables import claims as t
from store.tables import commands, payment_operations

KEPT_SECONDS: Final = 24 * 3600
"""The contract's least; `sweep` refuses to forget sooner."""


LOST: Final = "lost"
"""Owner and fingerprint of a claim whose request only its payment provider remembers."""


@dataclass(frozen=True)
class StoredAnswer:
    """What was answered the first time, byte for byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Claim:
    """One key's row, with what is recorded of its command."""

    id: str
    request_id: str
    owner: str
    livemode: bool
    fingerprint: str
    order_id: str
    created_at: int
    content: str | None
    answer: StoredAnswer | None = None
    outcome: Literal["applied", "refused"] | None = None
    """None: the command has no record yet."""
    version: int | None = None
    """applied: the order's version the command made."""
    subject: str | None = None
    error: Mapping[str, Any] | None = None
    """refused: why (OrderError.to_dict())."""
    snapshot: str | None = None
    """applied: the order at that version, as JSON text; `order` parses it."""

    @property
    def order(self) -> Order | None:
        return None if self.snapshot is None else order_of(self.snapshot)


async def take(engine: AsyncEngine, claim: Claim) -> bool:
    """Write a claim, with its answer when it has one already. False: somebody holds this key, or this request id; after
    a lost connection that may be this very claim, which whoever looks finds."""
    return await single(engine, lambda conn: insert(conn, claim))


def insert(conn: Connection, claim: Claim) -> bool:
    answer = claim.answer
    values = {
        "id": claim.id,
        "request_id": claim.request_id,
        "owner": claim.owner,
        "livemode": claim.livemode,
        "fingerprint": claim.fingerprint,
        "order_id": claim.order_id,
        "created_at": claim.created_at,
        "content": claim.content,
        "status": answer.status if answer else None,
        "headers": dict(answer.headers) if answer else None,
        "body": answer.body if answer else None,
    }
    return conn.execute(_NEW[conn.dialect.name], values).rowcount == 1


_NEW: Final = unless_there(t)
_WITH_RECORD: Final = t.outerjoin(
    commands, and_(commands.c.order_id == t.c.order_id, commands.c.request_id == t.c.request_id)
)
_FIND: Final = (
    select(t, commands.c.outcome, commands.c.version, commands.c.subject, commands.c.error, commands.c.snapshot)
    .select_from(_WITH_RECORD)
    .where(t.c.id == bindparam("wanted"))
)


async def find(engine: AsyncEngine, id: str) -> Claim | None:
    """The claim of a key, and what became of its command."""
    found = await fetch(engine, _FIND, {"wanted": id})
    return _claim(found[0]) if found else None


def _claim(row: Row[Any]) -> Claim:
    answer = None if row.status is None else StoredAnswer(row.status, row.headers or {}, row.body or b"")
    return Claim(
        row.id, row.request_id, row.owner, row.livemode, row.fingerprint, row.order_id, row.created_at, row.content,
        answer, row.outcome, row.version, row.subject, row.error, row.snapshot,
    )  # fmt: skip


async def content(engine: AsyncEngine, request_id: str) -> str | None:
    """What was sent under a request id. None: no such claim (forgotten, or lost with a restored database)."""
    found = await fetch(engine, _CONTENT, {"wanted": request_id})
    return found[0].content if found else None


_CONTENT: Final = select(t.c.content).where(t.c.request_id == bindparam("wanted"))


async def of_operation(engine: AsyncEngine, key: str) -> str | None:
    """The claim of the Idempotency-Key under which an operation (payment_operations.key) was asked for; None: it had none."""
    asked = await fetch(engine, _ASKED, {"operation": key})
    if not asked:
        return None
    first, is_nth, _ = str(asked[0].request_id or "").partition(":")
    found = await fetch(engine, _KEYED, {"wanted": first}) if is_nth else asked  # a message of several: `id:n`
    return next((row.id for row in found if row.id is not None and row.id != first), None)


_ASKED: Final = (
    select(payment_operations.c.request_id, t.c.id)
    .select_from(payment_operations.outerjoin(t, t.c.request_id == payment_operations.c.request_id))
    .where(payment_operations.c.key == bindparam("operation"))
)
_KEYED: Final = select(t.c.id).where(t.c.request_id == bindparam("wanted"))


async def lost(engine: AsyncEngine, id: str, *, order_id: str, livemode: bool, now: int) -> bool:
    """Remember that a key was used for a request this database knows nothing of (it was restored to before it). False: it does
    know the key."""
    return await take(engine, Claim(id, f"{LOST}:{id}", LOST, livemode, LOST, order_id, now, None))


async def fill(engine: AsyncEngine, id: str, content: str) -> None:
    """What is sent under a claim that holds nothing yet; one that holds something keeps it."""
    missing = update(t).where(t.c.id == id, t.c.content.is_(None)).values(content=content)
    await single(engine, lambda conn: conn.execute(missing))


async def store_answers(engine: AsyncEngine, answers: Sequence[tuple[str, StoredAnswer]]) -> None:
    """Keep the first answer of each claim id; later ones are dropped."""
    rows = [
        {"wanted": id, "new_status": answer.status, "new_headers": dict(answer.headers), "new_body": answer.body}
        for id, answer in answers
    ]
    await single(engine, lambda conn: conn.execute(_ANSWERED, rows))


_ANSWERED: Final = (
    update(t)
    .where(t.c.id == bindparam("wanted"), t.c.status.is_(None))
    .values(status=bindparam("new_status"), headers=bindparam("new_headers"), body=bindparam("new_body"))
)


async def release(engine: AsyncEngine, id: str) -> bool:
    """Give a key back whose command was not done and never will be: only while nothing is answered for it, and its command is
    not applied. A command that was given up is recorded as refused, and its key is free: it comes again as another request."""
    applied = exists().where(
        commands.c.order_id == t.c.order_id,
        commands.c.request_id == t.c.request_id,
        commands.c.outcome == "applied",
    )
    async with writing(engine) as conn:
        gone = await conn.execute(delete(t).where(t.c.id == id, t.c.status.is_(None), ~applied))
        return gone.rowcount == 1


async def in_flight(engine: AsyncEngine, order_id: str, besides: str) -> bool:
    """Whether a command of this order was sent and has neither record nor answer, other than the request named."""
    query = (
        select(t.c.id)
        .select_from(_WITH_RECORD)
        .where(t.c.order_id == order_id, t.c.status.is_(None), t.c.content.is_not(None))
        .where(commands.c.outcome.is_(None), t.c.request_id != besides)
        .limit(1)
    )
    return bool(await fetch(engine, query))


@dataclass(frozen=True)
class UnsettledClaim:
    """A command that was accepted and left no trace: it is sent again, by reference."""

    request_id: str
    order_id: str


async def unsettled(engine: AsyncEngine, before: int, limit: int = 500) -> list[UnsettledClaim]:
    """Claims older than `before` (epoch seconds) whose content was sent, without record and without answer."""
    query = (
        select(t.c.request_id, t.c.order_id)
        .select_from(_WITH_RECORD)
        .where(t.c.status.is_(None), t.c.content.is_not(None), t.c.created_at < before)
        .where(commands.c.outcome.is_(None))
        .order_by(t.c.created_at)
        .limit(limit)
    )
    return [UnsettledClaim(row.request_id, row.order_id) for row in await fetch(engine, query)]


async def sweep(engine: AsyncEngine, *, now: int, kept_seconds: int = 2 * KEPT_SECONDS, limit: int = 5000) -> int:
    """Forget claims older than `kept_seconds` whose command is done or never was one; answers how many. At most `limit`
    at a time, because SQLite's one write lock is held meanwhile and orders wait for it."""
    if kept_seconds < KEPT_SECONDS:
        raise ValueError("requests are remembered for at least a day")
    done = t.c.status.is_not(None) | t.c.content.is_(None) | commands.c.outcome.is_not(None)
    old = (
        select(t.c.id)
        .select_from(_WITH_RECORD)
        .where(t.c.created_at < now - kept_seconds, done)
        .order_by(t.c.created_at)
        .limit(limit)
    )
    async with writing(engine) as conn:
        return (await conn.execute(delete(t).where(t.c.id.in_(old)))).rowcount
