"""What docker-compose.yml promises an operator, read back from the real Compose."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
COMPOSE = Path(sys.executable).parent / "docker-compose"
PASSWORDS = {
    name: f"{name.lower()}-made-up" for name in ("POSTGRES_PASSWORD", "TEMPORAL_DB_PASSWORD", "ORDERMILL_DB_PASSWORD")
}


def config(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    clean = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        [COMPOSE, "-f", "docker-compose.yml", "config", "--format", "json"],
        cwd=ROOT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    done = config(PASSWORDS)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, Any]] = json.loads(done.stdout)["services"]
    return found


@pytest.mark.parametrize("missing", PASSWORDS)
def test_nothing_starts_without_a_password_of_the_operators_own(missing: str) -> None:
    done = config({name: value for name, value in PASSWORDS.items() if name != missing})
    assert done.returncode != 0
    assert missing in done.stderr


def test_every_open_port_is_on_loopback_and_the_database_has_none(services: dict[str, dict[str, Any]]) -> None:
    ports = {name: [port.get("host_ip") for port in service.get("ports", [])] for name, service in services.items()}
    assert {name for name, hosts in ports.items() if hosts} == {"api", "temporal", "temporal-ui"}
    assert {host for hosts in ports.values() for host in hosts} == {"127.0.0.1"}


def test_workers_can_be_scaled(services: dict[str, dict[str, Any]]) -> None:
    assert "container_name" not in services["worker"]
    assert "ports" not in services["worker"]


def test_api_and_worker_wait_for_schema_and_namespace(services: dict[str, dict[str, Any]]) -> None:
    for name in ("api", "worker"):
        waits = {on: how["condition"] for on, how in services[name]["depends_on"].items()}
        assert waits == dict.fromkeys(("migrate", "temporal-namespace"), "service_completed_successfully")


def test_temporal_is_the_release_that_make_up_runs(services: dict[str, dict[str, Any]]) -> None:
    from ordermill.launch.dev_server import find_cli

    line = subprocess.run([find_cli(), "--version"], capture_output=True, text=True, check=True).stdout
    assert services["temporal"]["image"].partition(":")[2] in line
    assert services["temporal-ui"]["image"].partition(":")[2] in line
    assert services["temporal"]["image"].partition(":")[2] == services["temporal-schema"]["image"].partition(":")[2]


def test_the_scripts_that_are_mounted_are_in_the_repository_and_parse(services: dict[str, dict[str, Any]]) -> None:
    mounted = {
        Path(volume["source"])
        for service in services.values()
        for volume in service.get("volumes", [])
        if volume["type"] == "bind"
    }
    assert len(mounted) == 5, "three scripts, Temporal's dynamic config and the policy file"
    for path in mounted:
        assert path.is_file(), f"{path} is mounted but missing: Docker would make a directory of it"
        if path.suffix == ".sh":
            subprocess.run(["sh", "-n", path], check=True)
