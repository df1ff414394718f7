"""Saves: what the row says is what counts; an outage of the database delays an order, and never loses it or splits it in two."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType

from domain import commands as c
from domain import ledger
from domain.commands import Command, Request
from domain.errors import AlreadyCancelled
from domain.lifecycle import settle
from domain.order import Order
from domain.stock import stock_moves
from door.errands import Settled
from tests.saving import save
from tests.workflows.faults import database_refusing
from tests.workflows.shop import KEY, PRICE, Shop, request
from workflows.messages import workflow_id


async def behind_its_back(shop: Shop, order: Order, command: Command, sent: Request | None = None) -> Order:
    """The row moves on without its workflow, as when worker and server die right after a local save."""
    now = datetime.now(UTC).replace(microsecond=0)
    before = await shop.stored(order)
    change = settle(before, command, [], now, KEY)
    moves = stock_moves(before, change.order)
    await save(
        shop.database,
        planned_on=before.version,
        order=change.order,
        events=change.events,
        moves=moves,
        request=sent or request(),
    )
    return change.order


async def test_a_nudge_makes_a_workflow_catch_up_with_its_row_and_arm_its_timer(each_shop: Shop) -> None:
    order = await behind_its_back(each_shop, await each_shop.placed(), c.Confirm())
    await each_shop.handle(order).signal("nudge", order.version)
    state: dict[str, Any] = {}
    for _ in range(200):
        state = await each_shop.handle(order).query("state", result_type=dict)
        if state["standing"]["version"] == order.version:
            break
        await asyncio.sleep(0.05)
    assert state["standing"]["version"] == order.version
    assert state["standing"]["deadline"]["name"] == "payment window"
    kinds = [event.event_type for event in (await each_shop.history(order)).events]
    assert EventType.EVENT_TYPE_TIMER_STARTED in kinds


async def test_a_nudge_that_says_nothing_new_writes_nothing(shop: Shop) -> None:
    order = await shop.confirmed()
    for version in (order.version, 1):
        await shop.handle(order).signal("nudge", version)
    assert (await shop.do(order, c.AddNote(body="x"))).version == order.version + 1
    markers = [e for e in (await shop.history(order)).events if e.event_type == EventType.EVENT_TYPE_MARKER_RECORDED]
    assert len(markers) == 3


async def test_a_nudge_that_comes_before_the_order_is_placed_waits_for_it(shop: Shop) -> None:
    """As the sweep may, when the worker died between the first save and its history."""
    order, sent = await shop.order(), request()
    change = settle(order, c.Place(confirm=True), [], order.created_at, KEY)
    await save(
        shop.database, planned_on=0, order=change.order, events=change.events,
        moves=stock_moves(None, change.order), request=sent,
    )  # fmt: skip
    await shop.client.start_workflow(
        "Order", order.id, id=workflow_id(order.id), task_queue=shop.settings.task_queue, start_signal="nudge",
        start_signal_args=[1],
    )  # fmt: skip
    order = await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    assert (order.version, await shop.shelf()) == (2, (1000, 2))


@pytest.mark.parametrize("command", [c.AddNote(body="x"), c.Pay(payment_method="pm_card_visa")])
async def test_a_command_that_finds_the_row_ahead_adopts_it_and_is_planned_again(shop: Shop, command: Command) -> None:
    """One by a local save, one by the money activity."""
    order = await behind_its_back(shop, await shop.confirmed(), c.Update(tags=("vip",)))
    after = await shop.do(order, command)
    assert (after.version, after.tags) == (order.version + 1, ("vip",))


@pytest.mark.parametrize("command", [c.Fulfill(), c.Refund()])
async def test_a_command_the_row_has_overtaken_is_refused_as_the_row_says(shop: Shop, command: Command) -> None:
    order = await shop.do(await shop.placed(price_each=PRICE), c.RecordPayment())
    cancelled = settle(order, c.Cancel(), [], datetime.now(UTC).replace(microsecond=0), KEY)
    await save(
        shop.database, planned_on=order.version, order=cancelled.order, events=cancelled.events,
        moves=stock_moves(order, cancelled.order), request=request(),
    )  # fmt: skip
    if isinstance(command, c.Fulfill):
        with pytest.raises(AlreadyCancelled):
            await shop.door.execute(order, command, request())
    assert (await shop.stored(order)).stage == "cancelled"
    assert await shop.shelf() == (1000, 0)


async def test_a_request_the_row_has_seen_is_answered_and_not_done_again(shop: Shop) -> None:
    """Its local save was committed, its history lost: the command comes again under its request's id."""
    sent = request()
    order = await behind_its_back(shop, await shop.confirmed(), c.AddNote(body="once"), sent)
    again = await shop.settle(order, c.AddNote(body="once"), sent)
    assert (again.order.version, len(again.order.notes)) == (order.version, 1)


async def test_when_the_local_save_fails_a_regular_one_waits_the_outage_out(shop: Shop) -> None:
    order = await shop.placed()
    async with database_refusing(shop):
        confirming = asyncio.create_task(shop.do(order, c.Confirm()))
        await asyncio.sleep(3)
        assert not confirming.done()
        state = await shop.handle(order).query("state", result_type=dict)
        assert state["standing"]["version"] == 1, "the workflow task is free while the outage lasts"
    order = await asyncio.wait_for(confirming, 15)
    assert (order.version, order.stage) == (2, "confirmed")
    kinds = [event.event_type for event in (await shop.history(order)).events]
    assert EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED in kinds
    assert EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED not in kinds
    assert EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT not in kinds


async def test_money_waits_a_database_outage_out_and_moves_once(shop: Shop) -> None:
    order = await shop.confirmed()
    async with database_refusing(shop):
        paying = asyncio.create_task(shop.do(order, c.Pay(payment_method="pm_card_visa")))
        await asyncio.sleep(1.5)
        assert not paying.done()
    order = await asyncio.wait_for(paying, 15)
    assert ledger.captured(order) == 2 * PRICE
    assert (await shop.story(order)).count("payment.captured") == 1


async def test_a_command_that_outlasts_its_caller_is_pending_and_settles_by_itself(shop: Shop) -> None:
    order = await shop.placed()
    shop.door._timeout = 2.5
    async with database_refusing(shop):
        answer: Settled = await shop.door.execute(order, c.Confirm(), request())
        assert (answer.pending, answer.order.version) == (True, 1)
    assert (await shop.until(order, lambda o: o.version == 2)).stage == "confirmed"
