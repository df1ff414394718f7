"""commercehq's pages of orders: a query or a search, its `_meta` and `_links`, and the page one order is on (contract section 9).

A customer's key sees its customer's orders only: as lists, in searches, and as the list that a page is counted in.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from api import external
from api.dialects.commercehq import answers as a
from api.dialects.commercehq import known, render
from api.dialects.commercehq import schemas as s
from api.dialects.commercehq import translate as t
from api.routing import Answer, Call
from domain.order import Order
from store import listing, queries
from store.filters import Filter, Sort
from store.orders import spelled_order
from store.queries import Search
from store.rows import order_of

CHUNK: Final = 500


async def page(call: Call, search: Search, asked: s.Paging, fields: Sequence[str] | None = None) -> Answer:
    """One page of what a search finds; past the end it is empty, with the true count."""
    keys = t.sort(asked.sort)
    own = _own(call, search)
    if own is None:
        return _answer(call, [], 0, asked)
    found = await queries.commercehq(
        call.shop.db, call.livemode, search=own, sort=keys, page=asked.page, size=asked.size
    )
    orders = [order_of(row.doc) for row in found.rows]
    numbers = await known.of_orders(call, orders)
    shown: list[Any] = [render.order(order, numbers, call.shop.config) for order in orders]
    if fields is not None:
        shown = [order.model_dump(mode="json", include=set(fields)) for order in shown]
    return _answer(call, shown, found.count, asked)


def _own(call: Call, search: Search) -> Search | None:
    """The search as this key may make it; None: somebody else's customer."""
    if call.key.scope != "customer":
        return search
    if search.customer_id not in (None, call.key.customer_id):
        return None
    return replace(search, customer_id=call.key.customer_id)


def _answer(call: Call, items: list[Any], count: int, asked: s.Paging) -> Answer:
    pages = -(-count // asked.size)
    meta = a.MetaOut(totalCount=count, pageCount=pages, currentPage=asked.page, perPage=asked.size)
    return Answer({"items": items, "_meta": meta, "_links": _links(call, asked.page, max(1, pages))})


def _links(call: Call, current: int, last: int) -> dict[str, Any]:
    """The request's own address with another page."""
    address = str(call.http.url).partition("?")[0]
    kept = [(name, value) for name, value in call.http.query_params.multi_items() if name != "page"]
    pages = {"self": current, "first": 1, "last": last}
    if current < last:
        pages["next"] = current + 1
    if current > 1:
        pages["prev"] = min(current - 1, last)
    return {word: {"href": f"{address}?{urlencode([*kept, ('page', number)])}"} for word, number in pages.items()}


async def searched(call: Call, body: s.SearchOrders) -> Search:
    """A search's terms in the store's words: ids in any spelling."""
    customer = body.customer_id
    return Search(
        numbers=None if body.id is None else await _numbers(call, body.id),
        customer_id=None
        if customer is None
        else await external.text_of(call.shop.db, call.livemode, "customer", str(customer)),
        status=body.status,
        paid=body.paid,
        email=body.email,
    )


async def _numbers(call: Call, given: Sequence[int | str]) -> list[int]:
    """Order numbers behind any spelling; what spells no order matches none."""
    spelled = [ref if isinstance(ref, int) else spelled_order(ref) for ref in given]
    ids = [ref for ref in spelled if isinstance(ref, str)]
    found = [ref for ref in spelled if isinstance(ref, int)]
    if ids:
        rows = (await listing.page(call.shop.db, Filter(call.livemode, ids=ids), limit=len(ids))).rows
        found += [row.number for row in rows]
    return found


async def page_of(call: Call, order: Order, sort: Sequence[Sort], size: int) -> int | None:
    """The page of the list that this key sees the order on."""
    if call.key.scope != "customer":
        return await queries.commercehq_page_of(call.shop.db, call.livemode, order.number, sort=sort, size=size)
    own = Search(customer_id=call.key.customer_id)
    before, at = 0, 1
    while True:
        found = await queries.commercehq(
            call.shop.db, call.livemode, search=own, sort=sort, page=at, size=CHUNK, docs=False
        )
        numbers = [row.number for row in found.rows]
        if order.number in numbers:
            return (before + numbers.index(order.number)) // size + 1
        if not numbers:
            return None
        before, at = before + len(numbers), at + 1
