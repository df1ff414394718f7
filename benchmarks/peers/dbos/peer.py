"""DBOS: our order as a workflow of its Python library (app.py), behind FastAPI as the engine is."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import aiohttp

from benchmarks.peers import install
from benchmarks.peers.postgres import database
from benchmarks.peers.processes import started, until_up
from benchmarks.peers.system import PAYMENT, Case, System, asked, body, insist
from ordermill.launch.ports import free_ports
from tests.faults.engine import ROOT

NAME: Final = "DBOS"
STEPS: Final = (
    "priced draft, stock reserved, sandbox charge; row, events and mails, one transaction a step, each step recorded; the "
    "workflow is done when the order is paid. All in one PostgreSQL"
)


async def three_calls(http: aiohttp.ClientSession) -> None:
    """A message and its answering event each."""
    order = await asked(http, "/order", body())
    await asked(http, f"/order/{order['id']}/confirm", {})
    paid = await asked(http, f"/order/{order['id']}/pay", PAYMENT)
    insist(paid["status"] == "paid", paid)


async def one_call(http: aiohttp.ClientSession) -> None:
    """A workflow with all the steps, waited for."""
    paid = await asked(http, "/order", body() | {"payment": PAYMENT})
    insist(paid["status"] == "paid", paid)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[System]:
    """App and PostgreSQL."""
    python = install.pip("dbos")
    (port,) = free_ports(1)
    log = folder / "dbos.log"
    command = [
        str(python), "-m", "uvicorn", "benchmarks.peers.dbos.app:app", "--host", "127.0.0.1", "--port", str(port),
        "--log-level", "warning", "--no-access-log",
    ]  # fmt: skip
    with database() as base:
        environment = base.environment() | {"PEER_DATABASE_URL": base.url(), "PYTHONPATH": str(ROOT)}
        with started(command, log, environment, ROOT) as app:
            until_up(f"http://127.0.0.1:{port}/health", app, log)
            waits = "a workflow that waits for the confirmation and the payment"
            yield System(
                NAME, f"http://127.0.0.1:{port}", {}, {"app": app.pid, "PostgreSQL": base.pid},
                (
                    Case(f"{NAME}, three calls", f"{waits}: {STEPS}", 64, three_calls),
                    Case(f"{NAME}, one call", f"a workflow without waits: {STEPS}", 96, one_call),
                ),
                {},
            )  # fmt: skip
