"""`ordermill restore DIR`: a backup becomes the shop's database again, and no money moves twice.

    1  checked       the backup is whole, of this database's kind and no newer than this release; nothing runs here
    2  in its place  in one step, marked as restored; what was there before is kept aside
    3  migrated      to this release's schema
    4  carried over  numbers given out and keys revoked since, as far as the former database can be read
    5  reconciled    what payment providers did since the backup is told to the orders' rows
    6  rebuilt       by the first worker that starts: every open order gets its workflow and timers

Rule: no worker starts before step 5 is done, and without one the API takes no writes. What fails from step 3 on is gone on
with by `ordermill restore --finish`.
"""

import asyncio
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer
from sqlalchemy.engine import make_url

from ordermill.backups import manifest, postgres_tools, sqlite_files
from ordermill.backups.manifest import BackupError, Manifest
from ordermill.commands.backup import ORDERS, TEMPORAL
from ordermill.launch import state
from ordermill.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from store.database.restored import Former

DONE, REFUSED, UNFINISHED = 0, 1, 3
"""Exit codes: done; nothing was touched; in its place, but not yet reconciled (`--finish`)."""
OURS: Final = "application_name = 'ordermill' AND pid <> pg_backend_pid()"


@dataclass(frozen=True)
class Placed:
    """What is kept of what was there before: a file, or a schema's name; None: nothing was."""

    aside: str | None
    former: "Former | None"


def restore(settings: Settings, directory: Path | None, *, orders_only: bool, days: float) -> int:
    """One of the exit codes above. `directory` None: go on with a restore that was not finished."""
    from store.database.engine import StoreError

    try:
        with state.held(settings.data_dir):
            placed = None if directory is None else _place(settings, directory, orders_only=orders_only)
            try:
                return asyncio.run(_finish(settings, placed, days))
            except (StoreError, BackupError) as error:
                typer.echo(f"ordermill restore: {error}; go on with `ordermill restore --finish`", err=True)
                return UNFINISHED
    except (BackupError, StoreError, state.StateInUse) as error:
        typer.echo(f"ordermill restore: {error}", err=True)
        return REFUSED


def _place(settings: Settings, directory: Path, *, orders_only: bool) -> Placed:
    """Steps 1 and 2. BackupError: nothing was touched."""
    from store.database import migrate

    found = manifest.read(directory)
    backend = make_url(settings.database).get_backend_name()
    if found.database != backend:
        raise BackupError(f"{directory} is a backup of {found.database}, and ORDERMILL_DATABASE_URL names {backend}")
    if not migrate.knows(found.schema_revision):
        raise BackupError(
            f"{directory} was made by a newer release ({found.ordermill}, schema {found.schema_revision}): "
            "restore it with that one"
        )
    temporal = TEMPORAL in found.files and not orders_only and settings.temporal_address is None
    names = [ORDERS[backend], *([TEMPORAL] if temporal else [])]
    manifest.check(directory, found, names)
    now = datetime.now(UTC)
    if backend == "sqlite":
        return _sqlite(settings, directory, found, now, temporal=temporal)
    return asyncio.run(_postgresql(settings, directory, found, now, temporal=temporal))


def _sqlite(settings: Settings, directory: Path, found: Manifest, now: datetime, *, temporal: bool) -> Placed:
    import sqlite3

    from store.database.restored import mark_sql

    target = Path(make_url(settings.database).database or "")
    target.parent.mkdir(parents=True, exist_ok=True)
    _nobody_has(target, *([settings.data_dir / TEMPORAL] if temporal else []))
    marked = target.with_name(f"{target.name}.marked")
    try:
        shutil.copyfile(directory / ORDERS["sqlite"], marked)
        with sqlite3.connect(marked) as conn:
            for statement in mark_sql("", int(found.made_at.timestamp()), int(now.timestamp())):
                conn.execute(statement)
        conn.close()
        aside = target.with_name(f"{target.name}.before-{now:%Y%m%dT%H%M%S}")
        if temporal:
            _place_temporal(settings, directory, now)
        kept = sqlite_files.place(marked, target, aside)
    finally:
        marked.unlink(missing_ok=True)
    return Placed(str(aside) if kept else None, asyncio.run(_former_file(aside.absolute())) if kept else None)


def _nobody_has(*files: Path) -> None:
    for file in files:
        if sqlite_files.is_open(file):
            raise BackupError(f"{file} is in use: stop the engine first (API, workers and Temporal)")


def _place_temporal(settings: Settings, directory: Path, now: datetime) -> None:
    target = settings.data_dir / TEMPORAL
    sqlite_files.place(directory / TEMPORAL, target, target.with_name(f"{TEMPORAL}.before-{now:%Y%m%dT%H%M%S}"))


async def _former_file(file: Path) -> "Former | None":
    from store.database.engine import StoreError, create_engine
    from store.database.restored import former

    engine = create_engine(f"sqlite+aiosqlite:///{file}")
    try:
        return await former(engine)
    except StoreError:
        return None  # damaged: why somebody restores
    finally:
        await engine.dispose()


async def _postgresql(settings: Settings, directory: Path, found: Manifest, now: datetime, *, temporal: bool) -> Placed:
    """The former schema gets another name, and the dump is read into a new one of its name: all in one transaction."""
    from sqlalchemy import text

    from store.database.engine import create_engine, fetch
    from store.database.restored import former, mark_sql

    engine = create_engine(settings.database)
    aside = f"before_{now:%Y%m%dt%H%M%S}"
    try:
        version, schema = await postgres_tools.about(engine)
        major = version // 10000
        await _nobody_is_connected(engine)
        tools = tuple(postgres_tools.find(name, major, settings.pg_bin) for name in ("pg_restore", "psql"))
        query = text("SELECT count(*) FROM pg_tables WHERE schemaname = :name")
        kept = bool((await fetch(engine, query, {"name": schema}))[0][0])
        if temporal:
            _nobody_has(settings.data_dir / TEMPORAL)
        before = f'ALTER SCHEMA "{schema}" RENAME TO "{aside}";' if kept else f'DROP SCHEMA "{schema}";'
        marks = mark_sql(f'"{schema}".', int(found.made_at.timestamp()), int(now.timestamp()))
        await asyncio.to_thread(
            postgres_tools.restore, (tools[0], tools[1]), postgres_tools.environment(settings.database),
            directory / ORDERS["postgresql"], schema, f'{before} CREATE SCHEMA "{schema}";', ";\n".join([*marks, ""]),
        )  # fmt: skip
        if temporal:
            _place_temporal(settings, directory, now)
        known = await former(engine, f'"{aside}".') if kept else None
        return Placed(f"schema {aside}" if kept else None, known)
    finally:
        await engine.dispose()


async def _nobody_is_connected(engine: "AsyncEngine") -> None:
    from sqlalchemy import text

    from store.database.engine import fetch

    count = f"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND {OURS}"  # noqa: S608 - fixed words
    if (await fetch(engine, text(count)))[0][0]:
        raise BackupError("processes of an engine are connected to the database: stop its API and workers first")


async def _finish(settings: Settings, placed: Placed | None, days: float) -> int:
    """Steps 3 to 5, from wherever they stand."""
    from store.database import migrate, restored
    from store.database.engine import create_engine

    engine = create_engine(settings.database)
    try:
        if await migrate.revision(engine) is None:
            raise BackupError("there is no restored database here")
        await migrate.apply(engine)
        marks = await restored.marks(engine)
        since = marks.unreconciled_since
        if since is None:
            typer.echo("nothing is left to finish")
            return DONE
        if marks.uncarried:
            placed = placed or Placed(None, None)
            spared = await restored.carry_over(engine, placed.former, int(time.time()) - since)
            _tell(placed, since, spared)
        if not await _reconciled(settings, engine, since, days):
            return UNFINISHED
        await restored.done(engine, restored.UNRECONCILED)
    finally:
        await engine.dispose()
    typer.echo("restored: start the engine, its first worker gives every open order its workflow and timers")
    return DONE


def _tell(placed: Placed, since: int, spared: int) -> None:
    at = datetime.fromtimestamp(since, UTC)
    typer.echo(f"in its place: the orders of {at:%Y-%m-%d %H:%M:%S} UTC")
    if placed.aside:
        typer.echo(f"kept aside: {placed.aside}; delete it when you miss nothing")
    if spared:
        typer.echo(f"left out: {spared} order numbers, which may have been given out since")
    if placed.former is None:
        typer.echo("to do: revoke again what keys were revoked since (`ordermill keys list`)")
    typer.echo("to do: erase again what customers were erased since (`ordermill customers erase`)")


async def _reconciled(settings: Settings, engine: "AsyncEngine", since: int, days: float) -> bool:
    """Every provider there is, from `days` before the backup on. False: one does not answer."""
    from activities.providers import by_livemode
    from activities.providers.base import ProviderUnavailable

    for livemode, provider in by_livemode(settings).items():
        try:
            await _reconcile(settings, engine, provider, livemode, since - int(days * 86400))
        except ProviderUnavailable as error:
            told = f"{provider} does not answer: {error.message}"
            typer.echo(f"ordermill restore: {told}; go on with `ordermill restore --finish`", err=True)
            return False
    return True


async def _reconcile(settings: Settings, engine: "AsyncEngine", provider: str, livemode: bool, since: int) -> None:
    from activities.upkeep.restoring import Restoring
    from api.faces import AXES
    from store.lists import facets
    from worker import ProviderTable
    from workflows.messages import Period

    facets.register(AXES)
    known = ProviderTable(settings, engine)
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    period = Period(provider=provider, livemode=livemode, since=datetime.fromtimestamp(since, UTC), until=until)
    try:
        found = await Restoring(engine, known).reconcile(period)
    finally:
        await known.close()
    mode = "live" if livemode else "test"
    typer.echo(f"{provider} ({mode}): {found.compared} payments compared, {len(found.differences)} differences")
    for difference in found.differences:
        typer.echo(
            f"{'left' if difference.left else 'repaired'}: {difference.ref} of order {difference.order_id}: "
            f"{difference.what}; ours {difference.ours}, theirs {difference.theirs}"
        )
