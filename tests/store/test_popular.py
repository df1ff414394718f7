"""Orders for one popular variant are saved together, and each is done, refused or turned away as if it were alone."""

import asyncio
from collections import Counter
from collections.abc import Awaitable

from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.stock import StockMove
from store.database.engine import StoreUnavailable, create_engine, reading
from store.goods import catalog, inventory
from store.goods.catalog import Entry
from store.order import orders, saving
from store.order.orders import Done, Save, Short
from store.order.sheet import Conflict
from store.tables import commands, count_deltas, stock_movements
from store.tables import orders as t
from tests.store.builders import changed, events_of, make_order, request


def _placing(name: str) -> Save:
    order = make_order(variant="var_001")
    move = StockMove(line_id=order.lines[0].id, variant_id="var_001", on_hand=0, reserved=1, obey=True)
    return Save(0, order, request(name), "place", events_of(order), (move,))


def _ready() -> None:
    """In time."""


def _late() -> None:
    raise StoreUnavailable("this attempt's time was up")


async def _told(saved: Awaitable[None]) -> str:
    try:
        await saved
    except (Short, Conflict, Done, StoreUnavailable) as error:
        return type(error).__name__
    return "saved"


async def _stocked(engine: AsyncEngine, on_hand: int) -> None:
    await catalog.load(engine, False, [Entry(id="var_001", product_name="T", unit_price=1, on_hand=on_hand)], now=0)


async def test_each_is_told_its_own_and_stock_is_never_oversold(engine: AsyncEngine, database_url: str) -> None:
    await _stocked(engine, 20)
    known = _placing("known")
    await saving.save(engine, known, ready=_ready)
    stale = Save(7, changed(known.order, version=8), request("stale"), "update", (), known.moves)
    other = create_engine(database_url)
    tried = [saving.save(engine if n % 2 else other, _placing(f"p{n}"), ready=_ready) for n in range(30)]
    tried += [saving.save(engine, known, ready=_ready), saving.save(engine, stale, ready=_ready)]
    tried += [saving.save(other, _placing("late"), ready=_late)]
    told = Counter(await asyncio.gather(*map(_told, tried)))
    await other.dispose()
    assert told == {"saved": 19, "Short": 11, "Done": 1, "Conflict": 1, "StoreUnavailable": 1}
    stock = await inventory.get(engine, False, "var_001")
    assert stock is not None
    assert (stock.on_hand, stock.reserved) == (20, 20)
    async with reading(engine) as conn:
        for table, rows in ((t, 20), (stock_movements, 20), (commands, 20), (count_deltas, 40)):
            assert (await conn.execute(select(func.count()).select_from(table))).scalar_one() == rows


async def test_who_comes_while_one_is_saved_shares_a_commit_with_others(engine: AsyncEngine) -> None:
    await _stocked(engine, 1000)
    touched = 0

    def one(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal touched
        touched += "UPDATE inventory" in statement

    event.listen(engine.sync_engine, "before_cursor_execute", one)
    wholes = [_placing(f"p{n}") for n in range(33)]
    await asyncio.gather(*(saving.save(engine, whole, ready=_ready) for whole in wholes))
    assert touched == (33 if engine.dialect.name == "sqlite" else 3), "one by itself, then sixteen at once, twice"
    for whole in wholes:
        assert await orders.load(engine, whole.order.id) == whole.order


async def test_one_that_gives_up_waiting_keeps_nobody_else_waiting(engine: AsyncEngine) -> None:
    await _stocked(engine, 1000)
    tasks = [asyncio.ensure_future(saving.save(engine, _placing(f"p{n}"), ready=_ready)) for n in range(8)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    tasks[0].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [n for n, one in enumerate(done) if one is not None and n not in (0, 3)] == []
    await saving.save(engine, _placing("after"), ready=_ready)
