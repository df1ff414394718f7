"""What a backup holds and what a restore refuses, file by file; no process is needed for it.

Under load, with every kind of Temporal beside it: tests/faults/test_backups.py.
"""

import asyncio
import json
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ordermill.backups import manifest, postgres_tools, sqlite_files
from ordermill.backups.manifest import BackupError
from ordermill.commands.backup import backup
from ordermill.commands.restore import DONE, REFUSED, UNFINISHED, restore
from ordermill.launch import state
from ordermill.settings import Settings
from store.access import keys
from store.database import migrate, restored
from store.database.engine import create_engine, transact
from store.order import orders


@pytest.fixture
def shop(tmp_path: Path) -> Settings:
    """A state directory with a database."""
    settings = Settings(data_dir=tmp_path / "state")
    migrate.upgrade(settings.database)
    return settings


@pytest.fixture
def made(shop: Settings, tmp_path: Path) -> Path:
    assert backup(shop, tmp_path / "backup") == 0
    return tmp_path / "backup"


def put_back(settings: Settings, directory: Path | None) -> int:
    return restore(settings, directory, orders_only=False, days=30)


def counters(settings: Settings) -> dict[str, int]:
    with closing(sqlite3.connect(settings.data_dir / "ordermill.sqlite")) as conn:
        return dict(conn.execute("SELECT name, value FROM counters"))


def test_a_backup_says_what_it_holds_and_is_private(made: Path) -> None:
    found = manifest.read(made)
    assert (found.database, found.orders, set(found.files)) == ("sqlite", 0, {"ordermill.sqlite"})
    assert migrate.knows(found.schema_revision)
    assert made.stat().st_mode & 0o777 == 0o700
    assert {file.name for file in made.iterdir()} == {"ordermill.sqlite", "manifest.json"}


def test_a_directory_with_something_in_it_is_left_alone(
    shop: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photo.jpg").write_text("x")
    assert backup(shop, tmp_path) == 1
    assert "is not empty" in capsys.readouterr().err
    assert (tmp_path / "photo.jpg").exists()


def test_what_is_no_database_is_no_backup_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data_dir=tmp_path / "state")
    assert backup(settings, tmp_path / "b") == 1
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "ordermill.sqlite").write_bytes(b"no database " * 500)
    assert backup(settings, tmp_path / "c") == 1
    told = capsys.readouterr().err.splitlines()
    assert [("there is no database" in told[0]), ("cannot be copied" in told[1])] == [True, True]
    assert list((tmp_path / "b").iterdir()) == list((tmp_path / "c").iterdir()) == []


def test_a_copy_is_one_moment_while_others_write(tmp_path: Path) -> None:
    """Two counters that are always raised together are equal in every copy."""
    live = tmp_path / "live.sqlite"
    with closing(sqlite3.connect(live, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("CREATE TABLE t (name TEXT PRIMARY KEY, n INTEGER, filler BLOB)")
        conn.executemany("INSERT INTO t VALUES (?, 0, zeroblob(300000))", [("a",), ("b",)])
    stop = threading.Event()

    def writing() -> None:
        with closing(sqlite3.connect(live, timeout=10, isolation_level=None)) as conn:
            while not stop.is_set():
                conn.execute("BEGIN IMMEDIATE")
                for name in ("a", "b"):
                    conn.execute("UPDATE t SET n = n + 1, filler = randomblob(300000) WHERE name = ?", (name,))
                conn.execute("COMMIT")

    thread = threading.Thread(target=writing)
    thread.start()
    seen = set()
    try:
        for n in range(8):
            sqlite_files.copy(live, tmp_path / f"copy-{n}")
            with closing(sqlite3.connect(tmp_path / f"copy-{n}")) as conn:
                (a,), (b,) = conn.execute("SELECT n FROM t ORDER BY name").fetchall()
            assert a == b
            seen.add(a)
    finally:
        stop.set()
        thread.join()
    assert len(seen) > 1, "something was written meanwhile"


def no_manifest(directory: Path) -> None:
    (directory / "manifest.json").unlink()


def changed(**fields: object) -> Callable[[Path], None]:
    def change(directory: Path) -> None:
        path = directory / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | fields))

    return change


def one_byte(directory: Path) -> None:
    path = directory / "ordermill.sqlite"
    body = bytearray(path.read_bytes())
    body[-1] ^= 1
    path.write_bytes(body)


def cut(directory: Path) -> None:
    path = directory / "ordermill.sqlite"
    path.write_bytes(path.read_bytes()[:-4096])


def gone(directory: Path) -> None:
    (directory / "ordermill.sqlite").unlink()


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (no_manifest, "holds no backup"),
        (changed(format=2), "newer release"),
        (changed(schema_revision="9999"), "newer release"),
        (changed(database="postgresql"), "is a backup of postgresql"),
        (changed(orders="many"), "is damaged: orders"),
        (one_byte, "is damaged: it is not what was written"),
        (cut, "is damaged: it is not what was written"),
        (gone, "is missing"),
    ],
)
def test_what_must_not_be_restored_is_refused_and_nothing_is_touched(
    shop: Settings, made: Path, harm: Callable[[Path], None], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (shop.data_dir / "ordermill.sqlite").read_bytes()
    harm(made)
    assert put_back(shop, made) == REFUSED
    said = capsys.readouterr().err
    assert told in said
    assert len(said.splitlines()) == 1
    assert (shop.data_dir / "ordermill.sqlite").read_bytes() == before


def test_a_running_engine_is_not_restored_under(shop: Settings, made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with state.held(shop.data_dir):
        assert put_back(shop, made) == REFUSED
    assert "another `ordermill up` is running" in capsys.readouterr().err
    with closing(sqlite3.connect(shop.data_dir / "ordermill.sqlite")) as conn:
        conn.execute("PRAGMA journal_mode=WAL")
        conn.execute("SELECT count(*) FROM orders").fetchall()
        assert put_back(shop, made) == REFUSED
    assert "is in use: stop the engine first" in capsys.readouterr().err


def test_what_was_there_is_kept_and_its_numbers_and_revocations_are_carried_over(shop: Settings, made: Path) -> None:
    async def meanwhile() -> str:
        engine = create_engine(shop.database)
        try:
            key = (await keys.mint(engine, scope="secret", livemode=False, now=1)).key
            for _ in range(7):
                await transact(engine, lambda conn: orders.draw(conn, orders.ORDER_NUMBERS))
            await keys.revoke(engine, key.id, 5)
            return key.id
        finally:
            await engine.dispose()

    asyncio.run(meanwhile())
    number = counters(shop)["order_number"]
    assert put_back(shop, made) == DONE
    assert counters(shop)["order_number"] == number, "numbers go on where the former database was"
    assert counters(shop).keys() & set(restored.MARKS) == {restored.RESTORED}
    aside = list(shop.data_dir.glob("ordermill.sqlite.before-*"))
    assert len(aside) == 1


def test_a_key_that_was_revoked_after_the_backup_opens_nothing_after_the_restore(
    shop: Settings, tmp_path: Path
) -> None:
    async def state_of(*, revoked: bool) -> list[bool]:
        engine = create_engine(shop.database)
        try:
            if revoked:
                for key in await keys.list_keys(engine):
                    await keys.revoke(engine, key.id, 5)
            return [key.revoked_at is not None for key in await keys.list_keys(engine)]
        finally:
            await engine.dispose()

    keys.ensure_dev_key(shop.database, shop.data_dir)
    assert backup(shop, tmp_path / "b") == 0
    assert asyncio.run(state_of(revoked=True)) == [True]
    assert put_back(shop, tmp_path / "b") == DONE
    assert asyncio.run(state_of(revoked=False)) == [True]


def test_on_a_new_machine_some_numbers_are_left_out(made: Path, tmp_path: Path) -> None:
    elsewhere = Settings(data_dir=tmp_path / "elsewhere")
    assert put_back(elsewhere, made) == DONE
    assert counters(elsewhere)["order_number"] == orders.FIRST_NUMBER - 1 + restored.SPARE


def test_a_damaged_database_is_replaced_and_kept_aside(shop: Settings, made: Path) -> None:
    broken = shop.data_dir / "ordermill.sqlite"
    for log in shop.data_dir.glob("ordermill.sqlite-*"):
        log.unlink()
    broken.write_bytes(b"no database " * 500)
    assert put_back(shop, made) == DONE
    assert next(shop.data_dir.glob("ordermill.sqlite.before-*")).read_bytes() == b"no database " * 500
    assert counters(shop)["order_number"] == orders.FIRST_NUMBER - 1 + restored.SPARE


def test_a_provider_that_does_not_answer_leaves_it_unfinished_until_it_does(
    shop: Settings, made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from activities.providers.base import ProviderUnavailable
    from activities.upkeep.restoring import Restoring

    async def away(*_: object) -> None:
        raise ProviderUnavailable("no route")

    with monkeypatch.context() as patch:
        patch.setattr(Restoring, "reconcile", away)
        assert put_back(shop, made) == UNFINISHED
    assert "--finish" in capsys.readouterr().err
    assert restored.UNRECONCILED in counters(shop), "no worker starts on it"
    assert put_back(shop, None) == DONE
    assert restored.UNRECONCILED not in counters(shop)
    assert put_back(shop, None) == DONE
    assert "nothing is left" in capsys.readouterr().out


async def test_no_worker_starts_before_the_provider_was_heard(shop: Settings) -> None:
    import worker

    engine = create_engine(shop.database)
    try:
        await worker.no_unfinished_restore(engine)
        await asyncio.to_thread(mark, shop)
        with pytest.raises(SystemExit, match="ordermill restore --finish"):
            await worker.no_unfinished_restore(engine)
    finally:
        await engine.dispose()


def mark(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.data_dir / "ordermill.sqlite")) as conn, conn:
        for statement in restored.mark_sql("", 1, 2):
            conn.execute(statement)


def test_a_missing_tool_is_named_with_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="install postgresql-client-17, or set ORDERMILL_PG_BIN"):
        postgres_tools.find("pg_dump", 17, tmp_path)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 13.4'\n")
    old.chmod(0o755)
    with pytest.raises(BackupError, match="is of version 13"):
        postgres_tools.find("pg_dump", 17, tmp_path)
    assert postgres_tools.find("pg_dump", 13, tmp_path) == old


def test_a_password_goes_to_the_tools_by_environment() -> None:
    env = postgres_tools.environment("postgresql+asyncpg://u:p%40ss@db.example:6432/orders?ssl=verify-full")
    wanted = {"PGUSER": "u", "PGPASSWORD": "p@ss", "PGHOST": "db.example", "PGPORT": "6432", "PGSSLMODE": "verify-full"}
    assert wanted.items() <= env.items()


def test_a_backup_can_be_copied_elsewhere_first(shop: Settings, made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "far away")
    assert put_back(shop, tmp_path / "far away") == DONE
