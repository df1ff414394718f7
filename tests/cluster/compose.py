"""docker-compose.yml as the real Compose resolves it: what each service is told, with its addresses turned into ours.

The rule: nothing that an operator's deployment is told is said a second time for the tests. A wrong variable, a script that
is not mounted or a missing setting fails here as it would there.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.engine import ROOT

COMPOSE = Path(sys.executable).parent / "docker-compose"


@dataclass(frozen=True)
class Service:
    """One service. `mounts`: path inside the container -> the file of this repository."""

    name: str
    environment: dict[str, str]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    mounts: dict[str, str]

    def environment_at(self, addresses: Mapping[str, str]) -> dict[str, str]:
        """As it is told, its paths being files of the repository. `addresses`: "postgres:5432" -> where that is here."""
        return {name: self._here(value, addresses) for name, value in self.environment.items()}

    def line(self) -> list[str]:
        """Entrypoint and command, the mounted scripts being files of the repository."""
        return [self.mounts.get(word, word) for word in (*self.entrypoint, *self.command)]

    def _here(self, value: str, addresses: Mapping[str, str]) -> str:
        if value in self.mounts:
            return self.mounts[value]
        for there, here in addresses.items():
            value = value.replace(there, here)
        return value


def services(passwords: Mapping[str, str]) -> dict[str, Service]:
    """Every service by its name. RuntimeError with Compose's own words when the file is not valid."""
    clean = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    line = [str(COMPOSE), "-f", "docker-compose.yml", "config", "--format", "json"]
    done = subprocess.run(line, cwd=ROOT, env=clean | dict(passwords), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return {name: _service(name, told) for name, told in json.loads(done.stdout)["services"].items()}


def _service(name: str, told: dict[str, Any]) -> Service:
    volumes = told.get("volumes") or []
    return Service(
        name,
        # A variable without a value is one that Compose passes on only when the operator has set it.
        {key: value for key, value in (told.get("environment") or {}).items() if value is not None},
        tuple(told.get("entrypoint") or ()),
        tuple(told.get("command") or ()),
        {volume["target"]: volume["source"] for volume in volumes if volume["type"] == "bind"},
    )
