"""What must be so when nothing is broken any more: no order is stuck, none behind its workflow, and stock is exact."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any, Final

from temporalio.client import Client
from temporalio.service import RPCError

from tests.cluster.topology import Cluster
from tests.faults.drill.checking import in_the_database
from tests.faults.drill.lives import VARIANT

CALM_SECONDS: Final = 240.0
"""The sweep's period, its graces, and a second step of the webhooks' ladder beside."""
UNFINISHED: Final = {
    "orders whose money is under way": "select id from orders where asking is not null",
    "payment operations half done": "select key from payment_operations where status = 'started'",
    "deadlines that passed": "select id from orders where next_deadline is not null and next_deadline < ?",
    "events and mails that wait": "select id from outbox where drained_at is null and kind <> 'poke'",
    "webhooks that wait": "select id from webhook_deliveries where status = 'pending'",
}


def unfinished(cluster: Cluster) -> dict[str, list[Any]]:
    found = {}
    for what, query in UNFINISHED.items():
        rows = cluster.rows(query, *([int(time.time()) - 20] if "?" in query else []))
        if rows:
            found[what] = [row[0] for row in rows][:5]
    return found


async def behind(cluster: Cluster, client: Client) -> list[str]:
    """Open orders whose workflow does not run, or shows another version than their row."""
    running: dict[str, int] = {}
    async for found in client.list_workflows("WorkflowType = 'Order' AND ExecutionStatus = 'Running'"):
        version = found.search_attributes.get("OrderVersion", [0])
        running[found.id.removeprefix("order-")] = int(str(version[0]))
    rows = await asyncio.to_thread(cluster.rows, "select id, version, is_open from orders")
    return [
        f"order {order} is at version {version}, its workflow at {running.get(order, 'none: it does not run')}"
        for order, version, is_open in rows
        if running.get(order, None if is_open else version) != version
    ]


async def calm(cluster: Cluster, client: Client) -> tuple[float, list[str]]:
    """(seconds until everything had come to rest, what never did)."""
    began = time.monotonic()
    while True:
        left: dict[str, Any] = await asyncio.to_thread(unfinished, cluster)
        try:
            late = await behind(cluster, client)
        except RPCError as error:
            late = [f"Temporal does not list: {error}"]
        if not left and not late:
            return time.monotonic() - began, []
        if time.monotonic() - began > CALM_SECONDS:
            return time.monotonic() - began, [*(f"stuck: {what}: {ids}" for what, ids in left.items()), *late]
        await asyncio.sleep(1)


def stock(cluster: Cluster, on_hand: int) -> Iterator[str]:
    """Sent units are gone, units that came back are back, the rest of what is confirmed is reserved."""
    reserved = 0
    with cluster.client() as http:
        for (name,) in cluster.rows("select id from orders"):
            order = http.get(f"/order/order_{name}").json()
            waits = order["confirmedAt"] and order["lifecycle"] not in ("cancelled", "failed")
            for item in order["items"]:
                on_hand += item["returnedQuantity"] - item["fulfilledQuantity"]
                reserved += (item["quantity"] - item["cancelledQuantity"] - item["fulfilledQuantity"]) if waits else 0
    there = cluster.call("GET", f"/engine/inventory/{VARIANT}").json()
    if (there["onHand"], there["reserved"]) != (on_hand, reserved):
        yield f"stock: there is {(there['onHand'], there['reserved'])}, the orders say {(on_hand, reserved)}"


def database(cluster: Cluster) -> Iterator[str]:
    """What no row may say."""
    yield from in_the_database(cluster)
