"""A whole engine as a newcomer starts it: `python -m ordermill up` on free loopback ports and an empty state directory."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

from ordermill.launch.ports import free_ports
from tests.plain_http import NO_CERTIFICATES

ROOT = Path(__file__).parents[2]
READY_SECONDS = 90.0
STOP_SECONDS = 40.0


@dataclass(frozen=True)
class Engine:
    """Where it is, and a secret test key."""

    url: str
    key: str

    @property
    def environment(self) -> dict[str, str]:
        """What a client's own tests read."""
        return {"ORDERMILL_API_URL": self.url, "ORDERMILL_API_KEY": self.key}


@contextlib.contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """A ready engine for the length of the block, stopped as Ctrl-C does, by its own pid."""
    api, temporal, ui = free_ports(3)
    state = folder / "state"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("ORDERMILL_", "TEMPORAL_", "STRIPE_"))}
    clean |= {
        "PYTHONPATH": str(ROOT),
        "ORDERMILL_DATA_DIR": str(state),
        "ORDERMILL_API_PORT": str(api),
        "ORDERMILL_TEMPORAL_PORT": str(temporal),
        "ORDERMILL_TEMPORAL_UI_PORT": str(ui),
    }
    url = f"http://127.0.0.1:{api}"
    log = folder / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ordermill", "up"],
            cwd=ROOT,
            env=clean,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_ready(process, url, log)
        yield Engine(url, (state / "dev-api-key").read_text().strip())
    finally:
        _stop(process)


def _wait_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(f"{url}/health/ready", timeout=5, trust_env=False, verify=NO_CERTIFICATES).status_code == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"the engine did not become ready:\n{log.read_text(errors='replace')[-4000:]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
