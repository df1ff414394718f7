"""Managing webhook endpoints, in no face's words: what every face's routes call (contract section 10).

Rule: an endpoint of another face or mode is not there. A face brings its spelling of ids, its event names, its renderer and the
body of its test message; refusals are the domain's. A secret is in two answers only: of its registration and of its rotation.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from api.face import Face
from api.http.routing import Call
from api.shop import Shop
from api.spelling.wire import EPOCH
from api.webhooks.example import example
from domain.errors import InvalidInput, NotFound
from domain.events import Event
from domain.ids import ulid_at
from domain.order import Order
from domain.targets import Private, Refused, target
from domain.webhooks import EVERY_EVENT, TEST_EVENT, Renderer, wants
from store.database.clock import epoch
from store.order import events as timeline
from store.order import orders
from store.outgoing import deliveries, webhooks
from store.outgoing.deliveries import Attempt, Delivery
from store.outgoing.webhooks import Endpoint

MAX_ENDPOINTS: Final = 100
"""Per face and mode: every event is matched against each."""
MAX_EVENTS: Final = 100
MAX_REPLAY: Final = 1_000
"""Events of one replay."""
SHORTEST_SECRET: Final = 16
LONGEST_SECRET: Final = 128


@dataclass(frozen=True)
class Hooks:
    """What these functions work with: one call of one face."""

    db: AsyncEngine
    face: str
    livemode: bool
    names: frozenset[str]
    """The face's event names."""
    renderer: Renderer
    allow_private: Private
    now: int
    """Epoch seconds."""


def of(call: Call) -> Hooks:
    """The webhooks of the face and mode of this call."""
    return hooks_of(call.shop, call.face, call.livemode, epoch(call.now))


def hooks_of(shop: Shop, face: Face, livemode: bool, now: int) -> Hooks:
    """The same without a call: of a face and a mode."""
    if face.renderer is None:
        raise NotFound("this face has no webhooks")
    return Hooks(
        db=shop.db,
        face=face.name,
        livemode=livemode,
        names=frozenset(name for name in face.events.values() if name is not None),
        renderer=face.renderer,
        allow_private=shop.settings.webhooks_allow_private,
        now=now,
    )


async def register(
    hooks: Hooks, url: str, events: Sequence[str], *, name: str | None = None, description: str | None = None,
    secret: str | None = None,
) -> Endpoint:  # fmt: skip
    """A new endpoint, active at once. InvalidInput names `url`, `events` or `secret`."""
    _check_url(hooks, url)
    _check_events(hooks, events)
    if secret is not None and not (SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET and _visible(secret)):
        raise InvalidInput("16 to 128 visible ASCII characters", field="secret")
    if len(await list_all(hooks)) >= MAX_ENDPOINTS:
        raise InvalidInput(f"at most {MAX_ENDPOINTS} endpoints", field="url")
    return await webhooks.register(
        hooks.db, face=hooks.face, livemode=hooks.livemode, url=url, events=list(dict.fromkeys(events)), now=hooks.now,
        name=name, description=description, secret=secret,
    )  # fmt: skip


async def list_all(hooks: Hooks) -> list[Endpoint]:
    """The face's endpoints, oldest first."""
    return await webhooks.list_endpoints(hooks.db, face=hooks.face, livemode=hooks.livemode, limit=MAX_ENDPOINTS)


async def get(hooks: Hooks, endpoint_id: str) -> Endpoint:
    """NotFound when there is none."""
    found = await webhooks.get(hooks.db, endpoint_id, face=hooks.face, livemode=hooks.livemode)
    return _there(found)


async def update(hooks: Hooks, endpoint_id: str, fields: Mapping[str, Any]) -> Endpoint:
    """Change url, events, name, description, or status (active | disabled). Active again sends what waited."""
    if "url" in fields:
        _check_url(hooks, fields["url"])
    if "events" in fields:
        _check_events(hooks, fields["events"])
    if fields.get("status", "active") not in ("active", "disabled"):
        raise InvalidInput("active or disabled", field="status")
    if not fields:
        return await get(hooks, endpoint_id)
    return _there(
        await webhooks.change(
            hooks.db, endpoint_id, fields, face=hooks.face, livemode=hooks.livemode, now=hooks.now
        )
    )  # fmt: skip


async def delete(hooks: Hooks, endpoint_id: str) -> None:
    """With its deliveries."""
    if not await webhooks.remove(hooks.db, endpoint_id, face=hooks.face, livemode=hooks.livemode, now=hooks.now):
        raise NotFound("no such webhook endpoint")


async def rotate(hooks: Hooks, endpoint_id: str) -> Endpoint:
    """A new secret; for 24 hours the old one signs too."""
    return _there(await webhooks.rotate(hooks.db, endpoint_id, face=hooks.face, livemode=hooks.livemode, now=hooks.now))


async def test(hooks: Hooks, endpoint_id: str) -> Delivery:
    """Queue a test message: an order as the face renders one, that is nobody's."""
    endpoint = await _sent_to(hooks, endpoint_id)
    ulid = ulid_at(hooks.now * 1000, secrets.token_bytes(10))
    content = _test_body(hooks, ulid)
    made = deliveries.make(
        endpoint, order_id=f"test_{ulid}", sequence=0, place=0, event_id=content["id"], event_type=TEST_EVENT,
        body=orjson.dumps(content).decode(), now=hooks.now,
    )  # fmt: skip
    return await deliveries.send_test(hooks.db, endpoint, made, hooks.now)


def _test_body(hooks: Hooks, ulid: str) -> dict[str, Any]:
    """The face's body of an order that was placed, under the test's name: what is written for the one can read the other."""
    [(name, body)] = hooks.renderer(*example(ulid, EPOCH.decode(hooks.now), livemode=hooks.livemode)) or ()
    named = {key: TEST_EVENT for key in ("type", "event") if body.get(key) == name}
    return body | named | {"sequence": 0}


async def list_deliveries(
    hooks: Hooks, endpoint_id: str, *, limit: int = 20, before: str | None = None, offset: int = 0,
    status: str | None = None, order: str | None = None,
) -> list[tuple[Delivery, list[Attempt]]]:  # fmt: skip
    """Newest first, each with its last ten attempts; `order` in any spelling."""
    endpoint = await get(hooks, endpoint_id)
    order_id = None if order is None else (await _order(hooks, order)).id
    return await deliveries.page(
        hooks.db, endpoint.id, limit=limit, before=before, offset=offset, status=status, order_id=order_id
    )


async def count_deliveries(
    hooks: Hooks, endpoint_id: str, *, status: str | None = None, order: str | None = None
) -> int:
    """How many there are of these, for faces that number their pages."""
    endpoint = await get(hooks, endpoint_id)
    order_id = None if order is None else (await _order(hooks, order)).id
    return await deliveries.count(hooks.db, endpoint.id, status=status, order_id=order_id)


async def redeliver(hooks: Hooks, endpoint_id: str, delivery_id: str) -> Delivery:
    """Send one once more: the same `webhook-id` and body, a fresh ladder."""
    endpoint = await _sent_to(hooks, endpoint_id)
    found = await deliveries.get(hooks.db, endpoint.id, delivery_id)
    if found is None:
        raise NotFound("no such delivery")
    if not found.body:
        raise InvalidInput("this one could not be rendered; replay its order from its sequence", field="delivery")
    return await deliveries.again(hooks.db, endpoint, found.id, hooks.now) or found


async def replay(hooks: Hooks, endpoint_id: str, order: str, from_sequence: int) -> int:
    """Send an order's events once more, from this sequence on and in order. How many deliveries wait for it now.

    What was sent before goes out with the same id and body; what never was is rendered of the order as it is now.
    """
    endpoint = await _sent_to(hooks, endpoint_id)
    found = await _order(hooks, order)
    after = from_sequence - 1
    events = await timeline.events(hooks.db, found.id, after=after, limit=MAX_REPLAY)
    known = await deliveries.delivered_sequences(hooks.db, endpoint.id, found.id, after)
    missing = [
        made for event in events if event.sequence not in known for made in _rendered(hooks, endpoint, event, found)
    ]
    return await deliveries.replay(hooks.db, endpoint, found.id, [e.sequence for e in events], missing, hooks.now)


def _rendered(hooks: Hooks, endpoint: Endpoint, event: Event, order: Order) -> list[Delivery]:
    return [
        deliveries.make(
            endpoint, order_id=order.id, sequence=event.sequence, place=place, event_id=body["id"], event_type=name,
            body=orjson.dumps(body).decode(), now=hooks.now,
        )
        for place, (name, body) in enumerate(hooks.renderer(event, order) or ())
        if wants(endpoint.events, name)
    ]  # fmt: skip


async def _sent_to(hooks: Hooks, endpoint_id: str) -> Endpoint:
    endpoint = await get(hooks, endpoint_id)
    if endpoint.status == "disabled":
        raise InvalidInput("the endpoint is disabled; make it active first", field="status")
    return endpoint


async def _order(hooks: Hooks, spelled: str) -> Order:
    found = await orders.resolve(hooks.db, hooks.livemode, spelled)
    if found is None:
        raise NotFound("no such order")
    return found


def _there(found: Endpoint | None) -> Endpoint:
    if found is None:
        raise NotFound("no such webhook endpoint")
    return found


def _check_url(hooks: Hooks, url: str) -> None:
    try:
        target(url, allow_private=hooks.allow_private)
    except Refused as error:
        raise InvalidInput(str(error), field="url") from None


def _check_events(hooks: Hooks, events: Sequence[str]) -> None:
    if not 1 <= len(events) <= MAX_EVENTS:
        raise InvalidInput("at least one event, or *", field="events")
    for place, name in enumerate(events):
        if name != EVERY_EVENT and name not in hooks.names:
            raise InvalidInput("no such event", field=f"events[{place}]")


def _visible(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text
