"""One dev server per session, one shop per test: its own database, task queue and worker."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from ordermill.launch.dev_server import running
from tests.databases import database_url, postgres, postgres_url, sqlite_template, sqlite_url
from tests.workflows.shop import SEARCH_ATTRIBUTES, Shop, opened

__all__ = ["database_url", "postgres", "postgres_url", "sqlite_template", "sqlite_url"]


@pytest.fixture(scope="session")
def temporal() -> Iterator[str]:
    """The address of a real dev server, with the product's flags."""
    with running(search_attributes=SEARCH_ATTRIBUTES) as server:
        yield server.address


@pytest_asyncio.fixture
async def shop(temporal: str, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop on SQLite."""
    async with opened(temporal, sqlite_url, tmp_path) as made:
        yield made


@pytest_asyncio.fixture
async def each_shop(temporal: str, database_url: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """A shop, once on SQLite and once on PostgreSQL."""
    async with opened(temporal, database_url, tmp_path) as made:
        yield made
