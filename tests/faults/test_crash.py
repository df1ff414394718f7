"""kill -9 of worker, API or Temporal at any point between a command's acceptance and its answer.

After the restart: the order is in a legal state, money moved at most once and exactly as the order says, stock
adds up, and the same request with the same Idempotency-Key gives the one answer.
"""

import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.faults.engine import Engine, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ORDER = {
    "email": "jane@example.com",
    "items": [{"variantId": "var_xyz789", "quantity": 2}],
    "shippingAddress": {"line1": "456 Oak Ave", "city": "Portland", "state": "OR", "country": "US"},
    "shippingMethodId": "ship_standard",
}
MONEY_POINTS = ("before_money", "after_start", "after_ask", "after_finish")
COMMANDS: dict[str, tuple[str, dict[str, Any]]] = {
    "pay": ("pay", {"paymentMethod": "pm_card_visa"}),
    "cancel": ("cancel", {"reason": "customer_request"}),
    "refund": ("refund", {"amount": 500, "reason": "late"}),
    "edit": (
        "edits",
        {
            "operations": [
                {"op": "add_discount", "amount": 500},
                {"op": "add_item", "variantId": "var_001", "quantity": 1, "unitPrice": 0},
            ]
        },
    ),
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with running(tmp_path_factory.mktemp("crash"), worker="faulty_worker") as up:
        yield up


def placed(engine: Engine, verb: str) -> str:
    """The path of an order on which this verb is legal."""
    order = engine.insist("POST", "/order", ORDER, f"place-{uuid4()}").json()
    path = f"/order/{order['id']}"
    if verb != "pay":
        paid = engine.call("POST", f"{path}/pay", COMMANDS["pay"][1])
        assert paid.status_code == 200, paid.text
    return path


def crash_in(engine: Engine, verb: str, point: str, *, with_temporal: bool = False) -> Any:
    """Send the verb to a worker that dies at this point, start everything again, and insist with the same key."""
    path = placed(engine, verb)
    action, body = COMMANDS[verb]
    key = f"{verb}-{point}-{with_temporal}"
    engine.arm(point, verb, *(["temporal"] if with_temporal else []))
    answers: list[Any] = []
    sender = threading.Thread(target=lambda: answers.append(engine.insist("POST", f"{path}/{action}", body, key, 90)))
    sender.start()
    engine.wait_dead("worker")
    assert not engine.disarm(), "it died somewhere else"
    if with_temporal:
        engine.wait_dead("temporal")
        engine.start("temporal")
    engine.start("worker")
    sender.join(100)
    assert answers, "the same request with the same key was never answered"
    again = engine.call("POST", f"{path}/{action}", body, key)
    assert (again.status_code, again.content) == (answers[0].status_code, answers[0].content)
    return path, answers[0]


def check(engine: Engine, path: str) -> dict[str, Any]:
    """The order agrees with the provider's own ledger, with the stock, and with its events."""
    order: dict[str, Any] = engine.call("GET", path).json()
    bare = order["id"].removeprefix("order_")
    theirs = engine.rows(
        "select coalesce(sum(captured),0), coalesce(sum(refunded),0), count(*) from sandbox_payments where order_id = ?",
        bare,
    )
    assert theirs[0][:2] == (order["capturedTotal"], order["refundedTotal"])
    assert theirs[0][2] <= 1, "more than one payment was made"
    assert engine.rows("select count(*) from payment_operations where status = 'started' and order_id = ?", bare) == [
        (0,)
    ]
    sequences = [
        row[0] for row in engine.rows("select sequence from events where order_id = ? order by sequence", bare)
    ]
    assert sequences == list(range(1, len(sequences) + 1))
    return order


def stock(engine: Engine) -> tuple[int, int]:
    found = engine.rows("select on_hand, reserved from inventory where variant_id = 'var_xyz789' and livemode = 0")
    on_hand, reserved = found[0]
    return on_hand, reserved


@pytest.mark.parametrize("point", MONEY_POINTS)
@pytest.mark.parametrize("verb", COMMANDS)
def test_a_worker_killed_around_the_money_moves_it_once(engine: Engine, verb: str, point: str) -> None:
    before = stock(engine)
    path, answer = crash_in(engine, verb, point)
    assert answer.status_code == 200, answer.text
    order = check(engine, path)
    expected = {
        "pay": ("captured", 0),
        "cancel": ("refunded", order["total"]),
        "refund": ("captured", 500),
        "edit": ("captured", 560),  # 5.00 off, and the 12 % tax on it
    }[verb]
    assert (order["paymentStatus"], order["refundedTotal"]) == expected
    assert len(order["items"]) == (2 if verb == "edit" else 1)
    on_hand, reserved = stock(engine)
    assert (on_hand, reserved - before[1]) == (before[0], 0 if verb == "cancel" else 2)


@pytest.mark.parametrize("verb", ["pay", "refund"])
def test_worker_and_temporal_killed_together_after_the_money_is_saved(engine: Engine, verb: str) -> None:
    path, answer = crash_in(engine, verb, "after_finish", with_temporal=True)
    assert answer.status_code == 200, answer.text
    check(engine, path)


@pytest.mark.parametrize("point", ["before_save", "after_save"])
def test_worker_and_temporal_killed_together_around_a_local_save(engine: Engine, point: str) -> None:
    order = engine.insist("POST", "/order", ORDER, f"place-confirm-{point}").json()
    path = f"/order/{order['id']}"
    engine.arm(point, "confirm", "temporal")
    answers: list[Any] = []
    sender = threading.Thread(
        target=lambda: answers.append(engine.insist("POST", f"{path}/confirm", {}, f"c-{point}", 90))
    )
    sender.start()
    engine.wait_dead("worker")
    engine.wait_dead("temporal")
    engine.start("temporal")
    engine.start("worker")
    sender.join(100)
    assert answers[0].status_code == 200, answers[0].text
    assert answers[0].json()["lifecycle"] == "confirmed"
    assert check(engine, path)["lifecycle"] == "confirmed"
    paid = engine.insist("POST", f"{path}/pay", COMMANDS["pay"][1], f"p-{point}")
    assert paid.status_code == 200, paid.text


def test_a_killed_api_gives_the_one_answer_after_its_restart(engine: Engine) -> None:
    path = placed(engine, "refund")
    action, body = COMMANDS["refund"]
    results: list[Any] = []

    def send() -> None:
        results.append(engine.insist("POST", f"{path}/{action}", body, "api-killed", 90))

    sender = threading.Thread(target=send)
    sender.start()
    engine.kill("api")
    engine.start("api")
    engine.wait_ready()
    sender.join(100)
    assert results[0].status_code == 200, results[0].text
    assert engine.call("POST", f"{path}/{action}", body, "api-killed").content == results[0].content
    assert check(engine, path)["refundedTotal"] == 500


def test_a_placement_killed_with_worker_and_temporal_makes_one_order(engine: Engine) -> None:
    engine.arm("after_save", "place", "temporal")
    before = engine.rows("select count(*) from orders")[0][0]
    answers: list[Any] = []
    sender = threading.Thread(target=lambda: answers.append(engine.insist("POST", "/order", ORDER, "one-order", 90)))
    sender.start()
    engine.wait_dead("worker")
    engine.wait_dead("temporal")
    engine.start("temporal")
    engine.start("worker")
    sender.join(100)
    assert answers[0].status_code == 201, answers[0].text
    assert engine.rows("select count(*) from orders")[0][0] == before + 1
    assert engine.call("POST", "/order", ORDER, "one-order").content == answers[0].content
