"""One drill from an empty cluster to its verdict."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx

from ordermill.launch.ports import free_ports
from tests.cluster import topology
from tests.cluster.drill import money, rest
from tests.cluster.drill.asking import Client
from tests.cluster.drill.breaking import Breaker
from tests.cluster.drill.hooks import Hooks
from tests.cluster.drill.mixed import Shoppers
from tests.cluster.topology import Cluster
from tests.faults.drill.lives import VARIANT
from tests.faults.engine import until
from tests.money.drill import stripe_process
from tests.money.tally import Tally
from tests.stripe.running import Simulator
from tests.webhooks.receiver import receiving

ON_HAND: Final = 1_000_000
SETTINGS: Final = {
    "ORDERMILL_RATE_LIMIT__PER_MINUTE": "0",
    "ORDERMILL_COMMAND_TIMEOUT_SECONDS": "12",
    "ORDERMILL_WEBHOOKS_ALLOW_PRIVATE": "true",
}


@dataclass(frozen=True)
class Options:
    seed: int
    shoppers: int = 6
    lives: int = 2
    """Money lives at once."""
    quiet_seconds: float = 4.0
    only: tuple[str, ...] | None = None
    """Break these processes alone."""


@dataclass
class Verdict:
    options: Options
    orders: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    again: Counter[str] = field(default_factory=Counter)
    breaks: Counter[str] = field(default_factory=Counter)
    tally: Tally = field(default_factory=Tally)
    hooks: str = ""
    gap_seconds: float = 0.0
    slowest_seconds: float = 0.0
    rolled_seconds: float = 0.0
    calm_seconds: float = 0.0
    seconds: float = 0.0
    differences: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        yield f"steps {self.steps.total()} {dict(sorted(self.steps.items()))}"
        yield f"requests {self.requests}, repeated after {dict(sorted(self.again.items()))}"
        yield from self.tally.lines(self.seconds)
        yield f"webhooks {self.hooks}"
        yield from self.differences
        yield (
            f"cluster drill, seed {self.options.seed}: {self.orders} orders, {self.steps.total()} steps through any face and"
            f" {self.tally.commands.total()} of the money drill · breaks {dict(sorted(self.breaks.items()))}"
            f" · rolling restart {self.rolled_seconds:.0f} s · no command answered for {self.gap_seconds:.1f} s at most,"
            f" the slowest after {self.slowest_seconds:.1f} s · at rest after {self.calm_seconds:.0f} s"
            f" · {self.seconds:.0f} s · differences {len(self.differences)}"
        )


def run(options: Options) -> Verdict:
    """Everything on free loopback ports, gone at the end."""
    (port,) = free_ports(1)
    simulator = Simulator(f"http://127.0.0.1:{port}")
    verdict, began = Verdict(options), time.monotonic()
    try:
        with (
            topology.running(SETTINGS | money.settings_of(simulator.url)) as cluster,
            stripe_process(cluster.folder, port),
        ):
            (cluster.folder / "drill").mkdir()
            until(lambda: _answers(simulator), 30, "the simulator answers")
            answer = cluster.call("PUT", f"/engine/inventory/{VARIANT}", {"onHand": ON_HAND})
            assert answer.status_code == 200, answer.text
            asyncio.run(_drill(cluster, simulator, verdict))
    finally:
        simulator.http.close()
    verdict.seconds = time.monotonic() - began
    return verdict


def _answers(simulator: Simulator) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return simulator.http.get("/_simulator/clock").status_code == 200
    return False


@asynccontextmanager
async def _loaded(work: list[asyncio.Task[None]]) -> AsyncIterator[None]:
    """Load that is cut when the block fails."""
    try:
        yield
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)


async def _drill(cluster: Cluster, simulator: Simulator, verdict: Verdict) -> None:
    options, dice = verdict.options, random.Random(verdict.options.seed)
    client = Client(cluster.url, cluster.key)
    async with (
        contextlib.aclosing(client),
        receiving() as receiver,
        money.opened(cluster, simulator, cluster.folder / "drill", options.seed) as purse,
    ):
        hooks = Hooks(receiver, dice)
        await hooks.register(client)
        shoppers = Shoppers(client, options.seed, options.shoppers)
        breaker = Breaker(cluster, dice, options.quiet_seconds, list(options.only) if options.only else None)
        load = [asyncio.create_task(shoppers.run()), asyncio.create_task(purse.run(options.lives))]
        async with _loaded([*load, asyncio.create_task(breaker.supervise())]):
            await breaker.run()
            shoppers.stop()
            purse.stop()
            await asyncio.gather(*load)
        await asyncio.to_thread(cluster.wait_ready)
        verdict.calm_seconds, stuck = await rest.calm(cluster, purse.shop.client)
        verdict.differences += stuck
        await shoppers.agree()
        await purse.agree()
        await _webhooks(cluster, hooks, verdict)
        _sum(verdict, client, shoppers, purse, breaker)
    verdict.differences += await asyncio.to_thread(lambda: [*rest.stock(cluster, ON_HAND), *rest.database(cluster)])
    verdict.orders = (await asyncio.to_thread(cluster.rows, "select count(*) from orders"))[0][0]
    cluster.keep = bool(verdict.differences)


async def _webhooks(cluster: Cluster, hooks: Hooks, verdict: Verdict) -> None:
    """Reconciliation may have written more events; these are delivered too."""
    async with asyncio.timeout(rest.CALM_SECONDS):
        while await asyncio.to_thread(rest.unfinished, cluster):
            await asyncio.sleep(1)
    verdict.differences += await asyncio.to_thread(lambda: list(hooks.differences(cluster)))
    accepted = sum(map(len, hooks.accepted.values()))
    verdict.hooks = f"{accepted} accepted, {hooks.repeats} repeated, {len(hooks.refused)} refused first"


def _sum(verdict: Verdict, client: Client, shoppers: Shoppers, purse: money.ClusterMoney, breaker: Breaker) -> None:
    verdict.steps, verdict.breaks, verdict.tally = shoppers.steps, breaker.done, purse.tally
    verdict.requests, verdict.again = client.asked, client.again
    verdict.gap_seconds, verdict.slowest_seconds = client.longest_gap_seconds(), client.slowest_seconds
    verdict.rolled_seconds = breaker.rolled_seconds
    verdict.differences += [*client.differences, *shoppers.differences, *purse.tally.differences]
