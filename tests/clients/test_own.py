"""The JavaScript and Go clients' own tests, against a real engine. `make clients` fails where this skips."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.running import ROOT, Engine

CLIENTS = ROOT / "clients"


def run(command: list[str], folder: Path, engine: Engine, **extra: str) -> str:
    """A client's own test run; AssertionError with all it said when it fails."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    environment = {**os.environ, **engine.environment, **extra}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(400)
def test_the_javascript_client_passes_its_own_tests(engine: Engine) -> None:
    said = run(["node", "--test", "--test-reporter=tap"], CLIENTS / "js", engine)
    assert "ok 1 - " in said
    assert "the document's JavaScript runs as printed" in said
    assert "# skipped 0" in said


GO = {"GOPROXY": "off", "GOFLAGS": "-mod=readonly", "GOTOOLCHAIN": "local"}
"""Standard library only: nothing is fetched."""


@pytest.mark.timeout(400)
def test_the_go_client_passes_its_own_tests(engine: Engine) -> None:
    said = run(["go", "test", "-count=1", "-v", "./..."], CLIENTS / "go", engine, **GO)
    assert "--- PASS: TestTheDocumentsGoCompilesAsPrinted" in said
    assert "--- PASS: TestTheDocumentsGoRunsWithItsPlaceholdersReplaced" in said
    assert "--- SKIP" not in said


def test_the_go_client_is_vetted_and_formatted(engine: Engine) -> None:
    run(["go", "vet", "./..."], CLIENTS / "go", engine, **GO)
    assert run(["gofmt", "-l", "."], CLIENTS / "go", engine) == ""
