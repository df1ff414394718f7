"""An engine of several processes of each kind: APIs on ports of their own, workers under one supervisor, one Temporal, one
database."""

import subprocess
import sys
from pathlib import Path

import httpx2

from ordermill.launch.ports import free_ports
from ordermill.launch.tether import tethered
from tests.faults.engine import Engine
from tests.plain_http import NO_CERTIFICATES


class Many(Engine):
    """`apis` answer alike; `url` is the first's."""

    def __init__(
        self, folder: Path, database_url: str, extra: dict[str, str] | None = None, *, apis: int = 2, workers: int = 3
    ) -> None:
        super().__init__(folder, database_url, extra)
        self.workers = workers
        self.ports = {f"api-{n}": port for n, port in enumerate(free_ports(apis - 1), 2)}
        self.urls = [self.url, *(f"http://127.0.0.1:{port}" for port in self.ports.values())]

    def start(self, name: str) -> None:
        if name not in self.ports and name != "worker":
            super().start(name)
            return
        more, line = {}, ["worker", "--processes", str(self.workers)]
        if name in self.ports:
            more, line = {"ORDERMILL_API_PORT": str(self.ports[name])}, ["api"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                tethered([sys.executable, "-m", "ordermill", *line]), env=self.environment | more, cwd=self.code,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def up(self) -> None:
        super().up()
        for name in self.ports:
            self.start(name)
        first = self.url
        for url in self.urls:
            self.url = url
            self.wait_ready()
        self.url = first

    def stop(self) -> None:
        for name in self.ports:
            self.end(name)
        super().stop()

    def clients(self) -> list[httpx2.AsyncClient]:
        """One per API."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return [
            httpx2.AsyncClient(base_url=url, headers=headers, timeout=60, trust_env=False, verify=NO_CERTIFICATES)
            for url in self.urls
        ]
