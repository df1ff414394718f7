"""`python -m benchmarks many`: two APIs and three workers beside one of each, on one PostgreSQL server, bursts in turn.

On two cores more processes cannot do more, so this says what they lose to each other: turns of an order, rows that are shared,
caches that each has for itself. Goal: at least 0.95 of the throughput of one and one. Each has a database and a Temporal of its
own.
"""

import asyncio
import contextlib
import itertools
import os
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import aiohttp
import asyncpg  # type: ignore[import-untyped]
import uvloop

from benchmarks.builds import by_process, lifecycle
from benchmarks.peers.engine import LABELS, stock
from benchmarks.peers.postgres import Database, database
from benchmarks.peers.rounds import Found, measure, ratio, say
from benchmarks.peers.system import Case, Order, System
from tests.faults.engine import Engine
from tests.faults.many import Many

ROUNDS: Final = int(os.environ.get("ORDERMILL_MANY_ROUNDS", "9"))
BURST: Final = 64
EXTRA: Final = {"ORDERMILL_RATE_LIMIT__PER_MINUTE": "0", "ORDERMILL_LOG_LEVEL": "warning"}
HEAD: Final = (
    "| processes | orders/s, 16 at once | ÷ one of each | CPU-ms per lifecycle | by process |\n|---|--:|--:|--:|---|\n"
)


def run(folder: Path) -> str:
    """The table, as markdown."""
    with contextlib.ExitStack() as stack:
        base = stack.enter_context(database())
        systems = []
        for name in ("one", "many"):
            say(f"starting {name}")
            systems.append(stack.enter_context(running(folder / name, name, base)))
        return table(uvloop.run(measure(systems, ROUNDS)))


@contextlib.contextmanager
def running(folder: Path, name: str, base: Database) -> Iterator[System]:
    folder.mkdir()
    own = Database(base.port, asyncio.run(_created(base, name)), base.pid)
    url = own.url("postgresql+asyncpg")
    engine = Many(folder, url, EXTRA) if name == "many" else Engine(folder, url, EXTRA)
    try:
        engine.up()
        asyncio.run(stock(own))
        processes = {LABELS.get(label, label): process.pid for label, process in engine.processes.items()}
        urls = engine.urls if isinstance(engine, Many) else [engine.url]
        case = Case(name, "", BURST, _spread(urls, f"Bearer {engine.key}"))
        yield System(name, engine.url, {"Authorization": f"Bearer {engine.key}"}, processes, (case,), {})
    finally:
        engine.stop()


async def _created(base: Database, name: str) -> str:
    """A database of its own on the same server."""
    connection = await asyncpg.connect(base.url())
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    finally:
        await connection.close()
    return name


def _spread(urls: list[str], key: str) -> Order:
    """A lifecycle at one API after the other."""
    turns = itertools.count()

    async def order(http: aiohttp.ClientSession) -> None:
        turn = next(turns) % len(urls)
        if turn == 0:
            await lifecycle(http)
            return
        async with aiohttp.ClientSession(urls[turn], headers={"Authorization": key}) as other:
            await lifecycle(other)

    return order


def table(found: Found) -> str:
    one, many = found.rounds
    rows = [HEAD]
    for label, each in (("one API, one worker", one), ("two APIs, three workers", many)):
        cells = (
            label, f"{statistics.median(each.per_second):.1f}",
            f"**{ratio(each.per_second, one.per_second):.2f}**", f"{statistics.median(each.totals()):.1f}", by_process(each),
        )  # fmt: skip
        rows.append(f"| {' | '.join(cells)} |\n")
    load = f"Load average afterwards: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    return "".join(rows) + f"\n{ROUNDS} rounds of {BURST} lifecycles, 16 at once. {load}\n"
