"""Counters of whole engines for the stories (tests/book): dev server, worker, API over loopback, a real provider.

Each counter is one more API over a shop's engine, under the policy its stories want; it is the API that freezes it into orders.
"""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import httpx2

import worker
from domain.policy import Policy, ShopConfig
from ordermill.launch.ports import free_ports
from ordermill.process.connect import connect
from ordermill.settings import Settings
from store.access import heartbeats, keys
from store.database.engine import create_engine
from store.goods import catalog
from tests.book.tale import Counter
from tests.money.shop import serving
from tests.plain_http import NO_CERTIFICATES

Capture = Literal["automatic", "on_fulfillment"]


@asynccontextmanager
async def counter(
    settings: Settings, key: str, capture: Capture, made: list[str], *, several: bool
) -> AsyncIterator[Counter]:
    """`made`: where the orders placed here are written down."""
    (port,) = free_ports(1)
    config = ShopConfig(order=Policy(capture=capture))
    url, headers = f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {key}"}
    async with (
        serving(settings, port, config),
        httpx2.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False, verify=NO_CERTIFICATES) as http,
    ):

        async def ask(method: str, path: str, body: Any) -> tuple[int, Any]:
            sent = {"json": body} if body is not None else {}
            answer = await http.request(method, path, **sent)
            found: Any = answer.json() if answer.content else None
            if (method, path, answer.status_code) == ("POST", "/order", 201):
                made.append(found["id"].removeprefix("order_"))
            return answer.status_code, found

        yield Counter(ask, several=several)


@asynccontextmanager
async def sandbox(address: str, database_url: str, directory: Path) -> AsyncIterator[tuple[Settings, str]]:
    """An engine whose payments go to the sandbox, as `make up` has it: its settings, and a key."""
    settings = Settings(
        data_dir=directory,
        temporal_address=address,
        database_url=database_url,
        task_queue=f"tales-{os.urandom(4).hex()}",
    )
    engine = create_engine(settings.database)
    try:
        await catalog.load(engine, False, catalog.read_file(catalog.DEMO), int(time.time()))
        await heartbeats.beat(engine, "test", int(time.time()) + 36_000)
        key = (await keys.mint(engine, scope="secret", livemode=False, now=int(time.time()))).text
        client = await connect(settings, lazy=False)
        async with worker.build(client, engine, settings):
            yield settings, key
    finally:
        await engine.dispose()
