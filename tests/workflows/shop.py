"""A shop for one test: the real worker over the real database on the real dev server, driven through the engine's door.

Every verb goes the way it goes in production (door/temporal.py, an Update); what only a test does (skip time, read a
history, look at the shelf) is here too, so that a test reads as its story. Every wait is bounded.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle, WorkflowHistory
from temporalio.testing import TimeSkipper

import worker
from activities.orders.contents import dump
from activities.upkeep.reaching import Reaching
from domain import commands as c
from domain import ids
from domain.commands import Command, Request
from domain.order import Actor, Line, Order
from domain.policy import Policy
from domain.pricing import price
from door.errands import Settled
from door.temporal import TemporalDoor
from ordermill.process.connect import connect
from ordermill.settings import Settings
from store.access import heartbeats
from store.database.engine import create_engine
from store.goods import catalog, inventory
from store.order import drawing, orders
from store.order.events import events
from workflows import card
from workflows.messages import Sent, workflow_id
from workflows.order import OrderWorkflow

KEY: Final = Actor(kind="key", id="k")
VARIANT: Final = "var_xyz789"
PRICE: Final = 2999
SEARCH_ATTRIBUTES: Final = [f"{key.name}={key.indexed_value_type.name.title()}" for key in card.SEARCH_ATTRIBUTES]
"""As the dev server's command line takes them."""


@dataclass
class Shop:
    client: Client
    database: AsyncEngine
    door: TemporalDoor
    settings: Settings

    async def order(
        self, *, quantity: int = 2, lines: int = 1, price_each: int = PRICE, variant: str = VARIANT, **policy: Any
    ) -> Order:
        """A priced order that is not placed yet, with a number; `policy` are keys of the `order:` block."""
        now = datetime.now(UTC).replace(microsecond=0)
        order_id = ids.ulid_at(int(now.timestamp() * 1000), os.urandom(10))
        made = tuple(
            Line(
                id=ids.child(order_id, "line", n), serial=n, title="Premium T-Shirt", quantity=quantity,
                unit_price=price_each, variant_id=variant, stock="tracked",
            )
            for n in range(1, lines + 1)
        )  # fmt: skip
        return price(
            Order(
                id=order_id,
                number=await drawing.next_number(self.database),
                livemode=False,
                currency="USD",
                lines=made,
                subtotal=0,
                total=0,
                created_at=now,
                updated_at=now,
                next_serial=lines + 1,
                policy=Policy.model_validate(policy),
            )
        )

    async def placed(self, order: Order | None = None, **options: Any) -> Order:
        made = order or await self.order(**options)
        return (await self.door.place(made, confirm=False, request=request())).order

    async def confirmed(self, **options: Any) -> Order:
        return await self.do(await self.placed(**options), c.Confirm())

    async def paid(self, *, method: str = "pm_card_visa", take: bool | None = None, **options: Any) -> Order:
        """`take` False: held only. None: as the policy says."""
        return await self.do(await self.confirmed(**options), c.Pay(payment_method=method, capture=take))

    async def shipped(self, **options: Any) -> Order:
        return await self.do(await self.paid(**options), c.Fulfill())

    async def delivered(self, **options: Any) -> Order:
        return await self.do(await self.shipped(**options), c.Deliver())

    async def closed(self, **options: Any) -> Order:
        """Delivered and closed by hand; its workflow has completed."""
        order = await self.do(await self.delivered(**options), c.Close())
        await self.result(order)
        return order

    async def settle(self, order: Order, command: Command, sent: Request | None = None) -> Settled:
        """One command on the order as it is stored now."""
        return await self.door.execute(await self.stored(order), command, sent or request())

    async def do(self, order: Order, command: Command, sent: Request | None = None) -> Order:
        settled = await self.settle(order, command, sent)
        assert not settled.pending, "a machine this slow proves nothing: the command is still under way"
        return settled.order

    async def signal(self, order: Order, command: Command) -> None:
        """A fact from outside; a closed order wakes."""
        name = "delivered" if command.verb == "deliver" else command.verb
        envelope = request(Actor(kind="provider", id="sandbox")).model_dump(mode="json")
        sent = Sent.model_validate({"request": envelope, "command": dump(command)})
        await Reaching(self.client, self.database, self.settings.task_queue).signal(order.id, name, sent)

    async def stored(self, order: Order) -> Order:
        """The row."""
        found = await orders.load(self.database, order.id)
        assert found is not None, "the order has no row"
        return found

    async def until(self, order: Order, so: Callable[[Order], bool], seconds: float = 10) -> Order:
        """The row, as soon as it is so."""
        async with asyncio.timeout(seconds):
            while True:
                found = await orders.load(self.database, order.id)
                if found is not None and so(found):
                    return found
                await asyncio.sleep(0.02)

    async def story(self, order: Order) -> list[str]:
        """The order's events, oldest first."""
        return [event.type for event in await events(self.database, order.id)]

    async def shelf(self, variant: str = VARIANT) -> tuple[int, int]:
        """(on hand, reserved)."""
        stock = await inventory.get(self.database, False, variant)
        assert stock is not None
        return stock.on_hand, stock.reserved

    async def shelve(self, on_hand: int, variant: str = VARIANT) -> None:
        await inventory.set_on_hand(self.database, False, variant, on_hand, reason="test", now=datetime.now(UTC))

    # Temporal

    def handle(self, order: Order) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle_for(OrderWorkflow.run, workflow_id(order.id))

    async def result(self, order: Order) -> None:
        """Its workflow ends."""
        await asyncio.wait_for(self.handle(order).result(), 10)

    async def status(self, order: Order) -> WorkflowExecutionStatus | None:
        return (await self.handle(order).describe()).status

    async def skip(self, order: Order, by: timedelta) -> None:
        """Time passes for this order alone; what falls due on the way happens."""
        await asyncio.wait_for(TimeSkipper(self.client).fast_forward(self.handle(order), by), 20)

    async def history(self, order: Order, run_id: str | None = None) -> WorkflowHistory:
        handle = self.client.get_workflow_handle(workflow_id(order.id), run_id=run_id)
        return await handle.fetch_history()


def request(actor: Actor = KEY, *, id: str | None = None, if_match: int | None = None) -> Request:
    """A request nobody sent before, or the one of this id."""
    made = Request(id=id or os.urandom(8).hex(), actor=actor)
    return made if if_match is None else made.model_copy(update={"if_match": if_match})


@asynccontextmanager
async def opened(
    address: str, database_url: str, directory: Path, *, works: bool = True, patience: float = 60, **more: Any
) -> AsyncIterator[Shop]:
    """A shop over a migrated database, with its demo catalogue, a task queue of its own and a worker unless told otherwise.
    `patience`: how long its door waits, in seconds. `more`: of its settings."""
    given = {"data_dir": directory, "temporal_address": address, "database_url": database_url}
    settings = Settings.model_validate({"task_queue": f"test-{os.urandom(4).hex()}", **given, **more})
    queue = settings.task_queue
    engine = create_engine(settings.database)
    try:
        await catalog.load(engine, False, catalog.read_file(catalog.DEMO), int(time.time()))
        await heartbeats.beat(engine, "test", int(time.time()) + 3600)
        client = await connect(settings, lazy=False)
        shop = Shop(client, engine, TemporalDoor(client, engine, task_queue=queue, timeout_seconds=patience), settings)
        if not works:
            yield shop
            return
        async with worker.build(client, engine, settings):
            yield shop
    finally:
        await engine.dispose()
