"""What storefront answers to a command that settled (api/http/routing.py: Render), `{"data": …}` around every one of them.

Bad news of a settled command is a Problem here: a decline, a customer who must confirm, a hold that was gone.
"""

from collections.abc import Sequence
from typing import Any

from api.faces.storefront import answers as a
from api.faces.storefront import render
from api.faces.storefront import schemas as s
from api.http.problems import Problem
from api.http.routing import Answer, Done
from domain import ledger
from domain.order import Order, Payment


def one(data: Any, status: int = 200) -> Answer:
    return Answer({"data": data}, status)


def many(data: Sequence[Any], total: int, page: int, per_page: int) -> Answer:
    """One page. `total`: of all pages."""
    pages = -(-total // per_page)
    pagination = a.Pagination(
        total=total,
        per_page=per_page,
        current_page=page,
        total_pages=pages,
        has_next=page < pages,
        has_prev=page > 1,
    )
    return Answer({"data": list(data), "meta": {"pagination": pagination}})


def show(order: Order) -> dict[str, Any]:
    return {"data": render.order(order)}


def whole(done: Done[Any]) -> Answer:
    return one(render.order(done.order))


def created(done: Done[s.CreateOrder]) -> Answer:
    """The new order; where it was to be paid at once and was not, 402 with its id."""
    if done.body.transactions:
        payment = done.order.payment(done.subject or "")
        _bad_news(done.order, payment, done.body.transactions[0].kind, order_id=done.order.id)
    path = f"/api/v1/orders/{render.uuid(done.order.id)}"
    return Answer({"data": render.order(done.order)}, 201, {"Location": path})


def nothing(done: Done[Any]) -> Answer:
    return Answer(None, 204)


def line_added(done: Done[Any]) -> Answer:
    """The line the edit added. A snapshot of an earlier release names the line itself."""
    subject = done.subject or ""
    added = next((made.lines[0] for made in done.order.edits if made.id == subject and made.lines), subject)
    return one(render.line_item(done.order, done.order.line(added)), 201)


def fulfilled(done: Done[Any]) -> Answer:
    """The fulfilment; 402 when the capture it needed found the hold gone, and so nothing was sent."""
    if done.subject is None:
        raise hold_gone(done.order)
    return one(render.fulfillment(done.order, done.order.fulfillment(done.subject)), 201)


def fulfillment_changed(done: Done[Any]) -> Answer:
    return one(render.fulfillment(done.order, done.order.fulfillment(done.subject or "")))


def note_added(done: Done[Any]) -> Answer:
    made = next(n for n in done.order.notes if n.id == done.subject)
    return one(render.note(done.order, made), 201)


def refunded(done: Done[Any]) -> Answer:
    return one(render.refund(done.order, done.order.refund(done.subject or "")), 201)


def refund_pending(done: Done[s.RefundOrder]) -> dict[str, Any]:
    return {"data": render.pending_refund(done.order, done.body.note)}


def transacted(done: Done[s.CreateTransaction]) -> Answer:
    """The movement that was made; 402 when the card was declined, the customer must confirm, or the hold was gone."""
    payment = done.order.payment(done.subject or "")
    _bad_news(done.order, payment, done.body.kind)
    made = [t for t in payment.transactions if t.kind == done.body.kind]
    if not made and done.body.kind in ("sale", "authorization"):
        made = [t for t in payment.transactions if t.kind in ("authorization", "capture", "sale")]
    if made:
        return one(render.transaction(done.order, payment, made[-1]), 201)
    return one(render.undecided(done.order, payment, done.body.kind), 201)


def _bad_news(order: Order, payment: Payment, kind: str, **shown: str) -> None:
    shown["payment_id"] = payment.id
    if kind == "capture" and payment.state == "voided" and payment.captured == 0:
        raise hold_gone(order)
    if payment.state == "failed" and payment.decline_code is not None:
        message = payment.message or "the payment was declined"
        raise Problem("payment_declined", message, data={"decline_code": payment.decline_code, **shown}, stored=True)
    if payment.state == "failed":
        message = payment.message or "the payment provider refused this"
        raise Problem("validation_error", message, field="payment_method", data=shown, stored=True)
    if payment.state == "requires_action":
        data = {"client_secret": payment.client_secret, "next_action": payment.next_action, **shown}
        raise Problem("payment_required", "the customer must confirm this payment", data=data, stored=True)


def hold_gone(order: Order) -> Problem:
    return Problem(
        "payment_required",
        "the authorised money is gone; the order must be paid again",
        data={"due": render.money(order, ledger.due(order))},
        stored=True,
    )
