"""hanzo's webhook routes over HTTP; deliveries are queued by the dispatcher, nothing is sent here."""

import json

from activities.outgoing.dispatching import Dispatcher
from api.faces import RENDERERS
from store.outgoing import deliveries
from tests.api.client import Api

URL = "https://8.8.8.8/hook"


async def told(endpoint_id: str) -> None:
    """Nobody sends here."""


async def hook(api: Api, *events: str) -> dict[str, str]:
    made: dict[str, str] = await api.ok("POST", "/webhook", {"url": URL, "events": list(events) or ["*"]})
    return made


async def test_the_secret_is_shown_once_and_the_endpoint_is_there(api: Api) -> None:
    answer = await api("POST", "/webhook", {"url": URL, "events": ["order.paid"], "description": "mine"})
    made = answer.json()
    assert (answer.status_code, made["id"][:4], made["secret"][:6]) == (201, "whk_", "whsec_")
    shown = await api.ok("GET", f"/webhook/{made['id']}")
    assert "secret" not in shown
    assert (shown["url"], shown["events"], shown["description"], shown["status"]) == (
        URL,
        ["order.paid"],
        "mine",
        "active",
    )
    assert (await api.ok("GET", "/webhook"))["count"] == 1
    live = await api.mint(livemode=True)
    assert (await api("GET", f"/webhook/{made['id']}", key=live)).status_code == 404
    customer = await api.mint("customer", customer="cust_1")
    assert (await api("GET", "/webhook", key=customer)).status_code == 403


async def test_what_is_wrong_is_named(api: Api) -> None:
    for body, field in (
        ({"url": "http://127.0.0.1/", "events": ["*"]}, "url"),
        ({"url": "http://169.254.169.254/", "events": ["*"]}, "url"),
        ({"url": "https://user:pw@example.com/", "events": ["*"]}, "url"),
        ({"url": URL, "events": ["order.nonsense"]}, "events[0]"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL, "events": ["*"], "secret": "mine"}, "secret"),
    ):
        answer = await api("POST", "/webhook", body)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field), answer.text


async def test_change_rotate_and_delete(api: Api) -> None:
    made = await hook(api)
    path = f"/webhook/{made['id']}"
    assert (await api.ok("PATCH", path, {"status": "disabled"}))["reason"] == "switched off"
    assert (await api("POST", f"{path}/test")).status_code == 422
    assert (await api.ok("PATCH", path, {"status": "active", "events": ["order.paid"]}))["events"] == ["order.paid"]
    turned = await api.ok("POST", f"{path}/rotate")
    assert turned["secret"] != made["secret"]
    assert turned["oldSecretUntil"] is not None
    assert (await api("DELETE", path)).status_code == 204
    assert (await api("GET", path)).status_code == 404
    assert (await api("GET", "/webhook/whk_nonsense")).status_code == 404


async def test_an_orders_life_is_delivered_in_hanzos_words_and_can_be_sent_again(api: Api) -> None:
    made = await hook(api)
    path = f"/webhook/{made['id']}"
    order = await api.paid()
    await api.ok("POST", f"/order/{order['id']}/refund", {"amount": 500, "reason": "scratched"})
    await Dispatcher(api.db, RENDERERS, told).once()
    page = (await api.ok("GET", f"{path}/deliveries", None))["models"][::-1]
    names = [d["type"] for d in page]
    assert names[0] == "order.created"
    assert {"order.confirmed", "payment.captured", "order.paid", "order.refunded"} <= set(names)
    assert [d["sequence"] for d in page] == sorted(d["sequence"] for d in page)
    found = await deliveries.get(api.db, made["id"].removeprefix("whk_"), page[-1]["id"].removeprefix("dlv_"))
    assert found is not None
    body = json.loads(found.body)
    assert set(body) == {"id", "type", "createdAt", "livemode", "sequence", "data"}
    assert (body["id"], body["data"]["order"]["id"]) == (page[-1]["eventId"], order["id"])
    refunded = next(d for d in page if d["type"] == "order.refunded")
    assert '"refund":{' in (await _body(api, made["id"], refunded["id"]))
    again = await api("POST", f"{path}/redeliver", {"deliveryId": refunded["id"]})
    assert (again.status_code, again.json()["eventId"]) == (202, refunded["eventId"])
    replayed = await api("POST", f"{path}/replay", {"orderId": order["displayId"], "sequence": 2})
    assert (replayed.status_code, replayed.json()["queued"]) == (202, len(page) - 1)


async def _body(api: Api, hook_id: str, delivery_id: str) -> str:
    found = await deliveries.get(api.db, hook_id.removeprefix("whk_"), delivery_id.removeprefix("dlv_"))
    assert found is not None
    return found.body


async def test_a_late_endpoint_gets_an_orders_past_by_replay_and_a_test_message(api: Api) -> None:
    order = await api.paid()
    made = await hook(api, "order.created", "order.paid")
    answer = await api.ok("POST", f"/webhook/{made['id']}/replay", {"orderId": order["id"]})
    assert answer["queued"] == 2
    sent = await api.ok("POST", f"/webhook/{made['id']}/test")
    assert (sent["type"], sent["orderId"], sent["status"]) == ("webhook.test", None, "pending")
