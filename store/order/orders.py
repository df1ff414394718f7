"""The order's row: the only place where an order lives. Written whole, guarded by its version, in one transaction with
everything that belongs to it: the request's record, stock, events, counts and outbox.

    Conflict   the row is not as it was read: somebody else was first, read it again
    Done       this request is recorded already, whatever the version: its record says what became of it
    Short      too little stock

Any of the three is raised inside the caller's transaction, which must then be rolled back whole. Rule: every transaction takes
its locks in one order: the order with all that is its own (sheet.py), then stock, then store credit, which orders share and which
are held for as short as can be. A row may be reserved for one request whose money is under way (`asking`); only that request's
own save, or who finishes it, may write it then.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import Connection, and_, bindparam, null, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.commands import Request
from domain.events import Event
from domain.ids import decode, from_uuid
from domain.order import Order
from domain.stock import StockMove
from store.database.clock import epoch
from store.database.engine import StoreUnavailable, fetch, is_sqlite, single
from store.goods import inventory
from store.goods.inventory import Short as ShortLine
from store.lists import counts, tallying
from store.money import credit
from store.order import projection, records, sheet, statement
from store.order.records import Record
from store.order.rows import SCHEMA, order_of, row_of, slot_of
from store.order.sheet import Conflict, Sheet
from store.outgoing import outbox
from store.tables import commands, counters
from store.tables import orders as t

FIRST_NUMBER: Final = 1001
ORDER_NUMBERS: Final = "order_number"
"""The counter's name."""


class Done(Exception):
    """The request is recorded already."""

    def __init__(self, record: Record) -> None:
        super().__init__(record.request_id)
        self.record = record


class Short(Exception):
    """Too little stock."""

    def __init__(self, lines: Sequence[ShortLine]) -> None:
        super().__init__("short")
        self.lines = tuple(lines)


@dataclass(frozen=True)
class Was:
    """What was written of an order at its version: where it is counted, and what stands beside its row (None: nothing yet)."""

    facet: int
    projection: projection.Projection | None


@dataclass(frozen=True)
class Stored:
    """An order's row as it was read."""

    order: Order
    asking: Mapping[str, Any] | None = None
    """The request whose money is under way (activities/orders/execute.py writes and reads it)."""
    was: Was | None = None


@dataclass(frozen=True)
class Save:
    """One command's outcome. `planned_on`: the version it was made from; 0: the order is new."""

    planned_on: int
    order: Order
    request: Request
    verb: str
    events: Sequence[Event] = ()
    moves: Sequence[StockMove] = ()
    subject: str | None = None
    mails: Sequence[Mapping[str, Any]] = ()
    remember: bool = field(default=False)
    """Keep the order as it is now beside the record, to answer the request again."""
    settled: Sequence[Mapping[str, Any]] = ()
    """What became of its operations: {key, status, result, updated_at}."""
    was: Was | None = None
    """As it was read with the version it was planned on; None: it is read again."""

    @property
    def taking(self) -> inventory.Sum | None:
        """What it moves of stock, where that is one variant's."""
        found = inventory.sums(self.moves)
        return found[0] if len(found) == 1 else None

    @property
    def is_one_statement(self) -> bool:
        """Whether one statement can write it: of what other orders share it moves one variant's stock at most."""
        return not credit.pays_out(self.order, self.events) and (not self.moves or self.taking is not None)


Shared = Literal["after", "within", "later"]
"""When what orders share is written: after the sheet, in its statement (PostgreSQL), or by the caller."""


def apply(
    conn: Connection,
    save: Save,
    *,
    asking: Mapping[str, Any] | None = None,
    finishing: bool = False,
    shared: Shared = "after",
) -> Was:
    """Write it, in the caller's transaction. `asking`: this is not the end of the request, which is reserved and not yet
    recorded. `finishing`: the row is reserved for this request, and is free again with this. Answers what is now written."""
    now = int(time.time())
    row = row_of(save.order, saved_at=now) | {"asking": asking}
    was = save.was or (_read_again(conn, save) if save.planned_on else None)
    record = None if asking is not None else _record(save, now, row["doc"] if save.remember else None)
    whole = Sheet(row, save.planned_on, save.request.id, record, finishing, was is not None and was.projection is None)
    whole.settled, whole.taking = save.settled, save.taking if shared == "within" else None
    _fill(whole, save, was)
    if not (sheet.write if is_sqlite(conn) else statement.write)(conn, whole):
        raise _who_was_first(conn, save)
    if shared == "after":
        _share(conn, save, row["updated_at"])
    return Was(row["facet"], row["projection"])


def _share(conn: Connection, save: Save, at: int) -> None:
    """Write what orders share."""
    short = inventory.take(conn, save.order, save.moves)
    if short:
        raise Short(short)
    credit.pay_out(conn, save.order, save.events, at)


def _fill(whole: Sheet, save: Save, was: Was | None) -> None:
    row, at, before = whole.row, whole.row["updated_at"], was.projection if was else None
    reason = save.events[0].type if save.events else "order.updated"
    whole.added = {
        "events": [event_row(save.order.id, event, save.request.id, save.subject) for event in save.events],
        "outbox": outbox.rows(save.order, save.events, save.mails, at),
        "movements": [inventory.movement(save.order, move, reason, at) for move in save.moves],
        "counts": counts.added(was.facet if was else None, slot_of(row)),
        "tallies": tallying.rows(projection.figures(row, before)),
    }
    projection.compare(row, before, whole.added, whole.gone)


def _who_was_first(conn: Connection, save: Save) -> Exception:
    record = records.find(conn, save.order.id, save.request.id)
    return Conflict() if record is None else Done(record)


def _read_again(conn: Connection, save: Save) -> Was:
    found = conn.execute(_WAS, {"wanted": save.order.id}).one_or_none()
    if found is None or found.version != save.planned_on:
        raise _who_was_first(conn, save)
    return Was(found.facet, found.projection)


_WAS: Final = select(t.c.version, t.c.facet, t.c.projection).where(t.c.id == bindparam("wanted"))
_FREE: Final = update(t).where(
    t.c.id == bindparam("wanted"), t.c.version == bindparam("expected"), t.c.asking.is_(null())
)


def _record(save: Save, now: int, snapshot: str | None) -> Record:
    return Record(
        order_id=save.order.id, request_id=save.request.id, verb=save.verb, outcome="applied", at=now,
        version=save.order.version, subject=save.subject, snapshot=snapshot,
    )  # fmt: skip


def reserve(conn: Connection, order: Order, asking: Mapping[str, Any]) -> None:
    """Reserve the row for a request whose money is about to move, in the caller's transaction."""
    given = {"wanted": order.id, "expected": order.version, "asking": dict(asking), "saved_at": int(time.time())}
    if conn.execute(_FREE, given).rowcount != 1:
        raise Conflict


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


async def refuse(engine: AsyncEngine, order_id: str, request: Request, verb: str, error: Mapping[str, Any]) -> Record:
    """Record that a rule refused a request; or what was recorded of it before, which stands."""
    record = Record(order_id, request.id, verb, "refused", int(time.time()), error=error)

    def write(conn: Connection) -> Record:
        if records.insert(conn, record):
            return record
        known = records.find(conn, order_id, request.id)
        if known is None:
            raise StoreUnavailable("a record vanished while it was read")
        return known

    return await single(engine, write)


async def read(engine: AsyncEngine, order_id: str, request_id: str) -> tuple[Stored | None, Record | None]:
    """The row, and what is recorded of a request, in one look. StoreUnavailable for a row of a newer release."""
    found = await fetch(engine, _READ, {"wanted": order_id, "request": request_id})
    if not found:
        return None, await records.get(engine, order_id, request_id)
    row = found[0]
    if row.schema > SCHEMA:
        raise StoreUnavailable("the order was written by a newer release")
    record = None
    if row.outcome is not None:
        record = Record(
            order_id, request_id, row.verb, row.outcome, row.at, row.made_version, row.subject, row.error, None
        )
    return Stored(order_of(row.doc), row.asking, Was(row.facet, row.projection)), record


_READ: Final = (
    select(
        t.c.doc, t.c.asking, t.c.schema, t.c.facet, t.c.projection, commands.c.outcome, commands.c.verb, commands.c.at,
        commands.c.version.label("made_version"), commands.c.subject, commands.c.error,
    )
    .select_from(
        t.outerjoin(commands, and_(commands.c.order_id == t.c.id, commands.c.request_id == bindparam("request")))
    )
    .where(t.c.id == bindparam("wanted"))
)  # fmt: skip


async def load(engine: AsyncEngine, order_id: str) -> Order | None:
    """The order by its ULID, of either mode; the caller checks the mode."""
    found = await fetch(engine, _DOC, {"wanted": order_id})
    return order_of(found[0].doc) if found else None


_DOC: Final = select(t.c.doc).where(t.c.id == bindparam("wanted"))


async def load_many(engine: AsyncEngine, order_ids: Collection[str]) -> dict[str, Order]:
    """Some orders by their ids; those that do not exist are absent."""
    if not order_ids:
        return {}
    found = await fetch(engine, select(t.c.id, t.c.doc).where(t.c.id.in_(sorted(order_ids))))
    return {row.id: order_of(row.doc) for row in found}


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


async def is_asking(engine: AsyncEngine, order_id: str) -> bool:
    """Whether the row is reserved for a request whose money is under way."""
    return await asking(engine, order_id) is not None


async def asking(engine: AsyncEngine, order_id: str) -> Mapping[str, Any] | None:
    """The request the row is reserved for."""
    found = await fetch(engine, select(t.c.asking).where(t.c.id == order_id))
    return found[0].asking if found else None
