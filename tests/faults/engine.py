"""A real engine in real processes, each of which a test can kill and start again.

One Temporal dev server on a file, one worker, one API over one database; free loopback ports; everything is
stopped by its own process at the end.
"""

import asyncio
import contextlib
import itertools
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import asyncpg  # type: ignore[import-untyped]
import httpx2
from sqlalchemy.engine import make_url

from ordermill.launch.attributes import search_attributes
from ordermill.launch.dev_server import DevServer, find_cli
from ordermill.launch.ports import free_ports
from ordermill.launch.tether import tethered
from store.access import keys
from store.database import migrate
from store.goods import catalog
from tests.plain_http import NO_CERTIFICATES

ROOT = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 60
PREPARATION = """
import sys
from pathlib import Path
try:
    from store.access import keys
    from store.database import migrate
    from store.goods import catalog
except ImportError:  # a release before their rooms
    from store import catalog, keys, migrate
url, folder, key = sys.argv[1:]
migrate.upgrade(url)
keys.ensure_dev_key(url, Path(folder), key)
catalog.load_demo(url)
"""
"""What `prepare` does, for a source tree other than the one that is tested from: one of before the store had rooms, or of now."""
T = TypeVar("T")


class Engine:
    """Temporal, worker and API of one state directory."""

    def __init__(
        self, folder: Path, database_url: str | None = None, extra: dict[str, str] | None = None, code: Path = ROOT
    ) -> None:
        """`code`: the source tree its processes run; a deploy is another one (`deploy`)."""
        api, temporal = free_ports(2)
        self.folder = self.state = folder
        self.database_url = database_url
        self.url = f"http://127.0.0.1:{api}"
        self.key = "sk_test_" + "k" * 43
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.worker = "worker"
        """`faulty_worker`: one that dies where `arm` says."""
        self._fault = folder / "fault"
        self.server = DevServer(
            cli=find_cli(),
            port=temporal,
            database=folder / "temporal.sqlite",
            search_attributes=search_attributes(),
        )
        self.environment = os.environ | {
            "ORDERMILL_DATA_DIR": str(folder),
            "ORDERMILL_API_PORT": str(api),
            "ORDERMILL_TEMPORAL_PORT": str(temporal),
            "ORDERMILL_DEV_API_KEY": self.key,
            "ORDERMILL_FAULT": str(self._fault),
            **({"ORDERMILL_DATABASE_URL": database_url} if database_url else {}),
            **(extra or {}),
        }
        self.environment.pop("ORDERMILL_TEMPORAL_ADDRESS", None)
        self.use(code)

    # Processes

    def start(self, name: str) -> None:
        """Start `temporal`, `worker` or `api`."""
        module = "tests.faults.faulty_worker" if self.worker == "faulty_worker" else "worker"
        lines = {
            "temporal": self.server.command(),
            "worker": [sys.executable, "-m", module],
            "api": [sys.executable, "-m", "ordermill", "api"],
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                tethered(lines[name]), env=self.environment, cwd=self.code, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.processes[name] = process

    def arm(self, point: str, verb: str, *with_it: str) -> None:
        """The faulty worker dies at this point of this verb (faulty_worker.py), and these processes with it."""
        self._fault.write_text(" ".join([f"{point}:{verb}", *(str(self.processes[name].pid) for name in with_it)]))

    def disarm(self) -> bool:
        """It dies no more. Whether it still would have."""
        armed = self._fault.exists()
        self._fault.unlink(missing_ok=True)
        return armed

    def kill(self, name: str) -> None:
        """SIGKILL: nothing is flushed or said."""
        process = self.processes.pop(name)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()

    def wait_dead(self, name: str, seconds: float = 90) -> None:
        """The process ends by itself within this time."""
        self.processes.pop(name).wait(seconds)

    def stop(self) -> None:
        for name in ("api", "worker", "temporal"):
            self.end(name)

    def deploy(self, code: Path) -> None:
        """Another source tree: worker and API end and start again with it, the state stays."""
        for name in ("api", "worker"):
            self.end(name)
        self.use(code)
        self.prepare()
        self.start("worker")
        self.start("api")
        self.wait_ready()

    def use(self, code: Path) -> None:
        """What is started from now on runs this source tree, with its own policy file."""
        self.code = code
        self.environment |= {"PYTHONPATH": str(code), "ORDERMILL_CONFIG": str(code / "ordermill.yaml")}

    def end(self, name: str) -> None:
        """SIGTERM, as a deploy or an operator ends a process; nothing when it does not run."""
        process = self.processes.pop(name, None)
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def ordermill(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`ordermill …` as an operator types it. What fails is for the caller to judge."""
        line = [sys.executable, "-m", "ordermill", *arguments]
        return subprocess.run(
            line, check=False, cwd=self.code, env=self.environment, capture_output=True, text=True, timeout=120
        )

    def prepare(self) -> None:
        """Schema, key, demo catalogue."""
        url = self.database_url or f"sqlite+aiosqlite:///{self.state / 'ordermill.sqlite'}"
        if self.code != ROOT:
            line = [sys.executable, "-c", PREPARATION, url, str(self.state), self.key]
            subprocess.run(line, check=True, cwd=self.code, env=self.environment, timeout=60)
            return
        migrate.upgrade(url)
        keys.ensure_dev_key(url, self.state, self.key)
        catalog.load_demo(url)

    def up(self) -> None:
        """Everything, ready."""
        self.prepare()
        self.start("temporal")
        self.start("worker")
        self.start("api")
        self.wait_ready()

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """/health/ready answers 200."""
        until = time.monotonic() + seconds
        last = "no answer"
        while time.monotonic() < until:
            with contextlib.suppress(httpx2.HTTPError):
                answer = httpx2.get(f"{self.url}/health/ready", timeout=5, trust_env=False, verify=NO_CERTIFICATES)
                if answer.status_code == 200:
                    return
                last = answer.text
            time.sleep(0.1)
        raise TimeoutError(f"not ready: {last}")

    # HTTP

    def client(self, timeout: float = 40) -> httpx2.Client:
        return httpx2.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=timeout,
            trust_env=False,
            verify=NO_CERTIFICATES,
        )

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, key: str | None = None, timeout: float = 40
    ) -> httpx2.Response:
        headers = {"Idempotency-Key": key} if key else {}
        with self.client(timeout) as http:
            return http.request(method, path, json=body if method != "GET" else None, headers=headers)

    def insist(
        self, method: str, path: str, body: dict[str, Any] | None, key: str, seconds: float = 60
    ) -> httpx2.Response:
        """Repeat with one key until the answer is neither 202 nor a 5xx nor 409 in use: what a good client does."""
        until = time.monotonic() + seconds
        last: httpx2.Response | None = None
        while time.monotonic() < until:
            with contextlib.suppress(httpx2.HTTPError):
                last = self.call(method, path, body, key)
                waits = last.status_code in (202, 502, 503, 504) or "idempotency_key_in_use" in last.text
                if not waits:
                    return last
            time.sleep(0.3)
        raise TimeoutError(
            f"no final answer; the last was {last.status_code if last else None} {last.text if last else ''}"
        )

    # What must be true

    def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Straight from the database; `?` stands for an argument."""
        if self.database_url is not None:
            return asyncio.run(self._postgres_rows(query, arguments))
        with contextlib.closing(sqlite3.connect(self.folder / "ordermill.sqlite", timeout=10)) as connection:
            return connection.execute(query, arguments).fetchall()

    async def _postgres_rows(self, query: str, arguments: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        numbers = itertools.count(1)
        numbered = "".join(f"${next(numbers)}" if letter == "?" else letter for letter in query)
        connection = await asyncpg.connect(
            make_url(self.database_url or "").set(drivername="postgresql").render_as_string(hide_password=False)
        )
        try:
            return [tuple(row) for row in await connection.fetch(numbered, *arguments)]
        finally:
            await connection.close()

    def write(self, statement: str, *arguments: Any) -> None:
        """Change the SQLite file behind the engine's back: what a clock, a restore or a person would have done to it."""
        with (
            contextlib.closing(sqlite3.connect(self.folder / "ordermill.sqlite", timeout=10)) as connection,
            connection,
        ):
            connection.execute(statement, arguments)


def until(so: Callable[[], T | None], seconds: float, what: str) -> T:
    """Ask again and again until it is so, and answer it. TimeoutError names what never was. A database that is away or an
    engine that does not answer is asked again."""
    end = time.monotonic() + seconds
    last: T | None = None
    while time.monotonic() < end:
        with contextlib.suppress(httpx2.HTTPError, sqlite3.OperationalError, OSError):
            last = so()
            if last:
                return last
        time.sleep(0.2)
    raise TimeoutError(f"{what}: not within {seconds:g} s; the last look showed {last!r}")


@contextlib.contextmanager
def running(
    folder: Path,
    database_url: str | None = None,
    *,
    worker: str = "worker",
    code: Path = ROOT,
    settings: dict[str, str] | None = None,
) -> Iterator[Engine]:
    """A ready engine for the length of the block. `settings`: environment variables of its processes."""
    engine = Engine(folder, database_url, settings, code)
    engine.worker = worker
    try:
        engine.up()
        yield engine
    except BaseException:
        for log in sorted(folder.glob("*.log")):
            sys.stderr.write(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}\n")
        raise
    finally:
        engine.stop()
