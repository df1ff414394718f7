"""Closed orders wake, long ones continue as new, and an operator may cancel from Temporal."""

import asyncio

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import CancelledError

from domain import commands as c
from domain import ledger
from domain.commands import Command
from domain.errors import AlreadyClosed
from tests.workflows.shop import PRICE, VARIANT, Shop
from workflows import card
from workflows import order as order_module


@pytest.mark.parametrize("command", [c.Refund(amount=100), c.AddNote(body="thanks"), c.Update(tags=("vip",))])
async def test_a_closed_order_wakes_for_what_is_still_legal_and_sleeps_again(shop: Shop, command: Command) -> None:
    order = await shop.closed()
    after = await shop.do(order, command)
    assert after.version == order.version + 1
    await shop.result(order)
    assert await shop.status(order) == WorkflowExecutionStatus.COMPLETED


async def test_a_closed_order_is_reopened_and_lives_on(shop: Shop) -> None:
    order = await shop.do(await shop.closed(), c.Reopen())
    assert order.closed_at is None
    assert await shop.status(order) == WorkflowExecutionStatus.RUNNING


async def test_a_return_inside_its_window_wakes_a_closed_order(shop: Shop) -> None:
    order = await shop.closed()
    asked = await shop.settle(order, c.RequestReturn(lines=(c.ReturnUnits(variant_id=VARIANT, quantity=1),)))
    assert asked.subject is not None
    assert asked.order.returns[0].status == "requested"


async def test_a_closed_order_refuses_the_rest_and_leaves_no_run_behind(shop: Shop) -> None:
    order = await shop.closed()
    with pytest.raises(AlreadyClosed):
        await shop.do(order, c.Fulfill())
    await shop.result(order)
    assert await shop.stored(order) == order


async def test_commands_that_meet_a_closing_run_are_all_settled(shop: Shop) -> None:
    """Each wakes the order or joins the run another one woke; a run that ends under one turns it away and it comes again."""
    order = await shop.closed()
    await asyncio.gather(*(shop.do(order, c.AddNote(body=f"{n}")) for n in range(12)))
    assert len((await shop.stored(order)).notes) == 12


async def test_an_order_with_a_long_history_continues_as_new_and_loses_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_module, "UPDATES_PER_RUN", 4)
    order = await shop.paid()
    first = (await shop.handle(order).describe()).run_id
    for n in range(7):
        await shop.do(order, c.AddNote(body=f"{n}"))
    described = await shop.handle(order).describe()
    assert described.run_id != first
    assert described.status == WorkflowExecutionStatus.RUNNING
    assert described.typed_search_attributes[card.ORDER_STATUS] == "paid"
    assert described.typed_search_attributes[card.ORDER_VERSION] == order.version + 7
    order = await shop.do(order, c.Fulfill())
    assert (len(order.notes), order.lines[0].shipped) == (7, 2)


async def test_commands_in_flight_while_it_continues_as_new_are_all_settled(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_module, "UPDATES_PER_RUN", 5)
    order = await shop.placed()
    await asyncio.gather(*(shop.do(order, c.AddNote(body=f"{n}")) for n in range(20)))
    assert len((await shop.stored(order)).notes) == 20


async def test_an_operator_who_cancels_the_workflow_gives_money_and_stock_back(shop: Shop) -> None:
    order = await shop.paid()
    await shop.handle(order).cancel()
    with pytest.raises(WorkflowFailureError) as ended:
        await shop.result(order)
    assert isinstance(ended.value.cause, CancelledError)
    order = await shop.stored(order)
    assert (order.stage, order.cancel_note) == ("cancelled", "cancelled in Temporal")
    assert (ledger.refunded(order), await shop.shelf()) == (2 * PRICE, (1000, 0))


async def test_an_operator_who_cancels_while_money_moves_waits_for_it_and_gives_it_back(shop: Shop) -> None:
    order = await shop.confirmed()
    paying = asyncio.create_task(shop.do(order, c.Pay(payment_method="pm_card_visa")))
    await asyncio.sleep(0.02)
    await shop.handle(order).cancel()
    await asyncio.gather(paying, return_exceptions=True)
    order = await shop.until(order, lambda o: o.stage == "cancelled")
    assert ledger.refundable(order) == 0
    assert await shop.shelf() == (1000, 0)


async def test_an_operator_cannot_cancel_what_is_sent_and_the_order_goes_on_to_its_own_end(shop: Shop) -> None:
    order = await shop.shipped()
    await shop.handle(order).cancel()
    order = await shop.do(order, c.Deliver())
    assert order.stage == "confirmed"
    await shop.do(order, c.Close())
    await shop.result(order)
    assert await shop.status(order) == WorkflowExecutionStatus.COMPLETED
