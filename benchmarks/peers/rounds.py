"""Measures the systems that are up, in turns: bursts round by round, each figure the median of its rounds.

A turn belongs to one system: only its own processes are read, from the burst's start until what it left to do after its answers
is done. The others are up and idle meanwhile, as they are in everybody's turn. Every other round runs backwards.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from benchmarks.peers.processes import cpu_seconds
from benchmarks.peers.system import AT_ONCE, Case, System

ROUNDS: Final = 5
SINGLES: Final = 15
"""Orders one after another, for the time of one; half a burst where that is less."""
SETTLE_SECONDS: Final = 2.0
"""After a burst: mails, events, queues and compactions of its orders are its orders' cost."""
REST_SECONDS: Final = 5.0
TIMEOUT: Final = aiohttp.ClientTimeout(total=120)


def say(line: str) -> None:
    """How far it is, on the standard error: a run takes minutes."""
    print(line, file=sys.stderr, flush=True)


@dataclass
class Rounds:
    """One case's figures, a value per round."""

    case: Case
    system: System
    cpu: list[dict[str, float]] = field(default_factory=list)
    """CPU-ms per order, by process."""
    per_second: list[float] = field(default_factory=list)
    single: list[float] = field(default_factory=list)
    """Median milliseconds of an order alone."""

    def totals(self) -> list[float]:
        return [sum(one.values()) for one in self.cpu]

    def process(self, name: str) -> float:
        return statistics.median(one[name] for one in self.cpu)


@dataclass(frozen=True)
class Found:
    """A run's figures. `idle`: CPU-ms per second of a system nobody asks anything."""

    rounds: list[Rounds]
    idle: dict[str, float]


async def measure(systems: list[System], rounds: int = ROUNDS) -> Found:
    """All of it. Bounded: each burst, and each request in it, has its end."""
    found = [Rounds(case, system) for system in systems for case in system.cases]
    for one in found:
        await burst(one.system, one.case, one.case.burst)  # to warm it up: counted nowhere
    idle = await rest(systems)
    for number in range(rounds):
        for one in found if number % 2 == 0 else reversed(found):
            await turn(one)
            say(
                f"round {number + 1}: {one.case.name}: {one.totals()[-1]:.1f} CPU-ms, {one.per_second[-1]:.1f} orders/s"
            )
    return Found(found, idle)


async def rest(systems: list[System]) -> dict[str, float]:
    """What each uses while it is asked nothing."""
    await asyncio.sleep(SETTLE_SECONDS)
    before = {system.name: used(system) for system in systems}
    await asyncio.sleep(REST_SECONDS)
    return {system.name: sum(since(system, before[system.name]).values()) * 1000 / REST_SECONDS for system in systems}


async def turn(one: Rounds) -> None:
    """A burst, then orders one by one."""
    before = used(one.system)
    seconds = await burst(one.system, one.case, one.case.burst)
    await asyncio.sleep(SETTLE_SECONDS)
    one.cpu.append({name: cpu * 1000 / one.case.burst for name, cpu in since(one.system, before).items()})
    one.per_second.append(one.case.burst / seconds)
    singles = range(min(SINGLES, one.case.burst // 2))
    one.single.append(statistics.median([await burst(one.system, one.case, 1) for _ in singles]) * 1000)


async def burst(system: System, case: Case, orders: int) -> float:
    """So many orders, AT_ONCE of them at a time; the seconds they took."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def order() -> None:
        async with gate:
            await case.order(http)

    async with aiohttp.ClientSession(
        system.url, headers=system.headers, connector=aiohttp.TCPConnector(limit=AT_ONCE), timeout=TIMEOUT
    ) as http:
        begin = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(orders):
                group.create_task(order())
        return time.perf_counter() - begin


def used(system: System) -> dict[str, float]:
    return {name: cpu_seconds(pid) for name, pid in system.processes.items()}


def since(system: System, before: dict[str, float]) -> dict[str, float]:
    return {name: now - before[name] for name, now in used(system).items()}


def ratio(one: Iterable[float], other: Iterable[float]) -> float:
    """The median of the rounds' own ratios: what slows a round down slows both."""
    return statistics.median(mine / theirs for mine, theirs in zip(one, other, strict=True))
