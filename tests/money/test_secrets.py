"""Key material is nowhere an operator, a customer or a log reader could see it: histories, answers, rows, logs."""

import json
import logging
from pathlib import Path

import pytest

from domain import commands as c
from domain.order import Order
from tests.money.shop import KEY, SECRET, MoneyShop
from tests.money.test_webhooks import post

WHATEVER = "/v1/*"


async def histories(shop: MoneyShop, order: Order) -> bytes:
    """Everything Temporal keeps and its web UI shows, of the order and of every event, decoded."""
    out = [f"order-{order.id}"]
    out += [w.id async for w in shop.client.list_workflows("WorkflowType = 'ProviderEvent'", limit=200)]
    found = b""
    for workflow_id in out:
        handle = shop.client.get_workflow_handle(workflow_id)
        for event in (await handle.fetch_history()).events:
            found += event.SerializeToString()
        found += (await handle.describe()).raw_description.SerializeToString()
    return found


def bytes_of(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in folder.glob("ordermill.sqlite*"))


async def test_no_key_is_in_any_history_answer_row_or_log(
    shop: MoneyShop, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)  # below it libraries print what they are given; the product never runs there
    order = await shop.confirmed()
    path = f"/order/order_{order.id}"
    answers = []
    for fault in ("rate_limit", "server_error", "lose_answer"):
        shop.simulator.fault(fault, path=WHATEVER, method="POST")
    for method in ("pm_card_visa_chargeDeclined", "pm_nonsense", "pm_card_threeDSecure2Required"):
        answer = await shop.call("POST", f"{path}/pay", {"paymentMethod": method})
        answers.append(answer.text)
    secret = json.loads(answers[-1])["error"]["clientSecret"]
    order = await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    answers.append((await shop.call("POST", f"{path}/refund", {"amount": 1})).text)
    answers.append((await post(shop, {"id": "evt_x"}, secret="whsec_other")).text)
    await shop.quiet()
    seen = {
        "histories": await histories(shop, order),
        "answers": "".join(answers).encode(),
        "database": bytes_of(folder),
        "logs": caplog.text.encode(),
    }
    assert secret.encode() not in seen["logs"]
    assert [place for place, text in seen.items() if len(text) < 100] == [], "nothing was looked at there"
    for place, text in seen.items():
        for key in (KEY, SECRET, shop.key):
            assert key.encode() not in text, f"a key is in {place}"
            assert key[12:].encode() not in text, f"the secret part of a key is in {place}"
