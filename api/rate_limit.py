"""Rate limits per key: the place they are asked for, after the key is known and before anything else is done.

Issue 4 fills this in (`rate_limit.per_minute`, X-RateLimit-* headers, 429 with Retry-After); until then nobody is limited.
"""

from collections.abc import Mapping
from typing import Protocol


class Limiter(Protocol):
    async def hit(self, key_id: str) -> Mapping[str, str]:
        """Count one request of a key; the headers to add to its answer. Raises Problem('rate_limited')."""


class Unlimited:
    async def hit(self, key_id: str) -> Mapping[str, str]:
        return {}
