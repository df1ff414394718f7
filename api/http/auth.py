"""Who calls: Bearer or Basic keys, their three kinds, and what each may do (contract section 2).

| kind            | may                                                                                |
|-----------------|------------------------------------------------------------------------------------|
| `sk_` secret    | everything of its mode                                                             |
| `rk_` restricted| every read of its mode, but keys                                                   |
| `ck_` customer  | read its own customer's orders, cancel in the window, request a return             |

A look-up is remembered for CACHE_SECONDS, so a revoked key works for at most two seconds more. Unknown keys are not
remembered: a key just made works at once. Somebody else's order, or one of the other mode, is 404, never 403.
"""

import base64
import binascii
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request

from api.http.problems import Problem
from domain.order import Actor, Order
from store.access import keys as store
from store.lists.filters import Reach

CACHE_SECONDS: Final = 2.0
CACHE_SIZE: Final = 4096
MAX_KEY: Final = 255

Access = Literal["customer", "read", "secret"]
"""Who a route is for. customer: everybody, on their own orders. read: secret and restricted keys. secret: secret keys."""


@dataclass(frozen=True)
class Key:
    """The caller's key."""

    id: str
    scope: store.Scope
    livemode: bool
    customer_id: str | None = None

    @property
    def owner(self) -> str:
        """Whose Idempotency-Keys these are: all secret keys of a mode are one owner, so that rotation keeps replays."""
        return "secret" if self.scope == "secret" else f"{self.scope}:{self.customer_id or self.id}"

    @property
    def actor(self) -> Actor:
        """Who an event of this call names."""
        if self.scope == "customer":
            return Actor(kind="customer", id=self.customer_id or "")
        return Actor(kind="key", id=self.id)

    @property
    def reach(self) -> Reach:
        """Which orders exist for this key. A customer key always names its customer; were there one that does not, it would
        reach no order."""
        own = (self.customer_id or "") if self.scope == "customer" else None
        return Reach(livemode=self.livemode, customer_id=own)

    def sees(self, order: Order) -> bool:
        """Whether this order exists for this key."""
        return self.reach.holds(livemode=order.livemode, customer_id=order.customer_id)

    def may(self, access: Access, *, reads: bool) -> bool:
        """Whether the key may use a route. `reads`: it changes nothing."""
        if self.scope == "secret":
            return True
        if self.scope == "restricted":
            return reads and access != "secret"
        return access == "customer"


def forbidden() -> Problem:
    return Problem("insufficient_permissions", "this key may not do that")


def _unauthorized(message: str) -> Problem:
    return Problem("unauthorized", message, headers={"WWW-Authenticate": 'Bearer realm="ordermill"'})


def presented(request: Request) -> str:
    """The key in the Authorization header: Bearer, or Basic with the key as user name. 401 when there is none."""
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    text = rest.strip()
    if scheme.lower() == "basic":
        try:
            text = base64.b64decode(text, validate=True).decode("ascii").partition(":")[0]
        except (binascii.Error, UnicodeDecodeError, ValueError):
            raise _unauthorized("the Authorization header cannot be read") from None
    elif scheme.lower() != "bearer":
        raise _unauthorized("an API key is needed: Authorization: Bearer KEY")
    if not text or len(text) > MAX_KEY or not text.isascii() or not text.isprintable():
        raise _unauthorized("the API key is not valid")
    return text


class Keyring:
    """Keys by what is presented."""

    def __init__(self, db: AsyncEngine, clock: Callable[[], float] = time.monotonic) -> None:
        self._db = db
        self._clock = clock
        self._known: dict[bytes, tuple[float, Key]] = {}

    async def identify(self, request: Request) -> Key:
        """The caller's key. 401 when there is none, an unknown one, or a revoked one."""
        text = presented(request)
        digest = hashlib.sha256(text.encode()).digest()
        now = self._clock()
        cached = self._known.get(digest)
        if cached and now - cached[0] < CACHE_SECONDS:
            return cached[1]
        found = await store.find(self._db, text, int(time.time()))
        if found is None:
            self._known.pop(digest, None)
            raise _unauthorized("the API key is not valid")
        key = Key(found.id, found.scope, found.livemode, found.customer_id)
        if len(self._known) >= CACHE_SIZE:
            self._known.clear()
        self._known[digest] = (now, key)
        return key

    def forget(self) -> None:
        """Look every key up again: a key was revoked through this process."""
        self._known.clear()
