"""What a customer's key reaches and reads, in every face: every list and read route there is, walked (contract section 2)."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from api.faces import FACES
from api.http import reading
from api.http.routing import Route
from domain.commands import DisputeFact, Request
from domain.events import EVENTS, Event
from domain.order import Actor
from store.order import orders
from tests.api.client import Api

ROUTES = [route for face in FACES.values() for route in face.routes.all]
SECRETS = ("internalNote", "only staff", "cancel in anger", "a staff note", "fraudulent", "dispute")


def label(route: Any) -> str:
    return f"{route.method} {route.path}" if isinstance(route, Route) else str(route)


async def their_order(api: Api, customer: str) -> Any:
    """A delivered, disputed order with everything a customer does not read."""
    metadata = {"internalNote": "only staff", "internal_score": 7, "gift": "yes"}
    order = await api.delivered(customerId=customer, email=f"{customer}@shop.test", metadata=metadata)
    base = f"/api/v1/orders/{order['id']}"
    await api.ok("POST", f"{base}/notes", {"body": "a staff note"})
    stored = await orders.resolve(api.db, False, order["id"])
    assert stored is not None
    fact = DisputeFact(
        payment_ref=stored.payments[0].ref or "", ref="dp_1", status="opened", amount=100, reason="fraudulent"
    )
    await api.door.tell(stored, fact, Request(id=f"dispute-{customer}", actor=Actor(kind="provider", id="sandbox")))
    return await api.ok("GET", f"/order/{order['id']}")


def path_of(route: Route, order: dict[str, Any], child: str = "none") -> str:
    return re.sub(r"\{(\w+)\}", lambda m: order["id"] if m[1] in (route.order_param, "id") else child, route.path)


async def test_no_list_and_no_read_of_any_face_shows_somebody_elses_order(api: Api) -> None:
    theirs, mine = await their_order(api, "cust_theirs"), await their_order(api, "cust_mine")
    key = await api.mint("customer", customer="cust_mine")
    number, uuid = theirs["displayId"][1:], (await api.ok("GET", f"/api/v1/orders/{theirs['id']}"))["data"]["id"]
    foreign = (theirs["id"], f'"{number}"', uuid, f'"id":{number}', theirs["email"], "cust_theirs")
    walked = 0
    for route in ROUTES:
        body: Any = {} if route.kind == "write" else None
        if route.kind not in ("listing", "read") and not route.reads_only:
            continue
        answer = await api(route.method, path_of(route, theirs), body, key=key)
        named = "{" in route.path
        wanted = (404, 403) if named else (200, 403)
        assert answer.status_code in wanted, (label(route), answer.text)
        assert not [text for text in foreign if text in answer.text], (label(route), answer.text)
        walked += 1
        if answer.status_code == 200:  # a list: its own order is there, so the list is no empty one by accident
            assert mine["id"] in answer.text or mine["displayId"][1:] in answer.text or "cust_mine" in answer.text
    assert walked > 25


@pytest.mark.parametrize("query", [
    "customerId=cust_theirs", "q=cust_theirs", "q={number}", "q={id}", "status=delivered", "since=2020-01-01",
    "sort=total", "sort=-updatedAt", "expand=items,events,customer",
])  # fmt: skip
async def test_no_filter_widens_a_customers_reach(api: Api, query: str) -> None:
    theirs = await their_order(api, "cust_theirs")
    await api.order(customerId="cust_mine")
    key = await api.mint("customer", customer="cust_mine")
    asked = query.format(number=theirs["displayId"][1:], id=theirs["id"])
    found = await api.ok("GET", f"/order?{asked}", key=key)
    assert theirs["id"] not in json.dumps(found)
    searched = await api.ok("POST", "/orders/search", {"id": [theirs["id"], int(theirs["displayId"][1:])]}, key=key)
    assert (searched["items"], searched["_meta"]["totalCount"]) == ([], 0)


READS = [
    "/order", "/order?expand=items,events,customer,payments", "/order/{id}", "/order/{id}?expand=events", "/order/{id}/events",
    "/order/{id}/returns", "/v1/orders", "/v1/orders/{id}", "/api/v1/orders", "/api/v1/orders/{id}?include=refunds,transactions",
    "/api/v1/orders/{id}/transactions", "/orders", "/orders?id={id}", "/orders/{id}", "/commercehq/api/v1/orders/{id}",
]  # fmt: skip


@pytest.mark.parametrize("path", READS)
async def test_a_customer_reads_its_own_order_without_what_is_the_shops(api: Api, path: str) -> None:
    order = await their_order(api, "cust_mine")
    key = await api.mint("customer", customer="cust_mine")
    shown = (await api("GET", path.format(id=order["id"]), key=key)).text
    assert not [text for text in (*SECRETS, "internal_score", "key:", "order.held") if text in shown], shown
    whole = (await api("GET", path.format(id=order["id"]))).text
    if "returns" not in path and "transactions" not in path and "?" not in path and path != "/order/{id}/events":
        assert "internal_score" in whole or "cust_mine" in whole or order["displayId"][1:] in whole
    if path in ("/order/{id}", "/v1/orders/{id}"):
        assert "internal_score" in whole
        assert '"gift":"yes"' in shown


async def test_events_a_customer_reads_are_done_by_itself_or_by_the_shop(api: Api) -> None:
    order = await their_order(api, "cust_mine")
    key = await api.mint("customer", customer="cust_mine")
    wanted = {"items": [{"itemId": order["items"][0]["id"], "quantity": 1}]}
    await api.ok("POST", f"/order/{order['id']}/return", wanted, key=key)
    told = (await api.ok("GET", f"/order/{order['id']}/events", key=key))["models"]
    assert {event["actor"] for event in told} == {"shop", "customer:cust_mine"}
    assert not {event["type"] for event in told} & {"order.held", "order.note_created", "payment.dispute_opened"}
    everything = (await api.ok("GET", f"/order/{order['id']}/events"))["models"]
    assert {e["type"] for e in everything} - {e["type"] for e in told} == reading.HIDDEN_EVENTS & {
        e["type"] for e in everything
    }


async def test_a_customers_own_cancellation_answers_without_the_shops_notes(api: Api) -> None:
    key = await api.mint("customer", customer="cust_mine")
    paths = {
        "hanzo": "/order/{id}/cancel", "zephyr": "/v1/orders/{id}/cancel", "storefront": "/api/v1/orders/{id}/cancel",
    }  # fmt: skip
    for path in paths.values():
        order = await api.paid(customerId="cust_mine", metadata={"internalNote": "only staff"})
        answer = await api(
            "POST", path.format(id=order["id"]), {}, key=key, headers={"Idempotency-Key": f"k{order['id']}"}
        )
        assert answer.status_code == 200, answer.text
        assert "only staff" not in answer.text
        again = await api(
            "POST", path.format(id=order["id"]), {}, key=key, headers={"Idempotency-Key": f"k{order['id']}"}
        )
        assert again.content == answer.content


async def test_what_is_hidden_is_never_saved_away(api: Api) -> None:
    """The customer's view is for reading: its command is judged and saved on the whole order."""
    order = await their_order(api, "cust_mine")
    key = await api.mint("customer", customer="cust_mine")
    wanted = {"items": [{"itemId": order["items"][0]["id"], "quantity": 1}]}
    await api.ok("POST", f"/order/{order['id']}/return", wanted, key=key)
    after = await api.ok("GET", f"/order/{order['id']}")
    assert (after["metadata"], after["holds"]) == (order["metadata"], order["holds"])
    assert after["holds"][0]["kind"] == "dispute"


async def test_a_cancel_note_is_the_shops(api: Api) -> None:
    order = await api.paid(customerId="cust_mine")
    await api.ok("POST", f"/order/{order['id']}/cancel", {"reason": "other", "note": "cancel in anger"})
    key = await api.mint("customer", customer="cust_mine")
    for path in ("/order/{id}", "/order/{id}/events", "/v1/orders/{id}", "/api/v1/orders/{id}", "/orders/{id}"):
        assert "cancel in anger" not in (await api("GET", path.format(id=order["id"]), key=key)).text
    assert (await api.ok("GET", f"/order/{order['id']}"))["cancelNote"] == "cancel in anger"


async def test_no_risk_is_told_to_a_customer(api: Api) -> None:
    order = await api.order(customerId="cust_mine", billingAddress={"line1": "1 A", "city": "Berlin", "country": "DE"})
    key = await api.mint("customer", customer="cust_mine")
    assert (await api.ok("GET", f"/orders/{order['id']}"))["risk_level"]["address_fail"] is True
    assert set((await api.ok("GET", f"/orders/{order['id']}", key=key))["risk_level"].values()) == {False}
    assert (await api("GET", f"/api/v1/orders/{order['id']}/risks", key=key)).status_code == 403
    assert (await api("GET", f"/api/v1/orders/{order['id']}/notes", key=key)).status_code == 403


def test_an_unknown_actor_is_the_shop_and_hidden_events_are_gone() -> None:
    """Whatever is to come: an unknown actor is the shop."""
    key = api_key("cust_mine")
    told = [
        Event(
            id="E", sequence=1, type=kind, at=datetime(2026, 1, 1, tzinfo=UTC), actor=Actor(kind="operator", id="jane"),
            version=1, data={"note": "x", "amount": 1},
        )
        for kind in EVENTS
    ]  # fmt: skip
    shown = reading.readable(key, told)
    assert {event.type for event in shown} == set(EVENTS) - reading.HIDDEN_EVENTS
    assert {str(event.actor) for event in shown} == {"shop"}
    assert all(event.data == {"amount": 1} for event in shown)


def api_key(customer: str) -> Any:
    from api.http.auth import Key

    return Key("key", "customer", False, customer)


async def test_the_hold_of_an_order_is_in_every_read_that_has_room(api: Api) -> None:
    order = await their_order(api, "cust_mine")
    whole = {path: await api.ok("GET", path.format(id=order["id"])) for path in (
        "/order/{id}", "/v1/orders/{id}", "/api/v1/orders/{id}", "/orders/{id}"
    )}  # fmt: skip
    for path, shown in whole.items():
        holds = shown.get("data", shown)["holds"]
        assert [(h["kind"], h["reason"]) for h in holds] == [("dispute", "fraudulent")], path
