"""`ordermill rebuild`: fresh runs for orders that run, that were terminated, and that lost Temporal's memory; nothing is done
twice and nothing accepted is lost."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.faults import selling
from tests.faults import temporal_cli as temporal
from tests.faults.engine import Engine, running, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with running(tmp_path) as up:
        yield up


def paid(engine: Engine) -> selling.Json:
    order = selling.place(engine)
    selling.act(engine, order, "pay", selling.CARD)
    selling.add_note(engine, order, "once")
    return order


def rebuilt(engine: Engine, *orders: selling.Json) -> str:
    """What the command printed; all orders where none is named."""
    named = [part for order in orders for part in ("--order", str(order["id"]))]
    done = engine.ordermill("rebuild", *named)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_open_order_gets_a_fresh_run_and_nothing_happens_again(engine: Engine) -> None:
    orders = [paid(engine) for _ in range(4)]
    before = [selling.shown(engine, order) for order in orders]
    temporal.terminate(engine, orders[0])
    said = rebuilt(engine)
    assert all(str(order["id"]) in said for order in orders)
    for order in orders:
        until(partial(temporal.idle, engine, order), 30, "its new run rests")
    assert [selling.shown(engine, order) for order in orders] == before
    assert [selling.notes(engine, order) for order in orders] == [["once"]] * 4
    for order in orders:
        selling.act(engine, order, "fulfill")
    assert [len(selling.shown(engine, order)["fulfillments"]) for order in orders] == [1] * 4


def test_one_order_is_rebuilt_by_its_id_and_the_others_keep_their_runs(engine: Engine) -> None:
    wanted, other = paid(engine), paid(engine)
    runs = [run_of(engine, order) for order in (wanted, other)]
    assert str(other["id"]) not in rebuilt(engine, wanted)
    until(lambda: run_of(engine, wanted) != runs[0], 15, "a new run")
    assert run_of(engine, other) == runs[1]


def run_of(engine: Engine, order: selling.Json) -> str:
    return str(temporal.described(engine, order)["workflowExecutionInfo"]["execution"]["runId"])


def test_commands_accepted_while_runs_are_replaced_are_done_once(engine: Engine) -> None:
    """Twenty notes while the order's run is replaced again and again."""
    order = paid(engine)
    texts = [f"note-{n}" for n in range(20)]
    failed: list[Any] = []

    def write() -> None:
        for text in texts:
            answer = engine.insist("POST", f"/api/v1/orders/{order['id']}/notes", {"body": text}, text)
            if answer.status_code != 201:
                failed.append((text, answer.text))

    writer = threading.Thread(target=write)
    writer.start()
    replaced = 0
    while writer.is_alive():
        temporal.reset(engine, order)
        replaced += 1
        writer.join(0.3)
    assert failed == []
    assert replaced > 0
    assert selling.notes(engine, order) == ["once", *texts]


def test_a_run_whose_order_has_no_row_is_left_alone(engine: Engine) -> None:
    """What it was told may be the only copy of the order: a restored database does not know it yet."""
    order = paid(engine)
    engine.write("pragma foreign_keys = off")
    for table in ("events", "orders"):
        engine.write(f"delete from {table} where {'order_id' if table == 'events' else 'id'} = ?", selling.bare(order))  # noqa: S608
    run = run_of(engine, order)
    done = engine.ordermill("rebuild", "--order", str(order["id"]))
    assert done.returncode == 1, done.stdout
    assert (temporal.runs(engine, order), run_of(engine, order)) == (True, run)
