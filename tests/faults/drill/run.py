"""One drill from an empty state directory to its verdict."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.databases import Postgres
from tests.faults.drill import checking
from tests.faults.drill.breaking import Breaker
from tests.faults.drill.clients import Clients
from tests.faults.drill.lives import VARIANT
from tests.faults.engine import Engine, running

ON_HAND: Final = 1_000_000
SWEEP_SECONDS: Final = 30
GRACE_SECONDS: Final = 60
"""How late a window may close after the last break, beside the sweep's period: a worker that was just started leaves
deadlines alone for a while, and a killed worker's activity is missed only after seconds."""

PATIENCE_SECONDS: Final = (12, 4)
"""How long the API waits for a command, for even and odd seeds: longer and shorter than the SDK tries to reach a Temporal that is
away, which ends in different ways."""


@dataclass(frozen=True)
class Options:
    commands: int
    seed: int
    kills: int
    resets: int
    """As many resets, and as many terminations."""
    together: int = 8
    window_seconds: int = 45


@dataclass
class Verdict:
    """What was done and what was found."""

    options: Options
    database: str
    orders: int = 0
    commands: int = 0
    verbs: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)
    breaks: Counter[str] = field(default_factory=Counter)
    in_flight: list[int] = field(default_factory=list)
    replayed: int = 0
    latest_seconds: float = 0.0
    """How long after its moment, or after the last break where that was later, the last window closed."""
    seconds: float = 0.0
    differences: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        yield f"acknowledged {dict(sorted(self.verbs.items()))}"
        yield f"refused {dict(sorted(self.refused.items()))} · asked again {dict(sorted(self.again.items()))}"
        yield from self.differences
        kills = {name: n for name, n in sorted(self.breaks.items()) if name not in ("reset", "terminate")}
        flying = sum(self.in_flight) / max(1, len(self.in_flight))
        yield (
            f"drill on {self.database}, seed {self.options.seed}: {self.commands} commands on {self.orders} orders"
            f" · kills {kills} with {flying:.1f} commands in flight · resets {self.breaks['reset']},"
            f" terminations {self.breaks['terminate']} · {self.replayed} answers repeated"
            f" · last window {self.latest_seconds:.0f} s late · {self.seconds:.0f} s"
            f" · differences {len(self.differences)}"
        )


def run(options: Options, folder: Path, postgres: Postgres | None) -> Verdict:
    """Everything on free loopback ports, gone at the end."""
    settings = {
        "ORDERMILL_RATE_LIMIT__PER_MINUTE": "0",
        "ORDERMILL_COMMAND_TIMEOUT_SECONDS": str(PATIENCE_SECONDS[options.seed % 2]),
        "ORDERMILL_ORDER__PAYMENT_WINDOW_MINUTES": f"{options.window_seconds / 60:.6f}",
        "ORDERMILL_ORDER__RETURN_WINDOW_DAYS": f"{options.window_seconds / 86400:.9f}",
    }
    verdict = Verdict(options, "postgresql" if postgres else "sqlite")
    began = time.monotonic()
    with running(folder, database_of(postgres), settings=settings) as engine:
        answer = engine.call("PUT", f"/engine/inventory/{VARIANT}", {"onHand": ON_HAND})
        assert answer.status_code == 200, answer.text
        asyncio.run(_drill(engine, options, postgres, verdict))
    verdict.seconds = time.monotonic() - began
    return verdict


def database_of(postgres: Postgres | None) -> str | None:
    """A database of its own that keeps what it has committed when it is killed; the tests' server gives that up for speed."""
    if postgres is None:
        return None
    name = postgres.clone()
    postgres._admin(f"ALTER DATABASE {name} SET synchronous_commit = on")
    return postgres.url(name)


async def _drill(engine: Engine, options: Options, postgres: Postgres | None, verdict: Verdict) -> None:
    clients = Clients(engine, options.seed, options.commands, options.together)
    breaker = Breaker(engine, clients, random.Random(options.seed), postgres, options.kills, options.resets)
    breaking = asyncio.create_task(breaker.run(options.commands))
    try:
        await clients.run()
        await breaking
        verdict.breaks, verdict.in_flight = breaker.done, breaker.in_flight
        await asyncio.to_thread(engine.wait_ready)
        await _rest(engine, verdict)
        await _still_there(clients, verdict)
        await asyncio.to_thread(_check, engine, clients, verdict)
    finally:
        breaking.cancel()
        await clients.close()


async def _rest(engine: Engine, verdict: Verdict) -> None:
    """Wait until no window is due any more and no money is under way; differences when that takes longer than promised."""
    began, calm = time.monotonic(), time.time()
    windows = verdict.options.window_seconds + 5
    most = windows + SWEEP_SECONDS + GRACE_SECONDS
    while True:
        due = await asyncio.to_thread(checking.overdue, engine, int(time.time()) - 2)
        if due:
            first = max(calm, min(at for _, at in due))
            verdict.latest_seconds = max(verdict.latest_seconds, time.time() - first)
        half_done = await asyncio.to_thread(engine.rows, checking.TWICE["payment operations left half done"])
        waited = time.monotonic() - began
        if waited >= windows and not due and not half_done:
            return
        if waited > most:
            verdict.differences += [f"window of {order_id} due at {at} never closed" for order_id, at in due]
            return
        await asyncio.sleep(1)


async def _still_there(clients: Clients, verdict: Verdict) -> None:
    """Each order takes one more command, and each answer that was given is given again, byte for byte."""

    async def note(order: str, key: str) -> None:
        answer = await clients.insist("POST", f"/api/v1/orders/{order}/notes", {"body": checking.LAST_NOTE}, key)
        if answer.status_code != 201:
            verdict.differences.append(f"{order} takes no note any more: {answer.status_code} {answer.text[:200]}")

    many = asyncio.Semaphore(verdict.options.together)

    async def once(work: object) -> None:
        async with many:
            try:
                await work  # type: ignore[misc]
            except TimeoutError as error:
                verdict.differences.append(str(error))

    async def again(key: str, path: str, body: dict[str, object], status: int, content: bytes) -> None:
        answer = await clients.insist("POST", path, body, key)
        if (answer.status_code, answer.content) != (status, content):
            was, now = f"{status} {content[:200]!r}", f"{answer.status_code} {answer.content[:200]!r}"
            verdict.differences.append(f"{path} with key {key} was answered {was}, is answered {now}")

    said = [said for told in clients.told for said in told.said]
    verdict.replayed = len(said)
    await asyncio.gather(*(once(again(s.key, s.path, s.body, s.status, s.content)) for s in said))
    await asyncio.gather(*(once(note(t.order["id"], f"last-{t.life.number}")) for t in clients.told if t.order))


def _check(engine: Engine, clients: Clients, verdict: Verdict) -> None:
    told = [one for one in clients.told if one.order]
    verdict.orders = len(told)
    verdict.again = clients.again
    for one in told:
        for said in one.said:
            verdict.commands += 1
            (verdict.verbs if said.done else verdict.refused)[said.step.verb] += 1
    verdict.differences += clients.differences
    for one in clients.told:
        if not one.order:
            answers = [(said.status, said.content[:300]) for said in one.said]
            verdict.differences.append(f"order {one.life.number} was not placed: {answers}")
    seen = [checking.Seen(engine, one) for one in told]
    for order in seen:
        verdict.differences += order.differences()
    verdict.differences += checking.stock_differences(engine, seen, ON_HAND)
    verdict.differences += checking.in_the_database(engine)
    count = engine.rows("select count(*) from orders")[0][0]
    if count != verdict.orders:
        verdict.differences.append(f"{count} orders are there, {verdict.orders} were acknowledged")
