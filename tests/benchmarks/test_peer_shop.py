"""The order that Restate and DBOS keep: their engines may do a step twice, and then it must happen once."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from benchmarks.peers import shop
from benchmarks.peers.system import PAYMENT, body
from tests.databases import Postgres


@pytest.fixture
def empty(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A database, named as the apps are told."""
    name = postgres.create()
    for variable, value in {"PGHOST": postgres.directory, "PGUSER": "postgres", "PGDATABASE": name}.items():
        monkeypatch.setenv(variable, str(value))
    yield
    postgres.drop(name)


@pytest_asyncio.fixture
async def pool(empty: None) -> AsyncIterator[Any]:
    opened = await shop.opened()
    yield opened
    await opened.close()


async def counted(pool: Any) -> tuple[int, int, int]:
    """Units reserved, events, mails."""
    row = await pool.fetchrow(
        "SELECT (SELECT sum(reserved) FROM stock), (SELECT count(*) FROM order_events), (SELECT count(*) FROM outbox)"
    )
    return row[0], row[1], row[2]


async def test_to_a_paid_order_with_every_step_done_twice(pool: Any) -> None:
    placed = await shop.place(pool, "order_1", body())
    assert await shop.place(pool, "order_1", {**body(), "email": placed["email"]}) == placed
    assert (placed["status"], placed["total"]) == ("draft", 5998 + 599 + 719)
    for _ in range(2):
        assert (await shop.confirm(pool, "order_1"))["status"] == "confirmed"
    payment = await shop.charge("order_1", placed["total"], PAYMENT["paymentMethod"])
    for _ in range(2):
        paid = await shop.paid(pool, "order_1", payment)
        assert (paid["status"], paid["payments"]) == ("paid", [payment])
    assert await counted(pool) == (2, 3, 2)


async def test_what_is_out_of_stock_is_not_confirmed(pool: Any) -> None:
    await pool.execute("UPDATE stock SET on_hand = 1")
    await shop.place(pool, "order_1", body())
    with pytest.raises(ValueError, match="items: var_xyz789 is out of stock"):
        await shop.confirm(pool, "order_1")
    assert (await shop.found(pool, "order_1"))["status"] == "draft"
    assert await counted(pool) == (0, 1, 0)


async def test_an_unpaid_order_frees_its_stock_and_a_paid_one_does_not(pool: Any) -> None:
    for order_id in ("order_1", "order_2"):
        await shop.place(pool, order_id, body())
        await shop.confirm(pool, order_id)
    await shop.paid(pool, "order_2", await shop.charge("order_2", 1, "pm"))
    assert (await shop.cancel_unpaid(pool, "order_1"))["status"] == "cancelled"
    assert (await shop.cancel_unpaid(pool, "order_2"))["status"] == "paid"
    assert (await counted(pool))[0] == 2
