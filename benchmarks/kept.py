"""`python -m benchmarks kept`: what a closed order costs each part, what it leaves behind, and what of that stays for ever.

Whole lives over HTTP, each request with its Idempotency-Key, one webhook endpoint that hears everything: placed, confirmed, paid,
sent, delivered, closed by its window. Then time is let pass (the retention's own functions, with a later now) and what is still
there is counted again. CPU is of processes (Linux). A shop's size follows by multiplication, and that is printed too, so that no
figure of docs/scale.md is typed by hand. ORDERMILL_KEPT_ORDERS says how many lives (1,000).
"""

import asyncio
import contextlib
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import aiohttp
import uvloop
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.upkeep import retention
from benchmarks.peers.postgres import database
from benchmarks.peers.processes import cpu_seconds
from benchmarks.speed import BODY, STEPS
from domain.policy import Retention
from store.database.clock import wall
from store.database.engine import alone, create_engine, fetch
from store.tables import metadata
from tests.faults.engine import Engine, until

ORDERS: Final = int(os.environ.get("ORDERMILL_KEPT_ORDERS", "1000"))
AT_ONCE: Final = 16
READY_SECONDS: Final = 300
PATIENCE: Final = 120
"""Times a request is repeated."""
LATER_SECONDS: Final = 60 * 86400
"""By then everything that is forgotten is."""
RATES: Final = (1, 100, 1000)
BUSY: Final = 0.6
"""Of a core, by design: the rest is for bursts, and for a machine that is lost."""
DAY: Final = 86400
_DAYS: Final = Retention()
STANDS_DAYS: Final = {
    "webhook_deliveries": _DAYS.webhooks, "webhook_attempts": _DAYS.webhooks, "claims": _DAYS.answers, "commands": _DAYS.answers,
}  # fmt: skip
"""How long what is forgotten stands there, by table, as the policy is by itself; anything else a day."""
Bytes = dict[str, int]


@dataclass(frozen=True)
class Found:
    """One database's run, per order."""

    kind: str
    cpu_ms: dict[str, float]
    rows: dict[str, float]
    """At the end of the lives."""
    left: dict[str, float]
    """Bytes by table with its indexes, at the end of the lives."""
    kept: dict[str, float]
    """The same when everything is forgotten that is ever forgotten."""
    temporal: float
    """Bytes of Temporal's file."""


@contextmanager
def receiver() -> Iterator[str]:
    """Takes every webhook."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def measure(folder: Path, kind: str) -> Found:
    """Start everything, lead the lives, count, let time pass, count again."""
    with contextlib.ExitStack() as stack:
        base = stack.enter_context(database()) if kind == "PostgreSQL" else None
        hook = stack.enter_context(receiver())
        settings = {
            "ORDERMILL_RATE_LIMIT__PER_MINUTE": "0", "ORDERMILL_LOG_LEVEL": "warning",
            "ORDERMILL_WEBHOOKS_ALLOW_PRIVATE": "true", "ORDERMILL_ORDER__RETURN_WINDOW_DAYS": "0.00002",
        }  # fmt: skip
        engine = Engine(folder, base.url("postgresql+asyncpg") if base else None, settings)
        stack.callback(engine.stop)
        engine.prepare()
        for name in ("temporal", "worker", "api"):
            engine.start(name)
        engine.wait_ready(READY_SECONDS)
        engine.insist("PUT", f"/engine/inventory/{_variant()}", {"onHand": 10**9}, "stock")
        engine.insist("POST", "/webhook", {"url": hook, "events": ["*"]}, "hook")
        processes = {name: process.pid for name, process in engine.processes.items()}
        if base is not None:
            processes["PostgreSQL"] = base.pid
        before = _counted(engine)
        temporal = _file(engine)
        used = {name: cpu_seconds(pid) for name, pid in processes.items()}
        uvloop.run(_lives(engine))
        until(lambda: engine.rows("select count(*) from orders where is_open")[0][0] == 0, 300, "orders close")
        until(lambda: _waiting(engine) == 0, 300, "webhooks go out")
        cpu = {name: (cpu_seconds(pid) - used[name]) * 1000 / ORDERS for name, pid in processes.items()}
        after = _counted(engine)
        grown = (_file(engine) - temporal) / ORDERS
        for name in ("api", "worker", "temporal"):
            engine.end(name)
        asyncio.run(_later(engine))
        kept = _counted(engine)
    return Found(kind, cpu, _each(before[0], after[0]), _each(before[1], after[1]), _each(before[1], kept[1]), grown)


def _variant() -> str:
    return str(BODY["items"][0]["variantId"])  # type: ignore[index]


async def _lives(engine: Engine) -> None:
    gate = asyncio.Semaphore(AT_ONCE)
    headers = {"Authorization": f"Bearer {engine.key}"}
    async with aiohttp.ClientSession(
        engine.url, headers=headers, connector=aiohttp.TCPConnector(limit=AT_ONCE)
    ) as http:

        async def ask(path: str, body: object) -> Any:
            key = {"Idempotency-Key": str(uuid.uuid4())}
            said = ""
            for _ in range(PATIENCE):
                async with http.post(path, json=body, headers=key) as answer:
                    if answer.status in (200, 201):
                        return await answer.json()
                    said = f"{answer.status} {(await answer.text())[:300]}"
                await asyncio.sleep(0.5)  # what a busy machine could not take comes again under its key
            raise RuntimeError(said)

        async def life() -> None:
            async with gate:
                order = await ask(
                    "/order", BODY | {"email": "jane@example.com", "customerId": f"cust_{uuid.uuid4().hex[:8]}"}
                )
                for verb, body in STEPS:
                    await ask(f"/order/{order['id']}/{verb}", body)

        await asyncio.gather(*(life() for _ in range(ORDERS)))


def _waiting(engine: Engine) -> int:
    queries = (
        "select count(*) from outbox where drained_at is null",
        "select count(*) from webhook_deliveries where status = 'pending'",
    )
    return sum(int(engine.rows(query)[0][0]) for query in queries)  # fmt: skip


def _file(engine: Engine) -> int:
    """Temporal's file with its log."""
    return sum(file.stat().st_size for file in engine.folder.glob("temporal.sqlite*") if not file.name.endswith("-shm"))


def _url(engine: Engine) -> str:
    return engine.database_url or f"sqlite+aiosqlite:///{engine.folder / 'ordermill.sqlite'}"


def _counted(engine: Engine) -> tuple[Bytes, Bytes]:
    """(rows, bytes with indexes) of each table."""

    async def run() -> tuple[Bytes, Bytes]:
        db = create_engine(_url(engine))
        try:
            rows = {t: (await fetch(db, text(f"SELECT count(*) FROM {t}")))[0][0] for t in metadata.tables}  # noqa: S608
            return rows, await (_sqlite_bytes(db) if engine.database_url is None else _postgres_bytes(db))
        finally:
            await db.dispose()

    return asyncio.run(run())


async def _sqlite_bytes(db: AsyncEngine) -> Bytes:
    query = "SELECT m.tbl_name AS name, sum(s.pgsize) AS size FROM dbstat s JOIN sqlite_master m ON m.name = s.name GROUP BY 1"
    return {row.name: row.size for row in await fetch(db, text(query)) if row.name in metadata.tables}


async def _postgres_bytes(db: AsyncEngine) -> Bytes:
    return {name: (await fetch(db, text(f"SELECT pg_total_relation_size('{name}')")))[0][0] for name in metadata.tables}


async def _later(engine: Engine) -> None:
    """Two months pass: everything is forgotten that the policy forgets, and the file is written anew."""
    db = create_engine(_url(engine))
    try:
        while any((await retention.forget(db, wall() + LATER_SECONDS, Retention())).values()):
            pass
        if engine.database_url is None:
            await alone(db, "VACUUM")
        else:
            for name in metadata.tables:
                await alone(db, f"VACUUM FULL {name}")
    finally:
        await db.dispose()


def _each(before: Bytes, after: Bytes) -> dict[str, float]:
    return {name: (size - before.get(name, 0)) / ORDERS for name, size in after.items()}


def table(found: list[Found]) -> str:
    """Markdown: by table, by process, and the sizes that follow."""
    pg = next(one for one in found if one.kind == "PostgreSQL")
    head = "| table | rows | bytes at its end | bytes for ever |\n|---|--:|--:|--:|\n"
    names = sorted((name for name in pg.left if pg.left[name] >= 20 or pg.kept[name] >= 20), key=lambda n: -pg.left[n])
    rows = "".join(f"| `{n}` | {pg.rows[n]:.1f} | {pg.left[n]:,.0f} | {max(0.0, pg.kept[n]):,.0f} |\n" for n in names)
    sums = "".join(
        f"| **{one.kind}, all** | {sum(one.rows.values()):.0f} | {sum(one.left.values()):,.0f}"
        f" | {sum(one.kept.values()):,.0f} |\n"
        for one in found
    )
    temporal = f"| Temporal (dev server's file) | | {pg.temporal:,.0f} | 0 |\n"
    busy = f"load average afterwards {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    how = f"{ORDERS:,} closed orders of each, {AT_ONCE} at once; {busy}."
    return f"{head}{rows}{sums}{temporal}\n{_processes(found)}\n{_sizes(pg)}\n{how}\n"


def _processes(found: list[Found]) -> str:
    names = sorted({name for one in found for name in one.cpu_ms})
    head = f"| CPU-ms per order | {' | '.join(names)} | all |\n|---|{'--:|' * (len(names) + 1)}\n"
    rows = ""
    for one in found:
        each = " | ".join(f"{one.cpu_ms[name]:.1f}" if name in one.cpu_ms else "" for name in names)
        rows += f"| on {one.kind} | {each} | {sum(one.cpu_ms.values()):.1f} |\n"
    return head + rows


def _sizes(pg: Found) -> str:
    """Cores at BUSY, what stands there until it is forgotten, and what a year leaves, at each rate of whole lives."""
    names = ["orders/s", *(f"{name}, cores" for name in pg.cpu_ms)]
    names += ["database, what is forgotten later", "database, a year's for ever", "Temporal, a day's"]
    head = f"| {' | '.join(names)} |\n|{'--:|' * len(names)}\n"
    rows = ""
    for rate in RATES:
        cores = " | ".join(f"{rate * ms / 1000 / BUSY:.1f}" for ms in pg.cpu_ms.values())
        kept = sum(pg.kept.values())
        day = rate * DAY * sum(STANDS_DAYS.get(name, 1) * max(0.0, pg.left[name] - pg.kept[name]) for name in pg.left)
        year = rate * DAY * 365 * kept
        rows += f"| {rate:,} | {cores} | {_size(day)} | {_size(year)} | {_size(rate * DAY * pg.temporal)} |\n"
    return head + rows


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} PB"


def run(folder: Path) -> str:
    found = []
    for kind in ("SQLite", "PostgreSQL"):
        room = folder / kind
        room.mkdir()
        found.append(measure(room, kind))
    return table(found)
