"""Where calls are counted: in the database, by all processes of the API together, behind the storage protocol of `limits`."""

import time
from typing import Final

from limits.aio.storage import MemoryStorage, SlidingWindowCounterSupport, Storage
from limits.storage import storage_from_string
from sqlalchemy.ext.asyncio import AsyncEngine

from store.access import allowances
from store.access.allowances import Windows
from store.database.engine import StoreError

REDIS_SECONDS: Final = 1.0
"""How long Redis may take to answer before its process counts alone."""


class DatabaseStorage(Storage, SlidingWindowCounterSupport):
    """Sliding windows over the table `rate_windows`. What a take has just answered is not asked again."""

    STORAGE_SCHEME: Final = ["ordermill"]  # type: ignore[misc]

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(None, wrap_exceptions=False)
        self._engine = engine
        self._latest: dict[str, tuple[float, Windows]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        return StoreError

    async def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        now = time.time()
        taken = await allowances.take(self._engine, key, seconds=expiry, limit=limit, amount=amount, now=now)
        if taken is None:
            return False
        self._latest[key] = (now, taken)
        return True

    async def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        now = time.time()
        told = self._latest.pop(key, None)
        if told is not None and told[0] // expiry == now // expiry:
            known = told[1]
        else:
            known = await allowances.counted(self._engine, key, seconds=expiry, now=now)
        left = allowances.weight(now, expiry) * expiry
        return known.before, left if known.before else 0.0, known.now, left + expiry

    async def clear_sliding_window(self, key: str, expiry: int) -> None:
        await allowances.clear(self._engine, key)

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError("only sliding windows are counted here")

    async def get(self, key: str) -> int:
        raise NotImplementedError("only sliding windows are counted here")

    async def get_expiry(self, key: str) -> float:
        raise NotImplementedError("only sliding windows are counted here")

    async def check(self) -> bool:
        await allowances.counted(self._engine, "", seconds=60, now=time.time())
        return True

    async def reset(self) -> int:
        return await allowances.clear(self._engine)

    async def clear(self, key: str) -> None:
        await allowances.clear(self._engine, key)


def storage(engine: AsyncEngine, redis_url: str | None) -> Storage:
    """Redis where it is configured, else the database."""
    if redis_url is None:
        return DatabaseStorage(engine)
    made = storage_from_string(
        f"async+{redis_url}", implementation="redispy", socket_timeout=REDIS_SECONDS,
        socket_connect_timeout=REDIS_SECONDS, wrap_exceptions=True,
    )  # fmt: skip
    if not isinstance(made, Storage):
        raise TypeError("a storage for asyncio is expected")
    return made


def alone() -> Storage:
    """One process by itself."""
    return MemoryStorage()
