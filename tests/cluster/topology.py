"""A cluster: every process of the deployed topology, several of each, started from what docker-compose.yml says.

    postgres                      one, as the container has it
    frontend-1,2 history-1,2      Temporal's roles as processes of their own, on that PostgreSQL
    matching system               ("system" is Temporal's own worker role)
    api-1,2 worker-1,2,3          ours
    proxy                         HTTP to the APIs, TCP to the frontends

Everything listens on free loopback ports and is ended by its own pid; each dies with the process that started it.
"""

import asyncio
import contextlib
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx2

from ordermill.launch.dev_server import find_cli, wait_ready
from ordermill.launch.ports import free_ports, is_free
from ordermill.launch.tether import tethered
from tests.cluster import compose, server
from tests.cluster.postgres import Server, backends
from tests.faults.engine import ROOT, Engine
from tests.plain_http import NO_CERTIFICATES

PASSWORDS: Final = ("POSTGRES_PASSWORD", "TEMPORAL_DB_PASSWORD", "ORDERMILL_DB_PASSWORD")
ROLES: Final = {"frontend": 2, "history": 2, "matching": 1, "system": 1}
"""Temporal's roles and how many of each."""
SERVICE_OF: Final = {"system": "worker"}
"""Role -> what the server calls it, where a worker of ours would be mistaken for it."""
GRACE_SECONDS: Final = 30.0
"""docker-compose.yml's longest."""
NAMESPACE_SECONDS: Final = 90.0


def low_ports(count: int) -> Iterator[int]:
    """Free ports that fit into a smallint: Temporal's membership table on PostgreSQL keeps a role's port in one."""
    dice = random.SystemRandom()
    found: set[int] = set()
    while len(found) < count:
        port = dice.randrange(12_000, 32_000)
        if port not in found and is_free("127.0.0.1", port):
            found.add(port)
    return iter(found)


def names(kind: str, count: int) -> list[str]:
    return [kind] if count == 1 else [f"{kind}-{n}" for n in range(1, count + 1)]


@dataclass(frozen=True)
class Build:
    """Which source tree a process of ours runs, and what it is told besides."""

    code: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, str]:
        paths = {"PYTHONPATH": str(self.code), "ORDERMILL_CONFIG": str(self.code / "ordermill.yaml")}
        return paths | self.environment


class Cluster(Engine):
    """`settings`: environment of our own processes beside compose's. `apis`, `workers`: how many."""

    def __init__(
        self,
        folder: Path,
        settings: dict[str, str] | None = None,
        *,
        code: Path = ROOT,
        apis: int = 2,
        workers: int = 3,
    ) -> None:
        super().__init__(folder, None, settings, code)
        self.key = f"sk_test_{secrets.token_urlsafe(32)}"
        self.apis, self.workers = names("api", apis), names("worker", workers)
        self.temporal = [name for role, count in ROLES.items() for name in names(role, count)]
        self.programs = server.made()
        self.services = compose.services({name: secrets.token_hex(12) for name in PASSWORDS})
        database, web, grpc, *self._api_ports = free_ports(3 + apis)
        self.addresses = {
            "@postgres:5432": f"@127.0.0.1:{database}",
            "temporal:7233": f"127.0.0.1:{grpc}",
        }
        self.postgres = Server(self._room("postgres"), self.services["postgres"], database)
        low = low_ports(3 * len(self.temporal))
        self.ports = {name: [next(low) for _ in range(3)] for name in self.temporal}
        """Of each role: gRPC, membership, and HTTP (which only a frontend has)."""
        self.proxied = (web, grpc)
        self.url = f"http://127.0.0.1:{web}"
        self.temporal_address = f"127.0.0.1:{grpc}"
        ours = self.services["api"].environment_at(self.addresses)
        self.database_url = ours["ORDERMILL_DATABASE_URL"].replace("@", f":{ours['ORDERMILL_DATABASE_PASSWORD']}@")
        # Not the folder itself: an engine makes its state directory 0700, and PostgreSQL runs as another user beside it.
        self.state = self._room("state")
        self.environment |= {"ORDERMILL_DATA_DIR": str(self.state)}
        self.environment |= (
            ours | {"ORDERMILL_PUBLIC_URL": self.url, "ORDERMILL_LOG_LEVEL": "warning"} | (settings or {})
        )
        if code != ROOT:  # a release of before has the password in its URL
            self.environment["ORDERMILL_DATABASE_URL"] = self.database_url
            del self.environment["ORDERMILL_DATABASE_PASSWORD"]
        self.builds = {name: Build(code) for name in (*self.workers, *self.apis)}
        self.keep = False
        """Whether its folder, with every log, stays when it is gone."""
        self.namespace = ours["ORDERMILL_TEMPORAL_NAMESPACE"]

    def _room(self, name: str) -> Path:
        (self.folder / name).mkdir(exist_ok=True)
        return self.folder / name

    @property
    def everything(self) -> list[str]:
        """Every process, in the order in which they start."""
        return ["postgres", *self.temporal, "proxy", *self.workers, *self.apis]

    # What each process is

    def line(self, name: str) -> list[str]:
        """Its command line."""
        if name in self.temporal:
            role = name.partition("-")[0]
            return [str(self.programs / "temporal-server"), "start", "--service", SERVICE_OF.get(role, role)]
        if name == "proxy":
            web, grpc = self.proxied
            apis = ",".join(f"http://127.0.0.1:{port}" for port in self._api_ports)
            fronts = ",".join(f"127.0.0.1:{self.ports[n][0]}" for n in self.temporal if n.startswith("frontend"))
            return [sys.executable, "-m", "tests.cluster.proxy", "--http", f"{web}={apis}", "--tcp", f"{grpc}={fronts}"]
        service = self.services["api" if name in self.apis else "worker"]
        return [sys.executable, "-m", "ordermill", *service.command]

    def environment_of(self, name: str) -> dict[str, str]:
        if name in self.temporal:
            return {"PATH": os.environ["PATH"], "HOME": str(self.folder)} | self._temporal_environment(name)
        if name == "proxy":
            return {**os.environ, "PYTHONPATH": str(ROOT)}
        port = {"ORDERMILL_API_PORT": str(self._api_ports[self.apis.index(name)])} if name in self.apis else {}
        return self.environment | port | self.builds[name].told

    def add_workers(self, label: str, count: int, build: Build) -> list[str]:
        """More workers, of this build; started."""
        made = [f"{label}-{n}" for n in range(1, count + 1)]
        self.workers += made
        self.builds |= dict.fromkeys(made, build)
        for name in made:
            self.start(name)
        return made

    def remove(self, names: Iterable[str]) -> None:
        """Ended for good, as an operator ends them."""
        for name in names:
            self.end(name)
            self.workers.remove(name)

    def _temporal_environment(self, name: str) -> dict[str, str]:
        """As compose tells the server, on loopback, with ports of its own for the role."""
        role, (grpc, membership, http) = SERVICE_OF.get(name, name.partition("-")[0]).upper(), self.ports[name]
        return self._told("temporal") | {
            "BIND_ON_IP": "127.0.0.1",
            f"{role}_GRPC_PORT": str(grpc),
            f"{role}_MEMBERSHIP_PORT": str(membership),
            f"{role}_HTTP_PORT": str(http),
        }

    def _told(self, service: str) -> dict[str, str]:
        """Compose's environment for one of Temporal's containers; "postgres" is a host name there."""
        told = self.services[service].environment_at(self.addresses)
        if "POSTGRES_SEEDS" in told:
            told |= {"POSTGRES_SEEDS": "127.0.0.1", "DB_PORT": str(self.postgres.port)}
        return told

    def _once(self, name: str) -> None:
        """A one-shot container: its script, with the tools of Temporal's images on PATH."""
        path = os.pathsep.join([str(self.programs), str(find_cli().parent), os.environ["PATH"]])
        done = subprocess.run(
            self.services[name].line(),
            env=self._told(name) | {"PATH": path, "HOME": str(self.folder)},
            check=False, capture_output=True, text=True, timeout=NAMESPACE_SECONDS,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stdout[-1500:]} {done.stderr[-1500:]}")

    # Processes

    def start(self, name: str) -> None:
        if name == "postgres":
            self.processes[name] = self.postgres.start()
            return
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                tethered(self.line(name)),
                env=self.environment_of(name), cwd=self.builds[name].code if name in self.builds else ROOT,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self, name: str) -> None:
        if name == "postgres":
            self.postgres.crash(self.processes.pop(name))
            return
        super().kill(name)

    def end(self, name: str) -> None:
        """As an operator or Compose ends it: SIGTERM, the grace, SIGKILL."""
        process = self.processes.pop(name, None)
        if process is None or process.poll() is not None:
            return
        if name == "postgres":
            self.postgres.end(process)
            return
        process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def pause(self, name: str) -> None:
        """SIGSTOP: it holds its connections and answers nobody, as a machine that hangs."""
        self._signal(name, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self._signal(name, signal.SIGCONT)

    def _signal(self, name: str, number: signal.Signals) -> None:
        process = self.processes[name]
        for pid in backends(process) if name == "postgres" else [process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    # The whole

    def up(self) -> None:
        """From nothing, or from a stop, to ready."""
        if not self.postgres.made:
            self.postgres.initialise()
        self.start("postgres")
        self.postgres.wait_ready()
        if not self.rows_anywhere("SELECT 1 FROM pg_roles WHERE rolname = 'ordermill'"):
            self.postgres.run_init()
        self._once("temporal-schema")
        for name in (*self.temporal, "proxy"):
            self.start(name)
            self.wait_up(name)  # each writes the cluster's metadata at its start: of two that do it at once, one ends
        self._once("temporal-namespace")
        asyncio.run(wait_ready(self.temporal_address, self.namespace, timeout_seconds=NAMESPACE_SECONDS))
        self.prepare()
        for name in (*self.workers, *self.apis):
            self.start(name)
        self.wait_ready()
        ended = [name for name, process in self.processes.items() if process.poll() is not None]
        if ended:
            raise RuntimeError(f"ended at their start: {ended}")

    def prepare(self) -> None:
        """Compose's `migrate`, then a key and the demo catalogue."""
        line = [sys.executable, "-m", "ordermill", *self.services["migrate"].command]
        subprocess.run(line, check=True, cwd=self.code, env=self.environment, timeout=120)
        super().prepare()

    def rows_anywhere(self, query: str) -> list[str]:
        """As the superuser, in the administrator's database."""
        line = [str(self.postgres.binaries / "psql"), "-h", str(self.postgres.folder), "-p", str(self.postgres.port)]
        line += ["-U", "postgres", "-At", "-c", query]
        return subprocess.run(line, check=True, capture_output=True, text=True).stdout.split()

    def stop(self) -> None:
        for name in reversed(self.everything):
            with contextlib.suppress(KeyError):
                self.resume(name)
            self.end(name)

    def wait_up(self, name: str, seconds: float = 60) -> None:
        """It answers: a health check of what has one, a connection for the rest."""
        if name == "postgres":
            self.postgres.wait_ready(seconds)
            return
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._answers(name):
            time.sleep(0.2)

    def _answers(self, name: str) -> bool:
        if name in self.apis:
            port = self._api_ports[self.apis.index(name)]
            with contextlib.suppress(httpx2.HTTPError):
                answer = httpx2.get(
                    f"http://127.0.0.1:{port}/health/live", timeout=2, trust_env=False, verify=NO_CERTIFICATES
                )
                return answer.status_code == 200
            return False
        if name in self.workers:
            return bool(
                self.rows("select 1 from worker_heartbeats where worker_id like ?", f"%:{self.processes[name].pid}")
            )
        port = self.proxied[0] if name == "proxy" else self.ports[name][0]
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
        return False


@contextlib.contextmanager
def running(settings: dict[str, str] | None = None, **options: object) -> Iterator[Cluster]:
    """A ready cluster for the length of the block, in a folder that PostgreSQL's user can reach; gone at its end."""
    folder = Path(tempfile.mkdtemp(prefix="ordermill-cluster-", dir="/tmp"))
    folder.chmod(0o711)
    cluster = Cluster(folder, settings, **options)  # type: ignore[arg-type]
    try:
        cluster.up()
        yield cluster
    except BaseException:
        cluster.keep = True
        for log in sorted(folder.glob("*.log")):
            sys.stderr.write(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}\n")
        raise
    finally:
        cluster.stop()
        if cluster.keep:
            sys.stderr.write(f"logs are kept in {folder}\n")
        else:
            shutil.rmtree(folder, ignore_errors=True)
