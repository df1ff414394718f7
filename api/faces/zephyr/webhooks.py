"""zephyr's webhook endpoints: their routes, requests and answers (contract section 10). The messages are render.webhooks'.

`signing_secret` (`whsec_…`) is in two answers only: of the registration and of `rotate`. Lists page by cursor, as orders do.
"""

from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from api.faces.zephyr.answers import Out
from api.faces.zephyr.routes import routes
from api.http.fields import QueryModel, RequestModel, Text
from api.http.problems import Problem
from api.http.routing import Answer, Call, NoBody, NoQuery
from api.spelling import wire
from api.webhooks import endpoints as webhooks_out
from api.webhooks import shown as webhooks_shown
from api.webhooks.shown import AttemptOut, DeliveryStatus, EndpointStatus, Events, Replay
from store.outgoing.deliveries import Attempt, Delivery
from store.outgoing.webhooks import Endpoint

__all__ = ["routes"]
"""The face's, these included."""

ENDPOINT: Final = wire.Prefixed("we_")
DELIVERY: Final = wire.Prefixed("dlv_")
ALL: Final = "/v1/webhook_endpoints"
ONE: Final = f"{ALL}/{{id}}"


class CreateEndpoint(RequestModel):
    """`events`: document 002's names, or `["*"]`."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"url": "https://shop.example/hooks", "events": ["order.created", "order.refunded"]}
        }
    )

    url: Text
    events: Events
    description: Text | None = None


class UpdateEndpoint(RequestModel):
    url: Text | None = None
    events: Events | None = None
    description: Text | None = None
    status: Literal["active", "disabled"] | None = None


class ListDeliveries(QueryModel):
    limit: int = Field(20, ge=1, le=100)
    cursor: str | None = Field(None, max_length=200, description="`next_cursor` of the page before.")
    status: DeliveryStatus | None = None
    order_id: str | None = Field(None, max_length=64)


class EndpointOut(Out):
    id: str
    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    url: str
    events: list[str]
    description: str | None
    status: EndpointStatus
    reason: str | None
    livemode: bool
    old_secret_until: str | None
    created_at: str
    updated_at: str


class EndpointSecretOut(EndpointOut):
    signing_secret: str


class EndpointListOut(Out):
    object: Literal["list"] = "list"
    data: list[EndpointOut]
    has_more: bool
    next_cursor: str | None


class DeliveryOut(Out):
    id: str
    object: Literal["webhook_delivery"] = "webhook_delivery"
    event_id: str
    event_type: str
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
    object: Literal["list"] = "list"
    data: list[DeliveryOut]
    has_more: bool
    next_cursor: str | None


class ReplayOut(Out):
    object: Literal["webhook_replay"] = "webhook_replay"
    queued: int


def _fields(value: Endpoint) -> dict[str, Any]:
    return {"id": ENDPOINT.encode(value.id), "description": value.description, **webhooks_shown.endpoint(value)}


def _endpoint(value: Endpoint) -> EndpointOut:
    return EndpointOut(**_fields(value))


def _with_secret(value: Endpoint) -> EndpointSecretOut:
    return EndpointSecretOut(**_fields(value), signing_secret=value.secret)


def _delivery(value: Delivery, tries: list[Attempt]) -> DeliveryOut:
    order = webhooks_shown.order_of(value)
    return DeliveryOut(
        id=DELIVERY.encode(value.id),
        event_type=value.event_type,
        order_id=None if order is None else wire.ORDER.encode(order),
        **webhooks_shown.delivery(value, tries),
    )


def _id(call: Call) -> str:
    return webhooks_shown.ulid_of(ENDPOINT, call.path("id"), "no such webhook endpoint")


def _delivery_id(call: Call) -> str:
    return webhooks_shown.ulid_of(DELIVERY, call.path("delivery_id"), "no such delivery")


def _before(cursor: str | None) -> str | None:
    try:
        return None if cursor is None else DELIVERY.decode(cursor)
    except ValueError:
        raise Problem("validation_error", "no cursor of this list", field="cursor") from None


@routes.write("POST", ALL, body=CreateEndpoint, answers={201: EndpointSecretOut}, repeatable=False, secret=True)
async def create_webhook_endpoint(call: Call, body: CreateEndpoint) -> Answer:
    """Create a webhook endpoint.

    `signing_secret` is shown once; deliveries are signed with it (`X-ZephyrCart-Signature` and Standard Webhooks).
    """
    made = await webhooks_out.register(webhooks_out.of(call), body.url, body.events, description=body.description)
    return Answer(_with_secret(made), 201, {"Location": f"{ALL}/{ENDPOINT.encode(made.id)}"})


@routes.listing(ALL, query=NoQuery, answers={200: EndpointListOut}, access="read")
async def list_webhook_endpoints(call: Call, query: NoQuery) -> Answer:
    """List the webhook endpoints of this mode: all of them, oldest first."""
    found = [_endpoint(e) for e in await webhooks_out.list_all(webhooks_out.of(call))]
    return Answer(EndpointListOut(data=found, has_more=False, next_cursor=None))


@routes.listing(ONE, query=NoQuery, answers={200: EndpointOut}, access="read")
async def retrieve_webhook_endpoint(call: Call, query: NoQuery) -> Answer:
    """Retrieve a webhook endpoint; `status` says how it does, `reason` why."""
    return Answer(_endpoint(await webhooks_out.get(webhooks_out.of(call), _id(call))))


@routes.write("PATCH", ONE, body=UpdateEndpoint, answers={200: EndpointOut})
async def update_webhook_endpoint(call: Call, body: UpdateEndpoint) -> Answer:
    """Change where it goes, what it takes, or whether it is sent to. Active again, it gets what waited."""
    given = {k: v for k, v in body.model_dump(exclude_unset=True).items() if v is not None or k == "description"}
    return Answer(_endpoint(await webhooks_out.update(webhooks_out.of(call), _id(call), given)))


@routes.write("DELETE", ONE, body=NoBody, answers={204: None})
async def delete_webhook_endpoint(call: Call, body: NoBody) -> Answer:
    """Delete it with its deliveries."""
    await webhooks_out.delete(webhooks_out.of(call), _id(call))
    return Answer(None, 204)


@routes.write("POST", f"{ONE}/test", body=NoBody, answers={202: DeliveryOut}, repeatable=False)
async def test_webhook_endpoint(call: Call, body: NoBody) -> Answer:
    """Send a `webhook.test` with an order that looks like any other; its delivery is among the others."""
    made = await webhooks_out.test(webhooks_out.of(call), _id(call))
    return Answer(_delivery(made, []), 202)


@routes.listing(f"{ONE}/deliveries", query=ListDeliveries, answers={200: DeliveryListOut}, access="read")
async def list_webhook_deliveries(call: Call, query: ListDeliveries) -> Answer:
    """List what was sent and what came back, newest first; each delivery has its last ten attempts."""
    page = await webhooks_out.list_deliveries(
        webhooks_out.of(call), _id(call), limit=query.limit + 1, before=_before(query.cursor), status=query.status,
        order=query.order_id,
    )  # fmt: skip
    data = [_delivery(delivery, tries) for delivery, tries in page[: query.limit]]
    more = len(page) > query.limit
    return Answer(DeliveryListOut(data=data, has_more=more, next_cursor=data[-1].id if more else None))


@routes.write(
    "POST", f"{ONE}/deliveries/{{delivery_id}}/redeliver", body=NoBody, answers={202: DeliveryOut}, repeatable=False
)
async def redeliver_webhook(call: Call, body: NoBody) -> Answer:
    """Send one delivery once more, under the same `webhook-id`."""
    found = await webhooks_out.redeliver(webhooks_out.of(call), _id(call), _delivery_id(call))
    return Answer(_delivery(found, []), 202)


@routes.write("POST", f"{ONE}/replay", body=Replay, answers={202: ReplayOut}, repeatable=False)
async def replay_webhooks(call: Call, body: Replay) -> Answer:
    """Send an order's events once more, from a sequence on, in their order."""
    queued = await webhooks_out.replay(webhooks_out.of(call), _id(call), body.order_id, body.from_sequence)
    return Answer(ReplayOut(queued=queued), 202)


@routes.write("POST", f"{ONE}/rotate", body=NoBody, answers={200: EndpointSecretOut}, repeatable=False, secret=True)
async def rotate_signing_secret(call: Call, body: NoBody) -> Answer:
    """A new `signing_secret`, shown once; for 24 hours both sign."""
    return Answer(_with_secret(await webhooks_out.rotate(webhooks_out.of(call), _id(call))))
