"""What is written beside an order's row is what its row says, whether saved, imported, raced or of an older release."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import insert, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import commands as c
from domain.order import Order
from store.database.engine import reading, transact, writing
from store.order import backfilling, imports, projection
from store.order.orders import Save, apply, read
from store.order.rows import row_of
from store.order.sheet import Conflict
from store.tables import deadlines, order_waits, orders, search_terms, tallies, tally_deltas
from store.tables import tasks as task_rows
from tests.domain.orders import PROVIDER, Story, held, paid
from tests.saving import save
from tests.store.builders import request, sample

TABLES = {"terms": search_terms, "waits": order_waits, "deadlines": deadlines, "tasks": task_rows}


async def _written(engine: AsyncEngine) -> dict[str, Any]:
    """Everything beside the rows, as it is in the database."""
    async with reading(engine) as conn:
        found: dict[str, Any] = {
            part: Counter(repr(sorted(row._mapping.items(), key=str)) for row in await conn.execute(select(table)))
            for part, table in TABLES.items()
        }
        key = ("livemode", "figure", "bucket", "currency", "value")
        both = union_all(*(select(*(table.c[name] for name in key)) for table in (tallies, tally_deltas)))
        figures: Counter[Any] = Counter()
        for r in await conn.execute(both):
            figures[r.livemode, r.figure, r.bucket, r.currency] += r.value
        found["figures"] = {key: value for key, value in figures.items() if value}
    return found


def _expected(whole: list[Order]) -> dict[str, Any]:
    rows = [row_of(order, saved_at=0) for order in whole]
    found: dict[str, Any] = {
        part: Counter(
            repr(sorted(projection.rows_of(part, row, entry).items(), key=str))
            for row in rows
            for entry in row["projection"][part]
        )
        for part in TABLES
    }
    total: Counter[Any] = Counter()
    for row in rows:
        total.update(projection.figures(row, None))
    found["figures"] = {key: value for key, value in total.items() if value}
    return found


async def _saved(engine: AsyncEngine, story: Story) -> None:
    """Every version a story went through is saved here, one after the other."""
    assert story.last is not None
    await save(
        engine, planned_on=story.order.version - 1, order=story.order, events=story.last.events,
        request=request(f"r{story.order.version}"),
    )  # fmt: skip


async def test_every_save_leaves_exactly_what_the_order_says(engine: AsyncEngine) -> None:
    story = Story(held().order.model_copy(update={"version": 0}))
    for command, by in (
        (c.Update(email="new@shop.test"), None), (c.Capture(), None), (c.Fulfill(), None), (c.Deliver(), None),
        (c.RequestReturn(lines=(c.ReturnUnits(line_id=story.order.lines[0].id, quantity=1),)), None),
        (c.DisputeFact(payment_ref=story.order.payments[0].ref or "", ref="dp", status="opened", amount=1), PROVIDER),
        (c.Refund(amount=100), None),
    ):  # fmt: skip
        story.later(minutes=20)
        story.do(command, by=by) if by else story.do(command)
        await _saved(engine, story)
        assert await _written(engine) == _expected([story.order])
    assert {"return_to_decide", "dispute"} == {task[0] for task in projection.of(story.order)["tasks"]}


async def test_imports_write_the_same(engine: AsyncEngine) -> None:
    whole = sample(60)
    await imports.insert_orders(engine, [(order, ()) for order in whole], batch=25)
    assert await _written(engine) == _expected(whole)


async def test_orders_of_an_older_release_are_written_by_the_sweep_or_by_their_next_save(engine: AsyncEngine) -> None:
    whole = sample(30)
    story = Story(paid().order.model_copy(update={"number": 9001}))
    async with writing(engine) as conn:
        rows = [row_of(order, saved_at=0) | {"projection": null()} for order in (*whole, story.order)]
        for row in rows:
            await conn.execute(insert(orders).values(**row))
    await _saved(engine, story.do(c.AddNote(body="meanwhile")))
    assert await backfilling.backfill(engine, batches=1, batch=10) == 10
    assert await backfilling.backfill(engine, batch=7) == len(whole) - 10
    assert await backfilling.backfill(engine) == 0
    assert await _written(engine) == _expected([*whole, story.order])


async def test_a_document_that_cannot_be_read_does_not_keep_the_others_waiting(engine: AsyncEngine) -> None:
    whole = sample(12)
    async with writing(engine) as conn:
        for n, order in enumerate(whole):
            broken = {"doc": "{}"} if n < 3 else {}
            await conn.execute(insert(orders).values(**row_of(order, saved_at=0) | {"projection": null()} | broken))
    assert await backfilling.backfill(engine, batch=2) == 9


async def test_a_save_that_read_before_the_sweep_wrote_is_done_again_and_nothing_is_written_twice(
    engine: AsyncEngine,
) -> None:
    """The one write that leaves the version: a save between whose read and write it falls must not go through."""
    story = paid()
    async with writing(engine) as conn:
        await conn.execute(insert(orders).values(**row_of(story.order, saved_at=0) | {"projection": null()}))
    stored, _ = await read(engine, story.order.id, "meanwhile")
    assert stored is not None
    assert await backfilling.backfill(engine) == 1
    before = await _written(engine)
    story.do(c.AddNote(body="meanwhile"))
    late = Save(
        planned_on=stored.order.version, order=story.order, request=request("late"), verb="add_note", was=stored.was
    )
    with pytest.raises(Conflict):
        await transact(engine, lambda conn: apply(conn, late))
    assert await _written(engine) == before
