"""Bringing a database to the newest schema, at start, by however many processes at once.

The migrations run in one transaction under a lock (PostgreSQL: advisory; SQLite: the write lock itself), so the
second process waits, finds nothing to do and goes on. No alembic.ini: what it would say is here.
"""

import asyncio
from pathlib import Path
from typing import Any, Final

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database import opening
from store.database.engine import create_engine, is_sqlite, reading, writing
from store.tables import metadata

SCRIPTS: Final = Path(__file__).with_name("migrations")
LOCK: Final = 7_300_412_605_172_441
"""Our advisory lock's number; nobody else's."""
WAIT_SECONDS: Final = 60.0
"""How long a process waits for another one's migration."""


def upgrade(database_url: str) -> None:
    """Migrate to the newest revision; nothing happens when it is there. Blocks; no event loop may run here."""
    path = make_url(database_url).database
    if database_url.startswith("sqlite") and path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(_upgrade(database_url))


async def _upgrade(database_url: str) -> None:
    engine = create_engine(database_url)
    try:
        await apply(engine)
    finally:
        await engine.dispose()


async def apply(engine: AsyncEngine) -> None:
    """The same where a loop runs."""
    async with reading(engine) as conn:
        current = await conn.run_sync(_current)
    if current == _newest():
        return
    if current is not None and current not in opening.known_revisions():
        raise opening.newer(current, f"the {engine.dialect.name} database")
    async with writing(engine, patience_seconds=WAIT_SECONDS) as conn:
        if not is_sqlite(conn):
            await conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        await conn.run_sync(run)


def _current(conn: Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()


async def revision(engine: AsyncEngine) -> str | None:
    """The schema revision a database is at; None: it has none of ours."""
    async with reading(engine) as conn:
        return await conn.run_sync(_current)


def knows(wanted: str) -> bool:
    """Whether this release has a revision among its own: a database at another is a newer release's."""
    return any(script.revision == wanted for script in ScriptDirectory(str(SCRIPTS)).walk_revisions())


def _newest() -> str | None:
    return ScriptDirectory(str(SCRIPTS)).get_current_head()


def run(conn: Connection) -> None:
    """Run what is missing inside the caller's transaction."""
    script = ScriptDirectory(str(SCRIPTS))

    def missing(revision: Any, _context: MigrationContext) -> Any:
        # What alembic's own `upgrade` command does; it offers no public name for it.
        return script._upgrade_revs("head", revision)  # noqa: SLF001

    with EnvironmentContext(Config(), script, fn=missing) as environment:
        environment.configure(connection=conn, target_metadata=metadata, transactional_ddl=True)
        environment.run_migrations()
