"""From the release before to this one, and on to one whose workflow changed; every command is docs/upgrades.md's."""

import asyncio
import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from temporalio.client import Client

from ordermill.process.connect import connect
from ordermill.settings import Settings
from tests.cluster import topology
from tests.cluster.drill import asking, rest
from tests.cluster.drill.mixed import Shoppers
from tests.cluster.topology import Build, Cluster
from tests.cluster.upgrade.runbook import Runbook
from tests.cluster.upgrade.stages import Staged
from tests.faults import source
from tests.faults.drill.lives import VARIANT
from tests.faults.engine import ROOT
from tests.faults.released import RELEASED
from workflows import card

ON_HAND: Final = 1_000_000
SETTINGS: Final = {"ORDERMILL_RATE_LIMIT__PER_MINUTE": "0", "ORDERMILL_COMMAND_TIMEOUT_SECONDS": "12"}
B, C = "2026.12.0", "2027.1.0"
"""Build ids: this version, and one whose workflow takes other steps. The release before has none."""
WATCH_SECONDS: Final = 8.0
"""After each step of a ramp."""
OLDER: Final = f"OrderShape != '{card.CURRENT_SHAPE}-changed'"
"""Runs of an older workflow than the last one's; a new order is one for a moment, for an API of before has started it."""
POLLED_SECONDS: Final = 60.0
REBUILT_SECONDS: Final = 120.0
STARTED: Final = "Start the new workers beside the old"
RAMP, CURRENT, BACK = "Ramp", "Make it current", "Roll back"


@dataclass
class Verdict:
    orders: int = 0
    staged: int = 0
    steps: int = 0
    again: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    gap_seconds: float = 0.0
    rebuilt_seconds: float = 0.0
    seconds: float = 0.0
    differences: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        yield from self.told
        yield from self.differences
        yield (
            f"upgrade drill: {self.orders} orders, {self.staged} of them open in every stage before it, {self.steps} steps"
            f" meanwhile · requests repeated after {self.again} · no command answered for {self.gap_seconds:.1f} s at most"
            f" · runs of the older workflow rebuilt within {self.rebuilt_seconds:.0f} s · {self.seconds:.0f} s"
            f" · differences {len(self.differences)}"
        )


class Load:
    """Shoppers on a loop of their own, while the drill itself waits for processes and commands."""

    def __init__(self, cluster: Cluster, seed: int, shoppers: int) -> None:
        self._cluster, self._seed, self._together = cluster, seed, shoppers
        self._ready, self._thread = threading.Event(), threading.Thread(target=lambda: asyncio.run(self._run()))
        self.client: asking.Client
        self.shoppers: Shoppers
        self._loop: asyncio.AbstractEventLoop

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.client = asking.Client(self._cluster.url, self._cluster.key)
        async with contextlib.aclosing(self.client):
            self.shoppers = Shoppers(self.client, self._seed, self._together)
            self._ready.set()
            await self.shoppers.run()
            await self.shoppers.agree()

    @contextmanager
    def running(self) -> Iterator[None]:
        self._thread.start()
        self._ready.wait(30)
        try:
            yield
        finally:
            self._loop.call_soon_threadsafe(self.shoppers.stop)
            self._thread.join(300)


class Upgrade:
    def __init__(self, cluster: Cluster, folder: Path, verdict: Verdict) -> None:
        self.cluster, self.verdict = cluster, verdict
        operator = {name: value for name, value in cluster.environment.items() if name.startswith("ORDERMILL_")}
        operator |= {"HOME": str(folder), "TEMPORAL_ADDRESS": cluster.temporal_address}
        self.book = Runbook(folder, operator | {"TEMPORAL_NAMESPACE": cluster.namespace})

    # Steps

    def deploy(self, build_id: str, code: Path, label: str) -> list[str]:
        """Migrated, new workers beside the old; Temporal knows the build."""
        self.book.use(code)
        self.book.run("Migrate")
        made = self.cluster.add_workers(label, 3, Build(code, {"ORDERMILL_BUILD_ID": build_id}))
        self.book.run(STARTED, 1, seconds=POLLED_SECONDS, NEW=build_id)
        return made

    def ramp(self, build_id: str) -> None:
        for nth, share in ((0, "10"), (1, "50")):
            self.book.run(RAMP, nth, seconds=POLLED_SECONDS, NEW=build_id)
            time.sleep(WATCH_SECONDS)
            self.tell(f"ramped to {share} %", build_id)
        self.book.run(RAMP, 2, NEW=build_id)
        self.tell("ramp taken back", build_id)
        self.book.run(RAMP, 1, NEW=build_id)

    def current(self, build_id: str) -> None:
        self.book.run(CURRENT, seconds=POLLED_SECONDS, NEW=build_id)

    def apis(self, code: Path) -> None:
        """One after the other."""
        for name in self.cluster.apis:
            self.cluster.end(name)
            self.cluster.builds[name] = Build(code)
            self.cluster.start(name)
            self.cluster.wait_up(name)

    def tell(self, what: str, build_id: str) -> None:
        count = self.count(f"TemporalWorkerDeploymentVersion = 'ordermill:{build_id}'")
        self.verdict.told.append(f"{what}: {count} of {self.count()} running orders went on under build {build_id}")

    def count(self, condition: str = "") -> int:
        query = "WorkflowType = 'Order' AND ExecutionStatus = 'Running'" + (f" AND {condition}" if condition else "")

        async def ask() -> int:
            return (await (await self.connect()).count_workflows(query)).count

        return asyncio.run(ask())

    async def connect(self) -> Client:
        settings = Settings(temporal_address=self.cluster.temporal_address, temporal_namespace=self.cluster.namespace)
        return await connect(settings, lazy=False)

    # The way

    def through(self, staged: Staged, old: Path, changed: Path) -> None:
        """Ramp and drain; back and forth again; then a workflow that takes other steps. A part of the orders ends under each."""
        cluster, before = self.cluster, list(self.cluster.workers)
        new = self.deploy(B, ROOT, "new")
        self.ramp(B)
        self.current(B)
        self.apis(ROOT)
        cluster.remove(before)
        staged.end(1 / 4)
        self.tell("drained the old workers", B)
        again = cluster.add_workers("old", 3, Build(old))
        self.book.run(BACK, 1, seconds=POLLED_SECONDS)
        cluster.remove(new)
        staged.end(1 / 3)
        self.tell("rolled back to the release before", B)
        new = self.deploy(B, ROOT, "again")
        self.current(B)
        cluster.remove(again)
        staged.end(1 / 2)
        self.other_workflow(changed, new)
        staged.end(1)

    def other_workflow(self, changed: Path, old: list[str]) -> None:
        """Made current without a ramp: its workers rebuild what the older workflow began, by themselves."""
        new = self.deploy(C, changed, "changed")
        self.current(C)
        began = time.monotonic()
        while self.count(OLDER) and time.monotonic() - began < REBUILT_SECONDS:
            time.sleep(0.5)
        self.verdict.rebuilt_seconds = time.monotonic() - began
        self.cluster.remove(old)
        self.tell(f"{len(new)} workers with another workflow made current", C)


def run(orders: int, seed: int, shoppers: int) -> Verdict:
    """Everything on free loopback ports, gone at the end."""
    verdict, began = Verdict(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ordermill-trees-") as room:
        (Path(room) / "changed").mkdir()
        old = source.of_commit(RELEASED, Path(room) / "old")
        changed = source.another_workflow(Path(room) / "changed")
        with topology.running(SETTINGS, code=old) as cluster:
            (cluster.folder / "operator").mkdir()
            upgrade = Upgrade(cluster, cluster.folder / "operator", verdict)
            answer = cluster.call("PUT", f"/engine/inventory/{VARIANT}", {"onHand": ON_HAND})
            assert answer.status_code == 200, answer.text
            _lead(upgrade, orders, Load(cluster, seed, shoppers), old, changed)
            cluster.keep = bool(verdict.differences)
    verdict.seconds = time.monotonic() - began
    return verdict


def _lead(upgrade: Upgrade, orders: int, load: Load, old: Path, changed: Path) -> None:
    cluster, verdict, staged = upgrade.cluster, upgrade.verdict, Staged(upgrade.cluster)
    staged.make(orders)
    verdict.staged = len(staged.waiting)
    with load.running():
        upgrade.through(staged, old, changed)

    async def calm() -> list[str]:
        return (await rest.calm(cluster, await upgrade.connect()))[1]

    verdict.differences += asyncio.run(calm())
    if left := upgrade.count(OLDER):
        verdict.differences.append(f"{left} runs are still of the older workflow")
    staged.check()
    verdict.differences += [*staged.differences, *load.client.differences, *load.shoppers.differences]
    verdict.differences += [*rest.stock(cluster, ON_HAND), *rest.database(cluster)]
    verdict.orders = cluster.rows("select count(*) from orders")[0][0]
    verdict.steps, verdict.again = load.shoppers.steps.total(), dict(load.client.again)
    verdict.gap_seconds = load.client.longest_gap_seconds()
