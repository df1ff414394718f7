"""How many orders, of what facet, how far down the list: a counted tree, and what saves have appended to it since.

`order_counts` holds, per mode and facet (and for all facets together, `ALL`), how many orders fall into each
bucket of an axis, at three levels:

    axis created   buckets of 2^10 s (17 min), 2^16 s (18 h), 2^22 s (48 days) of `created_at`
    axis number    buckets of 2^8, 2^14, 2^20 order numbers, for `ALL` only

so the count of any combination of status filters is a sum over the coarsest level, the rank of a moment in a list is three
short sums and one leaf, and page one million's neighbour is found in three short steps instead of an OFFSET over a million rows.
The last step counts one leaf row by row, so a deep page reads as many rows as orders came in that leaf's 17 minutes, and a shop
with very many orders in a quarter of an hour needs a finer first level.

A save touches no row of the tree: all orders share a few of them, and every save would wait for the commit of the one before. It
appends rows to `count_deltas` (`added`), which the sweep folds into the tree (folding.py). Rule: whoever counts, counts the
tree and what is not folded yet, in one statement, so that a fold in between is seen whole or not at all.

Rule: an order moves between facets but never along an axis; buckets that fall to zero are forgotten by the sweep. Rows of the
tree are written in key order, because two transactions that lock the same rows in different orders would each wait for the
other.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import BindParameter, Connection, TextClause, bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import fetch, transact
from store.lists.facets import ALL
from store.tables import order_counts as t
from store.tables.base import Whole

Axis = Literal["created", "number"]
SHIFTS: Final[dict[Axis, tuple[int, int, int]]] = {"created": (10, 16, 22), "number": (8, 14, 20)}
"""Axis -> bits of a bucket at levels 1, 2, 3."""
PLACES: Final[dict[Axis, str]] = {"created": "created_at", "number": "number"}
"""Axis -> the column that says where an order is on it."""
FAN_BITS: Final = 6
"""A bucket holds 2^6 of the next finer level, on both axes."""

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


def added(before: int | None, after: Slot) -> list[dict[str, Any]]:
    """The rows of `count_deltas` by which `after` is counted, and no longer under the facet `before`. None: the order is new."""
    if before == after.facet:
        return []
    gone = (ALL, 1) if before is None else (before, -1)
    return [vars(after) | {"facet": facet, "orders": by} for facet, by in (gone, (after.facet, 1))]


def tree_of(deltas: Iterable[Mapping[str, Any]]) -> Delta:
    """What rows of `count_deltas` come to in the tree."""
    change: Delta = Counter()
    for d in deltas:
        places: list[tuple[Axis, int]] = [("created", d["created_at"])]
        if d["facet"] == ALL:
            places.append(("number", d["number"]))
        for axis, place in places:
            for level, shift in enumerate(SHIFTS[axis], start=1):
                change[d["livemode"], axis, level, d["facet"], place >> shift] += d["orders"]
    return change


def delta_of_new(slots: Iterable[Slot]) -> Delta:
    """What counting so many new orders changes in the tree."""
    return tree_of(row for slot in slots for row in added(None, slot))


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


async def sweep(engine: AsyncEngine, limit: int = 1000) -> int:
    """Forget buckets that fell to zero, at most `limit`; answers how many. Each is judged again as it is deleted: an order may
    be counted into it at that moment."""
    found = await fetch(engine, select(*(t.c[name] for name in _COLUMNS)).where(t.c.orders == 0).limit(limit))
    if found:
        keys = [{f"k_{name}": value for name, value in zip(_COLUMNS, row, strict=True)} for row in found]
        await transact(engine, lambda conn: conn.execute(_EMPTY, keys))
    return len(found)


async def by_facet(conn: AsyncConnection, livemode: bool) -> dict[int, int]:
    """Facet -> how many orders; `ALL` -> all of them. Facets nobody is in are absent."""
    rows = await conn.execute(_BY_FACET, {"mode": livemode})
    return {int(row.facet): int(row.orders) for row in rows if row.orders}  # PostgreSQL sums to numeric


_BY_FACET: Final = text("""
    SELECT facet, sum(orders) AS orders FROM (
        SELECT facet, orders FROM order_counts WHERE livemode = :mode AND axis = 'created' AND level = 3
        UNION ALL
        SELECT facet, sum(orders) FROM count_deltas WHERE livemode = :mode GROUP BY facet
    ) AS counted GROUP BY facet
""")


def _of_axis(sql: str, *binds: BindParameter[Any]) -> dict[Axis, TextClause]:
    """Axis -> the statement; PLACE is the column of `count_deltas` that says where an order is on it."""
    given = (bindparam("facets", expanding=True, type_=Whole), *binds)
    found: dict[Axis, TextClause] = {}
    for axis, place in PLACES.items():
        whole = sql.replace("PLACE", place)
        for level, shift in enumerate(SHIFTS[axis], start=1):
            whole = whole.replace(f"BITS{level}", str(shift))
        found[axis] = text(whole).bindparams(*given)
    return found


# Written out as SQL: built from expressions they cost more than they take. CROSS JOIN keeps its order in SQLite.
_SEEK: Final = _of_axis(
    """
    WITH level3 AS (
        SELECT bucket, rest - before AS rest FROM (
            SELECT bucket, orders, rest, sum(orders) OVER (ORDER BY bucket DESC) - orders AS before FROM (
                SELECT bucket, sum(orders) AS orders, CAST(:skip AS BIGINT) AS rest FROM (
                    SELECT c.bucket, c.orders FROM order_counts AS c
                    WHERE c.livemode = :mode AND c.axis = :axis AND c.level = 3 AND c.facet IN :facets
                    UNION ALL
                    SELECT d.PLACE >> BITS3, d.orders FROM count_deltas AS d
                    WHERE d.livemode = :mode AND d.facet IN :facets
                ) AS both3 GROUP BY bucket
            ) AS counted
        ) AS walked WHERE before <= rest AND before + orders > rest
    ), level2 AS (
        SELECT bucket, rest - before AS rest FROM (
            SELECT bucket, orders, rest, sum(orders) OVER (ORDER BY bucket DESC) - orders AS before FROM (
                SELECT bucket, sum(orders) AS orders, rest FROM (
                    SELECT c.bucket, c.orders, w.rest FROM level3 AS w CROSS JOIN order_counts AS c
                    WHERE c.livemode = :mode AND c.axis = :axis AND c.level = 2 AND c.facet IN :facets
                    AND c.bucket >= w.bucket * 64 AND c.bucket < w.bucket * 64 + 64
                    UNION ALL
                    SELECT d.PLACE >> BITS2, d.orders, w.rest FROM level3 AS w CROSS JOIN count_deltas AS d
                    WHERE d.livemode = :mode AND d.facet IN :facets
                    AND d.PLACE >= w.bucket << BITS3 AND d.PLACE < (w.bucket + 1) << BITS3
                ) AS both2 GROUP BY bucket, rest
            ) AS counted
        ) AS walked WHERE before <= rest AND before + orders > rest
    )
    SELECT bucket, rest - before AS rest FROM (
        SELECT bucket, orders, rest, sum(orders) OVER (ORDER BY bucket DESC) - orders AS before FROM (
            SELECT bucket, sum(orders) AS orders, rest FROM (
                SELECT c.bucket, c.orders, w.rest FROM level2 AS w CROSS JOIN order_counts AS c
                WHERE c.livemode = :mode AND c.axis = :axis AND c.level = 1 AND c.facet IN :facets
                AND c.bucket >= w.bucket * 64 AND c.bucket < w.bucket * 64 + 64
                UNION ALL
                SELECT d.PLACE >> BITS1, d.orders, w.rest FROM level2 AS w CROSS JOIN count_deltas AS d
                WHERE d.livemode = :mode AND d.facet IN :facets
                AND d.PLACE >= w.bucket << BITS2 AND d.PLACE < (w.bucket + 1) << BITS2
            ) AS both1 GROUP BY bucket, rest
        ) AS counted
    ) AS walked WHERE before <= rest AND before + orders > rest
    """,
    bindparam("skip", type_=Whole),
)


async def seek(
    conn: AsyncConnection, livemode: bool, axis: Axis, facets: Sequence[int], skip: int
) -> tuple[int, int] | None:
    """`(upper, rest)`: the list, newest first, from position `skip` on begins `rest` rows below `upper`.

    `upper` is exclusive, on the axis. None when the list is not longer than `skip`.
    """
    asked = {"mode": livemode, "axis": axis, "facets": list(facets), "skip": skip}
    found = (await conn.execute(_SEEK[axis], asked)).one_or_none()
    return None if found is None else ((int(found.bucket) + 1) << SHIFTS[axis][0], int(found.rest))


_BELOW: Final = _of_axis(
    """
    SELECT coalesce(sum(orders), 0) FROM (
        SELECT orders FROM order_counts WHERE livemode = :mode AND axis = :axis AND level = 3 AND facet IN :facets
        AND bucket < :upper3
        UNION ALL
        SELECT orders FROM order_counts WHERE livemode = :mode AND axis = :axis AND level = 2 AND facet IN :facets
        AND bucket >= :lower2 AND bucket < :upper2
        UNION ALL
        SELECT orders FROM order_counts WHERE livemode = :mode AND axis = :axis AND level = 1 AND facet IN :facets
        AND bucket >= :lower1 AND bucket < :upper1
        UNION ALL
        SELECT orders FROM count_deltas WHERE livemode = :mode AND facet IN :facets AND PLACE < :leaf
    ) AS whole
    """,
    *(bindparam(name, type_=Whole) for name in ("upper3", "lower2", "upper2", "lower1", "upper1", "leaf")),
)


async def below(conn: AsyncConnection, livemode: bool, axis: Axis, facets: Sequence[int], position: int) -> int:
    """How many lie below `position`'s own leaf; what remains is the leaf itself, from `leaf_start` on."""
    upper = {level: position >> shift for level, shift in enumerate(SHIFTS[axis], start=1)}
    asked = {
        "mode": livemode, "axis": axis, "facets": list(facets), "upper3": upper[3], "lower2": upper[3] << FAN_BITS,
        "upper2": upper[2], "lower1": upper[2] << FAN_BITS, "upper1": upper[1], "leaf": leaf_start(axis, position),
    }  # fmt: skip
    return int((await conn.execute(_BELOW[axis], asked)).scalar_one())


def leaf_start(axis: Axis, position: int) -> int:
    """Where the leaf that holds `position` begins."""
    shift = SHIFTS[axis][0]
    return position >> shift << shift
