"""The way into the database: one engine per process, a reading and a writing transaction, three errors.

`engine` is SQLAlchemy's word here: one database and the connections to it.

StoreError                 the database did not do it; the message is short and carries no SQL
├── StoreUnavailable       not now: busy, gone, timed out, deadlocked. Nothing was committed for sure, or it is
│                          unknown whether it was: do it again, every write of ours may be repeated
└── StoreRejected          not ever: a constraint or a value the schema refuses. A bug above; do not do it again

Rule: nothing but statements runs inside `reading` and `writing`, and no SQLAlchemy error leaves them
(one such chain is 18 kB of Temporal history). SQLite's own defaults lose updates silently: pysqlite begins a transaction
only before the first write, so two transactions read the same row and the later write silently undoes the earlier one; here
every writing transaction is `BEGIN IMMEDIATE` and every reading one a deferred snapshot that never waits for the writer.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, Literal, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Executable, Row, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from store.database import loop_sqlite

T = TypeVar("T")
PATIENCE_SECONDS: Final = 2.0
"""How long a writer waits for the lock another process has (SQLite); the retry policy lives above the store."""
HASTE_SECONDS: Final = 0.4
"""The same for an order's save, which holds its workflow task meanwhile and is tried again there."""
OPENING_MS: Final = 400
"""How long opening a file may wait for others who open it."""
READ_BUSY_MS: Final = 20
"""How long any other statement of SQLite waits; a reader meets a lock only while a crashed process's log is recovered."""
QUEUE_SECONDS: Final = 5.0
"""How long a writer waits for its turn among the writers of its own process (SQLite)."""
COMMAND_SECONDS: Final = 5.0
"""PostgreSQL: no statement of ours takes longer."""
RETRYABLE: Final = ("08", "40", "53", "55", "57", "58")
"""SQLSTATE classes that pass: connection, rollback (deadlock), resources, lock, operator, system."""


class StoreError(Exception):
    """The database did not do it."""


class StoreUnavailable(StoreError):
    """Not now; repeating is safe."""


class StoreRejected(StoreError):
    """Not ever: the schema refuses it."""


def create_engine(url: str) -> AsyncEngine:
    """An engine for `sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`; nothing connects yet."""
    backend = make_url(url).get_backend_name()
    if backend == "sqlite":
        return _sqlite(url)
    if backend == "postgresql":
        return _postgresql(url)
    raise ValueError(f"the store runs on sqlite and postgresql, not on {backend}")


def is_sqlite(conn: AsyncConnection | Connection) -> bool:
    return conn.dialect.name == "sqlite"


@asynccontextmanager
async def reading(engine: AsyncEngine, *, aside: bool = False) -> AsyncIterator[AsyncConnection]:
    """A transaction that only reads: one snapshot for all its statements, and no writer is waited for. `aside`: it may
    read thousands of rows; the others of this process go on meanwhile."""
    with _mapped():
        async with engine.connect() as conn:
            if engine.dialect.name == "sqlite":
                await conn.execution_options(**{"ordermill_reading": True, loop_sqlite.ASIDE: aside})
            else:
                await conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            async with conn.begin():
                yield conn


async def fetch(
    engine: AsyncEngine, statement: Executable, parameters: Mapping[str, Any] | None = None
) -> Sequence[Row[Any]]:
    """The rows of one short statement that reads. It is a snapshot by itself, so no transaction is begun and ended: for
    SQLite that costs more than the statement, for PostgreSQL two round trips."""

    def rows() -> Sequence[Row[Any]]:
        with _kept(engine.sync_engine, "reads") as conn:
            conn.execution_options(ordermill_single=True)
            found = conn.execute(statement, parameters).all()
            conn.rollback()
            return found

    async def over_the_network() -> Sequence[Row[Any]]:
        async with engine.connect() as conn:
            await conn.execution_options(isolation_level="AUTOCOMMIT")
            return (await conn.execute(statement, parameters)).all()

    with _mapped():
        if engine.dialect.name == "sqlite":
            return await greenlet_spawn(rows)
        return await _once_more_when_dropped(over_the_network)


async def alone(engine: AsyncEngine, statement: str) -> None:
    """One statement that may not stand in a transaction and answers no rows: VACUUM, for whom it is."""
    with _mapped():
        async with engine.connect() as conn:
            if engine.dialect.name == "sqlite":
                await conn.execution_options(ordermill_single=True)
            else:
                await conn.execution_options(isolation_level="AUTOCOMMIT")
            await conn.execute(text(statement))


@contextmanager
def _kept(engine: Engine, purpose: Literal["reads", "writes"]) -> Iterator[Connection]:
    """A connection that stays out of the pool between uses: taking it out and giving it back costs SQLite more than a
    statement. Given back when anything goes wrong, and closed with the pool."""
    idle = _idle.setdefault(engine, {})
    conn = idle.pop(purpose, None) or engine.connect().execution_options(**{loop_sqlite.OWN: True})
    try:
        yield conn
    except BaseException:
        conn.close()
        raise
    if purpose in idle:
        conn.close()
    else:
        idle[purpose] = conn


def _close_kept(engine: Engine) -> None:
    for conn in _idle.pop(engine, {}).values():
        conn.detach()
        conn.close()


@asynccontextmanager
async def writing(engine: AsyncEngine, *, patience_seconds: float = PATIENCE_SECONDS) -> AsyncIterator[AsyncConnection]:
    """A transaction that may write; committed when the block ends, rolled back when it raises. `patience_seconds`: how
    long another process may keep SQLite's write lock."""
    with _mapped():
        if engine.dialect.name != "sqlite":
            async with engine.begin() as conn:
                yield conn
            return
        async with _turn(engine), engine.connect() as conn:
            if patience_seconds != PATIENCE_SECONDS:
                await conn.execution_options(ordermill_patience=patience_seconds)
            async with conn.begin():
                yield conn


async def transact(
    engine: AsyncEngine, work: Callable[[Connection], T], *, patience_seconds: float = PATIENCE_SECONDS
) -> T:
    """`work` in one writing transaction, for the paths of every order: its statements need not be awaited one by one.
    Committed when it returns, rolled back when it raises."""

    def run() -> T:
        # Nothing in here waits on SQLite but the lock, so nothing is cancelled half way; elsewhere the async connection
        # sees to it that a cancelled transaction's connection is closed.
        with _kept(engine.sync_engine, "writes") as conn:
            conn.execution_options(ordermill_patience=patience_seconds)
            with conn.begin():
                return work(conn)

    async def over_the_network() -> T:
        async with engine.connect() as conn:
            transaction = await conn.begin()
            try:
                result = await conn.run_sync(work)
            except BaseException:
                await transaction.rollback()
                raise
            with _unknown_from_here():
                await transaction.commit()
            return result

    with _mapped():
        if engine.dialect.name != "sqlite":
            return await _once_more_when_dropped(over_the_network)
        async with _turn(engine):
            return await greenlet_spawn(run)


async def single(
    engine: AsyncEngine, work: Callable[[Connection], T], *, patience_seconds: float = PATIENCE_SECONDS
) -> T:
    """`work` whose one writing statement is a transaction by itself: PostgreSQL begins and ends it without a round trip for
    either. What it reads besides is of other moments. A lost connection's statement is repeated: `work` must bear that its
    first try was done after all."""
    if engine.dialect.name == "sqlite":
        return await transact(engine, work, patience_seconds=patience_seconds)

    async def over_the_network() -> T:
        async with engine.connect() as conn:
            await conn.execution_options(isolation_level="AUTOCOMMIT")
            return await conn.run_sync(work)

    with _mapped():
        return await _once_more_when_dropped(over_the_network)


async def _once_more_when_dropped(work: Callable[[], Awaitable[T]]) -> T:
    """A connection that the server has dropped meanwhile is noticed by its first use (or by `_is_alive`): nothing was done with
    it, so it is done on another. Not when the commit itself was lost: whether that happened is unknown."""
    try:
        return await work()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    return await work()


@contextmanager
def _unknown_from_here() -> Iterator[None]:
    """A commit whose answer is lost may have happened: it is not repeated here, and says so."""
    try:
        yield
    except DBAPIError as error:
        raise StoreUnavailable(f"the commit was not answered: {_first_line(error.orig)}") from None


def _sqlite(url: str) -> AsyncEngine:
    engine = create_async_engine(
        make_url(url).set(drivername=loop_sqlite.DRIVER),
        pool_size=10,
        max_overflow=0,
        pool_timeout=QUEUE_SECONDS,
        connect_args={
            "isolation_level": None,
            "timeout": OPENING_MS / 1000,
            "check_same_thread": False,
            "factory": loop_sqlite.DriverConnection,
        },
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    event.listen(engine.sync_engine, "engine_disposed", _close_kept)
    return engine


def _prepare_sqlite(dbapi: Any, _record: object) -> None:
    # The busy timeout first: switching a new file to WAL is itself a write that other processes may hold up. Last it is short:
    # whoever waits for the write lock waits in `begin_immediate`, and nobody else has to.
    for pragma in (
        f"busy_timeout={OPENING_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-32768",
        "mmap_size=268435456",
        f"busy_timeout={READ_BUSY_MS}",
    ):
        dbapi.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(conn: Connection) -> None:
    options = conn.get_execution_options()
    if options.get("ordermill_single"):
        return
    if options.get("ordermill_reading"):
        conn.exec_driver_sql("BEGIN DEFERRED")
    else:
        loop_sqlite.begin_immediate(conn, options.get("ordermill_patience", PATIENCE_SECONDS))


def _is_alive(dbapi: Any, _record: object, _proxy: object) -> None:
    """Asks the driver, not the server, whether a connection that leaves the pool was closed: a ping before every use costs a
    round trip and 8 ms of CPU per order. SQLAlchemy takes another connection."""
    if dbapi.driver_connection.is_closed():
        raise DisconnectionError("the server closed the connection")


def _postgresql(url: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=10,
        max_overflow=10,
        pool_timeout=QUEUE_SECONDS,
        pool_recycle=1800,
        pool_use_lifo=True,  # the connection used last knows our statements already; rarely used ones stay idle
        connect_args={
            "timeout": 3,
            "command_timeout": COMMAND_SECONDS,
            # jit costs more than any query of ours; a forgotten transaction must not hold its locks for ever.
            "server_settings": {
                "application_name": "ordermill",
                "jit": "off",
                "idle_in_transaction_session_timeout": "15000",
            },
        },
    )
    event.listen(engine.sync_engine, "checkout", _is_alive)
    return engine


_idle: WeakKeyDictionary[Engine, dict[str, Connection]] = WeakKeyDictionary()
"""SQLite: what `_kept` keeps, by purpose."""
_queues: WeakKeyDictionary[Engine, asyncio.Lock] = WeakKeyDictionary()


@asynccontextmanager
async def _turn(engine: AsyncEngine) -> AsyncIterator[None]:
    """Writers of one process queue here, first come first served: SQLite's busy handler is neither fair nor cheap."""
    lock = _queues.setdefault(engine.sync_engine, asyncio.Lock())
    try:
        async with asyncio.timeout(QUEUE_SECONDS):
            await lock.acquire()
    except TimeoutError:
        raise StoreUnavailable("too many writers are waiting") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        mapped = _translated(error)
    else:
        return
    raise mapped from None


def _translated(error: Exception) -> StoreError:
    """The short error of a long one: only the driver's first line, never the statement or its parameters."""
    if isinstance(error, PoolTimeout):
        return StoreUnavailable("no database connection is free")
    if not isinstance(error, SQLAlchemyError):
        return StoreUnavailable(f"the database cannot be reached ({type(error).__name__})")
    if not isinstance(error, DBAPIError):
        return StoreRejected(f"{type(error).__name__}: {_first_line(error)}")
    state = getattr(error.orig, "sqlstate", None)
    lost = error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))
    if (lost and not isinstance(error, IntegrityError)) or str(state or "").startswith(RETRYABLE):
        return StoreUnavailable(_first_line(error.orig))
    return StoreRejected(_first_line(error.orig))


def _first_line(error: BaseException | None) -> str:
    text = str(error).splitlines()[0] if error is not None and str(error) else type(error).__name__
    return text.rsplit("'>: ", 1)[-1][:200]
