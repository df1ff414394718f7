"""Habits of the house that a reader relies on; each message says why."""

import ast
import re
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.house import ROOT, files, sources

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "service", "misc"}
LARGEST_BYTES: Final = 400_000
BINARY: Final = {
    b"PK\x03\x04": "a zip archive (wheel, jar, egg)",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ\x00": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"!<arch>": "a Debian package or static library",
    b"\xed\xab\xee\xdb": "an RPM package",
    b"\x7fELF": "a Linux program or library",
    b"MZ": "a Windows program or library",
    b"\xcf\xfa\xed\xfe": "a macOS program or library",
    b"\x00asm": "a WebAssembly module",
}
"""How such a file begins, whatever it is called."""


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
    made = "Made by `python -m clients.generate`" in text[:400]  # a table written out; nobody reads or edits it whole
    assert made or len(text.splitlines()) <= 420, "about 350 lines: split it by noun"
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
    found = [
        f"{name}: {what} ({match.group(0)})"
        for path in files()
        for name in [path.relative_to(ROOT).as_posix()]
        if name not in _NAMING_THEM_IS_THEIR_JOB and path.suffix not in {".png", ".jpg", ".woff2"}
        for what, pattern in patterns.items()
        for match in [pattern.search(path.read_text(errors="replace"))]
        if match
    ]
    assert found == []


_NAMING_THEM_IS_THEIR_JOB = {"tests/architecture/test_habits.py"}


def unfit(path: Path) -> str | None:
    """Why a file does not belong into a repository of sources."""
    begin = path.read_bytes()[:8]
    for magic, what in BINARY.items():
        if begin.startswith(magic):
            return what
    if path.suffix != ".lock" and path.stat().st_size > LARGEST_BYTES:
        return f"larger than {LARGEST_BYTES:,} bytes"
    return None


def test_the_repository_holds_no_binary_package_and_no_large_file() -> None:
    """A wheel of 2.9 MB once lay beside the README: what is not source is installed from a lock file, or made."""
    found = [f"{path.relative_to(ROOT)}: {why}" for path in files() if (why := unfit(path))]
    assert found == []


@pytest.mark.parametrize("begin", BINARY, ids=BINARY.values())
def test_a_binary_package_is_seen_under_any_name(tmp_path: Path, begin: bytes) -> None:
    (tmp_path / "notes.txt").write_bytes(begin + b"\x00\x00")
    assert unfit(tmp_path / "notes.txt") == BINARY[begin]


def test_a_large_file_is_seen_and_a_large_lock_is_not(tmp_path: Path) -> None:
    for name, seen in (("table.csv", True), ("requirements.lock", False)):
        (tmp_path / name).write_bytes(b"x" * (LARGEST_BYTES + 1))
        assert (unfit(tmp_path / name) is not None) is seen
