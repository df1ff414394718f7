import asyncio
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import (
    StoreError,
    StoreRejected,
    StoreUnavailable,
    create_engine,
    fetch,
    reading,
    transact,
    writing,
)
from tests.databases import Postgres


def test_other_databases_are_refused() -> None:
    with pytest.raises(ValueError, match="mysql"):
        create_engine("mysql+aiomysql://localhost/x")


async def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    urls = [
        f"sqlite+aiosqlite:///{tmp_path / 'no' / 'such' / 'directory.sqlite'}",
        f"postgresql+asyncpg://postgres@/none?host={tmp_path}",
        "postgresql+asyncpg://postgres@127.0.0.1:9/none",
    ]
    for url in urls:
        engine = create_engine(url)
        for way in (reading, writing):
            with pytest.raises(StoreUnavailable) as lost:
                async with way(engine) as conn:
                    await conn.execute(text("SELECT 1"))
            assert lost.value.__cause__ is None
            assert lost.value.__suppress_context__
        await engine.dispose()


async def test_wrong_sql_is_an_error_of_the_store_and_short(engine: AsyncEngine) -> None:
    with pytest.raises(StoreError) as wrong:
        async with reading(engine) as conn:
            await conn.execute(text("SELECT * FROM no_such_table WHERE secret = 'x'"))
    assert not isinstance(wrong.value, SQLAlchemyError)
    assert "secret" not in str(wrong.value)


async def test_a_broken_rule_of_the_schema_is_rejected_for_good(engine: AsyncEngine) -> None:
    with pytest.raises(StoreRejected):
        async with writing(engine) as conn:
            await conn.execute(text("INSERT INTO counters (name, value) VALUES ('order_number', 1)"))


async def test_errors_of_the_caller_pass_as_they_are_and_roll_back(engine: AsyncEngine) -> None:
    async def fail() -> None:
        async with writing(engine) as conn:
            await conn.execute(text("UPDATE counters SET value = 5"))
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    async with reading(engine) as conn:
        assert 5 not in (await conn.execute(text("SELECT value FROM counters"))).scalars().all()


async def test_readers_do_not_wait_for_the_writer(engine: AsyncEngine) -> None:
    async with writing(engine) as writer:
        await writer.execute(text("UPDATE counters SET value = 7"))
        async with asyncio.timeout(0.3), reading(engine) as reader:
            assert 7 not in (await reader.execute(text("SELECT value FROM counters"))).scalars().all()


async def test_a_reader_sees_one_moment(engine: AsyncEngine) -> None:
    read = text("SELECT value FROM counters WHERE name = 'order_number'")
    async with reading(engine) as reader:
        before = (await reader.execute(read)).scalar_one()
        async with writing(engine) as writer:
            await writer.execute(text("UPDATE counters SET value = value + 1"))
        assert (await reader.execute(read)).scalar_one() == before


async def test_a_database_locked_by_another_process_is_unavailable_soon(sqlite_url: str) -> None:
    holder, engine = create_engine(sqlite_url), create_engine(sqlite_url)
    async with writing(holder) as conn:
        await conn.execute(text("UPDATE counters SET value = 7"))
        async with asyncio.timeout(4):
            with pytest.raises(StoreUnavailable):
                async with writing(engine):
                    pass
    async with writing(engine):
        pass
    await holder.dispose()
    await engine.dispose()


async def test_a_server_that_restarts_is_found_again(postgres: Postgres, postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    async with reading(engine) as conn:
        await conn.execute(text("SELECT 1"))
    async with writing(engine) as conn:
        others = "pid <> pg_backend_pid() AND datname = current_database()"
        await conn.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))  # noqa: S608
    with pytest.raises(StoreUnavailable):
        async with writing(engine) as conn:
            await conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    async with reading(engine) as conn:
        assert (await conn.execute(text("SELECT 1"))).scalar_one() == 1
    await engine.dispose()


async def test_a_cancelled_writer_leaves_nothing_locked(engine: AsyncEngine) -> None:
    async def hold() -> None:
        async with writing(engine) as conn:
            await conn.execute(text("UPDATE counters SET value = 9"))
            await asyncio.sleep(10)

    task = asyncio.create_task(hold())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with writing(engine) as conn:
        values = (await conn.execute(text("SELECT value FROM counters"))).scalars().all()
        assert 9 not in values
        await conn.execute(text("UPDATE counters SET value = 10"))


async def _drop_others(url: str) -> None:
    """The server closes every other connection to this database, as a restart or an idle time-out does."""
    other = create_engine(url)
    kill = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND application_name = 'ordermill'"
    )
    async with writing(other) as conn:
        await conn.execute(kill)
    await other.dispose()


@pytest.mark.parametrize("notice", [True, False], ids=["the driver has noticed", "nobody has noticed yet"])
async def test_a_dropped_connection_is_replaced_without_a_ping_before_every_use(
    postgres_url: str, notice: bool
) -> None:
    engine = create_engine(postgres_url)
    await transact(engine, lambda conn: conn.execute(text("CREATE TABLE t (n int)")))
    for n in range(3):
        await _drop_others(postgres_url)
        if notice:
            await asyncio.sleep(0.05)
        await transact(engine, partial(_insert, n))
        await _drop_others(postgres_url)
        if notice:
            await asyncio.sleep(0.05)
        assert len(await fetch(engine, text("SELECT n FROM t"))) == n + 1
    await engine.dispose()


def _insert(n: int, conn: Connection) -> None:
    conn.execute(text("INSERT INTO t VALUES (:n)"), {"n": n})
