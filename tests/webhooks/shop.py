"""A shop that writes events, the dispatcher and the webhooks' worker over a real Temporal server, in this process."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper, TimeSkippingConfig

import worker
from activities.outgoing.dispatching import Dispatcher
from domain.events import Event
from domain.order import Order
from ordermill.launch.dev_server import DevServer
from ordermill.process.converter import data_converter
from ordermill.settings import Settings
from store.outgoing import deliveries, webhooks
from store.outgoing.webhooks import Endpoint
from tests.saving import save
from tests.store.builders import changed, events_of, make_order, request
from workflows.deliveries import endpoint_workflow_id

_queues = itertools.count()


def renderer(event: Event, order: Order) -> list[tuple[str, dict[str, Any]]]:
    """An engine-level body: enough to see order and sequence."""
    return [(event.type, {"id": f"evt_{event.id}", "type": event.type, "order": order.id, "sequence": event.sequence})]


@dataclass
class Shop:
    db: AsyncEngine
    client: Client
    skipper: TimeSkipper
    settings: Settings
    dispatcher: Dispatcher

    async def endpoint(self, url: str, face: str = "hanzo", **more: Any) -> Endpoint:
        return await webhooks.register(
            self.db, face=face, livemode=False, url=url, events=more.pop("events", ["*"]), now=1_700_000_000, **more
        )

    async def order(self, events: int = 1) -> Order:
        order = make_order()
        await save(
            self.db,
            planned_on=0,
            order=order,
            events=events_of(order, "order.created"),
            request=request(f"{order.id}:1"),
        )
        for _ in range(events - 1):
            order = await self.next(order)
        return order

    async def orders(self, count: int, events: int) -> list[Order]:
        """Many, eight at a time."""
        turn = asyncio.Semaphore(8)

        async def one() -> Order:
            async with turn:
                return await self.order(events)

        return await asyncio.gather(*(one() for _ in range(count)))

    async def next(self, order: Order) -> Order:
        after = changed(order)
        await save(
            self.db,
            planned_on=order.version,
            order=after,
            events=events_of(after),
            request=request(f"{order.id}:{after.version}"),
        )
        return after

    def handle(self, endpoint: Endpoint) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(endpoint_workflow_id(endpoint.id))

    async def skip(self, endpoint: Endpoint, **duration: float) -> None:
        """This endpoint's workflow sees so much time go by."""
        assert await self.skipper.fast_forward(self.handle(endpoint), timedelta(**duration))

    async def pending(self, endpoint: Endpoint) -> int:
        return (await deliveries.backlog(self.db, endpoint.id, 0)).pending

    async def settled(self, endpoint: Endpoint, pending: int = 0, seconds: float = 60) -> None:
        """Wait until only so many deliveries wait, of which none is due."""
        async with asyncio.timeout(seconds):
            while await self.pending(endpoint) > pending:
                await asyncio.sleep(0.05)

    async def attempted(self, endpoint: Endpoint, attempts: int, seconds: float = 60) -> None:
        """Wait until every pending head has been tried so often."""
        async with asyncio.timeout(seconds):
            while True:
                page = await deliveries.page(self.db, endpoint.id, limit=1000)
                if page and all(d.attempts >= attempts for d, _ in page):
                    return
                await asyncio.sleep(0.05)

    async def attempted_heads(self, endpoint: Endpoint, lanes: int, attempts: int, seconds: float = 90) -> None:
        """Wait until the first delivery of so many lanes has been tried so often."""
        async with asyncio.timeout(seconds):
            while True:
                page = await deliveries.page(self.db, endpoint.id, limit=2000)
                if sum(d.attempts >= attempts for d, _ in page) >= lanes:
                    return
                await asyncio.sleep(0.1)


async def connect(address: str) -> Client:
    """As every process of ours does."""
    return await Client.connect(address, data_converter=data_converter)


async def connected(server: DevServer) -> tuple[Client, TimeSkipper]:
    skipper = TimeSkipper(await connect(server.address), config=TimeSkippingConfig(enabled=False))
    return skipper.client, skipper


@asynccontextmanager
async def open_shop(server: DevServer, db: AsyncEngine, *, works: bool = True, **options: Any) -> AsyncIterator[Shop]:
    """`works` False: no worker; `options` go to activities.outgoing.webhooks.Webhooks."""
    client, skipper = await connected(server)
    settings = Settings(task_queue=f"hooks-{next(_queues)}-{id(db)}", sandbox_workflows=True)
    faces = dict.fromkeys(("hanzo", "zephyr", "storefront"), renderer)
    dispatcher = Dispatcher(db, faces, worker.poking(client, settings))
    loop = asyncio.create_task(dispatcher.run())
    options.setdefault("allow_private", True)
    try:
        if works:
            async with worker.build_webhooks(client, db, settings, **options):
                yield Shop(db, client, skipper, settings, dispatcher)
        else:
            yield Shop(db, client, skipper, settings, dispatcher)
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
