"""What people did in the console that is no order's event: signing in, keys, people, stock, webhooks (contract section 15)."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from store.access.staff import Person
from store.database.engine import fetch, writing
from store.tables import console_actions as t

KEYS: Final = (int, int)
"""Of a page: moment, id."""


async def note(engine: AsyncEngine, person: Person, action: str, about: str, *, livemode: bool, now: int) -> None:
    """Write down that `person` did `action` (a word of ours, ≤ 32 characters)."""
    row = {"at": now, "person_id": person.id, "email": person.email, "livemode": livemode, "action": action}
    async with writing(engine) as conn:
        await conn.execute(insert(t).values(**row, about=about))


async def newest(
    engine: AsyncEngine,
    livemode: bool,
    *,
    person_id: str | None = None,
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> Sequence[Row[Any]]:
    """Newest first, from behind `(at, id)`."""
    query = select(t).where(t.c.livemode == livemode).order_by(t.c.at.desc(), t.c.id.desc()).limit(limit)
    if person_id is not None:
        query = query.where(t.c.person_id == person_id)
    if after is not None:
        query = query.where(tuple_(t.c.at, t.c.id) < tuple_(*after))
    return await fetch(engine, query)
