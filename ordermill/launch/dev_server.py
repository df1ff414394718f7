"""The one place that starts the Temporal dev server, for `ordermill up`, for tests and for the demo.

Why one place: its flags decide speed (2.4 times, see docs), durability and whether time can be skipped, and a test
against other flags than the product's proves nothing. The rule: nobody else spells `server start-dev`.
"""

import asyncio
import contextlib
import os
import shutil
import subprocess  # nosec B404
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ordermill.launch.ports import free_ports
from ordermill.launch.tether import needs_pipe, tethered
from ordermill.refusals import CannotStart

DYNAMIC_CONFIG = (
    # The dev server's task queues wait 50 ms per step by default; an order takes a dozen steps.
    "history.transferProcessorMaxPollRPS=5000",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    # `make demo` and the tests elapse a 30-day window of one workflow; other workflows keep their time.
    "frontend.WorkflowTimeSkippingEnabled=true",
    "system.workflowTimeSkippingEnabled=true",
)
VERSION_SECONDS = 10.0
"""How long a program may take to say its version."""
SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL")
"""Only with a file: 2.4 times faster than the server's default, and a killed server loses nothing."""


class DevServerError(CannotStart):
    """The dev server cannot be found or does not come up; the message says what to do."""

    exit_code = 1


@dataclass(frozen=True)
class DevServer:
    """What to start: one dev server on loopback."""

    cli: Path
    port: int
    ui_port: int | None = None
    """None: no web UI."""
    database: Path | None = None
    """Temporal's own SQLite file; None keeps everything in memory."""
    namespace: str = "default"
    search_attributes: Sequence[str] = field(default=())
    """`NAME=TYPE`, as `--search-attribute` takes them. The server registers them in a new file only (a later name is
    silently left out of an old one), so the worker registers what is missing at its start."""
    codec_endpoint: str | None = None
    """Where the web UI has encrypted payloads decoded."""
    log_level: Literal["debug", "info", "warn", "error", "never"] = "error"
    log_format: Literal["text", "json"] = "text"
    ip: str = "127.0.0.1"

    @property
    def address(self) -> str:
        """`host:port` of the frontend."""
        return f"{self.ip}:{self.port}"

    def command(self) -> list[str]:
        """The command line, as a list."""
        line = [str(self.cli), "server", "start-dev", "--ip", self.ip, "--port", str(self.port)]
        line += ["--headless"] if self.ui_port is None else ["--ui-port", str(self.ui_port), "--ui-disable-news-fetch"]
        if self.ui_port is not None and self.codec_endpoint is not None:
            line += ["--ui-codec-endpoint", self.codec_endpoint]
        line += ["--log-level", self.log_level, "--log-format", self.log_format]
        if self.namespace != "default":
            line += ["--namespace", self.namespace]
        for value in DYNAMIC_CONFIG:
            line += ["--dynamic-config-value", value]
        if self.database is not None:
            line += ["--db-filename", str(self.database)]
            for pragma in SQLITE_PRAGMAS:
                line += ["--sqlite-pragma", pragma]
        for attribute in self.search_attributes:
            line += ["--search-attribute", attribute]
        return line


def find_cli(configured: Path | None = None) -> Path:
    """The `temporal` binary: ORDERMILL_TEMPORAL_CLI (or `configured`), then PATH, then the virtual environment."""
    chosen = configured or os.environ.get("ORDERMILL_TEMPORAL_CLI")
    if chosen:
        found = shutil.which(chosen)
        if found is None:
            raise DevServerError(f"ORDERMILL_TEMPORAL_CLI is {chosen}, which is no program that can be run")
        return Path(found)
    found = shutil.which("temporal") or shutil.which("temporal", path=str(Path(sys.executable).parent))
    if found is None:
        raise DevServerError(
            "the Temporal CLI was found neither on PATH nor in the virtual environment: run `make up`, which installs "
            "it, or set ORDERMILL_TEMPORAL_CLI, or ORDERMILL_TEMPORAL_ADDRESS to use a server you have"
        )
    return Path(found)


def check_cli(cli: Path) -> None:
    """DevServerError where the program is not Temporal's command line: others are called `temporal` too. Blocks."""
    try:
        done = subprocess.run(  # noqa: S603  # nosec B603
            [cli, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=VERSION_SECONDS, check=False,
        )  # fmt: skip
        said = (done.stdout or done.stderr).strip().partition("\n")[0][:80]
    except OSError as error:
        said = error.strerror or type(error).__name__
    except subprocess.TimeoutExpired:
        said = f"nothing within {VERSION_SECONDS:g} s"
    if not (said.startswith("temporal version") and "Server" in said):
        raise DevServerError(
            f"{cli} is not Temporal's command line (asked for its --version it says: {said or 'nothing'}): set "
            "ORDERMILL_TEMPORAL_CLI to Temporal's, which `make up` installs as .venv/bin/temporal"
        )


async def wait_ready(
    address: str,
    namespace: str = "default",
    *,
    timeout_seconds: float = 30.0,
    ended: Callable[[], int | None] = lambda: None,
) -> None:
    """Return once the frontend answers for the namespace.

    DevServerError when it does not in time, or as soon as `ended` has the server's exit code.
    """
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
    from temporalio.client import Client
    from temporalio.service import RPCError

    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            client = await Client.connect(address, namespace=namespace)
            await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=namespace), retry=False)
        except (RuntimeError, RPCError) as error:  # RuntimeError: nobody listens yet
            if (code := ended()) is not None:
                raise DevServerError(f"the Temporal dev server ended with {code} at its start") from None
            if time.monotonic() > deadline:
                raise DevServerError(
                    f"Temporal at {address} is not ready after {timeout_seconds:g} s: {error}"
                ) from None
            await asyncio.sleep(0.05)
        else:
            return


@contextlib.contextmanager
def running(
    *,
    search_attributes: Sequence[str] = (),
    database: Path | None = None,
    namespace: str = "default",
    ui: bool = False,
    port: int | None = None,
) -> Iterator[DevServer]:
    """A dev server for the length of the block, ready at its start and gone at its end (also when we are killed).

    Free ports unless `port` is given; its log goes to a file that is told when it does not come up.
    """
    ports = free_ports(2)
    server = DevServer(
        cli=find_cli(),
        port=port or ports[0],
        ui_port=ports[1] if ui else None,
        database=database,
        namespace=namespace,
        search_attributes=search_attributes,
    )
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(  # noqa: S603  # nosec B603
            tethered(server.command()),
            stdin=subprocess.PIPE if needs_pipe() else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_for(process, server)
            yield server
        except DevServerError as error:
            log.seek(0)
            raise DevServerError(f"{error}\n{log.read()[-2000:]}") from None
        finally:
            _stop(process)


def _wait_for(process: subprocess.Popen[bytes], server: DevServer) -> None:
    """Wait on a thread of its own, so that a test with a running event loop may ask too."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, wait_ready(server.address, server.namespace, ended=process.poll)).result()


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
