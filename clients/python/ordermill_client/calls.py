"""The verbs of the hanzo face (documents 000 and 001) as requests; what sync.py and awaiting.py send."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from ordermill_client.answers import EventPage, Order, OrderPage, OrderSummary, ReturnPage
from ordermill_client.exchange import Call
from ordermill_client.inputs import ListQuery

T = TypeVar("T")


def listing(query: Mapping[str, Any]) -> Call[OrderPage]:
    return Call("GET", "/order", OrderPage, query=query)


def get(order_id: str, query: Mapping[str, Any]) -> Call[Order]:
    return Call("GET", path(order_id), Order, query=query)


def events(order_id: str) -> Call[EventPage]:
    return Call("GET", path(order_id, "events"), EventPage)


def returns(order_id: str) -> Call[ReturnPage]:
    return Call("GET", path(order_id, "returns"), ReturnPage)


def create(body: Mapping[str, Any]) -> Call[Order]:
    return Call("POST", "/order", Order, body=body)


def update(order_id: str, body: Mapping[str, Any]) -> Call[Order]:
    return Call("PATCH", path(order_id), Order, body=body)


def act(answer: type[T], order_id: str, *verb: str, body: Mapping[str, Any] | None = None) -> Call[T]:
    """A verb on one order: `act(Refund, id, "refund", body=…)`."""
    return Call("POST", path(order_id, *verb), answer, body=body)


def path(*segments: str) -> str:
    """The path of an order or a part of it. ValueError for an id that would lead elsewhere: empty, `.` or `..`."""
    for segment in segments:
        if not re.search(r"[^.]", segment):
            raise ValueError(f"not an id: {segment!r}")
    return "/order/" + "/".join(quote(segment, safe="") for segment in segments)


class Walk:
    """Every match of a list, page after page.

    Oldest first unless `sort` says otherwise, so that orders placed meanwhile push none onto a page already read. Collect
    first and change afterwards what the filter looks at.
    """

    def __init__(self, query: ListQuery) -> None:
        self._query: ListQuery = {"sort": "createdAt:asc", "display": 100, "page": 1, **query}
        self._seen: set[str] = set()
        self.ended = False

    def next(self) -> Call[OrderPage]:
        return listing(self._query)

    def fresh(self, page: OrderPage) -> Iterator[OrderSummary]:
        """The page's orders that no page before had."""
        self._query["page"] += 1
        self.ended = len(page.models) < self._query["display"]
        for order in page.models:
            if order.id not in self._seen:
                self._seen.add(order.id)
                yield order
