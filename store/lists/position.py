"""Where in a list of all the orders in reach one of them stands: the page an order is on.

What comes before it is beyond it in one sort key and like it in all keys before that: one count per
key, each a range of an index. Status words are counted by the counters while nothing else was compared before them;
the list by number is counted by the counted tree. Within one customer's reach the few orders there are counted row by row.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import reading
from store.lists import counts
from store.lists.facets import ALL, Axis, axes, unpack
from store.lists.filters import Filter, Reach, Sort, named, sorted_by
from store.tables import orders as t


async def page_of(engine: AsyncEngine, reach: Reach, number: int, *, sort: Sequence[Sort], size: int) -> int | None:
    """The page of the whole list an order is on; None when this reach has no such order. No two orders share the last key."""
    async with reading(engine, aside=True) as conn:
        own = named(reach, Filter())
        known = select(t).where(t.c.number == number, t.c.livemode == reach.livemode, *own)
        row = (await conn.execute(known)).one_or_none()
        if row is None:
            return None
        before = await (_among(conn, own, row, sort) if own else _before(conn, row, sort))
    return before // size + 1


async def _before(conn: AsyncConnection, row: Row[Any], sort: Sequence[Sort]) -> int:
    """How many orders of the row's mode come before it."""
    each = await counts.by_facet(conn, row.livemode)
    everything = each.pop(ALL, 0)
    if tuple(sort) == (Sort("number"),):
        return everything - await _through(conn, row.livemode, row.number)
    alike: list[ColumnElement[bool]] = []
    total = 0
    for key in sort:
        if axis := axes().get(key.field):
            beyond, each = _split(each, axis, row, key)
            if alike:
                total += await _count(conn, row.livemode, [*alike, t.c.facet.in_(beyond)])
            else:
                total += sum(beyond.values())
            continue
        narrowed = [] if sum(each.values()) == everything else [t.c.facet.in_(each)]
        total += await _count(conn, row.livemode, [*alike, *narrowed, _past(key, getattr(row, key.field))])
        alike.append(t.c[key.field] == getattr(row, key.field))
    return total


def _split(each: dict[int, int], axis: Axis, row: Row[Any], key: Sort) -> tuple[dict[int, int], dict[int, int]]:
    """Of these facets: those whose word comes before the row's, and those with the same word."""
    here = axis.rank[unpack(row.facet)[axis.name]]
    ranks = {facet: axis.rank[unpack(facet)[axis.name]] for facet in each}
    direction = 1 if key.descending else -1
    beyond = {facet: held for facet, held in each.items() if (ranks[facet] - here) * direction > 0}
    return beyond, {facet: held for facet, held in each.items() if ranks[facet] == here}


async def _among(conn: AsyncConnection, own: Sequence[ColumnElement[bool]], row: Row[Any], sort: Sequence[Sort]) -> int:
    """The same among the few that `own` names."""
    alike: list[ColumnElement[bool]] = list(own)
    total = 0
    for key in sort:
        axis = axes().get(key.field)
        value = axis.rank[unpack(row.facet)[axis.name]] if axis else getattr(row, key.field)
        total += await _count(conn, row.livemode, [*alike, _past(key, value)])
        alike.append(sorted_by(t, key.field) == value)
    return total


def _past(key: Sort, value: Any) -> ColumnElement[bool]:
    column = sorted_by(t, key.field)
    beyond: ColumnElement[bool] = column > value if key.descending else column < value
    return beyond


async def _count(conn: AsyncConnection, livemode: bool, conditions: Sequence[ColumnElement[bool]]) -> int:
    query = select(func.count()).select_from(t).where(t.c.livemode == livemode, *conditions)
    return int((await conn.execute(query)).scalar_one())


async def _through(conn: AsyncConnection, livemode: bool, number: int) -> int:
    """How many have this number or a lower one."""
    start = counts.leaf_start("number", number + 1)
    leaf = [t.c.number >= start, t.c.number <= number]
    return await counts.below(conn, livemode, "number", [ALL], number + 1) + await _count(conn, livemode, leaf)
