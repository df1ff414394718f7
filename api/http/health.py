"""GET /health/live (the process is up) and GET /health/ready (everything an order needs), without a key."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, Literal

from fastapi import FastAPI
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from api.shop import Shop
from store.access import heartbeats
from store.database import probe
from store.database.engine import StoreError

HEARTBEAT_SECONDS: Final = 30
"""A worker heard of within this is alive."""
CHECK_SECONDS: Final = 3.0


class Live(BaseModel):
    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """`checks`: what an order needs, and whether it is there."""

    status: Literal["ok", "unavailable"]
    checks: dict[str, bool]


def mount(app: FastAPI, shop: Callable[[], Shop]) -> None:
    async def live() -> Live:
        """The process is up."""
        return Live()

    async def ready() -> Response:
        """Database (reads and writes), Temporal and at least one worker answer; 503 names what does not."""
        checks = await _checks(shop())
        good = all(checks.values())
        body = Ready(status="ok" if good else "unavailable", checks=checks)
        headers = {} if good else {"Retry-After": "1"}
        return JSONResponse(body.model_dump(), status_code=200 if good else 503, headers=headers)

    app.add_api_route("/health/live", live, methods=["GET"], tags=["health"], operation_id="health_live")
    app.add_api_route(
        "/health/ready",
        ready,
        methods=["GET"],
        tags=["health"],
        operation_id="health_ready",
        response_model=None,
        responses={200: {"model": Ready}, 503: {"model": Ready}},
    )


async def _checks(shop: Shop) -> dict[str, bool]:
    """A worker's row is a database read too: one look answers both."""
    workers, writes, temporal = await asyncio.gather(_workers(shop), _writes(shop), _temporal(shop))
    return {"database": workers is not None, "writes": writes, "temporal": temporal, "worker": bool(workers)}


async def _writes(shop: Shop) -> bool:
    """Whether something can be written: a full disk or a read-only standby answers every read."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await probe.write(shop.db, int(time.time()))
    except (StoreError, TimeoutError):
        return False
    return True


async def _workers(shop: Shop) -> int | None:
    """How many workers are alive; None when the database does not say."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await heartbeats.alive(shop.db, int(time.time()) - HEARTBEAT_SECONDS)
    except (StoreError, TimeoutError):
        return None


async def _temporal(shop: Shop) -> bool:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await shop.door.reachable()
    except (OSError, RuntimeError, TimeoutError):
        return False
