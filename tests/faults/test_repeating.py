"""Repeating a request with its key while nobody works or Temporal is away: in the end it is done once, and answered.

Seen once each: the repetition found no worker and gave the key back, though the first request waited at Temporal, so that both
were done; and a key whose request could not be handed over was refused for ever.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import selling
from tests.faults.engine import Engine, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
WAITS = (202, 503, 504)
NOTICED_SECONDS = 25
"""Longer than a worker may be silent before the API says that nobody works."""


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Engine]:
    """An engine that lets its callers wait three seconds."""
    with running(tmp_path, settings={"ORDERMILL_COMMAND_TIMEOUT_SECONDS": "3"}) as up:
        yield up


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with running(tmp_path) as up:
        yield up


def paid(engine: Engine) -> selling.Json:
    order = selling.place(engine)
    selling.act(engine, order, "pay", selling.CARD)
    return order


def one_unit(order: selling.Json) -> selling.Json:
    return {"items": [{"itemId": order["items"][0]["id"], "quantity": 1}]}


def test_what_waits_for_a_worker_is_not_done_a_second_time_by_its_repetition(impatient: Engine) -> None:
    order = paid(impatient)
    requests = {
        "sent": (f"/order/{order['id']}/fulfill", one_unit(order)),
        "written": (f"/api/v1/orders/{order['id']}/notes", {"body": "once"}),
        "refunded": (f"/order/{order['id']}/refund", {"amount": 100, "reason": "late"}),
    }
    impatient.kill("worker")
    gone = time.monotonic()
    while time.monotonic() - gone < NOTICED_SECONDS:
        for key, (path, body) in requests.items():
            assert impatient.call("POST", path, body, key).status_code in WAITS
        time.sleep(0.5)
    impatient.start("worker")
    for key, (path, body) in requests.items():
        assert impatient.insist("POST", path, body, key).status_code in (200, 201)
    shown = selling.shown(impatient, order)
    done = (len(shown["fulfillments"]), selling.notes(impatient, order), shown["refundedTotal"])
    assert done == (1, ["once"], 100)


def test_what_could_not_be_handed_to_temporal_is_done_when_it_is_repeated(engine: Engine) -> None:
    order = paid(engine)
    requests = {
        "placed": ("/order", selling.ORDER),
        "written": (f"/api/v1/orders/{order['id']}/notes", {"body": "once"}),
    }
    engine.kill("temporal")
    for key, (path, body) in requests.items():
        first = engine.call("POST", path, body, key, timeout=60)
        assert first.status_code == 503, first.text
        assert int(first.headers["retry-after"]) > 0
        assert engine.call("POST", path, body, key, timeout=60).status_code == 503
    engine.start("temporal")
    for key, (path, body) in requests.items():
        assert engine.insist("POST", path, body, key).status_code == 201
    time.sleep(1)
    assert selling.notes(engine, order) == ["once"]
    assert engine.rows("select count(*) from orders") == [(2,)]
