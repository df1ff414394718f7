import asyncio

import pytest
from temporalio.client import WorkflowExecutionStatus

from domain import commands as c
from domain.errors import InsufficientInventory, InvalidTransition
from store.order import orders
from tests.workflows.shop import Shop, request


async def test_an_order_is_placed_as_a_draft_and_reserves_nothing(each_shop: Shop) -> None:
    order = await each_shop.placed()
    assert (order.version, order.stage, order.payment_window_ends_at) == (1, "draft", None)
    assert await each_shop.shelf() == (1000, 0)
    assert await each_shop.story(order) == ["order.created"]


async def test_auto_confirm_places_and_reserves_in_one_command(shop: Shop) -> None:
    order = await shop.placed(auto_confirm=True)
    assert (order.version, order.stage) == (1, "confirmed")
    assert await shop.shelf() == (1000, 2)
    assert await shop.story(order) == ["order.created", "order.confirmed"]


async def test_an_order_of_nothing_is_paid_by_its_confirmation(shop: Shop) -> None:
    order = await shop.confirmed(price_each=0)
    assert await shop.story(order) == ["order.created", "order.confirmed", "order.paid"]
    assert order.payment_window_ends_at is None


async def test_auto_confirm_with_too_little_stock_makes_no_order_and_ends_the_workflow(each_shop: Shop) -> None:
    order = await each_shop.order(quantity=1001, auto_confirm=True)
    with pytest.raises(InsufficientInventory) as refused:
        await each_shop.placed(order)
    assert refused.value.data["lines"][0] | {"line_id": ""} == {
        "line_id": "", "variant_id": "var_xyz789", "wanted": 1001, "available": 1000,
    }  # fmt: skip
    await each_shop.result(order)
    assert await orders.load(each_shop.database, order.id) is None
    assert await each_shop.shelf() == (1000, 0)


async def test_confirming_with_too_little_stock_leaves_the_draft_a_draft(shop: Shop) -> None:
    order = await shop.placed(quantity=1001)
    with pytest.raises(InsufficientInventory):
        await shop.do(order, c.Confirm())
    assert (await shop.stored(order)).version == 1
    await shop.shelve(1001)
    assert (await shop.do(order, c.Confirm())).stage == "confirmed"


async def test_placing_twice_with_one_request_makes_one_order(shop: Shop) -> None:
    order, sent = await shop.order(), request()
    answers = await asyncio.gather(*(shop.door.place(order, confirm=True, request=sent) for _ in range(4)))
    assert [answer.order.version for answer in answers] == [1, 1, 1, 1]
    assert await shop.shelf() == (1000, 2)
    assert await shop.story(order) == ["order.created", "order.confirmed"]


async def test_a_late_duplicate_of_placing_finds_the_row_and_answers_as_the_first_did(shop: Shop) -> None:
    """The first run is over, so Temporal knows nothing of the update's id: the row does."""
    order, sent = await shop.order(), request()
    await shop.door.place(order, confirm=True, request=sent)
    await shop.do(order, c.Cancel())
    await shop.result(order)
    again = await shop.door.place(order, confirm=True, request=sent)
    assert (again.order.version, again.order.stage) == (2, "cancelled")
    await shop.result(order)
    assert await shop.shelf() == (1000, 0)


async def test_placing_an_order_again_with_another_request_is_refused_naming_the_first(shop: Shop) -> None:
    order = await shop.closed()
    with pytest.raises(InvalidTransition, match="already placed") as refused:
        await shop.door.place(order.model_copy(update={"version": 0}), confirm=False, request=request())
    assert refused.value.data["event"]["type"] == "order.created"
    await shop.result(order)
    assert await shop.status(order) == WorkflowExecutionStatus.COMPLETED
    assert await shop.stored(order) == order
