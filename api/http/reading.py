"""Orders as one key may see them: the one way of every face, so that no route can forget who asks (contract section 2).

| function           | for                                                                          |
|--------------------|------------------------------------------------------------------------------|
| `find`             | the order a text spells, whole: what commands are judged on                   |
| `shown`            | that order as this key may read it: what is rendered                          |
| `page`, `after`    | lists; within the key's reach, orders as this key may read them               |
| `found`            | the same by what somebody remembers of an order, or by what it waits for      |
| `page_of`          | the page of such a list an order is on                                        |
| `events…`          | timelines, without what this key may not know                                 |
| `assessed`         | how risky an order looks; nothing at all for a customer                       |

Another mode's order, and with a customer's key another customer's, does not exist. A face imports this and never the store's
lists, rows or events: a test holds that.

What a customer does not read: metadata whose key begins `internal`, the note of a cancellation, staff notes, risks, holds and
what happened to them; and who at the shop did something (it reads `shop`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row

from api.http.auth import Key
from api.http.routing import Call
from domain.events import Event
from domain.order import Actor, Order, Refund
from domain.risks import Assessment, assess
from store.access import keys as keyring
from store.lists import found as finding
from store.lists import listing, position
from store.lists.filters import NEWEST_FIRST, Filter, Sort
from store.order import events as timeline
from store.order import orders
from store.order.rows import order_of

MAX_REFERENCE: Final = 128
"""No spelling of an order's id is longer."""
INTERNAL: Final = "internal"
"""Metadata under a key that begins so is the shop's own."""
SHOP: Final = "shop"
HIDDEN_EVENTS: Final = frozenset(
    (
        "order.note_created",
        "order.note_deleted",
        "order.held",
        "order.released",
        "timer.moved",
        "payment.dispute_opened",
        "payment.dispute_won",
        "payment.dispute_lost",
    )
)
"""Staff notes, holds, the disputes that are holds, and windows that the shop moved."""
HIDDEN_DATA: Final = frozenset(("note", "risk", "hold", "holds"))
"""Fields of an event that a customer does not read."""
OWN_ACTORS: Final = frozenset(("customer", "timer", "provider", "system"))
"""Actors that a customer reads as they are: the customer, and what is no person (timers, providers). Anybody else reads
`shop`."""
NO_RISK: Final = Assessment(score=0, recommendation="accept")


@dataclass(frozen=True)
class Page:
    """`count` matches in all; `rows` of this page, and the whole orders where they were asked for."""

    count: int
    rows: Sequence[Row[Any]]
    orders: Sequence[Order] = ()


async def find(call: Call, spelled: str) -> Order | None:
    """The order this text spells, if it exists for this key."""
    if len(spelled) > MAX_REFERENCE:
        return None
    order = await orders.resolve(call.shop.db, call.livemode, spelled)
    return order if order is not None and call.key.sees(order) else None


def shown(key: Key, order: Order) -> Order:
    """The order as this key may read it. Never to be saved, nor to be judged by."""
    if key.scope != "customer":
        return order
    return order.model_copy(
        update={
            "metadata": _public(order.metadata),
            "refunds": tuple(_refund(order, made) for made in order.refunds),
            "cancel_note": None,
            "notes": (),
            "holds": (),
        }
    )


def _public(metadata: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metadata.items() if not name.startswith(INTERNAL)}


def _refund(order: Order, made: Refund) -> Refund:
    """A cancellation's note is the reason of its refund too."""
    noted = made.origin == "cancel" or (made.reason is not None and made.reason == order.cancel_note)
    return made.model_copy(update={"metadata": _public(made.metadata), "reason": None if noted else made.reason})


async def page(
    call: Call, wanted: Filter, *, sort: Sequence[Sort] = NEWEST_FIRST, offset: int = 0, limit: int = 20,
    whole: bool = False,
) -> Page:  # fmt: skip
    """One page and the exact count."""
    found = await listing.page(call.shop.db, call.key.reach, wanted, sort=sort, offset=offset, limit=limit, docs=whole)
    return Page(found.count, found.rows, _orders(call, found.rows) if whole else ())


async def after(call: Call, wanted: Filter, *, after: tuple[int, str] | None, limit: int) -> Page:
    """Newest first, whole, from behind `(created_at, id)`: a keyset, so nothing is counted (`count` is the page's)."""
    rows = await listing.after(call.shop.db, call.key.reach, wanted, after=after, limit=limit, docs=True)
    return Page(len(rows), rows, _orders(call, rows))


async def behind(call: Call, wanted: Filter, *, after: tuple[int, str], sort: Sort, limit: int, whole: bool) -> Page:
    """By creation in either direction, from behind `(created_at, id)`, with the exact count of all that match."""
    db, reach = call.shop.db, call.key.reach
    rows = await listing.after(db, reach, wanted, after=after, limit=limit, docs=whole, descending=sort.descending)
    return Page(await listing.count(db, reach, wanted), rows, _orders(call, rows) if whole else ())


def _orders(call: Call, rows: Sequence[Row[Any]]) -> list[Order]:
    return [shown(call.key, order_of(row.doc)) for row in rows]


@dataclass(frozen=True)
class Slice:
    """A page of a keyset list; `next_keys` None: the last one."""

    orders: Sequence[Order]
    next_keys: Sequence[Any] | None


async def found(
    call: Call, wanted: Filter, *, prefix: str | None, waits_for: str | None, after: Sequence[Any] | None, limit: int
) -> Slice:
    """Orders one of whose search terms begins with `prefix`, that wait for this word, or both; else simply the newest."""
    db, reach, keys = call.shop.db, call.key.reach, after
    if prefix is not None:
        some = await finding.by_term(db, reach, prefix, wanted, waits_for=waits_for, after=keys, limit=limit + 1)
    elif waits_for is not None:
        some = await finding.by_wait(db, reach, waits_for, wanted, after=keys, limit=limit + 1)
    else:
        place = None if keys is None else (int(keys[0]), str(keys[1]))
        rows = await listing.after(db, reach, wanted, after=place, limit=limit + 1, docs=True)
        some = [finding.Found(row, (row.created_at, row.id)) for row in rows]
    next_keys = some[limit - 1].keys if len(some) > limit else None
    return Slice(_orders(call, [one.row for one in some[:limit]]), next_keys)


async def page_of(call: Call, order: Order, *, sort: Sequence[Sort], size: int) -> int | None:
    """The page of the whole list, as this key sees it, that an order is on."""
    return await position.page_of(call.shop.db, call.key.reach, order.number, sort=sort, size=size)


async def numbers(call: Call, spelled: Sequence[int | str]) -> list[int]:
    """Order numbers behind any spelling; what spells no order of this reach names none."""
    known = [text if isinstance(text, int) else orders.spelled_order(text) for text in spelled]
    ids = [ref for ref in known if isinstance(ref, str)]
    found = [ref for ref in known if isinstance(ref, int)]
    if ids:
        found += [row.number for row in (await page(call, Filter(ids=ids), limit=len(ids))).rows]
    return found


async def events(call: Call, order: Order) -> list[Event]:
    """The order's timeline."""
    return await _labelled(call, readable(call.key, await timeline.events(call.shop.db, order.id)))


async def events_of(call: Call, found: Sequence[Order]) -> dict[str, list[Event]]:
    """The timelines of a page of orders at once."""
    told = await timeline.of_orders(call.shop.db, [order.id for order in found])
    labelled = iter(await _labelled(call, [event for own in told.values() for event in readable(call.key, own)]))
    return {order_id: [next(labelled) for _ in readable(call.key, own)] for order_id, own in told.items()}


async def _labelled(call: Call, told: Sequence[Event]) -> list[Event]:
    """With the names of the keys that did it. A customer has none to read: those actors are the shop by now."""
    names = await keyring.names(call.shop.db, {event.actor.id for event in told if event.actor.kind == "key"})
    return [_named(event, names.get(event.actor.id)) if event.actor.kind == "key" else event for event in told]


def _named(event: Event, name: str | None) -> Event:
    return event.model_copy(update={"actor": event.actor.model_copy(update={"label": name})})


def readable(key: Key, told: Sequence[Event]) -> list[Event]:
    """These events as this key may read them."""
    if key.scope != "customer":
        return list(told)
    return [_readable(event) for event in told if event.type not in HIDDEN_EVENTS]


def _readable(event: Event) -> Event:
    data = {name: value for name, value in event.data.items() if name not in HIDDEN_DATA}
    return event.model_copy(update={"data": data, "actor": _actor(event.actor)})


def _actor(actor: Actor) -> Actor:
    return actor if actor.kind in OWN_ACTORS else _Shop(kind="operator", id=SHOP)


class _Shop(Actor):
    """Whoever works at the shop, as its customers read it."""

    def __str__(self) -> str:
        return SHOP


def assessed(call: Call, order: Order) -> Assessment:
    """How risky the order looks."""
    return NO_RISK if call.key.scope == "customer" else assess(order, call.shop.config.risk)
