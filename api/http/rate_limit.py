"""Rate limits per key: asked once the key is known and before anything else is done (contract section 10).

`rate_limit.per_minute` requests in any minute, 0 = off, counted by all processes of the API together (shared_limits.py). Over
it: 429 with `Retry-After`, which no Idempotency-Key stores; a refused request is not counted. While the storage cannot be
asked, each process counts for itself: that the database is away is told by whatever needs it.

    X-RateLimit-Limit        requests per minute
    X-RateLimit-Remaining    how many more would be taken now
    X-RateLimit-Reset        when the next place becomes free, epoch seconds
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError

from api.http.problems import Problem
from api.http.shared_limits import alone
from store.database.engine import StoreError

log = structlog.stdlib.get_logger(__name__)
SECONDS: Final = 60
"""A window."""
ALONE_SECONDS: Final = 5.0
"""How long a process counts alone before it asks a storage again that did not answer."""
MOST_KEYS: Final = 10_000
"""Keys whose places are remembered; then all are forgotten."""


class Limiter(Protocol):
    async def hit(self, key_id: str) -> Mapping[str, str]:
        """Count one request of a key; the headers to add to its answer. Raises Problem('rate_limited') with them."""


class Unlimited:
    async def hit(self, key_id: str) -> Mapping[str, str]:
        return {}


class PerMinute:
    """A sliding window of two counters per key: constant memory and time, however high the limit.

    Places are taken from the storage in advance, twice as many each time within a window, at most a hundredth of the limit and a
    tenth of what is left, and given out without asking. They are counted as they are taken, so that no number of processes lets
    more through than the limit; near it one place is taken at a time, and what a process has not given out when the window ends
    is lost.
    """

    def __init__(self, per_minute: int, storage: Storage) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._shared = SlidingWindowCounterRateLimiter(storage)
        self._alone = SlidingWindowCounterRateLimiter(alone())
        self._alone_until = 0.0
        self._leases: dict[str, _Lease] = {}

    async def hit(self, key_id: str) -> Mapping[str, str]:
        now = time.time()
        lease = self._leases.get(key_id)
        if lease is None or lease.window != now // SECONDS or not (lease.left or lease.refuses(now)):
            lease = await self._lease(key_id, now, lease)
        headers = {
            "X-RateLimit-Limit": str(self._item.amount),
            "X-RateLimit-Remaining": str(max(0, lease.remaining + lease.left - 1)),
            "X-RateLimit-Reset": str(math.floor(lease.reset) + 1),
        }
        if lease.left:
            lease.left -= 1
            return headers
        # A second past the window's edge: exactly on it, the minute before still counts whole.
        wait = math.floor(lease.reset - now) + 1
        raise Problem(
            "rate_limited",
            f"more than {self._item.amount} requests in a minute with this key",
            headers={**headers, "Retry-After": str(wait)},
        )

    async def _lease(self, key_id: str, now: float, before: "_Lease | None") -> "_Lease":
        """More places for a key; none left to give when the limit is reached."""
        wanted = 1
        if before is not None and before.window == now // SECONDS and before.taken:
            wanted = max(1, min(2 * before.taken, self._item.amount // 100, before.remaining // 10))
        if now >= self._alone_until:
            try:
                return await self._taken(self._shared, key_id, wanted)
            except (StoreError, StorageError) as error:
                log.warning("calls are counted by this process alone", reason=str(error)[:120])
                self._alone_until = now + ALONE_SECONDS
        return await self._taken(self._alone, key_id, 1)

    async def _taken(self, window: SlidingWindowCounterRateLimiter, key_id: str, wanted: int) -> "_Lease":
        got = wanted if await window.hit(self._item, key_id, cost=wanted) else 0
        if not got and wanted > 1 and await window.hit(self._item, key_id):
            got = 1
        stats = await window.get_window_stats(self._item, key_id)
        lease = _Lease(time.time() // SECONDS, got, got, stats.remaining, stats.reset_time)
        if len(self._leases) >= MOST_KEYS:
            self._leases.clear()
        self._leases[key_id] = lease
        return lease


@dataclass
class _Lease:
    """Places of one key that were taken and not given out yet. `remaining`: how many more there were for all."""

    window: float
    taken: int
    left: int
    remaining: int
    reset: float

    def refuses(self, now: float) -> bool:
        """Whether nothing was left, and nothing becomes free before a later moment: there is no need to ask again."""
        return not self.taken and now < self.reset


def limiter(per_minute: int, storage: Storage | None = None) -> Limiter:
    """The limiter of a policy; 0 limits nobody. `storage`: where all processes count; none: this one alone."""
    return PerMinute(per_minute, storage or alone()) if per_minute else Unlimited()
