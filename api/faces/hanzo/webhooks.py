"""hanzo's webhooks: the body of an event, and the routes that manage endpoints (contract section 10).

Body: `{id, type, createdAt, livemode, sequence, data: {order, refund? | fulfillment? | return? | payment?}}`.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import Field

from api.faces.hanzo import coming_back, render
from api.faces.hanzo.answers import Out
from api.faces.hanzo.events import NAMES
from api.faces.hanzo.routes import routes
from api.faces.hanzo.texts import time
from api.http.fields import CamelQuery, CamelRequest, Ident, Text
from api.http.problems import not_found
from api.http.routing import Answer, Call, NoBody, NoQuery
from api.spelling import wire
from api.webhooks import endpoints as webhooks_out
from api.webhooks import shown as webhooks_shown
from api.webhooks.shown import DeliveryStatus, EndpointStatus, Events
from domain.events import Event
from domain.order import Order
from store.outgoing.deliveries import Attempt, Delivery
from store.outgoing.webhooks import Endpoint

ENDPOINT = wire.Prefixed("whk_")
DELIVERY = wire.Prefixed("dlv_")


def rendered(event: Event, order: Order) -> list[tuple[str, dict[str, Any]]]:
    """The one message of an event that hanzo names."""
    name = NAMES[event.type]
    if name is None:
        return []
    body = {
        "id": wire.EVENT.encode(event.id),
        "type": name,
        "createdAt": time(event.at),
        "livemode": order.livemode,
        "sequence": event.sequence,
        "data": {"order": render.dump(render.order(order)), **_subject(event, order)},
    }
    return [(name, body)]


def _subject(event: Event, order: Order) -> dict[str, Any]:
    """The child an event is about, as far as the order still has it."""
    shows: dict[str, tuple[str, Callable[[str], Out]]] = {
        "refundId": ("refund", lambda child: render.refund(order, order.refund(child))),
        "exchangeId": ("exchange", lambda child: coming_back.exchange(order, order.exchange(child))),
        "claimId": ("claim", lambda child: coming_back.claim(order, order.claim(child))),
        "returnId": ("return", lambda child: coming_back.return_(order, order.return_(child))),
        "fulfillmentId": ("fulfillment", lambda child: render.fulfillment(order, order.fulfillment(child))),
        "paymentId": ("payment", lambda child: render.payment(order.payment(child))),
    }
    for key, (word, show) in shows.items():
        if isinstance(child := event.data.get(key), str):
            try:
                return {word: render.dump(show(child))}
            except KeyError:
                return {}
    return {}


# What the routes take and answer.


class CreateWebhook(CamelRequest):
    """`events`: names of hanzo's, or `["*"]`."""

    url: Text
    events: Events
    description: Text | None = None


class UpdateWebhook(CamelRequest):
    url: Text | None = None
    events: Events | None = None
    description: Text | None = None
    status: Literal["active", "disabled"] | None = None


class Redeliver(CamelRequest):
    delivery_id: Ident


class Replay(CamelRequest):
    """An order's events from this sequence on."""

    order_id: Ident
    sequence: Annotated[int, Field(ge=1, le=1_000_000_000)] = 1


class ListDeliveries(CamelQuery):
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    before: str | None = None
    status: DeliveryStatus | None = None
    order_id: str | None = None


class WebhookOut(Out):
    id: str
    url: str
    events: list[str]
    description: str | None
    status: EndpointStatus
    reason: str | None
    livemode: bool
    old_secret_until: str | None
    created_at: str
    updated_at: str


class WebhookSecretOut(WebhookOut):
    secret: str


class WebhookListOut(Out):
    count: int
    models: list[WebhookOut]


class AttemptOut(Out):
    attempt: int
    at: str
    duration_ms: int
    status: int | None
    request_headers: dict[str, str] | None
    response_excerpt: str | None
    error: str | None


class DeliveryOut(Out):
    id: str
    event_id: str
    type: str
    order_id: str | None
    sequence: int
    status: DeliveryStatus
    attempts: int
    next_attempt_at: str | None
    request_excerpt: str
    log: list[AttemptOut]
    created_at: str
    updated_at: str


class DeliveryListOut(Out):
    count: int
    models: list[DeliveryOut]


class ReplayOut(Out):
    queued: int


def _fields(value: Endpoint) -> dict[str, Any]:
    return {"id": ENDPOINT.encode(value.id), "description": value.description, **webhooks_shown.endpoint(value)}


def _endpoint(value: Endpoint) -> WebhookOut:
    return WebhookOut(**_fields(value))


def _with_secret(value: Endpoint) -> WebhookSecretOut:
    return WebhookSecretOut(**_fields(value), secret=value.secret)


def _delivery(value: Delivery, tries: list[Attempt]) -> DeliveryOut:
    order = webhooks_shown.order_of(value)
    return DeliveryOut(
        id=DELIVERY.encode(value.id),
        type=value.event_type,
        order_id=None if order is None else wire.ORDER.encode(order),
        **webhooks_shown.delivery(value, tries),
    )


def _id(call: Call) -> str:
    try:
        return ENDPOINT.decode(call.path("webhookId"))
    except ValueError:
        raise not_found("no such webhook") from None


def _delivery_id(spelled: str) -> str:
    try:
        return DELIVERY.decode(spelled)
    except ValueError:
        raise not_found("no such delivery") from None


@routes.write("POST", "/webhook", body=CreateWebhook, answers={201: WebhookSecretOut}, repeatable=False, secret=True)
async def create_webhook(call: Call, body: CreateWebhook) -> Answer:
    """Register a webhook endpoint.

    `secret` is shown once; every delivery is signed with it (Standard Webhooks and `X-Hanzo-Signature`).
    """
    made = await webhooks_out.register(webhooks_out.of(call), body.url, body.events, description=body.description)
    return Answer(_with_secret(made), 201, {"Location": f"/webhook/{ENDPOINT.encode(made.id)}"})


@routes.listing("/webhook", query=NoQuery, answers={200: WebhookListOut}, access="read")
async def list_webhooks(call: Call, query: NoQuery) -> Answer:
    """The webhook endpoints of this mode."""
    found = [_endpoint(e) for e in await webhooks_out.list_all(webhooks_out.of(call))]
    return Answer(WebhookListOut(count=len(found), models=found))


@routes.listing("/webhook/{webhookId}", query=NoQuery, answers={200: WebhookOut}, access="read")
async def get_webhook(call: Call, query: NoQuery) -> Answer:
    """One webhook endpoint; `status` says how it does, `reason` why."""
    return Answer(_endpoint(await webhooks_out.get(webhooks_out.of(call), _id(call))))


@routes.write("PATCH", "/webhook/{webhookId}", body=UpdateWebhook, answers={200: WebhookOut})
async def update_webhook(call: Call, body: UpdateWebhook) -> Answer:
    """Change where it goes, what it takes, or whether it is sent to. Active again, it gets what waited."""
    given = {k: v for k, v in body.model_dump(exclude_unset=True).items() if v is not None or k == "description"}
    return Answer(_endpoint(await webhooks_out.update(webhooks_out.of(call), _id(call), given)))


@routes.write("DELETE", "/webhook/{webhookId}", body=NoBody, answers={204: None})
async def delete_webhook(call: Call, body: NoBody) -> Answer:
    """Delete it with its deliveries."""
    await webhooks_out.delete(webhooks_out.of(call), _id(call))
    return Answer(None, 204)


@routes.listing("/webhook/{webhookId}/deliveries", query=ListDeliveries, answers={200: DeliveryListOut}, access="read")
async def list_webhook_deliveries(call: Call, query: ListDeliveries) -> Answer:
    """What was sent and what came back, newest first.

    `before` is the id of the last delivery of the page before; each delivery has its last ten attempts.
    """
    before = None if query.before is None else _delivery_id(query.before)
    page = await webhooks_out.list_deliveries(
        webhooks_out.of(call), _id(call), limit=query.limit, before=before, status=query.status, order=query.order_id
    )
    models = [_delivery(delivery, tries) for delivery, tries in page]
    return Answer(DeliveryListOut(count=len(models), models=models))


@routes.write("POST", "/webhook/{webhookId}/test", body=NoBody, answers={202: DeliveryOut}, repeatable=False)
async def test_webhook(call: Call, body: NoBody) -> Answer:
    """Send a `webhook.test` with an order that looks like any other; its delivery is among the others."""
    made = await webhooks_out.test(webhooks_out.of(call), _id(call))
    return Answer(_delivery(made, []), 202)


@routes.write("POST", "/webhook/{webhookId}/redeliver", body=Redeliver, answers={202: DeliveryOut}, repeatable=False)
async def redeliver_webhook(call: Call, body: Redeliver) -> Answer:
    """Send one delivery once more, under the same `webhook-id`."""
    found = await webhooks_out.redeliver(webhooks_out.of(call), _id(call), _delivery_id(body.delivery_id))
    return Answer(_delivery(found, []), 202)


@routes.write("POST", "/webhook/{webhookId}/replay", body=Replay, answers={202: ReplayOut}, repeatable=False)
async def replay_webhook(call: Call, body: Replay) -> Answer:
    """Send an order's events once more, from a sequence on, in their order."""
    queued = await webhooks_out.replay(webhooks_out.of(call), _id(call), body.order_id, body.sequence)
    return Answer(ReplayOut(queued=queued), 202)


@routes.write(
    "POST", "/webhook/{webhookId}/rotate", body=NoBody, answers={200: WebhookSecretOut}, repeatable=False, secret=True
)
async def rotate_webhook_secret(call: Call, body: NoBody) -> Answer:
    """A new secret, shown once; for 24 hours both sign."""
    return Answer(_with_secret(await webhooks_out.rotate(webhooks_out.of(call), _id(call))))
