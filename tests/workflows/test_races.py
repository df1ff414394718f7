"""Many at once: one winner, clear refusals naming it, and never a unit too many."""

import asyncio

import pytest

from domain import commands as c
from domain import ledger
from domain.commands import Command
from domain.errors import Conflict, InsufficientInventory
from domain.order import Order
from tests.workflows.shop import PRICE, Shop

RACES: dict[str, tuple[Command, str]] = {
    "cancel": (c.Cancel(), "order.cancelled"),
    "fulfill": (c.Fulfill(), "order.fulfilled"),
    "refund": (c.Refund(), "order.refunded"),
}
"""Verb -> the command, and the event its losers are told."""


@pytest.mark.parametrize("verb", RACES)
async def test_twenty_of_a_verb_at_once_leave_one_winner_and_refusals_naming_it(each_shop: Shop, verb: str) -> None:
    shop, (command, winner) = each_shop, RACES[verb]
    order = await shop.paid()
    answers = await asyncio.gather(*(shop.do(order, command) for _ in range(20)), return_exceptions=True)
    won = [answer for answer in answers if isinstance(answer, Order)]
    lost = [answer for answer in answers if isinstance(answer, Conflict)]
    assert (len(won), len(lost)) == (1, 19)
    after = await shop.stored(order)
    assert after.version == order.version + 1 or (verb == "refund" and after.closed_at is not None)
    assert {answer.data["event"]["type"] for answer in lost} == {winner}
    assert (await shop.story(order)).count(winner) == 1
    assert 0 <= ledger.refunded(after) <= ledger.captured(after) == 2 * PRICE


async def test_a_cancel_against_a_fulfil_leaves_one_of_them_and_a_whole_order(shop: Shop) -> None:
    order = await shop.paid()
    race = (c.Cancel(), c.Fulfill()) * 5
    answers = await asyncio.gather(*(shop.do(order, command) for command in race), return_exceptions=True)
    assert sum(isinstance(answer, Order) for answer in answers) == 1
    assert all(isinstance(answer, (Order, Conflict)) for answer in answers)
    order = await shop.stored(order)
    if order.stage == "cancelled":
        assert (ledger.refundable(order), await shop.shelf()) == (0, (1000, 0))
    else:
        assert (ledger.refundable(order), await shop.shelf()) == (2 * PRICE, (998, 0))


async def test_fifty_orders_for_ten_units_confirm_exactly_ten(each_shop: Shop) -> None:
    shop = each_shop
    await shop.shelve(10)
    orders = [await shop.placed(quantity=1) for _ in range(50)]
    answers = await asyncio.gather(*(shop.do(order, c.Confirm()) for order in orders), return_exceptions=True)
    assert sum(isinstance(answer, Order) for answer in answers) == 10
    assert sum(isinstance(answer, InsufficientInventory) for answer in answers) == 40
    assert await shop.shelf() == (10, 10)


async def test_fifty_orders_placed_and_confirmed_at_once_for_ten_units_leave_ten_orders(each_shop: Shop) -> None:
    shop = each_shop
    await shop.shelve(10)
    made = [await shop.order(quantity=1, auto_confirm=True) for _ in range(50)]
    answers = await asyncio.gather(*(shop.placed(order) for order in made), return_exceptions=True)
    assert sum(isinstance(answer, Order) for answer in answers) == 10
    assert sum(isinstance(answer, InsufficientInventory) for answer in answers) == 40
    assert await shop.shelf() == (10, 10)
