"""commercehq's routes: document 004's three reads, and the writes beside it (contract section 9).

Each is a line of words: path, body, command, answer; a write answers the whole order. Both base paths serve every route:
`/orders`, and `/commercehq/api/v1/orders` for the document's own requests with the host replaced.
"""

from dataclasses import replace
from typing import Any, Final

from api.faces.commercehq import answers as a
from api.faces.commercehq import known, lists, render
from api.faces.commercehq import schemas as s
from api.faces.commercehq import translate as t
from api.http import reading
from api.http.fields import query as checked
from api.http.preconditions import etag, unchanged
from api.http.problems import not_found
from api.http.routing import Answer, Call, NoBody, NoQuery, Routes
from domain.commands import Command
from domain.order import Order
from store.lists.filters import Filter

HOSTED: Final = "/commercehq/api/v1"
WHOLE: Final[dict[int, Any]] = {200: a.OrderOut}

routes = Routes(
    # Every route below says its own 202 (`pending`), which knows the numbers of ids from outside.
    show=lambda call, order: {"id": order.number},
    lookup=known.of_order,
)


@routes.listing("/orders", query=s.ListOrders, answers={200: a.OrderListOut | a.OrderOut, 304: None, 404: a.ErrorOut})
async def list_orders(call: Call, query: s.ListOrders) -> Answer:
    """List orders, or load the one that `id` names.

    `sort=!id,title` sorts by descending id first, then by ascending e-mail. A page past the end is empty.
    """
    if query.id is None:
        return await lists.page(call, Filter(), query)
    order = await _seen(call, query.id)
    if unchanged(call.http, order):
        return Answer(None, 304, {"ETag": etag(order)})
    return replace(await _shown(call, order), headers={"ETag": etag(order)})


async def _seen(call: Call, spelled: str) -> Order:
    """The order this spells, if this key sees it; else 404."""
    order = await reading.find(call, spelled)
    if order is None:
        raise not_found()
    return reading.shown(call.key, order)


async def _shown(call: Call, order: Order) -> Answer:
    return Answer(render.order(order, await known.of_order(call, order), call))


@routes.read("/orders/{id}", query=NoQuery, answers=WHOLE)
async def get_order(call: Call, order: Order, query: NoQuery) -> Answer:
    """Load an order."""
    return await _shown(call, order)


# A listing, not a read: the page moves when other orders come, so it is not the order's version that says it is unchanged.
@routes.listing("/orders/{id}/page", query=s.PageOf, answers={200: a.PageOut})
async def get_page_number(call: Call, query: s.PageOf) -> Answer:
    """Load the number of the page that an order is on, of the list with the same `size` and `sort`."""
    order = await _seen(call, call.path("id"))
    found = await reading.page_of(call, order, sort=t.sort(query.sort), size=query.size)
    if found is None:
        raise not_found()
    return Answer(a.PageOut(page=found))


@routes.write(
    "POST",
    "/orders/search",
    body=s.SearchOrders,
    query=s.Paging,
    answers={200: a.OrderListOut | a.PartListOut},
    access="customer",
    reads_only=True,
)
async def search_orders(call: Call, body: s.SearchOrders) -> Answer:
    """Search orders; paged and sorted as the list is. `fields` leaves out every other attribute."""
    asked = checked(s.Paging, call.http.query_params)
    fields = t.attributes(body.fields)
    return await lists.page(call, await lists.searched(call, body), asked, fields)


# Fulfilments and shipments.


@routes.command(
    "POST",
    "/orders/{id}/fulfilments",
    body=s.CreateFulfilment,
    render=render.whole,
    pending=render.accepted,
    answers=WHOLE,
)
async def create_fulfilment(call: Call, order: Order, body: s.CreateFulfilment) -> Command:
    """Send units to fulfilment. They are not shipped by it."""
    return t.fulfil(order, body)


@routes.command(
    "PATCH",
    "/orders/{id}/fulfilments",
    body=s.UpdateFulfilments,
    render=render.whole,
    pending=render.accepted,
    answers=WHOLE,
)
async def update_fulfilments(call: Call, order: Order, body: s.UpdateFulfilments) -> Command:
    """Change the tracking of fulfilments, and of their shipments; all or nothing."""
    return t.track_fulfilments(order, body)


@routes.command(
    "DELETE",
    "/orders/{id}/fulfilments/{fulfilment_id}",
    body=NoBody,
    render=render.whole,
    pending=render.accepted,
    answers=WHOLE,
)
async def delete_fulfilment(call: Call, order: Order, body: NoBody) -> Command:
    """Take a fulfilment back, or a comma list of them. Not one with shipments (409)."""
    return t.take_back(order, call.path("fulfilment_id"))


@routes.command(
    "POST",
    "/orders/{id}/shipments",
    body=s.CreateShipments,
    render=render.whole,
    pending=render.accepted,
    answers=WHOLE,
)
async def create_shipments(call: Call, order: Order, body: s.CreateShipments) -> Command:
    """Ship from a fulfilment, or from several; all or nothing."""
    return t.ship(order, body)


@routes.command(
    "PATCH",
    "/orders/{id}/shipments",
    body=s.UpdateShipments,
    render=render.whole,
    pending=render.accepted,
    answers=WHOLE,
)
async def update_shipments(call: Call, order: Order, body: s.UpdateShipments) -> Command:
    """Change the tracking of shipments; all or nothing."""
    return t.track_shipments(order, body)


@routes.command(
    "DELETE",
    "/orders/{id}/shipments/{shipment_id}",
    body=NoBody,
    render=render.whole,
    pending=render.accepted,
    answers=WHOLE,
)
async def delete_shipment(call: Call, order: Order, body: NoBody) -> Command:
    """Take a shipment back, or a comma list of them: the units are fulfilled and not shipped again."""
    return t.unship(order, call.path("shipment_id"))


# Restocks and refunds.


@routes.command(
    "POST", "/orders/{id}/restocks", body=s.CreateRestock, render=render.whole, pending=render.accepted, answers=WHOLE
)
async def create_restock(call: Call, order: Order, body: s.CreateRestock) -> Command:
    """Restock units: those not sent are cancelled first, then shipped ones come back. Money is not touched."""
    return t.restock(order, body)


@routes.command(
    "POST", "/orders/{id}/refunds", body=s.CreateRefund, render=render.whole, pending=render.accepted, answers=WHOLE
)
async def create_refund(call: Call, order: Order, body: s.CreateRefund) -> Command:
    """Refund an amount, or all that is left."""
    return t.refund(order, body)


routes.all += [replace(route, path=HOSTED + route.path) for route in list(routes.all)]
