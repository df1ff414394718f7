import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database import migrate
from store.database.engine import create_engine, reading, writing
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


REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0008", "0009", "0010", "0011", "0013")


def _module(revision: str) -> Any:
    script = ScriptDirectory(str(migrate.SCRIPTS)).get_revision(revision)
    assert script is not None
    return script.module


def down(conn: Connection, *revisions: str) -> None:
    with Operations.context(MigrationContext.configure(conn)):
        for revision in reversed(revisions):
            _module(revision).downgrade()


def up(conn: Connection, *revisions: str) -> None:
    with Operations.context(MigrationContext.configure(conn)):
        for revision in revisions:
            _module(revision).upgrade()


def test_every_revision_there_is_goes_down_and_up_here() -> None:
    found = [script.revision for script in ScriptDirectory(str(migrate.SCRIPTS)).walk_revisions()]
    assert tuple(reversed(found)) == REVISIONS


async def test_a_migrated_database_goes_down_and_up_again(engine: AsyncEngine) -> None:
    def down_and_up(conn: Connection) -> None:
        down(conn, *REVISIONS)
        up(conn, *REVISIONS)
        assert compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), metadata) == []

    async with engine.begin() as conn:
        await conn.run_sync(down_and_up)


OLD_ROW = {
    "id": "01KDVNHQ4R00000000000000Z9", "number": 1001, "number_text": "1001", "livemode": False, "facet": 0,
    "hanzo_status": "pending", "lifecycle": "draft", "payment_status": "pending", "fulfillment_status": "unfulfilled",
    "zephyr_status": "created", "storefront_status": "open", "financial_status": "pending", "commercehq_status": 0,
    "commercehq_paid": 0, "email_lower": "", "total": 1, "currency": "USD", "created_at": 100, "updated_at": 200,
    "is_open": True, "saved_at": 1, "doc": "{}",
}  # fmt: skip


def _before_0004(conn: Connection) -> None:
    """A database as it was, with an order just placed and one changed since."""
    script = ScriptDirectory(str(migrate.SCRIPTS))
    with EnvironmentContext(Config(), script, fn=lambda rev, _: script._upgrade_revs("0002", rev)) as environment:
        environment.configure(connection=conn, target_metadata=metadata, transactional_ddl=True)
        environment.run_migrations()
    names = (*OLD_ROW, "version")
    sql = f"INSERT INTO orders ({', '.join(names)}) VALUES ({', '.join(':' + n for n in names)})"  # noqa: S608
    conn.execute(text(sql), OLD_ROW | {"version": 1})
    other = {"id": "01KDVNHQ4R00000000000000ZA", "number": 1002, "number_text": "1002", "version": 3}
    conn.execute(text(sql), OLD_ROW | other)


async def _after_0004(url: str) -> list[tuple[int, int, int, str]]:
    engine = create_engine(url)
    try:
        async with writing(engine) as conn:
            await conn.run_sync(_before_0004)
        await migrate.apply(engine)
        async with reading(engine) as conn:
            rows = await conn.execute(text("SELECT number, facet, changed_at, doc FROM orders ORDER BY number"))
            return [(row.number, row.facet, row.changed_at, row.doc) for row in rows]
    finally:
        await engine.dispose()


KEPT = [(1001, 0, 0, "{}"), (1002, 0, 200, "{}")]


def test_stored_orders_keep_their_facet_and_learn_when_they_were_changed_on_sqlite(tmp_path: Path) -> None:
    assert asyncio.run(_after_0004(f"sqlite+aiosqlite:///{tmp_path / 'old.sqlite'}")) == KEPT


def test_stored_orders_keep_their_facet_and_learn_when_they_were_changed_on_postgresql(
    postgres: Postgres,
) -> None:
    name = postgres.create()
    try:
        assert asyncio.run(_after_0004(postgres.url(name))) == KEPT
    finally:
        postgres.drop(name)
