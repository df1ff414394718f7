"""Orders for who looks for them: by a word an operator remembers, by what they wait for, by both, newest first, by keyset.

    q            walks the terms that begin with it: exact terms first, then longer ones; within a term the newest order first.
                 An order with several such terms stands at the first of them only
    waits_for    walks the orders that wait for this word, newest first

Either costs the same for every page: it starts in an index where the page before ended. Further filters are looked up order by
order on that walk, so a rare one together with a common word takes longer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import reading
from store.lists import counts
from store.lists.facets import ALL, matching
from store.lists.filters import Filter, Reach, created, named
from store.lists.search import LAST
from store.tables import order_waits as w
from store.tables import orders as t
from store.tables import search_terms as s

COLUMNS: Final[tuple[ColumnElement[Any], ...]] = (t.c.id, t.c.number, t.c.created_at, t.c.doc)
TERM: Final = (str, int, str)
"""The keys of a page found by `q`: term, newest, order id."""
NEWEST: Final = (int, str)
"""The keys of any other page: creation, order id."""


@dataclass(frozen=True)
class Found:
    """One order of a page: its row, and the keys it stands at."""

    row: Row[Any]
    keys: tuple[Any, ...]


async def by_term(
    engine: AsyncEngine, reach: Reach, prefix: str, wanted: Filter, *, waits_for: str | None,
    after: Sequence[Any] | None, limit: int,
) -> list[Found]:  # fmt: skip
    """Orders one of whose terms begins with `prefix` (folded as domain.terms.wanted does)."""
    earlier = s.alias("earlier")
    first = ~exists().where(
        earlier.c.order_id == s.c.order_id, earlier.c.term >= prefix, earlier.c.term < s.c.term
    )  # fmt: skip
    walk = select(s.c.term, s.c.newest, s.c.order_id).where(
        s.c.livemode == reach.livemode, s.c.term < prefix + LAST, first
    )
    # One lower bound only: given two, SQLite may take the wrong one for its range, and read the pages before again.
    keys = tuple_(s.c.term, s.c.newest, s.c.order_id)
    walk = walk.where(s.c.term >= prefix if after is None else keys > tuple_(*after))
    if waits_for is not None:
        walk = walk.where(exists().where(w.c.order_id == s.c.order_id, w.c.word == waits_for))
    walk = walk.order_by(s.c.term, s.c.newest, s.c.order_id).limit(limit)
    async with reading(engine, aside=True) as conn:
        return await _whole(conn, walk, s.c.order_id, reach, wanted)


async def by_wait(
    engine: AsyncEngine, reach: Reach, word: str, wanted: Filter, *, after: Sequence[Any] | None, limit: int
) -> list[Found]:
    """Orders that wait for this word, newest first."""
    walk = select(w.c.created_at, w.c.order_id).where(w.c.livemode == reach.livemode, w.c.word == word)
    if after is not None:
        walk = walk.where(tuple_(w.c.created_at, w.c.order_id) < tuple_(*after))
    walk = walk.order_by(w.c.created_at.desc(), w.c.order_id.desc()).limit(limit)
    async with reading(engine, aside=True) as conn:
        return await _whole(conn, walk, w.c.order_id, reach, wanted)


async def _whole(
    conn: AsyncConnection, walk: Select[Any], whose: ColumnElement[str], reach: Reach, wanted: Filter
) -> list[Found]:
    """The page's orders, in the order of the walk."""
    conditions = await _conditions(conn, reach, wanted)
    if conditions is None:
        return []
    if conditions:
        walk = walk.where(exists().where(t.c.id == whose, *conditions))
    keys = {row.order_id: tuple(row) for row in await conn.execute(walk)}
    rows = await conn.execute(select(*COLUMNS).where(t.c.id.in_(list(keys))))
    known = {row.id: row for row in rows}
    return [Found(known[order_id], at) for order_id, at in keys.items() if order_id in known]


async def _conditions(conn: AsyncConnection, reach: Reach, wanted: Filter) -> list[ColumnElement[bool]] | None:
    """What else is asked of an order; None when nothing can match."""
    found = [*created(wanted), *named(reach, wanted)]
    if wanted.words:
        held = await counts.by_facet(conn, reach.livemode)
        held.pop(ALL, 0)
        facets = matching(held, wanted.words)
        if not facets:
            return None
        found.append(t.c.facet.in_(facets))
    return found
