"""SQLite on the event loop's own thread: SQLAlchemy's SQLite dialect over the standard library's sqlite3.

A statement of ours takes less than handing it to another thread and back, and the transaction holds the write lock meanwhile
(docs/decisions/0009-sqlite-on-the-loop.md). So statements run where they are awaited, and the loop waits for none but these:

    the write lock        asked for without waiting, asked again after a pause of the loop (`begin_immediate`)
    `aside` statements    lists and counts, which may read thousands of rows: on a thread, fetched there

Nothing else suspends, so a task is cancelled between statements or in one of the two, never with a statement half done.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Pool
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util import await_

DRIVER: Final = "sqlite+loop"
ASIDE: Final = "ordermill_aside"
"""Execution option: on a thread."""
OWN: Final = "ordermill_own"
"""Option of connections that no AsyncConnection uses: it insists that something was awaited, and here nothing waits."""
PAUSE_SECONDS: Final = 0.001
"""Between two tries for the write lock; doubled up to LONGEST_PAUSE_SECONDS."""
LONGEST_PAUSE_SECONDS: Final = 0.008


class Cursor(sqlite3.Cursor):
    """A cursor that can hand out rows fetched before, with the hook SQLAlchemy's async results call."""

    fetched: list[Any] | None = None

    async def _async_soft_close(self) -> None:
        """Nothing waits: the synchronous close does it."""

    def keep(self) -> None:
        """Fetch what there is, now."""
        self.fetched = super().fetchall()

    def fetchone(self) -> Any:
        if self.fetched is None:
            return super().fetchone()
        return self.fetched.pop(0) if self.fetched else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        size = self.arraysize if size is None else size
        if self.fetched is None:
            return super().fetchmany(size)
        taken, self.fetched = self.fetched[:size], self.fetched[size:]
        return taken

    def fetchall(self) -> list[Any]:
        if self.fetched is None:
            return super().fetchall()
        taken, self.fetched = self.fetched, []
        return taken


class DriverConnection(sqlite3.Connection):
    """Whose cursors are ours."""

    def cursor(self, factory: Any = Cursor) -> Any:
        return super().cursor(factory)


class LoopSQLite(SQLiteDialect_pysqlite):
    """SQLAlchemy's pysqlite dialect, for its async engine."""

    driver = "loop"
    is_async = True
    has_terminate = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: Any) -> type[Pool]:
        return AsyncAdaptedQueuePool

    def get_driver_connection(self, connection: Any) -> Any:
        return connection

    def do_terminate(self, dbapi_connection: Any) -> None:
        """Rolled back first: closing does not end a transaction while anybody (a traceback) holds a cursor of it."""
        dbapi_connection.rollback()
        dbapi_connection.close()

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        _run(cursor, cursor.execute, statement, parameters, context)

    def do_execute_no_params(self, cursor: Any, statement: str, context: Any = None) -> None:
        _run(cursor, cursor.execute, statement, (), context)

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        _run(cursor, cursor.executemany, statement, parameters, context)


registry.register(DRIVER.replace("+", "."), __name__, LoopSQLite.__name__)


def _run(
    cursor: Cursor, execute: Callable[..., object], statement: str, parameters: Sequence[Any], context: Any
) -> None:
    options = {} if context is None else context.execution_options
    if options.get(ASIDE):
        await_(_aside(cursor, execute, statement, parameters))
    elif options.get(OWN):
        execute(statement, parameters)
    else:
        await_(_at_once(execute, statement, parameters))


async def _at_once(execute: Callable[..., object], statement: str, parameters: Sequence[Any]) -> None:
    execute(statement, parameters)


async def _aside(cursor: Cursor, execute: Callable[..., object], statement: str, parameters: Sequence[Any]) -> None:
    def fetch() -> None:
        execute(statement, parameters)
        cursor.keep()

    work = asyncio.get_running_loop().run_in_executor(None, fetch)
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        cursor.connection.interrupt()
        await asyncio.wait([work])
        if not work.cancelled():
            work.exception()
        raise


def begin_immediate(conn: Connection, patience_seconds: float) -> None:
    """Begin with the write lock, waiting for another process that has it. OperationalError when it keeps it too long."""
    dbapi = conn.connection.dbapi_connection
    until, pause = time.monotonic() + patience_seconds, PAUSE_SECONDS
    while dbapi is not None and time.monotonic() < until:
        try:
            dbapi.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                break
            await_(asyncio.sleep(pause))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        else:
            return
    conn.exec_driver_sql("BEGIN IMMEDIATE")
