"""/engine: catalogue, stock, shipping methods and explain (contract section 12)."""

import pytest

from tests.api.client import Api

LAMP = {
    "title": "Lamp - Red",
    "sku": "L-1",
    "productId": "p1",
    "productName": "Lamp",
    "unitPrice": 100,
    "currency": "eur",
}


async def test_the_catalogue_is_put_read_listed_and_deleted(api: Api) -> None:
    made = await api.ok("PUT", "/engine/catalog/lamp-1", LAMP | {"trackInventory": True, "options": ["Red"]})
    assert (made["variantId"], made["title"], made["currency"]) == ("lamp-1", "Lamp - Red", "EUR")
    assert await api.ok("GET", "/engine/catalog/lamp-1") == made
    listed = await api.ok("GET", "/engine/catalog?display=3")
    assert (listed["count"], len(listed["models"])) == (8, 3)
    assert (await api("DELETE", "/engine/catalog/lamp-1")).status_code == 204
    assert (await api("DELETE", "/engine/catalog/lamp-1")).status_code == 404
    assert (await api("GET", "/engine/catalog/lamp-1")).status_code == 404


async def test_a_changed_entry_changes_no_order(api: Api) -> None:
    order = await api.order()
    await api.ok("PUT", "/engine/catalog/var_xyz789", {"productName": "Renamed", "unitPrice": 1})
    assert (await api.ok("GET", f"/order/{order['id']}"))["items"] == order["items"]
    cheap = await api.ok("POST", "/order", {"items": [{"variantId": "var_xyz789", "quantity": 1}]})
    assert (cheap["total"], cheap["items"][0]["title"]) == (1, "Renamed")


async def test_stock_is_set_moved_and_never_below_what_is_reserved(api: Api) -> None:
    order = await api.order()
    await api.ok("POST", f"/order/{order['id']}/confirm")
    stock = await api.ok("GET", "/engine/inventory/var_xyz789")
    assert (stock["onHand"], stock["reserved"], stock["available"]) == (1000, 2, 998)
    assert (await api.ok("PUT", "/engine/inventory/var_xyz789", {"onHand": 2}))["available"] == 0
    assert (await api("PUT", "/engine/inventory/var_xyz789", {"onHand": 1})).status_code == 409
    assert (await api("POST", "/engine/inventory/var_xyz789/adjust", {"delta": -1, "reason": "x"})).status_code == 409
    await api.ok("POST", "/engine/inventory/var_xyz789/adjust", {"delta": 3, "reason": "found"})
    moved = (await api.ok("GET", "/engine/inventory/var_xyz789/movements"))["models"]
    assert [(m["onHand"], m["reserved"], m["reason"]) for m in moved[:2]] == [(3, 0, "found"), (-998, 0, "set")]
    assert moved[-1]["orderId"] == order["id"]


@pytest.mark.parametrize(("method", "path", "body", "status"), [
    ("GET", "/engine/inventory/nope", None, 404),
    ("PUT", "/engine/inventory/nope", {"onHand": 1}, 404),
    ("PUT", "/engine/inventory/var_001", {"onHand": -1}, 422),
    ("PUT", "/engine/inventory/var_001", {"onHand": 1.5}, 422),
    ("POST", "/engine/inventory/var_001/adjust", {"delta": 1}, 422),
    ("POST", "/engine/inventory/var_001/adjust", {"delta": 10**30, "reason": "x"}, 422),
    ("PUT", "/engine/catalog/x", {"unitPrice": 5}, 422),
    ("PUT", "/engine/catalog/x", LAMP | {"unitPrice": -5}, 422),
    ("PUT", "/engine/catalog/x", LAMP | {"currency": "ZZZ"}, 422),
    ("PUT", "/engine/catalog/" + "x" * 65, LAMP, 404),
    ("GET", "/engine/catalog/%00", None, 404),
    ("GET", "/engine/catalog?display=0", None, 422),
    ("GET", "/engine/orders/nope/explain", None, 404),
])  # fmt: skip
async def test_wrong_requests(api: Api, method: str, path: str, body: object, status: int) -> None:
    assert (await api(method, path, body)).status_code == status


async def test_shipping_methods_and_explain(api: Api) -> None:
    methods = (await api.ok("GET", "/engine/shipping-methods"))["models"]
    assert {m["id"]: m["price"] for m in methods} == {"ship_standard": 599, "ship_ground": 799}
    order = await api.order()
    explained = await api("GET", f"/engine/orders/{order['id']}/explain")
    assert "confirm" in explained.json()["allowed"]
    assert explained.headers["etag"] == '"1"'
