"""storefront's webhooks: their routes, requests and answers (contract section 10). The messages are events.py's.

`secret` is in two answers only, of the registration and of `rotate`, whether it was given or made here. Lists are numbered
pages, as everywhere in this face. PUT is this face's word for a change; PATCH does the same.
"""

from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from api.faces.storefront import answers as a
from api.faces.storefront import settled
from api.faces.storefront.routes import routes
from api.http.fields import QueryModel, RequestModel, Short, Text
from api.http.routing import Answer, Call, NoBody, NoQuery
from api.spelling import wire
from api.webhooks import endpoints as webhooks_out
from api.webhooks import shown as webhooks_shown
from api.webhooks.shown import AttemptOut, DeliveryStatus, EndpointStatus, Events, Replay
from store.outgoing.deliveries import Attempt, Delivery
from store.outgoing.webhooks import Endpoint

__all__ = ["routes"]
"""The face's, these included."""

ALL: Final = "/api/v1/webhooks"
ONE: Final = f"{ALL}/{{webhook_id}}"


class CreateWebhook(RequestModel):
    """`events`: document 003's names, or `["*"]`. `secret`: 16 to 128 visible characters; missing, one is made."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "ERP",
                "url": "https://shop.example/hooks",
                "events": ["order.created", "order.fulfillment_created"],
            }
        }
    )

    url: Text
    events: Events
    name: Short | None = None
    secret: Short | None = None


class UpdateWebhook(RequestModel):
    """Absent is unchanged, present is replaced."""

    url: Text | None = None
    events: Events | None = None
    name: Short | None = None
    status: Literal["active", "disabled"] | None = None


class Paged(QueryModel):
    page: int = Field(1, ge=1, le=10_000_000)
    per_page: int = Field(20, ge=1, le=100)


class ListDeliveries(Paged):
    status: DeliveryStatus | None = None
    order_id: str | None = Field(None, max_length=64)


class WebhookOut(a.Out):
    id: a.Uuid
    name: str | None
    url: str
    events: list[str]
    status: EndpointStatus
    reason: str | None
    livemode: bool
    old_secret_until: str | None
    created_at: a.Time
    updated_at: a.Time


class WebhookSecretOut(WebhookOut):
    secret: str


class WebhookDeliveryOut(a.Out):
    id: a.Uuid
    event_id: str
    event: str
    order_id: str | None
    sequence: int
    status: DeliveryStatus
    attempts: int
    next_attempt_at: str | None
    request_excerpt: str
    log: list[AttemptOut]
    created_at: a.Time
    updated_at: a.Time


class WebhookReplayOut(a.Out):
    queued: int


def _fields(value: Endpoint) -> dict[str, Any]:
    return {"id": wire.UUID.encode(value.id), "name": value.name, **webhooks_shown.endpoint(value)}


def _webhook(value: Endpoint) -> WebhookOut:
    return WebhookOut(**_fields(value))


def _with_secret(value: Endpoint) -> WebhookSecretOut:
    return WebhookSecretOut(**_fields(value), secret=value.secret)


def _delivery(value: Delivery, tries: list[Attempt]) -> WebhookDeliveryOut:
    order = webhooks_shown.order_of(value)
    return WebhookDeliveryOut(
        id=wire.UUID.encode(value.id),
        event=value.event_type,
        order_id=None if order is None else wire.UUID.encode(order),
        **webhooks_shown.delivery(value, tries),
    )


def _id(call: Call) -> str:
    return webhooks_shown.ulid_of(wire.UUID, call.path("webhook_id"), "no such webhook")


@routes.write("POST", ALL, body=CreateWebhook, answers={201: a.One[WebhookSecretOut]}, repeatable=False, secret=True)
async def create_webhook(call: Call, body: CreateWebhook) -> Answer:
    """Register a webhook.

    `secret` is shown once; deliveries are signed with it (`X-Webhook-Signature` and Standard Webhooks).
    """
    made = await webhooks_out.register(
        webhooks_out.of(call), body.url, body.events, name=body.name, secret=body.secret
    )  # fmt: skip
    shown = settled.one(_with_secret(made), 201)
    return Answer(shown.body, 201, {"Location": f"{ALL}/{wire.UUID.encode(made.id)}"})


@routes.listing(ALL, query=Paged, answers={200: a.Many[WebhookOut]}, access="read")
async def list_webhooks(call: Call, query: Paged) -> Answer:
    """List the webhooks of this mode, oldest first."""
    found = [_webhook(e) for e in await webhooks_out.list_all(webhooks_out.of(call))]
    first = (query.page - 1) * query.per_page
    return settled.many(found[first : first + query.per_page], len(found), query.page, query.per_page)


@routes.listing(ONE, query=NoQuery, answers={200: a.One[WebhookOut]}, access="read")
async def get_webhook(call: Call, query: NoQuery) -> Answer:
    """Get a webhook; `status` says how it does, `reason` why."""
    return settled.one(_webhook(await webhooks_out.get(webhooks_out.of(call), _id(call))))


@routes.write("PATCH", ONE, body=UpdateWebhook, answers={200: a.One[WebhookOut]})
@routes.write("PUT", ONE, body=UpdateWebhook, answers={200: a.One[WebhookOut]})
async def update_webhook(call: Call, body: UpdateWebhook) -> Answer:
    """Change where it goes, what it takes, or whether it is sent to. Active again, it gets what waited."""
    given = {k: v for k, v in body.model_dump(exclude_unset=True).items() if v is not None or k == "name"}
    return settled.one(_webhook(await webhooks_out.update(webhooks_out.of(call), _id(call), given)))


@routes.write("DELETE", ONE, body=NoBody, answers={204: None})
async def delete_webhook(call: Call, body: NoBody) -> Answer:
    """Delete it with its deliveries."""
    await webhooks_out.delete(webhooks_out.of(call), _id(call))
    return Answer(None, 204)


@routes.write("POST", f"{ONE}/test", body=NoBody, answers={202: a.One[WebhookDeliveryOut]}, repeatable=False)
async def test_webhook(call: Call, body: NoBody) -> Answer:
    """Send a `webhook.test` with an order that looks like any other; its delivery is among the others."""
    made = await webhooks_out.test(webhooks_out.of(call), _id(call))
    return settled.one(_delivery(made, []), 202)


@routes.listing(
    f"{ONE}/deliveries", query=ListDeliveries, answers={200: a.Many[WebhookDeliveryOut]}, access="read"
)  # fmt: skip
async def list_webhook_deliveries(call: Call, query: ListDeliveries) -> Answer:
    """List what was sent and what came back, newest first; each delivery has its last ten attempts."""
    hooks, webhook = webhooks_out.of(call), _id(call)
    total = await webhooks_out.count_deliveries(hooks, webhook, status=query.status, order=query.order_id)
    page = await webhooks_out.list_deliveries(
        hooks, webhook, limit=query.per_page, offset=(query.page - 1) * query.per_page, status=query.status,
        order=query.order_id,
    )  # fmt: skip
    return settled.many([_delivery(one, tries) for one, tries in page], total, query.page, query.per_page)


@routes.write(
    "POST",
    f"{ONE}/deliveries/{{delivery_id}}/redeliver",
    body=NoBody,
    answers={202: a.One[WebhookDeliveryOut]},
    repeatable=False,
)
async def redeliver_webhook(call: Call, body: NoBody) -> Answer:
    """Send one delivery once more, under the same `webhook-id`."""
    delivery = webhooks_shown.ulid_of(wire.UUID, call.path("delivery_id"), "no such delivery")
    return settled.one(_delivery(await webhooks_out.redeliver(webhooks_out.of(call), _id(call), delivery), []), 202)


@routes.write("POST", f"{ONE}/replay", body=Replay, answers={202: a.One[WebhookReplayOut]}, repeatable=False)
async def replay_webhooks(call: Call, body: Replay) -> Answer:
    """Send an order's events once more, from a sequence on, in their order."""
    queued = await webhooks_out.replay(webhooks_out.of(call), _id(call), body.order_id, body.from_sequence)
    return settled.one(WebhookReplayOut(queued=queued), 202)


@routes.write(
    "POST", f"{ONE}/rotate", body=NoBody, answers={200: a.One[WebhookSecretOut]}, repeatable=False, secret=True
)
async def rotate_webhook_secret(call: Call, body: NoBody) -> Answer:
    """A new secret, shown once; for 24 hours both sign."""
    return settled.one(_with_secret(await webhooks_out.rotate(webhooks_out.of(call), _id(call))))
