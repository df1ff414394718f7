"""What the sweep asks for: orders late, half done or alive, read from rows alone, complete and by their own indexes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.order import Order
from store.database.engine import writing
from store.order import lagging, orders
from store.order.lagging import Late
from store.order.rows import row_of
from store.tables import orders as t
from tests.saving import save
from tests.store.builders import START, changed, events_of, in_state, make_order, request
from tests.store.plans import plan_of

DUE = int((START + timedelta(minutes=1440)).timestamp())
"""When the payment window of an order confirmed at START ends."""
ASKING: Mapping[str, Any] = {"verb": "pay", "request": {"id": "pay"}, "now": "2026-01-01T00:00:00Z"}


async def placed(engine: AsyncEngine, **fields: Any) -> Order:
    order = make_order(**fields)
    await save(engine, planned_on=0, order=order, events=events_of(order), request=request(f"{order.id}:place"))
    return order


async def confirmed(engine: AsyncEngine, **fields: Any) -> Order:
    """Confirmed and unpaid: its payment window ends a day after START and `seconds`."""
    ends = START + timedelta(minutes=1440, seconds=fields.get("seconds", 0))
    given: dict[str, Any] = {"stage": "confirmed", "payment_window_ends_at": ends}
    return await placed(engine, **(given | fields))


async def reserved(engine: AsyncEngine, order: Order, saved_at: int) -> None:
    async with writing(engine) as conn:
        await conn.run_sync(orders.reserve, order, ASKING)
        await conn.execute(update(t).where(t.c.id == order.id).values(saved_at=saved_at))


async def late(engine: AsyncEngine, now: int, limit: int = 100) -> list[str]:
    return [found.order_id for found in await lagging.overdue(engine, now, 20, limit)]


async def test_a_window_that_passed_is_overdue_after_the_grace_oldest_first(engine: AsyncEngine) -> None:
    second = await confirmed(engine, seconds=50)
    first = await confirmed(engine, livemode=True)
    await placed(engine)  # a draft waits for nobody
    assert await late(engine, DUE + 20) == []
    assert await late(engine, DUE + 21) == [first.id]
    assert await late(engine, DUE + 71) == [first.id, second.id]
    assert await late(engine, DUE + 71, limit=1) == [first.id]
    assert await lagging.overdue(engine, DUE + 21, 20, 1) == [Late(first.id, True, 1, 0)]


async def test_nudges_back_off_doubling_up_to_an_hour(engine: AsyncEngine) -> None:
    await confirmed(engine)
    now, pauses = DUE + 100, []
    for turn in range(9):
        (found,) = await lagging.overdue(engine, now, 20, 10)
        assert found.nudges == turn
        await lagging.nudged(engine, found, now)
        pause = 30
        while not await late(engine, now + pause):
            pause += 30
        assert await late(engine, now + pause - 1) == []
        pauses.append(pause)
        now += pause
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


async def test_a_save_forgets_the_nudges_and_a_nudge_of_an_older_version_counts_nothing(engine: AsyncEngine) -> None:
    order = await confirmed(engine)
    (before,) = await lagging.overdue(engine, DUE + 100, 20, 10)
    await lagging.nudged(engine, before, DUE + 100)
    assert await late(engine, DUE + 101) == []
    after = changed(order, note="x")
    await save(engine, planned_on=1, order=after, events=events_of(after), request=request("note"))
    assert await lagging.overdue(engine, DUE + 101, 20, 10) == [Late(order.id, False, 2, 0)]
    await lagging.nudged(engine, before, DUE + 101)
    assert await late(engine, DUE + 101) == [order.id]


async def test_half_done_are_rows_reserved_for_longer_than_the_grace(engine: AsyncEngine) -> None:
    orders_ = [await placed(engine) for _ in range(3)]
    await reserved(engine, orders_[0], 1000)
    await reserved(engine, orders_[1], 900)
    assert await lagging.half_done(engine, 920, 20, 10) == []
    assert [x.order_id for x in await lagging.half_done(engine, 1021, 20, 10)] == [orders_[1].id, orders_[0].id]
    (first,) = await lagging.half_done(engine, 1021, 20, 1)
    await lagging.nudged(engine, first, 1021)
    assert [x.order_id for x in await lagging.half_done(engine, 1022, 20, 10)] == [orders_[0].id]
    assert len(await lagging.half_done(engine, 1051, 20, 10)) == 2


async def test_alive_is_what_is_open_due_or_half_done_page_by_page(engine: AsyncEngine) -> None:
    draft, due, ended = await placed(engine), await confirmed(engine), in_state(make_order(), "closed")
    busy = in_state(make_order(), "cancelled")
    for order in (ended, busy):
        await save(engine, planned_on=0, order=order, events=(), request=request(f"{order.id}:place"))
    await reserved(engine, busy, 0)
    owing = in_state(make_order(), "failed")  # it has ended and still gives money back
    await save(engine, planned_on=0, order=owing, events=(), request=request(f"{owing.id}:place"))
    async with writing(engine) as conn:
        await conn.execute(update(t).where(t.c.id == owing.id).values(next_deadline=5))
    found: list[str] = []
    while page := await lagging.alive(engine, found[-1] if found else "", limit=2):
        assert len(page) <= 2
        found += page
    assert found == sorted([draft.id, due.id, busy.id, owing.id])


async def test_what_is_late_is_found_by_its_own_indexes(engine: AsyncEngine) -> None:
    template = row_of(in_state(make_order(), "closed"), saved_at=0)
    rows = [
        template | {
            "id": f"o{n}", "number": 10_000 + n, "number_text": str(10_000 + n), "saved_at": n,
            "next_deadline": n if n % 1000 == 0 else None, "asking": ASKING if n % 1000 == 1 else None,
        }
        for n in range(5000)
    ]  # fmt: skip
    async with writing(engine) as conn:
        await conn.execute(t.insert(), rows)
    async with writing(engine) as conn:
        await conn.execute(text("ANALYZE"))
    assert "ix_orders_deadline" in await plan_of(engine, lagging.overdue(engine, 10**6, 20, 100))
    assert "ix_orders_asking" in await plan_of(engine, lagging.half_done(engine, 10**6, 20, 100))
