"""What an operator types wrong harms no order: an odd signal is dropped, an odd update refused.

Seen once: a signal with one argument too few failed the order's workflow task for ever.
"""

from collections.abc import Iterator

import pytest

from tests.faults import selling
from tests.faults import temporal_cli as temporal
from tests.faults.engine import Engine, running, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

SIGNALS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a fact without its request": ("payment_fact", ('{"ref": "pi_1"}',)),
    "a fact with nothing": ("payment_fact", ()),
    "a fact that is no object": ("refund_fact", ("17",)),
    "a fact with too much": ("dispute_fact", ("{}", "{}", "{}", "{}")),
    "a nudge that is no number": ("nudge", ('"soon"',)),
    "a nudge with too much": ("nudge", ("1", "2", "3")),
    "a resume of nothing": ("resume", ("{}",)),
    "a signal nobody knows": ("no_such_signal", ('{"a": 1}',)),
}
UPDATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "nothing where something is needed": ("add_note", ()),
    "no object": ("pay", ('"now"', "1")),
    "a list": ("cancel", ('["customer_request"]',)),
    "a word that is none": ("cancel", ('{"reason": "bored"}',)),
    "too many": ("add_note", ("{}", "{}", "{}", "{}", "{}")),
    "wrong fields": ("refund", ('{"how_much": 1}', '{"who": "me"}')),
    "a verb nobody knows": ("no_such_verb", ("{}",)),
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with running(tmp_path_factory.mktemp("odd")) as up:
        yield up


def healthy(engine: Engine, order: selling.Json, story: list[str]) -> None:
    """Nothing happened to it, it takes commands at once, and no workflow task of it ever failed."""
    until(lambda: temporal.idle(engine, order), 15, "the workflow rests after what it was told")
    assert selling.story(engine, order) == story
    paid = engine.call("POST", f"/order/{order['id']}/pay", selling.CARD, timeout=30)
    assert paid.status_code == 200, paid.text
    assert "WORKFLOW_TASK_FAILED" not in temporal.events(engine, order)


@pytest.mark.parametrize("odd", SIGNALS)
def test_an_odd_signal_is_dropped(engine: Engine, odd: str) -> None:
    order = selling.place(engine)
    name, inputs = SIGNALS[odd]
    temporal.signal(engine, order, name, *inputs)
    healthy(engine, order, ["order.created"])


@pytest.mark.parametrize("odd", UPDATES)
def test_an_odd_update_is_refused(engine: Engine, odd: str) -> None:
    order = selling.place(engine)
    name, inputs = UPDATES[odd]
    done = temporal.update(engine, order, name, *inputs)
    assert done.returncode != 0, done.stdout
    healthy(engine, order, ["order.created"])
