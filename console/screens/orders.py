"""Orders: one search box for everything an operator remembers, and the views a shop looks at every day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.responses import Response

from api.spelling import cursors
from console.finding import customer_of, page_by_deadline, page_of_orders
from console.routing import PREFIX, Screens
from console.visit import Refused, Visit
from domain import ledger
from domain.order import Order
from domain.status import fulfillment_status, lifecycle, payment_status
from domain.terms import wanted as folded
from domain.waiting import waiting
from domain.windows import next_deadline
from store.order import orders

screens = Screens()
PAGE: Final = 50


@dataclass(frozen=True)
class View:
    """A saved view: what its orders wait for, or which window of theirs ends soon."""

    name: str
    title: str
    waits_for: str | None = None
    window: str | None = None


VIEWS: Final = (
    View("all", "All"),
    View("unpaid", "Unpaid", waits_for="payment"),
    View("to-confirm", "To confirm", waits_for="confirmation"),
    View("to-capture", "To capture", waits_for="capture"),
    View("to-ship", "To ship", waits_for="fulfillment"),
    View("on-hold", "On hold", waits_for="hold"),
    View("disputed", "Disputed", waits_for="dispute"),
    View("on-the-way", "On the way", waits_for="delivery"),
    View("returns", "Returns to decide", waits_for="return_decision"),
    View("parcels", "Parcels to come", waits_for="parcel"),
    View("surplus", "Money to give back", waits_for="surplus"),
    View("closing", "Closing this week", window="return_window"),
)


@dataclass(frozen=True)
class Row:
    """One order of the list."""

    order: Order
    customer: str
    status: str
    payment: str
    shipping: str
    due: int
    waits: tuple[str, ...]
    next_at: datetime | None


def row_of(order: Order) -> Row:
    deadline = next_deadline(order)
    return Row(
        order=order,
        customer=customer_of(order),
        status="closed" if order.closed_at else lifecycle(order),
        payment=payment_status(order),
        shipping=fulfillment_status(order),
        due=ledger.due(order),
        waits=tuple(dict.fromkeys(wait.word for wait in waiting(order))),
        next_at=deadline[0].at if deadline else None,
    )


@screens.page("/orders")
async def list_orders(visit: Visit) -> Response:
    view = next((v for v in VIEWS if v.name == (visit.asked("view") or "all")), None)
    if view is None:
        raise Refused(404, "Not found", "There is no such view.")
    q = visit.asked("q")[:254]
    prefix = folded(q) if q else None
    if q and (number := await _exactly(visit, q)) is not None:
        return visit.go(f"{PREFIX}/orders/{number}")
    found, next_keys = await _page(visit, view, prefix)
    return visit.show(
        "orders.html",
        q=q,
        view=view,
        views=VIEWS,
        rows=[row_of(order) for order in found],
        cursor=cursors.pack(*next_keys) if next_keys else None,
        first=not visit.asked("cursor"),
    )


async def _exactly(visit: Visit, q: str) -> int | None:
    """The number of the order whose number or id was typed: there is nothing to choose from."""
    order = await orders.resolve(visit.db, visit.livemode, q) if len(q) <= 64 else None
    return order.number if order else None


async def _page(visit: Visit, view: View, prefix: str | None) -> tuple[list[Order], Sequence[Any] | None]:
    cursor = visit.asked("cursor")
    if prefix == "":  # nothing but marks, which no term begins with
        return [], None
    if view.window is not None and prefix is None:
        until = int((visit.now + timedelta(days=7)).timestamp())
        return await page_by_deadline(visit, view.window, until, cursor, PAGE)
    return await page_of_orders(visit, prefix, view.waits_for, cursor, PAGE)
