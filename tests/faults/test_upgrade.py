"""Orders of the code before this one go on: made in every stage by the old code, finished by ours, on one state directory.

The old code is the commit OLD of this repository, run from its own tree; a clone without that commit skips the test. What an
old workflow remembers is not ours to replay: each order is carried on from its row.
"""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.faults import selling, source
from tests.faults.drill.checking import TWICE
from tests.faults.engine import ROOT, Engine, running, until
from tests.faults.selling import CARD, Json
from tests.faults.stages import DELIVERED, STAGES, TOTAL, act, check

OLD: Final = "ae2ea7833c9b1bb85034fcf4c459c384bc5da8a7"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not source.has(OLD), reason=f"needs commit {OLD[:7]}, which a shallow clone does not have"),
]
OF_EACH: Final = 3
WINDOW_SECONDS: Final = 40
LATE_SECONDS: Final = 120
"""The sweep's period and its graces, on a busy machine."""


def made(engine: Engine) -> dict[str, list[Json]]:
    """Three orders of each stage."""
    orders: dict[str, list[Json]] = {}
    for name, stage in STAGES.items():
        orders[name] = [selling.place(engine, metadata={"stage": name}) for _ in range(OF_EACH)]
        for order in orders[name]:
            for verb, body in stage.old:
                act(engine, order, verb, body)
    return orders


@pytest.fixture(scope="module")
def old_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return source.of_commit(OLD, tmp_path_factory.mktemp("old"))


@pytest.fixture
def engine(tmp_path: Path, old_tree: Path) -> Iterator[Engine]:
    """The old code's."""
    with running(tmp_path, code=old_tree) as up:
        yield up


def upgraded(engine: Engine) -> None:
    """Everything ends, and starts again with our code."""
    engine.stop()
    engine.use(ROOT)
    engine.up()


def test_fifty_orders_in_every_stage_are_finished_by_the_new_code(engine: Engine) -> None:
    orders = made(engine)
    before = {order["id"]: selling.shown(engine, order) for some in orders.values() for order in some}
    assert len(before) >= 50
    upgraded(engine)
    for order in before.values():
        after = selling.shown(engine, order)
        for figure in ("lifecycle", "capturedTotal", "refundedTotal", "amountDue", "fulfillments", "updatedAt"):
            assert after[figure] == order[figure], (order["metadata"], figure)
        assert [e["id"] for e in after["events"]] == [e["id"] for e in order["events"]]
    for name, some in orders.items():
        for order in some:
            for verb, body in STAGES[name].new:
                act(engine, order, verb, body)
            check(engine, name, order)
    assert {name: engine.rows(query) for name, query in TWICE.items()} == {name: [] for name in TWICE}


def test_windows_that_began_under_the_old_code_close_under_the_new(engine: Engine) -> None:
    """One closes while nothing runs, one after the start."""
    reserved = selling.stock(engine)[1]
    engine.environment |= {
        "ORDERMILL_ORDER__PAYMENT_WINDOW_MINUTES": f"{WINDOW_SECONDS / 60:.6f}",
        "ORDERMILL_ORDER__RETURN_WINDOW_DAYS": f"{WINDOW_SECONDS / 86400:.9f}",
    }
    engine.end("api")
    engine.start("api")
    engine.wait_ready()
    unpaid, delivered = [selling.place(engine) for _ in range(3)], [selling.place(engine) for _ in range(3)]
    for order in unpaid:
        act(engine, order, "confirm", {})
    for order in delivered:
        for verb, body in DELIVERED:
            act(engine, order, verb, body)
    upgraded(engine)
    for order in unpaid:
        ends(engine, order, "cancelledAt", "the payment window closes")
        assert selling.story(engine, order) == ["order.created", "order.confirmed", "order.cancelled"]
    for order in delivered:
        ends(engine, order, "closedAt", "the return window closes")
        assert selling.story(engine, order).count("order.closed") == 1
    assert selling.stock(engine)[1] == reserved


def ends(engine: Engine, order: Json, moment: str, what: str) -> None:
    """The order gets this moment by itself."""
    until(lambda: bool(selling.shown(engine, order)[moment]), WINDOW_SECONDS + LATE_SECONDS, what)


def test_what_was_asked_of_the_old_code_and_not_answered_is_done_once_by_the_new(engine: Engine) -> None:
    """The commands wait in the old API, whose worker is gone, while everything ends; the clients repeat them."""
    orders = [selling.place(engine) for _ in range(4)]
    for order in orders:
        act(engine, order, "pay", CARD)
    engine.kill("worker")
    answers: list[Any] = []

    def send(n: int) -> None:
        body = {"amount": 700, "reason": "late"}
        answers.append(engine.insist("POST", f"/order/{orders[n]['id']}/refund", body, f"asked-{n}", 200))

    senders = [threading.Thread(target=send, args=(n,)) for n in range(len(orders))]
    for sender in senders:
        sender.start()
    time.sleep(2)  # they are on their way: the API waits for a worker
    upgraded(engine)
    for sender in senders:
        sender.join(200)
    assert [answer.status_code for answer in answers] == [200] * len(orders)
    for order in orders:
        assert selling.shown(engine, order)["refundedTotal"] == 700
        assert selling.in_the_sandbox(engine, order) == (1, TOTAL, 700)
