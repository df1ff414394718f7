"""Who is signed in to the console: sessions, one-time links, and how often somebody failed (contract section 15).

Tokens are 32 random bytes, kept as a SHA-256 only: who reads the database can sign in as nobody. A session ends twelve hours
after it began, used or not. A link opens one session, once.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.access.staff import Person, person_of
from store.database.engine import fetch, is_sqlite, writing
from store.tables import people
from store.tables import sessions as t
from store.tables import sign_in_attempts as attempts
from store.tables import sign_in_links as links

SESSION_SECONDS: Final = 12 * 3600
LINK_SECONDS: Final = 24 * 3600
BUCKET_SECONDS: Final = 900
"""Failed attempts are counted for so long, and those of the time before with them."""


@dataclass(frozen=True)
class Session:
    """Somebody signed in. `hash` names the session's row; its token is in the cookie alone."""

    hash: str
    person: Person
    livemode: bool
    ends_at: int


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def begin(engine: AsyncEngine, person_id: str, now: int, *, livemode: bool = False, instead_of: str = "") -> str:
    """A new session; its token. `instead_of`: the hash of the session that ends with it, so that no token from before the
    sign-in opens anything."""
    token = secrets.token_urlsafe(32)
    async with writing(engine) as conn:
        await _begin(conn, token, person_id, now, livemode=livemode, instead_of=instead_of)
    return token


async def _begin(
    conn: AsyncConnection, token: str, person_id: str, now: int, *, livemode: bool, instead_of: str
) -> None:
    await conn.execute(delete(t).where((t.c.hash == instead_of) | (t.c.ends_at <= now)))
    row = {"hash": hashed(token), "person_id": person_id, "livemode": livemode, "created_at": now}
    await conn.execute(insert(t).values(**row, ends_at=now + SESSION_SECONDS))
    await conn.execute(update(people).where(people.c.id == person_id).values(signed_in_at=now))


async def find(engine: AsyncEngine, token: str, now: int) -> Session | None:
    """The session of a cookie, while it lasts and its person may sign in."""
    query = (
        select(people, t.c.hash, t.c.livemode, t.c.ends_at)
        .join(people, people.c.id == t.c.person_id)
        .where(t.c.hash == hashed(token), t.c.ends_at > now, people.c.disabled_at.is_(None))
    )
    found = await fetch(engine, query)
    return Session(found[0].hash, person_of(found[0]), found[0].livemode, found[0].ends_at) if found else None


async def set_mode(engine: AsyncEngine, session: Session, *, livemode: bool) -> None:
    async with writing(engine) as conn:
        await conn.execute(update(t).where(t.c.hash == session.hash).values(livemode=livemode))


async def end(engine: AsyncEngine, hash: str) -> None:
    async with writing(engine) as conn:
        await conn.execute(delete(t).where(t.c.hash == hash))


async def end_others(engine: AsyncEngine, person_id: str, but: str = "") -> None:
    """Every other session of a person: a changed password leaves none that was opened with the old one."""
    async with writing(engine) as conn:
        await conn.execute(delete(t).where(t.c.person_id == person_id, t.c.hash != but))


# One-time links


async def link(engine: AsyncEngine, person_id: str, now: int) -> str:
    """The token of a new link."""
    token = secrets.token_urlsafe(32)
    async with writing(engine) as conn:
        await conn.execute(delete(links).where(links.c.ends_at <= now))
        await conn.execute(insert(links).values(hash=hashed(token), person_id=person_id, ends_at=now + LINK_SECONDS))
    return token


async def use_link(engine: AsyncEngine, token: str, now: int, *, instead_of: str = "") -> str | None:
    """The token of the session it opens. None: unknown, too old, used, or of somebody who may not sign in. Whoever commits
    first has it, and has it alone."""
    mark = (
        update(links)
        .where(links.c.hash == hashed(token), links.c.used_at.is_(None), links.c.ends_at > now)
        .where(links.c.person_id.in_(select(people.c.id).where(people.c.disabled_at.is_(None))))
        .values(used_at=now)
        .returning(links.c.person_id)
    )
    async with writing(engine) as conn:
        used = (await conn.execute(mark)).one_or_none()
        if used is None:
            return None
        opened = secrets.token_urlsafe(32)
        await _begin(conn, opened, used.person_id, now, livemode=False, instead_of=instead_of)
    return opened


# Failed attempts


async def failed(engine: AsyncEngine, who: str, now: int) -> None:
    """Count one more."""
    bucket = now // BUCKET_SECONDS
    async with writing(engine) as conn:
        into = sqlite_insert(attempts) if is_sqlite(conn) else pg_insert(attempts)
        more = into.on_conflict_do_update(index_elements=["who", "bucket"], set_={"failed": attempts.c.failed + 1})
        await conn.execute(more, {"who": hashed(who), "bucket": bucket, "failed": 1})
        await conn.execute(delete(attempts).where(attempts.c.bucket < bucket - 1))


async def failures(engine: AsyncEngine, who: str, now: int) -> int:
    """How often, in this quarter of an hour and the one before."""
    query = select(func.coalesce(func.sum(attempts.c.failed), 0)).where(
        attempts.c.who == hashed(who), attempts.c.bucket >= now // BUCKET_SECONDS - 1
    )
    return int((await fetch(engine, query))[0][0])


async def forgiven(engine: AsyncEngine, who: str) -> None:
    """A sign-in that worked ends the count."""
    async with writing(engine) as conn:
        await conn.execute(delete(attempts).where(attempts.c.who == hashed(who)))
