"""commercehq's pages of orders: a query or a search, with its `_meta` and `_links` (contract section 9)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from api.faces.commercehq import answers as a
from api.faces.commercehq import known, render
from api.faces.commercehq import schemas as s
from api.faces.commercehq import translate as t
from api.faces.commercehq.status import PAID, STATUS
from api.http import reading
from api.http.routing import Answer, Call
from api.spelling import external
from store.lists.filters import Filter


async def page(call: Call, wanted: Filter, asked: s.Paging, fields: Sequence[str] | None = None) -> Answer:
    """One page of what a search finds; past the end it is empty, with the true count."""
    found = await reading.page(
        call, wanted, sort=t.sort(asked.sort), offset=(asked.page - 1) * asked.size, limit=asked.size, whole=True
    )
    numbers = await known.of_orders(call, found.orders)
    shown: list[Any] = [render.order(order, numbers, call) for order in found.orders]
    if fields is not None:
        shown = [order.model_dump(mode="json", include=set(fields)) for order in shown]
    return _answer(call, shown, found.count, asked)


def _answer(call: Call, items: list[Any], count: int, asked: s.Paging) -> Answer:
    pages = -(-count // asked.size)
    meta = a.MetaOut(totalCount=count, pageCount=pages, currentPage=asked.page, perPage=asked.size)
    return Answer({"items": items, "_meta": meta, "_links": _links(call, asked.page, max(1, pages))})


def _links(call: Call, current: int, last: int) -> dict[str, Any]:
    """The request's own path with another page. Its host is ours to say: a Host header may be anybody's."""
    address = call.shop.settings.link_base + call.http.url.path
    kept = [(name, value) for name, value in call.http.query_params.multi_items() if name != "page"]
    pages = {"self": current, "first": 1, "last": last}
    if current < last:
        pages["next"] = current + 1
    if current > 1:
        pages["prev"] = min(current - 1, last)
    return {word: {"href": f"{address}?{urlencode([*kept, ('page', number)])}"} for word, number in pages.items()}


async def searched(call: Call, body: s.SearchOrders) -> Filter:
    """A search's terms in the store's words: ids in any spelling."""
    customer = body.customer_id
    if customer is not None:
        customer = await external.text_of(call.shop.db, call.livemode, "customer", str(customer))
    given = {STATUS.name: body.status, PAID.name: body.paid}
    return Filter(
        words={name: frozenset(words) for name, words in given.items() if words is not None},
        numbers=None if body.id is None else await reading.numbers(call, body.id),
        customer_id=customer,
        email=body.email,
    )
