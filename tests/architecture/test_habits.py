"""Habits of the house that a reader relies on; each message says why."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("domain", "workflows", "activities", "store", "api", "ordermill", "benchmarks", "clients/python")
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "service", "misc"}
GENERATED = "migrations/versions"


def sources() -> Iterator[Path]:
    """Every Python file of the product."""
    yield from (path for path in [ROOT / "worker.py"] if path.exists())
    for folder in FOLDERS:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if GENERATED not in path.as_posix())


def ids(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", list(sources()), ids=ids)
def test_a_file_begins_with_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not tree.body or ast.get_docstring(tree), "the module docstring says what it is, why, and the rule it keeps"


@pytest.mark.parametrize("path", list(sources()), ids=ids)
def test_files_and_functions_keep_a_good_size(path: Path) -> None:
    """Counted without docstrings and blank lines: a gloss costs nothing."""
    text = path.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 420, "about 350 lines: split it by noun"
    long = [
        f"{node.name} has {_code_lines(node, text)} lines"
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _code_lines(node, text) > 40
    ]
    assert long == [], "functions stay within 40 lines of code"


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef, text: str) -> int:
    body = node.body[1:] if ast.get_docstring(node) else node.body
    if not body:
        return 0
    lines = text.splitlines()[body[0].lineno - 1 : node.end_lineno]
    return sum(1 for line in lines if line.strip() and not line.strip().startswith("#"))


@pytest.mark.parametrize("path", list(sources()), ids=ids)
def test_a_file_is_named_for_its_noun_or_verb(path: Path) -> None:
    assert not {path.stem, path.parent.name} & EMPTY_NAMES, "the name must tell what is inside"


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    """Clones elsewhere must install from their own registry and run from their own directory."""
    patterns = {
        "a package registry": re.compile(
            r"(pypi|pythonhosted)\.org|registry\.npmjs|(docker|ghcr|quay|gcr)\.io/|index[-_]url[= ]+\S*://"
        ),
        "a path of one machine": re.compile(r"(?<![\w.$}])/(work|home|root|Users)/\w"),
    }
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = [
        f"{name}: {what} ({match.group(0)})"
        for name in listed.split("\0")
        if name and name not in {".venv"} and (ROOT / name).is_file() and not name.endswith((".png", ".jpg", ".woff2"))
        for what, pattern in patterns.items()
        for match in [pattern.search((ROOT / name).read_text(errors="replace"))]
        if match and name not in _NAMING_THEM_IS_THEIR_JOB
    ]
    assert found == []


_NAMING_THEM_IS_THEIR_JOB = {"tests/architecture/test_habits.py"}
