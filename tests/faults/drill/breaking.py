"""What goes wrong meanwhile: processes killed by their pid, and workflows reset or terminated as an operator would.

Each break happens when a drawn share of the commands is answered, so that a drill ends whatever it breaks.
"""

import asyncio
import random
import signal
import subprocess
from collections import Counter
from typing import Final

from tests.databases import Postgres
from tests.faults import temporal_cli as temporal
from tests.faults.drill.clients import Clients
from tests.faults.engine import Engine

KILLS: Final[dict[str, tuple[str, ...]]] = {
    "worker": ("worker",),
    "temporal": ("temporal",),
    "both": ("worker", "temporal"),
    "api": ("api",),
}
AWAY_SECONDS: Final = (0.0, 1.5)
"""Until a killed process is started again."""
LONG_SECONDS: Final = (6.0, 15.0)
"""The same now and then: longer than commands are waited for, so that their callers hear 202, 503 or 504."""
LONG_SHARE: Final = 0.3
OF_LATE: Final = 20
"""Workflows are reset and terminated among this many orders placed last: those still have clients."""


class Breaker:
    def __init__(
        self, engine: Engine, clients: Clients, dice: random.Random, postgres: Postgres | None, kills: int, resets: int
    ) -> None:
        """`resets`: as many, and as many terminations."""
        self.done: Counter[str] = Counter()
        self.in_flight: list[int] = []
        """Commands that had been sent and not answered, at each kill."""
        self._engine, self._clients, self._dice, self._postgres = engine, clients, dice, postgres
        kinds = [*KILLS, *(["postgresql"] if postgres else [])]
        self._plan = [kinds[n % len(kinds)] for n in range(kills)] + ["reset", "terminate"] * resets

    async def run(self, commands: int) -> None:
        """Until every break has happened."""
        self._dice.shuffle(self._plan)
        moments = sorted(self._dice.uniform(0.03, 0.95) * commands for _ in self._plan)
        for moment, kind in zip(moments, self._plan, strict=True):
            while self._clients.answered < moment or not self._clients.in_flight:
                await asyncio.sleep(0.01)
            await self._break(kind)

    async def _break(self, kind: str) -> None:
        if kind in ("reset", "terminate"):
            await self._handle(kind)
            return
        self.in_flight.append(self._clients.in_flight)
        self.done[kind] += 1
        if kind == "postgresql":
            await self._crash_postgres()
            return
        for name in KILLS[kind]:
            self._engine.kill(name)
        await self._away()
        for name in reversed(KILLS[kind]):
            self._engine.start(name)

    async def _away(self) -> None:
        await asyncio.sleep(self._dice.uniform(*(LONG_SECONDS if self._dice.random() < LONG_SHARE else AWAY_SECONDS)))

    async def _handle(self, kind: str) -> None:
        """A workflow that runs; none is looked for while Temporal is away."""
        placed = [told.order for told in self._clients.told[-OF_LATE:] if told.order]
        if not placed:
            return
        order = self._dice.choice(placed)
        handle = temporal.reset if kind == "reset" else temporal.terminate
        try:
            await asyncio.to_thread(handle, self._engine, order)
        except (
            AssertionError,
            subprocess.TimeoutExpired,
        ):  # the order is over and its workflow has completed, or Temporal is just coming back
            self.done[f"no {kind}"] += 1
        else:
            self.done[kind] += 1

    async def _crash_postgres(self) -> None:
        """As after a power cut: every backend dies at once, nothing is written out, the start recovers from the log."""
        assert self._postgres is not None
        process = self._postgres._process
        process.send_signal(signal.SIGQUIT)
        await asyncio.to_thread(process.wait, 30)
        await self._away()
        # The server dies with the thread that started it; those of the loop's pool live as long as the loop.
        await asyncio.to_thread(self._postgres.start)
