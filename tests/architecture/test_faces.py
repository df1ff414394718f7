"""A face is its folder: its name and words stand there, in the table that must name all faces, and nowhere else.

And it reads orders by one way only, which asks whose key it is.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.faces import AXES, FACES
from store.lists import facets

ROOT = Path(__file__).parents[2]
FOLDERS = ("domain", "store", "activities", "workflows", "api", "ordermill")
NAMED = [name for name in FACES if name != "engine"]  # the engine's own face is named as the engine is
TABLE = "api/faces/__init__.py"
HISTORY = "store/database/migrations/versions/"
"""Migrations are frozen: they name the columns of their time."""
STYLE = {("api/faces/engine", "hanzo")}
"""The engine's own face is in one face's style, by contract (section 12), and says so."""


def sources() -> Iterator[Path]:
    yield ROOT / "worker.py"
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            shown = path.relative_to(ROOT).as_posix()
            if path.suffix in {".py", ".yaml", ".mako"} and shown != TABLE and not shown.startswith(HISTORY):
                yield path


def foreign(path: Path) -> list[str]:
    """The names of faces in this file that are not its own, comments included."""
    folder = path.parent.relative_to(ROOT).as_posix()
    text = path.read_text().lower()
    return [n for n in NAMED if n in text and folder != f"api/faces/{n}" and (folder, n) not in STYLE]


def test_no_file_names_a_face_but_its_own() -> None:
    """A word of a face below its folder makes every face pay for one: the engine has words of its own."""
    found = {path.relative_to(ROOT).as_posix(): names for path in sources() if (names := foreign(path))}
    assert found == {}


def test_the_search_finds_a_name_in_a_comment(tmp_path: Path) -> None:
    here = ROOT / "store" / "lists" / "listing.py"
    assert foreign(here) == []
    assert len(list(sources())) > 150
    for name in NAMED:
        assert re.search(name, (ROOT / "api" / "faces" / name / "__init__.py").read_text(), re.IGNORECASE)


READS = {
    "store.order.orders",
    "store.lists.listing",
    "store.order.events",
    "store.order.rows",
    "store.lists.position",
    "domain.risks",
}
"""What knows orders without asking who reads them. Types of theirs may be imported, functions may not."""
TYPES = {"Assessment", "Event"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names if alias.name not in TYPES)


@pytest.mark.parametrize("face", FACES)
def test_a_face_reads_orders_only_as_its_callers_key_may(face: str) -> None:
    """One forgotten condition shows a customer everybody's orders: faces list and read through api/http/reading.py alone."""
    found = [
        f"{path.name}: {name}"
        for path in sorted((ROOT / "api" / "faces" / face).glob("*.py"))
        for name in imported(path)
        if any(name == module or name.startswith(f"{module}.") for module in READS)
    ]
    assert found == []


def test_the_axes_keep_their_places_and_words() -> None:
    """Both are stored in every order's row: a change here would give every stored order another status."""
    stored = {
        "hanzo.status": (0, "pending confirmed processing shipped delivered cancelled refunded returned failed"),
        "lifecycle": (1, "draft confirmed paid shipped delivered returned cancelled failed"),
        "payment_status": (2, "pending authorized captured refunded"),
        "fulfillment_status": (3, "unfulfilled partial fulfilled"),
        "zephyr.status": (4, "created paid partially_refunded refunded cancelled"),
        "storefront.status": (5, "open closed cancelled"),
        "storefront.financial_status": (
            6, "pending authorized partially_paid paid partially_refunded refunded voided",
        ),
        "commercehq.status": (7, "0 1 2 3 4 5"),
        "commercehq.paid": (8, "0 1 -1 -2"),
    }  # fmt: skip
    now = {axis.name: (axis.place, axis.words) for axis in AXES}
    for name, (place, words) in stored.items():
        known = now[name]
        assert (known[0], [str(word) for word in known[1]][: len(words.split())]) == (place, words.split()), name


def test_two_axes_in_one_place_are_refused() -> None:
    twice = facets.Axis("another", 3, ("a", "b"), lambda order: "a")
    with pytest.raises(ValueError, match="place of its own"):
        facets.register([*AXES, twice])
    long = facets.Axis("long", 9, tuple(str(n) for n in range(17)), lambda order: "0")
    with pytest.raises(ValueError, match="at most 16 words: long"):
        facets.register([*AXES, long])
    assert set(facets.axes()) == {axis.name for axis in AXES}
