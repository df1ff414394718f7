"""What the cluster shares with an operator's deployment: Compose's file, scripts, dynamic configuration, runbook."""

import shutil
import subprocess

import pytest

from tests.cluster import compose, server
from tests.cluster.topology import PASSWORDS, low_ports
from tests.cluster.upgrade import runbook
from tests.faults.engine import ROOT


@pytest.fixture(scope="module")
def services() -> dict[str, compose.Service]:
    return compose.services(dict.fromkeys(PASSWORDS, "made-up"))


def test_a_services_addresses_and_files_become_ours(services: dict[str, compose.Service]) -> None:
    told = services["api"].environment_at({"@postgres:5432": "@127.0.0.1:1", "temporal:7233": "127.0.0.1:2"})
    assert told["ORDERMILL_DATABASE_URL"] == "postgresql+asyncpg://ordermill@127.0.0.1:1/ordermill"
    assert told["ORDERMILL_DATABASE_PASSWORD"] == "made-up"
    assert told["ORDERMILL_TEMPORAL_ADDRESS"] == "127.0.0.1:2"
    assert told["ORDERMILL_CONFIG"] == str(ROOT / "ordermill.yaml")
    dynamic = services["temporal"].environment_at({})["DYNAMIC_CONFIG_FILE_PATH"]
    assert dynamic == str(ROOT / "deploy" / "temporal-dynamic-config.yaml")
    assert services["temporal-schema"].line() == ["sh", str(ROOT / "deploy" / "temporal-schema.sh")]


def test_what_compose_refuses_is_told_in_its_words() -> None:
    with pytest.raises(RuntimeError, match="POSTGRES_PASSWORD"):
        compose.services({})


def test_the_server_is_compiled_of_the_release_that_compose_names() -> None:
    image = next(line for line in (ROOT / "docker-compose.yml").read_text().splitlines() if "temporalio/server" in line)
    assert image.strip() == f"image: temporalio/server:{server.release()}"
    assert server.home().name == f"temporal-{server.release()}"


@pytest.mark.parametrize(
    ("script", "why"), [("exit 0", "is no Go"), ("echo go1.25.9", "is go1.25.9")], ids=["no go", "an old go"]
)
def test_a_machine_without_a_fitting_go_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, script: str, why: str
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    (folder / "go").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    with pytest.raises(server.NoServer, match=r"needs Go 1\.26 or newer") as refused:
        server.go()
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_machine_without_go_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(server.NoServer, match=r"needs Go 1\.26 or newer \(go\) on PATH"):
        server.go()


@pytest.mark.skipif(not server.there(), reason="Temporal's server is not compiled here: python -m tests.cluster.server")
def test_the_server_accepts_the_dynamic_configuration(services: dict[str, compose.Service]) -> None:
    file = services["temporal"].environment_at({})["DYNAMIC_CONFIG_FILE_PATH"]
    line = [str(server.home() / "temporal-server"), "validate-dynamic-config", file]
    done = subprocess.run(line, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stdout.lower(), done.stdout


def test_ports_of_temporals_roles_fit_into_its_membership_table() -> None:
    found = list(low_ports(18))
    assert len(set(found)) == 18
    assert max(found) < 2**15


def test_the_runbook_has_what_the_drill_runs() -> None:
    assert runbook.blocks("Migrate") == ["ordermill migrate\n"]
    for heading, count in (("Ramp", 3), ("Make it current", 1), ("Roll back", 2), ("When the workflow changed", 1)):
        assert len(runbook.blocks(heading)) == count, heading
    with pytest.raises(KeyError, match="nothing to run"):
        runbook.blocks("Drain the old workers")
