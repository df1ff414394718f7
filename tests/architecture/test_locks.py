"""Who installs what: the image, `make up`, the tests. Each lock is within the next, and nothing is in one for no reason."""

import ast
import re
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from tests.architecture.house import ROOT, shipped, sources

LOCKS: Final = ("requirements.lock", "requirements-up.lock", "requirements-dev.lock")
NOT_IMPORTED: Final = {
    "asyncpg": "SQLAlchemy loads it for postgresql+asyncpg://",
    "httptools": "uvicorn takes it where it is",
    "python-multipart": "starlette reads the console's forms with it",
    "redis": "limits counts in Redis with it",
}
"""Dependencies that no file of ours imports, with who does."""
WITH_ANOTHER: Final = {
    "starlette": "fastapi", "pydantic-core": "pydantic", "joserfc": "authlib", "markupsafe": "jinja2", "protobuf": "temporalio",
    "opentelemetry-api": "opentelemetry-sdk",
}  # fmt: skip
"""Parts of a dependency, in a package of their own: both come together."""


def pins(lock: str) -> dict[str, set[str]]:
    """Package -> the versions a lock file pins it to, one for each kind of machine."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==([^\s\\]+)", (ROOT / lock).read_text(), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def names(requirements: list[str]) -> set[str]:
    """`SQLAlchemy[asyncio]~=2.1` -> `sqlalchemy`."""
    return {re.split(r"[\[~=<>! ]", requirement)[0].lower().replace("_", "-") for requirement in requirements}


@pytest.mark.parametrize(("inner", "outer"), list(pairwise(LOCKS)))
def test_a_lock_is_within_the_next(inner: str, outer: str) -> None:
    """What is tested is what is deployed, to the version."""
    wide = pins(outer)
    assert {name: versions for name, versions in pins(inner).items() if wide.get(name) != versions} == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_its_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / lock).read_text().strip())
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_each_lock_has_what_is_asked_for_it_and_not_what_is_asked_for_the_next(project: Mapping[str, Any]) -> None:
    groups = project["dependency-groups"]
    asked = [
        names(project["project"]["dependencies"]), names(groups["up"]), names([*groups["test"], *groups["quality"]]),
    ]  # fmt: skip
    for lock, own in zip(LOCKS, asked, strict=True):
        assert own - set(pins(lock)) == set(), f"{lock}: run `make lock`"
    assert (asked[1] | asked[2]) & set(pins(LOCKS[0])) == set(), "what only development asks for is in the image"
    assert asked[2] & set(pins(LOCKS[1])) == set(), "what only tests ask for is in what `make up` installs"


def imported(files: list[Path]) -> dict[str, str]:
    """Top-level module of others -> a file of ours that imports it."""
    own = {*shipped(), "worker"}
    found: dict[str, str] = {}
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            modules = (
                [alias.name for alias in node.names] if isinstance(node, ast.Import)
                else [node.module or ""] if isinstance(node, ast.ImportFrom)
                else []
            )  # fmt: skip
            for module in (name.partition(".")[0] for name in modules):
                if module not in own and module not in sys.stdlib_module_names:
                    found.setdefault(module, path.relative_to(ROOT).as_posix())
    return found


@pytest.fixture(scope="module")
def used() -> dict[str, str]:
    """Distribution -> a shipped file that imports it."""
    of_module = packages_distributions()
    asked = names(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]) | set(WITH_ANOTHER)
    inside = {*shipped(), "worker.py"}
    files = [path for path in sources() if path.relative_to(ROOT).parts[0] in inside]
    files += (ROOT / "store/database/migrations").rglob("*.py")
    found: dict[str, str] = {}
    for module, where in imported(files).items():
        having = [name.lower().replace("_", "-") for name in of_module.get(module, [f"(no package has {module})"])]
        # `google` and `opentelemetry` are shared by many packages: those of them that we ask for are meant.
        found |= dict.fromkeys([name for name in having if name in asked] or having, where)
    return found


def test_what_is_shipped_imports_only_what_the_image_installs(used: Mapping[str, str]) -> None:
    """A package that comes with another one, or with the tests, may be gone tomorrow: what we import, we ask for."""
    asked = names(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    missing = {name: where for name, where in used.items() if name not in asked and WITH_ANOTHER.get(name) not in asked}
    assert missing == {}


def test_every_dependency_of_the_image_is_used(project: Mapping[str, Any], used: Mapping[str, str]) -> None:
    asked = names(project["project"]["dependencies"])
    assert asked - set(used) - set(NOT_IMPORTED) == set(), "nothing shipped imports these: leave them out"
    assert set(NOT_IMPORTED) - asked == set()
    assert set(NOT_IMPORTED) & set(used) == set(), "these are imported after all"
