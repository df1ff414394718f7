"""The blocking client. Its twin is awaiting.py; what both do is in sending.py, their calls in resources.py."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

import httpx2

from ordermill_client import resources
from ordermill_client.sending import Again, Call, Done, Options, Sending, settings

T = TypeVar("T")


class Commerce:
    """`with Commerce(key) as commerce: commerce.orders.get("1042")`.

    Without `base_url` it takes ORDERMILL_API_URL, else http://127.0.0.1:8000.
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str | None = None,
        max_retries: int = 4,
        timeout_seconds: float = 60.0,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings(api_key, base_url, max_retries, timeout_seconds)
        self._http = httpx2.Client(transport=transport, timeout=timeout_seconds, follow_redirects=False)
        self._sleep = sleep
        self.base_url = self._settings.base_url
        self.orders = resources.Orders(self.send)
        self.search = resources.Search(self.send)
        self.tasks = resources.Tasks(self.send)
        self.agenda = resources.Agenda(self.send)
        self.stats = resources.Stats(self.send)
        self.catalog = resources.Catalog(self.send)
        self.stock = resources.Stock(self.send)
        self.shipping_methods = resources.ShippingMethods(self.send)
        self.credit = resources.Credit(self.send)
        self.keys = resources.Keys(self.send)
        self.webhooks = resources.Webhooks(self.send)

    def send(self, call: Call[T], options: Options | None = None) -> T:
        """Make a call, trying again where that is of use. CommerceError for any outcome but its answer."""
        sending = Sending(call, options, self._settings)
        while True:
            try:
                response = self._http.request(
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
            self._sleep(outcome.seconds)

    def request(
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
        return self.send(call, options) or {}

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
