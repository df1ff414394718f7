"""Restate: its server as the package brings it, our order as a virtual object in its Python SDK (app.py)."""

import contextlib
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import aiohttp
import httpx2

from benchmarks.peers import install
from benchmarks.peers.postgres import database
from benchmarks.peers.processes import Missing, started, until_up
from benchmarks.peers.system import PAYMENT, Case, System, asked, body, insist
from ordermill.launch.ports import free_ports
from tests.faults.engine import ROOT
from tests.plain_http import NO_CERTIFICATES

NAME: Final = "Restate"
STEPS: Final = (
    "priced draft, stock reserved, sandbox charge; row, events and mails in PostgreSQL, one transaction a step, each step "
    "journalled; the object's state and a delayed call for the payment window in Restate's own store"
)


async def three_calls(http: aiohttp.ClientSession) -> None:
    """A handler each."""
    path = f"/order/{uuid.uuid4().hex}"
    await asked(http, f"{path}/place", body())
    await asked(http, f"{path}/confirm", {})
    paid = await asked(http, f"{path}/pay", PAYMENT)
    insist(paid["status"] == "paid", paid)


async def one_call(http: aiohttp.ClientSession) -> None:
    """One handler with all the steps."""
    paid = await asked(http, f"/order/{uuid.uuid4().hex}/checkout", body() | {"payment": PAYMENT})
    insist(paid["status"] == "paid", paid)


def server(home: Path) -> str:
    """The program inside the package of this platform. Missing when there is none."""
    found = sorted(home.glob("node_modules/@restatedev/restate-server-*/bin/restate-server"))
    if not found:
        raise Missing("the npm package brings no restate-server for this platform")
    return str(found[0])


@contextlib.contextmanager
def running(folder: Path) -> Iterator[System]:
    """Server, app and the app's PostgreSQL."""
    program, python = server(install.npm("restate")), install.pip("restate")
    ingress, admin, node, app = free_ports(4)
    settings = {
        "RESTATE_BASE_DIR": str(folder / "restate-data"), "RESTATE_BIND_ADDRESS": f"127.0.0.1:{node}",
        "RESTATE_INGRESS__BIND_ADDRESS": f"127.0.0.1:{ingress}", "RESTATE_ADMIN__BIND_ADDRESS": f"127.0.0.1:{admin}",
        "RESTATE_LISTEN_MODE": "tcp", "RESTATE_DISABLE_TELEMETRY": "true", "RESTATE_LOG_FILTER": "warn",
        "RESTATE_ADVERTISED_ADDRESS": f"http://127.0.0.1:{node}",
    }  # fmt: skip
    logs = folder / "restate-server.log", folder / "restate-app.log"
    with database() as base, contextlib.ExitStack() as stack:
        environment = base.environment() | {"PEER_PORT": str(app), "PYTHONPATH": str(ROOT)}
        command = [str(python), "-m", "benchmarks.peers.restate.app"]
        here = stack.enter_context(started(command, logs[1], environment, ROOT, signal.SIGINT))
        there = stack.enter_context(started([program, "--no-logo"], logs[0], settings, folder))
        until_up(f"http://127.0.0.1:{admin}/health", there, logs[0])
        until_up(f"http://127.0.0.1:{app}/health", here, logs[1])
        _register(admin, app)
        yield System(
            NAME, f"http://127.0.0.1:{ingress}", {},
            {"server": there.pid, "app": here.pid, "PostgreSQL": base.pid},
            (
                Case(f"{NAME}, three calls", f"three handlers of a virtual object: {STEPS}", 96, three_calls),
                Case(f"{NAME}, one call", f"one handler: {STEPS}", 96, one_call),
            ),
            {},
        )  # fmt: skip


def _register(admin: int, app: int) -> None:
    """Tell the server where the handlers are."""
    answer = httpx2.post(
        f"http://127.0.0.1:{admin}/deployments", json={"uri": f"http://127.0.0.1:{app}"}, timeout=30, trust_env=False,
        verify=NO_CERTIFICATES,
    )  # fmt: skip
    if answer.status_code >= 300:
        raise Missing(f"the server does not take the deployment: {answer.status_code}")
