"""zephyr's routes: document 002's five endpoints (contract section 7)."""

from api.faces.zephyr import answers as a
from api.faces.zephyr import lists, render
from api.faces.zephyr import schemas as s
from api.faces.zephyr import translate as t
from api.http.routing import Answer, Call, NoBody, NoQuery, Routes
from domain import commands as c
from domain.commands import Command
from domain.order import Order

routes = Routes(show=lambda call, order: render.order(order))


@routes.listing("/v1/orders", query=s.ListOrders, answers={200: a.OrderListOut})
async def list_orders(call: Call, query: s.ListOrders) -> Answer:
    """List orders, newest first.

    Follow `next_cursor` while `has_more`: orders that arrive meanwhile neither shift nor repeat what follows.
    """
    found = await lists.slice_of(call, query)
    data = [render.order(order) for order in found.orders]
    return Answer(a.OrderListOut(data=data, has_more=found.next_cursor is not None, next_cursor=found.next_cursor))


@routes.read("/v1/orders/{id}", query=NoQuery, answers={200: a.OrderOut})
async def retrieve_order(call: Call, order: Order, query: NoQuery) -> Answer:
    """Retrieve an order."""
    return Answer(render.order(order))


@routes.command("PATCH", "/v1/orders/{id}", body=s.PatchOrder, render=render.whole, answers={200: a.OrderOut})
async def update_order(call: Call, order: Order, body: s.PatchOrder) -> Command | Answer:
    """Update `status`, `fulfilment` and `metadata`, all or nothing.

    `cancelled` cancels, `paid` records a payment taken elsewhere; everything else is immutable.
    """
    command = t.amend(order, body)
    return Answer(render.order(order)) if command is None else command


@routes.command(
    "POST",
    "/v1/orders/{id}/refunds",
    body=s.RefundOrder,
    render=render.refunded,
    pending=render.refund_pending,
    answers={201: a.RefundOut},
)
async def refund_order(call: Call, order: Order, body: s.RefundOrder) -> Command:
    """Refund an order, whole or in part."""
    return t.refund(body)


@routes.command(
    "POST", "/v1/orders/{id}/cancel", body=NoBody, render=render.whole, answers={200: a.OrderOut}, access="customer"
)
async def cancel_order(call: Call, order: Order, body: NoBody) -> Command:
    """Cancel before the first fulfilment. It cannot be undone."""
    return c.Cancel()
