"""docs/upgrades.md as a program: the commands under a heading, run as an operator pastes them into a shell."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ordermill.launch.dev_server import find_cli
from tests.faults.engine import ROOT

PAGE: Final = ROOT / "docs" / "upgrades.md"
BLOCK: Final = re.compile(r"(?ms)^ *```sh\n(.*?)^ *```$")
SECONDS: Final = 120


def blocks(heading: str) -> list[str]:
    """The shell blocks of one section. KeyError when the page has no such heading, or nothing to run under it."""
    parts = re.split(r"(?m)^## (?:\d+\. )?", PAGE.read_text())
    for part in parts[1:]:
        title, _, text = part.partition("\n")
        if title == heading and (found := BLOCK.findall(text)):
            return [str(block) for block in found]
    raise KeyError(f"{PAGE.name} has nothing to run under “{heading}”")


class Runbook:
    """`environment`: of the operator's shell: Temporal's address, our settings. `code`: which tree `ordermill` is of."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.done: list[str] = []
        self._environment = dict(environment)
        self._bin = folder / "bin"
        self._bin.mkdir()
        self.use(ROOT)

    def use(self, code: Path) -> None:
        """`ordermill` is this tree's from now on."""
        command = self._bin / "ordermill"
        command.write_text(f'#!/bin/sh\ncd "{code}" && PYTHONPATH="{code}" exec "{sys.executable}" -m ordermill "$@"\n')
        command.chmod(0o755)

    def run(self, heading: str, nth: int = 0, *, seconds: float = 0, **variables: str) -> str:
        """What the block said. Tried again for so many seconds; AssertionError with its own words when it fails."""
        until = time.monotonic() + seconds
        while True:
            done = self._shell(blocks(heading)[nth], variables)
            if done.returncode == 0:
                self.done.append(f"{heading} {' '.join(variables.values())}".strip())
                return done.stdout
            if time.monotonic() > until:
                raise AssertionError(f"{heading}: {done.stdout[-1000:]} {done.stderr[-1000:]}")
            time.sleep(0.5)

    def _shell(self, block: str, variables: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        path = os.pathsep.join([str(self._bin), str(find_cli().parent), os.environ["PATH"]])
        return subprocess.run(
            ["sh", "-eu", "-c", block], env=self._environment | variables | {"PATH": path},
            check=False, capture_output=True, text=True, timeout=SECONDS,
        )  # fmt: skip
