import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ordermill import __version__
from ordermill.cli import app
from ordermill.launch import state
from tests.ordermill.processes import script


def test_version_is_one_line() -> None:
    assert CliRunner().invoke(app, ["version"]).output == f"{__version__}\n"


def test_a_wrong_setting_is_named_by_its_variable_and_its_value_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ORDERMILL_API_PORT", "sk_live_pasted_into_the_wrong_place")
    result = CliRunner().invoke(app, ["up"])
    assert result.exit_code == 2
    assert "ORDERMILL_API_PORT: " in result.output
    assert "sk_live" not in result.output


def test_migrate_upgrades_the_configured_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    upgraded: list[str] = []
    store = types.ModuleType("store.database.migrate")
    vars(store)["upgrade"] = upgraded.append
    monkeypatch.setitem(sys.modules, "store.database.migrate", store)
    monkeypatch.setenv("ORDERMILL_DATA_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("ORDERMILL_DATABASE_URL", raising=False)
    assert CliRunner().invoke(app, ["migrate"]).exit_code == 0
    assert upgraded == [f"sqlite+aiosqlite:///{tmp_path / 'state' / 'ordermill.sqlite'}"]
    assert (tmp_path / "state").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("before", [0o755, 0o777, 0o750])
def test_the_state_directory_is_its_owners_whatever_it_was(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, before: int
) -> None:
    """Keys, mails and orders are in it; an older version, or a person, made it readable."""
    directory = tmp_path / "state"
    directory.mkdir()
    directory.chmod(before)
    monkeypatch.setitem(sys.modules, "store.database.migrate", _no_migration())
    monkeypatch.setenv("ORDERMILL_DATA_DIR", str(directory))
    assert CliRunner().invoke(app, ["migrate"]).exit_code == 0
    assert directory.stat().st_mode & 0o777 == 0o700
    directory.chmod(before)
    with state.held(directory):
        assert directory.stat().st_mode & 0o777 == 0o700


def _no_migration() -> types.ModuleType:
    store = types.ModuleType("store.database.migrate")
    vars(store)["upgrade"] = lambda url: None
    return store


def test_an_idle_connection_outlives_a_load_balancers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nginx and AWS keep one for 60 s; a request into a connection that is closed at that moment is lost."""
    given: dict[str, Any] = {}
    monkeypatch.setattr("uvicorn.run", lambda _app, **options: given.update(options))
    monkeypatch.setattr("ordermill.process.logs.configure", lambda *_: None)
    monkeypatch.setattr("ordermill.process.beginning.database", lambda settings: settings)
    assert CliRunner().invoke(app, ["api"]).exit_code == 0
    assert given["timeout_keep_alive"] > 60


def test_worker_becomes_the_worker_process_with_its_further_arguments(tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text("import os, sys\nprint(os.getpid(), sys.argv[1:])\n")
    command = "import sys; sys.argv = ['ordermill', 'worker', '--twice', '2']; from ordermill.cli import app; app()"
    run = f"import os; os.chdir({str(tmp_path)!r})\n{command}"
    with script(run, output=tmp_path / "out") as process:
        assert process.wait(20) == 0
    match = re.fullmatch(r"(\d+) \['--twice', '2'\]\n", (tmp_path / "out").read_text())
    assert match is not None
    assert int(match.group(1)) == process.pid
