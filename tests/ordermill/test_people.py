"""`ordermill people`: the whole way from an added person to a disabled one, and what is said of addresses that are wrong."""

import asyncio
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ordermill.cli import app
from store.access import owners, sessions
from store.database import migrate
from store.database.engine import create_engine

RUN = CliRunner()


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite+aiosqlite:///{tmp_path / 'o.sqlite'}"
    monkeypatch.setenv("ORDERMILL_DATABASE_URL", url)
    monkeypatch.setenv("ORDERMILL_PUBLIC_URL", "https://shop.example/engine/")
    migrate.upgrade(url)
    return url


def run(*words: str, code: int = 0) -> str:
    done = RUN.invoke(app, ["people", *words])
    assert done.exit_code == code, done.output
    return done.output.strip()


async def _opens(url: str, link: str) -> str | None:
    engine = create_engine(url)
    try:
        token = await sessions.use_link(engine, link.rpartition("/")[2], int(time.time()))
        found = await sessions.find(engine, token, int(time.time())) if token else None
        return f"{found.person.email} {found.person.role}" if found else None
    finally:
        await engine.dispose()


def test_somebody_is_added_led_in_given_another_role_and_disabled(url: str) -> None:
    link = run("add", "Jo@Example.com", "--role", "agent")
    assert link.startswith("https://shop.example/engine/console/sign-in/")
    assert asyncio.run(_opens(url, link)) == "jo@example.com agent"
    assert asyncio.run(_opens(url, link)) is None, "once"
    assert run("role", "jo@example.com", "owner") == "jo@example.com is owner"
    assert asyncio.run(_opens(url, run("link", "jo@example.com"))) == "jo@example.com owner"
    late = run("reset", "jo@example.com")
    run("disable", "jo@example.com")
    assert asyncio.run(_opens(url, late)) is None
    assert "disabled" in run("list")
    run("enable", "jo@example.com")
    assert "active" in run("list")


def test_what_is_wrong_is_said_and_ends_the_command(url: str) -> None:
    run("add", "jo@example.com", "--role", "viewer")
    assert "is known already" in run("add", "JO@example.com", "--role", "owner", code=1)
    assert "no e-mail address" in run("add", "jo", "--role", "owner", code=1)
    assert "nobody has the address" in run("role", "ann@example.com", "owner", code=1)
    run("add", "ann@example.com", "--role", "king", code=2)


def test_the_first_owner_is_made_where_there_is_none_and_found_afterwards(url: str) -> None:
    link = asyncio.run(owners.first_link(url, "http://127.0.0.1:8000"))
    assert link.startswith("http://127.0.0.1:8000/console/sign-in/")
    assert asyncio.run(_opens(url, link)) == "owner@localhost owner"
    assert asyncio.run(_opens(url, asyncio.run(owners.first_link(url, "")))) == "owner@localhost owner"
    run("role", "owner@localhost", "viewer")
    assert asyncio.run(_opens(url, asyncio.run(owners.first_link(url, "")))) == "owner-2@localhost owner"
