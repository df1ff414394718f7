"""The blocking client. Its twin is awaiting.py; what both do is in exchange.py and calls.py."""

import time
from collections.abc import Callable, Iterator
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
        self.orders = Orders(self)

    def send(self, call: Call[T], options: Options | None = None) -> T:
        """Make a call, trying again where that is of use. CommerceError for any outcome but its answer."""
        exchange = Exchange(call, options, self._settings)
        while True:
            try:
                response = self._http.request(
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
            self._sleep(outcome.seconds)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Orders:
    """One method per verb. An id is the order's id, its UUID or its display number."""

    def __init__(self, commerce: Commerce) -> None:
        self._send = commerce.send

    def list(self, *, options: Options | None = None, **query: Unpack[inputs.ListQuery]) -> OrderPage:
        """One page."""
        return self._send(calls.listing(query), options)

    def all(self, *, options: Options | None = None, **query: Unpack[inputs.ListQuery]) -> Iterator[OrderSummary]:
        """Every match, page after page; oldest first unless `sort` is given (calls.Walk)."""
        walk = calls.Walk(query)
        while not walk.ended:
            yield from walk.fresh(self._send(walk.next(), options))

    def get(self, order_id: str, *, options: Options | None = None, **query: Unpack[inputs.GetQuery]) -> Order:
        """The whole order."""
        return self._send(calls.get(order_id, query), options)

    def events(self, order_id: str, *, options: Options | None = None) -> EventPage:
        """The timeline."""
        return self._send(calls.events(order_id), options)

    def returns(self, order_id: str, *, options: Options | None = None) -> ReturnPage:
        """The order's returns, oldest first."""
        return self._send(calls.returns(order_id), options)

    def create(self, *, options: Options | None = None, **body: Unpack[inputs.OrderInput]) -> Order:
        """Place an order: a draft until it is confirmed or paid."""
        return self._send(calls.create(body), options)

    def update(self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.OrderUpdate]) -> Order:
        """Change metadata, notes, tags, and addresses until the first unit is sent."""
        return self._send(calls.update(order_id, body), options)

    def confirm(self, order_id: str, *, options: Options | None = None) -> Order:
        """Reserve every line, or none."""
        return self._send(calls.act(Order, order_id, "confirm"), options)

    def pay(self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.PayInput]) -> Order:
        """Take what is due; a draft is confirmed by it. PaymentRefused: a decline, or 3-D Secure."""
        return self._send(calls.act(Order, order_id, "pay", body=body), options)

    def authorize(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.AuthorizeInput]
    ) -> Order:
        """Hold what is due, without taking it."""
        return self._send(calls.act(Order, order_id, "authorize", body=body), options)

    def capture(self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.CaptureInput]) -> Order:
        """Take what is held."""
        return self._send(calls.act(Order, order_id, "capture", body=body), options)

    def void(self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.VoidInput]) -> Order:
        """Release what is held."""
        return self._send(calls.act(Order, order_id, "void", body=body), options)

    def fulfill(
        self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.FulfillmentInput]
    ) -> Fulfillment:
        """Ship some units; without `items`, all that are left."""
        return self._send(calls.act(Fulfillment, order_id, "fulfill", body=body), options)

    def deliver(self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.DeliverInput]) -> Order:
        """One fulfilment, or all that is shipped, arrived."""
        return self._send(calls.act(Order, order_id, "deliver", body=body), options)

    def cancel(self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.CancelInput]) -> Order:
        """Give back what was captured, held and reserved."""
        return self._send(calls.act(Order, order_id, "cancel", body=body), options)

    def refund(self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.RefundInput]) -> Refund:
        """Refund an amount, some units' share, or all that is left."""
        return self._send(calls.act(Refund, order_id, "refund", body=body), options)

    def return_(self, order_id: str, *, options: Options | None = None, **body: Unpack[inputs.ReturnInput]) -> Return:
        """Request a return of delivered units."""
        return self._send(calls.act(Return, order_id, "return", body=body), options)

    def approve_return(self, order_id: str, return_id: str, *, options: Options | None = None) -> Return:
        """The parcel may be sent."""
        return self._send(calls.act(Return, order_id, "return", return_id, "approve"), options)

    def reject_return(
        self, order_id: str, return_id: str, *, options: Options | None = None, **body: Unpack[inputs.RejectReturnInput]
    ) -> Return:
        """Refuse the return."""
        return self._send(calls.act(Return, order_id, "return", return_id, "reject", body=body), options)

    def receive_return(
        self,
        order_id: str,
        return_id: str,
        *,
        options: Options | None = None,
        **body: Unpack[inputs.ReceiveReturnInput],
    ) -> Return:
        """Take the parcel in; refunds its units' share."""
        return self._send(calls.act(Return, order_id, "return", return_id, "receive", body=body), options)
