import asyncio
import random
from collections.abc import Awaitable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.ids import to_uuid
from domain.order import Order
from domain.stock import StockMove, stock_moves
from store.database.engine import StoreRejected, StoreUnavailable, create_engine, reading, writing
from store.goods import catalog, inventory
from store.goods.catalog import Entry
from store.lists import counts, folding
from store.order import drawing, events, lagging, orders, records
from store.order.orders import Done, Save, Short
from store.order.rows import SCHEMA
from store.order.sheet import Conflict
from store.outgoing import outbox
from store.tables import order_counts, stock_movements, webhook_endpoints
from store.tables import orders as t
from tests.saving import save
from tests.store.builders import START, STATES, changed, events_of, in_state, make_order, request


async def place(engine: AsyncEngine, order: Order, name: str = "place", **more: Any) -> None:
    await save(
        engine, planned_on=0, order=order, events=events_of(order, "order.created"), request=request(name), **more
    )


async def update(engine: AsyncEngine, before: Order, after: Order, name: str, **more: Any) -> None:
    await save(engine, planned_on=before.version, order=after, events=events_of(after), request=request(name), **more)


async def ended(saving: Awaitable[None]) -> str:
    """How a save ended, in a word: for many at once."""
    try:
        await saving
    except (Conflict, Done, Short) as error:
        return type(error).__name__
    return "applied"


async def stocked(engine: AsyncEngine, on_hand: int, *variants: str, **fields: Any) -> None:
    entries = [Entry(id=v, product_name="Shirt", unit_price=1000, on_hand=on_hand, **fields) for v in variants]
    await catalog.load(engine, False, entries, now=0)


async def test_a_new_order_is_applied_and_read_back_whole(engine: AsyncEngine) -> None:
    order = in_state(make_order(email="Ada@Example.com", customer_id="cust_1"), "part_refunded")
    await place(engine, order, subject="order")
    stored, record = await orders.read(engine, order.id, "place")
    assert stored is not None
    assert (stored.order, stored.asking) == (order, None)
    assert record is not None
    assert (record.outcome, record.version, record.subject) == ("applied", 1, "order")
    assert await orders.load(engine, order.id) == order


async def test_the_same_creation_again_is_done_and_another_one_conflicts(engine: AsyncEngine) -> None:
    order = make_order()
    await place(engine, order, "one", subject="x")
    with pytest.raises(Done) as done:
        await place(engine, order.model_copy(update={"note": "other"}), "one")
    assert (done.value.record.version, done.value.record.subject) == (1, "x")
    with pytest.raises(Conflict):
        await place(engine, order, "two")
    assert await orders.load(engine, order.id) == order
    assert await records.get(engine, order.id, "two") is None


async def test_a_request_is_done_once_whatever_the_version_and_others_conflict(engine: AsyncEngine) -> None:
    first = make_order()
    await place(engine, first)
    second = changed(first, note="hello")
    third = changed(second, note="bye")
    await update(engine, first, second, "a", subject="sub")
    await update(engine, second, third, "b")
    for before in (first, second, third):
        with pytest.raises(Done) as done:
            await update(engine, before, changed(before), "a")
        assert (done.value.record.version, done.value.record.subject) == (2, "sub")
    with pytest.raises(Conflict):
        await update(engine, first, changed(first), "c")
    assert await orders.load(engine, first.id) == third
    assert len(await events.events(engine, first.id)) == 3
    assert await records.get(engine, first.id, "c") is None


async def test_a_save_of_an_order_nobody_placed_conflicts(engine: AsyncEngine) -> None:
    order = make_order()
    with pytest.raises(Conflict):
        await update(engine, order, changed(order), "a")
    assert await orders.load(engine, order.id) is None


async def test_a_row_reserved_for_a_request_takes_nothing_but_its_end(engine: AsyncEngine) -> None:
    order = make_order()
    await place(engine, order)
    asking = {"verb": "pay", "request": {"id": "pay"}, "now": "2026-01-01T00:00:00Z"}
    async with writing(engine) as conn:
        await conn.run_sync(orders.reserve, order, asking)
    stored, _ = await orders.read(engine, order.id, "pay")
    assert stored is not None
    assert (stored.asking, stored.order.version) == (asking, 1)
    assert await orders.is_asking(engine, order.id)
    after = changed(order)
    with pytest.raises(Conflict):
        await update(engine, order, after, "note")
    with pytest.raises(Conflict):
        async with writing(engine) as conn:
            await conn.run_sync(orders.reserve, order, asking | {"verb": "refund"})
    end = Save(planned_on=1, order=after, request=request("pay"), verb="pay", events=events_of(after))
    async with writing(engine) as conn:
        await conn.run_sync(lambda c: orders.apply(c, end, finishing=True))
    assert await orders.asking(engine, order.id) is None
    await update(engine, after, changed(after), "note")


async def test_a_placing_that_reserves_its_row_is_not_recorded_yet(engine: AsyncEngine) -> None:
    order = make_order()
    begin = Save(planned_on=0, order=order, request=request("pay"), verb="place", events=events_of(order))
    async with writing(engine) as conn:
        await conn.run_sync(lambda c: orders.apply(c, begin, asking={"verb": "pay"}))
    stored, record = await orders.read(engine, order.id, "pay")
    assert stored is not None
    assert (stored.asking, record) == ({"verb": "pay"}, None)


async def test_a_row_of_a_newer_release_is_left_alone(engine: AsyncEngine) -> None:
    order = make_order()
    await place(engine, order)
    async with writing(engine) as conn:
        await conn.execute(t.update().values(schema=SCHEMA + 1))
    with pytest.raises(StoreUnavailable, match="newer release"):
        await orders.read(engine, order.id, "place")


async def test_the_events_are_the_orders_timeline(engine: AsyncEngine) -> None:
    order = make_order()
    written = events_of(order, "order.created", "order.confirmed", sequence=1)
    await save(engine, planned_on=0, order=order, events=written, request=request())
    assert tuple(await events.events(engine, order.id)) == written
    assert tuple(await events.events(engine, order.id, after=1)) == written[1:]
    assert await events.of_orders(engine, [order.id, "none"]) == {order.id: list(written), "none": []}


async def test_a_remembered_request_keeps_the_order_as_it_was_and_another_does_not(engine: AsyncEngine) -> None:
    order = make_order()
    await save(engine, planned_on=0, order=order, events=(), request=request("r", remember=True), subject="refund_1")
    await update(engine, order, changed(order), "s")
    kept = await records.get(engine, order.id, "r")
    assert kept is not None
    assert (kept.version, kept.subject, kept.snapshot) == (1, "refund_1", order.model_dump_json())
    forgotten = await records.get(engine, order.id, "s")
    assert forgotten is not None
    assert (forgotten.version, forgotten.snapshot) == (2, None)


async def test_confirming_reserves_and_shipping_takes(engine: AsyncEngine) -> None:
    await stocked(engine, 10, "var_001")
    draft = make_order(quantity=4)
    await place(engine, draft)
    confirmed = changed(draft, stage="confirmed")
    await update(engine, draft, confirmed, "confirm", moves=stock_moves(draft, confirmed))
    stock = await inventory.get(engine, False, "var_001")
    assert stock is not None
    assert (stock.on_hand, stock.reserved, stock.available) == (10, 4, 6)
    line = confirmed.lines[0].model_copy(update={"sent": 3, "shipped": 3})
    sent = changed(confirmed, lines=(line,))
    await update(engine, confirmed, sent, "ship", moves=stock_moves(confirmed, sent))
    stock = await inventory.get(engine, False, "var_001")
    assert stock is not None
    assert (stock.on_hand, stock.reserved) == (7, 1)
    kept = await inventory.movements(engine, False, "var_001")
    assert [(m.on_hand, m.reserved) for m in kept] == [(-3, -3), (0, 4)]


async def test_too_little_stock_is_short_and_changes_nothing(engine: AsyncEngine) -> None:
    await stocked(engine, 5, "var_001")
    await stocked(engine, 1, "var_002")
    draft = make_order(quantity=3)
    await place(engine, draft)
    after = changed(draft, stage="confirmed")
    moves = (
        StockMove(line_id="l1", variant_id="var_001", on_hand=0, reserved=3, obey=True),
        StockMove(line_id="l2", variant_id="var_002", on_hand=0, reserved=2, obey=True),
        StockMove(line_id="l3", variant_id="var_404", on_hand=0, reserved=1, obey=True),
    )
    with pytest.raises(Short) as short:
        await update(engine, draft, after, "confirm", moves=moves)
    assert [(s.line_id, s.variant_id, s.wanted, s.available) for s in short.value.lines] == [
        ("l2", "var_002", 2, 1),
        ("l3", "var_404", 1, 0),
    ]
    assert await orders.load(engine, draft.id) == draft
    stock = await inventory.get(engine, False, "var_001")
    assert stock is not None
    assert stock.reserved == 0
    assert await inventory.movements(engine, False, "var_001") == []
    assert await records.get(engine, draft.id, "confirm") is None


async def test_a_short_creation_leaves_no_order(engine: AsyncEngine) -> None:
    order = make_order(quantity=3, stage="confirmed")
    with pytest.raises(Short):
        await place(engine, order, moves=stock_moves(None, order))
    assert await orders.load(engine, order.id) is None


async def test_lines_of_one_variant_are_short_together(engine: AsyncEngine) -> None:
    await stocked(engine, 5, "var_001")
    draft = make_order()
    await place(engine, draft)
    moves = tuple(StockMove(line_id=f"l{i}", variant_id="var_001", on_hand=0, reserved=3, obey=True) for i in range(2))
    with pytest.raises(Short) as short:
        await update(engine, draft, changed(draft), "confirm", moves=moves)
    assert {s.line_id for s in short.value.lines} == {"l0", "l1"}


@pytest.mark.parametrize("fields", [{"allow_backorder": True}, {"track_inventory": False}])
async def test_backorders_and_untracked_variants_are_never_short(engine: AsyncEngine, fields: dict[str, bool]) -> None:
    await stocked(engine, 0, "var_001", **fields)
    order = make_order(quantity=3, stage="confirmed")
    await place(engine, order, moves=stock_moves(None, order))
    assert await orders.load(engine, order.id) == order


async def test_ignoring_the_policy_goes_below_zero_and_taking_back_is_never_refused(engine: AsyncEngine) -> None:
    order = make_order()
    await place(engine, order)
    ignoring = StockMove(line_id="l1", variant_id="new", on_hand=0, reserved=2, obey=False)
    second = changed(order)
    await update(engine, order, second, "a", moves=(ignoring,))
    # A fulfilment taken back: on hand and reserved rise together, nothing more is promised.
    back = StockMove(line_id="l1", variant_id="new", on_hand=2, reserved=2, obey=True)
    await update(engine, second, changed(second), "b", moves=(back,))
    stock = await inventory.get(engine, False, "new")
    assert stock is not None
    assert (stock.on_hand, stock.reserved) == (2, 4)


async def test_money_and_order_are_one_transaction(engine: AsyncEngine) -> None:
    order = make_order()
    whole = Save(planned_on=0, order=order, request=request(), verb="place", events=events_of(order))

    async def crash() -> None:
        async with writing(engine) as conn:
            await conn.run_sync(lambda c: orders.apply(c, whole))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await crash()
    assert await orders.load(engine, order.id) is None


async def test_fifty_orders_for_ten_units_reserve_exactly_ten(engine: AsyncEngine) -> None:
    await stocked(engine, 10, "var_001")
    wanted = [make_order(stage="confirmed") for _ in range(50)]
    saved = await asyncio.gather(*(ended(place(engine, o, o.id, moves=stock_moves(None, o))) for o in wanted))
    assert sorted(saved) == ["Short"] * 40 + ["applied"] * 10
    stock = await inventory.get(engine, False, "var_001")
    assert stock is not None
    assert (stock.on_hand, stock.reserved) == (10, 10)
    async with reading(engine) as conn:
        assert (await conn.execute(select(func.count()).select_from(t))).scalar_one() == 10
        assert (await conn.execute(select(func.sum(stock_movements.c.reserved)))).scalar_one() == 10


async def test_orders_for_the_same_two_variants_never_deadlock(engine: AsyncEngine) -> None:
    await stocked(engine, 1000, "a", "b")
    names = ("a", "b")

    async def reserve(turn: int) -> str:
        order = make_order()
        both = names if turn % 2 else names[::-1]
        moves = tuple(StockMove(line_id=v, variant_id=v, on_hand=0, reserved=1, obey=True) for v in both)
        return await ended(place(engine, order, order.id, moves=moves))

    assert set(await asyncio.gather(*(reserve(turn) for turn in range(60)))) == {"applied"}


async def test_no_concurrent_increment_is_lost(engine: AsyncEngine) -> None:
    # SQLAlchemy's own SQLite defaults lost 140 of 160: a deferred transaction reads before it takes the write lock.
    order = make_order()
    await place(engine, order)

    async def increment(turn: int) -> None:
        while True:
            before = await orders.load(engine, order.id)
            assert before is not None
            after = changed(before, declines=before.declines + 1)
            if await ended(update(engine, before, after, f"r{turn}")) == "applied":
                return

    await asyncio.gather(*(increment(turn) for turn in range(16)))
    stored = await orders.load(engine, order.id)
    assert stored is not None
    assert (stored.declines, stored.version) == (16, 17)


async def test_no_read_then_write_of_several_processes_is_lost(engine: AsyncEngine, database_url: str) -> None:
    # An engine each, as processes have: writers of one engine queue in it, so one engine alone would prove nothing.
    await stocked(engine, 0, "var_001")
    engines = [create_engine(database_url) for _ in range(8)]

    async def count(own: AsyncEngine) -> None:
        for _ in range(20):
            while True:
                try:
                    await inventory.adjust(own, False, "var_001", 1, reason="count", now=START)
                except StoreUnavailable:
                    continue
                break

    try:
        await asyncio.gather(*(count(own) for own in engines))
    finally:
        for own in engines:
            await own.dispose()
    stock = await inventory.get(engine, False, "var_001")
    assert stock is not None
    assert stock.on_hand == 160


async def test_order_numbers_are_never_given_twice(engine: AsyncEngine) -> None:
    drawn = await asyncio.gather(*(drawing.next_number(engine) for _ in range(100)))
    assert sorted(drawn) == list(range(1001, 1101))


async def test_a_taken_number_is_rejected_without_sql_in_the_error(engine: AsyncEngine) -> None:
    await place(engine, make_order(number=77))
    with pytest.raises(StoreRejected) as refused:
        await place(engine, make_order(number=77, seconds=9))
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    assert "INSERT" not in str(refused.value)
    assert len(str(refused.value)) < 250


async def test_every_spelling_finds_the_order_and_no_other_mode_does(engine: AsyncEngine) -> None:
    order = make_order(number=1042)
    await place(engine, order)
    for spelled in (order.id, order.id.lower(), f"order_{order.id}", to_uuid(order.id), "1042", "#1042"):
        assert await orders.resolve(engine, False, spelled) == order
        assert await orders.resolve(engine, True, spelled) is None
    for nothing in ("", "#", "order_", "1043", "x" * 26, "१०४२", "9" * 30, "order_1042", to_uuid(order.id) + "0"):
        assert await orders.resolve(engine, False, nothing) is None


async def test_the_sweep_finds_open_orders_saved_lately(engine: AsyncEngine) -> None:
    open_one, closed = make_order(), in_state(make_order(), "closed")
    await place(engine, open_one)
    await place(engine, closed)
    found = await lagging.recently_saved(engine, 0, 2**40)
    assert [(late.order_id, late.version) for late in found] == [(open_one.id, 1)]
    assert await lagging.recently_saved(engine, 2**40, 2**41) == []
    assert await lagging.recently_saved(engine, 0, 1) == []


async def test_events_go_to_the_outbox_only_while_somebody_of_that_mode_listens(engine: AsyncEngine) -> None:
    await place(engine, make_order())
    assert await outbox.waiting(engine) == []
    async with writing(engine) as conn:
        await conn.execute(
            webhook_endpoints.insert().values(
                id="e", livemode=False, face="hanzo", url="u", events=["*"], secret="s", status="active",
                created_at=0, updated_at=0,
            )
        )  # fmt: skip
    order = make_order()
    await place(engine, order, "heard", mails=({"template": "receipt"},))
    await place(engine, make_order(livemode=True), "unheard")
    event, mail = await outbox.waiting(engine)
    assert (event.kind, event.order_id, event.sequence) == ("event", order.id, 1)
    assert Order.model_validate(event.payload["order"]) == order
    assert event.payload["event"]["type"] == "order.created"
    assert (mail.kind, mail.payload) == ("mail", {"template": "receipt"})
    await outbox.drained(engine, [event.id], at=5)
    assert await outbox.waiting(engine) == [mail]
    assert await outbox.sweep(engine, before=6) == 1


async def test_counters_equal_the_rows_after_any_saves(engine: AsyncEngine) -> None:
    dice = random.Random(7)
    stored: dict[str, Order] = {}
    for turn in range(100):
        if stored and dice.random() < 0.6:
            before = dice.choice(list(stored.values()))
            after = changed(in_state(make_order_like(before), dice.choice(STATES)))
            after = after.model_copy(update={"version": before.version + 1})
            await update(engine, before, after, f"u{turn}")
        else:
            after = make_order(seconds=dice.randrange(10_000_000), livemode=dice.random() < 0.3)
            await place(engine, after, f"p{turn}")
        stored[after.id] = after
        if turn % 30 == 29:
            await folding.fold(engine)
    await folding.fold(engine)
    assert await counts.sweep(engine) > 0, "orders moved on, and left buckets empty"
    assert await counts.sweep(engine) == 0
    async with reading(engine) as conn:
        for shift, level in ((10, 1), (16, 2), (22, 3)):
            rows = await conn.execute(select(t.c.livemode, t.c.facet, t.c.created_at))
            real: dict[Any, int] = {}
            for row in rows:
                for facet in (row.facet, -1):
                    key = (row.livemode, facet, row.created_at >> shift)
                    real[key] = real.get(key, 0) + 1
            c = order_counts.c
            kept = await conn.execute(
                select(c.livemode, c.facet, c.bucket, c.orders).where(c.axis == "created", c.level == level)
            )
            assert {(r.livemode, r.facet, r.bucket): r.orders for r in kept} == real


def make_order_like(order: Order) -> Order:
    return order.model_copy(
        update={
            "stage": "draft", "payments": (), "refunds": (), "closed_at": None,
            "lines": tuple(line.model_copy(update=dict.fromkeys(("sent", "shipped", "delivered", "returned"), 0))
                           for line in order.lines),
        }
    )  # fmt: skip
