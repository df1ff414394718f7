"""What the metrics say of rows is what a look at every row says, on both databases."""

from collections import Counter
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.upkeep import watching
from domain.waiting import waiting
from ordermill.process.meters import Meter
from store.database.engine import create_engine, writing
from store.lists import gauges
from store.order import imports
from store.outgoing import webhooks
from store.tables import orders, outbox, webhook_deliveries
from tests.store.builders import sample

NOW = 1_800_000_000
ORDERS = sample(120)


async def queue(engine: AsyncEngine, kind: str, at: int, drained_at: int | None = None) -> None:
    row = {"livemode": False, "kind": kind, "order_id": "o", "payload": {}, "created_at": at, "drained_at": drained_at}
    async with writing(engine) as conn:
        await conn.execute(insert(outbox).values(**row))


async def deliver(engine: AsyncEngine, endpoint: str, status: str, at: int) -> None:
    row: dict[str, Any] = {
        "id": f"{status}{at}", "endpoint_id": endpoint, "livemode": False, "order_id": "o", "sequence": 1, "position": 1,
        "event_id": f"{status}{at}", "event_type": "order.created", "body": "{}", "status": status, "attempts": 0,
        "failures": 0, "created_at": at, "updated_at": at,
    }  # fmt: skip
    async with writing(engine) as conn:
        await conn.execute(insert(webhook_deliveries).values(**row))


async def test_an_empty_shop_is_late_with_nothing(engine: AsyncEngine) -> None:
    assert await gauges.read(engine, NOW) == gauges.Gauges({}, 0, 0, 0, 0)


async def test_orders_are_counted_by_what_they_wait_for_in_each_mode(engine: AsyncEngine) -> None:
    await imports.insert_orders(engine, [(order, ()) for order in ORDERS], batch=50)
    by_hand = Counter((order.livemode, word) for order in ORDERS for word in {wait.word for wait in waiting(order)})
    assert (await gauges.read(engine, NOW)).waiting == dict(by_hand)
    assert {livemode for livemode, _ in by_hand} == {False, True}


async def test_the_oldest_webhook_is_a_pending_delivery_or_an_event_that_is_none_yet(engine: AsyncEngine) -> None:
    endpoint = await webhooks.register(
        engine, face="hanzo", livemode=False, url="http://127.0.0.1/", events=("*",), now=NOW
    )
    await deliver(engine, endpoint.id, "failed", NOW - 900)  # given up: a task for people, not a delay
    await deliver(engine, endpoint.id, "delivered", NOW - 800)
    await queue(engine, "event", NOW - 700, drained_at=NOW - 699)
    assert (await gauges.read(engine, NOW)).webhook == 0
    await deliver(engine, endpoint.id, "pending", NOW - 60)
    assert (await gauges.read(engine, NOW)).webhook == 60
    await queue(engine, "event", NOW - 90)
    seen = await gauges.read(engine, NOW)
    assert (seen.webhook, seen.mail) == (90, 0)


async def test_the_oldest_mail_is_one_that_was_not_sent(engine: AsyncEngine) -> None:
    await queue(engine, "mail", NOW - 500, drained_at=NOW)
    await queue(engine, "mail", NOW - 45)
    seen = await gauges.read(engine, NOW)
    assert (seen.webhook, seen.mail) == (0, 45)


async def test_the_sweep_is_as_late_as_the_oldest_deadline_nobody_has_attended_to(engine: AsyncEngine) -> None:
    await imports.insert_orders(engine, [(order, ()) for order in ORDERS[:3]], batch=50)
    async with writing(engine) as conn:
        await conn.execute(update(orders).values(next_deadline=None))
        for order, (deadline, nudges) in zip(ORDERS, ((NOW - 3600, 4), (NOW - 120, 0), (NOW + 60, 0)), strict=False):
            row = update(orders).where(orders.c.id == order.id)
            await conn.execute(row.values(next_deadline=deadline, nudges=nudges))
    seen = await gauges.read(engine, NOW)
    assert seen.sweep == 120, "what was nudged in vain is no delay of the sweep"
    assert seen.overdue == 2, "but it is overdue"


async def test_a_database_that_is_away_leaves_the_last_figures(tmp_path: Any) -> None:
    class Told(Meter):
        told = False

        def waits(self, counts: dict[tuple[str, str], int]) -> None:
            self.told = True

    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'no' / 'such' / 'file'}")
    meter = Told()
    await watching.look(engine, meter, NOW)
    assert not meter.told
    await engine.dispose()
