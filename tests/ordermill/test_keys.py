"""`ordermill keys`: a key's name is kept, listed, and refused where it is none."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ordermill.commands.keys import app
from store.database import migrate

RUN = CliRunner()


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'keys.sqlite'}"
    migrate.upgrade(url)
    monkeypatch.setenv("ORDERMILL_DATABASE_URL", url)


def test_a_key_with_a_name_is_listed_by_it_and_printed_alone() -> None:
    made = RUN.invoke(app, ["create", "--scope", "secret", "--name", "warehouse"])
    assert made.exit_code == 0, made.output
    (line,) = made.output.splitlines()
    assert line.startswith("sk_test_")
    RUN.invoke(app, ["create", "--scope", "restricted"])
    lines = RUN.invoke(app, ["list"]).output.splitlines()  # both were made in one second: either may come first
    assert sorted(line.rpartition("  ")[2] for line in lines) == ["used never", "warehouse"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 256, "two\nlines"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    refused = RUN.invoke(app, ["create", "--scope", "secret", "--name", name])
    assert refused.exit_code == 2
    assert "--name" in refused.output
