"""Command records: one per order and request, whoever writes first; they stay when their orders are forgotten."""

import asyncio
import dataclasses

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.errors import AlreadyCancelled, NothingDue
from store.database.engine import transact, writing
from store.order import orders, records
from store.order.records import Record
from store.tables import commands
from tests.saving import save
from tests.store.builders import events_of, make_order, request
from tests.store.plans import plan_of

APPLIED = Record("o", "r", "pay", "applied", 10, version=3, subject="pay_1", snapshot="{}")


async def written(engine: AsyncEngine, record: Record) -> bool:
    return await transact(engine, lambda conn: records.insert(conn, record))


async def test_a_request_is_recorded_once_and_the_first_stands(engine: AsyncEngine) -> None:
    others = [dataclasses.replace(APPLIED, version=n) for n in range(20)]
    wrote = await asyncio.gather(*(written(engine, record) for record in others))
    assert wrote.count(True) == 1
    assert await records.get(engine, "o", "r") == others[wrote.index(True)]
    assert not await written(engine, Record("o", "r", "pay", "refused", 11, error={"code": "x"}))
    assert await records.get(engine, "o", "r") == others[wrote.index(True)]


async def test_the_same_request_id_of_another_order_is_another_request(engine: AsyncEngine) -> None:
    assert await written(engine, APPLIED)
    assert await written(engine, dataclasses.replace(APPLIED, order_id="p"))
    assert await records.get(engine, "q", "r") is None
    assert await records.recorded(engine, "o", ["r", "s"]) == {"r"}


async def test_a_refusal_is_recorded_and_the_command_cannot_be_done_afterwards(engine: AsyncEngine) -> None:
    order = make_order()
    error = NothingDue("nothing is due", version=2).to_dict()
    record = await orders.refuse(engine, order.id, request("r"), "pay", error)
    assert (record.outcome, record.error, record.version) == ("refused", error, None)
    with pytest.raises(orders.Done) as done:
        await save(engine, planned_on=0, order=order, events=events_of(order), request=request("r"))
    assert done.value.record == record
    assert await orders.load(engine, order.id) is None


async def test_what_was_done_or_refused_first_is_not_refused_again(engine: AsyncEngine) -> None:
    order = make_order()
    await save(engine, planned_on=0, order=order, events=events_of(order), request=request("r"))
    record = await orders.refuse(engine, order.id, request("r"), "place", NothingDue("no").to_dict())
    assert (record.outcome, record.version, record.error) == ("applied", 1, None)
    first = await orders.refuse(engine, order.id, request("s"), "pay", NothingDue("no").to_dict())
    assert await orders.refuse(engine, order.id, request("s"), "pay", AlreadyCancelled("no").to_dict()) == first


async def test_the_order_kept_for_an_answer_is_forgotten_and_the_record_stays(engine: AsyncEngine) -> None:
    for n in range(5):
        await written(engine, dataclasses.replace(APPLIED, request_id=f"r{n}", at=n))
    await written(engine, dataclasses.replace(APPLIED, request_id="bare", at=0, snapshot=None))
    assert await records.forget_snapshots(engine, before=4, limit=3) == 3
    assert await records.forget_snapshots(engine, before=4) == 1
    assert await records.forget_snapshots(engine, before=4) == 0
    kept = [await records.get(engine, "o", f"r{n}") for n in range(5)]
    assert [(k.version, k.subject, k.snapshot) for k in kept if k] == [(3, "pay_1", None)] * 4 + [(3, "pay_1", "{}")]


async def test_snapshots_to_forget_are_found_by_their_own_index(engine: AsyncEngine) -> None:
    rows = [
        vars(dataclasses.replace(APPLIED, request_id=f"r{n}", at=n, snapshot="{}" if n % 1000 == 0 else None))
        for n in range(5000)
    ]
    async with writing(engine) as conn:
        await conn.execute(commands.insert(), rows)
    async with writing(engine) as conn:
        await conn.execute(text("ANALYZE"))
    assert "ix_commands_snapshot" in await plan_of(engine, records.forget_snapshots(engine, before=0))
