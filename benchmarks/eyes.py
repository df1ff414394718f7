"""What being watched costs a request: CPU of the API per read, with the log, the metrics page and traces, against without.

Real API processes on one database and one Temporal, asked in turn, batch by batch, so that a machine that slows down slows all:

    silent    log level `error`: no line per request; no metrics, no traces
    logged    as it comes: one line per request
    metered   and ORDERMILL_METRICS_PORT
    traced    and OTEL_EXPORTER_OTLP_ENDPOINT, every request a trace, sent to a collector on this machine
"""

import asyncio
import os
import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import aiohttp

from benchmarks.speed import BODY, asked
from ordermill.launch.ports import free_ports
from tests.faults.engine import Engine, running
from tests.watched.collector import collecting

ROUNDS: Final = 7
READS: Final = 300
TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


@contextmanager
def api(engine: Engine, **settings: str) -> Iterator[tuple[str, int]]:
    """A further API over the engine's database and Temporal: (its address, its pid)."""
    (port,) = free_ports(1)
    given = {"ORDERMILL_TEMPORAL_PORT": str(engine.server.port), "ORDERMILL_RATE_LIMIT__PER_MINUTE": "0", **settings}
    other = Engine(engine.folder, engine.database_url, given)
    other.environment["ORDERMILL_API_PORT"] = str(port)
    other.url = f"http://127.0.0.1:{port}"
    other.start("api")
    try:
        other.wait_ready()
        yield other.url, other.processes["api"].pid
    finally:
        other.end("api")


def setups(collector: str) -> dict[str, dict[str, str]]:
    """Name -> settings, each with what the one before has."""
    (port,) = free_ports(1)
    metered = {"ORDERMILL_METRICS_PORT": str(port)}
    traced = metered | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector}
    return {"silent": {"ORDERMILL_LOG_LEVEL": "error"}, "logged": {}, "metered": metered, "traced": traced}


async def measured(apis: dict[str, tuple[str, int]], key: str) -> dict[str, list[float]]:
    """Name -> CPU-ms per read, round by round."""
    taken: dict[str, list[float]] = {name: [] for name in apis}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {key}"}) as http:
        url, _ = next(iter(apis.values()))
        order = await asked(http, "POST", f"{url}/order", BODY)
        for round_ in range(ROUNDS + 1):
            for name, (url, pid) in apis.items():
                before = cpu_seconds(pid)
                for _ in range(READS):
                    await asked(http, "GET", f"{url}/order/{order['id']}")
                if round_:  # the first warms up
                    taken[name].append((cpu_seconds(pid) - before) * 1000 / READS)
    return taken


def table(folder: Path) -> str:
    """Markdown."""
    with collecting() as collector, ExitStack() as stack:
        engine = stack.enter_context(running(folder))
        apis = {name: stack.enter_context(api(engine, **given)) for name, given in setups(collector.url).items()}
        taken = asyncio.run(measured(apis, engine.key))
    silent = taken["silent"]
    rows = "| an API that is | CPU-ms per read | against silent |\n|---|--:|--:|\n"
    for name, values in taken.items():
        ratio = statistics.median(a / b for a, b in zip(values, silent, strict=True))
        rows += f"| {name} | {statistics.median(values):.2f} | {ratio:.2f}× |\n"
    return rows
