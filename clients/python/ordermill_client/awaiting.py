"""The asyncio client. Its twin is sync.py; what both do is in exchange.py and calls.py."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self, TypeVar, Unpack

import httpx2

from ordermill_client import calls, inputs
from ordermill_client.answers import (
    EventPage,
    Fulfillment,
    Order,
    OrderPage,
    OrderSummary,
    Refund,
    Return,
    ReturnPage,
)
from ordermill_client.exchange import Again, Call, Done, Exchange, Options, settings

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
        self.orders = AsyncOrders(self)

    async def send(self, call: Call[T], options: Options | None = None) -> T:
        """Make a call, trying again where that is of use. CommerceError for any outcome but its answer."""
        exchange = Exchange(call, options, self._settings)
        while True:
            try:
                response = await self._http.request(
                    exchange.method,
                    exchange.url,
                    params=exchange.query,
                    headers=exchange.headers,
                    content=exchange.content,
                )
            except httpx2.TransportError as error:
                outcome: Done[T] | Again = exchange.dropped(error)
            else:
                outcome = exchange.judged(response.status_code, response.headers, response.content)
            if not isinstance(outcome, Again):
                return outcome.value
            await self._sleep(outcome.seconds)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()


class AsyncOrders:
    """One method per verb. An id is the order's id, its UUID or its display number."""

    def __init__(self, commerce: AsyncCommerce) -> None:
        self._send = commerce.send

    async def list(self, *, options: Options | None = None, **query: Unpack[inputs.ListQuery]) -> OrderPage:
        """One page."""
        return await self._send(calls.listing(query), options)

    async def all(
        self, *, options: Options | None = None, **query: Unpack[inputs.ListQuery]
    ) -> AsyncIterator[OrderSummary]:
        """Every match, page after page; oldest first unless `sort` is given (calls.Walk)."""
        walk = calls.Walk(query)
        while not walk.ended:
            for order in walk.fresh(await self._send(walk.next(), options)):
                yield order

    async def get(self, order_id: str, *, options: Options | None = None, **query: Unpack[inputs.GetQuery]) -> Order:
        """The whole order."""
        return await self._send(calls.get(order_id, query), options)

    async def events(self, order_id: str, *, options: Options | None = None) -> EventPage:
        """The timeline."""
        return await self._send(calls.events(order_id), options)

    async def returns(self, order_id: str, *, options: Options | None = None) -> ReturnPage:
        """The order's returns, oldest first."""
        return await self._send(calls.returns(order_id), options)

    async def create(self, *, options: Options | None = None, **body: Unpack[inputs.OrderInput]) -> Order:
        """Place an order: a draft until it is confirmed or paid."""
        return await self._send(calls.create(body), options)

    async def update(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.OrderUpdate]
    ) -> Order:
        """Change metadata, notes, tags, and addresses until the first unit is sent."""
        return await self._send(calls.update(order_id, body), options)

    async def confirm(self, order_id: str, *, options: Options | None = None) -> Order:
        """Reserve every line, or none."""
        return await self._send(calls.act(Order, order_id, "confirm"), options)

    async def pay(self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.PayInput]) -> Order:
        """Take what is due; a draft is confirmed by it. PaymentRefused: a decline, or 3-D Secure."""
        return await self._send(calls.act(Order, order_id, "pay", body=body), options)

    async def authorize(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.AuthorizeInput]
    ) -> Order:
        """Hold what is due, without taking it."""
        return await self._send(calls.act(Order, order_id, "authorize", body=body), options)

    async def capture(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.CaptureInput]
    ) -> Order:
        """Take what is held."""
        return await self._send(calls.act(Order, order_id, "capture", body=body), options)

    async def void(self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.VoidInput]) -> Order:
        """Release what is held."""
        return await self._send(calls.act(Order, order_id, "void", body=body), options)

    async def fulfill(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.FulfillmentInput]
    ) -> Fulfillment:
        """Ship some units; without `items`, all that are left."""
        return await self._send(calls.act(Fulfillment, order_id, "fulfill", body=body), options)

    async def deliver(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.DeliverInput]
    ) -> Order:
        """One fulfilment, or all that is shipped, arrived."""
        return await self._send(calls.act(Order, order_id, "deliver", body=body), options)

    async def cancel(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.CancelInput]
    ) -> Order:
        """Give back what was captured, held and reserved."""
        return await self._send(calls.act(Order, order_id, "cancel", body=body), options)

    async def refund(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.RefundInput]
    ) -> Refund:
        """Refund an amount, some units' share, or all that is left."""
        return await self._send(calls.act(Refund, order_id, "refund", body=body), options)

    async def return_(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.ReturnInput]
    ) -> Return:
        """Request a return of delivered units."""
        return await self._send(calls.act(Return, order_id, "return", body=body), options)

    async def approve_return(self, order_id: str, return_id: str, *, options: Options | None = None) -> Return:
        """The parcel may be sent."""
        return await self._send(calls.act(Return, order_id, "return", return_id, "approve"), options)

    async def reject_return(
        self, order_id: str, return_id: str, *, options: Options | None = None, **body: Unpack[inputs.RejectReturnInput]
    ) -> Return:
        """Refuse the return."""
        return await self._send(calls.act(Return, order_id, "return", return_id, "reject", body=body), options)

    async def receive_return(
        self,
        order_id: str,
        return_id: str,
        *,
        options: Options | None = None,
        **body: Unpack[inputs.ReceiveReturnInput],
    ) -> Return:
        """Take the parcel in; refunds its units' share."""
        return await self._send(calls.act(Return, order_id, "return", return_id, "receive", body=body), options)
