"""The money drill: random orders, random commands, random faults, against a real engine whose worker is killed.

    python -m tests.money.drill --runs 300 --seed 1 [--parallel 3] [--kills 0.03]
    python -m tests.money.drill --runs 1 --seed 217          replays that life, and nothing beside it (with its --kills)

Real processes: Temporal's dev server, worker, API, Stripe simulator. Every command is repeated with its key until it is
answered for good, as a good client does. In the end, per order: our ledger is the simulator's to the cent, a second account
kept from the timeline (reckoning.py) owes and holds the same, no operation is left half done, no workflow has failed or hangs
in an activity, nothing moved twice.
"""

import argparse
import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from temporalio.client import WorkflowExecutionStatus

from activities.providers import by_livemode
from activities.upkeep.reconciliation import refunds_alone
from domain import ledger
from domain.order import Order
from door.temporal import TemporalDoor
from ordermill.launch.ports import free_ports
from ordermill.launch.tether import tethered
from ordermill.process.connect import connect
from ordermill.settings import Settings
from store.database.engine import create_engine
from store.money import operations
from store.order.events import events
from tests.faults.engine import ROOT, Engine
from tests.money.asked import request_of
from tests.money.life import WEBHOOK_FAULTS, Life, Step, draw
from tests.money.reckoning import Reckoning
from tests.money.shop import KEY, SECRET, MoneyShop, eventually, unsettled
from tests.money.tally import Tally
from tests.stripe.running import Simulator
from workflows.housekeeping import ReconcileWorkflow
from workflows.messages import Period, Reconciliation

ENDS = {WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.COMPLETED}
MOST_FAULTS = 3
PATIENCE_SECONDS = 240.0
"""For everything to come to rest after the last command; a killed worker's activity is missed for ten seconds."""


class Drill:
    def __init__(self, engine: Engine, shop: MoneyShop, tally: Tally) -> None:
        self.engine, self.shop, self.tally = engine, shop, tally
        self.worker = asyncio.Lock()
        self.accepted: dict[tuple[str, str], list[dict[str, Any]]] = {}
        """(order, verb) -> the bodies that were accepted, in order."""
        self.began = datetime.now(UTC) - timedelta(seconds=5)

    async def batch(self, lives: list[Life]) -> None:
        """These lives at once, then rest, then everything is checked."""
        orders: list[Order] = []
        self.shop.made.clear()
        self.shop.simulator.control("PUT", "account", multicapture=lives[0].several)
        try:
            orders = await asyncio.gather(*(self.live(life) for life in lives))
            await self.rest()
        except TimeoutError as error:
            self.tally.differences.append(f"seeds {[life.seed for life in lives]} never came to rest: {error}")
        for life, order in zip(lives, orders, strict=False):
            await self.check(order, life)

    async def live(self, life: Life) -> Order:
        """Place the order and let its steps happen, one after the other."""
        order = await self.shop.order(quantity=life.quantity, price_each=life.price_each, **life.policy)
        order = await self.shop.placed(order.model_copy(update={"currency": life.currency}))
        for n, step in enumerate(life.steps):
            await self._happen(order, step, f"drill-{life.seed}-{n}")
        self.tally.runs += 1
        return order

    async def _happen(self, order: Order, step: Step, key: str) -> None:
        self._arm(order, step.faults)
        if step.verb in ("bank", "dashboard"):
            await asyncio.to_thread(self._outside, await self.shop.stored(order), step)
            return
        async with self.dying(step):
            method, path, body = request_of(await self.shop.stored(order), step)
            answer = await self.shop.insist(path, body, key, PATIENCE_SECONDS, method=method)
        if answer.status_code == 200:
            self.accepted.setdefault((order.id, step.verb), []).append(body)
        self.tally.commands[step.verb] += 1
        self.tally.answers[answer.status_code] += 1
        if answer.status_code >= 500:
            self.tally.differences.append(f"{key}: answered {answer.status_code} {answer.text[:200]}")

    def _arm(self, order: Order, faults: tuple[str, ...]) -> None:
        """Each fault hits this order's next call; those of commands that asked nobody wait for the next one that does."""
        calls = f"{order.id}:*"
        armed = self.shop.simulator.control("GET", "faults")["rules"]
        left = sum(r["injected"] == 0 for r in armed if r["key"] == calls)
        for fault in faults:
            if fault in WEBHOOK_FAULTS:
                self.shop.simulator.fault(fault, seconds=1.0)
            elif left < MOST_FAULTS:
                self.shop.simulator.fault(fault, method="POST", key=calls)
                left += 1

    def _outside(self, order: Order, step: Step) -> None:
        """What a bank decides, or a person does in Stripe's dashboard: nobody asks us. What cannot be done is left."""
        control = self.shop.simulator.http
        for payment in [p for p in order.payments if p.ref]:
            if step.verb == "bank":
                for verb in ("authenticate", "settle"):
                    control.post(f"/_simulator/payment_intents/{payment.ref}/{verb}", json={"outcome": step.word})
                for dispute in self.shop.requests("disputes", payment_intent=payment.ref):
                    word = "won" if step.word == "succeeded" else "lost"
                    control.post(f"/_simulator/disputes/{dispute['id']}/decide", json={"outcome": word})
                for refund in self.shop.requests("refunds", payment_intent=payment.ref):
                    control.post(f"/_simulator/refunds/{refund['id']}/settle", json={"outcome": step.word})
                continue
            paths = {
                "refund": ("refunds", {"payment_intent": payment.ref, "amount": "100"}),
                "capture": (f"payment_intents/{payment.ref}/capture", {}),
                "cancel": (f"payment_intents/{payment.ref}/cancel", {}),
            }
            path, form = paths[step.word]
            with contextlib.suppress(OSError, Exception):  # a fault may hit the dashboard too
                control.post(f"/v1/{path}", data=form, headers={"Authorization": f"Bearer {KEY}"})
            self.tally.commands[f"dashboard {step.word}"] += 1

    @asynccontextmanager
    async def dying(self, step: Step) -> AsyncIterator[None]:
        """The worker dies during the block, where the step says; a new one is started as a supervisor would."""
        if step.die is None:
            yield
            return
        async with self.worker:
            if step.die != "moment":
                self.engine.arm(step.die, step.verb)
            reviving = asyncio.create_task(self._revive(step))
            try:
                yield
            finally:
                await reviving

    async def _revive(self, step: Step) -> None:
        """Wait for the death, then start a worker that lives. A command that asks no provider brings none."""
        process = self.engine.processes["worker"]
        if step.die == "moment":
            await asyncio.sleep(step.portion / 2)
        else:
            with contextlib.suppress(TimeoutError):
                await eventually(lambda: process.poll() is not None, 12)
            if self.engine.disarm():
                return
        self.tally.kills += 1
        self.engine.kill("worker")
        self.engine.start("worker")

    # The end

    async def rest(self) -> None:
        """No more faults; webhooks sent, events told, everything retried until done; then reconciliation, as every day."""
        told = self.shop.simulator.control("DELETE", "faults")["rules"]
        self.tally.faults.update(name for rule in told for name in [rule["fault"]] * rule["injected"])
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._still()
            since = self.began.replace(microsecond=0)
            period = Period(provider="stripe", livemode=False, since=since, until=since + timedelta(days=30))
            for _ in range(3):  # a repaired order may give money back, which is news again
                found: Reconciliation = await self.shop.client.execute_workflow(
                    ReconcileWorkflow.run,
                    args=[period, "stripe", False],
                    id=f"reconcile-drill-{os.urandom(4).hex()}",
                    task_queue=self.shop.settings.task_queue,
                )
                self.tally.repaired += len(found.differences)
                await self._still()
                if not found.differences:
                    return

    async def _still(self) -> None:
        await eventually(self.shop._told, PATIENCE_SECONDS)
        await eventually(self._idle, PATIENCE_SECONDS)

    async def _idle(self) -> bool:
        """No operation is under way, no workflow has anything to do, no order has money to give back."""
        if await operations.unsettled(self.shop.database, int(time.time()) + 3600):
            return False
        for order_id in self.shop.made:
            about = (await self.shop.client.get_workflow_handle(f"order-{order_id}").describe()).raw_description
            # A task may wait for the sticky queue of a worker that was killed, ten seconds long.
            if about.HasField("pending_workflow_task") or about.pending_activities:
                return False
        owing = "WorkflowType = 'Order' AND ExecutionStatus = 'Running' AND WaitsFor = 'refund'"
        return (await self.shop.client.count_workflows(owing)).count == 0

    async def check(self, order: Order, life: Life) -> None:
        """Everything that must hold of one order now."""
        order = await self.shop.stored(order)
        entries = [
            e
            for e in self.shop.simulator.control("GET", "ledger")["entries"]
            if e["metadata"].get("order_id") == order.id
        ]
        ours = (ledger.captured(order), sum(refunds_alone(order, p) for p in order.payments))
        theirs = self.shop.charged(order)
        held = {p.ref for p in order.payments if p.state == "authorized" and p.capturable}
        there = {e["payment_intent"] for e in entries if e["status"] == "requires_capture"}
        refunds = [r for e in entries for r in self.shop.requests("refunds", payment_intent=e["payment_intent"])]
        keys = [r["metadata"]["ordermill_key"] for r in refunds if "ordermill_key" in r["metadata"]]
        about = await self.shop.handle(order).describe()
        left = await unsettled(self.shop.database, order.id)
        self.tally.moved.update(
            payments=len(entries), captured=sum(e["captured"] > 0 for e in entries), refunds=len(refunds)
        )
        found = {
            f"ledgers differ: ours {ours}, theirs {theirs}": ours == theirs,
            f"holds differ: ours {held}, theirs {there}": held == there,
            f"a card was charged twice for one payment: {entries}": all(
                e["charges"] <= 1 + order.declines for e in entries
            ),
            f"a refund was made twice: {keys}": len(keys) == len(set(keys)),
            f"operations left half done: {left}": not left,
            f"its workflow {about.status} hangs": about.status in ENDS and not about.raw_description.pending_activities,
        }
        wrong = [said for said, so in found.items() if not so]
        lost = ledger.refunded(order) - ours[1]
        wrong += await self._reckon(order, life, (theirs[0], theirs[1] + lost))
        again = f"python -m tests.money.drill --runs 1 --seed {life.seed} --kills {life.kills}"
        self.tally.differences += [f"seed {life.seed}: order {order.id}: {said} (again: {again})" for said in wrong]

    async def _reckon(self, order: Order, life: Life, moved: tuple[int, int]) -> list[str]:
        """The second account against what the API shows and what the provider moved, lost disputes included."""
        units = [body["items"][0]["quantity"] for body in self.accepted.get((order.id, "units"), [])]
        edits = [body["quantity"] for body in self.accepted.get((order.id, "edit"), [])]
        kept = Reckoning(life.quantity, life.price_each, units=units, edits=edits)
        kept.read(order, await events(self.shop.database, order.id))
        shown = (await self.shop.call("GET", f"/order/order_{order.id}")).json()
        said = {name: shown[name] for name in ("amountDue", "capturedTotal", "refundedTotal")}
        return list(kept.differences(said | {"closed": bool(shown["closedAt"])}, moved))


@asynccontextmanager
async def ready(folder: Path, tally: Tally) -> AsyncIterator[Drill]:
    """The engine's processes and the simulator's, up; all stopped by their own process in the end."""
    (port,) = free_ports(1)
    simulator = Simulator(f"http://127.0.0.1:{port}")
    extra = {
        "ORDERMILL_PAYMENT_PROVIDER": "stripe",
        "STRIPE_API_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "STRIPE_API_BASE": simulator.url,
        "ORDERMILL_LOG_LEVEL": "warning",
        "ORDERMILL_STRIPE_MULTICAPTURE": "true",
    }
    engine = Engine(folder, None, extra)
    engine.worker = "faulty_worker"
    with stripe_process(folder, port):
        try:
            await asyncio.to_thread(engine.up)
            settings = Settings(
                data_dir=folder, temporal_address=engine.server.address, payment_provider="stripe",
                stripe_api_key=SecretStr(KEY), stripe_api_base=simulator.url, stripe_multicapture=True,
            )  # fmt: skip
            database = create_engine(settings.database)
            client = await connect(settings, lazy=False)
            door = TemporalDoor(
                client, database, task_queue=settings.task_queue, timeout_seconds=60, providers=by_livemode(settings)
            )
            shop = MoneyShop(client, database, door, settings, simulator, engine.url, engine.key)
            shop.listen()
            yield Drill(engine, shop, tally)
            await database.dispose()
        finally:
            await asyncio.to_thread(engine.stop)
            simulator.http.close()


@contextmanager
def stripe_process(folder: Path, port: int) -> Iterator[None]:
    line = [sys.executable, "-m", "stripe_simulator", "--port", str(port)]
    with (folder / "stripe.log").open("ab") as log:
        process = subprocess.Popen(
            tethered(line), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(15)


def batches(lives: list[Life], parallel: int) -> Iterator[list[Life]]:
    """So many at a time, those of one kind of provider account together: it is one account for all lives of a batch."""
    for several in (False, True):
        alike = [life for life in lives if life.several == several]
        yield from (alike[at : at + parallel] for at in range(0, len(alike), parallel))


async def run(seeds: list[int], *, parallel: int = 1, kills: float = 0.03, folder: Path | None = None) -> Tally:
    """All these lives, `parallel` at a time; after each batch everything must have come to rest and agree."""
    tally = Tally()
    made = Path(tempfile.mkdtemp(prefix="drill-", dir=folder))
    async with ready(made, tally) as drill:
        for lives in batches([draw(seed, kills=kills) for seed in seeds], parallel):
            await drill.batch(lives)
            sys.stderr.write(
                f"{tally.runs} runs, {tally.commands.total()} commands, {len(tally.differences)} differences\n"
            )
            if tally.differences:
                sys.stderr.write("\n".join([*tally.differences, f"logs in {made}", ""]))
                return tally
    shutil.rmtree(made)
    return tally


def main() -> int:
    """Exit code 1 when anything differs."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.money.drill", description=__doc__.splitlines()[0] if __doc__ else None
    )
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the next take the next ones")
    parser.add_argument("--parallel", type=int, default=1, help="lives at once; 1 replays a seed exactly")
    parser.add_argument("--kills", type=float, default=0.03, help="how likely the worker dies, per step")
    given = parser.parse_args()
    began = time.monotonic()
    seeds = list(range(given.seed, given.seed + given.runs))
    tally = asyncio.run(run(seeds, parallel=given.parallel, kills=given.kills))
    sys.stdout.write("\n".join(tally.lines(time.monotonic() - began)) + "\n")
    return 1 if tally.differences else 0


if __name__ == "__main__":
    sys.exit(main())
