"""Who did what: what people did to orders (events) and beside them (console actions), one list, newest first, by keyset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.events import Event
from store.database.engine import reading
from store.order.events import event_of
from store.tables import console_actions as a
from store.tables import events as e
from store.tables import orders
from store.tables.orders import BY_PEOPLE

KEYS: Final = (int, str, str, int)
"""Of a page: moment, source, id within it, and the place after that."""
ACTION: Final = "a"
EVENT: Final = "e"


@dataclass(frozen=True)
class Deed:
    """One thing somebody did. Either an action beside orders, or an event of one."""

    at: int
    who: str
    key: tuple[int, str, str, int]
    action: str | None = None
    about: str = ""
    event: Event | None = None
    number: int | None = None


async def newest(
    engine: AsyncEngine, livemode: bool, *, who: str | None = None, after: Sequence[Any] | None = None, limit: int = 50
) -> list[Deed]:
    """`who`: one person's address."""
    actions = select(a).where(a.c.livemode == livemode).order_by(a.c.at.desc(), a.c.id.desc()).limit(limit)
    events = (
        select(e, orders.c.number)
        .join(orders, orders.c.id == e.c.order_id)
        .where(BY_PEOPLE, orders.c.livemode == livemode)
        .order_by(e.c.at.desc(), e.c.order_id.desc(), e.c.sequence.desc())
        .limit(limit)
    )
    if who is not None:
        actions, events = actions.where(a.c.email == who), events.where(e.c.actor_id == who)
    if after is not None:
        at, source, ident, place = after
        actions = actions.where(*_before(a.c.at, at, source, ACTION, (a.c.id,), (place,)))
        events = events.where(*_before(e.c.at, at, source, EVENT, (e.c.order_id, e.c.sequence), (ident, place)))
    async with reading(engine, aside=True) as conn:
        found = [
            Deed(row.at, row.email, (row.at, ACTION, "", row.id), action=row.action, about=row.about)
            for row in await conn.execute(actions)
        ]
        found += [
            Deed(
                row.at,
                row.actor_id,
                (row.at, EVENT, row.order_id, row.sequence),
                event=event_of(row),
                number=row.number,
            )
            for row in await conn.execute(events)
        ]
    return sorted(found, key=lambda deed: deed.key, reverse=True)[:limit]


def _before(
    moment: ColumnElement[int], at: int, source: str, own: str, columns: Sequence[Any], values: Sequence[Any]
) -> list[ColumnElement[bool]]:
    """What comes after a page's last entry in a list sorted by moment, source and id, all falling."""
    if own == source:
        same: ColumnElement[bool] = and_(moment == at, tuple_(*columns) < tuple_(*values))
    else:
        same = moment == at if own < source else false()
    return [moment <= at, (moment < at) | same]
