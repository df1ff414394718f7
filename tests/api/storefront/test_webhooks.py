"""storefront's webhooks over HTTP; deliveries are queued by the dispatcher, nothing is sent here."""

from typing import Any

from tests.api.client import Api
from tests.api.hooked import URL, dispatched
from tests.api.storefront import document
from tests.api.storefront.shop import data as order_data
from tests.api.storefront.shop import paid

ALL = "/api/v1/webhooks"
DOCUMENTED = [row[0] for row in document.table("Webhooks")]


async def hook(api: Api, *events: str) -> Any:
    return (await api.ok("POST", ALL, {"url": URL, "events": list(events) or ["*"]}))["data"]


async def test_a_webhook_takes_document_003s_events_and_shows_its_secret_once(api: Api) -> None:
    answer = await api("POST", ALL, {"name": "ERP", "url": URL, "events": DOCUMENTED})
    made = answer.json()["data"]
    assert (answer.status_code, len(made["id"]), made["secret"][:6]) == (201, 36, "whsec_")
    assert (made["name"], made["events"], made["status"]) == ("ERP", DOCUMENTED, "active")
    shown = (await api.ok("GET", f"{ALL}/{made['id']}"))["data"]
    assert shown == {k: v for k, v in made.items() if k != "secret"}
    page = await api.ok("GET", ALL)
    assert page["data"] == [shown]
    assert page["meta"]["pagination"]["total"] == 1
    live, customer = await api.mint(livemode=True), await api.mint("customer", customer="cust_1")
    assert (await api("GET", f"{ALL}/{made['id']}", key=live)).status_code == 404
    assert (await api("GET", ALL, key=customer)).status_code == 403


async def test_a_secret_of_ones_own_is_taken(api: Api) -> None:
    own = {"url": URL, "events": ["*"], "secret": "correct-horse-battery"}
    assert (await api.ok("POST", ALL, own))["data"]["secret"] == "correct-horse-battery"
    short = await api("POST", ALL, own | {"secret": "short"})
    assert (short.status_code, short.json()["error"]["details"][0]["field"]) == (422, "secret")


async def test_what_is_wrong_is_named_in_storefronts_shape(api: Api) -> None:
    for body, field in (
        ({"url": "http://127.0.0.1/", "events": ["*"]}, "url"),
        ({"url": URL, "events": ["order.fulfilled"]}, "events[0]"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL, "events": ["*"], "topic": "x"}, "topic"),
    ):
        answer = await api("POST", ALL, body)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["details"][0]["field"]) == (422, "VALIDATION_ERROR", field)
    for spelled in ("nonsense", "550e8400-e29b-41d4-a716-446655440000"):
        answer = await api("GET", f"{ALL}/{spelled}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_change_rotate_and_delete(api: Api) -> None:
    made = await hook(api)
    path = f"{ALL}/{made['id']}"
    assert (await api.ok("PUT", path, {"status": "disabled"}))["data"]["reason"] == "switched off"
    assert (await api("POST", f"{path}/test")).status_code == 422
    changed = (await api.ok("PATCH", path, {"status": "active", "name": "new"}))["data"]
    assert (changed["status"], changed["name"], changed["events"]) == ("active", "new", ["*"])
    turned = (await api.ok("POST", f"{path}/rotate"))["data"]
    assert turned["secret"] != made["secret"]
    assert turned["old_secret_until"] is not None
    assert (await api("DELETE", path)).status_code == 204
    assert (await api("GET", path)).status_code == 404


async def test_deliveries_are_told_in_document_003s_words_and_sent_again(api: Api) -> None:
    made = await hook(api)
    path = f"{ALL}/{made['id']}"
    order = await paid(api)
    await order_data(api, "POST", f"/{order['id']}/fulfillments", {})
    sent = await dispatched(api)
    assert {body["event"] for _, body in sent} >= {
        "order.created",
        "order.payment_received",
        "order.fulfillment_created",
    }
    assert {body["event"] for _, body in sent} <= set(DOCUMENTED)
    shipped = next(body for _, body in sent if body["event"] == "order.fulfillment_created")
    assert shipped["data"]["order_id"] == order["id"]
    page = await api.ok("GET", f"{path}/deliveries?per_page=2&page=2")
    assert (page["meta"]["pagination"]["total"], page["meta"]["pagination"]["has_prev"]) == (len(sent), True)
    one = page["data"][0]
    assert (one["order_id"], one["status"], one["log"]) == (order["id"], "pending", [])
    again = await api("POST", f"{path}/deliveries/{one['id']}/redeliver")
    assert (again.status_code, again.json()["data"]["event_id"]) == (202, one["event_id"])
    missing = await api("POST", f"{path}/deliveries/nonsense/redeliver")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NOT_FOUND")
    replayed = await api("POST", f"{path}/replay", {"order_id": order["id"], "from_sequence": 1})
    assert (replayed.status_code, replayed.json()["data"]["queued"]) == (202, len(sent))
    unknown = await api("POST", f"{path}/replay", {"order_id": "999999"})
    assert unknown.status_code == 404
    tested = (await api.ok("POST", f"{path}/test"))["data"]
    assert (tested["event"], tested["order_id"], tested["sequence"]) == ("webhook.test", None, 0)
