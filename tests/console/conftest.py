"""The console's suite: the real app over HTTP in process and a real SQLite database; only the workflow is a fake."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.api.client import Api
from tests.console.browse import console
from tests.console.chromium import Desk, chromium, desk
from tests.databases import sqlite_template, sqlite_url

__all__ = ["sqlite_template", "sqlite_url"]


@pytest_asyncio.fixture
async def api(sqlite_url: str) -> AsyncIterator[Api]:
    async with console(sqlite_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def running_chromium() -> Iterator[str]:
    with chromium() as address:
        yield address


@pytest_asyncio.fixture
async def shop(api: Api, running_chromium: str) -> AsyncIterator[Desk]:
    async with desk(api, running_chromium) as one:
        yield one
