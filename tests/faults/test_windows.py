"""A window closes though the workflow that kept its time is gone: the order's row knows when it is due.

Seen once: a workflow was terminated, or Temporal's database was lost, and the row was older than the sweep looked back:
the payment window never closed, stock stayed reserved for ever, and nobody could be told what the order waits for.
"""

import time
from pathlib import Path

import pytest

from tests.faults import selling
from tests.faults import temporal_cli as temporal
from tests.faults.engine import Engine, running, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

WINDOW_SECONDS = 6
RETURN_SECONDS = 40
SWEEP_SECONDS = 30
GRACE_SECONDS = 60
"""What a window may close late when its workflow is gone, beside the sweep's period."""
WAITED_SECONDS = WINDOW_SECONDS + SWEEP_SECONDS + GRACE_SECONDS
SHORT = {"ORDERMILL_ORDER__PAYMENT_WINDOW_MINUTES": str(WINDOW_SECONDS / 60)}
OLD_SECONDS = 2 * 3600


def unpaid(engine: Engine) -> selling.Json:
    """Confirmed, its stock reserved, its payment window running."""
    order = selling.place(engine)
    selling.act(engine, order, "confirm")
    return order


def aged(engine: Engine, order: selling.Json) -> None:
    """The row looks as if it had been written two hours ago: who looks for what changed lately does not find it."""
    then = int(time.time()) - OLD_SECONDS
    engine.write("update orders set saved_at = ?, updated_at = ? where id = ?", then, then, selling.bare(order))


def closes(engine: Engine, order: selling.Json) -> None:
    """The window closes by itself: the order is cancelled, once."""
    found = until(lambda: cancelled(engine, order), WAITED_SECONDS, "the payment window closes")
    assert found["cancelReason"] == "other"
    assert selling.story(engine, order).count("order.cancelled") == 1
    assert selling.explain(engine, order)


def cancelled(engine: Engine, order: selling.Json) -> selling.Json | None:
    shown = selling.shown(engine, order)
    return shown if shown["lifecycle"] == "cancelled" else None


def test_explain_answers_when_no_workflow_runs(tmp_path: Path) -> None:
    with running(tmp_path) as engine:
        order = unpaid(engine)
        said = selling.explain(engine, order)
        temporal.terminate(engine, order)
        assert selling.explain(engine, order) == said


def test_a_terminated_order_of_yesterday_still_loses_its_stock_when_its_window_closes(tmp_path: Path) -> None:
    with running(tmp_path, settings=SHORT) as engine:
        reserved = selling.stock(engine)[1]
        order = unpaid(engine)
        temporal.terminate(engine, order)
        aged(engine, order)
        closes(engine, order)
        assert selling.stock(engine)[1] == reserved


def test_every_window_closes_after_temporals_database_was_lost_whole(tmp_path: Path) -> None:
    """And what was not lost goes on: a paid order is sent and delivered, its return window closes."""
    settings = SHORT | {"ORDERMILL_ORDER__RETURN_WINDOW_DAYS": f"{RETURN_SECONDS / 86400:.7f}"}
    with running(tmp_path, settings=settings) as engine:
        reserved = selling.stock(engine)[1]
        orders = [unpaid(engine) for _ in range(3)]
        paid, delivered = selling.place(engine), selling.place(engine)
        for order in (paid, delivered):
            selling.act(engine, order, "pay", selling.CARD)
        for verb in ("fulfill", "deliver"):
            selling.act(engine, delivered, verb)
        everything = (*orders, paid, delivered)
        forget_temporal(engine, everything)
        assert all(selling.explain(engine, order) for order in everything)
        for order in orders:
            closes(engine, order)
        assert selling.stock(engine)[1] == reserved + 2, "of the paid order"
        until(
            lambda: selling.shown(engine, delivered)["closedAt"],
            RETURN_SECONDS + SWEEP_SECONDS + GRACE_SECONDS,
            "it closes",
        )
        for verb in ("fulfill", "deliver"):
            selling.act(engine, paid, verb)
        assert selling.shown(engine, paid)["lifecycle"] == "delivered"


def forget_temporal(engine: Engine, orders: tuple[selling.Json, ...]) -> None:
    """Everything ends, Temporal's database is deleted whole, hours pass, everything starts again."""
    engine.stop()
    gone = sorted(engine.folder.glob("temporal.sqlite*"))
    assert gone, "there is no such database: this test proves nothing"
    for file in gone:
        file.unlink()
    for order in orders:
        aged(engine, order)
    for name in ("temporal", "worker", "api"):
        engine.start(name)
    engine.wait_ready()
