"""Customers, as their orders name them: there is no table of them. Found by the beginning of an id or an e-mail address.

Distinct values are walked with one step of an index each, however many orders a customer has; counts stop at `MOST`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Column, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import reading
from store.lists.search import LAST
from store.tables import orders as t

MOST: Final = 100
"""Orders of one customer are counted so far."""
RECENT: Final = 200
"""Newest orders that are looked at for who bought lately."""


@dataclass(frozen=True)
class Customer:
    """One customer; `id` None: a guest, known by the address alone."""

    id: str | None
    email: str | None
    orders: int
    """At most MOST."""
    latest: int
    """When the newest order was placed, epoch seconds."""


async def beginning(engine: AsyncEngine, livemode: bool, prefix: str, limit: int) -> list[Customer]:
    """Customers whose id begins with `prefix`, then addresses that do, as they stand in the index."""
    async with reading(engine, aside=True) as conn:
        ids = await _walk(conn, t.c.customer_id, livemode, prefix, limit)
        addresses = await _walk(conn, t.c.email_lower, livemode, prefix.lower(), limit)
        return await _known(conn, livemode, ids, addresses)


async def recent(engine: AsyncEngine, livemode: bool, limit: int) -> list[Customer]:
    """Who bought lately, the latest first."""
    query = (
        select(t.c.customer_id, t.c.email_lower)
        .where(t.c.livemode == livemode)
        .order_by(t.c.created_at.desc(), t.c.id.desc())
        .limit(RECENT)
    )
    async with reading(engine, aside=True) as conn:
        named = dict.fromkeys(
            (row.customer_id, "" if row.customer_id else row.email_lower) for row in await conn.execute(query)
        )
        wanted = [pair for pair in named if pair[0] or pair[1]][:limit]
        found = await _known(conn, livemode, [id for id, _ in wanted if id], [email for id, email in wanted if not id])
    return sorted(found, key=lambda one: -one.latest)


async def _walk(conn: AsyncConnection, column: "Column[str]", livemode: bool, prefix: str, limit: int) -> list[str]:
    """Distinct values that begin with `prefix`, one index step each."""
    if not prefix:
        return []
    within = (t.c.livemode == livemode, column < prefix + LAST)
    steps = select(func.min(column).label("value")).where(*within, column >= prefix).cte("steps", recursive=True)
    following = select(func.min(column)).where(*within, column > steps.c.value).scalar_subquery()
    steps = steps.union_all(select(following).where(steps.c.value.is_not(None)))
    query = select(steps.c.value).where(steps.c.value.is_not(None)).limit(limit)
    return [str(row.value) for row in await conn.execute(query)]


async def _known(conn: AsyncConnection, livemode: bool, ids: Sequence[str], addresses: Sequence[str]) -> list[Customer]:
    """Each with its newest order and how many there are, in the order named."""
    wanted = [(t.c.customer_id, value) for value in ids] + [(t.c.email_lower, value) for value in addresses]
    if not wanted:
        return []
    parts = []
    for place, (column, value) in enumerate(wanted):
        mine = (t.c.livemode == livemode, column == value)
        some = select(t.c.id).where(*mine).limit(MOST).subquery()
        newest = (
            select(t.c.customer_id, t.c.email, t.c.created_at).where(*mine).order_by(t.c.created_at.desc(), t.c.id.desc())
        ).limit(1).subquery()  # fmt: skip
        many = select(func.count()).select_from(some).scalar_subquery()
        parts.append(select(literal(place).label("place"), newest, many.label("many")))
    rows = {row.place: row for row in await conn.execute(union_all(*parts))}
    return [
        Customer(
            value if column is t.c.customer_id else None, rows[place].email, rows[place].many, rows[place].created_at
        )
        for place, (column, value) in enumerate(wanted)
        if place in rows
    ]
