"""commercehq's writes over HTTP: fulfilments, shipments, restocks, refunds; the statuses they lead to and what is refused."""

import json
import re
from typing import Any

import pytest

from store.order import numbers, orders
from tests.api.client import Api
from tests.api.necklace import number_of, paid

# Statuses.


async def test_the_six_statuses_and_back(api: Api) -> None:
    path = await paid(api)

    async def status() -> int:
        order = await api.ok("GET", path)
        counters = order["items"][0]["status"]
        assert counters["quantity"] == sum(counters.values()) - counters["quantity"]
        return int(order["status"])

    item = (await api.ok("GET", path))["items"][0]["data"]["id"]
    assert await status() == 0
    one = await api.ok("POST", f"{path}/fulfilments", {"items": [{"id": item, "quantity": 1}]})
    assert (await status(), one["shipments"]) == (1, [])
    first = one["fulfilments"][0]["id"]
    assert one["fulfilments"][0]["items"] == [{"id": item, "quantity": 1}]
    await api.ok("POST", f"{path}/shipments", {"data": {"fulfilment_id": first}})
    assert await status() == 2
    both = await api.ok("POST", f"{path}/fulfilments", {})
    assert await status() == 4
    second = both["fulfilments"][1]["id"]
    done = await api.ok(
        "POST",
        f"{path}/shipments",
        {"data": [{"fulfilment_id": second, "tracking_number": "1Z", "shipping_carrier": "UPS"}], "notify": True},
    )
    assert await status() == 5
    assert [(p["fulfilment_id"], p["shipping_carrier"]) for p in done["shipments"]] == [(first, None), (second, "UPS")]
    parcels = ",".join(str(p["id"]) for p in done["shipments"])
    back = await api.ok("DELETE", f"{path}/shipments/{parcels}")
    assert (await status(), back["shipments"]) == (3, [])
    await api.ok("DELETE", f"{path}/fulfilments/{first},{second}")
    assert await status() == 0
    cancelled = await api.ok("POST", f"/order/{path.removeprefix('/orders/')}/cancel", {"reason": "fraud"})
    assert cancelled["status"] == "cancelled"
    order = await api.ok("GET", path)
    assert (order["status"], order["paid"], isinstance(order["cancelled_at"], int)) == (0, -2, True)
    assert order["restocks"] == [{"id": item, "quantity": 2}]


async def test_paid_is_told_by_four_integers(api: Api) -> None:
    number = await number_of(api, await api.order())
    path = f"/orders/{number}"
    assert (await api.ok("GET", path))["paid"] == 0
    await api.ok("POST", f"/order/{number}/pay", {"paymentMethod": "pm_card_visa"})
    order = await api.ok("GET", path)
    assert (order["paid"], order["refunded"], order["refund_possible"]) == (1, 0, True)
    some = await api.ok("POST", f"{path}/refunds", {"amount": 0.29})
    assert (some["paid"], some["refunded"], some["refund_possible"]) == (-1, 0.29, True)
    more = await api.ok("POST", f"{path}/refunds", {"amount": "1.10"})
    assert more["refunded"] == 1.39
    assert [r["amount"] for r in more["refunds"]] == [0.29, 1.1]
    rest = await api.ok("POST", f"{path}/refunds")
    assert (rest["paid"], rest["refunded"], rest["refund_possible"]) == (-2, order["total"], False)


# Writes.


async def test_tracking_changes_on_both_collections(api: Api) -> None:
    path = await paid(api)
    sent = await api.ok("POST", f"{path}/fulfilments")
    fulfilment = sent["fulfilments"][0]["id"]
    changed = await api.ok("PATCH", f"{path}/fulfilments", {"data": {"id": fulfilment, "shipping_carrier": "UPS"}})
    assert changed["fulfilments"][0]["shipping_carrier"] == "UPS"
    item = sent["items"][0]["data"]["id"]
    shipped: Any = None
    for number in ("A", "B"):
        shipped = await api.ok("POST", f"{path}/shipments", {"data": {
            "fulfilment_id": fulfilment, "tracking_number": number, "items": [{"id": item, "quantity": 1}]}})  # fmt: skip
    one, two = (p["id"] for p in shipped["shipments"])
    body = {"data": [{"id": one, "tracking_number": "C"}, {"shipment_id": [two], "tracking_url": "https://t.test"}]}
    order = await api.ok("PATCH", f"{path}/shipments", body)
    assert [(p["tracking_number"], p["tracking_url"]) for p in order["shipments"]] == [
        ("C", None),
        ("B", "https://t.test"),
    ]
    half = {"data": [{"id": one, "tracking_number": "D"}, {"id": 1, "tracking_number": "D"}]}
    refused = await api("PATCH", f"{path}/shipments", half)
    assert (refused.status_code, refused.json()) == (422, {"errors": {"data[1].id[0]": ["not on this order"]}})
    assert await api.ok("GET", path) == order


async def test_a_fulfilment_with_shipments_is_not_deleted(api: Api) -> None:
    path = await paid(api)
    sent = await api.ok("POST", f"{path}/fulfilments")
    fulfilment = sent["fulfilments"][0]["id"]
    await api.ok("POST", f"{path}/shipments", {"data": {"fulfilment_id": fulfilment}})
    refused = await api("DELETE", f"{path}/fulfilments/{fulfilment}")
    assert refused.status_code == 409
    assert re.fullmatch(r"the fulfilment has shipments \(\S+ evt_\w{26}\)", refused.json()["errors"]["base"][0])


async def test_several_shipments_are_made_at_once_or_not_at_all(api: Api) -> None:
    path = await paid(api)
    item = (await api.ok("GET", path))["items"][0]["data"]["id"]
    sent: Any = None
    for _ in range(2):
        sent = await api.ok("POST", f"{path}/fulfilments", {"items": [{"id": item, "quantity": 1}]})
    both = [f["id"] for f in sent["fulfilments"]]
    many = {"data": [{"fulfilment_id": both[0]}, {"fulfilment_id": both[1], "items": [{"id": item, "quantity": 9}]}]}
    refused = await api("POST", f"{path}/shipments", many)
    assert refused.status_code == 422
    assert re.fullmatch(r"only 1 left to ship \(order\.fulfilled evt_\w{26}\)", refused.json()["errors"]["items"][0])
    assert (await api.ok("GET", path))["shipments"] == []
    before = api.door.executed
    done = await api.ok("POST", f"{path}/shipments", {"data": {"fulfilment_id": both, "shipping_carrier": "DHL"}})
    assert (len(done["shipments"]), api.door.executed - before) == (2, 1)


async def test_a_restock_takes_unsent_units_first_and_no_money(api: Api) -> None:
    path = await paid(api)
    item = (await api.ok("GET", path))["items"][0]["data"]["id"]
    sent = await api.ok("POST", f"{path}/fulfilments", {"items": [{"id": item, "quantity": 1}]})
    await api.ok("POST", f"{path}/shipments", {"data": {"fulfilment_id": sent["fulfilments"][0]["id"]}})
    order = await api.ok("POST", f"{path}/restocks", {"items": [{"id": item, "quantity": 1}]})
    status = {"quantity": 2, "not_fulfilled": 0, "fulfilled": 0, "shipped": 1, "restocked": 1}
    assert (order["items"][0]["status"], order["refunded"], order["status"]) == (status, 0, 5)
    order = await api.ok("POST", f"{path}/restocks", {"items": [{"id": item, "quantity": 1}]})
    assert (order["restocks"], order["status"]) == ([{"id": item, "quantity": 2}], 0)
    over = await api("POST", f"{path}/restocks", {"items": [{"id": item, "quantity": 1}]})
    assert (over.status_code, list(over.json()["errors"])) == (422, ["items"])


@pytest.mark.parametrize("base", ["/orders", "/commercehq/api/v1/orders"])
async def test_every_write_is_replayed_by_its_key_and_ids_are_taken_in_any_spelling(api: Api, base: str) -> None:
    placed_order = await api.paid(customerId="cust_1")
    line, uuid = placed_order["items"][0]["id"], (await api.ok("GET", f"/api/v1/orders/{placed_order['id']}"))["data"]
    headers = {"Idempotency-Key": "once"}
    body = {"items": [{"id": line, "quantity": 1}]}
    first = await api("POST", f"{base}/{placed_order['id']}/fulfilments", body, headers=headers)
    again = await api("POST", f"{base}/{placed_order['id']}/fulfilments", body, headers=headers)
    assert (first.content, again.headers["idempotent-replayed"]) == (again.content, "true")
    assert first.headers["etag"] == f'"{first.json()["updated_at"] and 3}"'
    item = str(first.json()["items"][0]["data"]["id"])
    both = await api.ok("POST", f"{base}/{uuid['id']}/fulfilments", {"items": [{"id": item, "quantity": 1}]})
    assert both["status"] == 3
    stale = await api("POST", f"{base}/{both['id']}/refunds", {"amount": 1}, headers={"If-Match": '"1"'})
    assert (stale.status_code, list(stale.json()["errors"])) == (412, ["base"])


async def test_an_accepted_command_that_has_not_settled_answers_the_order_as_it_is(api: Api) -> None:
    path = await paid(api, customerId="cust_1")
    api.door.settle_in_time = False
    answer = await api("POST", f"{path}/fulfilments")
    assert (answer.status_code, answer.json()["status"], "retry-after" in answer.headers) == (202, 0, True)


async def test_a_lost_answer_is_written_again_with_its_numbers(api: Api) -> None:
    path = await paid(api, customerId="cust_1")
    api.door.fails_after = TimeoutError()
    answer = await api("POST", f"{path}/fulfilments", headers={"Idempotency-Key": "lost"})
    assert (answer.status_code, answer.json()["status"]) == (200, 3)
    assert answer.json()["customer"]["id"] >= numbers.FIRST_DRAWN


# Errors.


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("POST", "fulfilments", {"items": []}, 422, "items"),
        ("POST", "fulfilments", {"items": [{"id": 1, "quantity": 1}]}, 422, "items[0].id"),
        ("POST", "fulfilments", {"items": [{"id": "LINE", "quantity": 0}]}, 422, "items[0].quantity"),
        ("POST", "fulfilments", {"items": [{"id": "LINE", "quantity": 9}]}, 422, "items"),
        ("POST", "fulfilments", {"colour": 1}, 422, "colour"),
        ("PATCH", "fulfilments", {"data": {"tracking_number": "1"}}, 422, "data[0].id"),
        ("PATCH", "fulfilments", {"data": [{"id": 1, "tracking_number": "1"}]}, 422, "data[0].id[0]"),
        ("DELETE", "fulfilments/1", None, 404, "base"),
        ("DELETE", "fulfilments/nope", None, 404, "base"),
        ("POST", "shipments", {}, 422, "data"),
        ("POST", "shipments", {"data": {"tracking_number": "1"}}, 422, "data[0].fulfilment_id"),
        ("POST", "shipments", {"data": {"fulfilment_id": 7}}, 422, "data[0].fulfilment_id[0]"),
        ("PATCH", "shipments", {"data": []}, 422, "data"),
        ("DELETE", "shipments/1", None, 404, "base"),
        ("POST", "restocks", {}, 422, "items"),
        ("POST", "restocks", {"items": [{"id": "LINE", "quantity": 3}]}, 422, "items"),
        ("POST", "refunds", {"amount": 1.001}, 422, "amount"),
        ("POST", "refunds", {"amount": "1,5"}, 422, "amount"),
        ("POST", "refunds", {"amount": 0}, 422, "amount"),
        ("POST", "refunds", {"amount": -1}, 422, "amount"),
        ("POST", "refunds", {"amount": 1000}, 422, "amount"),
    ],
)
async def test_what_writes_refuse(api: Api, method: str, path: str, body: Any, status: int, field: str) -> None:
    order = await api.paid()
    text = json.dumps(body).replace("LINE", order["items"][0]["id"])
    answer = await api(method, f"/orders/{order['id']}/{path}", json.loads(text))
    assert (answer.status_code, list(answer.json()["errors"])) == (status, [field]), answer.text
    assert all(isinstance(m, str) for messages in answer.json()["errors"].values() for m in messages)


async def test_refusals_of_the_order_itself(api: Api) -> None:
    draft = await number_of(api, await api.order())
    unpaid = await api("POST", f"/orders/{draft}/fulfilments")
    assert (unpaid.status_code, list(unpaid.json()["errors"])) == (409, ["base"])
    await api.ok("POST", f"/order/{draft}/confirm")
    unpaid = await api("POST", f"/orders/{draft}/fulfilments")
    assert (unpaid.status_code, list(unpaid.json()["errors"])) == (402, ["base"])
    nothing = await api("POST", f"/orders/{draft}/refunds")
    assert nothing.status_code == 409
    too_much = await api("POST", f"{await paid(api)}/refunds", {"amount": 999})
    assert "USD can be refunded" in too_much.json()["errors"]["amount"][0]
    await api.ok("POST", f"/order/{draft}/cancel", {"reason": "duplicate"})
    late = await api("POST", f"/orders/{draft}/fulfilments")
    assert late.status_code == 409
    assert "order.cancelled evt_" in late.json()["errors"]["base"][0]


async def test_a_child_taken_back_is_gone_from_its_list(api: Api) -> None:
    path = await paid(api)
    sent = await api.ok("POST", f"{path}/fulfilments")
    fulfilment = sent["fulfilments"][0]["id"]
    assert (await api.ok("DELETE", f"{path}/fulfilments/{fulfilment}"))["fulfilments"] == []
    assert (await api("DELETE", f"{path}/fulfilments/{fulfilment}")).status_code == 404
    stored = await orders.resolve(api.db, False, path.removeprefix("/orders/"))
    assert stored is not None
    assert stored.fulfillments[0].cancelled_at is not None
