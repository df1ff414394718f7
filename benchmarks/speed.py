"""The engine over HTTP against the bare workflow, in one run: interleaved, three rounds, medians, as ratios.

Real processes on free loopback ports (tests/faults/engine.py starts ours). Absolute figures are the machine's; ratios are ours.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
import uvloop
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes, WorkflowIDConflictPolicy

from benchmarks.bare import AS_IT_COMES, COMMAND, ORDER, OUR_SANDBOX, QUEUES, REQUEST, VERBS, BareOrder
from ordermill.launch.ports import free_ports
from ordermill.launch.tether import tethered
from tests.faults.engine import ROOT, Engine
from workflows import card
from workflows.messages import workflow_id

ROUNDS: Final = 3
LIVES: Final = 48
TURNS: Final = 3
AT_ONCE: Final = 16
"""LIVES lifecycles of each in each turn of a round, so many at a time. The demo catalogue has a thousand units to send."""
CREATES: Final = 40
GETS: Final = 300
BODY: Final = {"currency": "USD", "items": [{"variantId": "var_xyz789", "quantity": 1}]}
STEPS: Final[tuple[tuple[str, dict[str, str]], ...]] = (
    ("confirm", {}), ("pay", {"paymentMethod": "pm_card_visa"}), ("fulfill", {}), ("deliver", {}),
)  # fmt: skip
SHOWN: Final[dict[SearchAttributeKey[Any], Any]] = {
    card.ORDER_STATUS: "pending", card.SHAPE: card.CURRENT_SHAPE, card.PAYMENT_STATUS: "pending", card.WAITS_FOR: "confirm",
    card.FULFILLMENT_STATUS: "unfulfilled", card.ORDER_MODE: "test", card.ORDER_NUMBER: 1001, card.ORDER_TOTAL: 5998,
    card.ORDER_VERSION: 1, card.UPDATED_AT: datetime(2026, 1, 1, tzinfo=UTC),
}  # fmt: skip
"""What a new order's workflow starts with."""


Pair = tuple[float, float]
"""Ours, bare."""


@dataclass(frozen=True)
class Measured:
    """One comparison. `goal`: what the ratio is held against, in words."""

    name: str
    ours: float
    bare: float
    unit: str
    goal: str

    @property
    def ratio(self) -> float:
        return self.ours / self.bare


@contextmanager
def bare_processes(engine: Engine) -> Iterator[str]:
    """The bare workers and the trivial GET, beside the engine and on its Temporal; answers the GET's address."""
    (port,) = free_ports(1)
    uvicorn = ["uvicorn", "benchmarks.trivial:app", "--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    bare = [["benchmarks.bare", engine.server.address, queue] for queue in QUEUES]
    lines = (*bare, [*uvicorn, "--no-access-log"])
    processes = [
        subprocess.Popen(  # noqa: S603
            tethered([sys.executable, "-m", *line]), env=engine.environment, cwd=ROOT, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        for line in lines
    ]  # fmt: skip
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        for process in processes:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def our_life(http: aiohttp.ClientSession) -> str:
    """Placed, confirmed, paid, fulfilled, delivered, over HTTP; answers the order's id."""
    order = await asked(http, "POST", "/order", BODY)
    for verb, body in STEPS:
        await asked(http, "POST", f"/order/{order['id']}/{verb}", body)
    return str(order["id"])


async def asked(http: aiohttp.ClientSession, method: str, path: str, body: object = None) -> Any:
    """The answer's JSON. RuntimeError for anything but a 2xx."""
    async with http.request(method, path, json=body) as answer:
        if answer.status >= 300:
            raise RuntimeError(f"{answer.status} {(await answer.text())[:300]}")
        return await answer.json()


async def bare_place(client: Client, queue: str) -> str:
    """Update-with-start; answers the workflow's id."""
    name = f"bare-{uuid.uuid4()}"
    start = WithStartWorkflowOperation(
        BareOrder.run,
        ORDER,
        id=name,
        task_queue=queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        search_attributes=TypedSearchAttributes([SearchAttributePair(key, value) for key, value in SHOWN.items()]),
        static_summary="#1001 · 2 units · 59.98 USD",
        static_details="**Order #1001** (test)\n\n- 2 × Widget (SKU-1)\n\nTotal 59.98 USD",
    )
    await client.execute_update_with_start_workflow(BareOrder.place, start_workflow_operation=start)
    return name


async def bare_life(client: Client, queue: str) -> str:
    """The same of the bare workflow; answers its id."""
    handle = client.get_workflow_handle(await bare_place(client, queue))
    for verb in VERBS:
        await handle.execute_update(verb, args=[COMMAND, REQUEST])
    return handle.id


async def shape(client: Client, name: str) -> tuple[int, int]:
    """(state transitions, history events)."""
    info = (await client.get_workflow_handle(name).describe()).raw_description.workflow_execution_info
    return info.state_transition_count, info.history_length


async def throughputs(ours: Callable[[], Awaitable[object]], bare: Callable[[], Awaitable[object]]) -> Pair:
    """Lives per second of each, AT_ONCE at a time, TURNS times in turn: a machine that slows down slows both."""
    taken = [0.0, 0.0]
    for _ in range(TURNS):
        for side, life in enumerate((ours, bare)):
            begin = time.perf_counter()
            await _all(life)
            taken[side] += time.perf_counter() - begin
    return TURNS * LIVES / taken[0], TURNS * LIVES / taken[1]


async def _all(life: Callable[[], Awaitable[object]]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with gate:
            await life()

    await asyncio.gather(*(one() for _ in range(LIVES)))


async def latencies(ours: Callable[[], Awaitable[object]], bare: Callable[[], Awaitable[object]], times: int) -> Pair:
    """Median milliseconds of each, call by call in turn."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for call, found in zip((ours, bare), taken, strict=True):
            begin = time.perf_counter()
            await call()
            found.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken[0]), statistics.median(taken[1])


async def _until_up(http: aiohttp.ClientSession) -> None:
    for _ in range(200):
        try:
            await asked(http, "GET", "/thing/1")
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)
        else:
            return
    raise TimeoutError("the trivial GET does not come up")


async def compare(engine: Engine, trivial: str) -> list[Measured]:
    """Interleaved: ours, bare, ours, bare; each figure the median of its rounds."""
    client = await Client.connect(engine.server.address)
    headers = {"Authorization": f"Bearer {engine.key}"}
    async with (
        aiohttp.ClientSession(engine.url, headers=headers, connector=aiohttp.TCPConnector(limit=AT_ONCE)) as ours,
        aiohttp.ClientSession(trivial) as least,
    ):
        await _until_up(least)
        mine = workflow_id((await our_life(ours)).removeprefix("order_"))
        names = [mine, *[await bare_life(client, queue) for queue in QUEUES]]
        shapes = [await shape(client, name) for name in names]
        if len(set(shapes)) != 1:
            raise RuntimeError(f"the bare workflow is not of the same transitions, events: {shapes}")
        path = f"/order/{(await asked(ours, 'POST', '/order', BODY))['id']}"

        def lives(queue: str) -> Callable[[], Awaitable[Pair]]:
            return lambda: throughputs(lambda: our_life(ours), lambda: bare_life(client, queue))

        async def placing() -> Pair:
            return await latencies(
                lambda: asked(ours, "POST", "/order", BODY), lambda: bare_place(client, AS_IT_COMES), CREATES
            )

        async def reading() -> Pair:
            return await latencies(lambda: asked(ours, "GET", path), lambda: asked(least, "GET", "/thing/1"), GETS)

        pairs: dict[str, tuple[Callable[[], Awaitable[Pair]], str, str]] = {
            "lifecycle over HTTP against a bare workflow": (lives(AS_IT_COMES), "orders/s", "≥ 0.8"),
            "the same, the bare one in our sandbox too": (lives(OUR_SANDBOX), "orders/s", "reported"),
            "POST /order against a bare update-with-start": (placing, "ms", "≤ 1.25"),
            "GET /order/:id against a trivial GET": (reading, "ms", "≤ 6"),
        }
        found: dict[str, list[Pair]] = {name: [] for name in pairs}
        for _ in range(ROUNDS):
            for name, (measure, _unit, _goal) in pairs.items():
                found[name].append(await measure())
    return [
        Measured(name, statistics.median(o for o, _ in found[name]), statistics.median(b for _, b in found[name]), unit, goal)
        for name, (_, unit, goal) in pairs.items()
    ]  # fmt: skip


def run(folder: Path) -> list[Measured]:
    """Start everything, measure, stop everything."""
    engine = Engine(folder, extra={"ORDERMILL_RATE_LIMIT__PER_MINUTE": "0", "ORDERMILL_LOG_LEVEL": "warning"})
    try:
        engine.up()
        with bare_processes(engine) as trivial:
            return uvloop.run(compare(engine, trivial))
    finally:
        engine.stop()


def table(measured: list[Measured]) -> str:
    """Markdown, with how busy the machine was: on a machine shared with others the ratios bend too."""
    head = "| what | ours | bare | ratio | goal |\n|---|--:|--:|--:|--:|\n"
    rows = "".join(
        f"| {m.name} | {m.ours:.2f} {m.unit} | {m.bare:.2f} {m.unit} | {m.ratio:.2f} | {m.goal} |\n" for m in measured
    )
    return f"{head}{rows}\nLoad average afterwards: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n"
