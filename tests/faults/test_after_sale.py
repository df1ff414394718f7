"""kill -9 of worker, Temporal or API at each step of an exchange, a claim and an edit: once done or not at all.

Each step is done once with nothing killed, and once more on an order like it with a kill at the point; both must come to the same
order, the same money at the provider and the same stock. A few of the kills run with every test run;
FAULTS=all (`make faults`) runs each step at each point with each process.
"""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import pytest

from tests.faults.engine import Engine, running
from tests.faults.selling import CARD, act, good, in_the_sandbox, place, shown, stock, story

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

NEW: Final = "var_001"
MONEY: Final = ("before_money", "after_start", "after_ask", "after_finish")
SAVING: Final = ("before_save", "after_save")
TOGETHER: Final[tuple[tuple[str, ...], ...]] = ((), ("temporal",), ("api",))
"""What dies with the worker."""
FIGURES: Final = ("total", "amountDue", "capturedTotal", "refundedTotal", "status", "lifecycle", "paymentStatus")
Json = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One step: what leads to it, its verb, and whether it moves money."""

    before: tuple[str, ...]
    verb: str
    points: tuple[str, ...]


STEPS: Final[dict[str, Step]] = {
    "request": Step((), "request_exchange", SAVING),
    "approve": Step(("request",), "approve_return", MONEY),
    "send": Step(("request", "approve"), "fulfill", SAVING),
    "receive": Step(("request", "approve", "send"), "receive_return", SAVING),
    "withdraw": Step(("request", "approve"), "withdraw_return", MONEY),
    "expire": Step(("request", "approve", "send"), "move_timer", MONEY),
    "request cheaper": Step((), "request_exchange", SAVING),
    "receive cheaper": Step(("request cheaper", "approve"), "receive_return", MONEY),
    "claim": Step((), "claim", SAVING),
    "claim money": Step((), "claim", MONEY),
    "edit": Step(("unsent",), "edit", MONEY),
}
USUAL: Final = {
    ("request", "after_save", ("temporal",)),
    ("approve", "after_ask", ()),
    ("receive cheaper", "after_start", ()),
}
ALL: Final = [(name, point, dying) for name, step in STEPS.items() for point in step.points for dying in TOGETHER]
CASES: Final = ALL if os.environ.get("FAULTS") == "all" else [case for case in ALL if case in USUAL]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with running(tmp_path_factory.mktemp("after-sale"), worker="faulty_worker") as up:
        yield up


def exchange(order: Json, price: int, ship: str) -> Json:
    return {
        "items": [{"itemId": order["items"][0]["id"], "quantity": 1}],
        "newItems": [{"variantId": NEW, "quantity": 1, "unitPrice": price}],
        "ship": ship, "paymentMethod": "pm_card_visa",
    }  # fmt: skip


def request_of(engine: Engine, order: Json, name: str) -> tuple[str, Json]:
    """(path, body) of a step on this order."""
    path = f"/order/{order['id']}"
    returns = f"{path}/return/{(shown(engine, order)['returns'] or [{'id': ''}])[-1]['id']}"
    item = {"itemId": order["items"][0]["id"], "quantity": 1, "reason": "damaged"}
    timer = f"/engine/orders/{order['id']}/timers/ship_by:{returns.rsplit('_', 1)[-1]}"
    return {
        "request": (f"{path}/exchange", exchange(order, 9000, "on_approval")),
        "request cheaper": (f"{path}/exchange", exchange(order, 500, "on_receipt")),
        "approve": (f"{returns}/approve", {}),
        "send": (f"{path}/fulfill", {}),
        "receive": (f"{returns}/receive", {}),
        "receive cheaper": (f"{returns}/receive", {}),
        "withdraw": (f"{returns}/withdraw", {}),
        "expire": (timer, {"fire": True}),
        "claim": (f"{path}/claim", {"items": [item], "resolution": "replace"}),
        "claim money": (f"{path}/claim", {"items": [item], "resolution": "refund"}),
        "edit": (f"{path}/edits", {"operations": [{"op": "add_discount", "amount": 500}]}),
    }[name]


def led_to(engine: Engine, name: str) -> Json:
    """An order on which the step comes next."""
    order, step = place(engine), STEPS[name]
    act(engine, order, "pay", CARD)
    if "unsent" not in step.before:
        act(engine, order, "fulfill")
        act(engine, order, "deliver")
    for earlier in step.before:
        if earlier != "unsent":
            path, body = request_of(engine, order, earlier)
            good(engine, "POST", path, body)
    return shown(engine, order)


def seen(engine: Engine, order: Json) -> Json:
    """Everything that must be the same with and without a kill; ids are each order's own."""
    now = shown(engine, order)
    return {
        "figures": {name: now[name] for name in FIGURES},
        "lines": [(i["variantId"], i["quantity"], i["unitPrice"], i["fulfilledQuantity"]) for i in now["items"]],
        "returns": [(r["status"], r["refundAmount"]) for r in now["returns"]],
        "exchanges": [(x["status"], x["difference"]) for x in now["exchanges"]],
        "claims": [(c["resolution"], c["refundAmount"]) for c in now["claims"]],
        "events": story(engine, order),
        "sandbox": in_the_sandbox(engine, order),
    }  # fmt: skip


def shelves(engine: Engine) -> tuple[int, ...]:
    return (*stock(engine), *stock(engine, NEW))


def moved(engine: Engine, before: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(now - then for now, then in zip(shelves(engine), before, strict=True))


@pytest.mark.parametrize(
    ("name", "point", "dying"), CASES, ids=lambda part: "+".join(part) if isinstance(part, tuple) else part
)
def test_a_step_is_done_once_whatever_dies_in_it(engine: Engine, name: str, point: str, dying: tuple[str, ...]) -> None:
    twin, order = led_to(engine, name), led_to(engine, name)
    before = shelves(engine)
    good(engine, "POST", *request_of(engine, twin, name))
    expected, stock_moves = seen(engine, twin), moved(engine, before)
    before = shelves(engine)
    path, body = request_of(engine, order, name)
    key, answers = f"after-sale-{uuid4()}", list[Any]()
    engine.arm(point, STEPS[name].verb, *dying)
    sender = threading.Thread(target=lambda: answers.append(engine.insist("POST", path, body, key, 120)))
    sender.start()
    engine.wait_dead("worker")
    assert not engine.disarm(), "it died somewhere else"
    for process in dying:
        engine.wait_dead(process)
        engine.start(process)
    engine.start("worker")
    engine.wait_ready()
    sender.join(130)
    assert answers, "the same request with the same key was never answered"
    assert answers[0].status_code in (200, 201), answers[0].text
    again = engine.call("POST", path, body, key)
    assert (again.status_code, again.content) == (answers[0].status_code, answers[0].content)
    assert seen(engine, order) == expected
    assert moved(engine, before) == stock_moves
    assert engine.rows("select count(*) from payment_operations where status = 'started'") == [(0,)]
