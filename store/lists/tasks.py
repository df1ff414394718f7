"""The open human steps of a mode, the oldest due first, by keyset: a merge of one range per kind.

Tasks about orders are rows written with the order; failing webhook endpoints, mails that are stuck and ledgers that differ are
read from their own tables. Nothing here is ticked off: what is listed is a fact that is stored.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, or_, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.tasks import TASKS
from store.database.engine import fetch, reading
from store.money import differences
from store.tables import orders, outbox, webhook_endpoints
from store.tables import tasks as t
from store.tables.people import HAS_TIME

WEBHOOK_FAILING: Final = "webhook_failing"
MAIL_STUCK: Final = "mail_stuck"
LEDGER_DIFFERENCE: Final = "ledger_difference"
KINDS: Final = (*TASKS, WEBHOOK_FAILING, MAIL_STUCK, LEDGER_DIFFERENCE)
EXPIRING: Final = "authorization_expiring"
LEAD_SECONDS: Final = 2 * 86_400
"""A hold is a task from so long before it is released."""
STUCK_SECONDS: Final = 900
"""A mail that waits for so long is stuck: it was tried several times by then."""
KEYS: Final = (int, str, str)
"""Of a page: place, kind, id within the kind."""
Key = tuple[int, str, str]


@dataclass(frozen=True)
class Task:
    """One open step. Times are epoch seconds; `place` is where it stands: `due`, else `since`."""

    kind: str
    ident: str
    place: int
    since: int
    due: int | None = None
    order_id: str | None = None
    number: int | None = None
    ref: str | None = None
    amount: int | None = None
    currency: str | None = None
    verbs: tuple[str, ...] = ()
    about: str | None = None
    """The endpoint's address, or the mail's template."""

    @property
    def key(self) -> Key:
        return self.place, self.kind, self.ident


async def open_tasks(
    engine: AsyncEngine, livemode: bool, now: int, *, kinds: Collection[str] = KINDS, until: int | None = None,
    after: Sequence[Any] | None = None, limit: int = 20,
) -> list[Task]:  # fmt: skip
    """One page. `until`: due (or, where nothing says until when, begun) before this moment."""
    start = None if after is None else (after[0], after[1], after[2])
    async with reading(engine) as conn:
        found = await _of_orders(conn, livemode, now, sorted(set(kinds) & set(TASKS)), until, start, limit)
        if WEBHOOK_FAILING in kinds:
            found += await _failing(conn, livemode)
        if LEDGER_DIFFERENCE in kinds:
            found += await _differing(conn, livemode)
        if MAIL_STUCK in kinds:
            found += await _stuck(conn, livemode, now, until, start, limit)
    page = [task for task in found if (start is None or task.key > start) and (until is None or task.place < until)]
    return sorted(page, key=lambda task: task.key)[:limit]


async def _of_orders(
    conn: AsyncConnection,
    livemode: bool,
    now: int,
    kinds: Sequence[str],
    until: int | None,
    after: Key | None,
    limit: int,
) -> list[Task]:
    """Each kind is a range of one index, in order already and short."""
    if not kinds:
        return []
    ranges = []
    for kind in kinds:
        query = select(t).where(t.c.livemode == livemode, t.c.kind == kind, *_bounds(kind, now, until, after))
        short = query.order_by(t.c.place, t.c.order_id, t.c.ref).limit(limit)
        ranges.append(select(short.subquery()))
    return [_of_row(row) for row in await conn.execute(union_all(*ranges))]


def _of_row(row: Row[Any]) -> Task:
    return Task(
        kind=row.kind, ident=f"{row.order_id}:{row.ref}", place=row.place, since=row.since, due=row.due,
        order_id=row.order_id, number=row.number, ref=row.ref or None, amount=row.amount,
        currency=None if row.amount is None else row.currency, verbs=tuple(row.verbs),
    )  # fmt: skip


async def due_before(engine: AsyncEngine, livemode: bool, until: int, limit: int) -> list[Task]:
    """Steps about orders that have a time, and it is before this moment; the soonest first."""
    query = select(t).where(t.c.livemode == livemode, t.c.due < until, HAS_TIME).order_by(t.c.due, t.c.order_id)
    return [_of_row(row) for row in await fetch(engine, query.limit(limit))]


def _bounds(kind: str, now: int, until: int | None, after: Key | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if after is not None:
        place, at_kind, ident = after
        order_id, _, ref = ident.partition(":")
        if kind == at_kind:
            found.append(tuple_(t.c.place, t.c.order_id, t.c.ref) > tuple_(place, order_id, ref))
        else:
            found.append(t.c.place >= place if kind > at_kind else t.c.place > place)
    if until is not None:
        found.append(t.c.place < until)
    if kind == EXPIRING:
        found.append(t.c.place <= now + LEAD_SECONDS)
    return found


async def _failing(conn: AsyncConnection, livemode: bool) -> list[Task]:
    """Endpoints whose deliveries are given up; a shop has a handful."""
    e = webhook_endpoints
    query = select(e.c.id, e.c.url, e.c.updated_at).where(e.c.livemode == livemode, e.c.status == "failing")
    return [
        Task(kind=WEBHOOK_FAILING, ident=row.id, place=row.updated_at, since=row.updated_at, ref=row.id, about=row.url)
        for row in await conn.execute(query)
    ]


async def _differing(conn: AsyncConnection, livemode: bool) -> list[Task]:
    return [
        Task(
            kind=LEDGER_DIFFERENCE, ident=f"{row.provider}:{row.ref}", place=row.since, since=row.since,
            order_id=row.order_id, number=row.number, ref=row.ref, about=f"{row.provider} {row.ref}: {row.what}",
        )
        for row in await differences.of_mode(conn, livemode)
    ]  # fmt: skip


async def _stuck(
    conn: AsyncConnection, livemode: bool, now: int, until: int | None, after: Key | None, limit: int
) -> list[Task]:
    o = outbox
    query: Select[Any] = (
        select(o.c.id, o.c.order_id, o.c.created_at, o.c.payload, orders.c.number)
        .join(orders, orders.c.id == o.c.order_id)
        .where(o.c.kind == "mail", o.c.drained_at.is_(None), o.c.livemode == livemode)
        .where(o.c.created_at <= now - STUCK_SECONDS)
        .order_by(o.c.created_at, o.c.id)
        .limit(limit)
    )
    if until is not None:
        query = query.where(o.c.created_at < until)
    if after is not None:
        query = query.where(_mails_after(after))
    return [
        Task(
            kind=MAIL_STUCK, ident=f"{row.id:020d}", place=row.created_at, since=row.created_at, order_id=row.order_id,
            number=row.number, ref=str(row.id), about=str(row.payload.get("template", "")),
        )
        for row in await conn.execute(query)
    ]  # fmt: skip


def _mails_after(after: Key) -> ColumnElement[bool]:
    place, kind, ident = after
    at = outbox.c.created_at
    if kind == MAIL_STUCK and ident.isdigit():
        return and_(at >= place, or_(at > place, outbox.c.id > int(ident)))
    return at >= place if kind < MAIL_STUCK else at > place
