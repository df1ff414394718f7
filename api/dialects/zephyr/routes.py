"""zephyr's routes: document 002's five endpoints (contract section 7)."""

from api.dialects.zephyr import answers as a
from api.dialects.zephyr import render
from api.dialects.zephyr import schemas as s
from api.dialects.zephyr import translate as t
from api.problems import Problem
from api.routing import Answer, Call, NoBody, NoQuery, Routes
from api.wire import EPOCH
from domain import commands as c
from domain.commands import Command
from domain.order import Order
from store import queries
from store.rows import order_of

routes = Routes(show=lambda call, order: render.order(order))


@routes.listing("/v1/orders", query=s.ListOrders, answers={200: a.OrderListOut})
async def list_orders(call: Call, query: s.ListOrders) -> Answer:
    """List orders, newest first.

    Follow `next_cursor` while `has_more`: orders that arrive meanwhile neither shift nor repeat what follows.
    """
    customer = query.customer_id
    if call.key.scope == "customer":
        if customer not in (None, call.key.customer_id):
            return Answer(a.OrderListOut(data=[], has_more=False, next_cursor=None))
        customer = call.key.customer_id
    try:
        page = await queries.zephyr(
            call.shop.db,
            call.livemode,
            status=query.status,
            customer_id=customer,
            placed_after=None if query.placed_after is None else EPOCH.encode(query.placed_after),
            placed_before=None if query.placed_before is None else EPOCH.encode(query.placed_before),
            cursor=query.cursor,
            limit=query.limit,
        )
    except queries.BadCursor as error:
        raise Problem("validation_error", str(error), field="cursor") from None
    data = [render.order(order_of(row.doc)) for row in page.rows]
    return Answer(a.OrderListOut(data=data, has_more=page.next_cursor is not None, next_cursor=page.next_cursor))


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
