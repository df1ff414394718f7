"""How many orders, of what facet, how far down the list: a counted tree, kept in the save's own transaction.

`order_counts` holds, per mode and facet (and for all facets together, `ALL`), how many orders fall into each
bucket of an axis, at three levels:

    axis created   buckets of 2^10 s (17 min), 2^16 s (18 h), 2^22 s (48 days) of `created_at`
    axis number    buckets of 2^8, 2^14, 2^20 order numbers, for `ALL` only

so the count of any combination of status filters is a sum over the coarsest level, the rank of a moment in a list is three
short sums and one leaf, and page one million's neighbour is found in three short steps instead of an OFFSET over a million rows.
A leaf is still counted row by row: a list is only as deep-page-fast as its busiest 17 minutes are short.

Rule: an order moves between facets but never along an axis; buckets that fall to zero are deleted. Rows are written in key order,
after stock, so that two transactions never wait for each other in a ring.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import CTE, ColumnElement, Select, bindparam, delete, func, literal, select, true
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from store.engine import is_sqlite
from store.facets import ALL
from store.tables import order_counts as t
from store.tables.base import Whole

Axis = Literal["created", "number"]
SHIFTS: Final[dict[Axis, tuple[int, int, int]]] = {"created": (10, 16, 22), "number": (8, 14, 20)}
"""Axis -> bits of a bucket at levels 1, 2, 3."""
TOP: Final = 3

Key = tuple[bool, str, int, int, int]
Delta = Counter[Key]
"""(livemode, axis, level, facet, bucket) -> how many more."""


@dataclass(frozen=True)
class Place:
    """Where an order is counted."""

    livemode: bool
    facet: int
    created_at: int
    number: int


def delta(before: Place | None, after: Place) -> Delta:
    """What counting `after` instead of `before` changes; empty when the facet stayed."""
    change: Delta = Counter()
    if before is None:
        _along(change, after, "created", ALL, 1)
        _along(change, after, "number", ALL, 1)
    elif before.facet == after.facet:
        return change
    else:
        _along(change, before, "created", before.facet, -1)
    _along(change, after, "created", after.facet, 1)
    return change


def _along(change: Delta, place: Place, axis: Axis, facet: int, by: int) -> None:
    position = place.created_at if axis == "created" else place.number
    for level, shift in enumerate(SHIFTS[axis], start=1):
        change[(place.livemode, axis, level, facet, position >> shift)] += by


_COLUMNS: Final = ("livemode", "axis", "level", "facet", "bucket")
_EMPTY: Final = delete(t).where(*(t.c[name] == bindparam(f"k_{name}") for name in _COLUMNS), t.c.orders == 0)


async def apply(conn: AsyncConnection, change: Delta) -> None:
    """Write it; the caller's transaction commits it."""
    keys = sorted(key for key, by in change.items() if by)
    if not keys:
        return
    insert = sqlite_insert(t) if is_sqlite(conn) else pg_insert(t)
    upsert = insert.on_conflict_do_update(
        index_elements=list(_COLUMNS), set_={"orders": t.c.orders + insert.excluded.orders}
    )
    await conn.execute(upsert, [dict(zip((*_COLUMNS, "orders"), (*key, change[key]), strict=True)) for key in keys])
    fallen = [{f"k_{n}": v for n, v in zip(_COLUMNS, key, strict=True)} for key in keys if change[key] < 0]
    if fallen:
        await conn.execute(_EMPTY, fallen)


async def by_facet(conn: AsyncConnection, livemode: bool) -> dict[int, int]:
    """Facet -> how many orders; `ALL` -> all of them. Facets nobody is in are absent."""
    rows = await conn.execute(_BY_FACET, {"mode": livemode})
    return {row.facet: row.orders for row in rows if row.orders}


_BY_FACET: Final = (
    select(t.c.facet, func.sum(t.c.orders).label("orders"))
    .where(t.c.livemode == bindparam("mode"), t.c.axis == "created", t.c.level == TOP)
    .group_by(t.c.facet)
)


def seek(livemode: bool, axis: Axis, facets: Sequence[int], skip: int) -> CTE:
    """A one-row CTE `(upper, rest)`: the list, newest first, from position `skip` on begins `rest` rows below `upper`.

    `upper` is exclusive, on the axis. No row when the list is shorter than `skip`.
    """
    shifts = SHIFTS[axis]
    found = select(literal(skip, Whole).label("rest")).cte("start")
    for level in (3, 2, 1):
        found = _containing(found, livemode, axis, level, facets)
        if level > 1:
            step = 1 << shifts[level - 1] - shifts[level - 2]
            first = found.c.bucket * step
            found = select(first.label("first"), (first + step).label("end"), found.c.rest).cte(f"range{level - 1}")
    return select(((found.c.bucket + 1) * (1 << shifts[0])).label("upper"), found.c.rest).cte("seek")


def _containing(within: CTE, livemode: bool, axis: Axis, level: int, facets: Sequence[int]) -> CTE:
    """Of the buckets of `within`, walked from the newest down, the one that holds row `rest`, and how far into it that is.

    Every CTE is named once by the next: SQLite evaluates one anew for each mention.
    """
    counted = (
        select(t.c.bucket, func.sum(t.c.orders).label("orders"), within.c.rest)
        .join_from(within, t, true())
        .where(t.c.livemode == livemode, t.c.axis == axis, t.c.level == level, _within(facets))
        .group_by(t.c.bucket, within.c.rest)
    )
    if level < TOP:
        counted = counted.where(t.c.bucket >= within.c.first, t.c.bucket < within.c.end)
    buckets = counted.subquery()
    before = func.sum(buckets.c.orders).over(order_by=buckets.c.bucket.desc()) - buckets.c.orders
    walked = select(buckets, before.label("before")).subquery()
    return (
        select(walked.c.bucket, (walked.c.rest - walked.c.before).label("rest"))
        .where(walked.c.before <= walked.c.rest, walked.c.before + walked.c.orders > walked.c.rest)
        .cte(f"level{level}")
    )


def _within(facets: Sequence[int]) -> ColumnElement[bool]:
    return t.c.facet == facets[0] if len(facets) == 1 else t.c.facet.in_(facets)


def counted_below(livemode: bool, axis: Axis, facets: Iterable[int], position: int) -> Select[Any]:
    """How many lie in whole buckets below `position`'s own leaf: what remains is the leaf itself, see `leaf_start`."""
    wanted = list(facets)
    shifts = SHIFTS[axis]
    total: ColumnElement[Any] = literal(0)
    for level in (3, 2, 1):
        upper = position >> shifts[level - 1]
        ranged = select(func.coalesce(func.sum(t.c.orders), 0)).where(
            t.c.livemode == livemode, t.c.axis == axis, t.c.level == level, _within(wanted), t.c.bucket < upper
        )
        if level < TOP:
            lower = position >> shifts[level] << shifts[level] - shifts[level - 1]
            ranged = ranged.where(t.c.bucket >= lower)
        total = total + ranged.scalar_subquery()
    return select(total.label("orders"))


def leaf_start(axis: Axis, position: int) -> int:
    """Where the leaf that holds `position` begins."""
    shift = SHIFTS[axis][0]
    return position >> shift << shift
