"""A database, and for the durable part a real Temporal server on which the time of one workflow can be skipped."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from ordermill.launch import dev_server
from ordermill.launch.dev_server import DevServer
from store.database.engine import create_engine
from tests.databases import database_url, postgres, postgres_url, sqlite_template, sqlite_url
from workflows.card import SEARCH_ATTRIBUTES

__all__ = ["database_url", "postgres", "postgres_url", "sqlite_template", "sqlite_url"]


@pytest.fixture(scope="session")
def temporal() -> Iterator[DevServer]:
    """One dev server per session."""
    names = [f"{key.name}={key.indexed_value_type.name.title()}" for key in SEARCH_ATTRIBUTES]
    with dev_server.running(search_attributes=names) as server:
        yield server


@pytest_asyncio.fixture
async def db(sqlite_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(sqlite_url)
    yield made
    await made.dispose()
