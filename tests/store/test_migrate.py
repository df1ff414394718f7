import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from store import migrate
from store.engine import create_engine, reading
from store.tables import metadata
from tests.databases import Postgres


async def test_the_tables_are_what_the_migrations_make(engine: AsyncEngine) -> None:
    def differences(conn: Connection) -> Any:
        return compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), metadata)

    async with reading(engine) as conn:
        assert await conn.run_sync(differences) == []


async def test_texts_compare_by_bytes_on_both_databases(engine: AsyncEngine) -> None:
    async with reading(engine) as conn:
        for table in ("orders", "variants"):
            sql = f"SELECT count(*) FROM {table} WHERE id >= 'a' AND id < 'B'"  # noqa: S608
            assert (await conn.execute(text(sql))).scalar_one() == 0
        if conn.dialect.name == "postgresql":
            found = await conn.execute(
                text("SELECT collation_name FROM information_schema.columns WHERE column_name = 'email_lower'")
            )
            assert found.scalars().all() == ["C"]


def test_migrating_again_changes_nothing(database_url: str) -> None:
    migrate.upgrade(database_url)
    migrate.upgrade(database_url)


def test_many_processes_may_migrate_a_new_sqlite_file_at_once(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'fresh' / 'ordermill.sqlite'}"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(migrate.upgrade, [url] * 8))
    assert _first_number(url) == 1000


def test_many_processes_may_migrate_a_new_postgresql_database_at_once(postgres: Postgres) -> None:
    name = postgres.create()
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(migrate.upgrade, [postgres.url(name)] * 8))
        assert _first_number(postgres.url(name)) == 1000
    finally:
        postgres.drop(name)


def _first_number(url: str) -> int:
    async def read() -> int:
        engine = create_engine(url)
        async with reading(engine) as conn:
            found = await conn.execute(text("SELECT value FROM counters WHERE name = 'order_number'"))
            value = int(found.scalar_one())
        await engine.dispose()
        return value

    return asyncio.run(read())


async def test_a_migrated_database_goes_down_and_up_again(engine: AsyncEngine) -> None:
    def down_and_up(conn: Connection) -> None:
        script = ScriptDirectory(str(migrate.SCRIPTS)).get_revision("0001")
        assert script is not None
        with Operations.context(MigrationContext.configure(conn)):
            script.module.downgrade()
            script.module.upgrade()

    async with engine.begin() as conn:
        await conn.run_sync(down_and_up)
