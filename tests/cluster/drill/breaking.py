"""What is done to the cluster meanwhile: each process killed, paused and restarted in turn, then all of them in a row.

What ends by itself, as a worker does that reaches no Temporal for long, is started again, as Compose does it, and counted.
The proxy is the drill's own and is left alone. After each break the process is back before the next begins, as a supervisor
would have it; what callers saw meanwhile is theirs to tell.
"""

import asyncio
import random
import time
from collections import Counter
from typing import Final

from tests.cluster.topology import Cluster

MODES: Final = ("kill", "pause", "restart")
AWAY_SECONDS: Final = (0.5, 3.0)
"""Until a killed process is started again."""
PAUSED_SECONDS: Final = (2.0, 9.0)


class Breaker:
    def __init__(
        self, cluster: Cluster, dice: random.Random, quiet_seconds: float, only: list[str] | None = None
    ) -> None:
        """`quiet_seconds`: between two breaks. `only`: these processes."""
        self.cluster, self.dice, self.quiet_seconds = cluster, dice, quiet_seconds
        self.names = [name for name in cluster.everything if name != "proxy" and (only is None or name in only)]
        self.done: Counter[str] = Counter()
        self.rolled_seconds = 0.0

    async def supervise(self) -> None:
        """Until cancelled. What is killed or ended on purpose is none of the cluster's processes meanwhile."""
        while True:
            for name, process in list(self.cluster.processes.items()):
                if process.poll() is not None:
                    self.done[f"{name} ended by itself"] += 1
                    self.cluster.start(name)
            await asyncio.sleep(1)

    async def run(self) -> None:
        plan = [(mode, name) for mode in MODES for name in self.names]
        self.dice.shuffle(plan)
        for mode, name in plan:
            await asyncio.sleep(self.quiet_seconds)
            await self._break(mode, name)
        began = time.monotonic()
        for name in self.names:
            await self._restart(name)
            self.done["rolling restart"] += 1
        self.rolled_seconds = time.monotonic() - began

    async def _break(self, mode: str, name: str) -> None:
        if mode == "kill":
            self.cluster.kill(name)
            await asyncio.sleep(self.dice.uniform(*AWAY_SECONDS))
            self.cluster.start(name)
            await asyncio.to_thread(self.cluster.wait_up, name)
        elif mode == "pause":
            self.cluster.pause(name)
            await asyncio.sleep(self.dice.uniform(*PAUSED_SECONDS))
            self.cluster.resume(name)
        else:
            await self._restart(name)
        self.done[mode] += 1

    async def _restart(self, name: str) -> None:
        """Started from this thread: a process dies with the thread that started it."""
        await asyncio.to_thread(self.cluster.end, name)
        self.cluster.start(name)
        await asyncio.to_thread(self.cluster.wait_up, name)
