"""`?dryRun=true`: what a command would do, and that nothing was done (contract section 13)."""

from typing import Any

import pytest
from sqlalchemy import func, select

from store.tables import metadata
from tests.api.client import ADDRESS, ITEMS, Api

CARD = {"paymentMethod": "pm_card_visa"}


async def counts(api: Api) -> dict[str, int]:
    """Rows of every table but one: any request may begin a minute of its key's rate limit."""
    async with api.db.connect() as conn:
        return {
            t.name: (await conn.execute(select(func.count()).select_from(t))).scalar_one()
            for t in metadata.sorted_tables
            if t.name != "rate_windows"
        }


async def rehearse(api: Api, path: str, body: Any, method: str = "POST", **more: Any) -> Any:
    """The dry run's answer; no row of the database is more or fewer for it."""
    before = await counts(api)
    response = await api(method, f"{path}?dryRun=true", body, **more)
    assert await counts(api) == before
    assert response.status_code == 200, response.text
    assert response.json()["dryRun"] is True
    return response.json()


STEPS: list[tuple[str, str, str, Any]] = [
    ("POST", "placed", "confirm", {}),
    ("POST", "placed", "pay", CARD),
    ("POST", "placed", "authorize", CARD),
    ("POST", "placed", "cancel", {"reason": "customer_request"}),
    ("PATCH", "placed", "", {"notes": "hello"}),
    ("POST", "paid", "fulfill", {}),
    ("POST", "paid", "refund", {"amount": 100}),
    ("POST", "paid", "cancel", {"reason": "customer_request", "notifyCustomer": True}),
    ("POST", "paid", "holds", {"kind": "manual", "reason": "x"}),
    ("POST", "paid", "edits", {"operations": [{"op": "add_discount", "amount": 500}]}),
    ("POST", "paid", "edits", {"operations": [{"op": "add_item", "variantId": "var_001", "quantity": 1}]}),
    ("POST", "shipped", "deliver", {}),
]  # fmt: skip
FIGURES = ("total", "amountDue", "capturedTotal", "refundedTotal", "status", "lifecycle", "paymentStatus")


@pytest.mark.parametrize(
    ("method", "where", "verb", "body"), STEPS, ids=[f"{w} {v or 'patch'} {i}" for i, (_, w, v, _) in enumerate(STEPS)]
)
async def test_it_says_what_the_command_then_does(api: Api, method: str, where: str, verb: str, body: Any) -> None:
    order = await {"placed": api.order, "paid": api.paid, "shipped": api.shipped}[where]()
    path = f"/order/{order['id']}"
    whole = f"{path}/{verb}".rstrip("/")
    told = await rehearse(api, whole, body, method)
    assert await api.ok("GET", path) == order
    seen = len((await api.ok("GET", f"{path}/events"))["models"])
    shelf = await api.ok("GET", "/engine/inventory/var_xyz789")
    await api.ok(method, whole, body)
    after = await api.ok("GET", path)
    assert {name: told["order"][name] for name in FIGURES} == {
        name: after[name]
        if name != "holds"
        else [h | {"createdAt": told["order"]["holds"][0]["createdAt"]} for h in after["holds"]]
        for name in FIGURES
    }
    new = (await api.ok("GET", f"{path}/events"))["models"][seen:]
    assert told["events"] == [e["type"] for e in new]
    back = sum(m["amount"] for m in told["money"] if m["kind"] == "refund")
    assert back == after["refundedTotal"] - order["refundedTotal"]
    moved = next((s for s in told["stock"] if s["variantId"] == "var_xyz789"), {"reserved": 0, "onHand": 0})
    now = await api.ok("GET", "/engine/inventory/var_xyz789")
    assert (now["reserved"] - shelf["reserved"], now["onHand"] - shelf["onHand"]) == (
        moved["reserved"],
        moved["onHand"],
    )


async def test_placing_costs_no_number_and_has_no_ids(api: Api) -> None:
    first = await api.order()
    body = {"items": ITEMS, "shippingAddress": ADDRESS, "payment": CARD, "metadata": {"id": "mine"}}
    told = await rehearse(api, "/order", body)
    shown = told["order"]
    assert (shown["id"], shown["displayId"], shown["items"][0]["id"], shown["payments"][0]["id"]) == (None,) * 4
    assert (shown["total"], shown["amountDue"], shown["metadata"]) == (first["total"], 0, {"id": "mine"})
    assert [m["kind"] for m in told["money"]] == ["authorize", "capture"]
    assert told["stock"] == [{"variantId": "var_xyz789", "reserved": 2, "onHand": 0}]
    second = await api.order()
    assert int(second["displayId"][1:]) == int(first["displayId"][1:]) + 1


async def test_it_gets_the_refusal_the_command_would_get(api: Api) -> None:
    order = await api.order()
    path = f"/order/{order['id']}"
    many = {"items": [{"variantId": "var_xyz789", "quantity": 100_000}]}
    for method, whole, body in (
        ("POST", f"{path}/fulfill", {}),
        ("POST", f"{path}/refund", {"amount": 1}),
        ("POST", f"{path}/pay", {}),
        ("POST", f"{path}/edits", {"operations": [{"op": "nonsense"}]}),
        ("POST", "/order/1/confirm", {}),
        ("POST", "/order", {**many, "payment": CARD}),
    ):
        dry = await api(method, f"{whole}?dryRun=true", body)
        real = await api(method, whole, body)
        said, told = dry.json()["error"], real.json()["error"]
        for line in [*said.get("lines", ()), *told.get("lines", ())]:
            line.pop("itemId")  # of a line that never was
        assert (dry.status_code, said) == (real.status_code, told), whole
        assert dry.status_code >= 400
    shown = await api("GET", path)
    dry = await api("POST", f"{path}/confirm?dryRun=true", {})
    assert dry.headers["etag"] == shown.headers["etag"]  # of the order as it is: what If-Match takes afterwards
    stale = await api("POST", f"{path}/confirm?dryRun=true", {}, headers={"If-Match": '"99"'})
    assert stale.status_code == 412


async def test_it_ignores_the_idempotency_key(api: Api) -> None:
    order = await api.order()
    path, key = f"/order/{order['id']}/confirm", {"Idempotency-Key": "one"}
    assert (await rehearse(api, path, {}, headers=key))["order"]["lifecycle"] == "confirmed"
    assert (await rehearse(api, path, {}, headers={"Idempotency-Key": "no\tkey"}))["dryRun"]
    real = await api("POST", path, {}, headers=key)
    assert (real.status_code, "idempotent-replayed" in real.headers) == (200, False)


async def test_a_word_that_is_none_is_refused_and_false_is_the_command(api: Api) -> None:
    order = await api.order()
    path = f"/order/{order['id']}/confirm"
    for word in ("perhaps", ""):
        response = await api("POST", f"{path}?dryRun={word}", {})
        assert (response.status_code, response.json()["error"]["field"]) == (422, "dryRun")
    assert (await api.ok("POST", f"{path}?dryRun=false", {}))["lifecycle"] == "confirmed"


async def test_a_customer_rehearses_a_cancellation_and_reads_nothing_of_the_shops(api: Api) -> None:
    order = await api.paid(customerId="cust_7")
    key = await api.mint("customer", customer="cust_7")
    await api.ok("POST", f"/order/{order['id']}/holds", {"kind": "manual", "reason": "Ask Ann"})
    told = await rehearse(api, f"/order/{order['id']}/cancel", {"reason": "customer_request"}, key=key)
    assert (told["stock"], told["order"]["holds"], told["money"][0]["kind"]) == ([], [], "refund")
    assert not [e for e in told["events"] if e in ("order.held", "order.released")]
