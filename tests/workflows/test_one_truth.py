"""The order lives in its row: a run that is reset, replaced, mistyped to or of an older shape changes nothing in it."""

import asyncio
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities.orders.contents import dump
from activities.upkeep.reaching import Reaching
from domain import commands as c
from domain import ledger
from domain.commands import Command
from domain.errors import InsufficientInventory, PaymentRequired
from domain.order import Order, Units
from store.order.events import events
from tests.workflows.shop import KEY, PRICE, Shop, request
from workflows.messages import workflow_id


def reaching(shop: Shop) -> Reaching:
    return Reaching(shop.client, shop.database, shop.settings.task_queue)


async def lived(shop: Shop) -> Order:
    """Paid, 700 back, one of two sent, a note."""
    order = await shop.do(await shop.paid(), c.Refund(amount=700))
    order = await shop.do(order, c.Fulfill(lines=(Units(line_id=order.lines[0].id, quantity=1),)))
    return await shop.do(order, c.AddNote(body="fragile"))


async def settled(shop: Shop, order: Order) -> Order:
    """The row, once the order's new run has read it and answers."""
    await shop.do(order, c.AddNote(body="still there"))
    return await shop.stored(order)


async def test_a_reset_does_nothing_twice(shop: Shop) -> None:
    order = await lived(shop)
    assert await reaching(shop).rebuild(order.id) == "reset"
    after = await settled(shop, order)
    assert (ledger.refunded(after), len(after.fulfillments), len(after.notes)) == (700, 1, 2)
    assert after.version == order.version + 1


async def test_a_reset_in_the_middle_of_a_call_finishes_it_once(shop: Shop) -> None:
    order = await shop.confirmed()
    paying = asyncio.create_task(shop.do(order, c.Pay(payment_method="pm_card_visa")))
    for _ in range(20):
        await asyncio.sleep(0.02)
        await reaching(shop).rebuild(order.id)
    paid = await asyncio.wait_for(paying, 30)
    assert ledger.captured(paid) == 2 * PRICE
    assert [e.type for e in await events(shop.database, order.id)].count("payment.captured") == 1


async def test_a_terminated_order_goes_on_from_its_row(shop: Shop) -> None:
    order = await lived(shop)
    await shop.handle(order).terminate()
    assert await reaching(shop).rebuild(order.id) == "started"
    assert (await settled(shop, order)).version == order.version + 1
    assert await shop.status(order) == WorkflowExecutionStatus.RUNNING


async def test_a_run_without_a_row_is_left_alone(shop: Shop) -> None:
    assert await reaching(shop).rebuild((await shop.order()).id) == "no row"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("payment_fact", [{"ref": "pi_1"}]),
        ("payment_fact", []),
        ("payment_fact", [1, 2, 3]),
        ("refund_fact", ["text", {"id": 7}]),
        ("delivered", [None]),
        ("nudge", ["soon"]),
        ("command", [{"request": {"id": "nobody", "actor": {"kind": "key", "id": "k"}}}]),
        ("no_such_signal", [{"a": 1}]),
    ],
)
async def test_a_mistyped_signal_is_dropped_and_the_order_goes_on(shop: Shop, name: str, arguments: list[Any]) -> None:
    order = await shop.confirmed()
    await shop.handle(order).signal(name, args=arguments)
    assert (await shop.do(order, c.AddNote(body="x"))).version == order.version + 1
    kinds = [e.event_type for e in (await shop.history(order)).events]
    assert EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED not in kinds


@pytest.mark.parametrize("arguments", [["text"], [1, 2, 3], [{"request": {"id": 7}}], [{"amount": "much"}]])
async def test_a_mistyped_update_is_refused_and_the_order_goes_on(shop: Shop, arguments: list[Any]) -> None:
    order = await shop.confirmed()
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await shop.handle(order).execute_update("pay", args=arguments)
    assert isinstance(error.value.cause, ApplicationError)
    assert error.value.cause.type in ("BadArguments", "validation_error")
    assert (await shop.do(order, c.AddNote(body="x"))).version == order.version + 1


async def test_an_operator_types_a_verb_by_hand(shop: Shop) -> None:
    """As `temporal workflow update execute --name confirm`, and again under the same update id."""
    order = await shop.placed()
    for _ in range(2):
        await shop.handle(order).execute_update("confirm", id="by-hand")
    order = await shop.stored(order)
    assert (order.stage, order.version) == ("confirmed", 2)


async def test_runs_of_the_first_releases_are_understood(shop: Shop) -> None:
    """Their start input and arguments, as a reset applies them again."""
    order, sent = await shop.order(), request()
    first = {"order": order, "place": {"confirm": False}, "request": sent}
    await shop.client.start_workflow("Order", first, id=workflow_id(order.id), task_queue=shop.settings.task_queue)
    handle = shop.handle(order)
    await handle.execute_update("place", id=sent.id)
    paid = request()
    pay = {"payment_method": "pm_card_visa", "provider": "sandbox"}
    await handle.execute_update("pay", args=[pay, paid], id=paid.id)
    stored = await shop.stored(order)
    assert (stored.version, ledger.captured(stored)) == (2, 2 * PRICE)


async def cancelled_in_temporal(shop: Shop, order: Order) -> None:
    await shop.handle(order).cancel()


async def test_a_cancellation_in_temporal_says_who_asked(shop: Shop) -> None:
    order = await shop.paid()
    await cancelled_in_temporal(shop, order)
    order = await shop.until(order, lambda o: o.stage == "cancelled")
    last = (await events(shop.database, order.id))[-1]
    assert (last.actor.kind, "@" in last.actor.id) == ("operator", True), "the identity Temporal has of its client"


async def test_a_cancellation_that_is_refused_leaves_a_run_that_hears_the_next_one(shop: Shop) -> None:
    order = await shop.shipped()
    await cancelled_in_temporal(shop, order)
    order = await settled(shop, order)
    assert order.stage == "confirmed"
    for fulfillment in order.fulfillments:
        await shop.do(order, c.CancelFulfillment(fulfillment_id=fulfillment.id))
    await cancelled_in_temporal(shop, order)
    assert (await shop.until(order, lambda o: o.stage == "cancelled")).stage == "cancelled"


# Checkout in one call


async def checkout(shop: Shop, *, method: str = "pm_card_visa", **options: Any) -> Order:
    order = await shop.order(**options)
    pay = c.Pay(payment_method=method)
    return (await shop.door.place(order, confirm=False, request=request(), payment=pay)).order


async def test_an_order_is_placed_confirmed_and_paid_in_one_call(shop: Shop) -> None:
    order = await checkout(shop)
    assert (order.stage, order.version, ledger.captured(order)) == ("confirmed", 2, 2 * PRICE)
    assert await shop.shelf() == (1000, 2)
    story = [e.type for e in await events(shop.database, order.id)]
    assert story[:2] == ["order.created", "order.confirmed"]
    assert "order.paid" in story


async def test_a_declined_checkout_leaves_a_draft_and_frees_its_stock(shop: Shop) -> None:
    order = await checkout(shop, method="pm_card_visa_chargeDeclined")
    assert (order.stage, order.payments[0].state, await shop.shelf()) == ("draft", "failed", (1000, 0))


async def test_a_checkout_without_stock_places_nothing(shop: Shop) -> None:
    with pytest.raises(InsufficientInventory):
        await checkout(shop, quantity=2000)
    assert await shop.shelf() == (1000, 0)


async def test_the_order_refuses_what_the_row_forbids_also_when_nobody_judged_before(shop: Shop) -> None:
    """The door's advice is advice: a command sent past it is refused by the activity, once and for all."""
    order = await shop.confirmed()
    sent = request()
    with pytest.raises(WorkflowUpdateFailedError):
        await _past_the_door(shop, order, c.Fulfill(), sent.id)
    await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    with pytest.raises(PaymentRequired):
        await shop.door.send(await shop.door.prepare(await shop.stored(order), c.Fulfill(), sent))


async def _past_the_door(shop: Shop, order: Order, command: Command, request_id: str) -> None:
    envelope = {"id": request_id, "actor": {"kind": KEY.kind, "id": KEY.id}}
    await shop.handle(order).execute_update(
        command.verb, {"request": envelope, "command": dump(command)}, id=request_id
    )
