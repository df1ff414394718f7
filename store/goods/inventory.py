"""What is on the shelf, per mode and variant, and the one statement that reserves it: never oversold.

Available = on hand − reserved. A reservation is a conditional update; the database decides, so any number of processes may
try at once. Variants are locked in sorted order: two orders for the same two variants would otherwise each hold what the
other waits for.
Every movement is kept, with the order, version and line it belongs to.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.order import Order
from domain.stock import StockMove
from store.database.clock import epoch
from store.database.engine import is_sqlite, reading, writing
from store.tables import inventory as t
from store.tables import stock_movements


@dataclass(frozen=True)
class Stock:
    """One variant's stock, in units."""

    variant_id: str
    on_hand: int
    reserved: int
    allow_backorder: bool
    """May be reserved beyond what is on hand."""
    track: bool
    """False: never refuses a reservation."""

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


@dataclass(frozen=True)
class Short:
    """One line that could not be reserved."""

    line_id: str
    variant_id: str
    wanted: int
    """Units the line wanted to reserve."""
    available: int
    """Units of the variant free at that moment, for all lines together."""


class BelowReserved(Exception):
    """The shelf would hold less than what is promised, and the variant allows no backorder."""

    def __init__(self, stock: Stock) -> None:
        super().__init__(f"{stock.variant_id}: {stock.reserved} reserved")
        self.stock = stock


@dataclass(frozen=True)
class Sum:
    """All moves of one variant that are alike."""

    variant_id: str
    obey: bool
    on_hand: int
    reserved: int

    @property
    def needs(self) -> int:
        """Units that must be available, when the policy is obeyed; ≤ 0: nothing is asked for."""
        return self.reserved - self.on_hand if self.obey and self.reserved > 0 else 0


def sums(moves: Iterable[StockMove]) -> list[Sum]:
    """What moves come to per variant, in order; those that obey first, so that those that do not cannot take what obeying ones
    need."""
    found: dict[tuple[str, bool], Sum] = {}
    for move in moves:
        key = (move.variant_id, not move.obey)
        old = found.get(key, Sum(move.variant_id, move.obey, 0, 0))
        found[key] = Sum(old.variant_id, old.obey, old.on_hand + move.on_hand, old.reserved + move.reserved)
    return [found[key] for key in sorted(found)]


_SHIFT: Final = (
    update(t)
    .where(t.c.livemode == bindparam("mode"), t.c.variant_id == bindparam("variant"))
    .values(on_hand=t.c.on_hand + bindparam("h"), reserved=t.c.reserved + bindparam("r"))
)
_RESERVE: Final = _SHIFT.where(or_(t.c.allow_backorder, ~t.c.track, t.c.on_hand - t.c.reserved >= bindparam("needs")))

_MOVED: Final = stock_movements.insert()


def move(conn: Connection, order: Order, moves: Sequence[StockMove], reason: str, at: int) -> list[Short]:
    """Apply all moves, or name what is short; then the caller must roll back. Movements are kept."""
    if moves:
        conn.execute(_MOVED, [movement(order, m, reason, at) for m in moves])
    return take(conn, order, moves)


def take(conn: Connection, order: Order, moves: Sequence[StockMove]) -> list[Short]:
    """The same, where the movements are kept by whoever calls: the shared rows come last, others wait for them until the
    commit."""
    refused: set[str] = set()
    for part in sums(moves):
        parameters: dict[str, Any] = {
            "mode": order.livemode, "variant": part.variant_id, "h": part.on_hand, "r": part.reserved,
        }  # fmt: skip
        if part.needs > 0:
            done = conn.execute(_RESERVE, parameters | {"needs": part.needs})
            if done.rowcount == 0:
                refused.add(part.variant_id)
        elif conn.execute(_SHIFT, parameters).rowcount == 0:
            _create(conn, order.livemode, part)
    return _short(conn, order.livemode, moves, refused) if refused else []


def _create(conn: Connection, livemode: bool, part: Sum) -> None:
    """A variant whose stock nobody set: it may go below zero, as the caller asked."""
    insert = sqlite_insert(t) if is_sqlite(conn) else pg_insert(t)
    conn.execute(
        insert.values(
            livemode=livemode, variant_id=part.variant_id, on_hand=part.on_hand, reserved=part.reserved,
            allow_backorder=False, track=True,
        ).on_conflict_do_update(
            index_elements=["livemode", "variant_id"],
            set_={"on_hand": t.c.on_hand + part.on_hand, "reserved": t.c.reserved + part.reserved},
        )
    )  # fmt: skip


def movement(order: Order, move: StockMove, reason: str, at: int) -> dict[str, Any]:
    """A kept movement, as a row."""
    return {
        "livemode": order.livemode,
        "variant_id": move.variant_id,
        "order_id": order.id,
        "order_version": order.version,
        "line_id": move.line_id,
        "on_hand": move.on_hand,
        "reserved": move.reserved,
        "reason": reason,
        "at": at,
    }


def _short(conn: Connection, livemode: bool, moves: Sequence[StockMove], refused: set[str]) -> list[Short]:
    rows = conn.execute(select(t).where(t.c.livemode == livemode, t.c.variant_id.in_(sorted(refused))))
    free = {row.variant_id: row.on_hand - row.reserved for row in rows}
    return [
        Short(m.line_id, m.variant_id, m.reserved, max(0, free.get(m.variant_id, 0)))
        for m in moves
        if m.variant_id in refused and m.obey and m.reserved > 0
    ]


async def shortage(engine: AsyncEngine, livemode: bool, moves: Sequence[StockMove]) -> list[Short]:
    """What `move` would name as short, read without moving anything."""
    wanted = [part for part in sums(moves) if part.needs > 0]
    if not wanted:
        return []
    names = sorted({part.variant_id for part in wanted})
    async with reading(engine) as conn:
        rows = await conn.execute(select(t).where(t.c.livemode == livemode, t.c.variant_id.in_(names)))
        known = {row.variant_id: row for row in rows}
    return [
        Short(m.line_id, m.variant_id, m.reserved, _free(known.get(m.variant_id)))
        for m in moves
        if m.obey
        and m.reserved > 0
        and any(_lacks(p, known.get(p.variant_id)) for p in wanted if p.variant_id == m.variant_id)
    ]


def _free(row: Any) -> int:
    return 0 if row is None else max(0, row.on_hand - row.reserved)


def _lacks(part: Sum, row: Any) -> bool:
    """The condition of `_RESERVE`, asked of a row."""
    if row is None:
        return True
    return not (row.allow_backorder or not row.track or row.on_hand - row.reserved >= part.needs)


async def get(engine: AsyncEngine, livemode: bool, variant_id: str) -> Stock | None:
    """The variant's stock, None when there is none."""
    async with reading(engine) as conn:
        return await _get(conn, livemode, variant_id)


async def _get(conn: AsyncConnection, livemode: bool, variant_id: str, *, lock: bool = False) -> Stock | None:
    query = select(t).where(t.c.livemode == livemode, t.c.variant_id == variant_id)
    if lock and not is_sqlite(conn):
        query = query.with_for_update()
    row = (await conn.execute(query)).one_or_none()
    if row is None:
        return None
    return Stock(row.variant_id, row.on_hand, row.reserved, row.allow_backorder, row.track)


async def set_on_hand(
    engine: AsyncEngine, livemode: bool, variant_id: str, on_hand: int | None, *, reason: str, now: datetime,
    allow_backorder: bool | None = None,
) -> Stock | None:  # fmt: skip
    """Set what is on the shelf and whether backorders are taken. None: no such variant. Raises BelowReserved."""
    async with writing(engine) as conn:
        stock = await _get(conn, livemode, variant_id, lock=True)
        if stock is None:
            return None
        by = 0 if on_hand is None else on_hand - stock.on_hand
        backorder = stock.allow_backorder if allow_backorder is None else allow_backorder
        return await _shelve(conn, livemode, stock, by, backorder, reason, epoch(now))


async def adjust(
    engine: AsyncEngine, livemode: bool, variant_id: str, delta: int, *, reason: str, now: datetime
) -> Stock | None:
    """Move units on or off the shelf by hand. None: no such variant. Raises BelowReserved."""
    async with writing(engine) as conn:
        stock = await _get(conn, livemode, variant_id, lock=True)
        if stock is None:
            return None
        return await _shelve(conn, livemode, stock, delta, stock.allow_backorder, reason, epoch(now))


async def _shelve(
    conn: AsyncConnection, livemode: bool, stock: Stock, by: int, backorder: bool, reason: str, at: int
) -> Stock:
    after = Stock(stock.variant_id, stock.on_hand + by, stock.reserved, backorder, stock.track)
    loses = by < 0 or (stock.allow_backorder and not backorder)
    if loses and after.available < 0 and not backorder and stock.track:
        raise BelowReserved(stock)
    await conn.execute(
        update(t)
        .where(t.c.livemode == livemode, t.c.variant_id == stock.variant_id)
        .values(on_hand=after.on_hand, allow_backorder=backorder)
    )
    if by:
        await conn.execute(
            stock_movements.insert().values(
                livemode=livemode, variant_id=stock.variant_id, on_hand=by, reserved=0, reason=reason, at=at
            )
        )
    return after


@dataclass(frozen=True)
class Movement:
    """One kept movement: deltas in units."""

    order_id: str | None
    line_id: str | None
    on_hand: int
    reserved: int
    reason: str
    at: int
    """Epoch seconds."""


async def movements(engine: AsyncEngine, livemode: bool, variant_id: str, limit: int = 100) -> list[Movement]:
    """The variant's latest movements, newest first."""
    m = stock_movements.c
    query = (
        select(m.order_id, m.line_id, m.on_hand, m.reserved, m.reason, m.at)
        .where(m.livemode == livemode, m.variant_id == variant_id)
        .order_by(m.id.desc())
        .limit(limit)
    )
    async with reading(engine) as conn:
        return [Movement(*row) for row in await conn.execute(query)]
