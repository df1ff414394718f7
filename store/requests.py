"""The memory of requests: which key was used for what, and what was answered (contract section 3).

A row's id is the Temporal update id, a hash of key owner, mode and Idempotency-Key. It is claimed
before the command is sent, told its version in the command's own save, and given its answer afterwards. One row
per key for at least a day: two creations cannot happen, because the second finds the first one's order id.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.order import Order
from store.engine import fetch, transact, writing
from store.inserts import unless_there
from store.rows import order_of
from store.tables import requests as t

KEPT_SECONDS: Final = 24 * 3600
"""The contract's least; `sweep` refuses to forget sooner."""


@dataclass(frozen=True)
class Answer:
    """What was answered the first time, byte for byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Remembered:
    """One request's row."""

    id: str
    owner: str
    livemode: bool
    fingerprint: str
    order_id: str
    created_at: int
    version: int | None
    """The order's version the command made; None: not settled, or refused."""
    subject: str | None
    snapshot: str | None
    """The order at that version, as JSON text; `order` parses it."""
    answer: Answer | None

    @property
    def order(self) -> Order | None:
        return None if self.snapshot is None else order_of(self.snapshot)


@dataclass(frozen=True)
class Claim:
    """new: the key is ours now. same: this request came before. mismatch: the key was used for another request."""

    outcome: Literal["new", "same", "mismatch"]
    row: Remembered


async def claim(
    engine: AsyncEngine, *, id: str, owner: str, livemode: bool, fingerprint: str, order_id: str, now: int
) -> Claim:
    """Take a key for a request, or find who took it: exactly one of any number of callers gets `new`."""
    values = {
        "id": id, "owner": owner, "livemode": livemode, "fingerprint": fingerprint, "order_id": order_id,
        "created_at": now,
    }  # fmt: skip

    def take(conn: Connection) -> tuple[bool, Row[Any] | None]:
        done = conn.execute(_NEW[conn.dialect.name], values)
        return done.rowcount == 1, conn.execute(_FIND, {"wanted": id}).one_or_none()

    new, found = await transact(engine, take)
    if found is None:
        raise LookupError("the claim was released while it was taken")
    row = _remembered(found)
    if new:
        return Claim("new", row)
    return Claim("same" if row.fingerprint == fingerprint else "mismatch", row)


async def find(engine: AsyncEngine, id: str) -> Remembered | None:
    found = await fetch(engine, _FIND, {"wanted": id})
    return _remembered(found[0]) if found else None


_NEW: Final = unless_there(t, "id")
_FIND: Final = select(t).where(t.c.id == bindparam("wanted"))


async def _find(conn: AsyncConnection, id: str) -> Remembered | None:
    row = (await conn.execute(_FIND, {"wanted": id})).one_or_none()
    return None if row is None else _remembered(row)


def _remembered(row: Row[Any]) -> Remembered:
    answer = None if row.status is None else Answer(row.status, row.headers or {}, row.body or b"")
    return Remembered(
        row.id, row.owner, row.livemode, row.fingerprint, row.order_id, row.created_at, row.version, row.subject,
        row.snapshot, answer,
    )  # fmt: skip


async def store_answer(engine: AsyncEngine, id: str, answer: Answer) -> Answer:
    """Keep the first answer; later ones are dropped and the first is returned."""
    async with writing(engine) as conn:
        kept = (
            update(t)
            .where(t.c.id == id, t.c.status.is_(None))
            .values(status=answer.status, headers=dict(answer.headers), body=answer.body)
        )
        if (await conn.execute(kept)).rowcount == 1:
            return answer
        row = await _find(conn, id)
    return answer if row is None or row.answer is None else row.answer


async def release(engine: AsyncEngine, id: str) -> None:
    """Give a key back whose request was not judged (malformed, 5xx): only while nothing was saved or answered for it."""
    async with writing(engine) as conn:
        await conn.execute(delete(t).where(t.c.id == id, t.c.version.is_(None), t.c.status.is_(None)))


async def sweep(engine: AsyncEngine, *, now: int, kept_seconds: int = 2 * KEPT_SECONDS, limit: int = 5000) -> int:
    """Forget requests older than `kept_seconds`; answers how many. At most `limit` at a time, the lock is everybody's."""
    if kept_seconds < KEPT_SECONDS:
        raise ValueError("requests are remembered for at least a day")
    old = select(t.c.id).where(t.c.created_at < now - kept_seconds).order_by(t.c.created_at).limit(limit)
    async with writing(engine) as conn:
        return (await conn.execute(delete(t).where(t.c.id.in_(old)))).rowcount
