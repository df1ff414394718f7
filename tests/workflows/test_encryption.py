"""Payload encryption on a real Temporal: switched on, keys changed and lost while orders are open."""

import asyncio
import base64
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import EventType
from temporalio.client import ScheduleActionStartWorkflow, WorkflowHistory

from activities.orders.contents import dump
from activities.upkeep import preparing
from activities.upkeep.reaching import Reaching
from domain import commands as c
from domain.order import Order, Tracking
from door.errands import Unsettled
from ordermill.launch.dev_server import running
from tests.workflows.shop import SEARCH_ATTRIBUTES, Shop, opened, request
from tests.workflows.test_privacy import everything
from workflows.messages import Envelope, Sender, Sent

OLD, NEW = (f"{name}:{base64.b64encode(name.encode() * 8).decode()}" for name in ("old-", "new-"))
Open = Callable[..., AbstractAsyncContextManager[Shop]]


@pytest_asyncio.fixture
async def reopened(temporal: str, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Open]:
    """One shop's data and queue; each opening is a release of its processes, with these keys."""

    def open_it(keys: str | None, **more: Any) -> AbstractAsyncContextManager[Shop]:
        address = more.pop("address", temporal)
        return opened(address, sqlite_url, tmp_path, task_queue=f"test-{tmp_path.name}", payload_keys=keys, **more)

    yield open_it


def keys_of(history: WorkflowHistory) -> list[str]:
    """Ids of the keys a history's payloads name, in order of events."""
    texts = [event.SerializeToString() for event in history.events]
    return [
        name.decode() for text in texts for name in (b"old-", b"new-") if b"encryption-key-id" in text and name in text
    ]


async def test_keys_are_changed_while_orders_are_open(reopened: Open) -> None:
    """Known everywhere first, then first in the list: every history goes on, and holds both."""
    async with reopened(OLD) as shop:
        order = await shop.confirmed()
    async with reopened(f"{OLD},{NEW}") as shop:
        order = await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    async with reopened(f"{NEW},{OLD}") as shop:
        order = await shop.do(order, c.Fulfill(tracking=Tracking(number="1Z")))
        order = await shop.do(order, c.Deliver())
        history = await shop.history(order)
        assert (await shop.handle(order).query("state"))["standing"]["status"] == "delivered"
    used = keys_of(history)
    assert used == sorted(used, reverse=True), "old ones first, then new ones"
    assert set(used) == {"old-", "new-"}


async def test_encryption_is_switched_on_while_orders_are_open(reopened: Open) -> None:
    async with reopened(None) as shop:
        order = await shop.confirmed()
        assert keys_of(await shop.history(order)) == []
    async with reopened(NEW) as shop:
        order = await shop.do(order, c.Pay(payment_method="pm_card_visa"))
        assert order.payments[0].captured == order.total
        assert set(keys_of(await shop.history(order))) == {"new-"}


async def failed_tasks(shop: Shop, order: Order) -> list[Any]:
    """Of the order's run, once there is one."""
    for _ in range(100):
        events = (await shop.history(order)).events
        failed = [e for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED]
        if failed:
            return failed
        await asyncio.sleep(0.1)
    raise TimeoutError("no workflow task has failed")


async def test_an_unknown_key_is_told_and_nothing_is_lost(reopened: Open, caplog: pytest.LogCaptureFixture) -> None:
    async with reopened(OLD) as shop:
        order = await shop.placed()
    asked = request()
    with caplog.at_level(logging.ERROR):
        async with reopened(NEW, patience=2) as shop:
            with pytest.raises(Unsettled, match="no answer in time"):
                await shop.door.execute(order, c.Confirm(), asked)
            await failed_tasks(shop, order)
    assert "encrypted with key 'old-', which is not in ORDERMILL_PAYLOAD_KEYS here" in caplog.text
    async with reopened(f"{NEW},{OLD}") as shop:
        done = await shop.do(order, c.Confirm(), asked)
        assert (done.stage, done.version) == ("confirmed", order.version + 1)


async def test_a_fact_that_cannot_be_read_waits_for_its_key_instead_of_being_dropped(reopened: Open) -> None:
    """Keys are switched on in the API first: a worker without them sees ciphertext where a carrier's word should be."""
    async with reopened(None) as shop:
        order = await shop.do(await shop.paid(), c.Fulfill())
    carrier = Envelope(id="carrier-1", actor=Sender(kind="provider", id="carrier"))
    sent = Sent(request=carrier, command=dump(c.Deliver()))
    async with reopened(OLD, works=False) as shop:
        await Reaching(shop.client, shop.database, shop.settings.task_queue).signal(order.id, "deliver", sent)
    async with reopened(None) as shop:
        (failed, *_) = await failed_tasks(shop, order)
        told = failed.workflow_task_failed_event_attributes.failure.message
        assert told == "signal deliver is encrypted, and this worker has no ORDERMILL_PAYLOAD_KEYS"
        assert (await shop.stored(order)).version == order.version
    async with reopened(OLD) as shop:
        row = await shop.until(order, lambda now: now.version > order.version, 30)
        assert row.lines[0].delivered == row.lines[0].quantity


async def test_a_schedule_is_written_again_under_the_new_key_and_keeps_its_own_times(reopened: Open) -> None:
    """It would start workflows for ever whose arguments are of a key that is gone."""
    name = "ordermill-reconcile-sandbox-test"
    with running() as server:
        async with reopened(OLD, address=server.address, works=False) as shop:
            await preparing.make_schedules(shop.client, shop.settings, anew=True)
            handle = shop.client.get_schedule_handle(name)
            await handle.pause(note="an operator's")
        async with reopened(NEW, address=server.address, works=False) as shop:
            await preparing.make_schedules(shop.client, shop.settings)
            assert await keys_of_schedule(shop, name) == {b"old-"}
            await preparing.make_schedules(shop.client, shop.settings, anew=True)
            assert await keys_of_schedule(shop, name) == {b"new-"}
            assert (await shop.client.get_schedule_handle(name).describe()).schedule.state.note == "an operator's"


async def keys_of_schedule(shop: Shop, name: str) -> set[bytes]:
    action = (await shop.client.get_schedule_handle(name).describe()).schedule.action
    assert isinstance(action, ScheduleActionStartWorkflow)
    return {payload.metadata["encryption-key-id"] for payload in action.args}


async def test_no_figure_is_in_any_table_of_temporal(sqlite_url: str, tmp_path: Path) -> None:
    """But those Temporal searches by: number, total and times, which are its search attributes."""
    database = tmp_path / "temporal.sqlite"
    with running(database=database, search_attributes=SEARCH_ATTRIBUTES) as server:
        async with opened(server.address, sqlite_url, tmp_path, payload_keys=NEW) as shop:
            order = await shop.do(await shop.confirmed(quantity=3), c.Pay(payment_method="pm_card_visa"))
            order = await shop.do(order, c.Fulfill(tracking=Tracking(number="1Z-QUAGGA")))
            order = await shop.do(order, c.Refund(amount=123))
            with pytest.raises(Exception, match="refund"):
                await shop.do(order, c.Refund(amount=10_000_000))
        values = list(everything(database))
    money = f"{order.total / 100:.2f}"
    for word in ("pm_card_visa", "1Z-QUAGGA", money, "units", "1.23", "authorize 8", "Premium T-Shirt"):
        assert {table for table, value in values if word.encode() in value} == set(), word
    assert any(order.id.encode() in value for _, value in values), "the workflow's own id is legible"
    assert any(b"binary/encrypted" in value for _, value in values)


def test_the_search_above_finds_what_is_there(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "t.sqlite") as conn:
        conn.execute("CREATE TABLE t (a BLOB)")
        conn.execute("INSERT INTO t VALUES (?)", (b"..pm_card_visa..",))
    assert any(b"pm_card_visa" in value for _, value in everything(tmp_path / "t.sqlite"))
