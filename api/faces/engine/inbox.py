"""What is to come, what is to be done, and orders found by what somebody remembers (contract section 14)."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from api.faces.engine import people as p
from api.faces.engine.routes import routes
from api.faces.engine.time import shown
from api.http import reading
from api.http.problems import invalid
from api.http.routing import Answer, Call
from api.spelling import cursors, wire
from domain import ledger, status
from domain.order import Order
from domain.terms import wanted as folded
from domain.waiting import WORDS, waiting
from domain.windows import next_deadline
from store.lists import agenda, figures, found, tasks
from store.lists.facets import FULFILLMENT, LIFECYCLE, PAYMENT
from store.lists.filters import Filter

LONGEST_STATS_DAYS: Final = 366


def _keys(cursor: str | None, kinds: tuple[type, ...]) -> Sequence[Any] | None:
    if cursor is None:
        return None
    try:
        return cursors.unpack(cursor, *kinds)
    except cursors.BadCursor as error:
        raise invalid("cursor", str(error)) from None


def _epoch(moment: datetime | None) -> int | None:
    return None if moment is None else wire.EPOCH.encode(moment)


def _time(seconds: int) -> str:
    return shown(wire.EPOCH.decode(seconds))


@routes.listing("/engine/agenda", query=p.Agenda, answers={200: p.AgendaOut}, access="read")
async def list_agenda(call: Call, query: p.Agenda) -> Answer:
    """Every coming deadline of all orders, the soonest first, with what will happen and the money it moves."""
    rows = await agenda.coming(
        call.shop.db, call.livemode, since=_epoch(query.from_), until=_epoch(query.until),
        after=_keys(query.cursor, agenda.KEYS), limit=query.limit + 1,
    )  # fmt: skip
    page = rows[: query.limit]
    models = [
        p.ComingOut(
            order_id=wire.ORDER.encode(row.order_id), number=row.number, name=row.name, at=_time(row.at), then=row.then,
            money=[p.MoneyOut(kind=kind, amount=amount) for kind, amount in row.money], currency=row.currency,
        )
        for row in page
    ]  # fmt: skip
    more = cursors.pack(page[-1].at, page[-1].order_id, page[-1].name) if len(rows) > query.limit else None
    return Answer(p.AgendaOut(models=models, next_cursor=more))


PATHS: Final[dict[str, str | None]] = {
    "approve_return": "POST /order/{order}/return/{return}/approve",
    "reject_return": "POST /order/{order}/return/{return}/reject",
    "receive_return": "POST /order/{order}/return/{return}/receive",
    "refund": "POST /order/{order}/refund",
    "capture": "POST /order/{order}/capture",
    "void": "POST /order/{order}/void",
    "fulfill": "POST /order/{order}/fulfill",
    "pay": "POST /order/{order}/pay",
    "record_payment": "POST /api/v1/orders/{order}/transactions",
    "cancel": "POST /order/{order}/cancel",
    "cancel_items": "POST /order/{order}/items/cancel",
    "request_return": "POST /order/{order}/return",
    "edit": "POST /order/{order}/edits",
    "release_hold": "DELETE /order/{order}/holds/{hold}",
    "dispute_fact": None,
}
"""Verb that ends a task -> the call that does it; None: it comes from outside. A test holds every task's verbs to this."""
RETURN: Final = wire.Prefixed("ret_")
HOLD: Final = wire.Prefixed("hold_")


def resolved_by(task: tasks.Task) -> list[p.ResolvedByOut]:
    """Who can end a task, and by which call."""
    found = []
    for verb in task.verbs:
        path = PATHS.get(verb)
        if path is not None and task.order_id is not None:
            returned = RETURN.encode(task.ref) if "{return}" in path and task.ref else ""
            held = HOLD.encode(task.ref) if "{hold}" in path and task.ref else ""
            path = path.replace("{order}", wire.ORDER.encode(task.order_id))
            path = path.replace("{return}", returned).replace("{hold}", held)
        found.append(p.ResolvedByOut(verb=verb, path=path))
    return found


def _task(task: tasks.Task) -> p.TaskOut:
    about = "" if task.about is None else f" ({task.about})"
    return p.TaskOut(
        id=f"{task.kind}:{task.ident}", kind=task.kind, number=task.number, since=_time(task.since),
        order_id=None if task.order_id is None else wire.ORDER.encode(task.order_id),
        due=None if task.due is None else _time(task.due), amount=task.amount, currency=task.currency,
        text=p.TEXTS[task.kind] + about, resolved_by=resolved_by(task),
    )  # fmt: skip


@routes.listing("/engine/tasks", query=p.Tasks, answers={200: p.TaskListOut}, access="read")
async def list_tasks(call: Call, query: p.Tasks) -> Answer:
    """What people have to do, the oldest due first. A task leaves the list when what makes it does."""
    unknown = sorted(set(query.kind) - set(tasks.KINDS))
    if unknown:
        raise invalid("kind", f"there is no such kind of task; there are {', '.join(tasks.KINDS)}")
    found = await tasks.open_tasks(
        call.shop.db, call.livemode, wire.EPOCH.encode(call.now), kinds=query.kind or tasks.KINDS,
        until=_epoch(query.until), after=_keys(query.cursor, tasks.KEYS), limit=query.limit + 1,
    )  # fmt: skip
    page = found[: query.limit]
    more = cursors.pack(*page[-1].key) if len(found) > query.limit else None
    return Answer(p.TaskListOut(models=[_task(task) for task in page], next_cursor=more))


def _found(order: Order) -> p.FoundOut:
    deadline, place = next_deadline(order), order.shipping_address or order.billing_address
    name = " ".join(filter(None, (place.first_name, place.last_name))) if place else ""
    return p.FoundOut(
        id=wire.ORDER.encode(order.id), number=order.number, display_id=f"#{order.number}",
        status=status.lifecycle(order), payment_status=status.payment_status(order),
        fulfillment_status=status.fulfillment_status(order), email=order.email, customer_id=order.customer_id,
        name=name or None, currency=order.currency, total=order.total, amount_due=ledger.due(order),
        waits_for=list(dict.fromkeys(wait.word for wait in waiting(order))),
        next_deadline_at=shown(deadline[0].at) if deadline else None, created_at=shown(order.created_at),
        updated_at=shown(order.updated_at), closed_at=shown(order.closed_at) if order.closed_at else None, version=order.version,
    )  # fmt: skip


def _filter(query: p.FindOrders) -> Filter:
    words = {
        LIFECYCLE.name: query.status, PAYMENT.name: query.payment_status, FULFILLMENT.name: query.fulfillment_status,
    }  # fmt: skip
    return Filter(
        words={axis: frozenset((word,)) for axis, word in words.items() if word is not None},
        customer_id=query.customer_id,
        created_from=_epoch(query.since),
        created_until=_epoch(query.until),
    )


@routes.listing("/engine/orders", query=p.FindOrders, answers={200: p.FoundListOut}, access="read")
async def find_orders(call: Call, query: p.FindOrders) -> Answer:
    """Orders of every face, found by anything somebody remembers of them, or by what they wait for.

    Newest first; with `q` those that are exactly it first, and the newest of them first.
    """
    if query.waits_for is not None and query.waits_for not in WORDS:
        raise invalid("waitsFor", f"nothing is waited for by this word; there are {', '.join(WORDS)}")
    prefix = None if query.q is None else folded(query.q)
    if prefix == "":
        return Answer(p.FoundListOut(models=[], next_cursor=None))
    keys = _keys(query.cursor, found.NEWEST if prefix is None else found.TERM)
    page = await reading.found(
        call, _filter(query), prefix=prefix, waits_for=query.waits_for, after=keys, limit=query.limit
    )
    more = None if page.next_keys is None else cursors.pack(*page.next_keys)
    return Answer(p.FoundListOut(models=[_found(order) for order in page.orders], next_cursor=more))


@routes.listing("/engine/stats", query=p.Stats, answers={200: p.StatsOut}, access="read")
async def get_stats(call: Call, query: p.Stats) -> Answer:
    """Orders, units and money per day of the shop's time zone and currency, and what open orders wait for now.

    Money counts on the day it moved, an order on the day it was placed.
    """
    zone = ZoneInfo(call.shop.config.store.time_zone)
    until = _day(query.until, zone) if query.until else _day(call.now, zone) + timedelta(days=1)
    since = _day(query.from_, zone) if query.from_ else until - timedelta(days=30)
    if not since < until:
        raise invalid("until", "must be after from")
    if (until - since).days > LONGEST_STATS_DAYS:
        raise invalid("from", f"at most {LONGEST_STATS_DAYS} days at once")
    found = await figures.figures(call.shop.db, call.livemode, zone, since, until)
    keys = sorted({(day, currency) for day, currency, _ in found.days})
    models = [_one_day(found, day, currency) for day, currency in keys]
    return Answer(p.StatsOut(time_zone=zone.key, models=models, waiting=found.waiting))


def _day(moment: datetime, zone: ZoneInfo) -> date:
    """A bare date is that day, in whatever zone; a moment is in the zone's day."""
    return moment.date() if moment.time() == time() else moment.astimezone(zone).date()


def _one_day(found: figures.Figures, day: date, currency: str) -> p.DayOut:
    orders, units, captured, refunded = (
        found.days[day, currency, figure] for figure in ("orders", "units", "captured", "refunded")
    )
    return p.DayOut(
        day=day.isoformat(), currency=currency, orders=orders, units=units, captured=captured, refunded=refunded,
        net=captured - refunded,
    )  # fmt: skip
