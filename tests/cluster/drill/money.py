"""The money drill's lives (tests/money) on the cluster: a simulated Stripe that loses, delays and doubles.

Orders are placed and read through a door of this process, which waits for a database or a Temporal that is away; commands go
through the proxy. The checks are the money drill's own: our ledger, the simulator's, and the second account of the timeline.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import SecretStr
from temporalio.service import RPCError

from activities.providers import by_livemode
from domain.order import Order
from door.errands import Unsettled
from door.temporal import TemporalDoor
from ordermill.process.connect import connect
from ordermill.settings import Settings
from store.database.engine import StoreError, create_engine
from tests.cluster.topology import Cluster
from tests.money.drill import Drill
from tests.money.life import Life, draw
from tests.money.shop import KEY, SECRET, MoneyShop, request
from tests.money.tally import Tally
from tests.stripe.running import Simulator

PATIENCE_SECONDS: Final = 240.0
T = TypeVar("T")


def settings_of(simulator_url: str) -> dict[str, str]:
    """What the cluster's processes are told."""
    return {
        "ORDERMILL_PAYMENT_PROVIDER": "stripe",
        "STRIPE_API_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "STRIPE_API_BASE": simulator_url,
        "ORDERMILL_STRIPE_MULTICAPTURE": "true",
    }


async def patiently(do: Callable[[], Awaitable[T]]) -> T:
    """Again and again while a part of the cluster is away; what is done carries its own request."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await do()
        except (StoreError, RPCError, Unsettled, RuntimeError, OSError):
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.3)


class PatientShop(MoneyShop):
    async def order(self, **options: Any) -> Order:
        base = super().order
        return await patiently(lambda: base(**options))

    async def placed(self, order: Order | None = None, **options: Any) -> Order:
        made, sent = order or await self.order(**options), request()
        self.made.append(made.id)
        await patiently(lambda: self.door.place(made, confirm=False, request=sent))
        return await self.stored(made)

    async def stored(self, order: Order) -> Order:
        base = super().stored
        return await patiently(lambda: base(order))


class ClusterMoney(Drill):
    """Lives one after another until stopped; rest and checks when all is calm."""

    def __init__(self, cluster: Cluster, shop: PatientShop, tally: Tally, seed: int) -> None:
        super().__init__(cluster, shop, tally)
        self.led: list[tuple[Life, Order]] = []
        self._next = seed * 1_000_000
        self._stop = asyncio.Event()

    def stop(self) -> None:
        self._stop.set()

    async def run(self, together: int) -> None:
        self.shop.simulator.control("PUT", "account", multicapture=True)
        await asyncio.gather(*(self._one_after_another() for _ in range(together)))

    async def _one_after_another(self) -> None:
        while not self._stop.is_set():
            self._next += 1
            life = draw(self._next, kills=0.0)
            if not life.several:  # one account for all: it captures a hold several times
                continue
            try:
                self.led.append((life, await self.live(life)))
            except (TimeoutError, AssertionError) as error:
                self.tally.differences.append(f"seed {life.seed}: {type(error).__name__} {error}")

    async def agree(self) -> None:
        """Everything at rest, reconciled as every day, then every order to the cent."""
        try:
            await patiently(self.rest)
        except TimeoutError as error:
            self.tally.differences.append(f"money never came to rest: {error}")
        for life, order in self.led:
            await self.check(order, life)


@asynccontextmanager
async def opened(cluster: Cluster, simulator: Simulator, folder: Path, seed: int) -> AsyncIterator[ClusterMoney]:
    settings = Settings(
        data_dir=folder, database_url=cluster.database_url, temporal_address=cluster.temporal_address,
        temporal_namespace=cluster.namespace, payment_provider="stripe", stripe_api_key=SecretStr(KEY),
        stripe_api_base=simulator.url, stripe_multicapture=True,
    )  # fmt: skip
    database = create_engine(settings.database)
    client = await connect(settings, lazy=False)
    door = TemporalDoor(
        client, database, task_queue=settings.task_queue, timeout_seconds=30, providers=by_livemode(settings)
    )
    shop = PatientShop(client, database, door, settings, simulator, cluster.url, cluster.key)
    shop.listen()
    try:
        yield ClusterMoney(cluster, shop, Tally(), seed)
    finally:
        await database.dispose()
