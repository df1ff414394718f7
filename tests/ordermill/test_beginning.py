"""Every wrong start is one line: no traceback, nothing started, and the value of a variable is not repeated."""

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy.engine import make_url

from ordermill.launch.dev_server import DevServerError, check_cli, find_cli
from ordermill.launch.ports import free_ports
from ordermill.settings import Settings
from store.access import keys
from store.database import migrate

ROOT = Path(__file__).parents[2]
SERVING = ("up", "api", "worker")


def start(*arguments: str, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """`ordermill …`, where nothing else is set."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("ORDERMILL_", "TEMPORAL_", "STRIPE_"))
    }
    api, temporal, ui = map(str, free_ports(3))
    ports = {"ORDERMILL_API_PORT": api, "ORDERMILL_TEMPORAL_PORT": temporal, "ORDERMILL_TEMPORAL_UI_PORT": ui}
    return subprocess.run(
        [sys.executable, "-m", "ordermill", *arguments],
        cwd=cwd,
        env={**clean, **ports, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def told(done: "subprocess.CompletedProcess[str]", *, code: int = 2) -> str:
    """The one line; that it is one, and that nothing was started, is checked."""
    assert done.returncode == code, done.stderr
    lines = [line for line in done.stderr.splitlines() if '"event": "started"' not in line]
    assert lines == done.stderr.splitlines(), "a process was started before the start was refused"
    assert len(lines) == 1, done.stderr
    assert done.stdout == ""
    return lines[0]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.mark.parametrize("command", [*SERVING, "migrate", "keys list", "reconcile", "rebuild", "demo", "story"])
def test_an_unknown_variable(command: str, state: Path, tmp_path: Path) -> None:
    done = start(
        *command.split(), cwd=tmp_path, ORDERMILL_DATA_DIR=str(state), ORDERMILL_API_PROT="sk_live_pasted_here_0123456"
    )
    line = told(done)
    assert "ORDERMILL_API_PROT: there is no such variable; did you mean ORDERMILL_API_PORT?" in line
    assert "sk_live" not in line
    assert not state.exists()


def test_the_version_answers_whatever_is_set(tmp_path: Path) -> None:
    assert start("version", cwd=tmp_path, ORDERMILL_NOTHING_LIKE_IT="1").returncode == 0


def test_two_wrong_values_are_a_line_each(state: Path, tmp_path: Path) -> None:
    done = start("up", cwd=tmp_path, ORDERMILL_API_PORT="many", ORDERMILL_LOG_LEVEL="loud")
    assert done.returncode == 2
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == ["ORDERMILL_API_PORT", "ORDERMILL_LOG_LEVEL"]


@pytest.mark.parametrize("command", SERVING)
def test_a_policy_typo(command: str, state: Path, tmp_path: Path) -> None:
    (tmp_path / "ordermill.yaml").write_text("order: {retrun_window_days: 3}\n")
    line = told(start(command, cwd=tmp_path, ORDERMILL_DATA_DIR=str(state)))
    assert "ordermill.yaml: order.retrun_window_days: unknown key" in line


@pytest.mark.parametrize(("content", "why"), [("a: [", "no YAML"), (None, "it cannot be read")])
def test_a_policy_file_that_cannot_be_read(content: str | None, why: str, state: Path, tmp_path: Path) -> None:
    policy = tmp_path / "shop.yaml"
    if content is None:
        policy.mkdir()
    else:
        policy.write_text(content)
    line = told(start("up", cwd=tmp_path, ORDERMILL_DATA_DIR=str(state), ORDERMILL_CONFIG=str(policy)))
    assert f"{policy}: {why}" in line


@pytest.mark.parametrize("command", ["up", "migrate", "worker"])
def test_a_state_directory_that_cannot_be_written(command: str, tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("no directory")
    line = told(start(command, cwd=tmp_path, ORDERMILL_DATA_DIR=str(taken / "state")))
    assert f"ORDERMILL_DATA_DIR: {taken / 'state'} cannot be used as state directory: Not a directory" in line
    line = told(start(command, cwd=tmp_path, ORDERMILL_DATA_DIR="/proc/ordermill"))
    assert "ORDERMILL_DATA_DIR: /proc/ordermill cannot be used as state directory" in line


@pytest.mark.parametrize("command", ["up", "api", "worker", "migrate", "keys list", "rebuild"])
def test_a_corrupt_database(command: str, state: Path, tmp_path: Path) -> None:
    state.mkdir()
    (state / "ordermill.sqlite").write_bytes(b"not a database, but somebody's letter" * 100)
    line = told(start(*command.split(), cwd=tmp_path, ORDERMILL_DATA_DIR=str(state)), code=1)
    assert f"{state / 'ordermill.sqlite'} cannot be read as a SQLite database: file is not a database" in line


@pytest.mark.parametrize("command", ["up", "migrate"])
def test_a_newer_schema(command: str, state: Path, tmp_path: Path) -> None:
    state.mkdir()
    database = state / "ordermill.sqlite"
    migrate.upgrade(f"sqlite+aiosqlite:///{database}")
    with sqlite3.connect(database) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    line = told(start(command, cwd=tmp_path, ORDERMILL_DATA_DIR=str(state)), code=1)
    assert f"{database} has schema 9999, of a newer release" in line


def test_a_preset_key_that_is_none(state: Path, tmp_path: Path) -> None:
    line = told(start("up", cwd=tmp_path, ORDERMILL_DATA_DIR=str(state), ORDERMILL_DEV_API_KEY="hunter2"))
    assert "ORDERMILL_DEV_API_KEY: the development key is a secret test key: sk_test_ and at least 16" in line
    assert "hunter2" not in line


async def test_a_preset_key_that_was_revoked(state: Path, tmp_path: Path) -> None:
    """The database says so, after its migration; Temporal is up by then and goes again."""
    import asyncio

    from store.database.engine import create_engine

    preset = "sk_test_" + "r" * 43
    url = f"sqlite+aiosqlite:///{state / 'ordermill.sqlite'}"
    await asyncio.to_thread(migrate.upgrade, url)
    await asyncio.to_thread(keys.ensure_dev_key, url, state, preset)
    engine = create_engine(url)
    (key,) = await keys.list_keys(engine)
    await keys.revoke(engine, key.id, 1)
    await engine.dispose()
    done = await asyncio.to_thread(
        start, "up", cwd=tmp_path, ORDERMILL_DATA_DIR=str(state), ORDERMILL_DEV_API_KEY=preset
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "ORDERMILL_DEV_API_KEY: the preset development key was revoked" in done.stderr


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("#!/bin/sh\necho 'temporal 3.1, a calendar'\n", "temporal 3.1, a calendar"),
        ("#!/bin/sh\nexit 0\n", "nothing"),
        ("no program\n", "Exec format error"),
    ],
)
def test_a_program_of_somebody_else_that_is_called_temporal(
    script: str, said: str, state: Path, tmp_path: Path
) -> None:
    other = tmp_path / "temporal"
    other.write_text(script)
    other.chmod(other.stat().st_mode | stat.S_IXUSR)
    line = told(start("up", cwd=tmp_path, ORDERMILL_DATA_DIR=str(state), ORDERMILL_TEMPORAL_CLI=str(other)), code=1)
    assert f"{other} is not Temporal's command line" in line
    assert f"it says: {said}" in line
    assert "set ORDERMILL_TEMPORAL_CLI" in line


def test_a_program_that_never_answers_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ordermill.launch.dev_server.VERSION_SECONDS", 0.2)
    other = tmp_path / "temporal"
    other.write_text("#!/bin/sh\nexec sleep 5\n")
    other.chmod(0o700)
    with pytest.raises(DevServerError, match=r"nothing within 0\.2 s"):
        check_cli(other)
    monkeypatch.undo()
    check_cli(find_cli())


@pytest.mark.parametrize(
    "command", ["keys list", "keys create --scope secret", "rebuild", "reconcile", "api", "worker"]
)
def test_from_another_directory(command: str, tmp_path: Path) -> None:
    """The default state directory is the current one's: elsewhere there is no database, and none is made."""
    line = told(start(*command.split(), cwd=tmp_path), code=1)
    assert f"there is no database at {tmp_path / '.ordermill' / 'ordermill.sqlite'}" in line
    assert "set ORDERMILL_DATA_DIR" in line
    assert not (tmp_path / ".ordermill" / "ordermill.sqlite").exists()


@pytest.mark.parametrize("command", ["keys list", "migrate"])
def test_a_database_server_that_is_away(command: str, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    url = f"postgresql+asyncpg://shop:hunter2@127.0.0.1:{port}/shop"
    done = start(*command.split(), cwd=tmp_path, ORDERMILL_DATABASE_URL=url)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "the database cannot be reached" in done.stderr
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize("url", ["postgresql://shop@db/shop", "mysql://shop@db/shop", "sk_live_pasted"])
def test_a_database_of_another_kind(url: str, tmp_path: Path) -> None:
    line = told(start("keys", "list", cwd=tmp_path, ORDERMILL_DATABASE_URL=url))
    assert "ORDERMILL_DATABASE_URL: it begins with sqlite+aiosqlite:// or postgresql+asyncpg://" in line
    assert url not in line


# Secrets


def test_a_secret_is_read_from_a_file_and_a_newline_is_not_a_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "smtp").write_text("smtp://shop:pass word@mail:587\n")
    monkeypatch.setenv("ORDERMILL_SMTP_URL_FILE", str(tmp_path / "smtp"))
    smtp = Settings().smtp_url
    assert smtp is not None
    assert smtp.get_secret_value() == "smtp://shop:pass word@mail:587"


def test_stripes_own_names_take_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("sk_test_of_stripe")
    monkeypatch.setenv("STRIPE_API_KEY_FILE", str(tmp_path / "key"))
    key = Settings().stripe_api_key
    assert key is not None
    assert key.get_secret_value() == "sk_test_of_stripe"


def test_a_secret_given_twice_or_in_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk_test_0123456789abcdef")
    path = str(tmp_path / "key")
    twice = {"ORDERMILL_DEV_API_KEY": "sk_test_0123456789abcdef", "ORDERMILL_DEV_API_KEY_FILE": path}
    assert "ORDERMILL_DEV_API_KEY and ORDERMILL_DEV_API_KEY_FILE are both set" in told(
        start("keys", "list", cwd=tmp_path, **twice)
    )
    line = told(start("keys", "list", cwd=tmp_path, ORDERMILL_DEV_API_KEY_FILE=f"{path}s"))
    assert f"ORDERMILL_DEV_API_KEY_FILE: {path}s cannot be read: No such file or directory" in line
    (tmp_path / "empty").write_text("\n")
    line = told(start("keys", "list", cwd=tmp_path, ORDERMILL_DEV_API_KEY_FILE=str(tmp_path / "empty")))
    assert "is empty" in line


@given(password=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_any_character_may_be_in_a_database_password(password: str) -> None:
    settings = Settings.model_validate(
        {"database_url": "postgresql+asyncpg://shop@db:5432/orders?ssl=require", "database_password": password}
    )
    read = make_url(settings.database)
    assert (read.username, read.password, read.host, read.port) == ("shop", password, "db", 5432)
    assert (read.database, dict(read.query)) == ("orders", {"ssl": "require"})


@pytest.mark.parametrize(
    "url", [None, "sqlite+aiosqlite:///x", "postgresql+asyncpg://db/orders", "postgresql+asyncpg://shop:old@db/orders"]
)
def test_a_password_without_a_user_or_beside_another_is_refused(url: str | None) -> None:
    with pytest.raises(ValidationError, match="goes with an ORDERMILL_DATABASE_URL that names a user and no password"):
        Settings.model_validate({"database_url": url, "database_password": "x"})
