"""Pages of a million stored orders, straight from store/lists/listing.py: first, middle and last page of each face's lists.

The orders are bulk-written (rows and counted tree at once, from one template): a million saves would take an hour and
store the same.
"""

import json
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.faces import AXES
from domain.ids import child, ulid_at
from domain.order import Line, Order
from store.database import migrate
from store.database.engine import create_engine, writing
from store.lists import counts, facets, listing
from store.lists.filters import Filter, Reach, Sort
from store.order import projection
from store.order.rows import row_of, slot_of
from store.tables import orders as t

ORDERS: Final = 1_000_000
BATCH: Final = 10_000
START: Final = datetime(2024, 1, 1, tzinfo=UTC)
EVERY_SECONDS: Final = 60
"""Between two orders: a million are 23 months."""
TIMES: Final = 101
PAGE: Final = 20
ALL_TEST: Final = Reach(livemode=False, customer_id=None)
STATUS: Final = "hanzo.status"
"""One face's axis, as good as another's."""

REPORTED: Final = "reported"
LISTS: Final[dict[str, tuple[Filter, tuple[Sort, ...], str]]] = {
    "newest first (hanzo's default)": (Filter(), (Sort("created_at"),), "≤ 10 ms, deep ≤ 1.5×"),
    "status=cancelled, newest first": (
        Filter(words={STATUS: frozenset({"cancelled"})}), (Sort("created_at"),), "≤ 10 ms, deep ≤ 1.5×",
    ),
    "by number (commercehq's default)": (Filter(), (Sort("number"),), "≤ 10 ms"),
    "one customer of 5,000": (Filter(customer_id="cust_7"), (Sort("created_at"),), "≤ 10 ms"),
    "status=cancelled, 400.00 and more": (
        Filter(words={STATUS: frozenset({"cancelled"})}, min_total=40_000), (Sort("created_at"),), REPORTED,
    ),
    "by change": (Filter(), (Sort("updated_at"),), REPORTED),
    "by total": (Filter(), (Sort("total"),), REPORTED),
}  # fmt: skip
"""Name -> what is asked for, its order, and the goal."""
KEYSETS: Final[dict[str, Filter]] = {
    "keyset (zephyr, storefront)": Filter(),
    "keyset, status=cancelled": Filter(words={STATUS: frozenset({"cancelled"})}),
}
"""Newest first, each page from behind the one before."""


@dataclass(frozen=True)
class Timed:
    """Median milliseconds of one list's pages; `count`: matches."""

    name: str
    count: int
    first: float
    middle: float
    last: float
    goal: str


def _template() -> dict[str, dict[str, Any]]:
    """One row per stage the list knows, to be varied."""
    order_id = ulid_at(0, bytes(10))
    line = Line(id=child(order_id, "line", 1), serial=1, title="Shirt", quantity=1, unit_price=1000)
    order = Order(
        id=order_id, number=1, livemode=False, version=1, currency="USD", lines=(line,), subtotal=1000, total=1000,
        created_at=START, updated_at=START,
    )  # fmt: skip
    stages = ("draft", "confirmed", "cancelled")
    return {s: row_of(order.model_copy(update={"stage": s}), saved_at=0) for s in stages}


def _rows(
    first: int, count: int, templates: dict[str, dict[str, Any]], dice: random.Random, start: datetime
) -> list[dict[str, Any]]:
    made = []
    for n in range(first, first + count):
        at = start + timedelta(seconds=n * EVERY_SECONDS)
        row = templates[dice.choices(("draft", "confirmed", "cancelled"), (1, 8, 1))[0]]
        order_id = ulid_at(int(at.timestamp() * 1000), n.to_bytes(10, "big"))
        moment = int(at.timestamp())
        total = dice.randrange(100, 100_000)
        doc = json.loads(row["doc"]) | {"id": order_id, "number": 1001 + n, "total": total}
        made.append(
            row
            | {
                "id": order_id, "number": 1001 + n, "number_text": str(1001 + n), "created_at": moment, "total": total,
                "updated_at": moment + dice.randrange(10**6), "customer_id": f"cust_{dice.randrange(200)}",
                "doc": json.dumps(doc, separators=(",", ":")),
                "projection": _projection(row["projection"], n, order_id, moment, dice),
            }
        )  # fmt: skip
    return made


def _projection(template: dict[str, Any], n: int, order_id: str, moment: int, dice: random.Random) -> dict[str, Any]:
    """What lists for people hold of it: a SKU all share, a name some hundreds share, an address of its own, a deadline, and
    with every tenth something for somebody to do."""
    kind = dice.choice(("return_to_decide", "return_to_receive", "surplus", "refund_failed", "payment_failed"))
    words = ["sku-shirt", f"lovelace {n % 3000}", f"ada{n}@example.com", str(1001 + n), order_id.lower(), f"pi_{n:09d}"]
    return template | {
        "terms": [[word] for word in words],
        "deadlines": [["payment_window", moment + 86_400, "the order is cancelled", []]] if n % 2 else [],
        "tasks": [[kind, "r", moment, None, None, ["refund"]]] if n % 10 == 0 else [],
        "figures": [["orders", moment // 900, 1], ["units", moment // 900, 1], ["captured", moment // 900, 1000]],
    }


async def fill(engine: AsyncEngine, orders: int, start: datetime = START) -> None:
    """So many orders, a batch per transaction, the first placed at `start`."""
    templates, dice = _template(), random.Random(1)  # noqa: S311
    for first in range(0, orders, BATCH):
        async with writing(engine) as conn:
            await _write(conn, _rows(first, min(BATCH, orders - first), templates, dice, start))
    async with writing(engine) as conn:
        await conn.exec_driver_sql("ANALYZE")


async def _write(conn: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    await conn.execute(insert(t), rows)
    await conn.run_sync(projection.insert_all, rows)
    await conn.run_sync(counts.apply, counts.delta_of_new(map(slot_of, rows)))


Get = Callable[[], Awaitable[object]]


async def timed(pages: Sequence[Get]) -> list[float]:
    """Median milliseconds of each page, fetched in turn."""
    taken: list[list[float]] = [[] for _ in pages]
    for _ in range(TIMES):
        for get, times in zip(pages, taken, strict=True):
            begin = time.perf_counter()
            await get()
            times.append((time.perf_counter() - begin) * 1000)
    return [statistics.median(found) for found in taken]


def numbered(engine: AsyncEngine, wanted: Filter, sort: tuple[Sort, ...], offset: int) -> Get:
    return lambda: listing.page(engine, ALL_TEST, wanted, sort=sort, offset=offset, limit=PAGE)


async def keyset(engine: AsyncEngine, wanted: Filter, offset: int) -> Get:
    """The page from behind the order at `offset`; which one that is comes from the other kind of list."""
    after = None
    if offset:
        before = (await listing.page(engine, ALL_TEST, wanted, offset=offset - 1, limit=1)).rows[0]
        after = (before.created_at, before.id)
    return lambda: listing.after(engine, ALL_TEST, wanted, after=after, limit=PAGE, docs=False)


async def run(folder: Path, orders: int = ORDERS) -> list[Timed]:
    """Fill a database and time its lists."""
    import asyncio

    url = f"sqlite+aiosqlite:///{folder / 'million.sqlite'}"
    await asyncio.to_thread(migrate.upgrade, url)
    facets.register(AXES)
    engine = create_engine(url)
    try:
        await fill(engine, orders)
        done = []
        for name, (wanted, sort, goal) in LISTS.items():
            count = await listing.count(engine, ALL_TEST, wanted)
            last = max(0, count - PAGE)
            first, middle, deepest = await timed([numbered(engine, wanted, sort, at) for at in (0, last // 2, last)])
            done.append(Timed(name, count, first, middle, deepest, goal))
        for name, wanted in KEYSETS.items():
            count = await listing.count(engine, ALL_TEST, wanted)
            first, middle, deepest = await timed(
                [await keyset(engine, wanted, at) for at in (0, count // 2, count - PAGE)]
            )
            done.append(Timed(name, count, first, middle, deepest, "≤ 10 ms, deep ≤ 1.5×"))
        return done
    finally:
        await engine.dispose()


def table(found: list[Timed]) -> str:
    """Markdown."""
    head = "| list | matches | first page, ms | middle page, ms | last page, ms | deepest ÷ first | goal |\n"
    head += "|---|--:|--:|--:|--:|--:|---|\n"
    return head + "".join(
        f"| {f.name} | {f.count:,} | {f.first:.2f} | {f.middle:.2f} | {f.last:.2f} "
        f"| {max(f.middle, f.last) / f.first:.2f} | {f.goal} |\n"
        for f in found
    )
