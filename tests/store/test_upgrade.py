"""Rows of revision 0002, as the release before wrote them, brought to today: what was done is known, what was begun is ended."""

from typing import Any

from sqlalchemy import Connection, MetaData, Table, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from store.access import claims
from store.money import operations
from store.order import lagging, orders, records
from store.order.rows import row_of
from tests.store.builders import make_order
from tests.store.test_migrate import REVISIONS, down, up

TASK = {
    "order_id": "busy", "version": 3, "verb": "pay", "command": {"payment_method": "pm_card_visa"},
    "request": {"id": "paying", "actor": {"kind": "key", "id": "key_1"}, "remember": True},
    "now": "2026-01-01T00:00:00Z",
}  # fmt: skip


def _rows(conn: Connection, table: str, *rows: dict[str, Any]) -> None:
    """Into a table as it is in the database, not as the code of today knows it: what it does not have is left out, what the code
    does not write any more is empty."""
    there = Table(table, MetaData(), autoload_with=conn)
    empty = {c.name: c.type.python_type() for c in there.c if not c.nullable and c.server_default is None}
    for row in rows:
        conn.execute(insert(there), empty | {name: row[name] for name in row if name in there.c})


def _of_the_release_before(conn: Connection) -> None:
    down(conn, *REVISIONS[2:])
    versions = {"busy": 3, "saved": 3, "moved": 4}
    _rows(conn, "orders", *(
        row_of(make_order(number=number), saved_at=0) | {"id": name, "version": version, "last_request": "r"}
        for number, (name, version) in enumerate(versions.items(), 1001)
    ))  # fmt: skip
    asked = {"owner": "secret", "livemode": False, "fingerprint": "f", "order_id": "saved", "created_at": 7}
    _rows(
        conn, "requests",
        asked | {"id": "answered", "version": 2, "subject": "note_1", "snapshot": "{}", "status": 200,
                 "headers": {"ETag": '"2"'}, "body": b"ok"},
        asked | {"id": "lost", "version": 3, "snapshot": "{}"},
        asked | {"id": "refused", "status": 409, "headers": {}, "body": b"no"},
        asked | {"id": "under way"},
    )  # fmt: skip
    made = {
        "type": "order.updated", "at": 5, "actor_kind": "key", "actor_id": "key_1", "data": {}, "order_id": "saved",
    }  # fmt: skip
    _rows(conn, "events", *(
        made | {"sequence": n, "id": f"evt_{n}", "version": version, "request_id": request, "subject": subject}
        for n, (version, request, subject) in enumerate(
            [(1, "place", None), (1, "place", None), (2, "answered", "note_1"), (3, "lost", None)], 1
        )
    ))  # fmt: skip
    operation = {
        "livemode": False, "provider": "sandbox", "kind": "authorize", "amount": 1, "currency": "USD", "created_at": 1,
        "updated_at": 1, "status": "started", "result": {"task": TASK}, "prelude_applied": True,
    }  # fmt: skip
    _rows(
        conn, "payment_operations",
        operation | {"key": "busy:3:0", "order_id": "busy"},
        operation | {"key": "busy:3:1", "order_id": "busy"},
        operation | {"key": "moved:3:0", "order_id": "moved", "result": {"task": TASK | {"order_id": "moved"}}},
        operation | {"key": "saved:2:0", "order_id": "saved", "status": "succeeded", "result": {"captured": 1}},
        operation | {"key": "saved:1:0", "order_id": "saved", "result": None},
    )  # fmt: skip
    up(conn, *REVISIONS[2:])


async def _migrated(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        await conn.run_sync(_of_the_release_before)


async def test_what_was_done_before_is_recorded(engine: AsyncEngine) -> None:
    await _migrated(engine)
    found = {name: await records.get(engine, "saved", name) for name in ("place", "answered", "lost", "refused")}
    assert {name: (r and (r.outcome, r.version, r.subject, r.snapshot)) for name, r in found.items()} == {
        "place": ("applied", 1, None, None),
        "answered": ("applied", 2, "note_1", "{}"),
        "lost": ("applied", 3, None, "{}"),
        "refused": None,
    }


async def test_keys_are_kept_with_their_answers_and_with_what_they_did(engine: AsyncEngine) -> None:
    await _migrated(engine)
    found = {name: await claims.find(engine, name) for name in ("answered", "lost", "refused", "under way")}
    assert {name: (c and (c.request_id, c.answer and c.answer.status, c.version)) for name, c in found.items()} == {
        "answered": ("answered", 200, 2),
        "lost": ("lost", None, 3),
        "refused": ("refused", 409, None),
        "under way": ("under way", None, None),
    }
    answered = found["answered"]
    assert answered is not None
    assert answered.answer == claims.StoredAnswer(200, {"ETag": '"2"'}, b"ok")


async def test_an_order_whose_money_was_under_way_is_reserved_for_it(engine: AsyncEngine) -> None:
    await _migrated(engine)
    asking = {name: await orders.asking(engine, name) for name in ("busy", "moved", "saved")}
    kept = {name: TASK[name] for name in ("verb", "command", "request", "now")}
    assert asking == {"busy": kept, "moved": None, "saved": None}  # `moved` was saved since: its end is told as facts
    assert [o.key for o in await operations.unsettled(engine, before=2)] == [
        "busy:3:0", "busy:3:1", "moved:3:0", "saved:1:0",
    ]  # fmt: skip
    late = await lagging.half_done(engine, 1000, 20, 10)
    assert [order.order_id for order in late] == ["busy"]
    _, record = await orders.read(engine, "saved", "lost")
    assert record is not None
