"""The lists people use, against the same lists computed from the orders themselves; and how the databases run them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.agenda import agenda as agenda_of
from domain.ids import child
from domain.order import Order, Return, ReturnLine
from domain.takings import takings
from domain.tasks import tasks as tasks_of
from domain.terms import terms
from domain.waiting import WORDS, waiting
from store.database.clock import epoch
from store.database.engine import is_sqlite, reading, writing
from store.lists import agenda, figures, found, tasks
from store.lists.facets import LIFECYCLE
from store.lists.filters import Filter, Reach
from store.order import imports, projection
from store.tables import deadlines, order_waits, outbox, search_terms, tallies
from store.tables import tasks as task_rows
from tests.store.builders import sample
from tests.store.plans import plan_of


def _with_return(order: Order, place: int) -> Order:
    """Some have sent something back, some have a declined payment: steps for people."""
    at = order.created_at + timedelta(minutes=place % 7)
    line = ReturnLine(line_id=order.lines[0].id, quantity=1)
    made = Return(
        id=child(order.id, "return", 9), serial=9, status="requested", items=(line,), created_at=at, updated_at=at
    )
    status: Any = "requested" if place % 2 else "approved"
    return order.model_copy(update={"returns": (made.model_copy(update={"status": status}),)})


ORDERS = [_with_return(order, n) if n % 3 == 0 else order for n, order in enumerate(sample(300))]
MINE = [order for order in ORDERS if not order.livemode]
TEST = Reach(livemode=False, customer_id=None)
NOW = 1_800_000_000


@pytest_asyncio.fixture
async def stocked(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    await imports.insert_orders(engine, [(order, ()) for order in ORDERS], batch=150)
    async with writing(engine) as conn:
        await conn.exec_driver_sql("ANALYZE")
    yield engine


Page = Callable[[Sequence[Any] | None], Awaitable[list[tuple[Any, Any]]]]


async def _all(page: Page, size: int) -> list[Any]:
    """Every page after the other; each answers (what, its keys)."""
    whole: list[Any] = []
    after: Sequence[Any] | None = None
    while True:
        some = await page(after)
        assert len(some) <= size
        whole += [what for what, _ in some]
        if len(some) < size:
            return whole
        after = some[-1][1]


def _best(order: Order, prefix: str) -> str | None:
    return next((term for term in terms(order) if term.startswith(prefix)), None)


@pytest.mark.parametrize("prefix", ["ada@example.com", "a", "1", "1042", "bob", "cust_", "zzz", "\U0010ffff"])
@pytest.mark.parametrize("word", [None, "payment"])
async def test_a_search_finds_each_order_once_by_its_first_term_page_after_page(
    stocked: AsyncEngine, prefix: str, word: str | None
) -> None:
    async def page(after: Sequence[Any] | None) -> list[tuple[Any, Any]]:
        some = await found.by_term(stocked, TEST, prefix, Filter(), waits_for=word, after=after, limit=13)
        return [(one.row.id, one.keys) for one in some]

    matching = [
        (_best(order, prefix), -epoch(order.created_at), order.id)
        for order in MINE
        if _best(order, prefix) and (word is None or word in {wait.word for wait in waiting(order)})
    ]
    assert await _all(page, 13) == [order_id for _, _, order_id in sorted(matching)]


@pytest.mark.parametrize("word", ["payment", "fulfillment", "delivery", "confirmation", "closing"])
async def test_orders_are_listed_by_what_they_wait_for(stocked: AsyncEngine, word: str) -> None:
    for wanted, keep in (
        (Filter(), lambda order: True),
        (Filter(customer_id="cust_1"), lambda order: order.customer_id == "cust_1"),
        (Filter(created_from=epoch(MINE[7].created_at)), lambda order: order.created_at >= MINE[7].created_at),
        (Filter(words={LIFECYCLE.name: frozenset({"draft"})}), lambda order: order.stage == "draft"),
        (Filter(words={LIFECYCLE.name: frozenset({"nowhere"})}), lambda order: False),
    ):

        async def page(after: Sequence[Any] | None, wanted: Filter = wanted) -> list[tuple[Any, Any]]:
            some = await found.by_wait(stocked, TEST, word, wanted, after=after, limit=9)
            return [(one.row.id, one.keys) for one in some]

        expected = [o for o in MINE if keep(o) and word in {wait.word for wait in waiting(o)}]
        ids = [o.id for o in sorted(expected, key=lambda o: (o.created_at, o.id), reverse=True)]
        assert await _all(page, 9) == ids


async def test_the_agenda_is_every_deadline_in_time_order(stocked: AsyncEngine) -> None:
    async def page(after: Sequence[Any] | None) -> list[tuple[Any, Any]]:
        rows = await agenda.coming(stocked, False, after=after, limit=7)
        return [((row.order_id, row.name), (row.at, row.order_id, row.name)) for row in rows]

    expected = sorted((epoch(c.at), order.id, c.name) for order in MINE for c in agenda_of(order))
    assert expected
    assert await _all(page, 7) == [(order_id, name) for _, order_id, name in expected]
    middle = expected[len(expected) // 2][0]
    later = await agenda.coming(stocked, False, since=middle, limit=1000)
    earlier = await agenda.coming(stocked, False, until=middle, limit=1000)
    assert [row.at for row in later] == [at for at, _, _ in expected if at >= middle]
    assert [row.at for row in earlier] == [at for at, _, _ in expected if at < middle]


async def test_tasks_are_every_open_step_the_oldest_due_first(stocked: AsyncEngine) -> None:
    async def page(after: Sequence[Any] | None) -> list[tuple[Any, Any]]:
        some = await tasks.open_tasks(stocked, False, NOW, after=after, limit=5)
        return [(task.key, task.key) for task in some]

    expected = sorted(
        (epoch(task.due or task.since), task.kind, f"{order.id}:{task.ref}")
        for order in MINE
        for task in tasks_of(order)
    )
    assert expected
    assert await _all(page, 5) == expected


@pytest.mark.parametrize("zone", ["UTC", "Europe/Zurich", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati"])
async def test_days_are_those_of_the_shops_own_clock_also_when_it_is_changed(engine: AsyncEngine, zone: str) -> None:
    """Two orders an hour through a year, so that both changes of the clock and every quarter of an offset are in it."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    moments = [start + timedelta(minutes=37 * 7 * n) for n in range(2000)]
    whole = [
        order.model_copy(update={"created_at": at, "livemode": False})
        for order, at in zip(sample(2000), moments, strict=True)
    ]
    await imports.insert_orders(engine, [(order, ()) for order in whole], batch=1000)
    where = ZoneInfo(zone)
    since, until = date(2026, 2, 1), date(2026, 12, 1)
    got = await figures.figures(engine, False, where, since, until)
    expected: dict[tuple[date, str], int] = {}
    for order in whole:
        day = order.created_at.astimezone(where).date()
        if since <= day < until:
            units = sum(value for (figure, _), value in takings(order).items() if figure == "units")
            expected[day, order.currency] = expected.get((day, order.currency), 0) + units
    assert {(day, money): value for (day, money, figure), value in got.days.items() if figure == "units"} == {
        key: value for key, value in expected.items() if value
    }


async def test_what_open_orders_wait_for_is_counted_by_counters(stocked: AsyncEngine) -> None:
    got = await figures.figures(stocked, False, ZoneInfo("UTC"), date(2026, 1, 1), date(2026, 1, 2))
    words = [{wait.word for wait in waiting(order)} for order in MINE]
    assert got.waiting == {word: n for word in WORDS if (n := sum(word in some for some in words))}


async def test_every_page_starts_in_an_index(stocked: AsyncEngine) -> None:
    """First and deep: a page is a range of its list's own index, and nothing is sorted or read whole."""
    deep = MINE[150]
    at, term = epoch(deep.created_at), "ada@example.com"
    await _many(stocked)
    wait = found.by_wait
    due = tasks.open_tasks
    asked: list[tuple[str, str, Awaitable[Any]]] = [
        ("search_terms", "ix_search_terms_term", _term(stocked, None)),
        ("search_terms", "ix_search_terms_term", _term(stocked, (term, -at, deep.id))),
        ("order_waits", "ix_order_waits_word", wait(stocked, TEST, "payment", Filter(), after=None, limit=20)),
        ("order_waits", "ix_order_waits_word", wait(stocked, TEST, "payment", Filter(), after=(at, deep.id), limit=20)),
        ("deadlines", "ix_deadlines_at", agenda.coming(stocked, False, limit=20)),
        ("deadlines", "ix_deadlines_at", agenda.coming(stocked, False, after=(at, deep.id, "x"), limit=20)),
        ("tasks", "ix_tasks_kind", due(stocked, False, NOW)),
        ("tasks", "ix_tasks_kind", due(stocked, False, NOW, after=(at, "return_to_decide", f"{deep.id}:x"))),
        ("outbox", "ix_outbox_mails", due(stocked, False, NOW, kinds=["mail_stuck"])),
        ("tallies", "pk_tallies", figures.figures(stocked, False, ZoneInfo("UTC"), date(2026, 1, 1), date(2026, 1, 9))),
    ]
    async with reading(stocked) as conn:
        sqlite = is_sqlite(conn)
    for table, index, asking in asked:
        plan = await plan_of(stocked, asking, of=f"FROM {table}")
        assert index in plan or (sqlite and "sqlite_autoindex_tallies" in plan), plan
        assert f"SCAN {table}" not in plan
        assert f"Seq Scan on {table}" not in plan
        if table != "tallies":
            assert "TEMP B-TREE" not in plan, plan


async def _many(engine: AsyncEngine) -> None:
    """Enough rows that a database which could use an index does."""
    rows: dict[str, list[dict[str, Any]]] = {"terms": [], "waits": [], "deadlines": [], "tasks": []}
    for n in range(4000):
        row = {"id": f"{n:026d}", "livemode": False, "number": n, "currency": "USD", "created_at": NOW - n}
        rows["terms"] += [projection.rows_of("terms", row, [f"{word}{n}"]) for word in ("ada", "x", "y")]
        rows["waits"].append(projection.rows_of("waits", row, ["payment" if n % 9 == 0 else "closing"]))
        rows["deadlines"].append(projection.rows_of("deadlines", row, ["payment_window", NOW + n, "it ends", []]))
        kind = "return_to_decide" if n % 9 == 0 else "hold"
        rows["tasks"].append(projection.rows_of("tasks", row, [kind, "r", NOW - n, None, None, []]))
    tables = {"terms": search_terms, "waits": order_waits, "deadlines": deadlines, "tasks": task_rows}
    mail = {"livemode": False, "kind": "event", "order_id": "", "payload": {}, "created_at": 1, "drained_at": 1}
    figure = {"livemode": False, "figure": "units", "currency": "USD", "value": 1}
    async with writing(engine) as conn:
        for part, table in tables.items():
            await conn.execute(insert(table), rows[part])
        await conn.execute(insert(outbox), [mail] * 4000)
        await conn.execute(insert(tallies), [figure | {"bucket": 3_000_000 + n} for n in range(4000)])
        await conn.exec_driver_sql("ANALYZE")


async def _term(engine: AsyncEngine, after: Sequence[Any] | None) -> Any:
    return await found.by_term(engine, TEST, "ada@example.com", Filter(), waits_for=None, after=after, limit=20)
