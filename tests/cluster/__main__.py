"""`make cluster`: the deployed topology in the foreground until Ctrl-C; what dies is started again, as Compose does it.

Standard output carries the addresses and the key. Exit code 1, and one line, where Temporal's server cannot be had.
"""

import asyncio
import contextlib
import signal
import sys

from tests.cluster.server import NoServer
from tests.cluster.topology import Cluster, running


async def watch(cluster: Cluster) -> None:
    """Until a signal: start again what has ended."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    while not stop.is_set():
        for name, process in list(cluster.processes.items()):
            if process.poll() is not None:
                sys.stderr.write(f"{name} ended with {process.returncode}; it is started again\n")
                cluster.start(name)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1)


def banner(cluster: Cluster) -> str:
    lines = [f"  {name:<12} pid {cluster.processes[name].pid}" for name in cluster.everything]
    return "\n".join(
        [
            "",
            "The cluster is ready.",
            f"  API         {cluster.url}   (two, behind the proxy)",
            f"  Temporal    {cluster.temporal_address}, namespace {cluster.namespace}",
            f"  database    port {cluster.postgres.port}; logs in {cluster.folder}",
            f"  test key    {cluster.key}",
            *lines,
            "  Ctrl-C stops everything; nothing is kept.",
            "",
            "",
        ]
    )


def main() -> int:
    try:
        with running({"ORDERMILL_LOG_LEVEL": "info"}) as cluster:
            sys.stdout.write(banner(cluster))
            sys.stdout.flush()
            asyncio.run(watch(cluster))
    except NoServer as error:
        sys.stderr.write(f"make cluster: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
