"""What the account of an order is in each face's words (contract sections 5 to 9 and 13, "Unit cancellation")."""

from typing import Any

from api.faces.zephyr import events as zephyr
from api.spelling import wire
from domain.commands import DisputeFact, Request
from domain.order import Actor
from store.order import orders
from tests.api.client import Api
from tests.api.test_refusals import refused

PROVIDER = Actor(kind="provider", id="sandbox")


def _views(order: Any) -> dict[str, str]:
    number = order["displayId"].lstrip("#")
    return {
        "hanzo": f"/order/{order['id']}",
        "zephyr": f"/v1/orders/{order['id']}",
        "storefront": f"/api/v1/orders/{number}",
        "commercehq": f"/orders/{number}",
    }


async def test_unsent_units_are_cancelled_and_what_was_paid_for_them_goes_back(api: Api) -> None:
    order = await api.paid()
    item = order["items"][0]["id"]
    body = {"items": [{"itemId": item, "quantity": 1}], "reason": "damaged in the warehouse"}
    after = await api.ok("POST", f"/order/{order['id']}/items/cancel", body)
    assert (after["items"][0]["cancelledQuantity"], after["amountDue"]) == (1, 0)
    sold = order["items"][0]
    assert after["refundedTotal"] == (sold["total"] - sold["discount"] + sold["tax"]) // 2
    assert after["refunds"][0]["amount"] == after["refundedTotal"]
    told = (await api.ok("GET", f"/order/{order['id']}/events"))["models"]
    (event,) = [event for event in told if event["type"] == "order.items_cancelled"]
    assert event["data"]["reason"] == body["reason"]


async def test_units_that_are_sent_or_not_there_are_not_cancelled(api: Api) -> None:
    order = await api.shipped()
    path, item = f"/order/{order['id']}/items/cancel", order["items"][0]["id"]
    error = await refused(api, path, {"items": [{"itemId": item, "quantity": 1}]}, 409, "order_already_fulfilled")
    assert error["event"]["type"] == "order.shipped"
    error = await refused(api, path, {"items": [{"itemId": item, "quantity": 3}]}, 422, "validation_error")
    assert error["field"] == "quantity"
    error = await refused(api, path, {"items": [{"itemId": "oitem_nonsense", "quantity": 1}]}, 422, "validation_error")
    assert error["field"] == "items[0].itemId"
    error = await refused(api, path, {"items": []}, 422, "validation_error")
    assert error["field"] == "items"
    key = await api.mint("customer", customer="cust_1")
    assert (await api("POST", path, {"items": [{"itemId": item, "quantity": 1}]}, key=key)).status_code in (403, 404)


async def test_paying_what_is_held_says_that_it_is_held(api: Api) -> None:
    order = await api.order()
    path = f"/order/{order['id']}"
    held = await api.ok("POST", f"{path}/authorize", {"paymentMethod": "pm_card_visa"})
    assert held["amountDue"] == order["total"]
    error = await refused(api, f"{path}/pay", {"paymentMethod": "pm_card_visa"}, 409, "invalid_transition")
    assert error["message"] == f"what is due ({order['total']}) is authorised already: capture it"
    assert error["event"]["type"] == "payment.authorized"


async def test_a_field_of_a_rule_is_named_in_each_faces_words(api: Api) -> None:
    order = await api.order()
    error = await refused(api, f"/order/{order['id']}/pay", {}, 422, "validation_error")
    assert error["field"] == "paymentMethod"
    response = await api("POST", f"{_views(order)['storefront']}/transactions", {"kind": "sale"})
    assert response.json()["error"]["details"][0]["field"] == "payment_method"
    only = (await api.ok("GET", _views(order)["storefront"]))["data"]["line_items"][0]["id"]
    response = await api("DELETE", f"{_views(order)['storefront']}/line_items/{only}")
    assert response.json()["error"]["details"][0]["field"] == "line_item_id"


async def test_storefront_calls_it_a_quantity_when_nothing_is_left_to_fulfil(api: Api) -> None:
    order = await api.shipped()
    path = _views(order)["storefront"]
    line = (await api.ok("GET", path))["data"]["line_items"][0]["id"]
    for body in ({}, {"line_items": [{"id": line, "quantity": 1}]}):
        response = await api("POST", f"{path}/fulfillments", body)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "INVALID_QUANTITY"), response.text
    await refused(api, f"/order/{order['id']}/fulfill", {}, 409, "order_already_fulfilled")


async def test_a_hold_is_in_every_get(api: Api) -> None:
    order = await api.paid()
    stored = await orders.load(api.db, wire.ORDER.decode(order["id"]))
    assert stored is not None
    ref = stored.payments[0].ref or ""
    fact = DisputeFact(payment_ref=ref, ref="dp_1", status="opened", amount=order["total"], reason="fraudulent")
    await api.door.tell(stored, fact, Request(id="dispute", actor=PROVIDER))
    for face, path in _views(order).items():
        shown = await api.ok("GET", path)
        (hold,) = (shown["data"] if face == "storefront" else shown)["holds"]
        assert (hold["kind"], hold["reason"]) == ("dispute", "fraudulent"), face


async def test_money_given_back_elsewhere_is_recorded_through_two_faces(api: Api) -> None:
    order = await api.paid()
    refund = await api.ok("POST", f"/order/{order['id']}/refund", {"amount": 100, "manual": True})
    assert refund["status"] == "processed"
    made = await api.ok("POST", f"{_views(order)['storefront']}/refunds", {"amount": "1.00", "gateway": "manual"})
    assert made["data"]["amount"] == "1.00"
    assert (await api.ok("GET", f"/order/{order['id']}"))["refundedTotal"] == 200


def test_an_order_that_fails_for_good_is_cancelled_in_zephyrs_words() -> None:
    assert (zephyr.NAMES["order.failed"], zephyr.NAMES["order.cancelled"]) == ("order.cancelled", "order.cancelled")
