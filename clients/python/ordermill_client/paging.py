"""Lists to their end, page after page, so that acting on what they show passes nothing over."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from ordermill_client.answers import OrderList, OrderSummary
from ordermill_client.inputs import OrderListParams
from ordermill_client.sending import AsyncSend, Call, Options, Send

M_co = TypeVar("M_co", covariant=True)
M = TypeVar("M")


class Page(Protocol[M_co]):
    """A page of a keyset list."""

    @property
    def models(self) -> tuple[M_co, ...]: ...

    @property
    def next_cursor(self) -> str | None: ...


def followed(send: Send, call: Call[Any], options: Options | None) -> Iterator[Any]:
    """What a list holds, to the end of its cursors."""
    page = send(call, options)
    yield from page.models
    while page.next_cursor is not None:
        page = send(_behind(call, page.next_cursor), options)
        yield from page.models


async def followed_async(send: AsyncSend, call: Call[Any], options: Options | None) -> AsyncIterator[Any]:
    """The same with `await`."""
    page = await send(call, options)
    for model in page.models:
        yield model
    while page.next_cursor is not None:
        page = await send(_behind(call, page.next_cursor), options)
        for model in page.models:
            yield model


def _behind(call: Call[Any], cursor: str) -> Call[Any]:
    return replace(call, query={**call.query, "cursor": cursor})


class OrderWalk:
    """Every match of the list of orders.

    By creation, oldest first unless `sort` says `createdAt:desc`, it goes by cursor: an order that stops matching meanwhile
    (because it was cancelled, say) moves no other. Other sorts, and `q`, go by page number and do not have that: collect
    first, change afterwards.
    """

    def __init__(self, query: OrderListParams) -> None:
        self._query: dict[str, Any] = {"sort": "createdAt:asc", "display": 100, **query}
        self._seen: set[str] = set()
        self.ended = False

    def next(self) -> Call[OrderList]:
        """The call for the next page."""
        return Call("GET", "/order", OrderList, query=self._query)

    def fresh(self, page: OrderList) -> Iterator[OrderSummary]:
        """The page's orders that no page before had."""
        if page.next_cursor is not None:
            self._query = {**_without_page(self._query), "cursor": page.next_cursor}
        elif "cursor" in self._query or len(page.models) < self._query["display"]:
            self.ended = True
        else:
            self._query["page"] = self._query.get("page", 1) + 1
        for order in page.models:
            if order.id not in self._seen:
                self._seen.add(order.id)
                yield order


def _without_page(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if name != "page"}
