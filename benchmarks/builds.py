"""`python -m benchmarks builds`: this build beside another source tree, both up at once, bursts in turn.

`ORDERMILL_OTHER_BUILD` names the other tree (`git worktree add ../before COMMIT`). Identical code differs by a sixth between two
runs on a shared machine, so only the medians of each round's own ratio are worth reading: what slows a round down slows both.
"""

import asyncio
import contextlib
import os
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import aiohttp
import uvloop

from benchmarks.peers.engine import LABELS
from benchmarks.peers.engine import stock as stocked
from benchmarks.peers.postgres import Database, database
from benchmarks.peers.rounds import Found, Rounds, measure, ratio, say
from benchmarks.peers.system import PAYMENT, Case, System, asked, body, insist
from tests.faults.engine import ROOT, Engine

OTHER: Final = "ORDERMILL_OTHER_BUILD"
BURST: Final = 96
ROUNDS: Final = int(os.environ.get("ORDERMILL_BUILDS_ROUNDS", "9"))
HEAD: Final = (
    "| database | CPU-ms per lifecycle, before | now | now ÷ before | by process, before | now |\n"
    "|---|--:|--:|--:|---|---|\n"
)


async def lifecycle(http: aiohttp.ClientSession) -> None:
    """Placed, confirmed, paid, shipped, delivered, closed."""
    path = f"/order/{(await asked(http, '/order', body()))['id']}"
    await asked(http, f"{path}/confirm", {})
    await asked(http, f"{path}/pay", PAYMENT)
    await asked(http, f"{path}/fulfill", {})
    done = await asked(http, f"{path}/deliver", {})
    insist(done["lifecycle"] == "delivered", done)


def run(folder: Path) -> str:
    """The table, as markdown. KeyError when no other build is named."""
    other = Path(os.environ[OTHER]).resolve()
    rows = []
    for kind in ("SQLite", "PostgreSQL"):
        with contextlib.ExitStack() as stack:
            builds = []
            for name, code in (("before", other), ("now", ROOT)):
                say(f"starting {name} on {kind}")
                room = folder / f"{kind}-{name}"
                room.mkdir()
                base = stack.enter_context(database()) if kind == "PostgreSQL" else None
                builds.append(stack.enter_context(running(room, name, code, base)))
            rows.append(row(kind, uvloop.run(measure(builds, ROUNDS))))
    return HEAD + "".join(rows) + f"\n{ROUNDS} rounds of {BURST} lifecycles, 16 at once.\n"


@contextlib.contextmanager
def running(folder: Path, name: str, code: Path, base: Database | None) -> Iterator[System]:
    """One build's Temporal, worker, API, and PostgreSQL where that is asked for."""
    url = base.url("postgresql+asyncpg") if base else None
    extra = {"ORDERMILL_RATE_LIMIT__PER_MINUTE": "0", "ORDERMILL_LOG_LEVEL": "warning"}
    engine = Engine(folder, url, extra, code)
    try:
        engine.up()
        asyncio.run(stocked(base)) if base else engine.write("UPDATE inventory SET on_hand = 10000000")
        processes = {LABELS[label]: process.pid for label, process in engine.processes.items()}
        processes |= {"PostgreSQL": base.pid} if base else {}
        cases = (Case(name, "", BURST, lifecycle),)
        yield System(name, engine.url, {"Authorization": f"Bearer {engine.key}"}, processes, cases, {})
    finally:
        engine.stop()


def row(kind: str, found: Found) -> str:
    before, now = found.rounds
    cells = (
        kind,
        f"{statistics.median(before.totals()):.1f}",
        f"{statistics.median(now.totals()):.1f}",
        f"**{ratio(now.totals(), before.totals()):.2f}**",
        by_process(before),
        by_process(now),
    )
    return f"| {' | '.join(cells)} |\n"


def by_process(one: Rounds) -> str:
    return ", ".join(f"{name} {one.process(name):.1f}" for name in one.system.processes)
