"""hanzo's routes: documents 000 and 001, and the verbs their lifecycle needs (contract section 6).

Each is a line of words: path, body, command, answer. The pipeline does the rest (api/http/pipeline.py).
"""

from typing import Any

from api.faces.hanzo import answers as a
from api.faces.hanzo import changing as w
from api.faces.hanzo import coming_back, editing, exchanging, expansion, lists, rehearsing, render
from api.faces.hanzo import schemas as s
from api.faces.hanzo import translate as t
from api.http import reading
from api.http.routing import Answer, Call, NoBody, NoQuery, Routes
from domain import commands as c
from domain.commands import Command
from domain.errors import AlreadyFulfilled
from domain.order import Order
from domain.verbs.guards import refuse
from door.placing import Draft

routes = Routes(show=lambda call, order: render.order(order), rehearsed=rehearsing.DRY)


@routes.listing("/order", query=s.ListOrders, answers={200: expansion.OrderListOut})
async def list_orders(call: Call, query: s.ListOrders) -> Answer:
    """List orders.

    `count` is the number of all matches, `models` the page; a page past the end is empty. By creation, `nextCursor` goes on
    behind the last order of a page: whatever happens to the orders meanwhile, none is passed over and none comes twice.
    """
    paths = t.expand(query.expand)
    page = await lists.page(call, query, whole=bool(paths))
    if not paths:
        models: list[Any] = [render.summary(row) for row in page.rows]
    else:
        events = await reading.events_of(call, page.orders) if "events" in paths else {}
        both = zip(page.rows, page.orders, strict=True)
        models = [render.listed(row, order, paths, events.get(order.id, [])) for row, order in both]
    return Answer({"count": page.count, "models": models, "nextCursor": lists.following(query, page)})


@routes.read("/order/{id}", query=s.GetOrder, answers={200: expansion.ExpandedOrderOut})
async def get_order(call: Call, order: Order, query: s.GetOrder) -> Answer:
    """Get an order.

    `id` is the order's id, its UUID, or its display number (`1042` or `%231042`).
    """
    paths = t.expand(query.expand)
    events = await reading.events(call, order) if "events" in paths else []
    return Answer(render.expanded(order, paths, events))


@routes.read("/order/{id}/events", query=NoQuery, answers={200: a.EventListOut})
async def list_events(call: Call, order: Order, query: NoQuery) -> Answer:
    """The order's timeline, in the engine's own event names."""
    events = await reading.events(call, order)
    return Answer({"count": len(events), "models": [render.event(e) for e in events]})


@routes.read("/order/{id}/returns", query=NoQuery, answers={200: a.ReturnListOut})
async def list_returns(call: Call, order: Order, query: NoQuery) -> Answer:
    """The order's returns, oldest first."""
    return Answer({"count": len(order.returns), "models": [coming_back.return_(order, r) for r in order.returns]})


@routes.read("/order/{id}/return/{returnId}", query=NoQuery, answers={200: a.ReturnOut})
async def get_return(call: Call, order: Order, query: NoQuery) -> Answer:
    """One return."""
    return render.return_of(order, call.path("returnId"))


@routes.read("/order/{id}/exchanges", query=NoQuery, answers={200: a.ExchangeListOut})
async def list_exchanges(call: Call, order: Order, query: NoQuery) -> Answer:
    """The order's exchanges, oldest first."""
    return exchanging.exchanges(order)


@routes.read("/order/{id}/exchange/{exchangeId}", query=NoQuery, answers={200: a.ExchangeOut})
async def get_exchange(call: Call, order: Order, query: NoQuery) -> Answer:
    """One exchange."""
    return exchanging.exchange_of(order, call.path("exchangeId"))


@routes.read("/order/{id}/claims", query=NoQuery, answers={200: a.ClaimListOut})
async def list_claims(call: Call, order: Order, query: NoQuery) -> Answer:
    """The order's claims, oldest first."""
    return exchanging.claims(order)


@routes.read("/order/{id}/claim/{claimId}", query=NoQuery, answers={200: a.ClaimOut})
async def get_claim(call: Call, order: Order, query: NoQuery) -> Answer:
    """One claim."""
    return exchanging.claim_of(order, call.path("claimId"))


@routes.place("/order", body=s.CreateOrder, render=render.created, answers={201: a.OrderOut})
async def create_order(call: Call, body: s.CreateOrder) -> Draft:
    """Create an order.

    Prices come from the catalogue unless given; the order is a draft until it is confirmed or paid.
    """
    return t.draft(body)


@routes.command("PATCH", "/order/{id}", body=s.UpdateOrder, render=render.whole, answers={200: a.OrderOut})
async def update_order(call: Call, order: Order, body: s.UpdateOrder) -> Command | Answer:
    """Update metadata, notes and tags at any time, addresses until the first unit is sent."""
    command = t.update(body)
    if command is None:
        return Answer(render.order(order))
    if "billing_address" in body.model_fields_set and any(line.sent for line in order.lines):
        raise refuse(
            AlreadyFulfilled, order, "the address is fixed once units are sent", "order.shipped", "fulfillment.created"
        )
    return command


@routes.command("POST", "/order/{id}/confirm", body=NoBody, render=render.whole, answers={200: a.OrderOut})
async def confirm_order(call: Call, order: Order, body: NoBody) -> Command:
    """Confirm: reserves every line, or none."""
    return c.Confirm()


@routes.command("POST", "/order/{id}/pay", body=s.PayOrder, render=render.paid, answers={200: a.OrderOut})
async def pay_order(call: Call, order: Order, body: s.PayOrder) -> Command:
    """Pay what is due; a draft is confirmed by it.

    402 `payment_declined` with `declineCode`, or `payment_required` with `clientSecret` and `nextAction` (3-D Secure).
    """
    return t.pay(order, body)


@routes.command("POST", "/order/{id}/authorize", body=s.AuthorizeOrder, render=render.paid, answers={200: a.OrderOut})
async def authorize_order(call: Call, order: Order, body: s.AuthorizeOrder) -> Command:
    """Hold what is due, without taking it."""
    return t.pay(order, body)


@routes.command("POST", "/order/{id}/capture", body=s.CapturePayment, render=render.captured, answers={200: a.OrderOut})
async def capture_payment(call: Call, order: Order, body: s.CapturePayment) -> Command:
    """Take what is held."""
    return c.Capture(payment_id=t.payment_id(order, body.payment_id), amount=body.amount, final=body.final)


@routes.command("POST", "/order/{id}/void", body=s.VoidPayment, render=render.whole, answers={200: a.OrderOut})
async def void_payment(call: Call, order: Order, body: s.VoidPayment) -> Command:
    """Release what is held."""
    return c.Void(payment_id=t.payment_id(order, body.payment_id))


@routes.command(
    "POST", "/order/{id}/fulfill", body=s.FulfillOrder, render=render.fulfilled, answers={200: a.FulfillmentOut}
)
async def fulfill_order(call: Call, order: Order, body: s.FulfillOrder) -> Command:
    """Ship some or all units."""
    return t.fulfill(order, body)


@routes.command("POST", "/order/{id}/deliver", body=s.DeliverOrder, render=render.whole, answers={200: a.OrderOut})
async def deliver_order(call: Call, order: Order, body: s.DeliverOrder) -> Command:
    """Shipped units arrived: of one fulfilment, or all."""
    return c.Deliver(fulfillment_id=t.fulfillment_id(order, body.fulfillment_id))


@routes.command(
    "POST", "/order/{id}/cancel", body=s.CancelOrder, render=render.whole, answers={200: a.OrderOut}, access="customer"
)
async def cancel_order(call: Call, order: Order, body: s.CancelOrder) -> Command:
    """Cancel before the first unit is sent: refunds what was captured, releases what was held and reserved."""
    return t.cancel(body)


@routes.command("POST", "/order/{id}/items/cancel", body=s.CancelItems, render=render.whole, answers={200: a.OrderOut})
async def cancel_items(call: Call, order: Order, body: s.CancelItems) -> Command:
    """Cancel unsent units: what was paid for them goes back, what was held or reserved for them is released."""
    return t.cancel_items(order, body)


@routes.command("POST", "/order/{id}/edits", body=w.EditOrder, render=editing.edited, answers={200: a.EditedOrderOut})
async def edit_order(call: Call, order: Order, body: w.EditOrder) -> Command:
    """Change what was sold, all or nothing: lines, prices, shipping, address, discounts, cancelled units.

    What is more is due, and fulfilment waits for it; what is less goes back at once. `?dryRun=true` shows it first.
    """
    return await editing.edit(call, order, body)


@routes.command("POST", "/order/{id}/holds", body=w.PlaceHold, render=editing.held, answers={201: a.HoldOut})
async def place_hold(call: Call, order: Order, body: w.PlaceHold) -> Command:
    """Put a hold on the order: nothing is sent while it stands. Many may stand at once."""
    return c.PlaceHold(kind=body.kind, reason=body.reason, until=body.until)


@routes.command("DELETE", "/order/{id}/holds/{holdId}", body=NoBody, render=editing.released, answers={204: None})
async def release_hold(call: Call, order: Order, body: NoBody) -> Command:
    """End a hold. One of a dispute ends with the dispute alone: 409."""
    return c.ReleaseHold(hold_id=t.hold_id(order, call.path("holdId")))


@routes.command(
    "POST",
    "/order/{id}/refund",
    body=s.RefundOrder,
    render=render.refunded,
    pending=render.refund_pending,
    answers={200: a.RefundOut},
)
async def refund_order(call: Call, order: Order, body: s.RefundOrder) -> Command:
    """Refund an amount, some units, or all that is left."""
    return t.refund(order, body)


@routes.command(
    "POST",
    "/order/{id}/return",
    body=s.RequestReturn,
    render=render.return_made,
    answers={201: a.ReturnOut},
    access="customer",
)
async def request_return(call: Call, order: Order, body: s.RequestReturn) -> Command:
    """Request a return of delivered units, inside the return window."""
    return t.request_return(order, body)


@routes.command(
    "POST",
    "/order/{id}/return/{returnId}/approve",
    body=s.ApproveReturn,
    render=render.returned,
    answers={200: a.ReturnOut},
)
async def approve_return(call: Call, order: Order, body: s.ApproveReturn) -> Command:
    """The return may be sent, by `shipBy`; the customer is told how."""
    return t.approve_return(t.return_id(order, call.path("returnId")), body)


@routes.command(
    "POST",
    "/order/{id}/return/{returnId}/reject",
    body=s.RejectReturn,
    render=render.returned,
    answers={200: a.ReturnOut},
)
async def reject_return(call: Call, order: Order, body: s.RejectReturn) -> Command:
    """Refuse the return."""
    return c.RejectReturn(return_id=t.return_id(order, call.path("returnId")), reason=body.reason)


@routes.command(
    "POST",
    "/order/{id}/return/{returnId}/withdraw",
    body=NoBody,
    render=render.returned,
    answers={200: a.ReturnOut},
    access="customer",
)
async def withdraw_return(call: Call, order: Order, body: NoBody) -> Command:
    """Keep what was to be sent back, while nothing of it is received."""
    return c.WithdrawReturn(return_id=t.return_id(order, call.path("returnId")))


@routes.command(
    "POST",
    "/order/{id}/return/{returnId}/receive",
    body=s.ReceiveReturn,
    render=render.returned,
    answers={200: a.ReturnOut},
)
async def receive_return(call: Call, order: Order, body: s.ReceiveReturn) -> Command:
    """A parcel came back: credits the units received, less the fee, and gives back what is surplus then."""
    return t.receive_return(order, t.return_id(order, call.path("returnId")), body)


@routes.command(
    "POST",
    "/order/{id}/exchange",
    body=w.RequestExchange,
    render=exchanging.exchanged,
    answers={201: a.ExchangeOut},
    access="customer",
)
async def request_exchange(call: Call, order: Order, body: w.RequestExchange) -> Command:
    """Exchange delivered units for others, inside the return window; the new ones are reserved at once, all or none.

    Its return is approved, received, rejected and withdrawn like any other. Only secret keys may say a `unitPrice`.
    """
    return await exchanging.exchange(call, order, body)


@routes.command("POST", "/order/{id}/claim", body=w.MakeClaim, render=exchanging.claimed, answers={201: a.ClaimOut})
async def make_claim(call: Call, order: Order, body: w.MakeClaim) -> Command:
    """Replace or refund shipped units that are damaged, missing or the wrong ones, each once; no parcel is waited for."""
    return await exchanging.claim(call, order, body)
