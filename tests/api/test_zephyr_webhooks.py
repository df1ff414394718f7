"""zephyr's webhook endpoints over HTTP; deliveries are queued by the dispatcher, nothing is sent here."""

from collections import Counter
from typing import Any

from tests.api.client import Api
from tests.api.hooked import URL, dispatched

ALL = "/v1/webhook_endpoints"


async def hook(api: Api, *events: str) -> Any:
    return await api.ok("POST", ALL, {"url": URL, "events": list(events) or ["*"]})


async def test_the_signing_secret_is_shown_once_and_the_endpoint_is_there(api: Api) -> None:
    body = {"url": URL, "events": ["order.refunded"], "description": "mine"}
    answer = await api("POST", ALL, body, headers={"Idempotency-Key": "k"})
    made = answer.json()
    assert (answer.status_code, made["id"][:3], made["signing_secret"][:6]) == (201, "we_", "whsec_")
    assert answer.headers["location"] == f"{ALL}/{made['id']}"
    assert (await api("POST", ALL, body, headers={"Idempotency-Key": "k"})).content == answer.content
    shown = await api.ok("GET", f"{ALL}/{made['id']}")
    assert shown == {k: v for k, v in made.items() if k != "signing_secret"}
    assert (shown["object"], shown["description"], shown["status"]) == ("webhook_endpoint", "mine", "active")
    page = await api.ok("GET", ALL)
    assert page == {"object": "list", "data": [shown], "has_more": False, "next_cursor": None}
    live, customer = await api.mint(livemode=True), await api.mint("customer", customer="cust_1")
    assert (await api("GET", f"{ALL}/{made['id']}", key=live)).status_code == 404
    assert (await api("GET", ALL, key=customer)).status_code == 403
    assert (await api.ok("GET", "/webhook"))["count"] == 0


async def test_what_is_wrong_is_named_in_zephyrs_shape(api: Api) -> None:
    for body, param in (
        ({"url": "http://127.0.0.1/", "events": ["*"]}, "url"),
        ({"url": URL, "events": ["payment.captured"]}, "events[0]"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL, "events": ["*"], "secret": "mine"}, "secret"),
    ):
        answer = await api("POST", ALL, body)
        error = answer.json()["error"]
        assert (answer.status_code, error["type"], error["param"]) == (422, "invalid_request_error", param)
    for path in ("we_nonsense", "we_01HXY8AAAAAAAAAAAAAAAAAAAA"):
        answer = await api("GET", f"{ALL}/{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "resource_missing")


async def test_change_rotate_and_delete(api: Api) -> None:
    made = await hook(api)
    path = f"{ALL}/{made['id']}"
    assert (await api.ok("PATCH", path, {"status": "disabled"}))["reason"] == "switched off"
    assert (await api("POST", f"{path}/test")).status_code == 422
    changed = await api.ok("PATCH", path, {"status": "active", "events": ["order.created"]})
    assert (changed["status"], changed["events"]) == ("active", ["order.created"])
    turned = await api.ok("POST", f"{path}/rotate")
    assert turned["signing_secret"] != made["signing_secret"]
    assert turned["old_secret_until"] is not None
    assert (await api("DELETE", path)).status_code == 204
    assert (await api("GET", path)).status_code == 404


async def test_a_life_is_told_in_document_002s_words_and_updated_once_per_command(api: Api) -> None:
    await hook(api)
    order = await api.paid()
    path = f"/v1/orders/{order['id']}"
    await api.ok("PATCH", path, {"metadata": {"a": 1}, "fulfilment": {"status": "shipped", "carrier": "UPS"}})
    await api.ok("PATCH", path, {"metadata": {"a": 2}})
    await api.ok("POST", f"{path}/refunds", {"amount_cents": 5})
    sent = await dispatched(api)
    ids = [webhook_id for webhook_id, _ in sent]
    assert len(set(ids)) == len(ids)
    assert all(webhook_id == body["id"] for webhook_id, body in sent)
    names = [body["type"] for _, body in sent]
    # paid; shipped with its metadata; the second metadata; the refund
    assert Counter(names) == {"order.created": 1, "order.updated": 4, "order.refunded": 1}
    for _, body in sent:
        assert set(body) == {"id", "object", "type", "created_at", "livemode", "sequence", "data"}
        assert body["data"]["object"]["id"] == order["id"]
    updated = [body["data"]["object"] for _, body in sent if body["type"] == "order.updated"]
    assert [o["status"] for o in updated] == ["paid", "paid", "paid", "partially_refunded"]
    assert [o["fulfilment"]["status"] for o in updated] == ["unfulfilled", "shipped", "shipped", "shipped"]
    assert [o["metadata"] for o in updated] == [{}, {"a": 1}, {"a": 2}, {"a": 2}]
    refund = next(body for _, body in sent if body["type"] == "order.refunded")["data"]["refund"]
    assert refund["amount_cents"] == 5


async def test_deliveries_page_and_are_sent_again(api: Api) -> None:
    made = await hook(api)
    path = f"{ALL}/{made['id']}"
    order = await api.paid()
    count = len(await dispatched(api))
    first = await api.ok("GET", f"{path}/deliveries?limit=1")
    assert (len(first["data"]), first["has_more"]) == (1, True)
    rest = await api.ok("GET", f"{path}/deliveries?limit=100&cursor={first['next_cursor']}")
    assert (len(rest["data"]), rest["has_more"], rest["next_cursor"]) == (count - 1, False, None)
    assert (await api("GET", f"{path}/deliveries?cursor=x")).status_code == 422
    one = first["data"][0]
    assert (one["object"], one["order_id"], one["status"]) == ("webhook_delivery", order["id"], "pending")
    assert one["request_excerpt"].startswith('{"id":"evt_')
    again = await api("POST", f"{path}/deliveries/{one['id']}/redeliver")
    assert (again.status_code, again.json()["event_id"]) == (202, one["event_id"])
    assert (await api("POST", f"{path}/deliveries/dlv_x/redeliver")).status_code == 404
    replayed = await api("POST", f"{path}/replay", {"order_id": order["displayId"], "from_sequence": 1})
    assert (replayed.status_code, replayed.json()) == (202, {"object": "webhook_replay", "queued": count})
    sent = await api.ok("POST", f"{path}/test")
    assert (sent["event_type"], sent["order_id"], sent["status"]) == ("webhook.test", None, "pending")


async def test_an_order_that_fails_for_good_is_told_as_cancelled_once(api: Api) -> None:
    """Its status is cancelled here, and stays it: no second event says so."""
    await hook(api)
    order = await api.ok("POST", "/order", {"items": [{"variantId": "var_001", "quantity": 1}]})
    await api.ok("POST", f"/order/{order['id']}/confirm")
    for _ in range(3):
        declined = {"paymentMethod": "pm_card_insufficient"}
        assert (await api("POST", f"/order/{order['id']}/pay", declined)).status_code == 402
    assert (await api.ok("GET", f"/order/{order['id']}"))["status"] == "failed"
    assert (await api("POST", f"/v1/orders/{order['id']}/cancel")).status_code == 409
    assert (await api("POST", f"/api/v1/orders/{order['id']}/cancel")).status_code == 409
    told = Counter(body["type"] for _, body in await dispatched(api))
    assert told["order.cancelled"] == 1, told
