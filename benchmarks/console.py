"""The console's pages over a million stored orders: server time beside a trivial page, in one run, and what a first visit weighs.

Pages are asked of the application in this process, so that what is timed is the server's work and no network; the trivial page is
FastAPI's least (benchmarks/trivial.py), asked in turn with the others. Orders are bulk-written as for the lists; what the pages
show beside orders (mails, deliveries, movements, what people did) is written in its usual proportion to them, and one order is
led through its whole life by real commands.
"""

import re
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.faces import AXES, FACES
from benchmarks import lists, trivial
from store.access import sessions, staff
from store.database import migrate
from store.database.engine import create_engine, writing
from store.lists import facets
from store.outgoing import webhooks
from store.tables import events, outbox, stock_movements, webhook_deliveries
from tests.api.client import Api, running

ORDERS: Final = lists.ORDERS
TIMES: Final = 31
BASE: Final = "http://127.0.0.1:8000"
LIST_GOAL, ORDER_GOAL, WEIGHT_GOAL = 50, 30, 150_000
"""Milliseconds, milliseconds, bytes."""
BATCH: Final = 20_000
VARIANT: Final = "var_xyz789"
FACE: Final = next(name for name, face in FACES.items() if face.renderer is not None)
"""One that hears; as good as another."""


@dataclass(frozen=True)
class Page:
    """One page. `goal` milliseconds; None: it is what the others are held against."""

    name: str
    ms: float
    goal: int | None


@dataclass(frozen=True)
class Measured:
    pages: list[Page]
    weights: list[tuple[str, int, int]]
    """(page, bytes of the page, bytes of its styles and scripts)."""


async def _beside(engine: AsyncEngine, orders: int, start: datetime) -> None:
    """A mail per five orders, a delivery per two, a movement of one variant per ten, something a person did per twenty."""
    at, now, ids = int(start.timestamp()), int(time.time()), [row[0] for row in await _some(engine, orders // 10)]
    heard = await webhooks.register(engine, face=FACE, livemode=False, url="https://a.example/", events=["*"], now=at)
    await _many(engine, outbox, orders // 5, lambda n: _mail(n, ids, at, now))
    await _many(engine, webhook_deliveries, orders // 2, lambda n: _delivery(n, ids, at, heard.id))
    await _many(engine, stock_movements, orders // 10, lambda n: _movement(n, ids, at))
    await _many(engine, events, orders // 20, lambda n: _deed(n, ids, at))
    async with writing(engine) as conn:
        await conn.execute(text("UPDATE deadlines SET money = '[[\"refund\", 1000]]' WHERE number % 8 = 0"))
        await conn.exec_driver_sql("ANALYZE")


def _mail(n: int, ids: Sequence[str], at: int, now: int) -> dict[str, Any]:
    return {
        "livemode": False, "kind": "mail", "payload": {"template": "order_placed", "subject": None},
        "order_id": ids[n % len(ids)], "created_at": at + n, "drained_at": None if n % 2000 == 0 else now,
    }  # fmt: skip


def _delivery(n: int, ids: Sequence[str], at: int, endpoint: str) -> dict[str, Any]:
    return {
        "endpoint_id": endpoint, "livemode": False, "sequence": 1, "position": 1, "event_type": "order.created",
        "body": "{}", "attempts": 1, "failures": 0, "id": f"{n:026d}", "order_id": ids[n % len(ids)],
        "event_id": f"e{n}", "created_at": at + n, "updated_at": at + n,
        "status": "failed" if n % 100 == 0 else "delivered",
    }  # fmt: skip


def _movement(n: int, ids: Sequence[str], at: int) -> dict[str, Any]:
    return {
        "livemode": False, "variant_id": VARIANT, "order_version": 1, "line_id": "l", "on_hand": 0,
        "reason": "order.confirmed", "order_id": ids[n % len(ids)], "reserved": 1 if n % 2 else -1, "at": at + n,
    }  # fmt: skip


def _deed(n: int, ids: Sequence[str], at: int) -> dict[str, Any]:
    return {
        "type": "order.updated", "actor_kind": "person", "actor_id": "agent@shop.example", "version": 1,
        "request_id": "r", "data": {}, "order_id": ids[n % len(ids)], "sequence": n + 1, "id": f"v{n}", "at": at + n,
    }  # fmt: skip


async def _some(engine: AsyncEngine, count: int) -> Sequence[Any]:
    async with writing(engine) as conn:
        return (await conn.execute(text(f"SELECT id FROM orders LIMIT {max(1, count)}"))).all()  # noqa: S608 - a number of ours


async def _many(engine: AsyncEngine, table: Any, count: int, row: Any) -> None:
    for first in range(0, count, BATCH):
        async with writing(engine) as conn:
            await conn.execute(insert(table), [row(n) for n in range(first, min(first + BATCH, count))])


async def _life(api: Api) -> Any:
    """An order with everything on its page: paid, sent, arrived, a part given back, a return decided about."""
    order = await api.delivered(email="jane@example.com", customerId="cust_7")
    path, item = f"/order/{order['id']}", order["items"][0]["id"]
    await api.ok("POST", f"{path}/refund", {"amount": 500, "reason": "late", "notifyCustomer": True})
    back = await api.ok("POST", f"{path}/return", {"items": [{"itemId": item, "quantity": 1, "reason": "too small"}]})
    await api.ok("POST", f"{path}/return/{back['id']}/approve", {})
    return order


def _paths(number: str, start: datetime, orders: int) -> list[tuple[str, str, int | None]]:
    middle = (start + timedelta(seconds=orders * lists.EVERY_SECONDS // 2)).date()
    return [
        ("inbox", "/console", LIST_GOAL),
        ("orders, newest", "/console/orders", LIST_GOAL),
        ("orders, unpaid", "/console/orders?view=unpaid", LIST_GOAL),
        ("orders, closing this week", "/console/orders?view=closing", LIST_GOAL),
        ("orders, q=ada (a beginning of every order's)", "/console/orders?q=ada", LIST_GOAL),
        ("one order", f"/console/orders/{number}", ORDER_GOAL),
        ("agenda, this week", "/console/agenda", LIST_GOAL),
        ("agenda, a full week", f"/console/agenda?from={middle}", LIST_GOAL),
        ("agenda, a full day", f"/console/agenda/{middle}", LIST_GOAL),
        ("stock", "/console/stock", LIST_GOAL),
        ("stock of one variant", f"/console/stock/item?id={VARIANT}", LIST_GOAL),
        ("customers, lately", "/console/customers", LIST_GOAL),
        ("customers, q=cust_1", "/console/customers?q=cust_1", LIST_GOAL),
        ("one customer of 5,000 orders", "/console/customers/one?id=cust_7", LIST_GOAL),
        ("webhooks", "/console/webhooks", LIST_GOAL),
        ("what a customer's receiver lost", "/console/webhooks/lost?customer=cust_7", LIST_GOAL),
        ("mails, waiting", "/console/mails", LIST_GOAL),
        ("mails, sent", "/console/mails?view=sent", LIST_GOAL),
        ("reports, 30 days", "/console/reports", LIST_GOAL),
        ("reports, 180 days", "/console/reports?days=180", LIST_GOAL),
        ("policy", "/console/policy", LIST_GOAL),
        ("keys", "/console/keys", LIST_GOAL),
        ("people", "/console/people", LIST_GOAL),
        ("audit", "/console/audit", LIST_GOAL),
    ]


async def _timed(
    http: httpx2.AsyncClient, least: httpx2.AsyncClient, paths: Sequence[tuple[str, str, int | None]]
) -> list[Page]:
    """Medians, each page asked in turn with the others."""
    asked = [("a trivial page", least, "/thing/1", None), *((name, http, path, goal) for name, path, goal in paths)]
    taken: list[list[float]] = [[] for _ in asked]
    for _ in range(TIMES):
        for times, (name, client, path, _goal) in zip(taken, asked, strict=True):
            begin = time.perf_counter()
            answer = await client.get(path)
            times.append((time.perf_counter() - begin) * 1000)
            if answer.status_code != 200:
                raise RuntimeError(f"{name}: {answer.status_code}")
    return [Page(name, statistics.median(times), goal) for times, (name, _, _, goal) in zip(taken, asked, strict=True)]


async def _weighed(http: httpx2.AsyncClient, paths: Sequence[tuple[str, str]]) -> list[tuple[str, int, int]]:
    """Of a browser that has nothing kept yet, as the server sends it."""
    found = []
    for name, path in paths:
        page = (await http.get(path)).content
        urls = sorted(set(re.findall(r'(?:src|href)="(/console/static/[^"]+)"', page.decode())))
        found.append((name, len(page), sum([len((await http.get(url)).content) for url in urls])))
    return found


async def run(folder: Path, orders: int = ORDERS) -> Measured:
    """Fill a database and time the console's pages over it."""
    import asyncio

    url = f"sqlite+aiosqlite:///{folder / 'console.sqlite'}"
    await asyncio.to_thread(migrate.upgrade, url)
    facets.register(AXES)
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=(orders + 1) * lists.EVERY_SECONDS)
    engine = create_engine(url)
    await lists.fill(engine, orders, start)
    async with writing(engine) as conn:
        await conn.execute(text(f"UPDATE counters SET value = {1001 + orders} WHERE name = 'order_number'"))  # noqa: S608
    await _beside(engine, orders, start)
    await engine.dispose()
    async with running(url) as api:
        order = await _life(api)
        person = await staff.add(api.db, "owner@shop.example", "owner", int(time.time()))
        link = await sessions.link(api.db, person.id, int(time.time()))
        app, least = (httpx2.ASGITransport(app=one) for one in (api.app, trivial.app))
        async with (
            httpx2.AsyncClient(transport=app, base_url=BASE) as http,
            httpx2.AsyncClient(transport=least, base_url=BASE) as trivially,
        ):
            await http.get(f"/console/sign-in/{link}")
            pages = await _timed(http, trivially, _paths(str(order["displayId"])[1:], start, orders))
            visits = [("inbox", "/console"), ("orders", "/console/orders"), ("one order", f"/console/orders/{order['id']}"),
                      ("reports", "/console/reports")]  # fmt: skip
            return Measured(pages, await _weighed(http, visits))


def table(found: Measured) -> str:
    """Markdown."""
    least = found.pages[0].ms
    head = "| page | ms | ÷ trivial | goal |\n|---|--:|--:|---|\n"
    rows = "".join(
        f"| {p.name} | {p.ms:.1f} | {p.ms / least:.1f} | {f'≤ {p.goal} ms' if p.goal else '–'} |\n" for p in found.pages
    )
    weights = "".join(
        f"| {name} | {page / 1000:.1f} | {rest / 1000:.1f} | {(page + rest) / 1000:.1f} | ≤ {WEIGHT_GOAL // 1000} kB |\n"
        for name, page, rest in found.weights
    )
    visits = "| first visit | page, kB | styles and scripts, kB | in all, kB | goal |\n|---|--:|--:|--:|---|\n"
    return f"{head}{rows}\n{visits}{weights}"
