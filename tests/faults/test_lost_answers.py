"""Money whose answer was lost finds its way home, whatever was done to the order meanwhile.

Seen once: the answer of a charge was lost and the provider went away, the workflow was terminated and the order
cancelled. The customer's money stayed at the provider for good, the order said that nothing had been captured.
"""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import selling
from tests.faults import temporal_cli as temporal
from tests.faults.engine import Engine, running, until
from tests.faults.stripe import books, paying_at
from tests.stripe.running import Simulator, running_simulator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
INTENTS = "/v1/payment_intents"
CONFIRMING = f"{INTENTS}/*/confirm"


@pytest.fixture
def stripe() -> Iterator[Simulator]:
    with running_simulator() as found:
        yield found


@pytest.fixture
def engine(tmp_path: Path, stripe: Simulator) -> Iterator[Engine]:
    with running(tmp_path, settings=paying_at(stripe)) as up:
        yield up


def charged_unheard(engine: Engine, stripe: Simulator, *, key: str) -> selling.Json:
    """An order whose card was charged; the answer was lost, and since then the provider answers nothing."""
    order = selling.place(engine)
    selling.act(engine, order, "confirm")
    stripe.fault("lose_answer", path=CONFIRMING, method="POST")
    stripe.fault("unavailable", path=f"{INTENTS}/*", times=None)
    first = engine.call("POST", f"/order/{order['id']}/pay", selling.CARD, key)
    assert first.status_code in (202, 503, 504), first.text
    until(lambda: books(stripe, order)[0] == order["total"], 10, "the charge happens")
    stripe.fault("unavailable", path="/v1/*", times=None)
    return order


def insisting(engine: Engine, path: str, body: selling.Json, key: str) -> tuple[threading.Thread, list[Any]]:
    """A client that repeats its request until it is answered for good."""
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(engine.insist("POST", path, body, key, 150)))
    thread.start()
    return thread, answers


def back_home(engine: Engine, stripe: Simulator, order: selling.Json) -> None:
    """The money went back, both ledgers say so, and nothing is left half done."""
    total = order["total"]
    until(lambda: books(stripe, order) == (total, total), 150, "the money goes back")
    started = "select count(*) from payment_operations where status = 'started' and order_id = ?"
    until(lambda: engine.rows(started, selling.bare(order)) == [(0,)], 60, "no operation is left started")
    shown = until(lambda: agrees(engine, order, total), 60, "the order says what the provider says")
    assert shown["lifecycle"] == "cancelled"
    assert "order.cancelled" in selling.story(engine, order)


def agrees(engine: Engine, order: selling.Json, total: int) -> selling.Json | None:
    shown = selling.shown(engine, order)
    return shown if (shown["capturedTotal"], shown["refundedTotal"]) == (total, total) else None


def test_charged_unheard_terminated_cancelled_and_the_money_goes_back(engine: Engine, stripe: Simulator) -> None:
    """The provider comes back while the cancellation waits for it."""
    order = charged_unheard(engine, stripe, key="the-payment")
    temporal.terminate(engine, order)
    cancelling, answers = insisting(engine, f"/order/{order['id']}/cancel", {"reason": "customer_request"}, "c")
    cancelling.join(8)
    stripe.control("DELETE", "faults")
    cancelling.join(160)
    assert answers, "the cancellation was never answered"
    assert answers[0].status_code == 200, answers[0].text
    back_home(engine, stripe, order)
    again = engine.insist("POST", f"/order/{order['id']}/pay", selling.CARD, "the-payment")
    assert again.status_code in (200, 402, 409), again.text
    assert books(stripe, order) == (order["total"], order["total"])


def test_charged_unheard_and_terminated_is_settled_by_the_sweep_alone(engine: Engine, stripe: Simulator) -> None:
    """Nobody asks again: the charge becomes the order's own."""
    order = charged_unheard(engine, stripe, key="the-payment")
    temporal.terminate(engine, order)
    stripe.control("DELETE", "faults")
    shown = until(lambda: paid(engine, order), 150, "the order learns that it is paid")
    assert (shown["capturedTotal"], shown["lifecycle"]) == (order["total"], "paid")
    again = engine.insist("POST", f"/order/{order['id']}/pay", selling.CARD, "the-payment")
    assert again.status_code == 200, again.text
    assert books(stripe, order) == (order["total"], 0)
    assert selling.story(engine, order).count("order.paid") == 1


def paid(engine: Engine, order: selling.Json) -> selling.Json | None:
    shown = selling.shown(engine, order)
    return shown if shown["capturedTotal"] else None
