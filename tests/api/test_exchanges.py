"""Exchanges and claims over HTTP: routes, what each face shows, customers' keys, dry runs (contract section 13)."""

from typing import Any

import pytest

from tests.api.client import Api
from tests.api.test_dry_run import rehearse
from tests.api.test_returns import refused

CARD = "pm_card_visa"
DECLINED = "pm_card_insufficient"
NEW = {"variantId": "var_001", "quantity": 1}
PRICE = 4000


def body(order: Any, *new: Any, units: int = 1, **more: Any) -> dict[str, Any]:
    item = {"itemId": order["items"][0]["id"], "quantity": units, "reason": "wrong_size"}
    return {"items": [item], "newItems": list(new) or [{**NEW, "unitPrice": PRICE}], **more}


async def exchanged(api: Api, order: Any = None, *, key: str | None = None, **more: Any) -> tuple[str, Any]:
    """A delivered order of two units, and an exchange of one of them for a dearer one. (path of the order, the exchange)"""
    order = order or await api.delivered()
    made = await api("POST", f"/order/{order['id']}/exchange", body(order, **more), key=key)
    assert made.status_code == 201, made.text
    return f"/order/{order['id']}", made.json()


async def step(api: Api, path: str, made: Any, verb: str, sent: Any = None) -> Any:
    return await api.ok("POST", f"{path}/return/{made['returnId']}/{verb}", sent or {})


async def reserved(api: Api, variant: str = "var_001") -> int:
    return int((await api.ok("GET", f"/engine/inventory/{variant}"))["reserved"])


def priced(order: Any, unit_price: int) -> int:
    """With the order's tax rate, 12 % of Oregon."""
    return unit_price + (unit_price * 12 + 50) // 100


async def test_an_exchange_is_answered_as_the_contract_prints_it(api: Api) -> None:
    order = await api.delivered()
    path, made = await exchanged(api, order)
    assert made["id"].startswith("exch_")
    assert made["returnId"].startswith("ret_")
    assert (made["orderId"], made["status"], made["ship"], made["amountDue"]) == (
        order["id"], "requested", "on_receipt", 0,
    )  # fmt: skip
    assert made["difference"] == priced(order, PRICE) - priced(order, 2999)
    assert [(i["itemId"], i["quantity"], i["reason"]) for i in made["items"]] == [
        (order["items"][0]["id"], 1, "wrong_size")
    ]
    (new,) = made["newItems"]
    assert (new["variantId"], new["quantity"], new["unitPrice"]) == ("var_001", 1, PRICE)
    assert await api.ok("GET", f"{path}/exchange/{made['id']}") == made
    assert await api.ok("GET", f"{path}/exchanges") == {"count": 1, "models": [made]}
    assert (await api.ok("GET", path))["exchanges"] == [made]
    assert (await api("GET", f"{path}/exchange/exch_{'Z' * 26}")).status_code == 404
    assert await reserved(api) == 1


async def test_until_owed_its_lines_are_in_no_face_and_then_in_every_one(api: Api) -> None:
    path, made = await exchanged(api, paymentMethod=CARD)
    reference = path.rsplit("/", 1)[1]
    new = made["newItems"][0]["id"]
    store = await api.ok("GET", f"/api/v1/orders/{reference}")
    assert len(store["data"]["line_items"]) == 1
    (pending,) = store["data"]["exchanges"]
    assert (pending["status"], len(pending["new_items"])) == ("requested", 1)
    for verb in ("approve", "receive"):
        await step(api, path, made, verb)
    order = await api.ok("GET", path)
    assert [(i["id"], i["exchangeId"]) for i in order["items"]][1:] == [(new, made["id"])]
    assert (order["amountDue"], [p["status"] for p in order["payments"]]) == (0, ["captured", "captured"])
    store = (await api.ok("GET", f"/api/v1/orders/{reference}"))["data"]
    assert [i["exchange_id"] for i in store["line_items"]] == [None, pending["id"]]
    assert store["line_items"][1]["id"] == pending["new_items"][0]["id"]
    zephyr = await api.ok("GET", f"/v1/orders/{reference}")
    assert [i["exchange_id"] for i in zephyr["line_items"]] == [None, made["id"]]
    number = order["displayId"][1:]
    chq = await api.ok("GET", f"/commercehq/api/v1/orders/{number}")
    assert [i["exchange_id"] is None for i in chq["items"]] == [True, False]
    await api.ok("POST", f"{path}/fulfill", {})
    assert (await api.ok("GET", f"{path}/exchange/{made['id']}"))["status"] == "completed"


async def test_a_decline_leaves_it_due_and_every_face_shows_it(api: Api) -> None:
    path, made = await exchanged(api, paymentMethod=DECLINED)
    await step(api, path, made, "approve")
    await step(api, path, made, "receive")
    shown = await api.ok("GET", f"{path}/exchange/{made['id']}")
    assert (shown["status"], shown["amountDue"]) == ("approved", made["difference"])
    assert (await api.ok("GET", path))["payments"][-1]["status"] == "failed"
    store = await api.ok("GET", f"/api/v1/orders/{path.rsplit('/', 1)[1]}")
    assert store["data"]["financial_status"] == "partially_paid"
    assert await refused(api, f"{path}/fulfill", {}) == (402, "payment_required", None)
    await api.ok("POST", f"{path}/pay", {"paymentMethod": CARD})
    await api.ok("POST", f"{path}/fulfill", {})


async def test_on_approval_the_new_units_leave_first_and_an_overdue_parcel_is_somebodys_task(api: Api) -> None:
    path, made = await exchanged(api, ship="on_approval")
    await step(api, path, made, "approve")
    order = await api.ok("GET", path)
    assert order["amountDue"] == made["difference"]
    await api.ok("POST", f"{path}/pay", {"paymentMethod": CARD})
    await api.ok("POST", f"{path}/fulfill", {})
    engine = f"/engine/orders/{order['id']}"
    waits = {wait["for"]: wait for wait in (await api.ok("GET", f"{engine}/waiting"))["models"]}
    assert {"parcel", "exchange"} <= set(waits)
    assert waits["exchange"]["then"] == "the exchange is overdue: the new units are due in full"
    (timer,) = [t for t in (await api.ok("GET", f"{engine}/timers"))["models"] if t["name"].startswith("ship_by")]
    assert await refused(api, f"{path}/return/{made['returnId']}/withdraw") == (409, "order_already_fulfilled", None)
    await api.ok("POST", f"{engine}/timers/{timer['name']}", {"fire": True})
    shown = await api.ok("GET", f"{path}/exchange/{made['id']}")
    assert shown["status"] == "overdue"
    (task,) = (await api.ok("GET", "/engine/tasks?kind=exchange_overdue"))["models"]
    assert (task["orderId"], task["amount"]) == (order["id"], shown["amountDue"])
    assert {"verb": "pay", "path": f"POST {path}/pay"} in task["resolvedBy"]
    await api.ok("POST", f"{path}/pay", {"paymentMethod": CARD})
    assert (await api.ok("GET", "/engine/tasks?kind=exchange_overdue"))["models"] == []


@pytest.mark.parametrize("verb", ["withdraw", "reject"])
async def test_given_up_its_stock_is_on_sale_again_and_its_money_goes_back(api: Api, verb: str) -> None:
    order = await api.delivered()
    path, made = await exchanged(api, order, ship="on_approval", paymentMethod=CARD)
    await step(api, path, made, "approve")
    assert await reserved(api) == 1
    await step(api, path, made, verb, {"reason": "worn"} if verb == "reject" else None)
    after = await api.ok("GET", path)
    assert (after["total"], after["items"], after["amountDue"]) == (order["total"], order["items"], 0)
    assert after["refundedTotal"] == made["difference"]
    assert after["exchanges"][0]["status"] == "cancelled"
    assert await reserved(api) == 0


async def test_too_little_stock_is_409_and_nothing_happened(api: Api) -> None:
    order = await api.delivered()
    path = f"/order/{order['id']}"
    many = [{"variantId": "var_001", "quantity": 1}, {"variantId": "var_xyz789", "quantity": 5000}]
    answer = await api("POST", f"{path}/exchange", body(order, *many))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "insufficient_inventory")
    assert await reserved(api) == 0
    claim = {"items": [{"itemId": order["items"][0]["id"], "quantity": 1, "reason": "missing"}], "resolution": "replace",
             "newItems": [{"variantId": "var_xyz789", "quantity": 5000}]}  # fmt: skip
    answer = await api("POST", f"{path}/claim", claim)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "insufficient_inventory")
    assert await api.ok("GET", path) == order


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"newItems": []}, 422, "newItems"),
        ({"items": []}, 422, "items"),
        ({"newItems": [{"variantId": "nothing", "quantity": 1}]}, 422, "newItems[0].variantId"),
        ({"newItems": [{"variantId": "var_001", "quantity": 0}]}, 422, "newItems[0].quantity"),
        ({"items": [{"quantity": 1}]}, 422, "items[0].itemId"),
        ({"ship": "by_boat"}, 422, "ship"),
        ({"refundMethod": "store_credit"}, 422, "refundMethod"),
        ({"paymentMethod": "store_credit"}, 422, "paymentMethod"),
        ({"paymentMethod": ""}, 422, "paymentMethod"),
    ],
)
async def test_what_is_wrong_in_an_exchange_is_named(api: Api, change: Any, status: int, field: str) -> None:
    order = await api.delivered()
    answer = await api("POST", f"/order/{order['id']}/exchange", {**body(order), **change})
    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (status, field), error


async def test_a_customer_exchanges_their_own_at_the_catalogues_price(api: Api) -> None:
    key, other = [await api.mint("customer", customer=name) for name in ("cust_1", "cust_2")]
    order = await api.delivered(customerId="cust_1")
    path = f"/order/{order['id']}"
    answer = await api("POST", f"{path}/exchange", body(order), key=key)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["field"]) == (
        403, "insufficient_permissions", "newItems[0].unitPrice",
    )  # fmt: skip
    assert (await api("POST", f"{path}/exchange", body(order, NEW), key=other)).status_code == 404
    made = (await api("POST", f"{path}/exchange", body(order, NEW), key=key)).json()
    assert made["newItems"][0]["unitPrice"] == (await api.ok("GET", "/engine/catalog/var_001"))["unitPrice"]
    assert (await api("GET", f"{path}/exchange/{made['id']}", key=other)).status_code == 404
    assert (await api("GET", f"{path}/exchange/{made['id']}", key=key)).json() == made
    assert (await api("POST", f"{path}/return/{made['returnId']}/approve", {}, key=key)).status_code == 403
    claim = {"items": [{"itemId": order["items"][0]["id"], "quantity": 1, "reason": "damaged"}], "resolution": "refund"}
    assert (await api("POST", f"{path}/claim", claim, key=key)).status_code == 403
    assert (await api("POST", f"{path}/return/{made['returnId']}/withdraw", key=key)).status_code == 200
    reading = await api.mint("restricted")
    assert (await api("GET", f"{path}/claims", key=reading)).json() == {"count": 0, "models": []}
    assert (await api("POST", f"{path}/exchange", body(order, NEW), key=reading)).status_code == 403


async def test_a_claim_replaces_at_no_price_and_each_unit_once(api: Api) -> None:
    order = await api.shipped()
    path, item = f"/order/{order['id']}", order["items"][0]["id"]
    entry = {"itemId": item, "quantity": 2, "reason": "damaged"}
    made = await api("POST", f"{path}/claim", {"items": [entry], "resolution": "replace"})
    assert made.status_code == 201, made.text
    told = made.json()
    assert told["id"].startswith("claim_")
    assert (told["resolution"], told["amountDue"], told["refundId"]) == ("replace", 0, None)
    assert [(i["variantId"], i["quantity"], i["unitPrice"]) for i in told["newItems"]] == [("var_xyz789", 2, 0)]
    after = await api.ok("GET", path)
    assert (after["total"], after["claims"], after["items"][1]["claimId"]) == (order["total"], [told], told["id"])
    assert await api.ok("GET", f"{path}/claim/{told['id']}") == told
    assert (await api("GET", f"{path}/claim/none")).status_code == 404
    again = {"items": [{**entry, "quantity": 1}], "resolution": "refund"}
    assert await refused(api, f"{path}/claim", again) == (422, "validation_error", "quantity")
    await api.ok("POST", f"{path}/fulfill", {})


async def test_a_claim_refunds_the_units_share(api: Api) -> None:
    order = await api.shipped()
    path = f"/order/{order['id']}"
    entry = {"itemId": order["items"][0]["id"], "quantity": 1, "reason": "missing"}
    told = await api.ok("POST", f"{path}/claim", {"items": [entry], "resolution": "refund"})
    after = await api.ok("GET", path)
    assert told["refundAmount"] == after["refundedTotal"] == priced(order, 2999)
    assert told["refundId"] == after["refunds"][0]["id"]


@pytest.mark.parametrize("kind", ["exchange", "claim replace", "claim refund", "approve", "receive", "withdraw"])
async def test_a_dry_run_is_what_the_command_then_does(api: Api, kind: str) -> None:
    order = await api.delivered()
    path, sent = f"/order/{order['id']}", body(order, ship="on_approval", paymentMethod=CARD)
    entry = {"itemId": order["items"][0]["id"], "quantity": 1, "reason": "damaged"}
    if kind == "exchange":
        whole = f"{path}/exchange"
    elif kind.startswith("claim"):
        whole, sent = f"{path}/claim", {"items": [entry], "resolution": kind.split()[1]}
    else:
        made = await api.ok("POST", f"{path}/exchange", sent)
        if kind != "approve":
            await step(api, path, made, "approve")
        whole, sent = f"{path}/return/{made['returnId']}/{kind}", {}
    before = await api.ok("GET", path)
    seen = len((await api.ok("GET", f"{path}/events"))["models"])
    told = await rehearse(api, whole, sent)
    assert await api.ok("GET", path) == before
    await api.ok("POST", whole, sent)
    after = await api.ok("GET", path)
    for name in ("total", "amountDue", "capturedTotal", "refundedTotal", "taxTotal", "status", "lifecycle"):
        assert told["order"][name] == after[name], name
    for part in ("items", "exchanges", "claims", "returns"):
        ids = [[one["id"] for one in shown[part]] for shown in (told["order"], after)]
        assert ids[0] == ids[1], part
    new = (await api.ok("GET", f"{path}/events"))["models"][seen:]
    assert told["events"] == [e["type"] for e in new]
    taken = sum(m["amount"] for m in told["money"] if m["kind"] == "capture")
    back = sum(m["amount"] for m in told["money"] if m["kind"] == "refund")
    assert taken == after["capturedTotal"] - before["capturedTotal"]
    assert back == after["refundedTotal"] - before["refundedTotal"]


async def test_the_same_key_makes_one_exchange(api: Api) -> None:
    order = await api.delivered()
    path = f"/order/{order['id']}/exchange"
    first, second = [await api("POST", path, body(order), headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert first.text == second.text
    assert second.headers["Idempotent-Replayed"] == "true"
    assert await reserved(api) == 1


async def test_an_operator_finds_it_by_what_is_in_it(api: Api) -> None:
    path, made = await exchanged(api)
    for text in (made["id"], made["returnId"]):
        found = (await api.ok("GET", f"/engine/orders?q={text}"))["models"]
        assert [one["id"] for one in found] == [path.rsplit("/", 1)[1]], text
    await step(api, path, made, "approve")
    assert (await api.ok("GET", "/engine/orders?waitsFor=exchange"))["models"]
