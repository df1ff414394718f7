"""The stories' counters: the real app over HTTP in process, under each policy, with a provider that captures once or often."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest_asyncio

from domain.policy import Policy, ShopConfig
from tests.api.client import Api, running
from tests.book.tale import Counter
from tests.databases import sqlite_template, sqlite_url

__all__ = ["sqlite_template", "sqlite_url"]


def counter_of(api: Api) -> Counter:
    async def ask(method: str, path: str, body: Any) -> tuple[int, Any]:
        answer = await api(method, path, body)
        return answer.status_code, answer.json() if answer.content else None

    return Counter(ask, several=api.door.multicapture)


@asynccontextmanager
async def opened(url: str, capture: Literal["automatic", "on_fulfillment"], *, several: bool) -> AsyncIterator[Counter]:
    async with running(url, config=ShopConfig(order=Policy(capture=capture))) as api:
        api.door.multicapture = several
        yield counter_of(api)


@pytest_asyncio.fixture
async def api(sqlite_url: str) -> AsyncIterator[Api]:
    """The usual shop, for orders with discounts and tax."""
    async with running(sqlite_url) as found:
        yield found


@pytest_asyncio.fixture
async def automatic(sqlite_url: str) -> AsyncIterator[Counter]:
    async with opened(sqlite_url, "automatic", several=True) as counter:
        yield counter


@pytest_asyncio.fixture(params=[True, False], ids=["captures often", "captures once"])
async def on_fulfillment(sqlite_url: str, request: Any) -> AsyncIterator[Counter]:
    async with opened(sqlite_url, "on_fulfillment", several=request.param) as counter:
        yield counter
