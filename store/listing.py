"""One list of orders for all four faces: what is asked for, and how it becomes index ranges.

    status words              facets (facets.py): counted by counters, paged by merging their ranges
    created_from/until        counted by the counted tree (counts.py), paged as a bound of the same range
    deep pages                by creation or by number, in either direction: the tree says where the page begins, so page
                              40,000 costs what page 1 does. Under status words and created bounds too
    customer, e-mail          their own indexes; counted and skipped row by row
    q, amounts, updated_*     counted through their index; few matches are sorted, many are met soon by walking the sort's index

What is not O(page): counting and deep pages of the last two rows, and deep pages of the sorts by change, amount and e-mail:
index-only, but linear (docs/performance.md has figures).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Row, Select, case, func, literal_column, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.money import EXPONENTS
from store import counts, search
from store.engine import reading
from store.facets import ALL, Wanted, matching
from store.tables import orders as t

SUMMARY: Final = tuple(column for column in t.c if column.name not in ("doc", "facet", "last_request"))
"""The columns of a list's row; `doc` is added when whole orders are asked for."""
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

Field = Literal["created_at", "updated_at", "total", "number", "email_lower", "commercehq_status", "commercehq_paid"]


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
    async with reading(engine) as conn:
        facets, counted = await _facets(conn, wanted)
        if not facets:
            return Page(0, [])
        count = await _count(conn, wanted, facets, counted)
        if offset >= count or limit < 1:
            return Page(count, [])
        ids = await _ids(conn, wanted, facets, tuple(sort), offset, limit, count)
        columns = (*SUMMARY, t.c.doc) if docs else SUMMARY
        rows = select(*columns).where(t.c.id.in_(ids)).order_by(*_order(sort))
        return Page(count, (await conn.execute(rows)).all())


async def count(engine: AsyncEngine, wanted: Filter) -> int:
    """How many match."""
    async with reading(engine) as conn:
        facets, counted = await _facets(conn, wanted)
        return await _count(conn, wanted, facets, counted) if facets else 0


async def _facets(conn: AsyncConnection, wanted: Filter) -> tuple[list[int], int]:
    """The facets to look among, and how many orders they hold. [ALL] when the words exclude nothing."""
    held = await counts.by_facet(conn, wanted.livemode)
    everything = held.pop(ALL, 0)
    if not wanted.words:
        return ([ALL] if everything else []), everything
    found = sorted(matching(held, wanted.words))
    if len(found) == len(held):
        return ([ALL] if everything else []), everything
    return found, sum(held[facet] for facet in found)


def _is_plain(wanted: Filter) -> bool:
    """Nothing but status words and creation bounds: the counted tree knows it all."""
    others = replace(wanted, words={}, created_from=None, created_until=None)
    return others == Filter(livemode=wanted.livemode)


async def _count(conn: AsyncConnection, wanted: Filter, facets: list[int], counted: int) -> int:
    if not _is_plain(wanted):
        query = select(func.count()).select_from(t).where(*_conditions(wanted, facets))
        return int((await conn.execute(query)).scalar_one())
    if wanted.created_from is None and wanted.created_until is None:
        return counted
    until = counted if wanted.created_until is None else await rank(conn, wanted, facets, wanted.created_until)
    start = 0 if wanted.created_from is None else await rank(conn, wanted, facets, wanted.created_from)
    return max(0, until - start)


async def rank(conn: AsyncConnection, wanted: Filter, facets: list[int], created_at: int) -> int:
    """How many of these facets were created before a moment."""
    whole = counts.counted_below(wanted.livemode, "created", facets, created_at)
    leaf = select(func.count()).where(
        t.c.livemode == wanted.livemode,
        *_within(facets),
        t.c.created_at >= counts.leaf_start("created", created_at),
        t.c.created_at < created_at,
    )
    return int((await conn.execute(select(whole.scalar_subquery() + leaf.scalar_subquery()))).scalar_one())


def _within(facets: Sequence[int], *, hidden: bool = False) -> list[ColumnElement[bool]]:
    if facets == [ALL]:
        return []
    facet: ColumnElement[int] = literal_column("+orders.facet") if hidden else t.c.facet
    return [facet == facets[0]] if len(facets) == 1 else [facet.in_(facets)]


def _conditions(wanted: Filter, facets: Sequence[int]) -> list[ColumnElement[bool]]:
    """Everything that is asked for, as one WHERE. A named column's index beats the facets'."""
    named = _named(wanted)
    facet = _within(facets, hidden=bool(named) or wanted.q is not None)
    return [t.c.livemode == wanted.livemode, *facet, *_created(wanted), *named, *_ranged(wanted)]


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


def _ranged(wanted: Filter, *, hidden: bool = False) -> list[ColumnElement[bool]]:
    """Ranges of columns the list is not sorted by. `hidden`: from the planner, so that it walks the sort's index."""
    total: ColumnElement[int] = literal_column("+orders.total") if hidden else t.c.total
    updated: ColumnElement[int] = literal_column("+orders.updated_at") if hidden else t.c.updated_at
    bounds = (
        (total, wanted.min_total, "from"), (total, wanted.max_total, "through"),
        (updated, wanted.updated_from, "from"), (updated, wanted.updated_until, "until"),
    )  # fmt: skip
    found: list[ColumnElement[bool]] = []
    for column, bound, kind in bounds:
        if isinstance(bound, Decimal):
            found += _major(column, bound, kind)
        elif bound is not None:
            found.append({"from": column >= bound, "through": column <= bound, "until": column < bound}[kind])
    if wanted.q is not None:
        found.append(t.c.id.in_(search.ids(wanted.livemode, wanted.q)))
    return found


def _major(total: ColumnElement[int], bound: Decimal, kind: str) -> list[ColumnElement[bool]]:
    """A bound in major units: first the widest reading of it, a range of the index, then each currency's own."""
    rounding = ROUND_CEILING if kind == "from" else ROUND_FLOOR
    marks = {n: int(bound.scaleb(n).to_integral_value(rounding)) for n in (USUAL_DIGITS, *ODD_CURRENCIES)}
    own = case(*((t.c.currency.in_(codes), marks[n]) for n, codes in ODD_CURRENCIES.items()), else_=marks[USUAL_DIGITS])
    if kind == "from":
        return [total >= min(marks.values()), total >= own]
    return [total <= max(marks.values()), total <= own]


async def _ids(
    conn: AsyncConnection, wanted: Filter, facets: list[int], sort: tuple[Sort, ...], offset: int, limit: int,
    count: int,
) -> list[str]:  # fmt: skip
    """The ids of the page, in no particular order."""
    if _is_plain(wanted) and len(sort) == 1:
        query = await _plain(conn, wanted, facets, sort[0], offset, limit, count)
    elif _named(wanted) or count <= FEW or not _ranged(wanted):
        query = _matched(wanted, facets, sort, offset, limit)
    else:
        query = _walked(wanted, facets, sort, offset, limit)
    return list((await conn.execute(query)).scalars().all())


def _matched(wanted: Filter, facets: list[int], sort: tuple[Sort, ...], offset: int, limit: int) -> Select[str]:
    """Find the matches, sort them. The fence keeps the planner from walking the sort's index in vain."""
    keys = {key.field for key in sort}
    columns = [t.c.id, *(t.c[name] for name in sorted(keys))]
    found = select(*columns).where(*_conditions(wanted, facets)).cte("found").prefix_with("MATERIALIZED")
    order = [_directed(found.c[key.field], key) for key in sort]
    order.append(_directed(found.c.id, sort[-1]))
    return select(found.c.id).order_by(*order).limit(limit).offset(offset)


def _walked(wanted: Filter, facets: list[int], sort: tuple[Sort, ...], offset: int, limit: int) -> Select[str]:
    """Walk the sort's index and drop what does not match: many match, so the page fills soon."""
    conditions = [t.c.livemode == wanted.livemode, *_within(facets), *_created(wanted)]
    own = sort[0].field in ("total", "updated_at")
    conditions += _ranged(wanted, hidden=not own)
    return select(t.c.id).where(*conditions).order_by(*_order(sort)).limit(limit).offset(offset)


async def _plain(
    conn: AsyncConnection, wanted: Filter, facets: list[int], key: Sort, offset: int, limit: int, count: int
) -> Select[str]:
    """A page of facets' ranges. A deep one is reached through the counted tree where its axis is the sort's."""
    limit = min(limit, count - offset)
    bounds: list[ColumnElement[bool]] = _created(wanted)
    # From the other end when that is nearer; the page's rows are sorted again afterwards.
    if count - offset - limit < offset:
        key, offset = Sort(key.field, not key.descending), count - offset - limit
    if offset > DIRECT and (axis := _axis(wanted, facets, key)):
        newest = offset if key.descending else count - offset - limit
        if wanted.created_until is not None:
            newest += await _since(conn, wanted, facets, wanted.created_until)
        place = counts.seek(wanted.livemode, axis, facets, newest)
        upper, offset = (await conn.execute(select(place.c.upper, place.c.rest))).one()
        bounds = [*bounds, t.c[key.field] < upper]
        key = Sort(key.field, descending=True)
    return _merged(wanted.livemode, facets, bounds, key).limit(limit).offset(offset)


async def _since(conn: AsyncConnection, wanted: Filter, facets: list[int], created_at: int) -> int:
    """How many were created at a moment or later."""
    held = await counts.by_facet(conn, wanted.livemode)
    return sum(held.get(facet, 0) for facet in facets) - await rank(conn, wanted, facets, created_at)


def _axis(wanted: Filter, facets: list[int], key: Sort) -> counts.Axis | None:
    if key.field == "created_at":
        return "created"
    unbounded = wanted.created_from is None and wanted.created_until is None
    return "number" if key.field == "number" and facets == [ALL] and unbounded else None


def _merged(livemode: bool, facets: list[int], bounds: list[ColumnElement[bool]], key: Sort) -> Select[str]:
    """The facets' ranges, each in order already, merged: both databases do it without sorting."""
    base = select(t.c.id, t.c[key.field]).where(t.c.livemode == livemode, *bounds)
    if len(facets) == 1:
        only = base.where(*_within(facets))
        return only.with_only_columns(t.c.id).order_by(*_order((key,)))
    merged = union_all(*(base.where(t.c.facet == facet) for facet in facets)).subquery()
    return select(merged.c.id).order_by(_directed(merged.c[key.field], key), _directed(merged.c.id, key))


def _directed(column: ColumnElement[Any], key: Sort) -> ColumnElement[Any]:
    return column.desc() if key.descending else column.asc()


def _order(sort: Sequence[Sort]) -> list[ColumnElement[Any]]:
    return [*(_directed(t.c[key.field], key) for key in sort), _directed(t.c.id, sort[-1])]


async def after(
    engine: AsyncEngine, wanted: Filter, *, after: tuple[int, str] | None, limit: int, docs: bool
) -> Sequence[Row[Any]]:
    """Newest first, from behind `(created_at, id)`: a keyset, so nothing is counted or skipped."""
    columns = (*SUMMARY, t.c.doc) if docs else SUMMARY
    async with reading(engine) as conn:
        facets, _ = await _facets(conn, wanted)
        if not facets:
            return []
        bounds = [*_created(wanted), *_named(wanted)]
        if after is not None:
            # The first bound is the index range, the second one cuts within its last second.
            bounds += [t.c.created_at <= after[0], tuple_(t.c.created_at, t.c.id) < after]
        if _named(wanted):
            bounds += _within(facets, hidden=True)
            facets = [ALL]
        ids = (await conn.execute(_merged(wanted.livemode, facets, bounds, NEWEST_FIRST[0]).limit(limit))).scalars()
        rows = select(*columns).where(t.c.id.in_(list(ids))).order_by(*_order(NEWEST_FIRST))
        return (await conn.execute(rows)).all()


async def newer_numbers(conn: AsyncConnection, livemode: bool, number: int) -> int:
    """How many orders of this mode have a higher number."""
    held = await counts.by_facet(conn, livemode)
    whole = counts.counted_below(livemode, "number", [ALL], number + 1)
    start = counts.leaf_start("number", number + 1)
    leaf = select(func.count()).where(t.c.livemode == livemode, t.c.number >= start, t.c.number <= number)
    through = (await conn.execute(select(whole.scalar_subquery() + leaf.scalar_subquery()))).scalar_one()
    return held.get(ALL, 0) - int(through)
