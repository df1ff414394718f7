"""Faults a test makes on purpose: a provider that does not answer, a database that refuses for a while."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from activities.providers.base import ProviderUnavailable
from tests.workflows.shop import Shop


class Flaky:
    """A provider before which calls are lost (`lost_before`) or behind which their answers are (`lost_after`)."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.lost_before: dict[str, int] = {}
        self.lost_after: dict[str, int] = {}
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in ("prepare", "authorize", "capture", "void", "refund", "look_up"):
            return found

        async def call(request: Any) -> Any:
            self.calls.append(name)
            self._lose(self.lost_before, name)
            answer = await found(request)
            self._lose(self.lost_after, name)
            return answer

        return call

    @staticmethod
    def _lose(left: dict[str, int], name: str) -> None:
        if left.get(name, 0) > 0:
            left[name] -= 1
            raise ProviderUnavailable("no answer", code="timeout", retry_after_seconds=0.05)


@asynccontextmanager
async def database_refusing(shop: Shop) -> AsyncIterator[None]:
    """Another process holds SQLite's write lock: every write is refused, reads go on."""
    path = shop.settings.database.removeprefix("sqlite+aiosqlite:///")
    other = sqlite3.connect(path, isolation_level=None, timeout=5, check_same_thread=False)
    try:
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()
