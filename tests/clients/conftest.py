from collections.abc import Iterator

import pytest

from tests.clients import running
from tests.clients.running import Engine


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One real engine for every client's tests (of this pytest process)."""
    with running.engine(tmp_path_factory.mktemp("engine")) as ready:
        yield ready
