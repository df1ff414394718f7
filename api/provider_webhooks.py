"""`POST /webhooks/stripe`: verify the raw body's signature, keep the event once, hand it to a durable workflow, say 200.

The event is in our database before Stripe hears 200, so an outage of Temporal loses nothing: the sweep finds
events nobody delivers. Source: docs.stripe.com/webhooks.
"""

from collections.abc import Callable

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.messages import EventRef
from activities.providers.base import ProviderError, ProviderEvent
from activities.providers.stripe_webhooks import parse_webhook
from store import parked
from store.engine import StoreUnavailable
from workflows.provider_events import ProviderEventWorkflow

log = structlog.stdlib.get_logger(__name__)


def router(
    engine: AsyncEngine, client: Client, task_queue: str, secret: str, livemode: bool, now: Callable[[], int]
) -> APIRouter:
    """The route, for the account whose webhook secret this is."""
    routes = APIRouter(tags=["payment provider"])

    @routes.post("/webhooks/stripe", include_in_schema=False)
    async def stripe(request: Request) -> Response:
        """200 once the event is kept (also when it was before); 400 for a bad signature; 503 when it cannot be kept."""
        try:
            event = parse_webhook(await request.body(), request.headers.get("stripe-signature", ""), secret)
        except ProviderError as error:
            return JSONResponse({"error": {"code": error.code, "message": error.message}}, 400)
        try:
            new = await parked.receive(engine, _parked(event, livemode, now()))
        except StoreUnavailable:
            return JSONResponse({"error": {"code": "unavailable"}}, 503, headers={"Retry-After": "5"})
        if new:
            await _deliver(client, task_queue, EventRef(provider="stripe", id=event.id))
        return JSONResponse({"received": True, "new": new})

    return routes


def _parked(event: ProviderEvent, livemode: bool, at: int) -> parked.Parked:
    body = {"type": event.type, "refund_ref": event.refund_ref, "order_id": event.order_id, "object": event.raw}
    return parked.Parked(
        provider="stripe",
        id=event.id,
        livemode=livemode,
        payment_ref=event.payment_ref,
        received_at=at,
        delivered_at=None,
        body=body,
    )


async def _deliver(client: Client, task_queue: str, ref: EventRef) -> None:
    """Start its workflow; when Temporal is away the sweep does it later."""
    try:
        await client.start_workflow(
            ProviderEventWorkflow.run,
            ref,
            id=f"event-{ref.id}",
            task_queue=task_queue,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"{ref.provider} {ref.id}",
        )
    except (RPCError, RuntimeError, WorkflowAlreadyStartedError) as error:
        log.info("the event waits for the sweep", event_id=ref.id, reason=type(error).__name__)
