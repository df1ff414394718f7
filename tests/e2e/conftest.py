"""One real engine per database for the whole session of these tests: real Temporal, real worker, real HTTP."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Postgres
from tests.faults.engine import Engine, running


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp(f"e2e-{request.param}")
    if request.param == "sqlite":
        with running(folder) as up:
            yield up
        return
    with tempfile.TemporaryDirectory(prefix="om-e2e-") as data:
        server = Postgres(Path(data))
        try:
            with running(folder, server.url(server.clone())) as up:
                yield up
        finally:
            server.stop()
