"""The catalogue with what is on its shelves, for people; and which orders hold a variant's reserved units.

Both ways to find those orders are bounded: a variant that rarely moves is summed from its movements; for one that moves often the
newest orders that wait to be sent are asked. Where neither reaches all reserved units, the answer says that it is a part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import fetch, reading
from store.tables import inventory as s
from store.tables import order_waits, orders
from store.tables import stock_movements as m
from store.tables import variants as v

FEW: Final = 5_000
"""Movements that are summed one by one, or orders that are asked."""
SHOWN: Final = 50


@dataclass(frozen=True)
class Shelf:
    """One variant of the catalogue and its stock, in units."""

    id: str
    title: str
    sku: str | None
    unit_price: int
    currency: str
    on_hand: int
    reserved: int
    allow_backorder: bool
    track: bool

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved


_COLUMNS: Final = (
    v.c.id, v.c.title, v.c.sku, v.c.unit_price, v.c.currency, func.coalesce(s.c.on_hand, 0).label("on_hand"),
    func.coalesce(s.c.reserved, 0).label("reserved"), func.coalesce(s.c.allow_backorder, False).label("allow_backorder"),
    func.coalesce(s.c.track, True).label("track"),
)  # fmt: skip
_JOINED: Final = select(*_COLUMNS).join_from(
    v, s, (s.c.livemode == v.c.livemode) & (s.c.variant_id == v.c.id), isouter=True
)


async def shelves(
    engine: AsyncEngine, livemode: bool, *, q: str = "", short: bool = False, after: str | None = None, limit: int = 50
) -> list[Shelf]:
    """By id, from behind `after`. `q`: in the title, or the beginning of an id or SKU; `short`: nothing is available."""
    query = _JOINED.where(v.c.livemode == livemode).order_by(v.c.id).limit(limit)
    if after is not None:
        query = query.where(v.c.id > after)
    if q:
        low = q.lower()
        query = query.where(
            or_(
                func.lower(v.c.title).contains(low, autoescape=True),
                func.lower(v.c.id).startswith(low, autoescape=True),
                func.lower(v.c.sku).startswith(low, autoescape=True),
            )
        )
    if short:
        query = query.where(s.c.track, s.c.on_hand - s.c.reserved <= 0)
    return [Shelf(**row._asdict()) for row in await fetch(engine, query)]


async def shelf(engine: AsyncEngine, livemode: bool, variant_id: str) -> Shelf | None:
    found = await fetch(engine, _JOINED.where(v.c.livemode == livemode, v.c.id == variant_id))
    return Shelf(**found[0]._asdict()) if found else None


@dataclass(frozen=True)
class Holder:
    """An order that holds so many reserved units of a variant."""

    order_id: str
    number: int
    units: int
    created_at: int
    email: str | None


async def holders(engine: AsyncEngine, livemode: bool, variant_id: str) -> list[Holder]:
    """Orders with reserved units of it, the newest first, at most SHOWN."""
    async with reading(engine, aside=True) as conn:
        mine = (m.c.livemode == livemode, m.c.variant_id == variant_id, m.c.order_id.is_not(None))
        some = select(m.c.id).where(*mine).limit(FEW + 1).subquery()
        many = (await conn.execute(select(func.count()).select_from(some))).scalar_one()
        rows = await (
            _of_movements(conn, livemode, variant_id) if many <= FEW else _of_waits(conn, livemode, variant_id)
        )
    return [Holder(row.id, row.number, int(row.units), row.created_at, row.email) for row in rows]


_UNITS: Final = func.sum(m.c.reserved)


async def _of_movements(conn: AsyncConnection, livemode: bool, variant_id: str) -> Sequence[Any]:
    sums = (
        select(m.c.order_id, _UNITS.label("units"))
        .where(m.c.livemode == livemode, m.c.variant_id == variant_id, m.c.order_id.is_not(None))
        .group_by(m.c.order_id)
        .having(_UNITS > 0)
        .subquery()
    )
    query = (
        select(orders.c.id, orders.c.number, orders.c.created_at, orders.c.email, sums.c.units)
        .join(sums, sums.c.order_id == orders.c.id)
        .order_by(orders.c.created_at.desc(), orders.c.id.desc())
        .limit(SHOWN)
    )
    return (await conn.execute(query)).all()


async def _of_waits(conn: AsyncConnection, livemode: bool, variant_id: str) -> Sequence[Any]:
    """Of the newest orders that wait to be sent: a reserved unit is one that was not."""
    w = order_waits
    waiting = (
        select(w.c.order_id, w.c.created_at)
        .where(w.c.livemode == livemode, w.c.word == "fulfillment")
        .order_by(w.c.created_at.desc(), w.c.order_id.desc())
        .limit(FEW)
        .subquery()
    )
    units = (
        select(_UNITS)
        .where(m.c.order_id == waiting.c.order_id, m.c.livemode == livemode, m.c.variant_id == variant_id)
        .scalar_subquery()
    )
    held = select(waiting.c.order_id, waiting.c.created_at, units.label("units")).subquery()
    query = (
        select(orders.c.id, orders.c.number, orders.c.created_at, orders.c.email, held.c.units)
        .join(held, held.c.order_id == orders.c.id)
        .where(held.c.units > 0)
        .order_by(held.c.created_at.desc(), held.c.order_id.desc())
        .limit(SHOWN)
    )
    return (await conn.execute(query)).all()
