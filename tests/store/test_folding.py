"""What saves append is counted from the moment of the save, exactly, whoever folds it meanwhile."""

import asyncio
import random
from collections import Counter
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.order import Order
from store.database.engine import create_engine, reading, writing
from store.lists import counts, folding
from store.lists.facets import ALL
from store.order.rows import row_of, slot_of
from store.tables import count_deltas, order_counts, tallies, tally_deltas
from store.tables import orders as t
from tests.saving import save
from tests.store.builders import STATES, changed, events_of, in_state, make_order, request


async def _life(engine: AsyncEngine, dice: random.Random, changes: int) -> Order:
    placed = order = make_order(livemode=dice.random() < 0.3, seconds=dice.randrange(10_000_000))
    await save(engine, planned_on=0, order=order, events=events_of(order), request=request("place"))
    for _ in range(changes):
        after = in_state(changed(placed), dice.choice(STATES)).model_copy(update={"version": order.version + 1})
        await save(
            engine, planned_on=order.version, order=after, events=events_of(after), request=request(f"r{after.version}")
        )
        order = after
    return order


async def _counted(engine: AsyncEngine) -> tuple[Any, Any]:
    """By facet and mode, as counted and as the rows say, of one moment."""
    async with reading(engine) as conn:
        told = {mode: await counts.by_facet(conn, mode) for mode in (False, True)}
        rows = await conn.execute(select(t.c.livemode, t.c.facet, func.count()).group_by(t.c.livemode, t.c.facet))
        real: dict[bool, Counter[int]] = {False: Counter(), True: Counter()}
        for mode, facet, many in rows:
            real[mode] += Counter({facet: many, ALL: many})
    return told, {mode: dict(found) for mode, found in real.items()}


async def test_every_read_is_exact_while_orders_are_saved_and_several_sweeps_fold(
    engine: AsyncEngine, database_url: str
) -> None:
    others = [create_engine(database_url) for _ in range(3)]
    busy, reads = True, 0

    async def folding_on(own: AsyncEngine) -> None:
        while busy:
            await folding.fold(own, rounds=1)
            await asyncio.sleep(0.001)

    async def reading_on() -> None:
        nonlocal reads
        while busy:
            told, real = await _counted(others[2])
            assert told == real
            reads += 1
            await asyncio.sleep(0)

    background = [asyncio.create_task(work) for work in (folding_on(others[0]), folding_on(others[1]), reading_on())]
    try:
        for bunch in range(20):  # until it was read often enough: readers of SQLite work beside the savers
            await asyncio.gather(*(_life(engine, random.Random(100 * bunch + n), 6) for n in range(6)))
            if reads > 5:
                break
    finally:
        busy = False
        await asyncio.gather(*background)
        for other in others:
            await other.dispose()
    assert reads > 3
    told, real = await _counted(engine)
    assert told == real


async def test_a_batch_folds_the_oldest_and_the_rest_is_counted_all_the_same(
    engine: AsyncEngine, monkeypatch: Any
) -> None:
    for n in range(8):
        await _life(engine, random.Random(n), 2)
    waiting = select(func.count()).select_from(count_deltas)
    async with reading(engine) as conn:
        before = (await conn.execute(waiting)).scalar_one()
    done = await folding.fold(engine, rounds=1)
    assert done >= before > 0
    async with reading(engine) as conn:
        assert (await conn.execute(waiting)).scalar_one() == 0
        assert (await conn.execute(select(func.count()).select_from(tally_deltas))).scalar_one() == 0
    told, real = await _counted(engine)
    assert told == real
    assert await folding.fold(engine) == 0


async def test_a_save_writes_no_row_that_orders_share(engine: AsyncEngine) -> None:
    await _life(engine, random.Random(1), 4)
    async with reading(engine) as conn:
        for shared in (order_counts, tallies):
            assert (await conn.execute(select(func.count()).select_from(shared))).scalar_one() == 0


async def test_what_processes_of_before_add_to_the_sums_themselves_counts_just_as_much(engine: AsyncEngine) -> None:
    """During an upgrade both write: the old statement is the one that folding uses."""
    new = await _life(engine, random.Random(1), 3)
    old = in_state(make_order(livemode=new.livemode), "paid")
    row = row_of(old, saved_at=0)
    async with writing(engine) as conn:
        await conn.execute(insert(t).values(**row))
        await conn.run_sync(counts.apply, counts.delta_of_new([slot_of(row)]))
    told, real = await _counted(engine)
    assert told == real
    await folding.fold(engine)
    assert (await _counted(engine))[0] == real
