"""Everything one save writes, as one sheet: the order's row, the request's record, rows of other tables to add and to take back.

    SQLite      statement after statement: in our own process a statement costs little
    PostgreSQL  one statement (store/order/statement.py): there each is a round trip, and a save was mostly waiting for them

Either way the row is guarded by its version, and nothing else is written unless the row is. Rule: what is in a sheet belongs to
this order alone. Rows that orders share (stock, store credit) are not here: they are locked last, and for as short as can be.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from sqlalchemy import JSON, Column, Connection, Table
from sqlalchemy.exc import IntegrityError, OperationalError

from store.goods.inventory import Sum
from store.order.records import Record
from store.tables import (
    commands,
    count_deltas,
    deadlines,
    events,
    order_waits,
    orders,
    outbox,
    payment_operations,
    search_terms,
    stock_movements,
    tally_deltas,
    tasks,
    webhook_endpoints,
)
from store.tables.base import Serial

Rows = Sequence[Mapping[str, Any]]


class Conflict(Exception):
    """The row is not as it was read: somebody else was first, read it again."""


@dataclass(frozen=True)
class Part:
    """One table of a sheet. `keys`: what a row is taken back by, within its order; none: rows are only added."""

    table: Table
    keys: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[Column[Any], ...]:
        """Those that are given: not what the database counts up."""
        return tuple(c for c in self.table.c if not (c.primary_key and c.type is Serial))


PARTS: Final[dict[str, Part]] = {
    "events": Part(events),
    "outbox": Part(outbox),
    "movements": Part(stock_movements),
    "terms": Part(search_terms, ("term",)),
    "waits": Part(order_waits, ("word",)),
    "deadlines": Part(deadlines, ("name",)),
    "tasks": Part(tasks, ("kind", "ref")),
    "counts": Part(count_deltas),
    "tallies": Part(tally_deltas),
}
"""Name -> table, in the order they are written. A row whose key is there already takes its place."""
OPERATIONS: Final = Part(payment_operations)
SETTLED: Final = ("status", "result", "updated_at", "key")
FIXED: Final = frozenset({"id", "number", "number_text", "livemode", "created_at"})
"""What never changes once an order is stored."""
HEARD: Final = (
    f"EXISTS (SELECT 1 FROM {webhook_endpoints.name} WHERE livemode = MODE AND status IN ('active', 'failing'))"  # noqa: S608
)
"""Whether a webhook endpoint of this mode hears events: asked in the statement that would queue them."""


@dataclass
class Sheet:
    """`planned_on`: the version it was made from; 0: the order is new. `finishing`: the row may be reserved, for this request.
    `unprojected`: nothing was written beside the row before. `record`: none while the request goes on."""

    row: dict[str, Any]
    planned_on: int
    request_id: str
    record: Record | None
    finishing: bool = False
    unprojected: bool = False
    taking: Sum | None = None
    """Stock of one variant, moved in the same statement (PostgreSQL alone)."""
    settled: Rows = ()
    """What became of its operations: {key, status, result, updated_at}."""
    added: dict[str, Rows] = field(default_factory=dict)
    gone: dict[str, Rows] = field(default_factory=dict)


def plain(part: Part, rows: Rows) -> list[dict[str, Any]]:
    """Rows as a driver takes them: what a JSON column holds as text."""
    texts = _json_columns(part.table)
    if not texts:
        return [dict(row) for row in rows]
    return [{k: text(v) if k in texts else v for k, v in row.items()} for row in rows]


@cache
def _json_columns(table: Table) -> frozenset[str]:
    return frozenset(c.name for c in table.c if isinstance(c.type, JSON))


def text(value: Any) -> str | None:
    """JSON; nothing for nothing."""
    return None if value is None else json.dumps(value, separators=(",", ":"))


# SQLite


def write(conn: Connection, sheet: Sheet) -> bool:
    """Statement after statement, on SQLite. False: the row is another by now, or the request is recorded; roll back then."""
    if not _row(conn, sheet):
        return False
    if sheet.record is not None and _run(conn, _RECORD, [_record(sheet.record)]).rowcount != 1:
        return False
    if sheet.settled:
        _run(conn, _SETTLED, [tuple(row[n] for n in SETTLED) for row in plain(OPERATIONS, sheet.settled)])
    for name, part in PARTS.items():
        if taken := sheet.gone.get(name):
            keys = [(sheet.row["id"], *(row[k] for k in part.keys)) for row in taken]
            _run(conn, _gone(name), keys)
        found = plain(part, sheet.added.get(name, ()))
        if name == "outbox":
            found = _queued(conn, sheet, found)
        if found:
            _run(conn, _added(name), [tuple(row.get(c.name) for c in part.columns) for row in found])
    return True


def _run(conn: Connection, sql: str, rows: Sequence[tuple[Any, ...]]) -> Any:
    """By the driver itself: a save runs eight statements or so, and SQLAlchemy's part of each costs more than SQLite's."""
    driver: Any = conn.connection.dbapi_connection
    try:
        return driver.execute(sql, rows[0]) if len(rows) == 1 else driver.executemany(sql, rows)
    except sqlite3.IntegrityError as error:
        raise IntegrityError(None, None, error) from None
    except sqlite3.Error as error:
        raise OperationalError(None, None, error) from None


def _record(record: Record) -> tuple[Any, ...]:
    values = vars(record) | {"error": text(record.error)}
    return tuple(values[c.name] for c in commands.c)


def _row(conn: Connection, sheet: Sheet) -> bool:
    row = plain(Part(orders), [sheet.row])[0]
    if sheet.planned_on == 0:
        done = _run(conn, _PLACED, [tuple(row[name] for name in ROW)])
    else:
        given = [*(row[name] for name in CHANGING), row["id"], sheet.planned_on, sheet.finishing, sheet.unprojected]
        done = _run(conn, _CHANGED, [tuple(given)])
    return bool(done.rowcount == 1)


def _queued(conn: Connection, sheet: Sheet, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mails, and the events with the order as it is now, if anybody hears them."""
    mails = [row for row in rows if row["kind"] != "event"]
    if len(mails) < len(rows) and _run(conn, _ASK, [(sheet.row["livemode"],)]).fetchone()[0]:
        doc = sheet.row["doc"]
        return [row if row["kind"] != "event" else row | {"payload": told(row["payload"], doc)} for row in rows]
    return mails


def told(event: str, doc: str) -> str:
    """The payload of an event in the outbox, of two JSON texts."""
    return f'{{"event":{event},"order":{doc}}}'


def listed(names: Iterable[str]) -> str:
    """Columns; quoted, for some are words of SQL."""
    return ", ".join(f'"{name}"' for name in names)


def _marks(count: int) -> str:
    return ", ".join("?" * count)


ROW: Final = tuple(c.name for c in orders.c)
CHANGING: Final = tuple(name for name in ROW if name not in FIXED)
_RECORD: Final = (
    f"INSERT INTO commands ({listed(c.name for c in commands.c)}) VALUES ({_marks(len(commands.c))}) "  # noqa: S608
    "ON CONFLICT (order_id, request_id) DO NOTHING"
)
_PLACED: Final = f"INSERT INTO orders ({listed(ROW)}) VALUES ({_marks(len(ROW))}) ON CONFLICT (id) DO NOTHING"  # noqa: S608
_CHANGED: Final = (
    f"UPDATE orders SET {', '.join(f'{name} = ?' for name in CHANGING)} "  # noqa: S608
    "WHERE id = ? AND version = ? AND (asking IS NULL OR ?) AND (projection IS NULL) = ?"
)
_SETTLED: Final = "UPDATE payment_operations SET status = ?, result = ?, updated_at = ? WHERE key = ?"
_ASK: Final = f"SELECT {HEARD.replace('MODE', '?')}"


@cache
def _added(name: str) -> str:
    part = PARTS[name]
    names = [c.name for c in part.columns]
    return f"INSERT INTO {part.table.name} ({listed(names)}) VALUES ({_marks(len(names))}){instead(part)}"  # noqa: S608


@cache
def _gone(name: str) -> str:
    part = PARTS[name]
    keys = " AND ".join(f"{key} = ?" for key in part.keys)
    return f"DELETE FROM {part.table.name} WHERE order_id = ? AND {keys}"  # noqa: S608


def instead(part: Part) -> str:
    """A row with the key of one that is there is written over it."""
    if not part.keys:
        return ""
    key = ("order_id", *part.keys)
    rest = ", ".join(f'"{c.name}" = excluded."{c.name}"' for c in part.columns if c.name not in key)
    return f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {rest}"
