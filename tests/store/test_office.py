"""What the console's lists read, against the same computed from the orders themselves; and how the databases run it."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest_asyncio
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.agenda import agenda as agenda_of
from domain.order import Fulfillment, Hold, Order
from domain.stock import StockMove
from domain.takings import SENT, takings
from domain.waiting import waiting
from store.database.clock import epoch
from store.database.engine import writing
from store.goods import catalog, inventory, shelf
from store.goods.catalog import Entry
from store.lists import agenda, ages, customers, tasks
from store.order import imports
from store.outgoing import deliveries, hearers, mails, outbox, webhooks
from store.tables import deadlines, order_waits, webhook_deliveries
from store.tables import events as event_rows
from store.tables import outbox as outbox_rows
from store.tables import tasks as task_rows
from tests.saving import save
from tests.store.builders import START, events_of, make_order, request, sample
from tests.store.plans import plan_of


def _window(order: Order) -> Order:
    """What was paid in part goes back when its payment window ends; two holds of one order are lifted on two days."""
    day = timedelta(days=1)
    holds = tuple(
        Hold(id=f"h{n}", kind="manual", opened_at=order.created_at, until=order.created_at + n * day) for n in (1, 3)
    )
    return order.model_copy(update={"payment_window_ends_at": order.created_at + timedelta(days=1), "holds": holds})


ORDERS = [_window(order) if order.stage == "confirmed" else order for order in sample(300)]
MINE = [order for order in ORDERS if not order.livemode]
NOW = 1_800_000_000
DAY = 86_400


@pytest_asyncio.fixture
async def stocked(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    await imports.insert_orders(engine, [(order, ()) for order in ORDERS], batch=150)
    async with writing(engine) as conn:
        await conn.exec_driver_sql("ANALYZE")
    yield engine


def kind(name: str) -> str:
    return name.partition(":")[0]


# --- agenda


async def test_the_days_of_the_agenda_are_sums_of_every_orders_deadlines(stocked: AsyncEngine) -> None:
    coming = [(order, one) for order in MINE for one in agenda_of(order)]
    moments = sorted(epoch(one.at) for _, one in coming)
    bounds = [moments[0], moments[len(moments) // 3], moments[2 * len(moments) // 3], moments[-1] + 1]
    counts: Counter[tuple[int, str]] = Counter()
    money: Counter[tuple[int, str, str, str]] = Counter()
    for order, one in coming:
        span = next(n for n, end in enumerate(bounds[1:]) if epoch(one.at) < end)
        counts[span, kind(one.name)] += 1
        for what, amount in one.money:
            money[span, kind(one.name), order.currency, what] += amount
    found = await agenda.sums(stocked, False, bounds)
    assert {(s.span, s.name): s.count for s in found if s.kind is None} == dict(counts)
    assert {(s.span, s.name, s.currency, s.kind): s.amount for s in found if s.kind} == dict(money)
    assert money, "some of them move money"
    whole = await agenda.sums(stocked, False, [bounds[0], bounds[-1]])
    assert {s.name: s.count for s in whole if s.kind is None} == dict(Counter(kind(one.name) for _, one in coming))


async def test_the_money_of_deadlines_that_have_some_is_read_through_their_own_index(stocked: AsyncEngine) -> None:
    row = {"livemode": False, "number": 1, "then": "it ends", "currency": "USD"}
    rows = [
        row
        | {
            "order_id": f"{n:026d}",
            "name": "payment_window",
            "at": NOW + n,
            "money": [["refund", 5]] if n % 50 == 0 else [],
        }
        for n in range(4000)
    ]
    async with writing(stocked) as conn:
        await conn.execute(insert(deadlines), rows)
        await conn.exec_driver_sql("ANALYZE")
    plan = await plan_of(stocked, agenda.sums(stocked, False, [NOW, NOW + 100, NOW + 200]), of="JOIN")
    assert "ix_deadlines_money" in plan, plan
    assert "SCAN deadlines" not in plan
    plan = await plan_of(stocked, agenda.coming(stocked, False, limit=20), of="FROM deadlines")
    assert "ix_deadlines_at" in plan, "the list still walks its own"


async def test_steps_with_a_time_are_told_by_it(engine: AsyncEngine) -> None:
    row = {
        "livemode": False,
        "kind": "hold",
        "number": 1,
        "since": 1,
        "place": 1,
        "amount": 5,
        "currency": "USD",
        "verbs": [],
    }
    rows = [row | {"order_id": f"{n:026d}", "ref": "h", "due": NOW + n if n % 40 == 0 else None} for n in range(4000)]
    async with writing(engine) as conn:
        await conn.execute(insert(task_rows), rows)
        await conn.exec_driver_sql("ANALYZE")
    found = await tasks.due_before(engine, False, NOW + 100, 10)
    assert [(one.due, one.amount) for one in found] == [(NOW, 5), (NOW + 40, 5), (NOW + 80, 5)]
    assert len(await tasks.due_before(engine, False, NOW + 9999, 2)) == 2
    assert await tasks.due_before(engine, True, NOW + 9999, 2) == []
    assert "ix_tasks_due" in await plan_of(engine, tasks.due_before(engine, False, NOW + 100, 10))


# --- what orders wait for, and how long


async def test_ages_are_those_of_the_orders_that_wait(stocked: AsyncEngine) -> None:
    now = epoch(max(order.created_at for order in MINE)) + 3600
    waits = [(wait, order) for order in MINE for wait in {w.word for w in waiting(order)}]
    words = {word for word, _ in waits}
    found = await ages.ages(stocked, False, words, now)
    assert set(found) == words
    for word, age in found.items():
        placed = [epoch(order.created_at) for wait, order in waits if wait == word]
        assert age.since == min(placed)
        assert age.newest == sum(1 for at in placed if at > now - DAY)
        assert age.young == sum(1 for at in placed if at > now - 7 * DAY)
    assert await ages.ages(stocked, False, (), now) == {}
    assert await ages.ages(stocked, False, ("parcel",), now) == {}


def test_an_order_counts_once_in_the_days_its_first_goods_took() -> None:
    def left(order: Order, **delta: float) -> Fulfillment:
        at = order.created_at + timedelta(**delta)
        return Fulfillment(id="f", serial=9, items=(), created_at=at, updated_at=at)

    order = make_order()
    for days, figure in ((0.5, "sent_1d"), (1.5, "sent_2d"), (3, "sent_3d"), (6.9, "sent_7d"), (40, "sent_later")):
        sent = order.model_copy(update={"fulfillments": (left(order, days=days), left(order, days=days + 90))})
        at = epoch(order.created_at + timedelta(days=days)) // 900
        assert {key: n for key, n in takings(sent).items() if key[0] in SENT} == {(figure, at): 1}
    taken_back = left(order, days=1).model_copy(update={"cancelled_at": order.created_at})
    assert not {f for f, _ in takings(order.model_copy(update={"fulfillments": (taken_back,)}))} & set(SENT)


# --- customers


async def test_customers_are_found_by_the_beginning_of_an_id_or_an_address(stocked: AsyncEngine) -> None:
    found = await customers.beginning(stocked, False, "cust_", 20)
    assert [one.id for one in found] == ["cust_1", "cust_2"]
    for one in found:
        theirs = [order for order in MINE if order.customer_id == one.id]
        newest = max(theirs, key=lambda order: (order.created_at, order.id))
        assert (one.orders, one.latest, one.email) == (len(theirs), epoch(newest.created_at), newest.email)
    assert [(one.id, one.email) for one in await customers.beginning(stocked, False, "ADA@", 20)] == [
        (None, "Ada@example.com")
    ]
    assert await customers.beginning(stocked, False, "%", 20) == []
    assert await customers.beginning(stocked, False, "", 20) == []
    assert len(await customers.beginning(stocked, False, "cust_", 1)) == 1


async def test_who_bought_lately_stands_first(stocked: AsyncEngine) -> None:
    found = await customers.recent(stocked, False, 20)
    assert {one.id for one in found} == {"cust_1", "cust_2", None}
    assert [one.latest for one in found] == sorted((one.latest for one in found), reverse=True)
    assert await customers.recent(stocked, True, 20) != found


# --- stock


async def test_shelves_are_the_catalogue_with_its_stock(engine: AsyncEngine) -> None:
    entries = [
        Entry(id=f"var_{n}", product_name=f"Thing {n}", sku=f"SKU-{n}", unit_price=100, currency="USD", on_hand=n)
        for n in range(5)
    ]
    await catalog.load(engine, False, entries, NOW)
    found = await shelf.shelves(engine, False)
    assert [(one.id, one.on_hand, one.available) for one in found] == [(f"var_{n}", n, n) for n in range(5)]
    assert [one.id for one in await shelf.shelves(engine, False, after="var_2", limit=1)] == ["var_3"]
    assert [one.id for one in await shelf.shelves(engine, False, q="sku-3")] == ["var_3"]
    assert [one.id for one in await shelf.shelves(engine, False, q="THING 4")] == ["var_4"]
    assert await shelf.shelves(engine, False, q="%") == []
    assert [one.id for one in await shelf.shelves(engine, False, short=True)] == ["var_0"]
    assert await shelf.shelves(engine, True) == []
    assert await shelf.shelf(engine, True, "var_1") is None
    one = await shelf.shelf(engine, False, "var_1")
    assert one is not None
    assert one.title == "Thing 1"


async def test_reserved_units_are_held_by_orders_however_they_are_looked_for(
    engine: AsyncEngine, monkeypatch: Any
) -> None:
    await catalog.load(
        engine, False, [Entry(id="var_001", product_name="Shirt", unit_price=1, currency="USD", on_hand=99)], NOW
    )
    made = [make_order(quantity=n, seconds=n, stage="confirmed") for n in (1, 2, 3)]
    for order in made:
        await reserve(engine, order, order.lines[0].quantity)
    gone = made[1].model_copy(update={"version": 2, "stage": "cancelled"})
    await save(
        engine, planned_on=1, order=gone, events=events_of(gone), request=request(f"{gone.id}:2"),
        moves=[StockMove(variant_id="var_001", line_id=gone.lines[0].id, on_hand=0, reserved=-2, obey=True)],
    )  # fmt: skip
    expected = [(made[2].number, 3), (made[0].number, 1)]
    assert [(one.number, one.units) for one in await shelf.holders(engine, False, "var_001")] == expected
    monkeypatch.setattr(shelf, "FEW", 3)
    assert [(one.number, one.units) for one in await shelf.holders(engine, False, "var_001")] == expected
    stock = await inventory.get(engine, False, "var_001")
    assert stock is not None
    assert stock.reserved == 4
    assert await shelf.holders(engine, True, "var_001") == []


async def reserve(engine: AsyncEngine, order: Order, units: int) -> None:
    move = StockMove(variant_id="var_001", line_id=order.lines[0].id, on_hand=0, reserved=units, obey=True)
    await save(engine, planned_on=0, order=order, events=events_of(order), moves=[move], request=request(order.id))


# --- mails


async def test_mails_are_listed_whether_they_wait_or_went(engine: AsyncEngine) -> None:
    order = make_order(email="ada@example.com")
    written: list[dict[str, Any]] = [
        {"template": "order_placed", "subject": None},
        {"template": "order_note", "subject": "n"},
    ]
    await save(engine, planned_on=0, order=order, events=events_of(order), request=request(), mails=written)
    first, second = await mails.waiting(engine, False)
    assert [(one.template, one.about, one.number, one.to, one.sent_at) for one in (first, second)] == [
        ("order_placed", None, order.number, "ada@example.com", None), ("order_note", "n", order.number, "ada@example.com", None),
    ]  # fmt: skip
    await outbox.drained(engine, [first.row.id], at=7)
    assert [(one.row.id, one.sent_at) for one in await mails.sent(engine, False)] == [(first.row.id, 7)]
    assert [one.row.id for one in await mails.waiting(engine, False)] == [second.row.id]
    assert await mails.sent(engine, False, before=first.row.id) == []
    assert await mails.waiting(engine, False, after=(second.row.created_at, second.row.id)) == []
    assert await mails.waiting(engine, True) == await mails.sent(engine, True) == []
    assert await mails.find(engine, True, first.row.id) is None
    assert await mails.find(engine, False, first.row.id) is not None


# --- webhooks


async def test_endpoints_of_every_face_say_how_they_fare(engine: AsyncEngine) -> None:
    order = make_order()
    made = {face: await hears(engine, face, order, *statuses) for face, statuses in
            {"hanzo": ("pending", "pending"), "zephyr": ("failed", "delivered"), "storefront": ()}.items()}  # fmt: skip
    async with writing(engine) as conn:
        await webhooks.mark(conn, made["zephyr"].id, "failing", "500", NOW)
    found = {one.endpoint.face: one for one in await hearers.hearers(engine, False)}
    assert next(iter(found)) == "zephyr", "who is in trouble stands first"
    assert (found["hanzo"].waiting, found["hanzo"].failed, found["hanzo"].latest) == (2, 0, NOW)
    assert (found["zephyr"].waiting, found["zephyr"].failed) == (0, 1)
    assert (found["storefront"].waiting, found["storefront"].latest) == (0, None)
    (given_up,) = await hearers.failed(engine, made["zephyr"].id)
    assert given_up.status == "failed"
    assert await hearers.failed(engine, made["zephyr"].id, before=(given_up.created_at, given_up.id)) == []
    lost = await hearers.lost(engine, False, [order.id], statuses=("failed", "pending"))
    assert sorted(one.status for one in lost) == ["failed", "pending", "pending"]
    assert await hearers.lost(engine, True, [order.id]) == []
    assert await hearers.hearers(engine, True) == []


async def hears(engine: AsyncEngine, face: str, order: Order, *statuses: Any) -> webhooks.Endpoint:
    endpoint = await webhooks.register(
        engine, face=face, livemode=False, url="http://a.example/", events=["*"], now=NOW
    )
    made = [
        deliveries.make(endpoint, order_id=order.id, sequence=n, place=0, event_id=f"e{n}", event_type="order.x", body="{}",
                        now=NOW, status=status)
        for n, status in enumerate(statuses, 1)
    ]  # fmt: skip
    async with writing(engine) as conn:
        await deliveries.queue(conn, made)
    return endpoint


# --- how the databases run it


async def test_the_lists_of_the_console_walk_an_index(stocked: AsyncEngine) -> None:
    endpoint = await many(stocked)
    words = ("payment", "fulfillment")
    asked: list[tuple[str, str, str, Callable[[], Awaitable[Any]]]] = [
        ("outbox", "FROM outbox", "ix_outbox_sent_mails", lambda: mails.sent(stocked, False)),
        ("outbox", "FROM outbox", "ix_outbox_sent_mails", lambda: mails.sent(stocked, False, before=3000)),
        ("webhook_deliveries", "failed", "ix_webhook_deliveries_failed", lambda: hearers.failed(stocked, endpoint)),
        ("order_waits", "GROUP BY", "ix_order_waits_word", lambda: ages.ages(stocked, False, words, NOW)),
        ("orders", "RECURSIVE", "ix_orders_email", lambda: customers.beginning(stocked, False, "cust_", 20)),
    ]
    for table, of, index, asking in asked:
        plan = await plan_of(stocked, asking(), of=of)
        assert index in plan or (table == "outbox" and "pk_outbox" in plan), plan
        assert not re.search(rf"SCAN {table}(?! USING)", plan), plan
        assert f"Seq Scan on {table}" not in plan, plan


async def many(engine: AsyncEngine) -> str:
    """Enough rows that a database which could use an index does."""
    endpoint = await webhooks.register(
        engine, face="hanzo", livemode=False, url="http://a.example/", events=["*"], now=NOW
    )
    base = {"livemode": False, "order_id": "o", "payload": {}, "created_at": 1, "drained_at": 1}
    sent = {"endpoint_id": endpoint.id, "livemode": False, "order_id": "o", "sequence": 1, "position": 1, "event_type": "x",
            "body": "{}", "attempts": 0, "failures": 0, "created_at": NOW, "updated_at": NOW}  # fmt: skip
    async with writing(engine) as conn:
        await conn.execute(
            insert(outbox_rows),
            [
                base | {"kind": "event" if n % 2 else "mail", "order_id": MINE[0].id, "drained_at": n % 80 or None}
                for n in range(4000)
            ],
        )
        await conn.execute(
            insert(webhook_deliveries),
            [
                sent | {"id": f"{n:026d}", "event_id": f"e{n}", "status": "failed" if n % 4 == 0 else "delivered"}
                for n in range(4000)
            ],
        )
        waits = [
            {
                "order_id": f"{n:026d}",
                "livemode": False,
                "word": "payment" if n % 9 == 0 else "closing",
                "created_at": NOW - n * 600,
            }
            for n in range(4000)
        ]
        await conn.execute(insert(order_waits), waits)
        await conn.exec_driver_sql("ANALYZE")
    return endpoint.id


def test_the_events_of_people_have_an_index_of_their_own() -> None:
    """START keeps the builders' moments in one place; the index is told in the words of the query over it."""
    names = {index.name for index in event_rows.indexes}
    assert "ix_events_people" in names
    assert START.tzinfo is not None
