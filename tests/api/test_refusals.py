"""What the order's rules refuse, in hanzo's words (contract sections 5 and 6)."""

from datetime import timedelta
from typing import Any

import pytest

from domain.policy import ShopConfig
from ordermill.process.config import load
from ordermill.settings import Settings
from tests.api.client import ITEMS, ROOT, Api, running


async def refused(api: Api, path: str, body: Any, status: int, code: str) -> Any:
    response = await api("POST", path, body)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code), response.text
    return response.json()["error"]


async def test_conflicts_name_the_winning_event(api: Api) -> None:
    order = await api.order()
    path = f"/order/{order['id']}"
    await api.ok("POST", f"{path}/cancel", {})
    error = await refused(api, f"{path}/cancel", {}, 409, "order_already_cancelled")
    assert error["event"]["type"] == "order.cancelled"
    events = (await api.ok("GET", f"{path}/events"))["models"]
    assert error["event"]["id"] in [e["id"] for e in events]
    shipped = await api.shipped()
    error = await refused(api, f"/order/{shipped['id']}/cancel", {}, 409, "order_already_fulfilled")
    assert error["event"]["type"] == "order.shipped"
    await refused(api, f"/order/{shipped['id']}/fulfill", {}, 409, "order_already_fulfilled")
    await refused(api, f"/order/{shipped['id']}/confirm", {}, 409, "invalid_transition")


async def test_fulfil_before_payment_is_402(api: Api) -> None:
    order = await api.order()
    await refused(api, f"/order/{order['id']}/fulfill", {}, 409, "invalid_transition")
    await api.ok("POST", f"/order/{order['id']}/confirm")
    error = await refused(api, f"/order/{order['id']}/fulfill", {}, 402, "payment_required")
    assert error["due"] == order["total"]


async def test_a_decline_is_402_with_its_code_and_is_recorded(api: Api) -> None:
    order = await api.order()
    path = f"/order/{order['id']}"
    response = await api("POST", f"{path}/pay", {"paymentMethod": "pm_insufficient"})
    assert response.status_code == 402
    assert response.json()["error"]["code"] == "payment_declined"
    assert response.json()["error"]["declineCode"] == "insufficient_funds"
    assert response.headers["etag"] == '"2"'
    after = await api.ok("GET", path)
    assert (after["lifecycle"], after["payments"][0]["status"]) == ("draft", "failed")
    for _ in range(2):
        await refused(api, f"{path}/pay", {"paymentMethod": "pm_insufficient"}, 402, "payment_declined")
    assert (await api.ok("GET", path))["status"] == "failed"


async def test_3d_secure_is_402_with_what_the_customer_needs(api: Api) -> None:
    order = await api.order()
    error = await refused(
        api, f"/order/{order['id']}/pay", {"paymentMethod": "pm_card_threeDSecure2Required"}, 402, "payment_required"
    )
    assert error["clientSecret"] == "pi_3ds_secret"
    assert error["nextAction"] == {"type": "use_stripe_sdk"}
    assert error["paymentId"].startswith("pay_")


async def test_money_has_limits(api: Api) -> None:
    order = await api.paid()
    path = f"/order/{order['id']}"
    error = await refused(api, f"{path}/refund", {"amount": order["total"] + 1}, 422, "validation_error")
    assert (error["field"], error["maximum"]) == ("amount", order["total"])
    await refused(api, f"{path}/pay", {"paymentMethod": "pm_card_visa"}, 409, "conflict")
    await api.ok("POST", f"{path}/refund", {})
    await refused(api, f"{path}/refund", {}, 409, "conflict")
    item = order["items"][0]["id"]
    error = await refused(
        api, f"{path}/refund", {"items": [{"itemId": item, "quantity": 3}], "amount": 1}, 409, "conflict"
    )


async def test_too_little_stock_names_the_lines_and_leaves_a_draft(api: Api) -> None:
    await api.ok("PUT", "/engine/inventory/var_001", {"onHand": 1})
    order = await api.order(items=[{"variantId": "var_001", "quantity": 2}])
    path = f"/order/{order['id']}"
    error = await refused(api, f"{path}/confirm", {}, 409, "insufficient_inventory")
    assert error["lines"] == [{"itemId": order["items"][0]["id"], "variantId": "var_001", "wanted": 2, "available": 1}]
    assert (await api.ok("GET", path))["lifecycle"] == "draft"


async def test_holds_capture_and_void(api: Api) -> None:
    order = await api.order()
    path = f"/order/{order['id']}"
    held = await api.ok("POST", f"{path}/authorize", {"paymentMethod": "pm_card_visa"})
    assert (held["paymentStatus"], held["lifecycle"]) == ("authorized", "confirmed")
    await refused(api, f"{path}/capture", {"amount": held["total"] + 1}, 422, "validation_error")
    taken = await api.ok("POST", f"{path}/capture", {"paymentId": held["payments"][0]["id"]})
    assert (taken["paymentStatus"], taken["payments"][0]["card"]) == ("captured", {"brand": "visa", "last4": "4242"})
    await refused(api, f"{path}/void", {}, 409, "invalid_transition")
    other = await api.order()
    await api.ok("POST", f"/order/{other['id']}/pay", {"paymentMethod": "pm_card_visa", "capture": False})
    voided = await api.ok("POST", f"/order/{other['id']}/void", {})
    assert (voided["paymentStatus"], voided["payments"][0]["status"]) == ("pending", "voided")


async def test_a_hold_that_is_gone_is_402_and_sends_nothing(sqlite_url: str) -> None:
    config = load(Settings(config=ROOT / "ordermill.yaml"), {"ORDERMILL_ORDER__CAPTURE": "on_fulfillment"})
    async with running(sqlite_url, config=config) as api:
        order = await api.ok("POST", "/order", {"items": ITEMS})
        path = f"/order/{order['id']}"
        await api.ok("POST", f"{path}/pay", {"paymentMethod": "pm_gone"})
        error = await refused(api, f"{path}/fulfill", {}, 402, "payment_required")
        assert error["due"] == order["total"]
        after = await api.ok("GET", path)
        assert (after["fulfillmentStatus"], after["payments"][0]["status"]) == ("unfulfilled", "voided")


async def test_auto_confirm_with_too_little_stock_makes_no_order(sqlite_url: str) -> None:
    config = load(Settings(config=ROOT / "ordermill.yaml"), {"ORDERMILL_ORDER__AUTO_CONFIRM": "true"})
    async with running(sqlite_url, config=config) as api:
        made = await api.ok("POST", "/order", {"items": ITEMS})
        assert made["lifecycle"] == "confirmed"
        await api.ok("PUT", "/engine/inventory/var_xyz789", {"onHand": 2})
        await refused(api, "/order", {"items": ITEMS}, 409, "insufficient_inventory")
        assert (await api.ok("GET", "/order"))["count"] == 1


async def test_the_return_window_and_the_policy_are_the_orders_own(api: Api) -> None:
    order = await api.delivered(customerId="cust_1")
    key = await api.mint("customer", customer="cust_1")
    body = {"items": [{"itemId": order["items"][0]["id"], "quantity": 1}]}
    api.door.later = timedelta(days=31)
    late = await api("POST", f"/order/{order['id']}/return", body, key=key)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "return_window_closed")
    api.door.later = timedelta(days=29)
    assert (await api("POST", f"/order/{order['id']}/return", body, key=key)).status_code == 201


async def test_returns_are_rejected_received_in_part_and_listed(api: Api) -> None:
    order = await api.delivered()
    path, item = f"/order/{order['id']}", order["items"][0]["id"]
    first = await api.ok("POST", f"{path}/return", {"items": [{"itemId": item, "quantity": 1}]})
    rejected = await api.ok("POST", f"{path}/return/{first['id']}/reject", {"reason": "worn"})
    assert (rejected["status"], rejected["rejectReason"]) == ("rejected", "worn")
    await refused(api, f"{path}/return/{first['id']}/approve", {}, 409, "invalid_transition")
    second = await api.ok("POST", f"{path}/return", {"items": [{"itemId": item, "quantity": 2}]})
    await refused(api, f"{path}/return/{second['id']}/receive", {}, 409, "invalid_transition")
    await api.ok("POST", f"{path}/return/{second['id']}/approve", {})
    received = await api.ok(
        "POST", f"{path}/return/{second['id']}/receive", {"items": [{"itemId": item, "quantity": 1, "restock": False}]}
    )
    assert (received["status"], received["items"][0]["receivedQuantity"]) == ("refunded", 1)
    refund = (await api.ok("GET", path))["refunds"][0]
    assert (refund["id"], refund["amount"]) == (received["refundId"], received["refundAmount"])
    listed = await api.ok("GET", f"{path}/returns")
    assert [r["id"] for r in listed["models"]] == [first["id"], second["id"]]


@pytest.mark.parametrize(("body", "amount"), [({"amount": 500}, 500), ({}, None), ({"reason": "fraudulent"}, None)])
async def test_refund_amounts_and_reasons(api: Api, body: Any, amount: int | None) -> None:
    order = await api.paid()
    refund = await api.ok("POST", f"/order/{order['id']}/refund", body)
    assert refund["amount"] == (amount or order["total"])
    assert refund["reason"] == body.get("reason")
    after = await api.ok("GET", f"/order/{order['id']}")
    assert after["paymentStatus"] == ("captured" if amount else "refunded")
    assert after["refundedTotal"] == refund["amount"]


async def test_figures_of_imports_win(api: Api) -> None:
    order = await api.order(discount=98, shippingTotal=100, taxTotal=7, shippingMethodId="ship_standard")
    assert [order[k] for k in ("subtotal", "discount", "shipping", "tax", "total")] == [5998, 98, 100, 7, 6007]


async def test_the_default_config_is_a_shop_config(api: Api) -> None:
    assert isinstance(load(Settings(config=ROOT / "ordermill.yaml"), {}), ShopConfig)
