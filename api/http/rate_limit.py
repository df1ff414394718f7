"""Rate limits per key: asked once the key is known and before anything else is done (contract section 10).

`rate_limit.per_minute` requests in any minute, 0 = off; each process counts for itself, in memory. Over it: 429 with
`Retry-After`, which no Idempotency-Key stores; a refused request is not counted.

    X-RateLimit-Limit        requests per minute
    X-RateLimit-Remaining    how many more would be taken now
    X-RateLimit-Reset        when the next place becomes free, epoch seconds
"""

import math
import time
from collections.abc import Mapping
from typing import Protocol

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from api.http.problems import Problem


class Limiter(Protocol):
    async def hit(self, key_id: str) -> Mapping[str, str]:
        """Count one request of a key; the headers to add to its answer. Raises Problem('rate_limited') with them."""


class Unlimited:
    async def hit(self, key_id: str) -> Mapping[str, str]:
        return {}


class PerMinute:
    """A sliding window of two counters per key: constant memory and time, however high the limit."""

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def hit(self, key_id: str) -> Mapping[str, str]:
        taken = await self._window.hit(self._item, key_id)
        stats = await self._window.get_window_stats(self._item, key_id)
        headers = {
            "X-RateLimit-Limit": str(self._item.amount),
            "X-RateLimit-Remaining": str(stats.remaining if taken else 0),
            "X-RateLimit-Reset": str(math.floor(stats.reset_time) + 1),
        }
        if taken:
            return headers
        # A second past the window's edge: exactly on it, the minute before still counts whole.
        wait = math.floor(stats.reset_time - time.time()) + 1
        raise Problem(
            "rate_limited",
            f"more than {self._item.amount} requests in a minute with this key",
            headers={**headers, "Retry-After": str(wait)},
        )


def limiter(per_minute: int) -> Limiter:
    """The limiter of a policy; 0 limits nobody."""
    return PerMinute(per_minute) if per_minute else Unlimited()
