"""`python -m benchmarks rows`: what writers lose to each other on rows they share, on PostgreSQL at the level of the store.

Sixteen writers, in PROCESSES processes, save as fast as they can for SECONDS, with commits as they come and with commits that
take five milliseconds (`commit_delay`), as on a disk or a replica that is far away. What shares no row is not held up by that:
sixteen commits are flushed together. What shares one gets through a commit at a time.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.faces import AXES
from benchmarks.peers.processes import cpu_seconds
from domain.ids import ulid_at
from domain.stock import StockMove
from store.database.engine import create_engine, writing
from store.goods import catalog
from store.goods.catalog import Entry
from store.lists import facets
from store.order import drawing, saving
from store.order.orders import Save
from tests.databases import Postgres
from tests.store.builders import events_of, make_order, request

WRITERS: Final = 16
PROCESSES: Final = int(os.environ.get("ORDERMILL_ROWS_PROCESSES", "2"))
SECONDS: Final = float(os.environ.get("ORDERMILL_ROWS_SECONDS", "4"))
ROUNDS: Final = int(os.environ.get("ORDERMILL_ROWS_ROUNDS", "3"))
DELAYS: Final = {"as they come": "0", "5 ms": "5000"}
"""How long commits take -> `commit_delay`, in microseconds."""
NUMBERS: Final = "order numbers alone"
WARM_SECONDS: Final = 1.0
PLENTY: Final = 1_000_000_000
VARIANTS: Final = 64


async def number(engine: AsyncEngine) -> None:
    await drawing.next_number(engine)


async def _placed(engine: AsyncEngine, variant: str | None) -> None:
    """A new order with a number of its own; `variant`: a unit of it is reserved in the same save."""
    drawn = await drawing.next_number(engine)
    order = make_order(number=drawn, variant=variant, seconds=drawn % 900)
    order = order.model_copy(update={"id": ulid_at(int(time.time() * 1000), os.urandom(10))})
    moves = (
        ()
        if variant is None
        else (StockMove(line_id=order.lines[0].id, variant_id=variant, on_hand=0, reserved=1, obey=True),)
    )
    whole = Save(
        planned_on=0, order=order, request=request(f"r{drawn}"), verb="place", events=events_of(order), moves=moves
    )
    await saving.save(engine, whole, ready=lambda: None)


async def new_order(engine: AsyncEngine) -> None:
    await _placed(engine, None)


async def popular(engine: AsyncEngine) -> None:
    await _placed(engine, "var_0")


async def spread(engine: AsyncEngine) -> None:
    await _placed(engine, f"var_{os.urandom(1)[0] % VARIANTS}")


KINDS: Final[dict[str, tuple[Callable[[AsyncEngine], Awaitable[None]], str]]] = {
    NUMBERS: (number, ""),
    "new orders (number, row, record, event, counts)": (new_order, "≥ 600/s with 5 ms"),
    f"new orders, each a unit of one of {VARIANTS} variants": (spread, ""),
    "new orders, each a unit of the same variant": (popular, "≥ 600/s with 5 ms"),
}


async def _writing(url: str, kind: str, writers: int, seconds: float) -> tuple[float, int, float]:
    facets.register(AXES)
    engine, done = create_engine(url), 0
    act = KINDS[kind][0]

    async def writer(until: float) -> None:
        nonlocal done
        while time.monotonic() < until:
            await act(engine)
            done += 1

    try:
        await asyncio.gather(*(writer(time.monotonic() + WARM_SECONDS) for _ in range(writers)))  # warm
        done, begun, used = 0, time.monotonic(), time.process_time()
        await asyncio.gather(*(writer(begun + seconds) for _ in range(writers)))
        return done / (time.monotonic() - begun), done, time.process_time() - used
    finally:
        await engine.dispose()


def one_process(url: str, kind: str, writers: int, seconds: float) -> tuple[float, int, float]:
    """Of one process's writers: saves per second, saves, and the CPU seconds they took here."""
    return uvloop.run(_writing(url, kind, writers, seconds))


async def _prepared(url: str) -> None:
    engine = create_engine(url)
    entries = [Entry(id=f"var_{n}", product_name="Thing", unit_price=1000, on_hand=PLENTY) for n in range(VARIANTS)]
    await catalog.load(engine, False, entries, now=0)
    await engine.dispose()


async def checked(url: str) -> int:
    """How many orders there are, once reserved units and counts are what they say. AssertionError else."""
    engine = create_engine(url)
    async with writing(engine) as conn:
        reserved = (await conn.execute(text("SELECT coalesce(sum(reserved), 0) FROM inventory"))).scalar_one()
        moved = (await conn.execute(text("SELECT coalesce(sum(reserved), 0) FROM stock_movements"))).scalar_one()
        rows = (await conn.execute(text("SELECT count(*) FROM orders"))).scalar_one()
        counted = (await conn.execute(text("SELECT sum(orders) FROM count_deltas WHERE facet = -1"))).scalar_one()
        numbers = (await conn.execute(text("SELECT count(DISTINCT number) FROM orders"))).scalar_one()
    await engine.dispose()
    if not (reserved == moved and rows == counted == numbers):
        raise AssertionError(f"reserved {reserved}, moved {moved}, orders {rows}, counted {counted}, numbers {numbers}")
    return int(rows)


@dataclass
class Told:
    """One kind with one way of commits, a value per round."""

    per_second: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    """Per save, of writers and PostgreSQL; the warming up of a second counts in PostgreSQL's part."""


def run(_folder: Path) -> str:
    """The table, as markdown."""
    found = {(kind, delay): Told() for kind in KINDS for delay in DELAYS}
    orders_made = 0
    with tempfile.TemporaryDirectory(prefix="ordermill-rows-", dir="/tmp") as room:  # a socket's path has 107 bytes
        Path(room).chmod(0o755)
        server = Postgres(Path(room), {"shared_buffers": "128MB", "max_connections": "120", "listen_addresses": ""})
        try:
            with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
                for _ in range(ROUNDS):
                    for (kind, delay), told in found.items():
                        orders_made += one_round(server, pool, kind, delay, told)
        finally:
            server.stop()
    return table(found, orders_made)


def one_round(server: Postgres, pool: ProcessPoolExecutor, kind: str, delay: str, told: Told) -> int:
    """Answers how many orders it made."""
    url = server.url(server.clone())
    asyncio.run(_prepared(url))
    asyncio.run(_commits(url, DELAYS[delay]))
    before = cpu_seconds(server.pid)
    tasks = [pool.submit(one_process, url, kind, WRITERS // PROCESSES, SECONDS) for _ in range(PROCESSES)]
    each = [task.result() for task in tasks]
    server_cpu = (cpu_seconds(server.pid) - before) * SECONDS / (SECONDS + WARM_SECONDS)
    told.per_second.append(sum(rate for rate, _, _ in each))
    told.cpu_ms.append((sum(cpu for _, _, cpu in each) + server_cpu) * 1000 / max(1, sum(n for _, n, _ in each)))
    return 0 if kind == NUMBERS else asyncio.run(checked(url))


async def _commits(url: str, delay: str) -> None:
    """How long this database's commits take from now on."""
    engine = create_engine(url)
    name = url.partition("?")[0].rpartition("/")[2]
    async with writing(engine) as conn:
        for setting in (f"commit_delay = {delay}", "commit_siblings = 0"):
            await conn.exec_driver_sql(f"ALTER DATABASE {name} SET {setting}")
    await engine.dispose()


def table(found: dict[tuple[str, str], Told], orders_made: int) -> str:
    head = (
        "| 16 writers | per second, commits as they come | commits of 5 ms | CPU-ms each | two cores' worth | goal |\n"
    )
    head += "|---|--:|--:|--:|--:|---|\n"
    rows = []
    for kind, (_, goal) in KINDS.items():
        each = [statistics.median(found[kind, delay].per_second) for delay in DELAYS]
        cpu = statistics.median([ms for delay in DELAYS for ms in found[kind, delay].cpu_ms])
        shown = " | ".join(f"{one:,.0f}" for one in each)
        rows.append(f"| {kind} | {shown} | {cpu:.2f} | {2000 / cpu:,.0f} | {goal} |\n")
    load = os.getloadavg()[0]
    foot = (
        f"\nMedians of {ROUNDS} rounds of {SECONDS:g} s, {PROCESSES} processes of {WRITERS // PROCESSES} writers; "
        f"{orders_made:,} orders, each counted once, none with another's number, every reserved unit moved once. "
        f"Load average afterwards: {load:.1f} on {os.cpu_count()} cores.\n"
    )
    return head + "".join(rows) + foot
