"""What a verb costs the database in the worker, to the statement: a save that grows slows every order, so it grows on purpose.

PostgreSQL counts round trips: each statement, and BEGIN and COMMIT where there is a transaction. SQLite counts statements, each
row of a table by itself. The provider's own are not among them: here it is a bank without a database.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import commands as c
from domain.commands import Command
from store.database.engine import _idle, create_engine
from tests.activities.bank import VISA, Counter

BUDGET: Final[dict[str, tuple[int, int]]] = {
    "confirm": (18, 2), "pay": (21, 3), "add_note": (7, 2), "fulfill": (18, 2), "deliver": (15, 2), "refund": (16, 3),
}  # fmt: skip
"""Verb -> at most so many on SQLite, on PostgreSQL."""
LIFE: Final[tuple[Command, ...]] = (
    c.Confirm(), VISA, c.AddNote(body="n"), c.Fulfill(), c.Deliver(), c.Refund(amount=100),
)  # fmt: skip


@dataclass
class Counted:
    statements: int = 0


@contextmanager
def counting(engine: AsyncEngine) -> Iterator[Counted]:
    found, sync = Counted(), engine.sync_engine

    def one(*_: Any) -> None:
        found.statements += 1

    def transaction(conn: Connection) -> None:
        if engine.dialect.name == "postgresql" and conn.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            found.statements += 2

    if engine.dialect.name == "sqlite":  # by the driver: a save's statements are its own
        for kept in _idle[sync].values():
            kept.connection.dbapi_connection.set_trace_callback(one)  # type: ignore[union-attr]
        yield found
        return
    event.listen(sync, "before_cursor_execute", one)
    event.listen(sync, "begin", transaction)
    try:
        yield found
    finally:
        event.remove(sync, "before_cursor_execute", one)
        event.remove(sync, "begin", transaction)


async def test_no_verb_asks_the_database_more_than_it_did(database_url: str) -> None:
    engine = create_engine(database_url)
    counter = Counter(engine)
    await counter.place("other")  # the catalogue, and what is asked once
    found: dict[str, int] = {}
    for command in LIFE:
        with counting(engine) as counted:
            assert (await counter.do(command, command.verb)).outcome == "done"
        found[command.verb] = counted.statements
    await engine.dispose()
    kind = 0 if database_url.startswith("sqlite") else 1
    over = {verb: (many, BUDGET[verb][kind]) for verb, many in found.items() if many != BUDGET[verb][kind]}
    assert over == {}, "verb: (now, budget); less is welcome, write it down"
