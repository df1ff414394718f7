"""One order over HTTP, step by step, for tests that then do something to the engine under it."""

from typing import Any
from uuid import uuid4

from tests.faults.engine import Engine

Json = dict[str, Any]
VARIANT = "var_xyz789"
"""Of the demo catalogue."""
ORDER: Json = {"email": "jane@example.com", "items": [{"variantId": VARIANT, "quantity": 2}]}
"""Two units, no address, no shipping, no tax."""
CARD: Json = {"paymentMethod": "pm_card_visa"}


def good(engine: Engine, method: str, path: str, body: Json | None = None, key: str | None = None) -> Json:
    """The answer of a request that must succeed; repeated with its key like a good client does."""
    answer = engine.insist(method, path, body, key or str(uuid4()))
    assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
    return dict(answer.json()) if answer.content else {}


def place(engine: Engine, **fields: Any) -> Json:
    return good(engine, "POST", "/order", ORDER | fields)


def act(engine: Engine, order: Json, verb: str, body: Json | None = None, key: str | None = None) -> Json:
    """`POST /order/ID/verb`."""
    return good(engine, "POST", f"/order/{order['id']}/{verb}", body or {}, key)


def add_note(engine: Engine, order: Json, text: str, key: str | None = None) -> Json:
    return good(engine, "POST", f"/api/v1/orders/{order['id']}/notes", {"body": text}, key)


def notes(engine: Engine, order: Json) -> list[str]:
    answer = engine.call("GET", f"/api/v1/orders/{order['id']}/notes")
    assert answer.status_code == 200, answer.text
    return [note["body"] for note in answer.json()["data"]]


def shown(engine: Engine, order: Json) -> Json:
    """The order as it is now, with its events."""
    answer = engine.call("GET", f"/order/{order['id']}?expand=events")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def story(engine: Engine, order: Json) -> list[str]:
    """The types of its events, in their sequence."""
    answer = engine.call("GET", f"/order/{order['id']}/events")
    assert answer.status_code == 200, answer.text
    models = answer.json()["models"]
    assert [model["sequence"] for model in models] == list(range(1, len(models) + 1)), models
    return [model["type"] for model in models]


def explain(engine: Engine, order: Json) -> Json:
    answer = engine.call("GET", f"/engine/orders/{order['id']}/explain")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def stock(engine: Engine, variant: str = VARIANT) -> tuple[int, int]:
    """(on hand, reserved)."""
    answer = engine.call("GET", f"/engine/inventory/{variant}")
    assert answer.status_code == 200, answer.text
    return answer.json()["onHand"], answer.json()["reserved"]


def bare(order: Json) -> str:
    """The order's id as the database spells it."""
    return str(order["id"]).removeprefix("order_")


def in_the_sandbox(engine: Engine, order: Json) -> tuple[int, int, int]:
    """(payments, captured, refunded) in the sandbox provider's own books."""
    found = engine.rows(
        "select count(*), coalesce(sum(captured), 0), coalesce(sum(refunded), 0) from sandbox_payments"
        " where order_id = ?",
        bare(order),
    )
    count, captured, refunded = (int(value) for value in found[0])
    return count, captured, refunded
