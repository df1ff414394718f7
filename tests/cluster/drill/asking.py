"""A good client of the cluster: repeats with its key until it is answered for good.

The rule it watches: whatever is broken, an answer of 5xx says when to come again (`Retry-After`), and no connection to the
proxy breaks. Anything else is a difference.
"""

import asyncio
import secrets
import time
from collections import Counter
from typing import Any, Final

import aiohttp

from tests.cluster.proxy import MARK

PATIENCE_SECONDS: Final = 240.0
"""For one command to be answered for good."""
PAUSE_SECONDS: Final = 0.25
LATER: Final = (202, 500, 502, 503, 504)
"""What asks to come again; a 500 is a difference besides."""


class Client:
    def __init__(self, url: str, key: str) -> None:
        self.differences: list[str] = []
        self.again: Counter[str] = Counter()
        """Answers after which a request was repeated."""
        self.asked = 0
        self.moments: list[float] = []
        """When a command was answered for good (monotonic): a gap is how long the shop stood still."""
        self.slowest_seconds = 0.0
        self._headers = {"Authorization": f"Bearer {key}"}
        self._session = aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(total=120), headers=self._headers)

    async def aclose(self) -> None:
        await self._session.close()

    async def ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """(status, JSON), refusals too. TimeoutError when it is never answered for good."""
        key = {} if method == "GET" else {"Idempotency-Key": f"cluster-{secrets.token_hex(12)}"}
        began, last = time.monotonic(), "nothing"
        self.asked += 1
        while time.monotonic() - began < PATIENCE_SECONDS:
            found = await self._once(method, path, body, key)
            if isinstance(found, tuple):
                self._answered(method, began)
                return found
            last = found
            self.again[found] += 1
            await asyncio.sleep(PAUSE_SECONDS)
        raise TimeoutError(f"{method} {path} {key}: not answered within {PATIENCE_SECONDS:g} s, the last was {last}")

    def _answered(self, method: str, began: float) -> None:
        now = time.monotonic()
        if method != "GET":
            self.moments.append(now)
        self.slowest_seconds = max(self.slowest_seconds, now - began)

    async def _once(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any] | str:
        sent = None if method == "GET" else body if body is not None else {}
        try:
            async with self._session.request(method, path, json=sent, headers=headers) as answer:
                text = await answer.text()
                if answer.status >= 500 and ("Retry-After" not in answer.headers or answer.status == 500):
                    self.differences.append(f"{method} {path} {headers}: {answer.status} {text[:200]}")
                if answer.status in LATER:
                    return f"{answer.status}{' by the proxy' if MARK in answer.headers else ''}"
                if answer.status == 409 and "in_use" in text.lower():
                    return "409 in use"
                return answer.status, await answer.json() if text else None
        except (aiohttp.ClientError, TimeoutError) as error:
            self.differences.append(f"{method} {path} {headers}: the proxy broke the connection, {error!r}")
            return "no answer"

    def longest_gap_seconds(self) -> float:
        """The longest time in which no command of anybody was answered for good."""
        return max((b - a for a, b in zip(self.moments, self.moments[1:], strict=False)), default=0.0)
