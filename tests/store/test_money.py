import dataclasses

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import reading, writing
from store.money import operations, parked
from store.money.operations import OperationRow
from store.money.parked import Parked

PAY = OperationRow(
    key="o:1:pay", order_id="o", livemode=False, provider="sandbox", kind="authorize", amount=100, currency="USD",
    created_at=5, updated_at=5,
)  # fmt: skip


async def test_an_operation_is_started_once_and_settled(engine: AsyncEngine) -> None:
    async with writing(engine) as conn:
        assert await conn.run_sync(operations.start, PAY) == PAY
        assert await conn.run_sync(operations.change, PAY.key, now=6, ref="pi_1")
    again = dataclasses.replace(PAY, amount=999)
    async with writing(engine) as conn:
        stored = await conn.run_sync(operations.start, again)
        assert (stored.amount, stored.ref) == (100, "pi_1")
        await conn.run_sync(operations.change, PAY.key, now=7, status="succeeded", result={"captured": 100})
        assert not await conn.run_sync(operations.change, "none", now=7, status="declined")
    async with reading(engine) as conn:
        found = await conn.run_sync(operations.find, PAY.key)
    assert found is not None
    assert (found.status, found.result, found.updated_at) == ("succeeded", {"captured": 100}, 7)
    assert await operations.order_of_ref(engine, "sandbox", "pi_1") == "o"
    assert await operations.order_of_ref(engine, "stripe", "pi_1") is None
    assert await operations.get(engine, PAY.key) == found
    await operations.give_up(engine, PAY.key, now=8)
    told = await operations.get(engine, PAY.key)
    assert told is not None
    assert (told.status, told.updated_at) == ("refused", 8)


async def test_a_requests_operations_are_kept_as_they_were_planned_and_in_order(engine: AsyncEngine) -> None:
    mine = [
        dataclasses.replace(PAY, key=f"o:r:{n}", request_id="r", position=n, operation={"kind": "void", "n": n})
        for n in (1, 0, 2)
    ]
    others = [
        dataclasses.replace(PAY, key="o:s:0", request_id="s"),
        dataclasses.replace(mine[0], key="p:r:0", order_id="p"),
    ]
    async with writing(engine) as conn:
        for operation in [*mine, *others]:
            await conn.run_sync(operations.start, operation)
    assert await operations.of_request(engine, "o", "r") == sorted(mine, key=lambda o: o.position)
    assert await operations.of_request(engine, "o", "nobody") == []


async def test_what_an_operation_is_never_changes(engine: AsyncEngine) -> None:
    async with writing(engine) as conn:
        await conn.run_sync(operations.start, PAY)
        with pytest.raises(TypeError, match="amount"):
            await conn.run_sync(operations.change, PAY.key, now=6, amount=5)


async def test_unsettled_operations_are_found(engine: AsyncEngine) -> None:
    async with writing(engine) as conn:
        await conn.run_sync(operations.start, PAY)
    assert await operations.unsettled(engine, before=6) == [PAY]
    assert await operations.unsettled(engine, before=5) == []


async def test_an_event_is_received_once_and_parked_until_delivered(engine: AsyncEngine) -> None:
    event = Parked("stripe", "evt_1", False, "pi_1", 10, None, {"id": "evt_1"})
    later = dataclasses.replace(event, id="evt_0", received_at=11)
    assert await parked.receive(engine, event)
    assert not await parked.receive(engine, dataclasses.replace(event, body={}))
    assert await parked.receive(engine, later)
    assert await parked.waiting(engine) == [event, later]
    await parked.delivered(engine, "stripe", "evt_1", at=12)
    await parked.delivered(engine, "stripe", "evt_1", at=99, note="again")
    assert await parked.waiting(engine) == [later]
    found = await parked.find(engine, "stripe", "evt_1")
    assert found is not None
    assert (found.delivered_at, found.note) == (12, None)
    assert await parked.sweep(engine, before=13) == 1
    assert await parked.find(engine, "stripe", "evt_1") is None
