"""`ordermill backup DIR`: the order database, and the embedded Temporal's file, copied while the engine runs.

Temporal's file comes first: what the order database then holds more of is found by its rows, while a workflow that knows a
command its database has not yet stored could only refuse it.
"""

import asyncio
import shutil
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import typer
from sqlalchemy.engine import make_url

from ordermill import __version__
from ordermill.backups import manifest, postgres_tools, sqlite_files
from ordermill.backups.manifest import BackupError, Manifest
from ordermill.launch.state import private
from ordermill.settings import Settings

ORDERS: Final = {"sqlite": "ordermill.sqlite", "postgresql": "orders.dump"}
"""The order database's file in a backup."""
TEMPORAL: Final = "temporal.sqlite"
TRIES: Final = 3


def backup(settings: Settings, directory: Path) -> int:
    """Exit code 0, or 1 with one line that says why."""
    began = time.monotonic()
    try:
        _claim(directory)
        made = _make(settings, directory)
    except BackupError as error:
        typer.echo(f"ordermill backup: {error}", err=True)
        return 1
    size = sum(file.bytes for file in made.files.values())
    typer.echo(
        f"{directory}: {made.orders} orders at schema {made.schema_revision}, "
        f"{', '.join(made.files)}, {size:,} bytes, {time.monotonic() - began:.1f} s"
    )
    return 0


def _claim(directory: Path) -> None:
    """An empty directory, readable by its owner only: there are customers' names in it."""
    try:
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise BackupError(f"{directory} is not empty: a backup is a directory of its own")
        private(directory)
    except OSError as error:
        raise BackupError(f"{directory} cannot be written: {error.strerror}") from None


def _make(settings: Settings, directory: Path) -> Manifest:
    made_at = datetime.now(UTC).replace(microsecond=0)
    backend = make_url(settings.database).get_backend_name()
    try:
        names = [TEMPORAL] if _temporal(settings, directory) else []
        if backend == "sqlite":
            server, revision, orders = _sqlite(settings, directory)
        else:
            server, revision, orders = asyncio.run(_postgresql(settings, directory))
        names.append(ORDERS[backend])
        made = Manifest(
            made_at=made_at, ordermill=__version__, database="sqlite" if backend == "sqlite" else "postgresql",
            server=server, schema_revision=revision, orders=orders,
            files={name: manifest.describe(directory / name) for name in names},
        )  # fmt: skip
        manifest.write(directory, made)
    except BaseException:
        for file in directory.iterdir():  # it was empty: all of it is ours, and half a backup helps nobody
            file.unlink()
        raise
    return made


def _temporal(settings: Settings, directory: Path) -> bool:
    """The embedded server's file; a Temporal of the shop's own is backed up by its own means, and can be lost."""
    source = settings.data_dir / TEMPORAL
    if settings.temporal_address is not None or not source.exists():
        return False
    _room(source.stat().st_size, directory)
    sqlite_files.copy(source, directory / TEMPORAL)
    return True


def _room(size: int, directory: Path) -> None:
    free = shutil.disk_usage(directory).free
    if size > free:
        raise BackupError(f"{directory} has {free:,} bytes free, and the copy needs {size:,}")


def _sqlite(settings: Settings, directory: Path) -> tuple[str, str, int]:
    """(SQLite's version, schema revision, orders), both of the copy."""
    source = Path(make_url(settings.database).database or "")
    if not source.exists():
        raise BackupError(f"there is no database at {source}")
    _room(source.stat().st_size, directory)
    copied = directory / ORDERS["sqlite"]
    sqlite_files.copy(source, copied)
    try:
        with sqlite3.connect(f"file:{copied}?mode=ro", uri=True) as conn:
            revision = conn.execute("SELECT version_num FROM alembic_version").fetchone()
            orders = conn.execute("SELECT count(*) FROM orders").fetchone()
        conn.close()
    except sqlite3.Error:
        raise BackupError(f"{source} holds no orders' tables (`ordermill migrate` makes them)") from None
    return sqlite3.sqlite_version, str(revision[0]), int(orders[0])


async def _postgresql(settings: Settings, directory: Path) -> tuple[str, str, int]:
    """(server's version, schema revision, orders). The revision is the same before and after the dump, so it is the dump's."""
    from sqlalchemy import text

    from store.database import migrate
    from store.database.engine import StoreError, create_engine, fetch

    engine = create_engine(settings.database)
    try:
        version, schema = await postgres_tools.about(engine)
        tool = postgres_tools.find("pg_dump", version // 10000, settings.pg_bin)
        for _ in range(TRIES):
            before = await migrate.revision(engine)
            if before is None:
                raise BackupError("the database holds no orders' tables (`ordermill migrate` makes them)")
            env = postgres_tools.environment(settings.database)
            await asyncio.to_thread(postgres_tools.dump, tool, env, schema, directory / ORDERS["postgresql"])
            if await migrate.revision(engine) == before:
                orders = (await fetch(engine, text("SELECT count(*) FROM orders")))[0][0]
                return f"{version // 10000}.{version % 10000}", before, int(orders)
    except StoreError as error:
        raise BackupError(f"the database does not answer: {error}") from None
    finally:
        await engine.dispose()
    raise BackupError("the database was migrated while it was copied: do it again")
