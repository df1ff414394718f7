"""Folding what saves have appended (`count_deltas`, `tally_deltas`) into the counted tree and the figures.

A batch is one transaction: its rows are deleted and answered by the database, and what they come to is added. A row is deleted
once, so it is folded once, however many sweeps there are at a time; each takes rows that no other has taken. Readers see a
batch folded or not folded, never half.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Executable, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import transact
from store.lists import counts, tallying
from store.tables import count_deltas, tally_deltas

BATCH: Final = 2000
"""Rows per transaction: on SQLite the write lock is everybody's."""
ROUNDS: Final = 100
"""Batches of each kind at a time."""


def _taking(t: Table) -> dict[str, Executable]:
    """Dialect -> the oldest rows, deleted. Those that somebody else is folding are left to him."""
    oldest = select(t.c.id).order_by(t.c.id).limit(BATCH)
    columns = [c for c in t.c if c.name != "id"]
    return {
        "sqlite": delete(t).where(t.c.id.in_(oldest)).returning(*columns),
        "postgresql": delete(t).where(t.c.id.in_(oldest.with_for_update(skip_locked=True))).returning(*columns),
    }


_COUNTS: Final = _taking(count_deltas)
_TALLIES: Final = _taking(tally_deltas)


def _counts(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    counts.apply(conn, counts.tree_of(rows))


def _tallies(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    total: tallying.Figures = Counter()
    for row in rows:
        total[row["livemode"], row["figure"], row["bucket"], row["currency"]] += row["value"]
    tallying.add(conn, total)


Taking = Mapping[str, Executable]
Adding = Callable[[Connection, Sequence[Mapping[str, Any]]], None]
_KINDS: Final[tuple[tuple[Taking, Adding], ...]] = ((_COUNTS, _counts), (_TALLIES, _tallies))


async def fold(engine: AsyncEngine, *, rounds: int = ROUNDS) -> int:
    """Fold what waits, at most `rounds` batches of each kind; answers how many rows."""
    done = 0
    for taking, adding in _KINDS:
        for _ in range(rounds):
            found = await transact(engine, lambda conn, t=taking, a=adding: _batch(conn, t, a))  # type: ignore[misc]
            done += found
            if found < BATCH:
                break
    return done


def _batch(conn: Connection, taking: Taking, adding: Adding) -> int:
    rows = [dict(row) for row in conn.execute(taking[conn.dialect.name]).mappings()]
    if rows:
        adding(conn, rows)
    return len(rows)
