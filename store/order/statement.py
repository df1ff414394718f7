"""A sheet as one statement of PostgreSQL: the row first, guarded, and everything else only where the row was written.

    saved    the row, if it is as it was read and its request has no record yet
    …        each other part: its rows, as one JSON parameter, crossed with `saved`

A statement is atomic, so it needs no transaction around it. Who was first is told by how it ends: nothing saved (the row is
another, or the request is recorded), or a second record refused by its primary key, which undoes the whole. Parts that are empty
are left out; each combination is prepared once per connection. JSON columns travel as text within the JSON, because reading
them as JSON would refuse the character NUL, which the columns themselves take.
"""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, Boolean, Column, Connection, Integer
from sqlalchemy.exc import DBAPIError, IntegrityError

from store.order.sheet import (
    CHANGING,
    HEARD,
    OPERATIONS,
    PARTS,
    ROW,
    Conflict,
    Part,
    Rows,
    Sheet,
    instead,
    listed,
    plain,
)
from store.tables import commands, orders

RECORD: Final = Part(commands)
BY_ZERO: Final = "division by zero"
"""How a statement ends whose stock could not be moved: it must undo itself, and only an error does."""


class NotTaken(Exception):
    """The variant's stock could not be moved by this statement: too little is there, or nobody ever set it."""


_ORDERS: Final = Part(orders)
_OF_REQUEST: Final = "NOT EXISTS (SELECT 1 FROM commands AS c WHERE c.order_id = r.id AND c.request_id = $2::text)"


def write(conn: Connection, sheet: Sheet) -> bool:
    """False: the row is another by now, or the request is recorded; nothing is written. Conflict: recorded at this moment."""
    shape = tuple(name for name in ("record", *PARTS) if _given(sheet, name))
    gone = tuple(name for name in PARTS if sheet.gone.get(name))
    doc = sheet.row["doc"]
    given: list[Any] = [doc, sheet.request_id, _json(_ORDERS, [sheet.row | {"doc": ""}])]
    if sheet.planned_on:
        given += [sheet.planned_on, sheet.finishing, sheet.unprojected]
    if sheet.record is not None:
        kept = sheet.record.snapshot is not None
        given.append(_json(RECORD, [vars(sheet.record) | {"snapshot": "" if kept else None}]))
    if sheet.settled:
        given.append(_json(OPERATIONS, sheet.settled))
    given += [json.dumps([dict(row) for row in sheet.gone[name]]) for name in gone]
    given += [_json(PARTS[name], sheet.added[name]) for name in shape if name != "record"]
    if (stock := sheet.taking) is not None:
        given += [stock.variant_id, stock.on_hand, stock.reserved, stock.needs]
    try:
        sql = _whole(sheet.planned_on == 0, shape, gone, settling=bool(sheet.settled), taking=stock is not None)
        return bool(conn.exec_driver_sql(sql, tuple(given)).scalar_one())
    except DBAPIError as error:
        if isinstance(error, IntegrityError) and RECORDED in str(error.orig):
            raise Conflict from None
        if BY_ZERO in str(error.orig):
            raise NotTaken from None
        raise


RECORDED: Final = "pk_commands"
"""The constraint that a second record of a request breaks."""


def reserve(conn: Connection, order_id: str, version: int, asking: str, saved_at: int, asked: Rows) -> bool:
    """Reserve a row, and note what is about to be asked for it. False: the row is another by now; nothing is written."""
    given = (order_id, version, asking, saved_at, _json(OPERATIONS, asked))
    return bool(conn.exec_driver_sql(_reserving(), given).scalar_one())


@cache
def _reserving() -> str:
    reserved = (
        "UPDATE orders SET asking = $3::text::json, saved_at = $4::bigint "
        "WHERE id = $1::text AND version = $2::integer AND asking IS NULL RETURNING id"
    )
    noted = (
        f"INSERT INTO payment_operations ({listed(c.name for c in OPERATIONS.columns)}) "  # noqa: S608
        f"SELECT {_values(OPERATIONS.columns)} FROM {_rows(OPERATIONS, 5)} CROSS JOIN reserved ON CONFLICT (key) DO NOTHING"
    )
    return f"WITH reserved AS ({reserved}), noted AS ({noted}) SELECT count(*) FROM reserved"  # noqa: S608


def _given(sheet: Sheet, name: str) -> bool:
    return sheet.record is not None if name == "record" else bool(sheet.added.get(name))


def _json(part: Part, rows: Rows) -> str:
    return json.dumps(plain(part, rows), separators=(",", ":"))


@cache
def _whole(placing: bool, shape: tuple[str, ...], gone: tuple[str, ...], *, settling: bool, taking: bool) -> str:
    """The statement. $1: the document, $2: the request's id, $3: the row; then as `write` gives them."""
    at = 4 if placing else 7
    parts = [f"saved AS ({_placed() if placing else _changed()})"]
    if "record" in shape:
        columns = _values(RECORD.columns, snapshot="CASE WHEN r.snapshot IS NOT NULL THEN $1::text END")
        parts.append(f"recorded AS ({_insert(RECORD, at, columns)})")
        at += 1
    if settling:
        parts.append(f"settled AS ({_settle(at)})")
        at += 1
    for name in gone:
        parts.append(f"gone_{name} AS ({_delete(PARTS[name], at)})")
        at += 1
    for name in shape:
        if name != "record":
            parts.append(f"new_{name} AS ({_add(name, at)})")
            at += 1
    told = "count(*)"
    if taking:
        parts.append(f"took AS ({_take(at)})")
        told += " / (CASE WHEN count(*) = 0 OR EXISTS (SELECT 1 FROM took) THEN 1 ELSE 0 END)"
    return f"WITH {', '.join(parts)} SELECT {told} FROM saved"  # noqa: S608


def _settle(at: int) -> str:
    return (
        f"UPDATE payment_operations AS p SET status = r.status, result = r.result::json, updated_at = r.updated_at "  # noqa: S608
        f"FROM {_rows(OPERATIONS, at)} CROSS JOIN saved WHERE p.key = r.key"
    )


def _take(at: int) -> str:
    """inventory.take of one variant; nothing where there is too little."""
    return (
        f"UPDATE inventory AS i SET on_hand = i.on_hand + ${at + 1}::bigint, reserved = i.reserved + ${at + 2}::bigint "  # noqa: S608
        f"FROM saved WHERE i.livemode = saved.livemode AND i.variant_id = ${at}::text AND "
        f"(${at + 3}::bigint <= 0 OR i.allow_backorder OR NOT i.track OR i.on_hand - i.reserved >= ${at + 3}::bigint) "
        "RETURNING i.variant_id"
    )


def _placed() -> str:
    values = _values(_ORDERS.columns, doc="$1::text")
    return (
        f"INSERT INTO orders ({listed(ROW)}) SELECT {values} FROM {_rows(_ORDERS, 3)} WHERE {_OF_REQUEST} "  # noqa: S608
        "ON CONFLICT (id) DO NOTHING RETURNING id, livemode"
    )


def _changed() -> str:
    values = _values([orders.c[name] for name in CHANGING], doc="$1::text")
    return (
        f"UPDATE orders AS o SET ({listed(CHANGING)}) = ROW({values}) FROM {_rows(_ORDERS, 3)} "  # noqa: S608
        "WHERE o.id = r.id AND o.version = $4::integer AND (o.asking IS NULL OR $5::boolean) "
        f"AND (o.projection IS NULL) = $6::boolean AND {_OF_REQUEST} RETURNING o.id, o.livemode"
    )


def _add(name: str, at: int) -> str:
    part = PARTS[name]
    if name != "outbox":
        return _insert(part, at, _values(part.columns)) + instead(part)
    told = "json_build_object('event', r.payload::json, 'order', $1::json)"
    told = f"CASE WHEN r.kind = 'event' THEN {told} ELSE r.payload::json END"
    heard = HEARD.replace("MODE", "(SELECT livemode FROM saved)")
    return _insert(part, at, _values(part.columns, payload=told)) + f" WHERE r.kind <> 'event' OR {heard}"


def _insert(part: Part, at: int, values: str) -> str:
    names = listed(c.name for c in part.columns)
    return f"INSERT INTO {part.table.name} ({names}) SELECT {values} FROM {_rows(part, at)} CROSS JOIN saved"  # noqa: S608


def _delete(part: Part, at: int) -> str:
    keys = ", ".join(f"{key} text" for key in part.keys)
    same = " AND ".join(f"t.{key} = r.{key}" for key in part.keys)
    return (
        f"DELETE FROM {part.table.name} AS t USING saved, json_to_recordset(${at}::text::json) AS r({keys}) "  # noqa: S608
        f"WHERE t.order_id = saved.id AND {same}"
    )


def _rows(part: Part, at: int) -> str:
    """A parameter as rows of a table: what is JSON there is text here."""
    columns = ", ".join(f'"{c.name}" {_type(c)}' for c in part.columns)
    return f"json_to_recordset(${at}::text::json) AS r({columns})"


def _values(columns: Sequence[Column[Any]], **other: str) -> str:
    return ", ".join(
        other.get(c.name) or f'r."{c.name}"{"::json" if isinstance(c.type, JSON) else ""}' for c in columns
    )


def _type(column: Column[Any]) -> str:
    kinds = ((Boolean, "boolean"), (BigInteger, "bigint"), (Integer, "integer"))
    return next((name for kind, name in kinds if isinstance(column.type, kind)), "text")
