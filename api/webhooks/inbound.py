"""`POST /webhooks/stripe`: verify the raw body's signature, keep the event once, hand it to a durable workflow, say 200.

The event is in our database before Stripe hears 200, so an outage of Temporal loses nothing: the sweep finds
events nobody delivers. Source: docs.stripe.com/webhooks.
"""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from activities.providers.base import ProviderError, ProviderEvent
from activities.providers.stripe_webhooks import parse_webhook
from api.http import body
from api.http.problems import STATUS, Problem
from api.shop import Shop
from store.database.clock import epoch
from store.database.engine import StoreUnavailable
from store.money import parked


def router(shop: Callable[[], Shop], *, secret: str, livemode: bool) -> APIRouter:
    """The route, for the account whose webhook secret this is and whose API key serves this mode."""
    routes = APIRouter(tags=["payment provider"])

    @routes.post("/webhooks/stripe", include_in_schema=False)
    async def stripe(request: Request) -> Response:
        """200 once the event is kept (also when it was before); 400 for a bad signature; 503 when it cannot be kept."""
        try:
            raw = await body.read(request)
            event = parse_webhook(raw, request.headers.get("stripe-signature", ""), secret)
        except Problem as problem:
            return _refused(STATUS[problem.code], problem.code, problem.message)
        except ProviderError as error:
            return _refused(400, error.code, error.message)
        here = shop()
        try:
            new = await parked.receive(here.db, _parked(event, livemode, epoch(here.clock())))
        except StoreUnavailable:
            return _refused(503, "unavailable", "the event cannot be kept now", {"Retry-After": "5"})
        if new:
            await here.door.receive("stripe", event.id)
        return JSONResponse({"received": True, "new": new})

    return routes


def _refused(status: int, code: str | None, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers=headers)


def _parked(event: ProviderEvent, livemode: bool, at: int) -> parked.Parked:
    """Nothing of the object but what says where to look: amounts are asked of Stripe (provider_facts.py)."""
    return parked.Parked(
        provider="stripe",
        id=event.id,
        livemode=livemode,
        payment_ref=event.payment_ref,
        received_at=at,
        delivered_at=None,
        body={"type": event.type, "order_id": event.order_id},
    )
