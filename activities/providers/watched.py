"""Any payment provider, watched: each call told with its kind, its outcome and how long it took, within a span of a trace.

| outcome       |                                                                     |
|---------------|---------------------------------------------------------------------|
| `ok`          | an answer                                                           |
| `declined`    | a definite no of the card                                           |
| `refused`     | the request was wrong or came too late                              |
| `unavailable` | no usable answer: money may have moved, and is looked up            |
| `error`       | anything else, a bug                                                |

Nothing of a request is told: amounts, keys and references stay between engine and provider.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from activities.providers.base import (
    CaptureRequest,
    Declined,
    DisputeResult,
    LedgerEntry,
    PaymentProvider,
    PaymentRequest,
    PaymentResult,
    ProviderRefused,
    ProviderRequest,
    ProviderResult,
    ProviderUnavailable,
    RefundRequest,
    RefundResult,
    VoidRequest,
)

T = TypeVar("T")
OUTCOMES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (Declined, "declined"),
    (ProviderRefused, "refused"),
    (ProviderUnavailable, "unavailable"),
    (Exception, "error"),
)


@dataclass(frozen=True)
class Watch:
    """Who hears of calls. `told`: provider, kind, outcome, seconds. `span`: a block of a trace by that name."""

    told: Callable[[str, str, str, float], None] = lambda provider, kind, outcome, seconds: None
    span: Callable[[str], AbstractContextManager[object]] = lambda name: nullcontext()

    @contextmanager
    def call(self, provider: str, kind: str) -> Iterator[None]:
        """Around one call."""
        began, outcome = time.perf_counter(), "ok"
        try:
            with self.span(f"{provider} {kind}"):
                yield
        except Exception as error:
            outcome = next(word for type_, word in OUTCOMES if isinstance(error, type_))
            raise
        finally:
            self.told(provider, kind, outcome, time.perf_counter() - began)


class Watched:
    """See PaymentProvider; every call goes to `provider`."""

    def __init__(self, provider: PaymentProvider, watch: Watch) -> None:
        self._provider = provider
        self._watch = watch

    @property
    def name(self) -> str:
        return self._provider.name

    @property
    def livemode(self) -> bool:
        return self._provider.livemode

    @property
    def multicapture(self) -> bool:
        return self._provider.multicapture

    def foresee(self, key: str) -> str | None:
        return self._provider.foresee(key)

    async def prepare(self, request: PaymentRequest) -> str:
        return await self._call("prepare", self._provider.prepare(request))

    async def authorize(self, request: PaymentRequest) -> PaymentResult:
        return await self._call("authorize", self._provider.authorize(request))

    async def capture(self, request: CaptureRequest) -> PaymentResult:
        return await self._call("capture", self._provider.capture(request))

    async def void(self, request: VoidRequest) -> PaymentResult:
        return await self._call("void", self._provider.void(request))

    async def refund(self, request: RefundRequest) -> RefundResult:
        return await self._call("refund", self._provider.refund(request))

    async def look_up(self, request: ProviderRequest) -> ProviderResult | None:
        return await self._call("look_up", self._provider.look_up(request))

    async def payment(self, ref: str) -> PaymentResult:
        return await self._call("payment", self._provider.payment(ref))

    async def refund_status(self, payment_ref: str, refund_ref: str) -> RefundResult:
        return await self._call("refund_status", self._provider.refund_status(payment_ref, refund_ref))

    async def refunds(self, payment_ref: str) -> list[RefundResult]:
        return await self._call("refunds", self._provider.refunds(payment_ref))

    async def disputes(self, payment_ref: str) -> list[DisputeResult]:
        return await self._call("disputes", self._provider.disputes(payment_ref))

    async def close(self) -> None:
        await self._provider.close()

    async def ledger(self, since: datetime, until: datetime) -> AsyncIterator[LedgerEntry]:
        with self._watch.call(self.name, "ledger"):
            async for entry in self._provider.ledger(since, until):
                yield entry

    async def _call(self, kind: str, answer: Awaitable[T]) -> T:
        with self._watch.call(self.name, kind):
            return await answer
