"""How many orders, of what facet, how far down the list: a counted tree, kept in the save's own transaction.

`order_counts` holds, per mode and facet (and for all facets together, `ALL`), how many orders fall into each
bucket of an axis, at three levels:

    axis created   buckets of 2^10 s (17 min), 2^16 s (18 h), 2^22 s (48 days) of `created_at`
    axis number    buckets of 2^8, 2^14, 2^20 order numbers, for `ALL` only

so the count of any combination of status filters is a sum over the coarsest level, the rank of a moment in a list is three
short sums and one leaf, and page one million's neighbour is found in three short steps instead of an OFFSET over a million rows.
The last step counts one leaf row by row, so a deep page reads as many rows as orders came in that leaf's 17 minutes, and a shop
with very many orders in a quarter of an hour needs a finer first level.

Rule: an order moves between facets but never along an axis; buckets that fall to zero are deleted. Rows are written in key order,
after stock, because two transactions that lock the same rows in different orders would each wait for the other (deadlock).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection, bindparam, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from store.lists.facets import ALL
from store.tables import order_counts as t
from store.tables.base import Whole

Axis = Literal["created", "number"]
SHIFTS: Final[dict[Axis, tuple[int, int, int]]] = {"created": (10, 16, 22), "number": (8, 14, 20)}
"""Axis -> bits of a bucket at levels 1, 2, 3."""
FAN_BITS: Final = 6
"""A bucket holds 2^6 of the next finer level, on both axes."""
TOP: Final = 3

Key = tuple[bool, str, int, int, int]
Delta = Counter[Key]
"""(livemode, axis, level, facet, bucket) -> how many more."""


@dataclass(frozen=True)
class Slot:
    """Where an order is counted."""

    livemode: bool
    facet: int
    created_at: int
    number: int


def delta(before: Slot | None, after: Slot) -> Delta:
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


def delta_of_new(slots: Iterable[Slot]) -> Delta:
    """What counting so many new orders changes."""
    change: Delta = Counter()
    for slot in slots:
        change.update(delta(None, slot))
    return change


def _along(change: Delta, slot: Slot, axis: Axis, facet: int, by: int) -> None:
    position = slot.created_at if axis == "created" else slot.number
    for level, shift in enumerate(SHIFTS[axis], start=1):
        change[(slot.livemode, axis, level, facet, position >> shift)] += by


_COLUMNS: Final = ("livemode", "axis", "level", "facet", "bucket")
_SQLITE: Final = sqlite_insert(t)
_POSTGRESQL: Final = pg_insert(t)
_ADD: Final = {
    "sqlite": _SQLITE.on_conflict_do_update(
        index_elements=list(_COLUMNS), set_={"orders": t.c.orders + _SQLITE.excluded.orders}
    ),
    "postgresql": _POSTGRESQL.on_conflict_do_update(
        index_elements=list(_COLUMNS), set_={"orders": t.c.orders + _POSTGRESQL.excluded.orders}
    ),
}
_EMPTY: Final = delete(t).where(*(t.c[name] == bindparam(f"k_{name}") for name in _COLUMNS), t.c.orders == 0)


def apply(conn: Connection, change: Delta) -> None:
    """Write it; the caller's transaction commits it."""
    keys = sorted(key for key, by in change.items() if by)
    if not keys:
        return
    rows = [dict(zip(_COLUMNS, key, strict=True)) | {"orders": change[key]} for key in keys]
    conn.execute(_ADD[conn.dialect.name], rows)
    fallen = [{f"k_{n}": v for n, v in zip(_COLUMNS, key, strict=True)} for key in keys if change[key] < 0]
    if fallen:
        conn.execute(_EMPTY, fallen)


async def by_facet(conn: AsyncConnection, livemode: bool) -> dict[int, int]:
    """Facet -> how many orders; `ALL` -> all of them. Facets nobody is in are absent."""
    rows = await conn.execute(_BY_FACET, {"mode": livemode})
    return {int(row.facet): int(row.orders) for row in rows if row.orders}  # PostgreSQL sums to numeric


_BY_FACET: Final = (
    select(t.c.facet, func.sum(t.c.orders).label("orders"))
    .where(t.c.livemode == bindparam("mode"), t.c.axis == "created", t.c.level == TOP)
    .group_by(t.c.facet)
)


# Written out as SQL: built from expressions they cost more than they take. Each name is mentioned once, for SQLite evaluates
# a common table expression anew for every mention. CROSS JOIN keeps its order there.
_SEEK: Final = text("""
    WITH level3 AS (
        SELECT bucket, rest - before AS rest FROM (
            SELECT bucket, orders, rest, sum(orders) OVER (ORDER BY bucket DESC) - orders AS before FROM (
                SELECT c.bucket, sum(c.orders) AS orders, CAST(:skip AS BIGINT) AS rest FROM order_counts AS c
                WHERE c.livemode = :mode AND c.axis = :axis AND c.level = 3 AND c.facet IN :facets
                GROUP BY c.bucket
            ) AS counted
        ) AS walked WHERE before <= rest AND before + orders > rest
    ), level2 AS (
        SELECT bucket, rest - before AS rest FROM (
            SELECT bucket, orders, rest, sum(orders) OVER (ORDER BY bucket DESC) - orders AS before FROM (
                SELECT c.bucket, sum(c.orders) AS orders, w.rest FROM level3 AS w CROSS JOIN order_counts AS c
                WHERE c.livemode = :mode AND c.axis = :axis AND c.level = 2 AND c.facet IN :facets
                AND c.bucket >= w.bucket * 64 AND c.bucket < w.bucket * 64 + 64
                GROUP BY c.bucket, w.rest
            ) AS counted
        ) AS walked WHERE before <= rest AND before + orders > rest
    )
    SELECT bucket, rest - before AS rest FROM (
        SELECT bucket, orders, rest, sum(orders) OVER (ORDER BY bucket DESC) - orders AS before FROM (
            SELECT c.bucket, sum(c.orders) AS orders, w.rest FROM level2 AS w CROSS JOIN order_counts AS c
            WHERE c.livemode = :mode AND c.axis = :axis AND c.level = 1 AND c.facet IN :facets
            AND c.bucket >= w.bucket * 64 AND c.bucket < w.bucket * 64 + 64
            GROUP BY c.bucket, w.rest
        ) AS counted
    ) AS walked WHERE before <= rest AND before + orders > rest
""").bindparams(bindparam("facets", expanding=True, type_=Whole), bindparam("skip", type_=Whole))


async def seek(
    conn: AsyncConnection, livemode: bool, axis: Axis, facets: Sequence[int], skip: int
) -> tuple[int, int] | None:
    """`(upper, rest)`: the list, newest first, from position `skip` on begins `rest` rows below `upper`.

    `upper` is exclusive, on the axis. None when the list is not longer than `skip`.
    """
    asked = {"mode": livemode, "axis": axis, "facets": list(facets), "skip": skip}
    found = (await conn.execute(_SEEK, asked)).one_or_none()
    return None if found is None else ((int(found.bucket) + 1) << SHIFTS[axis][0], int(found.rest))


_BELOW: Final = text("""
    SELECT coalesce(sum(orders), 0) FROM (
        SELECT orders FROM order_counts WHERE livemode = :mode AND axis = :axis AND level = 3 AND facet IN :facets
        AND bucket < :upper3
        UNION ALL
        SELECT orders FROM order_counts WHERE livemode = :mode AND axis = :axis AND level = 2 AND facet IN :facets
        AND bucket >= :lower2 AND bucket < :upper2
        UNION ALL
        SELECT orders FROM order_counts WHERE livemode = :mode AND axis = :axis AND level = 1 AND facet IN :facets
        AND bucket >= :lower1 AND bucket < :upper1
    ) AS whole
""").bindparams(
    bindparam("facets", expanding=True, type_=Whole),
    *(bindparam(name, type_=Whole) for name in ("upper3", "lower2", "upper2", "lower1", "upper1")),
)


async def below(conn: AsyncConnection, livemode: bool, axis: Axis, facets: Sequence[int], position: int) -> int:
    """How many lie below `position`'s own leaf; what remains is the leaf itself, from `leaf_start` on."""
    upper = {level: position >> shift for level, shift in enumerate(SHIFTS[axis], start=1)}
    asked = {
        "mode": livemode, "axis": axis, "facets": list(facets), "upper3": upper[3], "lower2": upper[3] << FAN_BITS,
        "upper2": upper[2], "lower1": upper[2] << FAN_BITS, "upper1": upper[1],
    }  # fmt: skip
    return int((await conn.execute(_BELOW, asked)).scalar_one())


def leaf_start(axis: Axis, position: int) -> int:
    """Where the leaf that holds `position` begins."""
    shift = SHIFTS[axis][0]
    return position >> shift << shift
