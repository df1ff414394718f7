"""storefront's routes: document 003, and the transactions it shows but has no route for (contract section 8).

Each is a line of words: path, body, command, answer. The pipeline does the rest (api/http/pipeline.py). Document 003's "admin"
is a secret key; ordinary keys read, a customer's own key but for the shop's notes and risks, and may cancel in the window.
"""

from api.faces.storefront import answers as a
from api.faces.storefront import lists, money, render, settled
from api.faces.storefront import schemas as s
from api.faces.storefront import translate as t
from api.http import reading
from api.http.auth import forbidden
from api.http.routing import Answer, Call, NoBody, NoQuery, Routes
from api.spelling import external
from domain import commands as c
from domain.commands import Command
from domain.edits import RemoveItem
from domain.errors import AlreadyCancelled
from domain.order import Order
from domain.verbs.guards import refuse
from domain.verbs.refunding import break_down, plan_refund
from door import selling
from door.placing import Draft

routes = Routes(show=lambda call, order: settled.show(order))

ORDERS = "/api/v1/orders"
ONE = f"{ORDERS}/{{id}}"
OF = f"{ORDERS}/{{order_id}}"


@routes.listing(ORDERS, query=s.ListOrders, answers={200: a.Many[a.SummaryOut]})
async def list_orders(call: Call, query: s.ListOrders) -> Answer:
    """List orders.

    Amounts compare in each order's own currency; a page past the end is empty.
    """
    page = await lists.page(call, query)
    return settled.many([render.summary(row) for row in page.rows], page.count, query.page, query.per_page)


@routes.read(ONE, query=s.GetOrder, answers={200: a.One[a.Included]})
async def get_order(call: Call, order: Order, query: s.GetOrder) -> Answer:
    """Get an order by UUID or number."""
    wanted = t.included(query.include)
    if "notes" in wanted and call.key.scope == "customer":
        raise forbidden()
    shown = render.order(order).model_dump(mode="json")
    if "fulfillments" in wanted:
        shown["fulfillments"] = [render.fulfillment(order, f) for f in order.fulfillments]
    if "refunds" in wanted:
        shown["refunds"] = [render.refund(order, r) for r in order.refunds]
    if "transactions" in wanted:
        shown["transactions"] = render.transactions(order)
    if "notes" in wanted:
        shown["notes"] = [render.note(order, n) for n in order.notes]
    return settled.one(shown)


@routes.place(ORDERS, body=s.CreateOrder, render=settled.created, answers={201: a.One[a.OrderOut]}, confirm=True)
async def create_order(call: Call, body: s.CreateOrder) -> Draft:
    """Create an order, confirmed: its stock is reserved, or it is not placed at all."""
    db, livemode = call.shop.db, call.livemode
    customer = body.customer_id
    if customer is not None:
        customer = await external.text_of(db, livemode, "customer", customer)
    variants = [await _variant(call, item) for item in body.line_items]
    return t.draft(body, body.currency or call.shop.config.store.currency, customer, variants)


async def _variant(call: Call, item: s.LineItemIn) -> str | None:
    if item.variant_id is None:
        return None
    return await external.text_of(call.shop.db, call.livemode, "variant", item.variant_id)


@routes.command("PUT", ONE, body=s.UpdateOrder, render=settled.whole, answers={200: a.One[a.OrderOut]})
async def update_order(call: Call, order: Order, body: s.UpdateOrder) -> Command | Answer:
    """Update texts and addresses. Absent is unchanged, present is replaced; amounts never change."""
    return t.update(body) or settled.one(render.order(order))


@routes.command(
    "POST",
    f"{ONE}/cancel",
    body=s.CancelOrder,
    render=settled.whole,
    answers={200: a.One[a.OrderOut]},
    access="customer",
)
async def cancel_order(call: Call, order: Order, body: s.CancelOrder) -> Command:
    """Cancel before the first unit is sent: refunds what was captured, releases what was held and reserved."""
    if call.key.scope == "customer" and not body.restock:
        raise forbidden()
    if order.stage == "failed":  # its status is cancelled here
        raise refuse(AlreadyCancelled, order, "the order is cancelled", "order.failed")
    return t.cancel(body)


@routes.command("POST", f"{ONE}/close", body=NoBody, render=settled.whole, answers={200: a.One[a.OrderOut]})
async def close_order(call: Call, order: Order, body: NoBody) -> Command:
    """Close a fulfilled order."""
    return c.Close()


@routes.command("POST", f"{ONE}/reopen", body=NoBody, render=settled.whole, answers={200: a.One[a.OrderOut]})
async def reopen_order(call: Call, order: Order, body: NoBody) -> Command:
    """Reopen a closed order, or a cancelled one: its stock is reserved anew and it must be paid again."""
    return c.Reopen()


# Line items.


@routes.command(
    "POST",
    f"{OF}/line_items",
    body=s.LineItemIn,
    render=settled.line_added,
    answers={201: a.One[a.LineItemOut]},
    order="order_id",
)
async def add_line_item(call: Call, order: Order, body: s.LineItemIn) -> Command:
    """Add a line item: always a new line. When more is due, fulfilment waits for the rest."""
    draft = t.draft_line(body, await _variant(call, body), order.currency, "")
    return c.Edit(operations=(await selling.add_item(call.shop.db, order, draft, t.NAMES),))


@routes.command(
    "PUT",
    f"{OF}/line_items/{{line_item_id}}",
    body=s.UpdateLineItem,
    render=settled.whole,
    answers={200: a.One[a.OrderOut]},
    order="order_id",
)
async def update_line_item(call: Call, order: Order, body: s.UpdateLineItem) -> Command | Answer:
    """Change a line's quantity or price. When less is due, the difference is refunded at once."""
    found = t.line_id(order, call.path("line_item_id"), "line_item_id")
    return t.update_line(order, found, body) or settled.one(render.order(order))


@routes.command(
    "DELETE",
    f"{OF}/line_items/{{line_item_id}}",
    body=NoBody,
    render=settled.whole,
    answers={200: a.One[a.OrderOut]},
    order="order_id",
)
async def remove_line_item(call: Call, order: Order, body: NoBody) -> Command:
    """Remove a line item; what it cost is refunded at once."""
    found = t.line_id(order, call.path("line_item_id"), "line_item_id")
    return c.Edit(operations=(RemoveItem(op="remove_item", line_id=found),))


# Fulfilments.


@routes.read(f"{OF}/fulfillments", query=s.Paging, answers={200: a.Many[a.FulfillmentOut]}, order="order_id")
async def list_fulfillments(call: Call, order: Order, query: s.Paging) -> Answer:
    """List fulfillments, oldest first."""
    return _paged([render.fulfillment(order, f) for f in order.fulfillments], query)


def _paged(everything: list[a.Out], query: s.Paging) -> Answer:
    """Without `per_page`, all of it."""
    size = query.per_page or max(s.PER_PAGE, len(everything))
    first = (query.page - 1) * size
    return settled.many(everything[first : first + size], len(everything), query.page, size)


@routes.command(
    "POST",
    f"{OF}/fulfillments",
    body=s.CreateFulfillment,
    render=settled.fulfilled,
    answers={201: a.One[a.FulfillmentOut]},
    order="order_id",
)
async def create_fulfillment(call: Call, order: Order, body: s.CreateFulfillment) -> Command:
    """Ship some or all units."""
    return t.fulfill(order, body)


@routes.command(
    "PUT",
    f"{OF}/fulfillments/{{fulfillment_id}}",
    body=s.UpdateFulfillment,
    render=settled.fulfillment_changed,
    answers={200: a.One[a.FulfillmentOut]},
    order="order_id",
)
async def update_fulfillment(call: Call, order: Order, body: s.UpdateFulfillment) -> Command | Answer:
    """Change a fulfillment's tracking, or say that it arrived."""
    found = t.fulfillment_id(order, call.path("fulfillment_id"))
    command = t.update_fulfillment(found, body)
    return command or settled.one(render.fulfillment(order, order.fulfillment(found)))


@routes.command(
    "POST",
    f"{OF}/fulfillments/{{fulfillment_id}}/cancel",
    body=NoBody,
    render=settled.fulfillment_changed,
    answers={200: a.One[a.FulfillmentOut]},
    order="order_id",
)
async def cancel_fulfillment(call: Call, order: Order, body: NoBody) -> Command:
    """Cancel a fulfillment: its units are unfulfilled and reserved again; not once it is delivered."""
    return c.CancelFulfillment(fulfillment_id=t.fulfillment_id(order, call.path("fulfillment_id")))


# Notes.


@routes.read(f"{OF}/notes", query=s.Paging, answers={200: a.Many[a.NoteOut]}, access="read", order="order_id")
async def list_notes(call: Call, order: Order, query: s.Paging) -> Answer:
    """List notes, oldest first."""
    return _paged([render.note(order, n) for n in order.notes], query)


@routes.command(
    "POST",
    f"{OF}/notes",
    body=s.CreateNote,
    render=settled.note_added,
    answers={201: a.One[a.NoteOut]},
    order="order_id",
)
async def create_note(call: Call, order: Order, body: s.CreateNote) -> Command:
    """Add a note."""
    return c.AddNote(body=body.body, author=body.author, notify=body.notify_customer)


@routes.command(
    "DELETE", f"{OF}/notes/{{note_id}}", body=NoBody, render=settled.nothing, answers={204: None}, order="order_id"
)
async def delete_note(call: Call, order: Order, body: NoBody) -> Command:
    """Delete a note."""
    return c.DeleteNote(note_id=t.note_id(order, call.path("note_id")))


# Refunds, transactions, risks.


@routes.command(
    "POST",
    f"{OF}/refunds/calculate",
    body=s.RefundOrder,
    render=settled.whole,
    answers={200: a.One[a.CalculationOut]},
    order="order_id",
)
async def calculate_refund(call: Call, order: Order, body: s.RefundOrder) -> Answer:
    """Calculate a refund: what `refunds` would do, and a body it accepts. Nothing changes."""
    command = money.refund(order, body)
    plan_refund(order, command)
    return settled.one(render.calculation(order, break_down(order, command)))


@routes.command(
    "POST",
    f"{OF}/refunds",
    body=s.RefundOrder,
    render=settled.refunded,
    pending=settled.refund_pending,
    answers={201: a.One[a.RefundOut]},
    order="order_id",
)
async def create_refund(call: Call, order: Order, body: s.RefundOrder) -> Command:
    """Refund some units, shipping, or amounts of transactions."""
    return money.refund(order, body)


@routes.read(f"{OF}/transactions", query=s.Paging, answers={200: a.Many[a.TransactionOut]}, order="order_id")
async def list_transactions(call: Call, order: Order, query: s.Paging) -> Answer:
    """List transactions, oldest first."""
    return _paged(list(render.transactions(order)), query)


@routes.command(
    "POST",
    f"{OF}/transactions",
    body=s.CreateTransaction,
    render=settled.transacted,
    answers={201: a.One[a.TransactionOut]},
    order="order_id",
)
async def create_transaction(call: Call, order: Order, body: s.CreateTransaction) -> Command:
    """Take, hold, capture or release money.

    402 `PAYMENT_REQUIRED` with `decline_code`, or with `client_secret` and `next_action` (3-D Secure).
    """
    return money.pay(order, body, call.now, call.key.actor)


@routes.read(f"{OF}/risks", query=NoQuery, answers={200: a.One[a.RisksOut]}, access="read", order="order_id")
async def get_risks(call: Call, order: Order, query: NoQuery) -> Answer:
    """Get the fraud risk assessment."""
    return settled.one(render.risks(order, reading.assessed(call, order)))
