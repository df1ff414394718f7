"""Store credit over HTTP: given by hand and by returns, spent on orders, given back last (contract section 13)."""

import asyncio
from typing import Any

from tests.api.client import Api
from tests.api.test_returns import asked, refused

PURSE = "/engine/customers/cust_1/credit"


async def give(api: Api, amount: int, currency: str = "USD") -> Any:
    return await api.ok("POST", PURSE, {"amount": amount, "currency": currency, "reason": "sorry"})


async def balance(api: Api, currency: str = "USD") -> int:
    found = await api.ok("GET", PURSE)
    return next((b["balance"] for b in found["balances"] if b["currency"] == currency), 0)


async def pay(api: Api, order: Any, **more: Any) -> Any:
    return await api("POST", f"/order/{order['id']}/pay", {"paymentMethod": "store_credit", **more})


async def test_credit_is_given_and_taken_by_hand_never_below_nothing(api: Api) -> None:
    made = await give(api, 700)
    assert (made["customerId"], made["balances"]) == ("cust_1", [{"currency": "USD", "balance": 700}])
    assert await refused(api, PURSE, {"amount": -701, "currency": "USD", "reason": "x"}) == (409, "conflict", "amount")
    assert await refused(api, PURSE, {"amount": 0, "currency": "USD", "reason": "x"}) == (
        422,
        "validation_error",
        "amount",
    )
    assert await balance(api) == 700
    assert (await give(api, -700))["balances"] == [{"currency": "USD", "balance": 0}]


async def test_entries_are_paged_newest_first(api: Api) -> None:
    for amount in (1, 2, 3):
        await give(api, amount)
    first = await api.ok("GET", f"{PURSE}?limit=2")
    rest = await api.ok("GET", f"{PURSE}?limit=2&cursor={first['nextCursor']}")
    assert [m["amount"] for m in first["models"] + rest["models"]] == [3, 2, 1]
    assert rest["nextCursor"] is None
    assert (await api("GET", f"{PURSE}?cursor=x")).status_code == 422


async def test_it_pays_and_too_little_or_another_currency_is_declined_without_counting(api: Api) -> None:
    order = await api.order(customerId="cust_1")
    await give(api, order["total"] - 1)
    await give(api, order["total"], "EUR")
    for _ in range(4):  # more than max_payment_attempts
        answer = await pay(api, order)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["declineCode"]) == (
            402,
            "payment_declined",
            "insufficient_credit",
        )
    await give(api, 1)
    paid = (await pay(api, order)).json()
    assert (paid["lifecycle"], paid["payments"][-1]["provider"]) == ("paid", "store_credit")
    assert await balance(api) == 0
    assert await balance(api, "EUR") == order["total"]


async def test_a_guest_has_none(api: Api) -> None:
    order = await api.order(customerId=None)
    answer = await pay(api, order)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "paymentMethod")
    delivered = await api.delivered(customerId=None)
    body = {"items": [{"itemId": delivered["items"][0]["id"], "quantity": 1}], "refundMethod": "store_credit"}
    assert await refused(api, f"/order/{delivered['id']}/return", body) == (422, "validation_error", "refundMethod")


async def test_a_return_gives_credit_and_never_the_card(api: Api) -> None:
    order = await api.delivered(customerId="cust_1")
    path, _ = await asked(api, 1, order=order, refundMethod="store_credit")
    await api.ok("POST", f"{path}/approve")
    told = await api.ok("POST", f"{path}/receive", {})
    assert (told["status"], await balance(api)) == ("refunded", told["refundAmount"])
    after = await api.ok("GET", f"/order/{order['id']}")
    assert after["payments"][0]["refundedAmount"] == 0
    assert after["refunds"][0]["refundMethod"] == "store_credit"
    assert (after["refundedTotal"], after["amountDue"]) == (told["refundAmount"], 0)
    left = order["total"] - told["refundAmount"]
    assert await refused(api, f"/order/{order['id']}/refund", {"amount": left + 1}) == (
        422,
        "validation_error",
        "amount",
    )
    assert (await api.ok("POST", f"/order/{order['id']}/refund", {}))["amount"] == left


async def test_other_payments_are_refunded_first_and_credit_last(api: Api) -> None:
    order = await api.order(customerId="cust_1")
    await give(api, 1000)
    assert (await pay(api, order, amount=1000)).status_code == 200
    await api.ok("POST", f"/order/{order['id']}/pay", {"paymentMethod": "pm_card_visa"})
    card = order["total"] - 1000
    await api.ok("POST", f"/order/{order['id']}/refund", {"amount": card})
    assert await balance(api) == 0
    await api.ok("POST", f"/order/{order['id']}/refund", {"amount": 300})
    assert await balance(api) == 300
    await api.ok("POST", f"/order/{order['id']}/cancel", {"reason": "customer_request"})
    assert await balance(api) == 1000


async def test_held_credit_is_out_of_the_balance_until_it_is_released(api: Api) -> None:
    order = await api.order(customerId="cust_1")
    await give(api, order["total"] + 5)
    assert (await pay(api, order, capture=False)).status_code == 200
    assert await balance(api) == 5
    await api.ok("POST", f"/order/{order['id']}/void", {})
    assert await balance(api) == order["total"] + 5


async def test_the_same_credit_pays_one_of_many_orders(api: Api) -> None:
    orders = [await api.order(customerId="cust_1") for _ in range(5)]
    await give(api, orders[0]["total"] * 2 + 1)
    answers = await asyncio.gather(*(pay(api, order) for order in orders))
    assert sorted(a.status_code for a in answers) == [200, 200, 402, 402, 402]
    assert await balance(api) == 1
