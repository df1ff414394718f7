import asyncio
import contextlib
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.outgoing.dispatching import Dispatcher
from domain.events import Event
from domain.order import Order
from domain.webhooks import ROTATION_SECONDS
from store.database.engine import reading
from store.outgoing import deliveries, outbox, webhooks
from store.outgoing.deliveries import Attempt, Delivery, DeliveryResult
from store.outgoing.webhooks import Endpoint
from store.tables import webhook_deliveries
from tests.saving import save
from tests.store.builders import changed, events_of, make_order, request

NOW = 1_800_000_000


def renderer(event: Event, order: Order) -> list[tuple[str, dict[str, Any]]]:
    return [(event.type, {"id": f"evt_{event.id}", "sequence": event.sequence, "order": order.id, "note": order.note})]


async def endpoint(engine: AsyncEngine, *events: str, face: str = "hanzo", livemode: bool = False) -> Endpoint:
    return await webhooks.register(
        engine, face=face, livemode=livemode, url="http://127.0.0.1/", events=events or ("*",), now=NOW
    )


async def place(engine: AsyncEngine, events: int = 1, livemode: bool = False) -> Order:
    """An order with this many events, one command each."""
    order = make_order(livemode=livemode)
    await save(
        engine, planned_on=0, order=order, events=events_of(order, "order.created"), request=request(f"{order.id}:1")
    )
    for _ in range(events - 1):
        after = changed(order, note=f"version {order.version + 1}")
        await save(
            engine,
            planned_on=order.version,
            order=after,
            events=events_of(after),
            request=request(f"{order.id}:{after.version}"),
        )
        order = after
    return order


class Told:
    """Who was told."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def __call__(self, endpoint_id: str) -> None:
        self.ids.append(endpoint_id)


def dispatcher(engine: AsyncEngine, told: Told | None = None, **renderers: Any) -> Dispatcher:
    return Dispatcher(engine, renderers or {"hanzo": renderer}, told or Told())


def result(delivery: Delivery, status: Any = "delivered", answer: int | None = 200, **more: Any) -> DeliveryResult:
    attempt = Attempt(delivery.id, delivery.attempts + 1, NOW, 5, answer, {"webhook-id": "x"}, "ok", None)
    return DeliveryResult(delivery, attempt, status, more.pop("next_attempt_at", None), **more)


async def all_of(engine: AsyncEngine, found: Endpoint) -> list[Delivery]:
    return [d for d, _ in reversed(await deliveries.page(engine, found.id, limit=1000))]


async def test_an_endpoint_is_only_there_for_its_face_and_mode(engine: AsyncEngine) -> None:
    made = await endpoint(engine, "order.paid")
    assert await webhooks.get(engine, made.id, face="hanzo", livemode=False) == made
    assert await webhooks.get(engine, made.id, face="zephyr", livemode=False) is None
    assert await webhooks.get(engine, made.id, face="hanzo", livemode=True) is None
    assert await webhooks.list_endpoints(engine, face="hanzo", livemode=False) == [made]
    assert not await webhooks.remove(engine, made.id, face="hanzo", livemode=True, now=NOW)
    assert await webhooks.remove(engine, made.id, face="hanzo", livemode=False, now=NOW)
    assert await webhooks.get(engine, made.id) is None


async def test_a_rotation_leaves_two_secrets_for_a_day(engine: AsyncEngine) -> None:
    made = await endpoint(engine)
    turned = await webhooks.rotate(engine, made.id, face="hanzo", livemode=False, now=NOW)
    assert turned is not None
    assert turned.secret != made.secret
    assert turned.secrets_at(NOW + ROTATION_SECONDS - 1) == (turned.secret, made.secret)
    assert turned.secrets_at(NOW + ROTATION_SECONDS) == (turned.secret,)


async def test_one_event_becomes_one_delivery_per_endpoint_that_wants_it(engine: AsyncEngine) -> None:
    every, created, other = (
        await endpoint(engine),
        await endpoint(engine, "order.created"),
        await endpoint(engine, "order.paid"),
    )
    live, another_face = await endpoint(engine, livemode=True), await endpoint(engine, face="zephyr")
    order = await place(engine, 2)
    told = Told()
    assert await dispatcher(engine, told).once() == 2
    assert [d.event_type for d in await all_of(engine, every)] == ["order.created", "order.updated"]
    assert [d.event_type for d in await all_of(engine, created)] == ["order.created"]
    for silent in (other, live, another_face):
        assert await all_of(engine, silent) == []
    assert sorted(told.ids) == sorted([every.id, created.id])
    first = (await all_of(engine, every))[0]
    assert (first.order_id, first.sequence, first.status) == (order.id, 1, "pending")
    assert await dispatcher(engine, told).once() == 0


async def test_two_dispatchers_at_once_queue_each_event_once(engine: AsyncEngine) -> None:
    listening = await endpoint(engine)
    for _ in range(10):
        await place(engine, 3)
    crowd = [dispatcher(engine) for _ in range(4)]
    for _ in range(3):
        await asyncio.gather(*(one.once() for one in crowd))
    async with reading(engine) as conn:
        count = (await conn.execute(select(func.count()).select_from(webhook_deliveries))).scalar_one()
    assert count == 30
    assert await outbox.waiting(engine, "event") == []
    assert (await deliveries.backlog(engine, listening.id, NOW)).pending == 30


async def test_who_was_not_told_because_of_a_crash_is_overdue(engine: AsyncEngine) -> None:
    listening = await endpoint(engine)
    await place(engine)

    async def crash(endpoint_id: str) -> None:
        raise RuntimeError("Temporal is away")

    with contextlib.suppress(RuntimeError):
        await Dispatcher(engine, {"hanzo": renderer}, crash).once()
    late = (await all_of(engine, listening))[0].updated_at
    assert await deliveries.overdue(engine, late - 1) == []
    assert await deliveries.overdue(engine, late) == [listening.id]


async def test_a_lane_shows_only_its_first_and_others_go_on(engine: AsyncEngine) -> None:
    listening = await endpoint(engine)
    one, two = await place(engine, 3), await place(engine, 2)
    await dispatcher(engine).once()
    heads = await deliveries.heads(engine, listening.id, NOW, limit=10)
    assert {(d.order_id, d.sequence) for d in heads} == {(one.id, 1), (two.id, 1)}
    first = next(d for d in heads if d.order_id == one.id)
    await deliveries.record(engine, [result(first, "pending", 500, next_attempt_at=NOW + 5)], NOW)
    heads = await deliveries.heads(engine, listening.id, NOW, limit=10)
    assert [(d.order_id, d.sequence) for d in heads] == [(two.id, 1)]
    assert await deliveries.heads(engine, listening.id, NOW, limit=10, without=[two.id]) == []
    waits = await deliveries.backlog(engine, listening.id, NOW)
    assert (waits.pending, waits.due, waits.next_attempt_at) == (5, True, NOW + 5)
    again = [d for d in await deliveries.heads(engine, listening.id, NOW + 5, limit=10) if d.order_id == one.id]
    assert [(d.sequence, d.attempts, d.failures) for d in again] == [(1, 1, 1)]
    await deliveries.record(engine, [result(again[0])], NOW)
    assert {
        d.sequence for d in await deliveries.heads(engine, listening.id, NOW, limit=10) if d.order_id == one.id
    } == {2}


async def test_the_endpoint_follows_its_deliveries(engine: AsyncEngine) -> None:
    listening = await endpoint(engine)
    await place(engine, 3)
    await dispatcher(engine).once()

    async def step(status: str, answer: int, **more: Any) -> tuple[str, str | None]:
        head = (await deliveries.heads(engine, listening.id, NOW, limit=1))[0]
        await deliveries.record(engine, [result(head, status, answer, **more)], NOW)
        now = await webhooks.get(engine, listening.id)
        assert now is not None
        return now.status, now.reason

    assert await step("failed", 500) == ("failing", "a delivery was given up: the receiver answered 500")
    assert await step("delivered", 200) == ("active", None)
    assert await step("failed", 410, gone=True) == ("disabled", "the receiver answered 410 Gone")
    assert await deliveries.heads(engine, listening.id, NOW, limit=1) == []


async def test_every_attempt_is_kept_with_its_answer(engine: AsyncEngine) -> None:
    listening = await endpoint(engine)
    await place(engine)
    await dispatcher(engine).once()
    for _ in range(2):
        head = (await deliveries.heads(engine, listening.id, NOW, limit=1))[0]
        await deliveries.record(engine, [result(head, "pending", 503, next_attempt_at=NOW)], NOW)
    ((_, tries),) = await deliveries.page(engine, listening.id, limit=10)
    assert [(t.attempt, t.status, t.response_excerpt) for t in tries] == [(1, 503, "ok"), (2, 503, "ok")]


async def test_redelivering_keeps_id_and_body_and_begins_a_new_ladder(engine: AsyncEngine) -> None:
    listening = await endpoint(engine)
    await place(engine)
    await dispatcher(engine).once()
    (head,) = await deliveries.heads(engine, listening.id, NOW, limit=1)
    await deliveries.record(engine, [result(head, "failed", 500)], NOW)
    again = await deliveries.again(engine, listening, head.id, NOW)
    assert again is not None
    assert (again.status, again.failures, again.attempts) == ("pending", 0, 1)
    assert (again.event_id, again.body) == (head.event_id, head.body)
    assert [row.payload for row in await outbox.waiting(engine, "poke")] == [{"endpoint": listening.id}]


async def test_a_replay_sends_again_what_was_sent_and_stays_in_order(engine: AsyncEngine) -> None:
    listening = await endpoint(engine)
    order = await place(engine, 4)
    await dispatcher(engine).once()
    for _ in range(4):
        (head,) = await deliveries.heads(engine, listening.id, NOW, limit=1)
        await deliveries.record(engine, [result(head)], NOW)
    assert await deliveries.replay(engine, listening, order.id, [2, 3, 4], [], NOW) == 3
    sent = []
    for _ in range(3):
        (head,) = await deliveries.heads(engine, listening.id, NOW, limit=5)
        sent.append(head.sequence)
        await deliveries.record(engine, [result(head)], NOW)
    assert sent == [2, 3, 4]


async def test_a_renderer_that_fails_is_seen_and_stops_nobody(engine: AsyncEngine) -> None:
    listening = await endpoint(engine)
    fine = await endpoint(engine, face="zephyr")
    await place(engine, 2)

    def broken(event: Event, order: Order) -> list[tuple[str, dict[str, Any]]]:
        if event.sequence == 1:
            raise LookupError("no words for this")
        return renderer(event, order)

    await dispatcher(engine, None, hanzo=broken, zephyr=renderer).once()
    page = await deliveries.page(engine, listening.id, limit=10)
    assert [(d.sequence, d.status) for d, _ in page] == [(2, "pending"), (1, "failed")]
    errors = [t.error for _, tries in page for t in tries]
    assert errors == ["LookupError: no words for this"]
    assert len(await all_of(engine, fine)) == 2


async def test_what_is_done_is_forgotten_and_what_waits_is_not(engine: AsyncEngine) -> None:
    listening = await endpoint(engine)
    await place(engine, 2)
    await dispatcher(engine).once()
    (head,) = await deliveries.heads(engine, listening.id, NOW, limit=1)
    await deliveries.record(engine, [result(head)], NOW)
    assert await deliveries.sweep(engine, NOW + 1) == 1
    assert (await deliveries.backlog(engine, listening.id, NOW)).pending == 1
