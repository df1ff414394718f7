"""What a comment or a page points to is there: contract sections, files under docs/, our own modules, decisions."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.house import ROOT, files, texts

DECISIONS: Final = ROOT / "docs/decisions"
_NUMBERS: Final = r"\d+[a-z]?(?:(?:, | and | or | to )\d+[a-z]?\b)*"
CITED: Final = re.compile(rf"\bcontract(?:'s)?\b(?:[^.\n]{{0,30}}?\bsections?)? ({_NUMBERS})", re.IGNORECASE)
"""`contract section 3`, `the contract's section 5`, `contract (section 12)`, `contract sections 0a, 6 to 10`."""
_WRAPPED: Final = re.compile(r"\s*\n\s*(?:#|//|\*)?\s*")
LINK: Final = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
MODULE: Final = re.compile(
    r"(?<![\w./-])(?:api|door|workflows|activities|store|mails|domain|ordermill|stripe_simulator|benchmarks|tests)/[\w/]+\.py\b"
)
PATH: Final = re.compile(r"\bdocs/[\w./-]*\w\.(?:md|png|json)\b")


def cited(text: str) -> list[str]:
    """Every contract section a text names, the ends of a range among them."""
    return [
        number for match in CITED.finditer(_WRAPPED.sub(" ", text)) for number in re.findall(r"\d+[a-z]?", match[1])
    ]


def sections() -> set[str]:
    """The sections the contract has."""
    return set(re.findall(r"^## (\d+[a-z]?)\. ", (ROOT / "docs/contract.md").read_text(), re.MULTILINE))


def citations() -> Iterator[tuple[str, str]]:
    for name, text in texts(".py", ".md", ".js", ".ts", ".go", ".sh", ".yaml", ".yml", "Makefile"):
        if name != "tests/architecture/test_references.py":
            yield from ((name, section) for section in cited(text))


def test_every_contract_section_that_is_cited_exists() -> None:
    found = list(citations())
    assert {section for _, section in found} >= {"0a", "3", "12"}, "the pattern still finds citations"
    assert [f"{name}: contract section {section}" for name, section in found if section not in sections()] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(contract section 99)", ["99"]),
        ("contract sections 0a, 6 to 10 and 12", ["0a", "6", "10", "12"]),
        ("# the contract's section 5 is", ["5"]),
        ("by contract (section 12): x", ["12"]),
        ("# as says contract\n    # section 7, RFC 9110 section 13", ["7"]),
        ("contract 2, 12)", ["2", "12"]),
        ("a contract of its own. RFC 9110 section 13", []),
    ],
)
def test_a_citation_is_found_in_every_form_we_write(text: str, expected: list[str]) -> None:
    assert cited(text) == expected


def test_every_link_of_a_page_leads_somewhere() -> None:
    dead = [
        f"{name}: {target}"
        for name, text in texts(".md")
        for target in LINK.findall(text)
        if not ((ROOT / name).parent / target).exists()
    ]
    assert dead == []


def test_every_page_a_comment_names_exists() -> None:
    pages = {path.relative_to(ROOT).as_posix() for path in files()}
    named = [
        (name, path)
        for name, text in texts(".py", ".toml", ".sh", ".yaml", ".yml", "Makefile")
        for path in PATH.findall(text)
    ]
    assert named, "the pattern still finds pages"
    assert [f"{name}: {path}" for name, path in named if path not in pages] == []


def modules_named(text: str) -> set[str]:
    """Every module of ours a text names by its path, `store/order/rows.py`; patterns (`domain/verbs/*.py`) are none."""
    return set(MODULE.findall(text))


def test_every_module_a_comment_or_a_page_names_exists() -> None:
    """A module that moves leaves the comments that name it behind, and a reader looks for what is nowhere."""
    ours = {path.relative_to(ROOT).as_posix() for path in files()}
    named = [
        (name, module)
        for name, text in texts(".py", ".md", ".toml", ".yaml", "Makefile", "Dockerfile")
        if not name.startswith("tests/architecture/")  # whose tests name modules that they make
        for module in modules_named(text)
    ]
    assert named, "the pattern still finds modules"
    assert [f"{name}: {module}" for name, module in named if module not in ours] == []


def test_a_module_is_found_in_prose_and_a_pattern_is_not() -> None:
    text = "see store/order/rows.py, `domain/verbs/*.py`, .venv/lib/api/x.py and (api/http/auth.py)."
    assert modules_named(text) == {"store/order/rows.py", "api/http/auth.py"}


def decisions() -> list[Path]:
    return sorted(path for path in DECISIONS.glob("*.md") if path.name != "README.md")


def test_decisions_are_numbered_without_gaps_and_dated() -> None:
    assert [path.name[:5] for path in decisions()] == [f"{number:04}-" for number in range(1, len(decisions()) + 1)]
    states = r"\d{4}-\d\d-\d\d, (?:accepted|superseded by \d{4})"
    undated = [path.name for path in decisions() if not re.fullmatch(states, path.read_text().splitlines()[2])]
    assert undated == [], f"the third line is {states}"


def test_the_index_of_decisions_is_complete_and_true() -> None:
    rows = re.findall(
        r"^\| \[(\d+)\]\((.*)\) \| (.*?) \| (.*) \| (.*) \|$", (DECISIONS / "README.md").read_text(), re.MULTILINE
    )
    expected = []
    for path in decisions():
        title, _, dated, *_ = path.read_text().splitlines()
        date, state = dated.split(", ", 1)
        expected.append((path.name[:4], path.name, date, title.removeprefix("# "), state))
    assert rows == expected


def test_a_superseded_decision_names_one_that_exists() -> None:
    numbers = {path.name[:4] for path in decisions()}
    named = [number for path in decisions() for number in re.findall(r"superseded by (\d+)", path.read_text())]
    assert set(named) <= numbers
