"""Our packages and files, each read from the one place where it is listed."""

import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
GENERATED: Final = "store/database/migrations/versions"


def _import_linter() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        found: dict[str, Any] = tomllib.load(file)["tool"]["importlinter"]
    return found


def packages() -> list[str]:
    """Every package of ours at the top level: `root_packages` in pyproject.toml."""
    return list(_import_linter()["root_packages"])


def shipped() -> list[str]:
    """The packages of the image: those that may not import what only development has."""
    contract = next(c for c in _import_linter()["contracts"] if c["name"].startswith("What is shipped"))
    return list(contract["source_modules"])


def files() -> Iterator[Path]:
    """Every file of the repository: what git has, and what it would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in sorted(listed.split("\0")):
        if name and (ROOT / name).is_file() and not (ROOT / name).is_symlink():
            yield ROOT / name


def sources() -> Iterator[Path]:
    """Every Python file but the tests and the generated migrations."""
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix == ".py" and not name.startswith(("tests/", GENERATED)):
            yield path


def texts(*suffixes: str) -> Iterator[tuple[str, str]]:
    """Name and text of every file with one of these endings, but for the five documents, which are others' words."""
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        if path.name.endswith(suffixes) and not name.startswith("tests/documents/"):
            yield name, path.read_text()
