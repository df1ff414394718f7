"""One list of orders for every face: what is asked for, within whose reach, and how it becomes index ranges.

    status words              facets (facets.py): counted by counters, paged by merging their ranges
    created_from/until        counted by the counted tree (counts.py), paged as a bound of the same range
    deep pages                by creation or by number, in either direction: the tree says where the page begins, so page
                              40,000 costs what page 1 does. Under status words and created bounds too
    customer, e-mail          their own indexes; counted and skipped row by row
    q, amounts, updated_*     counted through their index; few matches are fetched and sorted; where there are many, walking the
                              sort's own index meets enough of them soon
    sort by a status word     the facets in the words' order, each a list of its own

What is not O(page): counting and deep pages of the two rows before the last, and deep pages of the sorts by change,
amount and e-mail: index-only, but linear.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Row,
    Select,
    asc,
    desc,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import is_sqlite, reading
from store.lists import counts, search
from store.lists.facets import ALL, axes, matching, unpack
from store.lists.filters import NEWEST_FIRST, Filter, Reach, Sort, amount_bounds, created, named, sorted_by
from store.tables import orders as t
from store.tables.base import Whole

SUMMARY: Final = tuple(
    column for column in t.c if column.name not in ("doc", "last_request", "number_text", "projection")
)
"""The columns of a list's row; `doc` is added when whole orders are asked for."""
_ROWS: Final[Select[*tuple[Any, ...]]] = select(*SUMMARY)
_DOCS: Final[Select[*tuple[Any, ...]]] = select(*SUMMARY, t.c.doc)
DIRECT: Final = 200
"""Up to this many rows are skipped one by one: cheaper than asking the tree."""
_RANGED: Final = frozenset(("created_at", "updated_at", "total", "number", "id"))
"""What the facets' ranges are kept in order by; other sorts walk an index of their own, or sort what is found."""
FEW: Final = 2000
"""Up to this many matches are fetched and sorted. With more, walking the sort's own index meets a page's worth of them sooner."""


@dataclass(frozen=True)
class Page:
    """`count` matches in all; `rows` of this page, with SUMMARY's columns (and `doc`)."""

    count: int
    rows: Sequence[Row[Any]]


async def page(
    engine: AsyncEngine, reach: Reach, wanted: Filter, *, sort: Sequence[Sort] = NEWEST_FIRST, offset: int = 0, limit: int = 20,
    docs: bool = False,
) -> Page:  # fmt: skip
    """One page and the exact count, from one snapshot."""
    whole = _DOCS if docs else _ROWS
    async with reading(engine, aside=True) as conn:
        asked = await _ask(conn, reach, wanted)
        if asked is None:
            return Page(0, [])
        count = await _count(conn, asked)
        if offset >= count or limit < 1:
            return Page(count, [])
        rows: list[Any] = []
        for part, keys, skip, take in _parts(asked, tuple(sort), offset, min(limit, count - offset), count):
            ids = await _ids(conn, part, keys, skip, take, count if part is asked else part.held)
            found = whole.where(t.c.id.in_(ids)).order_by(*_order(t, keys))
            rows += (await conn.execute(found)).all()
        return Page(count, rows)


async def count(engine: AsyncEngine, reach: Reach, wanted: Filter) -> int:
    """How many match."""
    async with reading(engine, aside=True) as conn:
        asked = await _ask(conn, reach, wanted)
        return 0 if asked is None else await _count(conn, asked)


@dataclass(frozen=True)
class _Asked:
    """A filter, and what is known of it: where to look."""

    reach: Reach
    wanted: Filter
    facets: tuple[int, ...]
    """The facets that match; (ALL,) when the words exclude nothing."""
    held: int
    """How many orders those facets hold."""
    each: Mapping[int, int]
    """Facet -> how many orders, of the facets that match."""
    ways: tuple[search.Reading, ...] = ()
    """The readings of `q` that find something."""

    @property
    def is_plain(self) -> bool:
        """Nothing but status words and creation bounds: the counted tree knows it all."""
        others = replace(self.wanted, words={}, created_from=None, created_until=None)
        return self.reach.customer_id is None and others == Filter()

    @property
    def is_bounded(self) -> bool:
        return self.wanted.created_from is not None or self.wanted.created_until is not None

    def only(self, facets: Sequence[int]) -> "_Asked":
        """The same among some of its facets."""
        each = {facet: self.each[facet] for facet in facets}
        return replace(self, facets=tuple(facets), each=each, held=sum(each.values()))


async def _ask(conn: AsyncConnection, reach: Reach, wanted: Filter) -> _Asked | None:
    """None: nothing can match."""
    held = await counts.by_facet(conn, reach.livemode)
    everything = held.pop(ALL, 0)
    found = sorted(matching(held, wanted.words))
    if not found:
        return None
    each = {facet: held[facet] for facet in found}
    ways = () if wanted.q is None else tuple(await search.readings(conn, reach.livemode, wanted.q))
    if wanted.q is not None and not ways:
        return None
    if len(found) == len(held):
        return _Asked(reach, wanted, (ALL,), everything, each, ways)
    return _Asked(reach, wanted, tuple(found), sum(each.values()), each, ways)


async def _count(conn: AsyncConnection, asked: _Asked) -> int:
    wanted = asked.wanted
    if not asked.is_plain:
        query = select(func.count()).select_from(t).where(*_conditions(asked))
        return int((await conn.execute(query)).scalar_one())
    until = asked.held if wanted.created_until is None else await _rank(conn, asked, wanted.created_until)
    start = 0 if wanted.created_from is None else await _rank(conn, asked, wanted.created_from)
    return max(0, until - start)


async def _rank(conn: AsyncConnection, asked: _Asked, created_at: int) -> int:
    """How many of these facets were created before a moment."""
    livemode = asked.reach.livemode
    whole = await counts.below(conn, livemode, "created", asked.facets, created_at)
    leaf = select(func.count()).where(
        t.c.livemode == livemode,
        *_within(asked.facets),
        t.c.created_at >= counts.leaf_start("created", created_at),
        t.c.created_at < created_at,
    )
    return whole + int((await conn.execute(leaf)).scalar_one())


Part = tuple[_Asked, tuple[Sort, ...], int, int]
"""What to list, sorted how, how many to skip and to take."""


def _parts(asked: _Asked, sort: tuple[Sort, ...], offset: int, limit: int, count: int) -> Iterator[Part]:
    """A list sorted by a status word first is a list per word; any other is one list."""
    first, rest = sort[0], sort[1:]
    axis = axes().get(first.field)
    if axis is None or not rest or not asked.is_plain or asked.is_bounded:
        yield asked, sort, offset, limit
        return
    words = {unpack(facet)[first.field] for facet in asked.each}
    for word in sorted(words, key=axis.rank.__getitem__, reverse=first.descending):
        group = asked.only([facet for facet in asked.each if unpack(facet)[first.field] == word])
        here = min(limit, group.held - offset)
        if here > 0:
            yield from _parts(group, rest, offset, here, group.held)
            limit -= here
        offset = max(0, offset - group.held)


def _within(facets: Sequence[int], *, hidden: bool = False) -> list[ColumnElement[bool]]:
    if tuple(facets) == (ALL,):
        return []
    facet: ColumnElement[int] = literal_column("+orders.facet", Whole) if hidden else t.c.facet
    return [facet == facets[0]] if len(facets) == 1 else [facet.in_(facets)]


def _conditions(asked: _Asked) -> list[ColumnElement[bool]]:
    """Everything that is asked for, as one WHERE. A named column's index beats the facets'."""
    names = named(asked.reach, asked.wanted)
    facet = _within(asked.facets, hidden=bool(names or asked.ways))
    mode = search.mode(asked.reach.livemode, asked.ways)
    return [mode, *facet, *created(asked.wanted), *names, *_ranged(asked)]


def _ranged(asked: _Asked, *, hidden: bool = False) -> list[ColumnElement[bool]]:
    """Ranges of columns the list is not sorted by. `hidden`: from the planner, so that it walks the sort's index."""
    wanted = asked.wanted
    total: ColumnElement[int] = literal_column("+orders.total", Whole) if hidden else t.c.total
    updated: ColumnElement[int] = literal_column("+orders.updated_at", Whole) if hidden else t.c.updated_at
    found: list[ColumnElement[bool]] = []
    if wanted.min_total is not None:
        found += [total >= bound for bound in amount_bounds(wanted.min_total, ROUND_CEILING)]
    if wanted.max_total is not None:
        found += [total <= bound for bound in amount_bounds(wanted.max_total, ROUND_FLOOR)]
    if wanted.updated_from is not None:
        found.append(updated >= wanted.updated_from)
    if wanted.updated_until is not None:
        found.append(updated < wanted.updated_until)
    if asked.ways:
        found.append(search.condition(asked.ways, hidden=hidden))
    return found


async def _ids(
    conn: AsyncConnection, asked: _Asked, sort: tuple[Sort, ...], offset: int, limit: int, count: int
) -> Select[str] | list[str]:
    """The ids of the page, in no particular order: as a subquery where that saves a round trip."""
    if len(sort) == 1 and asked.is_plain and sort[0].field in _RANGED:
        return await _plain(conn, asked, sort[0], offset, limit, count)
    if named(asked.reach, asked.wanted) or (count <= FEW and not asked.is_plain):
        return _matched(asked, sort, offset, limit)
    return _walked(asked, sort, offset, limit)


def _matched(asked: _Asked, sort: tuple[Sort, ...], offset: int, limit: int) -> Select[str]:
    """Find the matches, sort them. MATERIALIZED is for PostgreSQL's planner, which would else walk the sort's index and, with
    so few matches, read nearly all of it."""
    fields = {"facet" if key.field in axes() else key.field for key in sort} - {"id"}
    columns = [t.c.id, *(t.c[name] for name in sorted(fields))]
    found = select(*columns).where(*_conditions(asked)).cte("found").prefix_with("MATERIALIZED")
    return select(found.c.id).order_by(*_order(found, sort)).limit(limit).offset(offset)


def _walked(asked: _Asked, sort: tuple[Sort, ...], offset: int, limit: int) -> Select[str]:
    """Walk the sort's index and drop what does not match: many match, so the page fills soon."""
    own = sort[0].field in ("total", "updated_at") and not asked.ways
    conditions = [*_within(asked.facets, hidden=True), *created(asked.wanted), *_ranged(asked, hidden=not own)]
    query = select(t.c.id).where(t.c.livemode == asked.reach.livemode, *conditions)
    return query.order_by(*_order(t, sort)).limit(limit).offset(offset)


async def _plain(
    conn: AsyncConnection, asked: _Asked, key: Sort, offset: int, limit: int, count: int
) -> Select[str] | list[str]:
    """A page of facets' ranges. A deep one is reached through the counted tree where its axis is the sort's."""
    # From the other end when that is nearer; the page's rows are sorted again afterwards.
    if count - offset - limit < offset:
        key, offset = Sort(key.field, not key.descending), count - offset - limit
    bounds = created(asked.wanted)
    if offset > DIRECT and (axis := _axis(asked, key)):
        newest = offset if key.descending else count - offset - limit
        if asked.wanted.created_until is not None:
            newest += asked.held - await _rank(conn, asked, asked.wanted.created_until)
        place = await counts.seek(conn, asked.reach.livemode, axis, asked.facets, newest)
        if place is not None:
            bounds, key, offset = [*bounds, t.c[key.field] < place[0]], Sort(key.field), place[1]
    ranges = _merged(conn, asked.reach.livemode, asked.facets, bounds, key, offset, limit)
    if isinstance(ranges, CompoundSelect):
        return list((await conn.execute(ranges)).scalars().all())
    return ranges


def _axis(asked: _Asked, key: Sort) -> counts.Axis | None:
    if key.field == "created_at":
        return "created"
    return "number" if key.field == "number" and asked.facets == (ALL,) and not asked.is_bounded else None


def _merged(
    conn: AsyncConnection, livemode: bool, facets: Sequence[int], bounds: list[ColumnElement[bool]], key: Sort,
    offset: int, limit: int,
) -> Select[str] | CompoundSelect[str, Any]:  # fmt: skip
    """A page of the facets' ranges, each in order already, merged.

    SQLite merges an outermost UNION ALL by itself (inside a subquery it collects every range whole: 30 ms, not 0.2).
    PostgreSQL plans each range alone, so each must say that it is short and in order.
    """
    base = select(t.c.id, t.c[key.field]).where(t.c.livemode == livemode, *bounds)
    if len(facets) == 1:
        only = base.where(*_within(facets)).with_only_columns(t.c.id)
        return only.order_by(*_order(t, (key,))).limit(limit).offset(offset)
    ranges = [base.where(t.c.facet == facet) for facet in facets]
    if is_sqlite(conn):
        direction = desc if key.descending else asc
        return union_all(*ranges).order_by(direction(key.field), direction("id")).limit(limit).offset(offset)
    merged = union_all(*(one.order_by(*_order(t, (key,))).limit(offset + limit) for one in ranges)).subquery()
    return select(merged.c.id).order_by(*_order(merged, (key,))).limit(limit).offset(offset)


def _order(rows: FromClause, sort: Sequence[Sort]) -> list[ColumnElement[Any]]:
    """The sort keys, and the id in the last one's direction."""
    keys = [*sort, Sort("id", sort[-1].descending)]
    return [desc(sorted_by(rows, key.field)) if key.descending else asc(sorted_by(rows, key.field)) for key in keys]


async def after(
    engine: AsyncEngine, reach: Reach, wanted: Filter, *, after: tuple[int, str] | None, limit: int, docs: bool,
    descending: bool = True,
) -> Sequence[Row[Any]]:  # fmt: skip
    """Newest first unless told otherwise, from behind `(created_at, id)`: a keyset, so nothing is counted or skipped."""
    key = Sort("created_at", descending)
    whole = _DOCS if docs else _ROWS
    async with reading(engine, aside=True) as conn:
        asked = await _ask(conn, reach, wanted)
        if asked is None:
            return []
        facets, names = asked.facets, named(reach, wanted)
        bounds = [*created(wanted), *names]
        if after is not None:
            # The first bound is the index range, the second one cuts within its last second.
            place = tuple_(t.c.created_at, t.c.id)
            bounds += (
                [t.c.created_at <= after[0], place < after]
                if descending
                else [t.c.created_at >= after[0], place > after]
            )
        if names:
            bounds += _within(facets, hidden=True)
            facets = (ALL,)
        ids: Any = _merged(conn, reach.livemode, facets, bounds, key, 0, limit)
        if isinstance(ids, CompoundSelect):
            ids = list((await conn.execute(ids)).scalars().all())
        rows = whole.where(t.c.id.in_(ids)).order_by(*_order(t, (key,)))
        return (await conn.execute(rows)).all()
