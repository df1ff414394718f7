"""Who may do what: keys, their kinds, modes, and the order of checks (contract section 2)."""

import base64
from typing import Any

import pytest

from store.access import keys
from tests.api.client import ADDRESS, ITEMS, NOW, Api


async def test_no_key_and_a_wrong_key_are_401_in_the_faces_shape(api: Api) -> None:
    for headers in (
        {},
        {"Authorization": "Bearer sk_test_wrong"},
        {"Authorization": "Basic !!"},
        {"Authorization": "Digest x"},
    ):
        response = await api.http.get("/order", headers=headers)
        assert response.status_code == 401
        assert response.json()["error"]["code"] == "unauthorized"
        assert response.headers["www-authenticate"].startswith("Bearer")


async def test_basic_takes_the_key_as_user_name(api: Api) -> None:
    token = base64.b64encode(f"{api.key}:".encode()).decode()
    response = await api.http.get("/order", headers={"Authorization": f"Basic {token}"})
    assert response.status_code == 200


async def test_a_live_key_does_not_see_a_test_order(api: Api) -> None:
    order = await api.order()
    live = await api.mint(livemode=True)
    for method, path in (("GET", ""), ("POST", "/cancel"), ("PATCH", ""), ("GET", "/events")):
        response = await api(method, f"/order/{order['id']}{path}", {} if method != "GET" else None, key=live)
        assert response.status_code == 404, (method, path)
    assert (await api.ok("GET", "/order", key=live))["count"] == 0
    assert (await api("GET", f"/order/{order['displayId'][1:]}", key=live)).status_code == 404


@pytest.mark.parametrize(("method", "path", "customer", "restricted"), [
    ("GET",   "/order",                  200, 200),
    ("GET",   "/order/{id}",             200, 200),
    ("GET",   "/order/{id}/events",      200, 200),
    ("GET",   "/order/{id}/returns",     200, 200),
    ("POST",  "/order",                  403, 403),
    ("PATCH", "/order/{id}",             403, 403),
    ("POST",  "/order/{id}/confirm",     403, 403),
    ("POST",  "/order/{id}/pay",         403, 403),
    ("POST",  "/order/{id}/authorize",   403, 403),
    ("POST",  "/order/{id}/capture",     403, 403),
    ("POST",  "/order/{id}/void",        403, 403),
    ("POST",  "/order/{id}/fulfill",     403, 403),
    ("POST",  "/order/{id}/deliver",     403, 403),
    ("POST",  "/order/{id}/refund",      403, 403),
    ("POST",  "/order/{id}/return",      422, 403),
    ("POST",  "/order/{id}/return/x/approve", 403, 403),
    ("POST",  "/order/{id}/cancel",      200, 403),
    ("GET",   "/engine/catalog",         403, 200),
    ("GET",   "/engine/inventory/var_001", 403, 200),
    ("GET",   "/engine/shipping-methods", 403, 200),
    ("GET",   "/engine/keys",            403, 403),
    ("POST",  "/engine/keys",            403, 403),
    ("GET",   "/engine/orders/{id}/explain", 403, 200),
])  # fmt: skip
async def test_what_each_kind_of_key_may_do(api: Api, method: str, path: str, customer: int, restricted: int) -> None:
    order = await api.order(customerId="cust_1")
    ck, rk = await api.mint("customer", customer="cust_1"), await api.mint("restricted")
    path = path.replace("{id}", order["id"])
    body: dict[str, Any] | None = None if method == "GET" else {}
    assert (await api(method, path, body, key=rk)).status_code == restricted
    assert (await api(method, path, body, key=ck)).status_code == customer


async def test_a_customer_key_sees_its_own_orders_only(api: Api) -> None:
    mine, other, guest = await api.order(customerId="cust_1"), await api.order(customerId="cust_2"), await api.order()
    ck = await api.mint("customer", customer="cust_1")
    listed = await api.ok("GET", "/order", key=ck)
    assert [o["id"] for o in listed["models"]] == [mine["id"]]
    assert (await api.ok("GET", "/order?customerId=cust_2", key=ck))["count"] == 0
    for hidden in (other, guest):
        for method, path in (("GET", ""), ("POST", "/cancel"), ("POST", "/refund")):
            response = await api(method, f"/order/{hidden['id']}{path}", {} if method == "POST" else None, key=ck)
            assert response.status_code == 404


async def test_a_customer_cancels_inside_the_window_and_not_after_it(api: Api) -> None:
    from datetime import timedelta

    first, second = await api.order(customerId="cust_1"), await api.order(customerId="cust_1")
    ck = await api.mint("customer", customer="cust_1")
    cancelled = await api.ok("POST", f"/order/{first['id']}/cancel", {"reason": "customer_request"}, key=ck)
    assert cancelled["status"] == "cancelled"
    api.door.later = timedelta(minutes=61)
    response = await api("POST", f"/order/{second['id']}/cancel", {}, key=ck)
    assert response.status_code == 409
    assert response.json()["error"]["code"] == "cancel_window_closed"
    assert (await api("POST", f"/order/{second['id']}/cancel", {})).status_code == 200


async def test_a_revoked_key_stops_working_within_the_cache_time(api: Api) -> None:
    minted = await keys.mint(api.db, scope="restricted", livemode=False, now=NOW)
    assert (await api("GET", "/order", key=minted.text)).status_code == 200
    assert (await api("DELETE", f"/engine/keys/key_{minted.key.id}")).status_code == 204
    assert (await api("GET", "/order", key=minted.text)).status_code == 401


async def test_checks_come_in_order(api: Api) -> None:
    """401, 404 (route, order), 403, 412, body."""
    order = await api.order(customerId="cust_1")
    rk = await api.mint("restricted")
    bad: dict[str, Any] = {"content": b"{"}
    stale = {"If-Match": '"99"'}
    auth = {"Authorization": f"Bearer {rk}"}
    url = f"/order/{order['id']}/cancel"
    assert (await api.http.post("/order/none/cancel", **bad, headers=stale)).status_code == 401
    assert (await api.http.get("/order/none/none/none")).status_code == 401
    assert (await api.http.post("/order/none/cancel", **bad, headers=auth | stale)).status_code == 404
    assert (await api.http.post(url, **bad, headers=auth | stale)).status_code == 403
    secret = {"Authorization": f"Bearer {api.key}"}
    assert (await api.http.post(url, **bad, headers=secret | stale)).status_code == 412
    assert (await api.http.post(url, **bad, headers=secret)).status_code == 400


async def test_key_routes_mint_list_and_revoke(api: Api) -> None:
    made = await api.ok("POST", "/engine/keys", {"scope": "customer", "customerId": "cust_9", "name": "app"})
    assert made["key"].startswith("ck_test_")
    listed = await api.ok("GET", "/engine/keys")
    assert [k["id"] for k in listed["models"]] == [made["id"]]
    assert "key" not in listed["models"][0]
    for wrong in ({"scope": "customer"}, {"scope": "restricted", "customerId": "c"}, {"scope": "secret"}, {}):
        assert (await api("POST", "/engine/keys", wrong)).status_code == 422
    assert (await api("DELETE", "/engine/keys/nope")).status_code == 404


async def test_both_modes_share_one_number_sequence_and_nothing_else(api: Api) -> None:
    live = await api.mint(livemode=True)
    first = await api.order()
    refused = await api("POST", "/order", {"items": ITEMS, "shippingAddress": ADDRESS}, key=live)
    assert refused.status_code == 422  # the demo catalogue is test mode's
    custom = [{"title": "Gift", "quantity": 1, "unitPrice": 100}]
    second = await api.ok("POST", "/order", {"items": custom}, key=live)
    assert int(second["displayId"][1:]) > int(first["displayId"][1:])
