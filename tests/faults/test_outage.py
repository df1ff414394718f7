"""Database down, Temporal down, worker absent: a clear 503 with Retry-After, nothing lost, everything catches up by itself.

The outages last as long as ORDERMILL_OUTAGE_SECONDS says (30, what is promised).
"""

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.databases import Postgres
from tests.faults.engine import Engine, running
from tests.faults.test_crash import COMMANDS, ORDER

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

OUTAGE_SECONDS = float(os.environ.get("ORDERMILL_OUTAGE_SECONDS", "30"))


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="om-outage-") as folder:
        found = Postgres(Path(folder))
        try:
            yield found
        finally:
            found.stop()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, server: Postgres) -> Iterator[Engine]:
    with running(tmp_path_factory.mktemp("outage"), server.url(server.clone())) as up:
        yield up


def clear_503(answer: httpx2.Response) -> None:
    assert answer.status_code == 503, (answer.status_code, answer.text)
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["error"]["code"] == "unavailable"


def paid(engine: Engine, key: str) -> str:
    order = engine.insist("POST", "/order", ORDER, f"place-{key}").json()
    path = f"/order/{order['id']}"
    assert engine.insist("POST", f"{path}/pay", COMMANDS["pay"][1], f"pay-{key}").status_code == 200
    return path


class Asking(threading.Thread):
    """One client that insists with one key."""

    def __init__(self, engine: Engine, path: str, body: dict[str, Any], key: str) -> None:
        super().__init__()
        self._sent = (engine, path, body, key)
        self.answer: httpx2.Response | None = None

    def run(self) -> None:
        engine, path, body, key = self._sent
        self.answer = engine.insist("POST", path, body, key, seconds=OUTAGE_SECONDS + 90)


def test_temporal_is_away_and_comes_back(engine: Engine) -> None:
    path = paid(engine, "t")
    engine.kill("temporal")
    began = time.monotonic()
    asking = Asking(engine, f"{path}/refund", {"amount": 500, "reason": "late"}, "t-refund")
    asking.start()
    clear_503(engine.call("POST", "/order", ORDER, "t-place"))
    assert engine.call("GET", path).status_code == 200
    assert engine.call("GET", "/health/ready").status_code == 503
    time.sleep(max(0.0, OUTAGE_SECONDS - (time.monotonic() - began)))
    engine.start("temporal")
    asking.join(120)
    assert asking.answer is not None
    assert (asking.answer.status_code, asking.answer.json()["amount"]) == (200, 500)
    assert engine.insist("POST", "/order", ORDER, "t-place").status_code == 201
    assert engine.call("GET", path).json()["refundedTotal"] == 500


def test_the_database_is_away_and_comes_back(engine: Engine, server: Postgres) -> None:
    path = paid(engine, "d")
    asking = Asking(engine, f"{path}/fulfill", {}, "d-fulfill")
    server.stop()
    began = time.monotonic()
    asking.start()
    clear_503(engine.call("GET", path))
    clear_503(engine.call("POST", "/order", ORDER, "d-place"))
    time.sleep(max(0.0, OUTAGE_SECONDS - (time.monotonic() - began)))
    server.start()
    asking.join(120)
    assert asking.answer is not None
    assert asking.answer.status_code == 200, asking.answer.text
    order = engine.call("GET", path).json()
    assert (order["status"], len(order["fulfillments"])) == ("shipped", 1)
    assert engine.insist("POST", "/order", ORDER, "d-place").status_code == 201


def test_the_database_goes_away_while_commands_are_under_way(engine: Engine, server: Postgres) -> None:
    paths = [paid(engine, f"u{n}") for n in range(4)]
    asking = [Asking(engine, f"{p}/refund", {"amount": 100, "reason": "x"}, f"u-{n}") for n, p in enumerate(paths)]
    for one in asking:
        one.start()
    server.stop()
    time.sleep(3)
    server.start()
    for one in asking:
        one.join(120)
        assert one.answer is not None
        assert one.answer.status_code == 200, one.answer.text
    assert [engine.call("GET", path).json()["refundedTotal"] for path in paths] == [100] * 4


def test_no_worker_is_there_and_one_comes(engine: Engine) -> None:
    path = paid(engine, "w")
    engine.kill("worker")
    asking = Asking(engine, f"{path}/refund", {"amount": 500, "reason": "late"}, "w-refund")
    asking.start()
    time.sleep(17)
    began = time.monotonic()
    clear_503(engine.call("POST", "/order", ORDER, "w-place"))
    assert time.monotonic() - began < 5
    assert engine.call("GET", path).status_code == 200
    engine.start("worker")
    asking.join(120)
    assert asking.answer is not None
    assert asking.answer.status_code == 200, asking.answer.text
    assert engine.insist("POST", "/order", ORDER, "w-place").status_code == 201
    assert engine.call("GET", path).json()["refundedTotal"] == 500
