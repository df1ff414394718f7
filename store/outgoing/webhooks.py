"""Webhook endpoints: who is told of what, where, and signed with which secret (contract section 10).

Rule: everything is of one mode and one face; an endpoint of another is not there. Ids are ULIDs, spelled by the face. Secrets
are kept as they are, because every delivery is signed with them; they leave this file for the sender and for the one answer
that shows them. Whatever gives an endpoint's workflow something to do queues a `poke` in the outbox, in the same transaction.
"""

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.ids import ulid_at
from domain.webhooks import ROTATION_SECONDS, EndpointStatus
from store.database.engine import reading, writing
from store.tables import outbox
from store.tables import webhook_endpoints as t

SECRET_BYTES: Final = 32
CHANGEABLE: Final = frozenset({"url", "events", "name", "description", "status"})


@dataclass(frozen=True)
class Endpoint:
    """One endpoint. Times are epoch seconds."""

    id: str
    livemode: bool
    face: str
    url: str
    events: tuple[str, ...]
    name: str | None
    description: str | None
    secret: str
    old_secret: str | None
    old_secret_until: int | None
    """The old secret signs too before this."""
    status: EndpointStatus
    reason: str | None
    """Why it is failing or disabled."""
    created_at: int
    updated_at: int

    def secrets_at(self, now: int) -> tuple[str, ...]:
        """What signs now, the newest first: two for a day after a rotation."""
        if self.old_secret is not None and self.old_secret_until is not None and now < self.old_secret_until:
            return (self.secret, self.old_secret)
        return (self.secret,)


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64, as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


async def register(
    engine: AsyncEngine, *, face: str, livemode: bool, url: str, events: Sequence[str], now: int,
    name: str | None = None, description: str | None = None, secret: str | None = None,
) -> Endpoint:  # fmt: skip
    """A new endpoint; without a secret one is made."""
    made = Endpoint(
        id=ulid_at(now * 1000, secrets.token_bytes(10)), livemode=livemode, face=face, url=url, events=tuple(events),
        name=name, description=description, secret=secret or new_secret(), old_secret=None, old_secret_until=None,
        status="active", reason=None, created_at=now, updated_at=now,
    )  # fmt: skip
    async with writing(engine) as conn:
        await conn.execute(insert(t).values(**{**vars(made), "events": list(made.events)}))
    return made


async def get(
    engine: AsyncEngine, endpoint_id: str, *, face: str | None = None, livemode: bool | None = None
) -> Endpoint | None:
    """The endpoint, where it is of this face and mode."""
    async with reading(engine) as conn:
        return await find(conn, endpoint_id, face, livemode)


async def find(
    conn: AsyncConnection, endpoint_id: str, face: str | None = None, livemode: bool | None = None
) -> Endpoint | None:
    """The same inside a transaction."""
    query = select(t).where(t.c.id == endpoint_id)
    if face is not None:
        query = query.where(t.c.face == face)
    if livemode is not None:
        query = query.where(t.c.livemode == livemode)
    row = (await conn.execute(query)).one_or_none()
    return None if row is None else _endpoint(row)


async def list_endpoints(
    engine: AsyncEngine, *, face: str, livemode: bool, limit: int = 100, after: str | None = None
) -> list[Endpoint]:
    """A face's endpoints, oldest first, those after the id `after`."""
    query = select(t).where(t.c.face == face, t.c.livemode == livemode).order_by(t.c.id).limit(limit)
    if after is not None:
        query = query.where(t.c.id > after)
    async with reading(engine) as conn:
        return [_endpoint(row) for row in await conn.execute(query)]


async def change(
    engine: AsyncEngine, endpoint_id: str, fields: Mapping[str, Any], *, face: str, livemode: bool, now: int
) -> Endpoint | None:
    """Write these CHANGEABLE fields. Becoming active again forgets the reason; None: there is no such endpoint."""
    if not CHANGEABLE.issuperset(fields):
        raise ValueError(f"only {sorted(CHANGEABLE)} change")
    values = {**fields, "updated_at": now}
    if "events" in values:
        values["events"] = list(values["events"])
    if "status" in values:
        values["reason"] = None if values["status"] == "active" else "switched off"
    async with writing(engine) as conn:
        before = await find(conn, endpoint_id, face, livemode)
        if before is None:
            return None
        await conn.execute(update(t).where(t.c.id == endpoint_id).values(**values))
        await poke(conn, before, now)
        return await find(conn, endpoint_id)


async def rotate(engine: AsyncEngine, endpoint_id: str, *, face: str, livemode: bool, now: int) -> Endpoint | None:
    """A new secret; the one before signs too for a day, an older one no more."""
    async with writing(engine) as conn:
        before = await find(conn, endpoint_id, face, livemode)
        if before is None:
            return None
        values = {"secret": new_secret(), "old_secret": before.secret, "old_secret_until": now + ROTATION_SECONDS}
        await conn.execute(update(t).where(t.c.id == endpoint_id).values(**values, updated_at=now))
        return await find(conn, endpoint_id)


async def remove(engine: AsyncEngine, endpoint_id: str, *, face: str, livemode: bool, now: int) -> bool:
    """Delete it with its deliveries. False: there was none."""
    async with writing(engine) as conn:
        before = await find(conn, endpoint_id, face, livemode)
        if before is None:
            return False
        await poke(conn, before, now)
        await conn.execute(delete(t).where(t.c.id == endpoint_id))
    return True


async def mark(conn: AsyncConnection, endpoint_id: str, status: EndpointStatus, reason: str | None, now: int) -> None:
    """What deliveries say of their endpoint. What its owner disabled stays so."""
    known = (t.c.id == endpoint_id) & (t.c.status != "disabled") & (t.c.status != status)
    await conn.execute(update(t).where(known).values(status=status, reason=reason, updated_at=now))


async def listening(conn: AsyncConnection) -> list[Endpoint]:
    """Every endpoint that is sent to, of all faces and modes."""
    query = select(t).where(t.c.status.in_(("active", "failing"))).order_by(t.c.id)
    return [_endpoint(row) for row in await conn.execute(query)]


async def poke(conn: AsyncConnection, endpoint: Endpoint, now: int) -> None:
    """The endpoint's workflow shall look; the dispatcher tells it."""
    await conn.execute(
        insert(outbox).values(
            livemode=endpoint.livemode, kind="poke", order_id="", payload={"endpoint": endpoint.id}, created_at=now
        )
    )


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(**{**row._mapping, "events": tuple(row.events)})  # noqa: SLF001 - SQLAlchemy's public name
