"""One list of orders for all four faces: what is asked for, and how it becomes index ranges.

    status words              facets (facets.py): counted by counters, paged by merging their ranges
    created_from/until        counted by the counted tree (counts.py), paged as a bound of the same range
    deep pages                by creation or by number, in either direction: the tree says where the page begins, so page
                              40,000 costs what page 1 does. Under status words and created bounds too
    customer, e-mail          their own indexes; counted and skipped row by row
    q, amounts, updated_*     counted through their index; few matches are sorted, many are met soon by walking the sort's
    sort by a status word     the facets in the words' order, each a list of its own

What is not O(page): counting and deep pages of the two rows before the last, and deep pages of the sorts by change,
amount and e-mail: index-only, but linear.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final, Literal

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Row,
    Select,
    asc,
    case,
    desc,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.money import EXPONENTS
from store import counts, search
from store.engine import reading
from store.facets import ALL, AXES, Wanted, matching, unpack
from store.tables import orders as t
from store.tables.base import Whole

SUMMARY: Final = tuple(column for column in t.c if column.name not in ("doc", "facet", "last_request", "number_text"))
"""The columns of a list's row; `doc` is added when whole orders are asked for."""
_ROWS: Final[Select[*tuple[Any, ...]]] = select(*SUMMARY)
_DOCS: Final[Select[*tuple[Any, ...]]] = select(*SUMMARY, t.c.doc)
DIRECT: Final = 200
"""Up to this many rows are skipped one by one: cheaper than asking the tree."""
FEW: Final = 2000
"""Up to this many matches are sorted; more are met soon enough by walking the sort's own index."""

USUAL_DIGITS: Final = 2
ODD_CURRENCIES: Final[dict[int, tuple[str, ...]]] = {
    n: tuple(sorted(code for code, digits in EXPONENTS.items() if digits == n))
    for n in sorted(set(EXPONENTS.values()) - {USUAL_DIGITS})
}
"""Digits after the point -> the currencies that have so many, where that is not two."""

Field = Literal[
    "created_at", "updated_at", "total", "number", "email_lower", "commercehq_status", "commercehq_paid", "id"
]


@dataclass(frozen=True)
class Sort:
    """One sort key; ties break by id in the last key's direction."""

    field: Field
    descending: bool = True


NEWEST_FIRST: Final = (Sort("created_at"),)


@dataclass(frozen=True)
class Filter:
    """What any face may ask for; None asks for nothing. Times are epoch seconds, amounts minor units."""

    livemode: bool
    words: Wanted = field(default_factory=dict)
    """Column of `orders` -> the status words that match."""
    customer_id: str | None = None
    email: str | None = None
    """Whole address, in any case."""
    ids: Sequence[str] | None = None
    numbers: Sequence[int] | None = None
    q: str | None = None
    min_total: int | Decimal | None = None
    max_total: int | Decimal | None = None
    """Both inclusive. An int is minor units, a Decimal major ones: 10 is 10.00 USD and 10 JPY, each order by its own."""
    created_from: int | None = None
    created_until: int | None = None
    """From is inclusive, until exclusive."""
    updated_from: int | None = None
    updated_until: int | None = None


@dataclass(frozen=True)
class Page:
    """`count` matches in all; `rows` of this page, with SUMMARY's columns (and `doc`)."""

    count: int
    rows: Sequence[Row[Any]]


async def page(
    engine: AsyncEngine, wanted: Filter, *, sort: Sequence[Sort] = NEWEST_FIRST, offset: int = 0, limit: int = 20,
    docs: bool = False,
) -> Page:  # fmt: skip
    """One page and the exact count, from one snapshot."""
    whole = _DOCS if docs else _ROWS
    async with reading(engine) as conn:
        asked = await _ask(conn, wanted)
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


async def count(engine: AsyncEngine, wanted: Filter) -> int:
    """How many match."""
    async with reading(engine) as conn:
        asked = await _ask(conn, wanted)
        return 0 if asked is None else await _count(conn, asked)


@dataclass(frozen=True)
class _Asked:
    """A filter, and what is known of it: where to look."""

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
        return others == Filter(livemode=self.wanted.livemode)

    @property
    def is_bounded(self) -> bool:
        return self.wanted.created_from is not None or self.wanted.created_until is not None

    def only(self, facets: Sequence[int]) -> "_Asked":
        """The same among some of its facets."""
        each = {facet: self.each[facet] for facet in facets}
        return replace(self, facets=tuple(facets), each=each, held=sum(each.values()))


async def _ask(conn: AsyncConnection, wanted: Filter) -> _Asked | None:
    """None: nothing can match."""
    held = await counts.by_facet(conn, wanted.livemode)
    everything = held.pop(ALL, 0)
    found = sorted(matching(held, wanted.words))
    if not found:
        return None
    each = {facet: held[facet] for facet in found}
    ways = () if wanted.q is None else tuple(await search.readings(conn, wanted.livemode, wanted.q))
    if wanted.q is not None and not ways:
        return None
    if len(found) == len(held):
        return _Asked(wanted, (ALL,), everything, each, ways)
    return _Asked(wanted, tuple(found), sum(each.values()), each, ways)


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
    wanted = asked.wanted
    whole = await counts.below(conn, wanted.livemode, "created", asked.facets, created_at)
    leaf = select(func.count()).where(
        t.c.livemode == wanted.livemode,
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
    if first.field not in AXES or not rest or not asked.is_plain or asked.is_bounded:
        yield asked, sort, offset, limit
        return
    words = sorted({int(unpack(facet)[first.field]) for facet in asked.each}, reverse=first.descending)
    for word in words:
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
    named = _named(asked.wanted)
    facet = _within(asked.facets, hidden=bool(named or asked.ways))
    mode = search.mode(asked.wanted.livemode, asked.ways)
    return [mode, *facet, *_created(asked.wanted), *named, *_ranged(asked)]


def _created(wanted: Filter) -> list[ColumnElement[bool]]:
    found = []
    if wanted.created_from is not None:
        found.append(t.c.created_at >= wanted.created_from)
    if wanted.created_until is not None:
        found.append(t.c.created_at < wanted.created_until)
    return found


def _named(wanted: Filter) -> list[ColumnElement[bool]]:
    """What names few orders: equality on an indexed column."""
    found: list[ColumnElement[bool]] = []
    if wanted.customer_id is not None:
        found.append(t.c.customer_id == wanted.customer_id)
    if wanted.email is not None:
        found.append(t.c.email_lower == wanted.email.lower())
    if wanted.ids is not None:
        found.append(t.c.id.in_(wanted.ids))
    if wanted.numbers is not None:
        found.append(t.c.number.in_(wanted.numbers))
    return found


def _ranged(asked: _Asked, *, hidden: bool = False) -> list[ColumnElement[bool]]:
    """Ranges of columns the list is not sorted by. `hidden`: from the planner, so that it walks the sort's index."""
    wanted = asked.wanted
    total: ColumnElement[int] = literal_column("+orders.total", Whole) if hidden else t.c.total
    updated: ColumnElement[int] = literal_column("+orders.updated_at", Whole) if hidden else t.c.updated_at
    found: list[ColumnElement[bool]] = []
    if wanted.min_total is not None:
        found += [total >= bound for bound in _bounds(wanted.min_total, ROUND_CEILING)]
    if wanted.max_total is not None:
        found += [total <= bound for bound in _bounds(wanted.max_total, ROUND_FLOOR)]
    if wanted.updated_from is not None:
        found.append(updated >= wanted.updated_from)
    if wanted.updated_until is not None:
        found.append(updated < wanted.updated_until)
    if asked.ways:
        found.append(search.condition(asked.ways, hidden=hidden))
    return found


def _bounds(bound: int | Decimal, rounding: str) -> list[int | ColumnElement[int]]:
    """A bound of `total`. In major units: the widest reading of it, a range of the index, then each currency's own."""
    if isinstance(bound, int):
        return [bound]
    marks = {n: int(bound.scaleb(n).to_integral_value(rounding)) for n in (USUAL_DIGITS, *ODD_CURRENCIES)}
    widest = min(marks.values()) if rounding == ROUND_CEILING else max(marks.values())
    odd = [(t.c.currency.in_(codes), marks[n]) for n, codes in ODD_CURRENCIES.items()]
    return [widest, case(*odd, else_=marks[USUAL_DIGITS])]


async def _ids(
    conn: AsyncConnection, asked: _Asked, sort: tuple[Sort, ...], offset: int, limit: int, count: int
) -> Select[str] | list[str]:
    """The ids of the page, in no particular order: as a subquery where that saves a round trip."""
    if len(sort) == 1 and asked.is_plain:
        return await _plain(conn, asked, sort[0], offset, limit, count)
    if _named(asked.wanted) or (count <= FEW and not asked.is_plain):
        return _matched(asked, sort, offset, limit)
    return _walked(asked, sort, offset, limit)


def _matched(asked: _Asked, sort: tuple[Sort, ...], offset: int, limit: int) -> Select[str]:
    """Find the matches, sort them. The fence keeps the planner from walking the sort's index in vain."""
    columns = [t.c.id, *(t.c[name] for name in sorted({key.field for key in sort}))]
    found = select(*columns).where(*_conditions(asked)).cte("found").prefix_with("MATERIALIZED")
    return select(found.c.id).order_by(*_order(found, sort)).limit(limit).offset(offset)


def _walked(asked: _Asked, sort: tuple[Sort, ...], offset: int, limit: int) -> Select[str]:
    """Walk the sort's index and drop what does not match: many match, so the page fills soon."""
    own = sort[0].field in ("total", "updated_at") and not asked.ways
    conditions = [*_within(asked.facets, hidden=True), *_created(asked.wanted), *_ranged(asked, hidden=not own)]
    query = select(t.c.id).where(t.c.livemode == asked.wanted.livemode, *conditions)
    return query.order_by(*_order(t, sort)).limit(limit).offset(offset)


async def _plain(
    conn: AsyncConnection, asked: _Asked, key: Sort, offset: int, limit: int, count: int
) -> Select[str] | list[str]:
    """A page of facets' ranges. A deep one is reached through the counted tree where its axis is the sort's."""
    # From the other end when that is nearer; the page's rows are sorted again afterwards.
    if count - offset - limit < offset:
        key, offset = Sort(key.field, not key.descending), count - offset - limit
    bounds = _created(asked.wanted)
    if offset > DIRECT and (axis := _axis(asked, key)):
        newest = offset if key.descending else count - offset - limit
        if asked.wanted.created_until is not None:
            newest += asked.held - await _rank(conn, asked, asked.wanted.created_until)
        place = await counts.seek(conn, asked.wanted.livemode, axis, asked.facets, newest)
        if place is not None:
            bounds, key, offset = [*bounds, t.c[key.field] < place[0]], Sort(key.field), place[1]
    ranges = _merged(asked.wanted.livemode, asked.facets, bounds, key).limit(limit).offset(offset)
    if isinstance(ranges, CompoundSelect):
        return list((await conn.execute(ranges)).scalars().all())
    return ranges


def _axis(asked: _Asked, key: Sort) -> counts.Axis | None:
    if key.field == "created_at":
        return "created"
    return "number" if key.field == "number" and asked.facets == (ALL,) and not asked.is_bounded else None


def _merged(
    livemode: bool, facets: Sequence[int], bounds: list[ColumnElement[bool]], key: Sort
) -> Select[str] | CompoundSelect[str, Any]:
    """The facets' ranges, each in order already, merged: both databases do it without sorting.

    SQLite merges only an outermost compound; inside a subquery it collects and sorts the whole of every range.
    """
    base = select(t.c.id, t.c[key.field]).where(t.c.livemode == livemode, *bounds)
    if len(facets) == 1:
        return base.where(*_within(facets)).with_only_columns(t.c.id).order_by(*_order(t, (key,)))
    direction = desc if key.descending else asc
    return union_all(*(base.where(t.c.facet == facet) for facet in facets)).order_by(
        direction(key.field), direction("id")
    )


def _order(rows: FromClause, sort: Sequence[Sort]) -> list[ColumnElement[Any]]:
    """The sort keys, and the id in the last one's direction."""
    keys = [*sort, Sort("id", sort[-1].descending)]
    return [rows.c[key.field].desc() if key.descending else rows.c[key.field].asc() for key in keys]


async def after(
    engine: AsyncEngine, wanted: Filter, *, after: tuple[int, str] | None, limit: int, docs: bool
) -> Sequence[Row[Any]]:
    """Newest first, from behind `(created_at, id)`: a keyset, so nothing is counted or skipped."""
    whole = _DOCS if docs else _ROWS
    async with reading(engine) as conn:
        asked = await _ask(conn, wanted)
        if asked is None:
            return []
        facets, named = asked.facets, _named(wanted)
        bounds = [*_created(wanted), *named]
        if after is not None:
            # The first bound is the index range, the second one cuts within its last second.
            bounds += [t.c.created_at <= after[0], tuple_(t.c.created_at, t.c.id) < after]
        if named:
            bounds += _within(facets, hidden=True)
            facets = (ALL,)
        ids: Any = _merged(wanted.livemode, facets, bounds, NEWEST_FIRST[0]).limit(limit)
        if isinstance(ids, CompoundSelect):
            ids = list((await conn.execute(ids)).scalars().all())
        rows = whole.where(t.c.id.in_(ids)).order_by(*_order(t, NEWEST_FIRST))
        return (await conn.execute(rows)).all()
