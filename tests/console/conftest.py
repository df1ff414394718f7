"""The console's suite: the real app over HTTP in process and a real SQLite database; only the workflow is a fake."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.api.client import Api
from tests.console.browse import console
from tests.databases import sqlite_template, sqlite_url

__all__ = ["sqlite_template", "sqlite_url"]


@pytest_asyncio.fixture
async def api(sqlite_url: str) -> AsyncIterator[Api]:
    async with console(sqlite_url) as opened:
        yield opened
