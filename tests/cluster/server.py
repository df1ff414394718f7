"""The real Temporal server and its schema tool, of the release that docker-compose.yml names, without an image.

    python -m tests.cluster.server        compile them, unless they are there; prints where they are

Their published Go module is compiled once per release (minutes) into a cache outside the repository. A machine without Go
is told so in one line.
"""

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.faults.engine import ROOT

NEEDS: Final = (1, 26)
"""The oldest Go that compiles the server's module."""
PROGRAMS: Final = {"server": "temporal-server", "tools/sql": "temporal-sql-tool"}
"""Command of the module -> the name it has in Temporal's images, which our scripts in deploy/ call."""


class NoServer(Exception):
    """The server is not here and cannot be made; the message is one line for a person."""


@functools.cache
def release() -> str:
    """The server's release, as docker-compose.yml has it."""
    found = re.search(r"image: temporalio/server:([\d.]+)", (ROOT / "docker-compose.yml").read_text())
    assert found is not None, "docker-compose.yml names no image of Temporal's server"
    return found[1]


def home() -> Path:
    """Where its programs are kept; a release of its own each."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "ordermill" / f"temporal-{release()}"


def there() -> bool:
    return all((home() / name).is_file() for name in PROGRAMS.values())


def go() -> str:
    """The Go command. NoServer when it is missing or too old."""
    found = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    wanted = ".".join(map(str, NEEDS))
    if found is None:
        raise NoServer(f"Temporal's server is compiled here, which needs Go {wanted} or newer (go) on PATH")
    told = subprocess.run([found, "env", "GOVERSION"], check=False, capture_output=True, text=True).stdout.strip()
    numbers = re.match(r"go(\d+)\.(\d+)", told)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < NEEDS:
        raise NoServer(f"Temporal's server needs Go {wanted} or newer; {found} is {told or 'no Go'}")
    return found


def made() -> Path:
    """The folder of the programs, compiled now if they are not there. NoServer where that cannot be."""
    if there():
        return home()
    command = go()
    home().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home()) as folder:
        for path, name in PROGRAMS.items():
            sys.stderr.write(f"compiling {name} {release()}, once; this takes minutes\n")
            module = f"go.temporal.io/server/cmd/{path}@v{release()}"
            done = subprocess.run(
                [command, "install", module], check=False, env=os.environ | {"GOBIN": folder, "GOFLAGS": ""}
            )
            if done.returncode:
                raise NoServer(f"`go install {module}` failed with {done.returncode}; its own lines above say why")
            (Path(folder) / path.rpartition("/")[2]).replace(home() / name)
    return home()


def main() -> int:
    try:
        sys.stdout.write(f"{made()}\n")
    except NoServer as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
