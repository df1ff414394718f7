"""Time and people over HTTP: waiting, timers, agenda, tasks, orders found, figures (contract section 14)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.faces import FACES
from api.faces.engine.inbox import PATHS
from api.faces.engine.people import TEXTS
from domain import commands as c
from domain.commands import Request
from domain.order import Actor
from domain.tasks import TASKS
from ordermill.process.config import ConfigError, load
from ordermill.settings import Settings
from store.access import keys
from store.database.engine import writing
from store.lists import tasks
from store.order import orders
from store.outgoing import webhooks
from store.tables import webhook_endpoints
from tests.api.client import ADDRESS, ITEMS, ROOT, Api

WHO = {"firstName": "Ada", "lastName": "Lovelace", "phone": "+1 555 0100"}


def _in(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _waits(api: Api, order: Any) -> list[str]:
    return [wait["for"] for wait in (await api.ok("GET", f"/engine/orders/{order['id']}/waiting"))["models"]]


async def _kinds(api: Api, query: str = "") -> list[str]:
    return [task["kind"] for task in (await api.ok("GET", f"/engine/tasks{query}"))["models"]]


async def _numbers(api: Api, query: str) -> list[int]:
    return [order["number"] for order in (await api.ok("GET", f"/engine/orders?{query}"))["models"]]


def _number(order: Any) -> int:
    return int(order["displayId"][1:])


async def _asked_back(api: Api) -> Any:
    order = await api.delivered()
    back = {"items": [{"itemId": order["items"][0]["id"], "quantity": 1}]}
    return order, await api.ok("POST", f"/order/{order['id']}/return", back)


async def test_an_order_says_what_it_waits_for_until_when_and_who_ends_it(api: Api) -> None:
    order = await api.order()
    await api.ok("POST", f"/order/{order['id']}/confirm")
    payment, units = (await api.ok("GET", f"/engine/orders/{order['id']}/waiting"))["models"]
    assert (payment["for"], payment["by"]) == ("payment", ["pay", "record_payment", "cancel"])
    timers = (await api.ok("GET", f"/engine/orders/{order['id']}/timers"))["models"]
    assert [timer["name"] for timer in timers] == ["cancel_window", "payment_window"]
    assert (payment["until"], payment["then"]) == (timers[1]["at"], timers[1]["then"])
    assert (units["for"], units["until"]) == ("fulfillment", None)


async def test_a_timer_is_moved_and_its_event_says_who_and_from_where(api: Api) -> None:
    order = await api.order()
    await api.ok("POST", f"/order/{order['id']}/confirm")
    where = f"/engine/orders/{order['id']}/timers"
    before = (await api.ok("GET", where))["models"][1]["at"]
    at = _in(days=9)
    moved = await api("POST", f"{where}/payment_window", {"at": at})
    assert (moved.status_code, moved.json()["at"], moved.headers["etag"]) == (200, at, '"3"')
    assert (await api.ok("GET", where))["models"][1]["at"] == at
    event = (await api.ok("GET", f"/order/{order['id']}/events"))["models"][-1]
    assert (event["type"], event["data"]["from"], event["data"]["to"]) == ("timer.moved", before, at)
    assert event["actor"].startswith("key:")


async def test_a_timer_fired_does_its_work_at_once(api: Api) -> None:
    order = await api.order()
    await api.ok("POST", f"/order/{order['id']}/confirm")
    await api.ok("POST", f"/order/{order['id']}/pay", {"paymentMethod": "pm_card_visa", "amount": 100})
    path = f"/engine/orders/{order['id']}/timers/payment_window"
    headers = {"Idempotency-Key": "now"}
    fired = await api("POST", path, {"fire": True}, headers=headers)
    assert fired.status_code == 200, fired.text
    after = await api.ok("GET", f"/order/{order['id']}")
    assert (after["status"], after["refundedTotal"]) == ("cancelled", 100)
    again = await api("POST", path, {"fire": True}, headers=headers)
    assert (again.json(), again.headers["idempotent-replayed"]) == (fired.json(), "true")
    assert (await api("POST", path, {"fire": True})).status_code == 404


@pytest.mark.parametrize(
    ("name", "body", "status", "field"),
    [
        ("payment_window", {}, 422, "at"),
        ("payment_window", {"at": "2100-01-01", "fire": True}, 422, "at"),
        ("payment_window", {"at": "2001-01-01"}, 422, "at"),
        ("payment_window", {"at": "soon"}, 422, "at"),
        ("payment_window", {"at": 5}, 422, "at"),
        ("payment_window", {"fire": "yes"}, 422, "fire"),
        ("payment_window", {"later": True}, 422, "later"),
        ("return_window", {"fire": True}, 404, None),
        ("nonsense", {"fire": True}, 404, None),
    ],
)
async def test_a_timer_that_is_none_and_a_moment_that_is_none(
    api: Api, name: str, body: Any, status: int, field: str | None
) -> None:
    order = await api.order()
    await api.ok("POST", f"/order/{order['id']}/confirm")
    answer = await api("POST", f"/engine/orders/{order['id']}/timers/{name}", body)
    assert answer.status_code == status, answer.text
    if field:
        assert answer.json()["error"]["field"] == field


async def test_a_hold_is_not_kept_beyond_what_the_provider_holds(api: Api) -> None:
    order = await api.order()
    await api.ok("POST", f"/order/{order['id']}/authorize", {"paymentMethod": "pm_card_visa"})
    path = f"/engine/orders/{order['id']}/timers/authorization"
    answer = await api("POST", path, {"at": _in(days=8)})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "at")
    assert (await api("POST", path, {"at": _in(days=3)})).status_code == 200


async def test_the_agenda_lists_every_deadline_with_its_money_page_after_page(api: Api) -> None:
    for days in (5, 3, 4):
        order = await api.order()
        await api.ok("POST", f"/order/{order['id']}/confirm")
        await api.ok("POST", f"/order/{order['id']}/pay", {"paymentMethod": "pm_card_visa", "amount": 100 * days})
        await api.ok("POST", f"/engine/orders/{order['id']}/timers/payment_window", {"at": _in(days=days)})
    found: list[Any] = []
    path = "/engine/agenda?limit=1"
    while True:
        page = await api.ok("GET", path)
        found += page["models"]
        if page["nextCursor"] is None:
            break
        path = f"/engine/agenda?limit=1&cursor={page['nextCursor']}"
    assert [one["money"] for one in found] == [[{"kind": "refund", "amount": 100 * days}] for days in (3, 4, 5)]
    assert {one["name"] for one in found} == {"payment_window"}
    between = await api.ok("GET", f"/engine/agenda?from={_in(days=3.5)}&until={_in(days=4.5)}")
    assert [one["orderId"] for one in between["models"]] == [found[1]["orderId"]]


async def test_a_task_is_there_while_its_fact_is_and_names_the_call_that_ends_it(api: Api) -> None:
    order, made = await _asked_back(api)
    (task,) = (await api.ok("GET", "/engine/tasks"))["models"]
    assert (task["kind"], task["orderId"], task["number"]) == ("return_to_decide", order["id"], _number(order))
    method, path = task["resolvedBy"][0]["path"].split(" ")
    assert task["resolvedBy"][0]["verb"] == "approve_return"
    await api.ok(method, path, {})
    (task,) = (await api.ok("GET", "/engine/tasks"))["models"]
    assert task["kind"] == "return_to_receive"
    method, path = task["resolvedBy"][0]["path"].split(" ")
    assert made["id"] in path
    await api.ok(method, path, {})
    assert await _kinds(api) == []


async def test_a_failing_endpoint_and_a_mail_that_is_stuck_are_tasks(api: Api) -> None:
    made = await api.ok("POST", "/webhook", {"url": "https://shop.example/hook", "events": ["*"]})
    async with writing(api.db) as conn:
        ident = (await conn.execute(webhook_endpoints.select())).one().id
        await webhooks.mark(conn, ident, "failing", "no answer", 1_750_000_000)
    order = await api.order(email="ada@shop.test")
    await api.ok("POST", f"/order/{order['id']}/cancel", {"reason": "customer_request", "notifyCustomer": True})
    assert await _kinds(api) == ["webhook_failing"]
    late = await tasks.open_tasks(api.db, False, int(datetime.now(UTC).timestamp()) + tasks.STUCK_SECONDS + 5)
    assert [task.kind for task in late] == ["webhook_failing", "mail_stuck"]
    assert (late[1].number, late[1].about) == (_number(order), "order_cancelled")
    assert await tasks.open_tasks(api.db, False, 9_999_999_999, after=late[1].key) == []
    assert await tasks.open_tasks(api.db, True, 9_999_999_999) == []
    await api.ok("PATCH", f"/webhook/{made['id']}", {"status": "active"})
    assert await _kinds(api) == []


async def test_a_hold_becomes_a_task_when_its_end_is_near(api: Api) -> None:
    order = await api.order()
    await api.ok("POST", f"/order/{order['id']}/authorize", {"paymentMethod": "pm_card_visa"})
    assert await _kinds(api) == []
    path = f"/engine/orders/{order['id']}/timers/authorization"
    due = _in(days=1)
    await api.ok("POST", path, {"at": due})
    (task,) = (await api.ok("GET", "/engine/tasks?kind=authorization_expiring"))["models"]
    assert (task["due"], task["amount"], task["currency"]) == (due, order["total"], "USD")
    assert await _kinds(api, f"?until={_in(hours=1)}") == []
    assert await _kinds(api, "?kind=surplus,refund_failed") == []


async def test_tasks_of_every_kind_are_one_list_the_oldest_due_first_page_after_page(api: Api) -> None:
    for _ in range(3):
        await _asked_back(api)
    declined = await api.order()
    await api.ok("POST", f"/order/{declined['id']}/confirm")
    assert (await api("POST", f"/order/{declined['id']}/pay", {"paymentMethod": "pm_insufficient"})).status_code == 402
    whole = (await api.ok("GET", "/engine/tasks"))["models"]
    assert sorted({task["kind"] for task in whole}) == ["payment_failed", "return_to_decide"]
    assert whole[-1]["kind"] == "payment_failed"  # due in a day; the returns wait since now
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await api.ok("GET", f"/engine/tasks?limit=1{cursor}")
        found += page["models"]
        cursor = page["nextCursor"] and f"&cursor={page['nextCursor']}"
    assert found == whole


async def test_an_order_is_found_by_anything_somebody_remembers(api: Api) -> None:
    order = await api.paid(email="Ada@shop.test", customerId="cust_7", shippingAddress=ADDRESS | WHO)
    other = await api.order(email="bob@shop.test")
    await api.ok("POST", f"/order/{order['id']}/fulfill", {"trackingNumber": "1Z999"})
    number = _number(order)
    for text in (str(number), f"%23{number}", order["id"], "ada@SHOP", "lovelace", "ada%20love", "15550100",
                 "%2B1 555 0100", "1z9", "cust_7", "pi_"):  # fmt: skip
        assert await _numbers(api, f"q={text}") == [number], text
    sku = order["items"][0]["sku"]
    assert sorted(await _numbers(api, f"q={sku}")) == [number, _number(other)]
    assert await _numbers(api, f"q={sku}&waitsFor=delivery") == [number]
    assert await _numbers(api, f"q={sku}&status=draft") == [_number(other)]
    assert await _numbers(api, "q=nobody") == []
    assert await _numbers(api, "q=%23") == []


async def test_orders_are_listed_by_what_they_wait_for_page_after_page(api: Api) -> None:
    made = [_number(await api.paid()) for _ in range(3)]
    draft = _number(await api.order())
    assert await _numbers(api, "waitsFor=fulfillment") == made[::-1]
    assert await _numbers(api, "waitsFor=confirmation") == [draft]
    assert await _numbers(api, "") == [draft, *made[::-1]]
    assert await _numbers(api, "waitsFor=fulfillment&status=draft") == []
    for query in ("waitsFor=fulfillment", "q=1", ""):
        found: list[int] = []
        cursor = ""
        while True:
            page = await api.ok("GET", f"/engine/orders?limit=1&{query}{cursor}")
            found += [order["number"] for order in page["models"]]
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"
        assert found == await _numbers(api, query), query


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/engine/orders?waitsFor=godot", "waitsFor"), ("/engine/orders?cursor=x", "cursor"),
        ("/engine/orders?q=", "q"), ("/engine/orders?limit=101", "limit"), ("/engine/orders?status=lost", "status"),
        ("/engine/tasks?kind=laundry", "kind"), ("/engine/tasks?cursor=WyIxIl0", "cursor"),
        ("/engine/agenda?from=soon", "from"), ("/engine/agenda?cursor=!", "cursor"),
        ("/engine/stats?by=hour", "by"), ("/engine/stats?from=2026-01-02&until=2026-01-02", "until"),
        ("/engine/stats?from=2020-01-01&until=2026-01-02", "from"),
    ],
)  # fmt: skip
async def test_wrong_questions_name_the_field(api: Api, path: str, field: str) -> None:
    answer = await api("GET", path)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field), answer.text


async def test_the_figures_of_the_days_and_what_open_orders_wait_for(api: Api) -> None:
    order = await api.paid()
    other = await api.paid(currency="EUR", items=[{"title": "x", "unitPrice": 500, "quantity": 3}])
    await api.ok("POST", f"/order/{order['id']}/refund", {"amount": 100})
    await api.order()
    found = await api.ok("GET", "/engine/stats")
    euro, dollar = found["models"]
    assert (euro["currency"], euro["orders"], euro["units"], euro["captured"]) == ("EUR", 1, 3, other["total"])
    assert (dollar["orders"], dollar["units"], dollar["refunded"]) == (2, 4, 100)
    assert dollar["net"] == dollar["captured"] - 100 == order["total"] - 100
    assert found["waiting"] == {"confirmation": 1, "fulfillment": 2}
    assert (await api.ok("GET", "/engine/stats?from=2020-01-01&until=2020-02-01"))["models"] == []


async def test_customers_see_none_of_it_and_restricted_keys_read_it(api: Api) -> None:
    order = await api.order(customerId="cust_1")
    customer, reader = await api.mint("customer", customer="cust_1"), await api.mint("restricted")
    live = await api.mint(livemode=True)
    listed = ("/engine/agenda", "/engine/tasks", "/engine/orders", "/engine/stats")
    own = (f"/engine/orders/{order['id']}/waiting", f"/engine/orders/{order['id']}/timers")
    for path in (*listed, *own):
        assert (await api("GET", path, key=customer)).status_code == 403, path
        assert (await api("GET", path, key=reader)).status_code == 200, path
        assert (await api("GET", path, key=live)).status_code == (200 if path in listed else 404)
    assert (await api.ok("GET", "/engine/orders", key=live))["models"] == []
    path = f"/engine/orders/{order['id']}/timers/cancel_window"
    for key in (customer, reader):
        assert (await api("POST", path, {"fire": True}, key=key)).status_code == 403
    await api.ok("POST", path, {"fire": True})
    told = (await api.ok("GET", f"/order/{order['id']}/events", key=customer))["models"]
    assert "timer.moved" not in {event["type"] for event in told}


async def test_a_dispute_is_a_task_that_the_provider_ends(api: Api) -> None:
    order = await api.paid()
    whole = await orders.resolve(api.db, False, order["id"])
    assert whole is not None
    fact = c.DisputeFact(payment_ref=whole.payments[0].ref or "", ref="dp_1", status="opened", amount=7)
    await api.door.tell(whole, fact, Request(id="evt", actor=Actor(kind="provider", id="sandbox")))
    (task,) = (await api.ok("GET", "/engine/tasks"))["models"]
    assert (task["kind"], task["amount"]) == ("dispute", 7)
    assert task["resolvedBy"] == [{"verb": "dispute_fact", "path": None}]
    assert (await _waits(api, order))[0] == "dispute"


async def test_events_say_which_key_did_it_by_its_name(api: Api) -> None:
    minted = await api.ok("POST", "/engine/keys", {"scope": "restricted", "name": "reports"})
    assert minted["name"] == "reports"
    named = (await keys.mint(api.db, scope="secret", livemode=False, now=1, name="warehouse")).text
    order = await api.ok("POST", "/order", {"items": ITEMS, "customerId": "cust_1"}, key=named)
    await api.ok("PATCH", f"/order/{order['id']}", {"notes": "by another key, without a name"})
    first, second = (await api.ok("GET", f"/order/{order['id']}/events"))["models"]
    assert (first["actorLabel"], second["actorLabel"]) == ("warehouse", None)
    (listed,) = (await api.ok("GET", "/order?expand=events"))["models"]
    assert [event["actorLabel"] for event in listed["events"]] == ["warehouse", None]
    told = (await api.ok("GET", f"/order/{order['id']}/events", key=await api.mint("customer", customer="cust_1")))[
        "models"
    ]
    assert {(event["actor"], event["actorLabel"]) for event in told} == {("shop", None)}


def test_every_task_has_words_and_every_path_is_one_of_ours() -> None:
    assert set(TEXTS) == set(tasks.KINDS) >= set(TASKS)
    ours = {"{id}": "{order}", "{order_id}": "{order}", "{returnId}": "{return}", "{holdId}": "{hold}"}
    served = {
        (route.method, re.sub(r"\{\w+\}", lambda found: ours.get(found[0], found[0]), route.path))
        for face in FACES.values()
        for route in face.routes.all
    }
    for path in PATHS.values():
        assert path is None or tuple(path.split(" ")) in served, path


def test_a_time_zone_that_is_none_stops_the_start() -> None:
    settings = Settings(config=ROOT / "ordermill.yaml")
    assert load(settings, {"ORDERMILL_STORE__TIME_ZONE": "Europe/Zurich"}).store.time_zone == "Europe/Zurich"
    with pytest.raises(ConfigError, match="time_zone"):
        load(settings, {"ORDERMILL_STORE__TIME_ZONE": "Mars/Olympus"})
