"""The shop's figures as they are kept: sums by (mode, figure, bucket, currency), and what saves have appended to them since.

A save appends to `tally_deltas`; the sweep adds what waits to `tallies` (folding.py). Whoever reads sums both (figures.py).
"""

from collections import Counter
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from store.tables import tallies

Figures = Counter[tuple[bool, str, int, str]]
"""(livemode, figure, bucket, currency) -> how much more."""
_SQLITE: Final = sqlite_insert(tallies)
_POSTGRESQL: Final = pg_insert(tallies)
_KEY: Final = ("livemode", "figure", "bucket", "currency")
_ADD: Final = {
    "sqlite": _SQLITE.on_conflict_do_update(
        index_elements=list(_KEY), set_={"value": tallies.c.value + _SQLITE.excluded.value}
    ),
    "postgresql": _POSTGRESQL.on_conflict_do_update(
        index_elements=list(_KEY), set_={"value": tallies.c.value + _POSTGRESQL.excluded.value}
    ),
}


def rows(change: Figures) -> list[dict[str, Any]]:
    """As rows, in key order: many orders share a row of `tallies`, and two transactions must not wait for each other in a
    ring."""
    return [dict(zip(_KEY, key, strict=True)) | {"value": change[key]} for key in sorted(change) if change[key]]


def add(conn: Connection, change: Figures) -> None:
    """Add to the sums themselves; the caller's transaction commits it."""
    if found := rows(change):
        conn.execute(_ADD[conn.dialect.name], found)
