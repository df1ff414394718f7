"""People who work in the console: who there is, and what each may (contract section 15).

An e-mail address is kept in lower case and names one person; nobody is deleted, because what they did stays done.
"""

import secrets
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.ids import ulid_at
from store.database.engine import StoreRejected, fetch, writing
from store.tables import people as t
from store.tables import sessions

Role = Literal["owner", "agent", "warehouse", "viewer"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
LONGEST_EMAIL: Final = 254


@dataclass(frozen=True)
class Person:
    """One person. Times are epoch seconds."""

    id: str
    email: str
    role: Role
    password: str | None
    """argon2; None: signs in by a link or by the identity provider."""
    subject: str | None
    """Issuer and subject at the identity provider, since the first sign-in there."""
    created_at: int
    signed_in_at: int | None
    disabled_at: int | None


def spelled(email: str) -> str:
    """The address as it is kept. ValueError for what is none."""
    text = email.strip().lower()
    name, at, domain = text.rpartition("@")
    if (
        not (name and at and domain)
        or len(text) > LONGEST_EMAIL
        or not text.isprintable()
        or any(c.isspace() for c in text)
    ):
        raise ValueError(f"{email.strip()[:80]!r} is no e-mail address")
    return text


async def add(engine: AsyncEngine, email: str, role: Role, now: int) -> Person:
    """A new person. ValueError when the address is none, or is somebody's already."""
    person = Person(ulid_at(now * 1000, secrets.token_bytes(10)), spelled(email), role, None, None, now, None, None)
    try:
        async with writing(engine) as conn:
            await conn.execute(insert(t).values(**vars(person)))
    except StoreRejected:
        raise ValueError(f"{person.email} is known already") from None
    return person


async def everybody(engine: AsyncEngine) -> list[Person]:
    """Everybody, by address; disabled ones included."""
    return [person_of(row) for row in await fetch(engine, select(t).order_by(t.c.email))]


async def find(engine: AsyncEngine, email: str) -> Person | None:
    return await _one(engine, t.c.email == email.strip().lower())


async def get(engine: AsyncEngine, person_id: str) -> Person | None:
    return await _one(engine, t.c.id == person_id)


async def by_subject(engine: AsyncEngine, subject: str) -> Person | None:
    return await _one(engine, t.c.subject == subject)


async def _one(engine: AsyncEngine, condition: ColumnElement[bool]) -> Person | None:
    found = await fetch(engine, select(t).where(condition))
    return person_of(found[0]) if found else None


async def owner(engine: AsyncEngine) -> Person | None:
    """The owner who is there longest and may sign in."""
    query = select(t).where(t.c.role == "owner", t.c.disabled_at.is_(None)).order_by(t.c.created_at, t.c.id).limit(1)
    found = await fetch(engine, query)
    return person_of(found[0]) if found else None


async def set_role(engine: AsyncEngine, person_id: str, role: Role) -> None:
    await _change(engine, person_id, role=role)


async def set_password(engine: AsyncEngine, person_id: str, hashed: str | None) -> None:
    await _change(engine, person_id, password=hashed)


async def set_subject(engine: AsyncEngine, person_id: str, subject: str) -> None:
    await _change(engine, person_id, subject=subject)


async def disable(engine: AsyncEngine, person_id: str, now: int) -> None:
    """Nothing opens for them any more; their sessions end with it."""
    async with writing(engine) as conn:
        await conn.execute(update(t).where(t.c.id == person_id, t.c.disabled_at.is_(None)).values(disabled_at=now))
        await conn.execute(sessions.delete().where(sessions.c.person_id == person_id))


async def enable(engine: AsyncEngine, person_id: str) -> None:
    await _change(engine, person_id, disabled_at=None)


async def _change(engine: AsyncEngine, person_id: str, **values: Any) -> None:
    async with writing(engine) as conn:
        await conn.execute(update(t).where(t.c.id == person_id).values(**values))


def person_of(row: Row[Any]) -> Person:
    return Person(
        row.id, row.email, row.role, row.password, row.subject, row.created_at, row.signed_in_at, row.disabled_at
    )
