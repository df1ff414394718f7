"""Every error code of document 003, and the contract's for what the document does not name, over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.faces.storefront.errors import WORDS, unnamed
from api.http.problems import STATUS
from tests.api.client import Api
from tests.api.door import unsettled
from tests.api.storefront import document
from tests.api.storefront.shop import CREATE, ORDERS, VARIANT, data, paid, placed, refusal, sent

NOWHERE = "550e8400-e29b-41d4-a716-446655449999"
Refused = tuple[int, str, Any]


async def _not_found(api: Api) -> Refused:
    return await refusal(api, "GET", f"/{NOWHERE}")


async def _cancelled_twice(api: Api) -> Refused:
    order = await placed(api)
    await data(api, "POST", f"/{order['id']}/cancel")
    return await refusal(api, "POST", f"/{order['id']}/cancel")


async def _closed_twice(api: Api) -> Refused:
    order, _ = await sent(api)
    await data(api, "POST", f"/{order['id']}/close")
    return await refusal(api, "POST", f"/{order['id']}/close")


async def _closed_unfulfilled(api: Api) -> Refused:
    return await refusal(api, "POST", f"/{(await paid(api))['id']}/close")


async def _no_line(api: Api) -> Refused:
    return await refusal(api, "PUT", f"/{(await placed(api))['id']}/line_items/{NOWHERE}", {"quantity": 1})


async def _no_quantity(api: Api) -> Refused:
    return await refusal(api, "POST", "", {"line_items": [{"variant_id": VARIANT, "quantity": 0}]})


async def _too_little(api: Api) -> Refused:
    return await refusal(api, "POST", "", {"line_items": [{"variant_id": VARIANT, "quantity": 1001}]})


async def _no_fulfillment(api: Api) -> Refused:
    return await refusal(api, "PUT", f"/{(await paid(api))['id']}/fulfillments/{NOWHERE}", {"status": "delivered"})


async def _too_much(api: Api) -> Refused:
    return await refusal(api, "POST", f"/{(await paid(api))['id']}/refunds", {"amount": "100.00"})


async def _unpaid(api: Api) -> Refused:
    return await refusal(api, "POST", f"/{(await placed(api))['id']}/fulfillments", {})


CASES: dict[str, Callable[[Api], Awaitable[Refused]]] = {
    "ORDER_NOT_FOUND": _not_found,
    "ORDER_ALREADY_CANCELLED": _cancelled_twice,
    "ORDER_ALREADY_CLOSED": _closed_twice,
    "INVALID_STATUS_TRANSITION": _closed_unfulfilled,
    "LINE_ITEM_NOT_FOUND": _no_line,
    "INVALID_QUANTITY": _no_quantity,
    "INSUFFICIENT_INVENTORY": _too_little,
    "FULFILLMENT_NOT_FOUND": _no_fulfillment,
    "REFUND_EXCEEDS_TOTAL": _too_much,
    "PAYMENT_REQUIRED": _unpaid,
}


@pytest.mark.parametrize("row", document.table("Error Codes"), ids=lambda row: row[0])
async def test_a_code_of_the_table_is_answered_with_its_status(api: Api, row: list[str]) -> None:
    status, code, _ = await CASES[row[0]](api)
    assert (code, status) == (row[0], int(row[1]))


def test_every_refusal_there_is_has_a_word_here() -> None:
    assert unnamed() == []
    assert set(STATUS) <= set(WORDS)


async def test_what_the_document_does_not_name_has_the_contracts_words(api: Api) -> None:
    order = await placed(api)
    path = f"{ORDERS}/{order['id']}"
    send = {"Authorization": f"Bearer {api.key}"}
    for response, wanted in (
        (await api.http.get(path), (401, "UNAUTHORIZED")),
        (await api("GET", path, key="sk_test_wrong"), (401, "UNAUTHORIZED")),
        (await api("GET", "/api/v1/nothing"), (404, "NOT_FOUND")),
        (await api("DELETE", path), (405, "METHOD_NOT_ALLOWED")),
        (await api.http.post(ORDERS, content="{", headers=send), (400, "BAD_REQUEST")),
        (await api.http.post(ORDERS, content="[]", headers=send), (400, "BAD_REQUEST")),
        (await api.http.put(path, content=" " * (2**20 + 1), headers=send), (413, "PAYLOAD_TOO_LARGE")),
        (await api("PUT", path, {"note": "x"}, headers={"If-Match": '"99"'}), (412, "PRECONDITION_FAILED")),
        (await api("PUT", path, {"note": "x"}, headers={"Idempotency-Key": "k"}), (200, None)),
        (await api("PUT", path, {"note": "y"}, headers={"Idempotency-Key": "k"}), (422, "IDEMPOTENCY_KEY_REUSED")),
        (await api("GET", f"{ORDERS}/not-an-id"), (404, "ORDER_NOT_FOUND")),
        (await api("GET", f"{path}/fulfillments?page=0"), (422, "VALIDATION_ERROR")),
    ):
        code = response.json().get("error", {}).get("code")
        assert (response.status_code, code) == wanted, response.text


async def test_an_engine_that_is_away_is_503_and_a_lost_answer_504(api: Api) -> None:
    for accepted, wanted in ((False, 503), (None, 504)):
        api.door.fails = unsettled(accepted)
        status, code, _ = await refusal(api, "POST", "", CREATE)
        assert (status, code) == (wanted, "UNAVAILABLE")


async def test_the_loser_of_a_race_learns_who_won(api: Api) -> None:
    order, _ = await sent(api)
    status, code, error = await refusal(api, "POST", f"/{order['id']}/cancel")
    assert (status, code) == (400, "INVALID_STATUS_TRANSITION")
    events = (await api.ok("GET", f"/order/{order['id']}/events"))["models"]
    assert error["event"]["type"] in ("order.shipped", "order.fulfillment_created")
    assert len(error["event"]["id"]) == 36
    assert any(e["type"] == "order.shipped" for e in events)


async def test_a_failed_order_is_cancelled_here(api: Api) -> None:
    order = await placed(api)
    card = {"kind": "sale", "payment_method": "pm_insufficient"}
    for _ in range(3):
        await refusal(api, "POST", f"/{order['id']}/transactions", card)
    assert (await data(api, "GET", f"/{order['id']}"))["status"] == "cancelled"
    assert (await refusal(api, "POST", f"/{order['id']}/cancel"))[:2] == (409, "ORDER_ALREADY_CANCELLED")
    assert (await data(api, "POST", f"/{order['id']}/reopen"))["status"] == "open"


async def test_every_wrong_field_of_a_body_is_named(api: Api) -> None:
    body = {
        "email": "no address", "line_items": [{"variant_id": "nothing", "quantity": 1}, {"quantity": "x"}],
        "shipping_address": {"city": "X", "country": "ZZ"}, "tips": 1,
    }  # fmt: skip
    status, code, error = await refusal(api, "POST", "", body)
    assert (status, code) == (422, "VALIDATION_ERROR")
    assert {d["field"] for d in error["details"]} == {
        "email", "line_items[1].quantity", "shipping_address.address1", "shipping_address.country", "tips",
    }  # fmt: skip
    for wrong, field in (
        ({"line_items": [{"variant_id": "nothing", "quantity": 1}]}, "line_items[0].variant_id"),
        ({"line_items": [{"title": "Own", "quantity": 1}]}, "line_items[0].price"),
        ({"line_items": [{"variant_id": "var_jpy", "quantity": 1}]}, "line_items[0].price"),
        ({"line_items": []}, "line_items"),
        (CREATE | {"discount_codes": [{"code": "NOPE"}]}, "discount_codes[0]"),
        (CREATE | {"tax_lines": [{"title": "a", "price": "1"}, {"title": "b", "rate": "0.1"}]}, "tax_lines[1].price"),
        (CREATE | {"tax_lines": [{"title": "a"}]}, "tax_lines[0].rate"),
        (CREATE | {"shipping_lines": [{"title": "a", "price": "1.001"}]}, "shipping_lines[0].price"),
        (CREATE | {"inventory_behaviour": "ignore"}, "inventory_behaviour"),
        (CREATE | {"currency": "XXX"}, "currency"),
    ):
        status, code, error = await refusal(api, "POST", "", wrong)
        assert (status, code, error["details"][0]["field"]) == (422, "VALIDATION_ERROR", field), error


async def test_when_nothing_is_left_to_fulfil_the_quantity_is_wrong_here_and_a_conflict_elsewhere(api: Api) -> None:
    order, _ = await sent(api)
    line = order["line_items"][0]["id"]
    for body in ({}, {"line_items": [{"id": line, "quantity": 1}]}):
        answer = await api("POST", f"/api/v1/orders/{order['id']}/fulfillments", body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_QUANTITY"), answer.text
        assert answer.json()["error"]["event"]["type"]
    hanzo = await api("POST", f"/order/{order['id']}/fulfill", {})
    assert (hanzo.status_code, hanzo.json()["error"]["code"]) == (409, "order_already_fulfilled")
    zephyr = await api("PATCH", f"/v1/orders/{order['id']}", {"fulfilment": {"status": "shipped"}})
    assert (zephyr.status_code, zephyr.json()["error"]["code"]) == (409, "order_already_fulfilled")
    # Cancelling what is sent is the order's state, not a quantity.
    cancelled = await api("POST", f"/api/v1/orders/{order['id']}/cancel", {})
    assert cancelled.json()["error"]["code"] == "INVALID_STATUS_TRANSITION"
