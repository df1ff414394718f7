"""Orders as a person of the console reads them: of the mode that is on the screen, whole."""

from collections.abc import Collection, Sequence
from typing import Any

from api.http.reading import MAX_REFERENCE
from api.http.request_id import name_order
from console import paging
from console.telling import Told, told
from console.visit import Visit, not_there
from domain.order import Order
from store.lists import agenda, listing
from store.lists import found as finding
from store.lists.filters import Filter, Reach
from store.order import events as timeline
from store.order import orders
from store.order.rows import order_of


async def the_order(visit: Visit, spelled: str | None = None) -> Order:
    """The order the path names, by any spelling of its id or its number. 404."""
    text = visit.path("id") if spelled is None else spelled
    found = None if len(text) > MAX_REFERENCE else await orders.resolve(visit.db, visit.livemode, text)
    if found is None:
        raise not_there("There is no such order")
    name_order(visit.http.scope, found.id)
    return found


async def meanwhile(visit: Visit, order: Order, since: int) -> list[Told]:
    """What happened to the order after this version, as sentences."""
    events = await timeline.events(visit.db, order.id)
    return [told(event, order, visit.pages.zone) for event in events if event.version > since]


async def page_of_orders(
    visit: Visit, prefix: str | None, waits_for: str | None, cursor: str, limit: int
) -> tuple[list[Order], Sequence[Any] | None]:
    """One page, and where the next begins: by a search term, by what orders wait for, or simply the newest."""
    db, reach, every = visit.db, Reach(livemode=visit.livemode, customer_id=None), Filter()
    if prefix is not None:
        after = paging.unpacked(cursor, finding.TERM)
        some = await finding.by_term(db, reach, prefix, every, waits_for=waits_for, after=after, limit=limit + 1)
    elif waits_for is not None:
        after = paging.unpacked(cursor, finding.NEWEST)
        some = await finding.by_wait(db, reach, waits_for, every, after=after, limit=limit + 1)
    else:
        after = paging.unpacked(cursor, finding.NEWEST)
        place = None if after is None else (int(after[0]), str(after[1]))
        rows = await listing.after(db, reach, every, after=place, limit=limit + 1, docs=True)
        some = [finding.Found(row, (row.created_at, row.id)) for row in rows]
    more = some[limit - 1].keys if len(some) > limit else None
    return [order_of(one.row.doc) for one in some[:limit]], more


async def page_by_deadline(
    visit: Visit, name: str, until: int, cursor: str, limit: int
) -> tuple[list[Order], Sequence[Any] | None]:
    """Orders one of whose windows ends before a moment, the soonest first."""
    after = paging.unpacked(cursor, agenda.KEYS)
    rows = await agenda.coming(visit.db, visit.livemode, name=name, until=until, after=after, limit=limit + 1)
    more = (rows[limit - 1].at, rows[limit - 1].order_id, rows[limit - 1].name) if len(rows) > limit else None
    known = await orders_of(visit, {row.order_id for row in rows[:limit]})
    return [known[row.order_id] for row in rows[:limit] if row.order_id in known], more


def customer_of(order: Order) -> str:
    place = order.shipping_address or order.billing_address
    name = " ".join(filter(None, (place.first_name, place.last_name))) if place else ""
    return name or order.email or order.customer_id or "–"


async def orders_of(visit: Visit, ids: Collection[str]) -> dict[str, Order]:
    """Id -> order, of this mode, in one read."""
    if not ids:
        return {}
    reach = Reach(livemode=visit.livemode, customer_id=None)
    rows = await listing.after(visit.db, reach, Filter(ids=sorted(ids)), after=None, limit=len(ids), docs=True)
    return {row.id: order_of(row.doc) for row in rows}
