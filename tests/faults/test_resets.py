"""A command that was acknowledged is done once, whatever becomes of its workflow's memory of it.

Seen once: a reset run was told all its updates again and did them again, the same request ids: refunded twice, sent
twice. And without an operator: worker and Temporal killed right after a save, the workflow caught up with the row, then
the same update came again and found nothing that stood against it.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import selling
from tests.faults import temporal_cli as temporal
from tests.faults.engine import Engine, running, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
PATIENT = {"ORDERMILL_COMMAND_TIMEOUT_SECONDS": "90"}
REFUND = {"amount": 700, "reason": "late"}


def halfway(engine: Engine) -> selling.Json:
    """Paid, 700 given back, one of two units sent, a note written."""
    order = selling.place(engine)
    selling.act(engine, order, "confirm")
    selling.act(engine, order, "pay", selling.CARD)
    selling.act(engine, order, "refund", REFUND)
    line = order["items"][0]["id"]
    selling.act(engine, order, "fulfill", {"items": [{"itemId": line, "quantity": 1}]})
    selling.add_note(engine, order, "once")
    return selling.shown(engine, order)


def unchanged(engine: Engine, before: selling.Json, stock: tuple[int, int]) -> None:
    """Nothing of it happened again: order, events, provider's books, stock."""
    after = selling.shown(engine, before)
    for name in ("refundedTotal", "capturedTotal", "fulfillments", "refunds", "payments", "events"):
        assert after[name] == before[name], name
    assert after == before
    assert selling.notes(engine, before) == ["once"]
    assert selling.in_the_sandbox(engine, before) == (1, before["capturedTotal"], 700)
    assert selling.stock(engine) == stock


def test_a_reset_to_the_first_task_does_nothing_again(tmp_path: Path) -> None:
    with running(tmp_path) as engine:
        order = halfway(engine)
        stock = selling.stock(engine)
        temporal.reset(engine, order)
        until(lambda: temporal.idle(engine, order), 30, "the new run rests")
        unchanged(engine, order, stock)
        for verb in ("fulfill", "deliver"):
            selling.act(engine, order, verb)
        done = selling.shown(engine, order)
        assert [f["items"][0]["quantity"] for f in done["fulfillments"]] == [1, 1]
        assert done["lifecycle"] == "delivered"


def test_a_reset_of_a_run_that_has_been_reset_does_nothing_again_either(tmp_path: Path) -> None:
    with running(tmp_path) as engine:
        order = halfway(engine)
        stock = selling.stock(engine)
        for _ in range(3):
            temporal.reset(engine, order)
        until(lambda: temporal.idle(engine, order), 30, "the new run rests")
        unchanged(engine, order, stock)


@contextlib.contextmanager
def frozen(engine: Engine, name: str) -> Iterator[None]:
    """The process stands still for the length of the block, its connections open and nothing read or sent."""
    process = engine.processes[name]
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


def test_a_save_temporal_never_heard_of_is_not_done_again_when_its_update_comes_again(tmp_path: Path) -> None:
    """The API holds the command while worker and Temporal die after its save; they come back, the sweep brings the row's
    version to the workflow, and only then the API sends its update again."""
    with running(tmp_path, worker="faulty_worker", settings=PATIENT) as engine:
        order = selling.place(engine)
        selling.act(engine, order, "pay", selling.CARD)
        version = selling.shown(engine, order)["events"][-1]["sequence"]
        engine.arm("after_save", "add_note", "temporal")
        answers: list[Any] = []
        sender = threading.Thread(target=lambda: answers.append(selling.add_note(engine, order, "once", "the-note")))
        sender.start()
        engine.wait_dead("worker")
        with frozen(engine, "api"):
            assert not engine.disarm(), "it died somewhere else"
            engine.wait_dead("temporal")
            engine.worker = "worker"
            engine.start("temporal")
            engine.start("worker")
            until(lambda: caught_up(engine, order), 40, "the sweep brings the row to the workflow")
        sender.join(100)
        assert answers, "the note was never answered"
        assert selling.notes(engine, order) == ["once"]
        assert len(selling.shown(engine, order)["events"]) == version + 1
        assert selling.add_note(engine, order, "once", "the-note") == answers[0]


def caught_up(engine: Engine, order: selling.Json) -> bool:
    """The workflow was told something since it lives again, and rests."""
    if temporal.run(engine, "schedule", "trigger", "--schedule-id", temporal.SWEEP).returncode:
        return False
    heard = "WORKFLOW_EXECUTION_SIGNALED" in temporal.events(engine, order)
    return heard and temporal.idle(engine, order)
