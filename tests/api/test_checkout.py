"""Placed, confirmed and paid in one request, through the two faces that create orders."""

import pytest

from tests.api.client import ITEMS, Api

UUID_VARIANT = "550e8400-e29b-41d4-a716-446655440001"
LINES = [{"variant_id": UUID_VARIANT, "quantity": 2, "price": "24.99"}]


async def test_hanzo_places_confirms_and_pays_in_one_request(api: Api) -> None:
    order = await api.ok("POST", "/order", {"items": ITEMS, "payment": {"paymentMethod": "pm_card_visa"}})
    assert (order["lifecycle"], order["amountDue"], order["payments"][0]["status"]) == ("paid", 0, "captured")
    assert (await api.ok("GET", "/engine/inventory/var_xyz789"))["reserved"] == 2


async def test_storefront_places_confirms_and_pays_in_one_request(api: Api) -> None:
    sale = [{"kind": "sale", "payment_method": "pm_card_visa"}]
    order = (await api.ok("POST", "/api/v1/orders", {"line_items": LINES, "transactions": sale}))["data"]
    assert order["financial_status"] == "paid"


async def test_a_part_may_be_held_only(api: Api) -> None:
    payment = {"paymentMethod": "pm_card_visa", "amount": 1000, "capture": False}
    order = await api.ok("POST", "/order", {"items": ITEMS, "payment": payment})
    assert (order["payments"][0]["status"], order["payments"][0]["amount"]) == ("authorized", 1000)


@pytest.mark.parametrize("method", ["pm_card_insufficient", "pm_card_threeDSecure2Required"])
async def test_a_payment_that_is_not_made_is_402_with_the_order_s_id_and_its_stock_is_free(
    api: Api, method: str
) -> None:
    answer = await api("POST", "/order", {"items": ITEMS, "payment": {"paymentMethod": method}})
    assert answer.status_code == 402
    order = await api.ok("GET", f"/order/{answer.json()['error']['orderId']}")
    declined = method == "pm_card_insufficient"
    assert order["lifecycle"] == ("draft" if declined else "confirmed")
    assert (await api.ok("GET", "/engine/inventory/var_xyz789"))["reserved"] == (0 if declined else 2)


async def test_storefront_s_decline_names_the_order(api: Api) -> None:
    sale = [{"kind": "sale", "payment_method": "pm_card_insufficient"}]
    answer = await api("POST", "/api/v1/orders", {"line_items": LINES, "transactions": sale})
    assert answer.status_code == 402
    shown = (await api.ok("GET", f"/api/v1/orders/{answer.json()['error']['order_id']}"))["data"]
    assert (shown["status"], shown["financial_status"]) == ("open", "pending")


async def test_a_declined_checkout_is_answered_again_and_not_tried_again(api: Api) -> None:
    body = {"items": ITEMS, "payment": {"paymentMethod": "pm_card_insufficient"}}
    first = await api("POST", "/order", body, headers={"Idempotency-Key": "k-1"})
    again = await api("POST", "/order", body, headers={"Idempotency-Key": "k-1"})
    assert (again.status_code, again.content) == (402, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert api.door.executed == 1


@pytest.mark.parametrize(
    ("payment", "field"),
    [
        ({"paymentMethod": "pm_card_visa", "amount": 10**9}, "amount"),
        ({"paymentMethod": ""}, "payment.paymentMethod"),
        ({"amount": 5}, "payment.paymentMethod"),
    ],
)
async def test_a_wrong_payment_places_nothing(api: Api, payment: dict[str, object], field: str) -> None:
    answer = await api("POST", "/order", {"items": ITEMS, "payment": payment})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert (await api.ok("GET", "/order"))["count"] == 0
