"""`python -m tests.faults.drill.restores --rounds 8`: an engine under load is backed up, killed and restored, over and over.

Each round: clients live lives that could be done twice (payments and refunds at a provider of its own, money by hand, parcels,
notes, cancellations); two backups are made meanwhile; then everything is killed at once, and the backup comes back with a
Temporal that is as old, older, newer, or gone. The provider forgets its idempotency keys. Then every client asks for everything
again, with the keys it used.

Judged by the provider's own books, which no restore touches: no Idempotency-Key may have moved money twice, and every order must
know what was taken and given back; and by the independent account (reckoning.py), which must find the same due and the same
money. Every open order must have a workflow, no window may stay open, and no row may contradict another.
"""

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from tests.databases import Postgres
from tests.faults import temporal_cli
from tests.faults.drill import checking
from tests.faults.drill.clients import Clients, Told
from tests.faults.drill.lives import VARIANT
from tests.faults.drill.reckoning import Reckoned
from tests.faults.drill.run import database_of
from tests.faults.engine import Engine, running, until
from tests.faults.stripe import paying_at
from tests.stripe.running import Simulator, running_simulator

Temporal = Literal["gone", "newer", "older", "same"]
"""Temporal's data beside the restored orders'. newer: as it was when everything was killed. older: an earlier backup's."""
FORGOTTEN_SECONDS: Final = 2 * 86400
"""The provider keeps its keys for a day."""
WINDOW_SECONDS: Final = 20
PATIENCE_SECONDS: Final = WINDOW_SECONDS + 30 + 90


@dataclass(frozen=True)
class Options:
    temporal: Temporal
    commands: int = 120
    seed: int = 1
    together: int = 8


@dataclass
class Verdict:
    options: Options
    database: str
    lost: int = 0
    """Acknowledged commands that the backup does not hold."""
    orders: int = 0
    moved: int = 0
    """Payments and refunds at the provider."""
    reckoned: int = 0
    """Commands that the independent account followed."""
    repeated: Counter[int] = field(default_factory=Counter)
    """Statuses of what was asked again."""
    backup_seconds: float = 0.0
    restore_seconds: float = 0.0
    ready_seconds: float = 0.0
    """From the restore's end until every open order has its workflow."""
    differences: list[str] = field(default_factory=list)

    def line(self) -> str:
        return (
            f"{self.database}, Temporal {self.options.temporal}, seed {self.options.seed}: {self.orders} orders, "
            f"{self.lost} commands lost with the backup, {self.moved} payments and refunds, "
            f"{self.reckoned} commands reckoned a second time, asked again "
            f"{dict(sorted(self.repeated.items()))}; backup {self.backup_seconds:.1f} s under load, restore "
            f"{self.restore_seconds:.1f} s, workflows back after {self.ready_seconds:.1f} s; "
            f"differences {len(self.differences)}"
        )


def run(options: Options, folder: Path, postgres: Postgres | None = None) -> Verdict:
    """One round, from an empty state directory."""
    verdict = Verdict(options, "postgresql" if postgres else "sqlite")
    state = folder / "state"
    state.mkdir()
    with running_simulator() as stripe:
        settings = paying_at(stripe) | {
            "ORDERMILL_RATE_LIMIT__PER_MINUTE": "0",
            "ORDERMILL_ORDER__PAYMENT_WINDOW_MINUTES": f"{WINDOW_SECONDS / 60:.6f}",
        }
        with running(state, database_of(postgres), settings=settings) as engine:
            answer = engine.call("PUT", f"/engine/inventory/{VARIANT}", {"onHand": 1_000_000})
            assert answer.status_code == 200, answer.text
            asyncio.run(_Round(engine, stripe, folder, verdict).run())
    return verdict


class _Round:
    def __init__(self, engine: Engine, stripe: Simulator, folder: Path, verdict: Verdict) -> None:
        self.engine, self.stripe, self.folder, self.verdict = engine, stripe, folder, verdict
        self.options = verdict.options
        self.dice = random.Random(f"{self.options.seed}-{self.options.temporal}")

    async def run(self) -> None:
        clients = await self._load()
        for name in ("api", "worker", "temporal"):
            self.engine.kill(name)
        await asyncio.to_thread(self._restore)
        self.stripe.control("POST", "clock", seconds=FORGOTTEN_SECONDS)
        again = Clients(self.engine, self.options.seed, 0, self.options.together)
        try:
            await self._repeat(clients, again)
        finally:
            await again.close()
        await asyncio.to_thread(self._judge)

    async def _load(self) -> Clients:
        """Lives under way, two backups, and then no answer any more."""
        clients = Clients(self.engine, self.options.seed, 10**9, self.options.together)
        living = asyncio.create_task(clients.run())
        shares = sorted(self.dice.uniform(0.2, 0.9) for _ in range(2))
        try:
            for name, share in zip(("early", "late"), shares, strict=True):
                await self._answered(clients, share)
                began = time.monotonic()
                await asyncio.to_thread(self._command, "backup", str(self.folder / name))
                self.verdict.backup_seconds = time.monotonic() - began
            before = clients.answered
            await self._answered(clients, shares[1] + 0.3)
            self.verdict.lost = clients.answered - before
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
            await clients.close()
        self.verdict.differences += clients.differences
        return clients

    async def _answered(self, clients: Clients, share: float) -> None:
        least = clients.answered + 5
        async with asyncio.timeout(240):
            while clients.answered < max(least, share * self.options.commands):
                await asyncio.sleep(0.02)

    def _restore(self) -> None:
        """The backup and the Temporal of this round, then the engine, then every open order has its workflow."""
        folder, kind = self.engine.folder, self.options.temporal
        began = time.monotonic()
        keeping = ["--orders-only"] if kind in ("newer", "older") else []
        self._command("restore", str(self.folder / "late"), *keeping)
        self.verdict.restore_seconds = time.monotonic() - began
        if kind in ("gone", "older"):
            for file in folder.glob("temporal.sqlite*"):
                file.unlink()
        if kind == "older":
            shutil.copy(self.folder / "early" / "temporal.sqlite", folder / "temporal.sqlite")
        began = time.monotonic()
        for name in ("temporal", "worker", "api"):
            self.engine.start(name)
        self.engine.wait_ready()
        try:
            until(self._all_run, 90, "every open order has a workflow")
        except TimeoutError as error:
            self.verdict.differences.append(str(error))
        self.verdict.ready_seconds = time.monotonic() - began

    def _command(self, *arguments: str) -> None:
        done = self.engine.ordermill(*arguments)
        if done.returncode:
            raise AssertionError(f"ordermill {arguments[0]}: {done.returncode} {done.stdout} {done.stderr}")

    def _all_run(self) -> bool:
        marks = self.engine.rows("select name from counters where name like 'restored%'")
        query = "WorkflowType = 'Order' AND ExecutionStatus = 'Running'"
        listed = temporal_cli.run(self.engine, "workflow", "list", "--query", query, "--limit", "5000", "-o", "json")
        runs = {about["execution"]["workflowId"] for about in json.loads(listed.stdout or "[]")}
        open_now = {f"order-{order}" for (order,) in self.engine.rows("select id from orders where is_open")}
        return not marks and open_now <= runs

    async def _repeat(self, clients: Clients, again: Clients) -> None:
        """Everything that was asked, by the same keys, in the same order; orders that are lost are placed anew."""
        many = asyncio.Semaphore(self.options.together)

        async def live(told: Told) -> None:
            async with many:
                anew = Told(told.life)
                try:
                    await again._live(anew)
                except TimeoutError as error:
                    self.verdict.differences.append(str(error))
                self.verdict.repeated.update(said.status for said in anew.said)

        await asyncio.gather(*(live(told) for told in clients.told))
        self.verdict.differences += again.differences

    # Judging

    def _judge(self) -> None:
        try:
            until(self._calm, PATIENCE_SECONDS, "no window is open and no money under way")
        except TimeoutError as error:
            self.verdict.differences.append(str(error))
        intents = self.stripe.control("GET", "ledger")["entries"]
        refunds = sorted(_pages(self.stripe, "refunds"), key=lambda refund: refund["created"])
        taken = [entry for entry in intents if entry["captured"]]
        self.verdict.moved = len(taken) + len(refunds)
        self.verdict.differences += _twice("payments", taken)
        self.verdict.differences += _twice("refunds", refunds)
        self.verdict.differences += self._books(intents)
        for (order_id,) in self.engine.rows("select id from orders"):
            reckoned = Reckoned(self.engine, order_id, intents, refunds)
            self.verdict.differences += reckoned.differences()
            self.verdict.reckoned += len(reckoned.told)
        self.verdict.differences += checking.in_the_database(self.engine)

    def _calm(self) -> bool:
        due = checking.overdue(self.engine, int(time.time()) - 2)
        asking = self.engine.rows("select id from orders where asking is not null")
        return not due and not asking

    def _books(self, intents: list[dict[str, Any]]) -> Iterator[str]:
        """What each order says of its card payments is what the provider says."""
        rows = self.engine.rows("select id, doc from orders")
        self.verdict.orders = len(rows)
        for order_id, text in rows:
            doc = json.loads(text)
            mine = [p for p in doc["payments"] if p["provider"] == "stripe"]
            theirs = [e for e in intents if e["metadata"].get("order_id") == order_id]
            ours = (sum(p["captured"] for p in mine), sum(p["refunded"] for p in mine))
            known = (sum(e["captured"] for e in theirs), sum(e["refunded"] for e in theirs))
            if ours != known:
                told = self.engine.rows(
                    "select verb, outcome, request_id from commands where order_id = ? order by at", order_id
                )
                asked = self.engine.rows(
                    "select kind, status, ref, request_id from payment_operations where order_id = ?", order_id
                )
                yield (
                    f"order {order_id}: we say {ours} taken and given back, the provider {known}; the order is "
                    f"{doc['stage']}, its commands {told}, its operations {asked}, its payments {doc['payments']}, "
                    f"the provider's {theirs}"
                )
            net = sum(p["captured"] - p["refunded"] for p in doc["payments"])
            if doc["stage"] in ("cancelled", "failed") and net:
                yield f"order {order_id} is {doc['stage']} and keeps {net}"


def _twice(what: str, objects: list[dict[str, Any]]) -> Iterator[str]:
    """Objects of one key: every movement of money names the claim of the key that asked for it."""
    of_key = Counter(body["metadata"].get("ordermill_claim") for body in objects if body["status"] != "failed")
    for claim, count in of_key.items():
        if claim is not None and count > 1:
            yield f"{count} {what} for one Idempotency-Key ({claim[:12]}…)"


def _pages(stripe: Simulator, kind: str) -> Iterator[dict[str, Any]]:
    after: dict[str, str] = {}
    while True:
        page = stripe.get(kind, limit=100, **after)
        yield from page["data"]
        if not page["has_more"]:
            return
        after = {"starting_after": page["data"][-1]["id"]}


@contextmanager
def _server(database: str) -> Iterator[Postgres | None]:
    if database == "sqlite":
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="om-restores-pg-", dir="/tmp") as folder:
        server = Postgres(Path(folder))
        try:
            yield server
        finally:
            server.stop()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.drill.restores", description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--commands", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    given = parser.parse_args()
    kinds: tuple[Temporal, ...] = get_args(Temporal)
    found = 0
    with _server(given.database) as postgres:
        for n in range(given.rounds):
            options = Options(kinds[n % len(kinds)], given.commands, given.seed + n)
            with tempfile.TemporaryDirectory(prefix="om-restores-") as folder:
                verdict = run(options, Path(folder), postgres)
            for line in (*verdict.differences, verdict.line()):
                print(line, flush=True)  # noqa: T201 - a command line
            found += len(verdict.differences)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
