"""The release before this one runs on this version's schema, alone and beside this version's code, on both databases.

Migrations only add; what the old code does not know it must neither miss nor break. The old code is a commit of this
repository, run from its own tree; a clone without it skips the test, and so does a version that adds no migration. Releases
after it refuse a newer schema on SQLite, where nothing is upgraded while it runs: with the next one that half goes.
"""

import subprocess
from pathlib import Path

import pytest

from store.database import migrate
from tests.databases import postgres, postgres_url
from tests.faults import selling, source
from tests.faults.drill.checking import RECORDS, TWICE
from tests.faults.engine import ROOT, Engine
from tests.faults.released import RELEASED
from tests.faults.stages import STAGES, act, check

__all__ = ["postgres", "postgres_url"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not source.has(RELEASED), reason=f"needs commit {RELEASED[:7]}, which a shallow clone has not"),
]
VERSIONS = "store/database/migrations/versions"


def added() -> list[str]:
    """Migrations that the release before does not have."""
    line = ["git", "-C", str(ROOT), "ls-tree", "--name-only", f"{RELEASED}:{VERSIONS}"]
    known = subprocess.run(line, check=True, capture_output=True, text=True).stdout.split()
    return sorted(path.name for path in (ROOT / VERSIONS).glob("*.py") if path.name not in known)


@pytest.fixture(scope="module")
def old_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return source.of_commit(RELEASED, tmp_path_factory.mktemp("released"))


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_old_code_goes_on_on_the_new_schema_and_beside_the_new_code(
    tmp_path: Path, old_tree: Path, database: str, request: pytest.FixtureRequest
) -> None:
    if not added():
        pytest.skip("this version adds no migration to the release before it")
    url = None if database == "sqlite" else str(request.getfixturevalue("postgres_url"))
    engine = Engine(tmp_path, url, code=old_tree)
    try:
        migrate.upgrade(url or f"sqlite+aiosqlite:///{tmp_path / 'ordermill.sqlite'}")
        _lead(engine, old_tree)
    finally:
        engine.stop()


def _lead(engine: Engine, old_tree: Path) -> None:
    """Half of the orders are made by the old code and ended by the new one, the others the other way round."""
    engine.use(ROOT)
    engine.prepare()  # by the new code, before anything runs
    engine.start("temporal")
    _run(engine, old_tree)
    by_old = _made(engine)
    _run(engine, ROOT)
    by_new = _made(engine)
    _end(engine, by_old)
    _run(engine, old_tree)
    _end(engine, by_new)
    found = {name: engine.rows(query) for name, query in (TWICE | RECORDS).items()}
    assert found == {name: [] for name in found}


def _run(engine: Engine, code: Path) -> None:
    """Worker and API of this tree, on the schema as it is."""
    for name in ("api", "worker"):
        engine.end(name)
    engine.use(code)
    for name in ("worker", "api"):
        engine.start(name)
    engine.wait_ready()


def _made(engine: Engine) -> dict[str, selling.Json]:
    orders = {}
    for name, stage in STAGES.items():
        orders[name] = selling.place(engine, metadata={"stage": name})
        for verb, body in stage.old:
            act(engine, orders[name], verb, body)
    return orders


def _end(engine: Engine, orders: dict[str, selling.Json]) -> None:
    for name, order in orders.items():
        for verb, body in STAGES[name].new:
            act(engine, order, verb, body)
        check(engine, name, order)
