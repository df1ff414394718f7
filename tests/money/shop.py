"""A shop that takes real money from a simulated Stripe: dev server, worker, API with its webhook route, all real.

The engine reaches the simulator through the stripe library over HTTP, and the simulator reaches the engine's API with signed
webhooks. One per test process: every test has its own orders, and `agree` holds each of them to the simulator's books.
"""

import asyncio
import contextlib
import inspect
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
import uvicorn
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

import worker
from activities.providers import by_livemode
from activities.providers.stripe_amounts import from_stripe
from activities.upkeep.reconciliation import refunds_alone
from api.app import create_app
from domain import ledger
from domain.order import Order
from domain.policy import ShopConfig, Store
from door.temporal import TemporalDoor
from ordermill.launch.ports import free_ports
from ordermill.process.connect import connect
from ordermill.settings import Settings
from store.access import heartbeats, keys
from store.database.engine import create_engine, reading
from store.goods import catalog
from store.order import orders
from store.tables import payment_operations
from tests.plain_http import NO_CERTIFICATES
from tests.stripe.running import Simulator
from tests.workflows.shop import Shop, request
from workflows import card

KEY: Final = "sk_test_simulatedMoney000001234"
SECRET: Final = "whsec_simulatedMoney0000000001234"
SECONDS: Final = 30.0
"""How long anything is waited for: many processes may share two cores."""
DESCRIPTOR: Final = "THREAD SHED"


@dataclass
class MoneyShop(Shop):
    simulator: Simulator
    url: str
    key: str
    made: list[str] = field(default_factory=list)
    """Orders of this test."""

    async def placed(self, order: Order | None = None, **options: Any) -> Order:
        made = await super().placed(order, **options)
        self.made.append(made.id)
        return made

    async def until(self, order: Order, so: Any, seconds: float = SECONDS) -> Order:
        return await super().until(order, so, seconds)

    # HTTP

    async def call(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> httpx2.Response:
        """One request as a client of hanzo's face makes it."""
        headers = {"Authorization": f"Bearer {self.key}"} | ({"Idempotency-Key": key} if key else {})
        async with httpx2.AsyncClient(base_url=self.url, timeout=60, trust_env=False, verify=NO_CERTIFICATES) as http:
            sent = None if method == "GET" else body or {}
            return await http.request(method, path, json=sent, headers=headers)

    async def insist(
        self, path: str, body: Any, key: str, seconds: float = 3 * SECONDS, *, method: str = "POST"
    ) -> httpx2.Response:
        """Repeat with one key until it is answered for good: what a good client does."""
        until, last = time.monotonic() + seconds, "no answer"
        while time.monotonic() < until:
            with contextlib.suppress(httpx2.HTTPError):
                answer = await self.call(method, path, body, key=key)
                if answer.status_code not in (202, 503, 504) and "in_use" not in answer.text:
                    return answer
                last = f"{answer.status_code} {answer.text[:300]}"
            await asyncio.sleep(0.2)
        raise TimeoutError(f"{path} {body} {key}: {last}")

    # The other side

    def stripe(self, order: Order, nth: int = 0) -> dict[str, Any]:
        """The simulator's books of one payment of the order, in our minor units."""
        ref = order.payments[nth].ref
        assert ref is not None
        entry = self.simulator.ledger(ref)
        for name in ("authorized", "captured", "refunded", "released"):
            entry[name] = from_stripe(entry[name], order.currency)
        return entry

    def charges(self, order: Order) -> int:
        """How often any card was charged or held for the order, whether our ledger knows it or not."""
        entries = self.simulator.control("GET", "ledger")["entries"]
        return sum(e["charges"] for e in entries if e["metadata"].get("order_id") == order.id)

    def charged(self, order: Order) -> tuple[int, int]:
        """(captured, refunded) at the simulator for the order, whether our ledger knows it or not."""
        entries = [
            e for e in self.simulator.control("GET", "ledger")["entries"] if e["metadata"].get("order_id") == order.id
        ]
        return (
            sum(from_stripe(e["captured"], order.currency) for e in entries),
            sum(from_stripe(e["refunded"], order.currency) for e in entries),
        )

    def requests(self, kind: str, **params: Any) -> list[dict[str, Any]]:
        """The simulator's objects of a kind, newest first."""
        return list(self.simulator.get(kind, limit=100, **params)["data"])

    @contextlib.contextmanager
    def deaf(self) -> Iterator[None]:
        """Webhooks go nowhere for the length of the block."""
        self.simulator.control("PUT", "webhooks", targets=[])
        try:
            yield
        finally:
            self.listen()

    def listen(self) -> None:
        target = {"url": f"{self.url}/webhooks/stripe", "secret": SECRET}
        self.simulator.control("PUT", "webhooks", targets=[target])

    async def quiet(self) -> None:
        """Every webhook is sent, and every event told to its order."""
        await eventually(self._told)

    async def _told(self) -> bool:
        running = "WorkflowType = 'ProviderEvent' AND ExecutionStatus = 'Running'"
        query = f"TaskQueue = '{self.settings.task_queue}' AND {running}"
        waiting = self.simulator.control("GET", "webhooks")["waiting"]
        return not waiting and (await self.client.count_workflows(query)).count == 0

    async def agree(self) -> None:
        """Every order of this test: our ledger is the simulator's to the cent, and no operation was left half done."""
        for order_id in self.made:
            order = await orders.load(self.database, order_id)
            assert order is not None
            ours = (ledger.captured(order), sum(refunds_alone(order, payment) for payment in order.payments))
            assert ours == self.charged(order), order.payments
            assert await unsettled(self.database, order_id) == []


async def unsettled(database: AsyncEngine, order_id: str) -> list[str]:
    """Keys of an order's operations that were begun and have not ended."""
    started = select(payment_operations.c.key).where(
        payment_operations.c.order_id == order_id, payment_operations.c.status == "started"
    )
    async with reading(database) as conn:
        return list((await conn.execute(started)).scalars())


async def settled(shop: MoneyShop) -> None:
    """No fault is left, nothing is under way, both ledgers agree; and time is what it was."""
    shop.simulator.control("DELETE", "faults")
    await shop.quiet()
    await shop.agree()
    if shop.simulator.control("GET", "clock")["offset_seconds"]:
        shop.simulator.control("POST", "reset")


async def eventually(so: Callable[[], Any], seconds: float = SECONDS) -> None:
    """Return once it is so; `so` may be asynchronous. TimeoutError when it never is."""
    async with asyncio.timeout(seconds):
        while True:
            found = so()
            if await found if inspect.isawaitable(found) else found:
                return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def opened(
    address: str, database_url: str, directory: Path, simulator: Simulator, **settings: Any
) -> AsyncIterator[MoneyShop]:
    """A shop over a migrated database whose payments go to this simulator."""
    (port,) = free_ports(1)
    made = Settings(
        data_dir=directory,
        temporal_address=address,
        database_url=database_url,
        task_queue=f"money-{os.urandom(4).hex()}",
        payment_provider="stripe",
        stripe_api_key=SecretStr(KEY),
        stripe_webhook_secret=SecretStr(SECRET),
        stripe_api_base=simulator.url,
        **settings,
    )
    engine = create_engine(made.database)
    try:
        await catalog.load(engine, False, catalog.read_file(catalog.DEMO), int(time.time()))
        await heartbeats.beat(engine, "test", int(time.time()) + 36_000)
        key = (await keys.mint(engine, scope="secret", livemode=False, now=int(time.time()))).text
        client = await connect(made, lazy=False)
        door = TemporalDoor(
            client, engine, task_queue=made.task_queue, timeout_seconds=SECONDS, providers=by_livemode(made)
        )
        shop = MoneyShop(client, engine, door, made, simulator, f"http://127.0.0.1:{port}", key)
        known = worker.ProviderTable(made, engine)
        built = worker.build(client, engine, made, known=known, store=Store(statement_descriptor=DESCRIPTOR))
        async with built, serving(made, port):
            shop.listen()
            yield shop
        await known.close()
    finally:
        await engine.dispose()


@asynccontextmanager
async def serving(settings: Settings, port: int, config: ShopConfig | None = None) -> AsyncIterator[None]:
    """The real API over loopback."""
    served = uvicorn.Config(
        create_app(settings, config=config or ShopConfig()),
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(served)
    running = asyncio.create_task(server.serve())
    await eventually(lambda: server.started)
    try:
        yield
    finally:
        server.should_exit = True
        await running


__all__ = ["DESCRIPTOR", "KEY", "SECONDS", "SECRET", "MoneyShop", "card", "opened", "request"]
