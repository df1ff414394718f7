"""The engine itself, on PostgreSQL: to a paid order in three calls, and in one."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import aiohttp
import asyncpg  # type: ignore[import-untyped]

from benchmarks.peers.postgres import Database, database
from benchmarks.peers.system import PAYMENT, Case, System, asked, body, insist
from tests.faults.engine import Engine

NAME: Final = "Ordermill"
THREE: Final = "three calls"
ONE: Final = "one call"
STOCK: Final = 10_000_000
LABELS: Final = {"temporal": "Temporal", "worker": "worker", "api": "API"}
WRITES: Final = (
    "priced and taxed draft, stock reserved, captured in the sandbox; row, events, mails, a workflow that goes on to wait for "
    "the fulfilment, with search attributes, timer and status card. Temporal's own store is the dev server's SQLite"
)


async def three_calls(http: aiohttp.ClientSession) -> None:
    """Place, confirm, pay."""
    order = await asked(http, "/order", body())
    await asked(http, f"/order/{order['id']}/confirm", {})
    paid = await asked(http, f"/order/{order['id']}/pay", PAYMENT)
    insist(paid["paymentStatus"] == "captured", paid)


async def one_call(http: aiohttp.ClientSession) -> None:
    """Placed, confirmed and paid by POST /order."""
    paid = await asked(http, "/order", body() | {"payment": PAYMENT})
    insist(paid["paymentStatus"] == "captured", paid)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[System]:
    """Temporal, worker, API and a PostgreSQL of their own."""
    with database() as base:
        engine = Engine(
            folder, base.url("postgresql+asyncpg"),
            {"ORDERMILL_RATE_LIMIT__PER_MINUTE": "0", "ORDERMILL_LOG_LEVEL": "warning"},
        )  # fmt: skip
        try:
            engine.up()
            asyncio.run(stock(base))
            processes = {LABELS[name]: process.pid for name, process in engine.processes.items()} | {
                "PostgreSQL": base.pid
            }
            headers = {"Authorization": f"Bearer {engine.key}"}
            cases = [Case(f"{NAME}, {THREE}", f"place, confirm, pay: {WRITES}", 64, three_calls)]
            skipped = {}
            refusal = asyncio.run(_refusal(engine.url, headers))
            if refusal is None:
                cases.append(Case(f"{NAME}, {ONE}", f"`POST /order` with `payment`: {WRITES}", 96, one_call))
            else:
                skipped[f"{NAME}, {ONE}"] = f"this build's `POST /order` takes no `payment`: it answers {refusal}"
            yield System(NAME, engine.url, headers, processes, tuple(cases), skipped)
        finally:
            engine.stop()


async def stock(base: Database) -> None:
    """The demo has a thousand units of each."""
    connection = await asyncpg.connect(base.url())
    try:
        await connection.execute("UPDATE inventory SET on_hand = $1", STOCK)
    finally:
        await connection.close()


async def _refusal(url: str, headers: dict[str, str]) -> str | None:
    """What one call is answered, when it is not understood."""
    async with (
        aiohttp.ClientSession(url, headers=headers) as http,
        http.post("/order", json=body() | {"payment": PAYMENT}) as answer,
    ):
        return None if answer.status != 422 else f"422 {(await answer.text())[:200]}"
