"""A customer's private words are taken out of every table; figures, goods, times and states stay (domain/privacy.py).

    of an order       its row, projection and search terms; events; records; claims; outbox; deliveries and what was answered to
                      them; payment operations; the sandbox's payments; parked events: one transaction an order
    of the customer   store credit entries' reasons, keys (which are revoked), and claims of requests that made no order

Rule: an order is written under the guard of its version, so that a command that comes between is not undone: then it is done
again. Its version grows by one, because what was cached under the old ETag is not what is there.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Connection, Row, RowMapping, Table, exists, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.order import Order
from domain.privacy import ERASED, scrubbed
from store.database.clock import wall
from store.database.engine import StoreUnavailable, is_sqlite, transact
from store.lists import counts, tallying
from store.order import projection, sheet, statement
from store.order.rows import row_of, slot_of
from store.order.sheet import Sheet
from store.tables import (
    api_keys,
    claims,
    commands,
    events,
    orders,
    outbox,
    payment_operations,
    provider_events,
    sandbox_payments,
    sandbox_refunds,
    store_credit_entries,
    webhook_attempts,
    webhook_deliveries,
)

BATCH: Final = 500


class StillOpen(Exception):
    """The order is open again, or money of it is under way."""


@dataclass(frozen=True)
class Erased:
    """How many rows were changed, by table."""

    rows: Mapping[str, int]


async def erase_order(engine: AsyncEngine, order_id: str) -> Erased:
    """One order and all that was written about it. StillOpen; StoreUnavailable: it was changed meanwhile, do it again."""
    return Erased(await transact(engine, lambda conn: _erase_order(conn, order_id)))


def _erase_order(conn: Connection, order_id: str) -> dict[str, int]:
    t = orders
    query = select(t).where(t.c.id == order_id)
    row = conn.execute(query if conn.dialect.name == "sqlite" else query.with_for_update()).one()
    if row.is_open or row.asking is not None:
        raise StillOpen(row.number)
    order = Order.model_validate(scrubbed(json.loads(row.doc)))
    _rewrite(conn, order.model_copy(update={"version": row.version + 1}), row)
    refs = [payment.ref for payment in order.payments if payment.ref]
    return {
        "orders": 1,
        "events": _json(conn, events, events.c.order_id == order_id, "data"),
        "commands": _commands(conn, order_id),
        "claims": _claims(conn, claims.c.order_id == order_id),
        "outbox": _json(conn, outbox, outbox.c.order_id == order_id, "payload"),
        "webhook_deliveries": _deliveries(conn, order_id),
        "payment_operations": _json(conn, payment_operations, payment_operations.c.order_id == order_id, "operation", "result"),
        "sandbox_payments": _json(conn, sandbox_payments, sandbox_payments.c.order_id == order_id, "data"),
        "sandbox_refunds": _json(conn, sandbox_refunds, sandbox_refunds.c.payment_ref.in_(refs), "data"),
        "provider_events": _json(conn, provider_events, provider_events.c.payment_ref.in_(refs), "body"),
    }  # fmt: skip


def _rewrite(conn: Connection, order: Order, was: Row[Any]) -> None:
    """The row and what is written beside it, as a save writes them."""
    fresh = row_of(order, saved_at=was.saved_at)
    whole = Sheet(fresh, was.version, f"erase:{uuid4()}", None, unprojected=was.projection is None)
    whole.added = {
        "counts": counts.added(was.facet, slot_of(fresh)),
        "tallies": tallying.rows(projection.figures(fresh, was.projection)),
    }
    projection.compare(fresh, was.projection, whole.added, whole.gone)
    if not (sheet.write if is_sqlite(conn) else statement.write)(conn, whole):
        raise StoreUnavailable("the order was changed meanwhile")


def _json(conn: Connection, table: Table, which: Any, *columns: str) -> int:
    """Scrub JSON columns of these rows; a row that holds nothing private is left as it is."""
    return _each(conn, table, which, columns, lambda row: {name: scrubbed(row[name]) for name in columns})


def _each(
    conn: Connection,
    table: Table,
    which: Any,
    columns: Iterable[str],
    clean: Callable[[RowMapping], Mapping[str, Any]],
) -> int:
    keys = list(table.primary_key.columns)
    found = conn.execute(select(*keys, *(table.c[name] for name in columns)).where(which)).mappings().all()
    changed = 0
    for row in found:
        new = clean(row)
        if any(new[name] != row[name] for name in new):
            conn.execute(update(table).where(*(key == row[key.name] for key in keys)).values(dict(new)))
            changed += 1
    return changed


def _commands(conn: Connection, order_id: str) -> int:
    """Snapshots go: they were kept for answers, which are erased too."""
    return _each(
        conn, commands, commands.c.order_id == order_id, ("error", "snapshot"),
        lambda row: {"error": scrubbed(row["error"]), "snapshot": None},
    )  # fmt: skip


def _claims(conn: Connection, which: Any) -> int:
    """A key stays used: its answer keeps its status and loses its words."""
    return _each(
        conn, claims, which, ("content", "body"),
        lambda row: {"content": _text(row["content"]), "body": _body(row["body"])},
    )  # fmt: skip


def _text(text: str | None) -> str | None:
    return None if text is None else json.dumps(scrubbed(json.loads(text)), separators=(",", ":"))


def _body(body: bytes | None) -> bytes | None:
    """An answer; what is no JSON is a sealed secret, which says nothing of anybody."""
    if not body:
        return body
    try:
        said = json.loads(body)
    except ValueError:
        return body
    return json.dumps(scrubbed(said), separators=(",", ":"), ensure_ascii=False).encode()


def _deliveries(conn: Connection, order_id: str) -> int:
    """Bodies, also of those that are still to be made, and excerpts of what receivers answered."""
    d, a = webhook_deliveries, webhook_attempts
    changed = _each(
        conn, d, d.c.order_id == order_id, ("body",),
        lambda row: {"body": (_body(row["body"].encode()) or b"").decode()},
    )  # fmt: skip
    mine = select(d.c.id).where(d.c.order_id == order_id)
    said = update(a).where(a.c.delivery_id.in_(mine), a.c.response_excerpt.is_not(None))
    conn.execute(said.values(response_excerpt=ERASED))
    return changed


async def erase_customer(engine: AsyncEngine, customer: str, livemode: bool) -> Erased:
    """What is about them and about no order."""

    def work(conn: Connection) -> dict[str, int]:
        e, k = store_credit_entries, api_keys
        reasons = update(e).where(e.c.livemode == livemode, e.c.customer_id == customer, e.c.reason.is_not(None))
        theirs = update(k).where(k.c.livemode == livemode, k.c.customer_id == customer)
        conn.execute(theirs.where(k.c.revoked_at.is_(None)).values(revoked_at=wall()))
        return {
            "store_credit_entries": conn.execute(reasons.values(reason=ERASED)).rowcount,
            "api_keys": conn.execute(theirs.values(name=None)).rowcount,
            "claims": _claims_without_order(conn, customer, livemode),
        }

    return Erased(await transact(engine, work))


def _claims_without_order(conn: Connection, customer: str, livemode: bool) -> int:
    """Of requests that placed no order (refused), or were about the customer: by their id or address in what was said."""
    names = [customer.encode(), json.dumps(customer)[1:-1].encode()]
    nobody = ~exists().where(orders.c.id == claims.c.order_id)
    ids = [row.id for row in conn.execute(select(claims.c.id).where(claims.c.livemode == livemode, nobody))]
    changed = 0
    for n in range(0, len(ids), BATCH):
        batch = select(claims.c.id, claims.c.content, claims.c.body).where(claims.c.id.in_(ids[n : n + BATCH]))
        about = [
            row.id
            for row in conn.execute(batch)
            if any(name in part for name in names for part in ((row.content or "").encode(), row.body or b""))
        ]
        changed += _claims(conn, claims.c.id.in_(about)) if about else 0
    return changed
