"""Bulk-written orders are what saving them one by one would have written, on both databases."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Table, inspect, select
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks import millions, people
from benchmarks.millions import Place
from store.database.engine import create_engine, reading
from store.lists import counts, tallying
from store.order import projection
from store.order.rows import order_of, slot_of
from store.tables import deadlines, order_counts, order_waits, orders, search_terms, tallies, tasks

MANY = 3000
PARTS = {search_terms: "terms", order_waits: "waits", deadlines: "deadlines", tasks: "tasks"}


@pytest.fixture
async def filled(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url)
    await millions.fill(engine, MANY)
    yield engine
    await engine.dispose()


async def rows(engine: AsyncEngine, table: Table) -> list[dict[str, Any]]:
    async with reading(engine) as conn:
        return [dict(row) for row in (await conn.execute(select(table))).mappings()]


def alike(found: list[dict[str, Any]]) -> Counter[str]:
    return Counter(repr(sorted(row.items())) for row in found)


async def test_every_table_holds_what_the_orders_projections_say(filled: AsyncEngine) -> None:
    stored = await rows(filled, orders)
    assert len(stored) == MANY
    for table, part in PARTS.items():
        said = [projection.rows_of(part, row, entry) for row in stored for entry in row["projection"][part]]
        assert said
        assert alike(await rows(filled, table)) == alike(said), table.name
    total: tallying.Figures = Counter()
    for row in stored:
        total.update(projection.figures(row, None))
    assert alike(await rows(filled, tallies)) == alike(tallying.rows(total))
    tree = {tuple(row.values())[:5]: row["orders"] for row in await rows(filled, order_counts)}
    assert tree == dict(counts.delta_of_new(map(slot_of, stored)))


async def test_a_row_is_its_document_and_stands_where_its_place_says(filled: AsyncEngine) -> None:
    for row in await rows(filled, orders):
        at, order = Place(row["number"] - millions.FIRST_NUMBER), order_of(row["doc"])
        assert (row["id"], row["created_at"], row["customer_id"]) == (at.ident, at.moment, at.customer)
        assert (order.id, order.number, order.total, order.email) == (at.ident, at.number, row["total"], at.email)
        terms = {term for (term,) in row["projection"]["terms"]}
        assert terms >= {at.ident.lower(), str(at.number), at.email, at.phone, at.name, at.tracking, at.payment}


async def test_the_indexes_are_there_again(filled: AsyncEngine) -> None:
    async with reading(filled) as conn:
        for table in (orders, search_terms, order_waits, deadlines, tasks):
            found = await conn.run_sync(lambda sync, name=table.name: inspect(sync).get_indexes(name))  # type: ignore[misc]
            assert {index.name for index in table.indexes} <= {index["name"] for index in found}


async def test_every_list_is_timed_on_first_middle_and_last_pages(filled: AsyncEngine, monkeypatch: Any) -> None:
    monkeypatch.setattr(people, "TIMES", 1)
    timed = await asyncio.wait_for(people.measure(filled, MANY), 60)
    assert all(0 < ms < 5000 for one in timed for ms in (one.first, one.middle, one.last) if ms is not None)
    table = people.table({"SQLite": timed, "PostgreSQL": timed})
    assert table.count("\n") == len(timed) + 2
    assert {one.name for one in timed} >= {"tasks, all kinds", "agenda", "waitsFor=payment", "stats of 365 days"}
