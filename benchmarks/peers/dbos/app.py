"""The order as a DBOS workflow that waits for its confirmation and its payment; HTTP before it, as the engine has.

A request is a message to the workflow; its answer is the event the workflow sets. The payment window is the wait's timeout.
"""

import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from dbos import DBOS, DBOSConfig, SetWorkflowID
from fastapi import FastAPI

from benchmarks.peers import shop

WINDOW_SECONDS: Final = 24 * 3600
ANSWER_SECONDS: Final = 30
pools: dict[str, Any] = {}


@DBOS.step()
async def place(order_id: str, body: dict[str, Any]) -> dict[str, Any]:
    return await shop.place(pools["shop"], order_id, body)


@DBOS.step()
async def confirm(order_id: str) -> dict[str, Any]:
    return await shop.confirm(pools["shop"], order_id)


@DBOS.step()
async def charge(order_id: str, amount: int, method: str) -> dict[str, Any]:
    return await shop.charge(order_id, amount, method)


@DBOS.step()
async def paid(order_id: str, payment: dict[str, Any]) -> dict[str, Any]:
    return await shop.paid(pools["shop"], order_id, payment)


@DBOS.step()
async def cancel_unpaid(order_id: str) -> dict[str, Any]:
    return await shop.cancel_unpaid(pools["shop"], order_id)


@DBOS.workflow()
async def order(order_id: str, body: dict[str, Any]) -> str:
    """Placed, confirmed when asked, paid when asked; cancelled when nobody pays in time."""
    placed = await place(order_id, body)
    await DBOS.set_event_async("place", placed)
    if await DBOS.recv_async("confirm", timeout_seconds=WINDOW_SECONDS) is None:
        return "abandoned"
    await DBOS.set_event_async("confirm", await confirm(order_id))
    payment = await DBOS.recv_async("pay", timeout_seconds=WINDOW_SECONDS)
    if payment is None:
        await cancel_unpaid(order_id)
        return "cancelled"
    taken = await charge(order_id, placed["total"], payment["paymentMethod"])
    await DBOS.set_event_async("pay", await paid(order_id, taken))
    return "paid"


@DBOS.workflow()
async def checkout(order_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """All of it in one request."""
    placed = await place(order_id, body)
    await confirm(order_id)
    taken = await charge(order_id, placed["total"], body["payment"]["paymentMethod"])
    return await paid(order_id, taken)


@asynccontextmanager
async def _launched(_: FastAPI) -> AsyncIterator[None]:
    pools["shop"] = await shop.opened()
    DBOS.launch()
    yield
    DBOS.destroy()
    await pools["shop"].close()


CONFIG: DBOSConfig = {
    "name": "order",
    "system_database_url": os.environ["PEER_DATABASE_URL"],
    "log_level": "WARNING",
    "run_admin_server": False,
}
DBOS(config=CONFIG)
app = FastAPI(lifespan=_launched)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/order", status_code=201)
async def post_order(body: dict[str, Any]) -> Any:
    """A draft; with `payment`, a paid order."""
    order_id = f"order_{uuid.uuid4().hex}"
    with SetWorkflowID(order_id):
        if "payment" in body:
            return await (await DBOS.start_workflow_async(checkout, order_id, body)).get_result()
        await DBOS.start_workflow_async(order, order_id, body)
    return await DBOS.get_event_async(order_id, "place", timeout_seconds=ANSWER_SECONDS)


@app.post("/order/{order_id}/{verb}")
async def post_verb(order_id: str, verb: str, body: dict[str, Any]) -> Any:
    """`confirm` or `pay`."""
    await DBOS.send_async(order_id, body, topic=verb, idempotency_key=f"{order_id}:{verb}")
    return await DBOS.get_event_async(order_id, verb, timeout_seconds=ANSWER_SECONDS)
