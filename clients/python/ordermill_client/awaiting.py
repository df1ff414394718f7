"""The asyncio client. Its twin is sync.py; what both do is in sending.py, their calls in async_resources.py."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self, TypeVar

import httpx2

from ordermill_client import async_resources
from ordermill_client.sending import Again, Call, Done, Options, Sending, settings

T = TypeVar("T")


class AsyncCommerce:
    """`async with AsyncCommerce(key) as commerce: await commerce.orders.get("1042")`.

    Without `base_url` it takes ORDERMILL_API_URL, else http://127.0.0.1:8000.
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str | None = None,
        max_retries: int = 4,
        timeout_seconds: float = 60.0,
        transport: httpx2.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings(api_key, base_url, max_retries, timeout_seconds)
        self._http = httpx2.AsyncClient(transport=transport, timeout=timeout_seconds, follow_redirects=False)
        self._sleep = sleep
        self.base_url = self._settings.base_url
        self.orders = async_resources.AsyncOrders(self.send)
        self.search = async_resources.AsyncSearch(self.send)
        self.tasks = async_resources.AsyncTasks(self.send)
        self.agenda = async_resources.AsyncAgenda(self.send)
        self.stats = async_resources.AsyncStats(self.send)
        self.catalog = async_resources.AsyncCatalog(self.send)
        self.stock = async_resources.AsyncStock(self.send)
        self.shipping_methods = async_resources.AsyncShippingMethods(self.send)
        self.credit = async_resources.AsyncCredit(self.send)
        self.keys = async_resources.AsyncKeys(self.send)
        self.webhooks = async_resources.AsyncWebhooks(self.send)

    async def send(self, call: Call[T], options: Options | None = None) -> T:
        """Make a call, trying again where that is of use. CommerceError for any outcome but its answer."""
        sending = Sending(call, options, self._settings)
        while True:
            try:
                response = await self._http.request(
                    sending.method,
                    sending.url,
                    params=sending.query,
                    headers=sending.headers,
                    content=sending.content,
                )
            except httpx2.TransportError as error:
                outcome: Done[T] | Again = sending.dropped(error)
            else:
                outcome = sending.judged(response.status_code, response.headers, response.content)
            if not isinstance(outcome, Again):
                return outcome.value
            await self._sleep(outcome.seconds)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        accepted: bool = False,
        options: Options | None = None,
    ) -> dict[str, Any]:
        """Any route of any face, as it is: names are neither translated nor checked, the answer is its JSON.

        The key, retries, Idempotency-Key and errors are those of every other call. `{}` where nothing is answered (204);
        `accepted`: 202 is the answer itself.
        """
        if not path.startswith("/"):
            raise ValueError("a path begins with /")
        call: Call[Any] = Call(
            method.upper(), path, dict, query=query or {}, body=body, accepted=accepted, as_it_is=True
        )
        return await self.send(call, options) or {}

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()
