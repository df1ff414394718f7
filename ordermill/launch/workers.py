"""`ordermill worker --processes N`: so many worker processes under one, as one service of a machine with several cores.

A worker is one process of Python, so one core. The processes know nothing of each other: Temporal hands out the work, and the
schedules are made once whoever makes them. What ends is started again, after a growing delay; SIGTERM stops all of them at
once, each when what it holds is done. A worker that ends within STEADY_SECONDS of the first start is a wrong start, and ends
the whole.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from ordermill.launch.supervisor import Backoff, Child, Supervisor, json_lines, prefixed
from ordermill.settings import Settings

STEADY_SECONDS: Final = 5.0
GRACE_SECONDS: Final = 15.0
"""A worker gives what it holds ten seconds (worker.py)."""


def children(processes: int, command: Sequence[str], environment: Mapping[str, str]) -> list[Child]:
    """One per process, all alike: what must differ (a port for metrics) each finds for itself."""
    return [
        Child(f"worker-{n}", list(command), environment, grace_seconds=GRACE_SECONDS) for n in range(1, processes + 1)
    ]


async def keep(
    settings: Settings, processes: int, arguments: Sequence[str], environment: Mapping[str, str], *,
    command: Sequence[str] = (sys.executable, "-m", "worker"), steady_seconds: float = STEADY_SECONDS,
    backoff: Backoff | None = None,
) -> int:  # fmt: skip
    """Until SIGTERM, SIGINT or SIGHUP; the exit code."""
    supervisor = Supervisor(json_lines if settings.log_json else prefixed, backoff=backoff)
    supervisor.watch_signals()
    try:
        for child in children(processes, [*command, *arguments], environment):
            await supervisor.start(child)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(supervisor.stop_requested.wait(), steady_seconds)
        if supervisor.failed is None:
            supervisor.settled()
        await supervisor.stop_requested.wait()
    finally:
        await supervisor.stop(together=True)
    return 1 if supervisor.failed else 0


def import_path(root: str) -> dict[str, str]:
    """What lets a child import our packages from anywhere."""
    return {"PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
