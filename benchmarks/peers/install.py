"""Installs a peer into `.peers/NAME` of this clone by npm or pip, in the versions its folder here pins; once per manifest.

What a package runs at its installation is not run: none of it is needed, and some of it reports to its maker. npm's lock files
are not kept, because they record a registry's address: the peers themselves are pinned, what they depend on is not.
"""

import hashlib
import shutil
import sys
from pathlib import Path
from typing import Final

from benchmarks.peers.processes import Missing, done

SOURCES: Final = Path(__file__).resolve().parent
CACHE: Final = SOURCES.parent.parent / ".peers"
INSTALL_SECONDS: Final = 900
NODE_MAJOR: Final = 20


def npm(name: str) -> Path:
    """The folder of a peer for Node: its packages, and the files we write for it. Missing says what there is not."""
    node, program = shutil.which("node"), shutil.which("npm")
    if node is None or program is None:
        raise Missing(f"needs Node.js {NODE_MAJOR} or newer (`node` and `npm` on PATH)")
    home = _home(name)
    for source in (SOURCES / name).glob("*.js*"):
        shutil.copy(source, home)
    command = [
        program,
        "install",
        "--no-audit",
        "--no-fund",
        "--legacy-peer-deps",
        "--ignore-scripts",
        "--no-package-lock",
    ]
    _once(home, SOURCES / name / "package.json", [command])
    return home


def pip(name: str) -> Path:
    """The Python of a peer's own virtual environment. Missing says what there is not."""
    home = _home(name)
    manifest = SOURCES / name / "requirements.txt"
    python = home / "venv" / "bin" / "python"
    _once(home, manifest, [
        [sys.executable, "-m", "venv", str(python.parent.parent)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(manifest)],
    ])  # fmt: skip
    return python


def _home(name: str) -> Path:
    home = CACHE / name
    home.mkdir(parents=True, exist_ok=True)
    return home


def _once(home: Path, manifest: Path, commands: list[list[str]]) -> None:
    """Run them, unless they have been run for this very manifest."""
    stamp = home / f".installed-{manifest.suffix.removeprefix('.')}"
    wanted = hashlib.sha256(manifest.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    for command in commands:
        done(command, home / "install.log", {}, home, INSTALL_SECONDS)
    stamp.write_text(wanted)
