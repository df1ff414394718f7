"""Documents 000 and 001 by real curl against the real engine, on both databases: every printed command succeeds.

Only host, key and placeholders are replaced (contract section 0); each order is in the state its section presupposes.
"""

import json
import re
import subprocess
from typing import Any

import pytest

from tests.documents import HANZO, Curl, curls
from tests.faults.engine import Engine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

CURLS = [curl for document in HANZO for curl in curls(document)]
PAY = {"paymentMethod": "pm_card_visa"}


def order(engine: Engine, *verbs: str) -> dict[str, Any]:
    """A fresh order of the documents' variants after these verbs."""
    body = {
        "email": "jane@example.com",
        "items": [{"variantId": "var_xyz789", "quantity": 2}, {"variantId": "var_001", "quantity": 1}],
        "shippingMethodId": "ship_standard",
    }
    made = engine.call("POST", "/order", body).json()
    for verb in verbs:
        answer = engine.call("POST", f"/order/{made['id']}/{verb}", PAY if verb == "pay" else {})
        assert answer.status_code == 200, answer.text
    found: dict[str, Any] = engine.call("GET", f"/order/{made['id']}").json()
    return found


def presupposed(curl: Curl) -> tuple[str, ...]:
    """What has to have happened to the order of a printed command."""
    path = curl.url.split("?")[0]
    if path.endswith("/return"):
        return ("pay", "fulfill", "deliver")
    return ("pay",) if re.search(r"/(cancel|refund|fulfill)$", path) else ()


@pytest.mark.parametrize("curl", CURLS, ids=[f"{c.document[:3]} {c.method} {c.url.split('.ai')[1]}" for c in CURLS])
def test_every_printed_command_succeeds(engine: Engine, curl: Curl) -> None:
    made = order(engine, *presupposed(curl))
    place = {"order_abc123": made["id"], "order_xyz789": made["id"], "oitem_001": made["items"][0]["id"]}

    def filled(text: str) -> str:
        for theirs, ours in place.items():
            text = text.replace(theirs, ours)
        return text.replace("[email\xa0protected]", "jane@example.com").replace("[email protected]", "jane@example.com")

    url = filled(curl.url).replace("https://api.hanzo.ai", engine.url)
    command = ["curl", "-sS", "--max-time", "40", "-w", "\n%{http_code}", "-X", curl.method, url]
    for name, value in curl.headers.items():
        command += ["-H", f"{name}: {value.replace('YOUR_ACCESS_TOKEN', engine.key).replace('$TOKEN', engine.key)}"]
    if curl.body is not None:
        command += ["-d", filled(curl.body)]
    body, _, status = subprocess.run(command, capture_output=True, text=True, check=True).stdout.rpartition("\n")
    assert int(status) in (200, 201), body
    assert json.loads(body)


def test_a_whole_life_over_http(engine: Engine) -> None:
    made = order(engine, "confirm", "pay", "fulfill", "deliver")
    path = f"/order/{made['id']}"
    items = [{"variantId": "var_xyz789", "quantity": 1, "reason": "wrong_size"}]
    asked = engine.call("POST", f"{path}/return", {"items": items})
    assert asked.status_code == 201, asked.text
    engine.call("POST", f"{path}/return/{asked.json()['id']}/approve", {})
    back = engine.call("POST", f"{path}/return/{asked.json()['id']}/receive", {})
    assert (back.status_code, back.json()["status"]) == (200, "refunded")
    final = engine.call("GET", path).json()
    assert (final["status"], final["paymentStatus"]) == ("delivered", "captured")
    assert final["refundedTotal"] == back.json()["refundAmount"] > 0
    events = engine.call("GET", f"{path}/events").json()
    assert [e["sequence"] for e in events["models"]] == list(range(1, events["count"] + 1))


def test_the_same_key_answers_byte_for_byte(engine: Engine) -> None:
    path = f"/order/{order(engine, 'pay')['id']}/refund"
    first = engine.call("POST", path, {"amount": 100, "reason": "late"}, "bytes")
    again = engine.call("POST", path, {"amount": 100, "reason": "late"}, "bytes")
    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.content, again.headers["etag"]) == (200, first.content, first.headers["etag"])
    other = engine.call("POST", path, {"amount": 200, "reason": "late"}, "bytes")
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")


def test_the_operator_can_ask_what_an_order_waits_for(engine: Engine) -> None:
    made = order(engine, "confirm")
    told = engine.call("GET", f"/engine/orders/{made['id']}/explain").json()
    assert any("payment" in json.dumps(value) for value in told.values())
