"""Engines for the store's suite: every test that takes `engine` runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import create_engine
from tests.databases import database_url, postgres, postgres_url, sqlite_template, sqlite_url

__all__ = ["database_url", "postgres", "postgres_url", "sqlite_template", "sqlite_url"]


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A fresh, migrated database, once on each kind."""
    made = create_engine(database_url)
    yield made
    await made.dispose()
