"""The order's row: written whole, guarded by its version, in one transaction with everything that belongs to it.

    applied   row, stock, events, counts, outbox and the request's memory are written
    seen      this request has already written its events on this order: a retry of what was done
    stale     the row has another version: somebody else was first, plan again from the stored order
    short     too little stock; nothing was changed

Rule: `apply` runs inside the caller's transaction (money writes its operation beside it), `save` is the same in
one of its own. Every transaction takes its locks in one order: order, stock, events, outbox, request, counts.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.commands import Request
from domain.events import Event
from domain.ids import decode, from_uuid
from domain.order import Order
from domain.stock import StockMove
from store import counts, inventory, outbox
from store.clock import epoch
from store.counts import Place
from store.engine import HASTE_SECONDS, fetch, reading, transact
from store.inserts import unless_there
from store.inventory import Short
from store.rows import order_of, place_of, row_of
from store.tables import counters, requests
from store.tables import events as e
from store.tables import orders as t

FIRST_NUMBER: Final = 1001
ORDER_NUMBERS: Final = "order_number"
"""The counter's name."""


@dataclass(frozen=True)
class Saved:
    """What became of a save. `order` is the stored one, whoever wrote it; `short` names lines when stock was too little."""

    outcome: Literal["applied", "seen", "stale", "short"]
    order: Order | None
    """None for `short`: nothing changed."""
    version: int | None = None
    """applied and seen: the version this request made."""
    subject: str | None = None
    """applied and seen: the child (refund, return …) this request made."""
    short: tuple[Short, ...] = ()


async def save(
    engine: AsyncEngine, *, planned_on: int, order: Order, events: Sequence[Event],
    moves: Sequence[StockMove] = (), request: Request, subject: str | None = None,
    mails: Sequence[Mapping[str, Any]] = (),
) -> Saved:  # fmt: skip
    """One command's outcome in one transaction. `planned_on`: the version it was made from; 0: the order is new."""
    return await transact(
        engine,
        lambda conn: apply(
            conn,
            planned_on=planned_on,
            order=order,
            events=events,
            moves=moves,
            request=request,
            subject=subject,
            mails=mails,
        ),
        patience_seconds=HASTE_SECONDS,
    )


def apply(
    conn: Connection, *, planned_on: int, order: Order, events: Sequence[Event],
    moves: Sequence[StockMove] = (), request: Request, subject: str | None = None,
    mails: Sequence[Mapping[str, Any]] = (),
) -> Saved:  # fmt: skip
    """The same inside the caller's transaction; on `short` only what this call did is undone."""
    row = row_of(order, request_id=request.id, saved_at=int(time.time()))
    at = row["updated_at"]
    place: Place | Literal["conflict"] | None = None
    short: Sequence[Short] = ()
    with _undone_when_short(conn, moves) as undo:
        place = _write(conn, planned_on, row)
        if place != "conflict":
            short = inventory.move(conn, order, moves, events[0].type if events else "order.updated", at)
        if short:
            undo()
    if place == "conflict":
        return _not_applied(conn, order.id, request)
    if short:
        return Saved("short", None, short=tuple(short))
    _write_events(conn, order.id, events, request.id, subject)
    outbox.add(conn, order, row["doc"], events, mails, at)
    if request.remember:
        conn.execute(_REMEMBER, {"request": request.id, "v": order.version, "s": subject, "doc": row["doc"]})
    counts.apply(conn, counts.delta(place, place_of(row)))
    return Saved("applied", order, order.version, subject)


@contextmanager
def _undone_when_short(conn: Connection, moves: Sequence[StockMove]) -> Iterator[Callable[[], None]]:
    """A savepoint, where a reservation may be refused at all."""
    if not any(move.obey and move.reserved > 0 for move in moves):
        yield conn.rollback
        return
    with conn.begin_nested() as savepoint:
        yield savepoint.rollback


_REMEMBER: Final = (
    update(requests)
    .where(requests.c.id == bindparam("request"))
    .values(version=bindparam("v"), subject=bindparam("s"), snapshot=bindparam("doc"))
)
_COUNTED: Final = select(t.c.version, t.c.livemode, t.c.facet, t.c.created_at, t.c.number).where(
    t.c.id == bindparam("wanted")
)
_FIXED: Final = frozenset({"id", "number", "number_text", "livemode", "created_at"})
"""What never changes once an order is stored."""
_NEW: Final = unless_there(t, "id")
_UPDATE: Final = update(t).where(t.c.id == bindparam("wanted"), t.c.version == bindparam("expected"))


def _write(conn: Connection, planned_on: int, row: dict[str, Any]) -> Place | Literal["conflict"] | None:
    """Insert or update the row; answers where it was counted before."""
    if planned_on == 0:
        done = conn.execute(_NEW[conn.dialect.name], row)
        return None if done.rowcount == 1 else "conflict"
    old = (conn.execute(_COUNTED, {"wanted": row["id"]})).one_or_none()
    if old is None or old.version != planned_on:
        return "conflict"
    changing = {name: value for name, value in row.items() if name not in _FIXED}
    done = conn.execute(_UPDATE, {"wanted": row["id"], "expected": planned_on} | changing)
    # The guard holds `old` too: whatever changed the row since it was read has changed its version.
    return Place(old.livemode, old.facet, old.created_at, old.number) if done.rowcount == 1 else "conflict"


def _not_applied(conn: Connection, order_id: str, request: Request) -> Saved:
    stored = _load(conn, order_id)
    earlier = select(e.c.version, e.c.subject).where(e.c.order_id == order_id, e.c.request_id == request.id).limit(1)
    done = (conn.execute(earlier)).one_or_none()
    if done is None and request.remember:
        remembered = select(requests.c.version, requests.c.subject).where(
            requests.c.id == request.id, requests.c.order_id == order_id, requests.c.version.is_not(None)
        )
        done = (conn.execute(remembered)).one_or_none()
    if done is not None:
        return Saved("seen", stored, done.version, done.subject)
    return Saved("stale", stored)


def _write_events(
    conn: Connection, order_id: str, events: Sequence[Event], request_id: str, subject: str | None
) -> None:
    if events:
        conn.execute(_EVENT, [event_row(order_id, event, request_id, subject) for event in events])


_EVENT: Final = insert(e)


def event_row(order_id: str, event: Event, request_id: str, subject: str | None) -> dict[str, Any]:
    return {
        "order_id": order_id,
        "sequence": event.sequence,
        "id": event.id,
        "type": event.type,
        "at": epoch(event.at),
        "actor_kind": event.actor.kind,
        "actor_id": event.actor.id,
        "version": event.version,
        "request_id": request_id,
        "subject": subject,
        "data": event.data,
    }


async def standing(engine: AsyncEngine, order_id: str, request: Request) -> Saved:
    """Seen | stale: how an order stands to a request planned on another version of it."""
    async with reading(engine) as conn:
        return await conn.run_sync(_not_applied, order_id, request)


async def load(engine: AsyncEngine, order_id: str) -> Order | None:
    """The order by its ULID, of either mode; the caller checks the mode."""
    found = await fetch(engine, _DOC, {"wanted": order_id})
    return order_of(found[0].doc) if found else None


_DOC: Final = select(t.c.doc).where(t.c.id == bindparam("wanted"))


def _load(conn: Connection, order_id: str) -> Order | None:
    doc = (conn.execute(_DOC, {"wanted": order_id})).scalar_one_or_none()
    return None if doc is None else order_of(doc)


async def resolve(engine: AsyncEngine, livemode: bool, spelled: str) -> Order | None:
    """The order of this mode by ULID, `order_` and ULID, UUID, or number with or without `#`; None for anything else."""
    wanted = spelled_order(spelled)
    if wanted is None:
        return None
    query = _BY_ID if isinstance(wanted, str) else _BY_NUMBER
    found = await fetch(engine, query, {"wanted": wanted, "mode": livemode})
    return order_of(found[0].doc) if found else None


_BY_ID: Final = _DOC.where(t.c.livemode == bindparam("mode"))
_BY_NUMBER: Final = select(t.c.doc).where(t.c.number == bindparam("wanted"), t.c.livemode == bindparam("mode"))


def spelled_order(text: str) -> str | int | None:
    """What a spelling names: a ULID, a number, or nothing (contract section 0a)."""
    bare = text.removeprefix("#")
    if bare.isascii() and bare.isdigit() and len(bare) <= 15:
        return int(bare)
    try:
        return from_uuid(text) if len(text) == 36 else ulid(text.removeprefix("order_"))
    except ValueError:
        return None


def ulid(text: str) -> str:
    """Its canonical spelling. ValueError when it is none."""
    decode(text)
    return text.upper()


async def next_number(engine: AsyncEngine) -> int:
    """The next order number, of one sequence for both modes. Never twice; gaps where an order was then not placed."""
    return await transact(engine, lambda conn: draw(conn, ORDER_NUMBERS))


def draw(conn: Connection, counter: str, count: int = 1) -> int:
    """Count a counter up and answer it: the last of `count` new numbers. KeyError when there is no such counter."""
    value = (conn.execute(_DRAW, {"counter": counter, "many": count})).scalar_one_or_none()
    if value is None:
        raise KeyError(counter)
    return int(value)


_DRAW: Final = (
    update(counters)
    .where(counters.c.name == bindparam("counter"))
    .values(value=counters.c.value + bindparam("many"))
    .returning(counters.c.value)
)


@dataclass(frozen=True)
class Changed:
    """An open order whose row was written lately: the sweep tells its workflow the version."""

    order_id: str
    livemode: bool
    version: int


async def recently_changed_open(engine: AsyncEngine, since: int, limit: int = 10_000) -> list[Changed]:
    """Open orders saved at or after `since` (epoch seconds of the wall clock), oldest save first."""
    query = (
        select(t.c.id, t.c.livemode, t.c.version)
        .where(t.c.is_open == True, t.c.saved_at >= since)  # noqa: E712 - SQL
        .order_by(t.c.saved_at)
        .limit(limit)
    )
    return [Changed(row.id, row.livemode, row.version) for row in await fetch(engine, query)]
