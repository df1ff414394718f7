"""Webhooks: every endpoint of every face, those in trouble first; what did not arrive, and sending it again.

What was lost about a customer or an order is found by that, over all endpoints, and sent again in one step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from api.http.reading import MAX_REFERENCE
from api.webhooks import endpoints
from api.webhooks.endpoints import Hooks, hooks_of
from console import paging
from console.once import once
from console.roles import AGENTS
from console.routing import PREFIX, Screens
from console.visit import Refused, Visit, not_there
from store.access import audit
from store.lists import numbers
from store.order import orders
from store.outgoing import deliveries, hearers, webhooks
from store.outgoing.deliveries import Attempt, Delivery
from store.outgoing.webhooks import Endpoint

screens = Screens()
PAGE: Final = 30
MOST: Final = 200
"""Deliveries that are sent again in one step, and orders of a customer that are looked at."""
LATE: Final = ("failed", "pending")
PLACE: Final = (int, str)


@dataclass(frozen=True)
class Lost:
    """One delivery that did not arrive, beside its order and endpoint."""

    delivery: Delivery
    number: int
    url: str


@screens.page("/webhooks")
async def list_endpoints(visit: Visit) -> Response:
    found = await hearers.hearers(visit.db, visit.livemode)
    return visit.show("webhooks.html", rows=found, most=hearers.MOST)


async def _endpoint(visit: Visit) -> Endpoint:
    ident = visit.path("id")
    found = await webhooks.get(visit.db, ident, livemode=visit.livemode) if len(ident) <= MAX_REFERENCE else None
    if found is None:
        raise not_there("There is no such endpoint")
    return found


def _hooks(visit: Visit, endpoint: Endpoint) -> Hooks:
    return hooks_of(visit.shop, visit.shop.faces[endpoint.face], visit.livemode, int(visit.now.timestamp()))


@screens.page("/webhooks/lost")
async def lost(visit: Visit) -> Response:
    customer, order = visit.asked("customer")[:255], visit.asked("order")[:MAX_REFERENCE]
    whose = await _whose(visit, customer, order)
    found = await _lost(visit, whose)
    return visit.show(
        "webhooks_lost.html", rows=found, customer=customer, order=order, orders=len(whose), asked=bool(customer or order),
        endpoints=[one.endpoint for one in await hearers.hearers(visit.db, visit.livemode) if one.endpoint.status != "disabled"],
        may=visit.may(AGENTS), key=visit.new_key(), key_all=visit.new_key(), done=visit.asked("done"), most=MOST,
    )  # fmt: skip


async def _whose(visit: Visit, customer: str, order: str) -> dict[str, int]:
    """Order id -> number, of the customer or the order that is named."""
    if order:
        found = await orders.resolve(visit.db, visit.livemode, order)
        return {} if found is None else {found.id: found.number}
    return await numbers.of_customer(visit.db, visit.livemode, customer, MOST) if customer else {}


async def _lost(visit: Visit, whose: dict[str, int]) -> list[Lost]:
    if not whose:
        return []
    urls = {one.endpoint.id: one.endpoint.url for one in await hearers.hearers(visit.db, visit.livemode)}
    late = await hearers.lost(visit.db, visit.livemode, list(whose), statuses=LATE, limit=MOST)
    return [Lost(one, whose[one.order_id], urls[one.endpoint_id]) for one in late if one.endpoint_id in urls]


@screens.form("/webhooks/lost", roles=AGENTS)
async def send_lost(visit: Visit) -> Response:
    """Whatever did not arrive goes again; or, where an endpoint is named, everything of the order goes to it."""
    customer, order, endpoint_id = (
        visit.said("customer")[:255],
        visit.said("order")[:MAX_REFERENCE],
        visit.said("endpoint"),
    )
    whose = await _whose(visit, customer, order)

    async def do(request_id: str) -> dict[str, Any]:
        if endpoint_id:
            sent = await _replay(visit, endpoint_id, order)
        else:
            sent = await _again(visit, [one.delivery for one in await _lost(visit, whose)])
        await _note(visit, f"{sent} for {'order ' + order if order else 'customer ' + customer}")
        return {"sent": sent}

    told = await once(visit, do)
    return visit.go(f"{PREFIX}/webhooks/lost", customer=customer, order=order, done=told["sent"])


async def _replay(visit: Visit, endpoint_id: str, order: str) -> int:
    endpoint = await webhooks.get(visit.db, endpoint_id, livemode=visit.livemode)
    if endpoint is None or not order:
        raise not_there("There is no such endpoint")
    return await endpoints.replay(_hooks(visit, endpoint), endpoint.id, order, 1)


async def _again(visit: Visit, late: Sequence[Delivery]) -> int:
    """Those that have a body; an endpoint that is switched off is sent nothing."""
    now, sent = int(visit.now.timestamp()), 0
    known: dict[str, Endpoint | None] = {}
    for one in late:
        if one.endpoint_id not in known:
            known[one.endpoint_id] = await webhooks.get(visit.db, one.endpoint_id, livemode=visit.livemode)
        endpoint = known[one.endpoint_id]
        if endpoint is not None and endpoint.status != "disabled":
            sent += await deliveries.again(visit.db, endpoint, one.id, now) is not None
    return sent


async def _note(visit: Visit, about: str) -> None:
    now = int(visit.now.timestamp())
    await audit.note(visit.db, visit.person, "webhooks_sent_again", about[:500], livemode=visit.livemode, now=now)


@screens.page("/webhooks/{id}")
async def endpoint_page(visit: Visit) -> Response:
    endpoint = await _endpoint(visit)
    only = visit.asked("only")
    if only not in ("", "failed"):
        raise Refused(404, "Not found", "There is no such view.")
    after = paging.keys(visit, PLACE)
    rows = await _deliveries(visit, endpoint, only, after)
    page = rows[:PAGE]
    return visit.show(
        "webhook.html", endpoint=endpoint, rows=page, only=only, may=visit.may(AGENTS), done=visit.asked("done"),
        cursor=paging.following(rows, PAGE, lambda row: (row[0].created_at, row[0].id)), first=after is None,
        numbers=await numbers.of(visit.db, {one.order_id for one, _ in page}), keys=[visit.new_key() for _ in page],
        key=visit.new_key(), health=await hearers.hearer(visit.db, endpoint),
    )  # fmt: skip


async def _deliveries(
    visit: Visit, endpoint: Endpoint, only: str, after: Sequence[Any] | None
) -> list[tuple[Delivery, list[Attempt]]]:
    if only == "failed":
        before = None if after is None else (int(after[0]), str(after[1]))
        late = await hearers.failed(visit.db, endpoint.id, before=before, limit=PAGE + 1)
        return await deliveries.with_attempts(visit.db, late)
    before_id = None if after is None else str(after[1])
    return await deliveries.page(visit.db, endpoint.id, limit=PAGE + 1, before=before_id)


@screens.form("/webhooks/{id}", roles=AGENTS)
async def change_endpoint(visit: Visit) -> Response:
    """Send one again, send all that were given up again, or switch the endpoint on or off."""
    endpoint, what = await _endpoint(visit), visit.said("what")
    if what not in ("again", "again-all", "on", "off"):
        raise Refused(400, "This form is not complete", "Open the page again and send its form.")

    async def do(request_id: str) -> dict[str, Any]:
        if what == "again":
            await endpoints.redeliver(_hooks(visit, endpoint), endpoint.id, visit.said("delivery"))
            await _note(visit, f"one to {endpoint.url}")
            return {"sent": 1}
        if what == "again-all":
            sent = await _again(visit, await hearers.failed(visit.db, endpoint.id, limit=MOST))
            await _note(visit, f"{sent} to {endpoint.url}")
            return {"sent": sent}
        await endpoints.update(
            _hooks(visit, endpoint), endpoint.id, {"status": "active" if what == "on" else "disabled"}
        )
        now = int(visit.now.timestamp())
        await audit.note(
            visit.db, visit.person, f"endpoint_{what}", endpoint.url[:500], livemode=visit.livemode, now=now
        )
        return {"sent": ""}

    told = await once(visit, do)
    return visit.go(f"{PREFIX}/webhooks/{endpoint.id}", done=told["sent"], only=visit.said("only"))
