"""`python -m benchmarks open`: what many open orders cost while nothing happens to them, beside an empty engine in the same run.

Two engines are up at once: one empty, one that is filled with ORDERMILL_OPEN_ORDERS orders (10,000) waiting for payment. Memory
and CPU at rest are read from /proc; the time of a command is taken in turns, one here and one there. In the end the worker
that has run all of it is killed while another one runs, and orders it had in its cache are asked for something at once.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from benchmarks.peers.processes import cpu_seconds, memory_bytes
from ordermill.launch.tether import tethered
from tests.faults.engine import Engine, until

OPEN: Final = int(os.environ.get("ORDERMILL_OPEN_ORDERS", "10000"))
AT_ONCE: Final = 16
SETTLE_SECONDS: Final = 45.0
"""After filling: mails, search attributes and the sweep's first round are done by then."""
IDLE_SECONDS: Final = 60.0
"""Two periods of the sweep."""
COMMANDS: Final = 60
CACHED: Final = 100
"""Orders asked at once after the worker's death; of the 2,000 a worker keeps in its cache."""
BODY: Final = {"currency": "USD", "items": [{"variantId": "var_xyz789", "quantity": 1}]}
SETTINGS: Final = {
    "ORDERMILL_RATE_LIMIT__PER_MINUTE": "0",
    "ORDERMILL_LOG_LEVEL": "warning",
    "ORDERMILL_ORDER__AUTO_CONFIRM": "true",
}
PROCESSES: Final = {"worker": "worker", "temporal": "Temporal", "api": "API"}


@dataclass
class Side:
    """One engine. `orders`: ids of its open orders, oldest first."""

    engine: Engine
    orders: list[str] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)
    idle: dict[str, float] = field(default_factory=dict)
    """CPU-ms per second at rest."""
    taken: list[float] = field(default_factory=list)
    """Milliseconds of each command."""

    def pid(self, name: str) -> int:
        return self.engine.processes[name].pid

    def measure_memory(self) -> None:
        self.memory = {name: memory_bytes(self.pid(name)) for name in PROCESSES}


@contextmanager
def running(folder: Path, name: str) -> Iterator[Side]:
    (folder / name).mkdir()
    engine = Engine(folder / name, None, SETTINGS)
    try:
        engine.up()
        engine.write("UPDATE inventory SET on_hand = 10000000")
        yield Side(engine)
    finally:
        for process in [p for n, p in engine.processes.items() if n not in PROCESSES]:
            process.terminate()
            process.wait(30)
        engine.stop()


async def asked(http: aiohttp.ClientSession, path: str, body: dict[str, Any], key: str = "") -> Any:
    """The answer's JSON. RuntimeError for anything but a 2xx; with a key it is repeated until it is answered."""
    while True:
        async with http.post(path, json=body, headers={"Idempotency-Key": key} if key else {}) as answer:
            if answer.status < 300 and answer.status != 202:
                return await answer.json()
            if not key or answer.status not in (202, 409, 503, 504):
                raise RuntimeError(f"{path}: {answer.status} {(await answer.text())[:300]}")
        await asyncio.sleep(0.1)


def client(side: Side) -> aiohttp.ClientSession:
    headers = {"Authorization": f"Bearer {side.engine.key}"}
    return aiohttp.ClientSession(side.engine.url, headers=headers, timeout=aiohttp.ClientTimeout(total=120))


async def fill(side: Side, count: int) -> float:
    """Orders per second."""
    numbers, began = iter(range(count)), time.monotonic()
    async with client(side) as http:

        async def one() -> None:
            for n in numbers:
                side.orders.append((await asked(http, "/order", BODY, f"open-{n}"))["id"])
                if (n + 1) % 1000 == 0:
                    sys.stderr.write(f"{n + 1} orders, {(n + 1) / (time.monotonic() - began):.0f} a second\n")

        await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    return count / (time.monotonic() - began)


async def rest(sides: list[Side]) -> None:
    """CPU of both over the same minute."""
    before = [{name: cpu_seconds(side.pid(name)) for name in PROCESSES} for side in sides]
    await asyncio.sleep(IDLE_SECONDS)
    for side, then in zip(sides, before, strict=True):
        side.idle = {name: (cpu_seconds(side.pid(name)) - then[name]) * 1000 / IDLE_SECONDS for name in PROCESSES}


async def commands(sides: list[Side]) -> None:
    """A new order and a payment on it, here and there in turn; the payment is timed."""
    for _ in range(COMMANDS):
        for side in sides:
            async with client(side) as http:
                order = (await asked(http, "/order", BODY))["id"]
                began = time.perf_counter()
                await asked(http, f"/order/{order}/pay", {"paymentMethod": "pm_card_visa"})
                side.taken.append((time.perf_counter() - began) * 1000)


def standby(side: Side) -> "subprocess.Popen[bytes]":
    """A second worker of the same engine."""
    engine = side.engine
    with (engine.folder / "standby.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            tethered([sys.executable, "-m", "worker"]), env=engine.environment, cwd=engine.code,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    engine.processes["standby"] = process
    return process


async def after_death(side: Side) -> list[float]:
    """Seconds from the worker's death to each answer of orders that it had in its cache."""
    process = standby(side)
    beat = "select 1 from worker_heartbeats where worker_id like ?"
    until(lambda: bool(side.engine.rows(beat, f"%:{process.pid}")), 60, "the other worker beats")
    await asyncio.sleep(2)
    async with client(side) as http:
        side.engine.kill("worker")
        began = time.monotonic()

        async def one(order: str) -> float:
            await asked(http, f"/api/v1/orders/{order}/notes", {"body": "still there?"}, f"after-{order}")
            return time.monotonic() - began

        return list(await asyncio.gather(*(one(order) for order in side.orders[-CACHED:])))


async def measure(empty: Side, full: Side) -> str:
    """The table, as markdown."""
    sides = [empty, full]
    rate = await fill(full, OPEN)
    await asyncio.sleep(SETTLE_SECONDS)
    for side in sides:
        side.measure_memory()
    await rest(sides)
    await commands(sides)
    answered = sorted(await after_death(full))
    return table(empty, full, rate, answered)


def table(empty: Side, full: Side, rate: float, answered: list[float]) -> str:
    rows = ["| | empty | full | difference, per open order |", "|---|--:|--:|--:|"]
    for name, label in PROCESSES.items():
        more = (full.memory[name] - empty.memory[name]) / OPEN / 1024
        one, other = (f"{side.memory[name] / 2**20:.0f} MiB" for side in (empty, full))
        rows.append(f"| memory, {label} | {one} | {other} | {more:.1f} kB |")
    for name, label in PROCESSES.items():
        rows.append(f"| CPU at rest, {label} | {empty.idle[name]:.1f} ms/s | {full.idle[name]:.1f} ms/s | |")
    here, there = statistics.median(empty.taken), statistics.median(full.taken)
    rows.append(f"| a payment, median of {COMMANDS} | {here:.0f} ms | {there:.0f} ms | ratio {there / here:.2f} |")
    said = (
        f"{OPEN:,} open orders, placed {rate:.0f} a second. After the death of the worker that had them in its cache, {CACHED} of"
        f" them, asked for something at once, were answered by another worker: half within {statistics.median(answered):.1f} s,"
        f" the last after {answered[-1]:.1f} s. Load average afterwards: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores."
    )
    return "\n".join([*rows, "", said, ""])


def run(folder: Path) -> str:
    with running(folder, "empty") as empty, running(folder, "full") as full:
        return asyncio.run(measure(empty, full))
