"""The shop's figures: orders, units, money captured and given back, per day of its own time zone and currency.

Kept by quarter of an hour (domain/takings.py), so that every zone's day is a sum of whole rows. A zone's offset changes a few
times a year at most: days between two changes are summed by the database in one statement.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.takings import FIGURES, QUARTER_SECONDS
from store.database.engine import reading
from store.order.projection import OPEN
from store.tables import tallies, tally_deltas
from store.tables.base import Whole

DAY_SECONDS: Final = 86_400
EPOCH: Final = date(1970, 1, 1)
BOTH: Final = (tallies, tally_deltas)
"""The sums, and what is not folded into them yet: one statement reads both, so that a fold in between is seen whole."""


@dataclass(frozen=True)
class Figures:
    """`days`: (day, currency, figure) -> how much. `waiting`: word -> how many orders wait for it now."""

    days: Counter[tuple[date, str, str]]
    waiting: dict[str, int]


async def figures(
    engine: AsyncEngine, livemode: bool, zone: ZoneInfo, since: date, until: date, *, named: Collection[str] = FIGURES
) -> Figures:
    """Of the days in [since, until) of this zone. `named`: which, of domain/takings.py."""
    async with reading(engine, aside=True) as conn:
        days: Counter[tuple[date, str, str]] = Counter()
        for start, end, offset in _segments(zone, since, until):
            days.update(await _days(conn, livemode, start, end, offset, named))
        return Figures(days, await _waiting(conn, livemode))


def _segments(zone: ZoneInfo, since: date, until: date) -> Iterator[tuple[int, int, int]]:
    """(first second, end, offset from UTC) of runs of time in which the zone's offset is one. Offsets change at a quarter."""
    start, end = _begins(zone, since), _begins(zone, until)
    while start < end:
        offset = _offset(zone, start)
        stop = start
        for step in (DAY_SECONDS, QUARTER_SECONDS):
            while stop < end and _offset(zone, min(stop + step, end) - 1) == offset:
                stop = min(stop + step, end)
        yield start, stop, offset
        start = stop


def _begins(zone: ZoneInfo, day: date) -> int:
    return int(datetime.combine(day, time(), zone).timestamp())


def _offset(zone: ZoneInfo, at: int) -> int:
    offset = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset() or timedelta()
    return int(offset.total_seconds())


async def _days(
    conn: AsyncConnection, livemode: bool, start: int, end: int, offset: int, named: Collection[str]
) -> Counter[tuple[date, str, str]]:
    # A quarter lies in one day of every zone in use today; days before 1970 are nobody's.
    parts = []
    for t in BOTH:
        day = ((t.c.bucket * QUARTER_SECONDS + literal(offset, Whole)) // literal(DAY_SECONDS, Whole)).label("day")
        parts.append(
            select(t.c.figure, t.c.currency, day, func.sum(t.c.value).label("value"))
            .where(t.c.livemode == livemode, t.c.figure.in_(named))
            .where(t.c.bucket >= start // QUARTER_SECONDS, t.c.bucket < -(-end // QUARTER_SECONDS))
            .group_by(t.c.figure, t.c.currency, day)
        )
    found: Counter[tuple[date, str, str]] = Counter()
    for row in await conn.execute(union_all(*parts)):
        found[EPOCH + timedelta(days=int(row.day)), row.currency, row.figure] += int(row.value)
    return found


async def _waiting(conn: AsyncConnection, livemode: bool) -> dict[str, int]:
    """How many orders wait for each word now."""
    after = OPEN[:-1] + chr(ord(OPEN[-1]) + 1)
    parts = [
        select(t.c.figure, func.sum(t.c.value).label("value"))
        .where(t.c.livemode == livemode, t.c.bucket == 0, t.c.figure >= OPEN, t.c.figure < after)
        .group_by(t.c.figure)
        for t in BOTH
    ]
    found: Counter[str] = Counter()
    for row in await conn.execute(union_all(*parts)):
        found[row.figure.removeprefix(OPEN)] += int(row.value)
    return {word: orders for word, orders in found.items() if orders}


async def waiting_by_mode(conn: AsyncConnection) -> dict[tuple[bool, str], int]:
    """(livemode, word) -> how many orders wait for it now."""
    found = {mode: await _waiting(conn, mode) for mode in (False, True)}
    return {(mode, word): orders for mode, words in found.items() for word, orders in words.items()}
