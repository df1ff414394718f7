"""Where in a list of all its mode's orders one order stands: commercehq's page of an order.

What comes before it is beyond it in one sort key and like it in all keys before that: one count per
key, each a range of an index. Status words are counted by the counters while nothing else was compared before them;
the list by number is counted by the counted tree.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store import counts
from store.facets import ALL, AXES, unpack
from store.filters import Sort
from store.tables import orders as t


async def before(conn: AsyncConnection, row: Row[Any], sort: Sequence[Sort]) -> int:
    """How many orders of the row's mode come before it. The last key is one no two orders share."""
    each = await counts.by_facet(conn, row.livemode)
    everything = each.pop(ALL, 0)
    if tuple(sort) == (Sort("number"),):
        return everything - await _through(conn, row.livemode, row.number)
    alike: list[ColumnElement[bool]] = []
    total = 0
    for key in sort:
        value = getattr(row, key.field)
        if key.field in AXES:
            words = {facet: int(unpack(facet)[key.field]) for facet in each}
            beyond = [facet for facet in each if (words[facet] - value) * (1 if key.descending else -1) > 0]
            if alike:
                total += await _count(conn, row.livemode, [*alike, t.c.facet.in_(beyond)])
            else:
                total += sum(each[facet] for facet in beyond)
            each = {facet: held for facet, held in each.items() if words[facet] == value}
            continue
        column = t.c[key.field]
        narrowed = [] if sum(each.values()) == everything else [t.c.facet.in_(each)]
        past = column > value if key.descending else column < value
        total += await _count(conn, row.livemode, [*alike, *narrowed, past])
        alike.append(column == value)
    return total


async def _count(conn: AsyncConnection, livemode: bool, conditions: Sequence[ColumnElement[bool]]) -> int:
    query = select(func.count()).select_from(t).where(t.c.livemode == livemode, *conditions)
    return int((await conn.execute(query)).scalar_one())


async def _through(conn: AsyncConnection, livemode: bool, number: int) -> int:
    """How many have this number or a lower one."""
    start = counts.leaf_start("number", number + 1)
    leaf = [t.c.number >= start, t.c.number <= number]
    return await counts.below(conn, livemode, "number", [ALL], number + 1) + await _count(conn, livemode, leaf)
