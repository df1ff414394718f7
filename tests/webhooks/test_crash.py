import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ordermill.launch.dev_server import DevServer
from store.outgoing import deliveries
from tests.webhooks.receiver import receiving
from tests.webhooks.shop import Shop, open_shop

ROOT = Path(__file__).parents[2]


def started(shop: Shop, server: DevServer) -> "subprocess.Popen[bytes]":
    line = [
        sys.executable,
        "-m",
        "tests.webhooks.hooks_worker",
        server.address,
        str(shop.db.url),
        shop.settings.task_queue,
    ]
    return subprocess.Popen(line, cwd=ROOT)


def ended(process: "subprocess.Popen[bytes]", end: Callable[[], None]) -> None:
    end()
    process.wait(20)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_worker_killed_mid_delivery_is_followed_by_the_same_webhook_id(
    temporal: DevServer, db: AsyncEngine
) -> None:
    async with open_shop(temporal, db, works=False) as shop, receiving() as receiver:
        endpoint = await shop.endpoint(receiver.url)
        receiver.answer = lambda got: None
        process = started(shop, temporal)
        try:
            order = await shop.order(3)
            await receiver.until(lambda r: len(r.seen) >= 1, seconds=90)
        finally:
            ended(process, process.kill)
        receiver.answer = lambda got: (200, {}, b"")
        process = started(shop, temporal)
        try:
            await receiver.until(lambda r: len(r.got) >= 3, seconds=90)
            await shop.settled(endpoint)
        finally:
            ended(process, process.terminate)
        assert receiver.seen[0].id == receiver.got[0].id
        sent = [d for d, _ in reversed(await deliveries.page(db, endpoint.id, limit=10))]
        assert [d.event_id for d in sent] == [one.id for one in receiver.got]
        assert {(d.order_id, d.status) for d in sent} == {(order.id, "delivered")}
