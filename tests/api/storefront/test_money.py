"""Refunds and transactions through storefront: calculate, create, sale, authorization, capture, void; 402s."""

import pytest

from tests.api.client import Api
from tests.api.storefront.shop import CREATE, VARIANT, data, paid, placed, refusal, sent


def lines(order: dict[str, object], quantity: int = 1, restock: bool = False) -> list[dict[str, object]]:
    found = order["line_items"]
    assert isinstance(found, list)
    return [{"line_item_id": found[0]["id"], "quantity": quantity, "restock": restock}]


async def test_a_calculation_says_what_a_refund_comes_to_and_changes_nothing(api: Api) -> None:
    order, _ = await sent(api)
    (sale,) = await data(api, "GET", f"/{order['id']}/transactions")
    body = {"shipping": "full", "refund_line_items": lines(order, 1, True)}
    found = await data(api, "POST", f"/{order['id']}/refunds/calculate", body)
    assert found == {
        "currency": "USD",
        "amount": "32.24",
        "maximum_refundable": "59.48",
        "shipping": {"amount": "5.00", "tax": "0.00"},
        "refund_line_items": [lines(order, 1, True)[0] | {"subtotal": "24.99", "tax": "2.25"}],
        "transactions": [
            {"parent_id": sale["id"], "amount": "32.24", "kind": "suggested_refund", "gateway": "sandbox"}
        ],
    }
    assert await data(api, "GET", f"/{order['id']}") == order


async def test_the_calculation_posted_back_unchanged_is_the_refund(api: Api) -> None:
    order, _ = await sent(api)
    path = f"/{order['id']}/refunds"
    for body in ({"refund_line_items": lines(order)}, {"shipping": {"amount": "2.00"}}, {"shipping": "full"}, {}):
        found = await data(api, "POST", f"{path}/calculate", body)
        made = await data(api, "POST", path, found)
        assert (made["amount"], made["shipping"], made["refund_line_items"]) == (
            found["amount"], found["shipping"], found["refund_line_items"],
        )  # fmt: skip
        assert made["status"] == "success"
    whole = await data(api, "GET", f"/{order['id']}?include=refunds,transactions")
    assert whole["financial_status"] == "refunded"
    assert sum(round(float(r["amount"]) * 100) for r in whole["refunds"]) == 5948


@pytest.mark.parametrize(
    ("shipping", "amount"),
    [("full", "5.00"), ({"full_refund": True}, "5.00"), ({"amount": "1.50"}, "1.50"), ({"amount": 1.5}, "1.50")],
)
async def test_shipping_is_refunded_in_its_three_spellings(api: Api, shipping: object, amount: str) -> None:
    order = await paid(api)
    made = await data(api, "POST", f"/{order['id']}/refunds", {"shipping": shipping, "note": "late"})
    assert (made["amount"], made["shipping"]["amount"], made["note"]) == (amount, amount, "late")
    assert (await data(api, "GET", f"/{order['id']}"))["financial_status"] == "partially_refunded"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"shipping": {"amount": "5.01"}}, (400, "REFUND_EXCEEDS_TOTAL", "shipping")),
        ({"amount": "59.49"}, (400, "REFUND_EXCEEDS_TOTAL", "amount")),
        ({"amount": "0.00"}, (422, "VALIDATION_ERROR", "amount")),
        ({"shipping": {}}, (422, "VALIDATION_ERROR", "shipping")),
        ({"shipping": {"full_refund": True, "amount": "1"}}, (422, "VALIDATION_ERROR", "shipping")),
        ({"shipping": "half"}, (422, "VALIDATION_ERROR", "shipping")),
        ({"currency": "EUR"}, (422, "VALIDATION_ERROR", "currency")),
        ({"refund_line_items": []}, (422, "VALIDATION_ERROR", "refund_line_items")),
        ({"refund_line_items": [{"line_item_id": "LINE", "quantity": 3}]}, (400, "INVALID_QUANTITY", None)),
        ({"refund_line_items": [{"line_item_id": "LINE", "quantity": 0}]},
         (400, "INVALID_QUANTITY", "refund_line_items[0].quantity")),
        ({"refund_line_items": [{"line_item_id": "ORDER", "quantity": 1}]},
         (404, "LINE_ITEM_NOT_FOUND", "refund_line_items[0].line_item_id")),
        ({"transactions": [{"parent_id": "LINE", "amount": "1.00"}]},
         (422, "VALIDATION_ERROR", "transactions[0].parent_id")),
        ({"transactions": [{"parent_id": "SALE", "amount": "59.49"}]}, (400, "REFUND_EXCEEDS_TOTAL", "amount")),
        ({"transactions": [{"parent_id": "SALE", "amount": "0"}]}, (422, "VALIDATION_ERROR", "transactions[0].amount")),
        ({"transactions": [{"parent_id": "SALE", "amount": "1", "kind": "sale"}]},
         (422, "VALIDATION_ERROR", "transactions[0].kind")),
    ],
)  # fmt: skip
async def test_both_refund_routes_refuse_alike(api: Api, body: object, wanted: tuple[int, str, str | None]) -> None:
    order = await paid(api)
    (sale,) = await data(api, "GET", f"/{order['id']}/transactions")
    ids = {"LINE": order["line_items"][0]["id"], "ORDER": order["id"], "SALE": sale["id"]}
    for path in ("/refunds/calculate", "/refunds"):
        status, code, error = await refusal(api, "POST", f"/{order['id']}{path}", _filled(body, ids))
        assert (status, code) == wanted[:2]
        assert wanted[2] is None or error["details"][0]["field"] == wanted[2], error


def _filled(body: object, ids: dict[str, str]) -> object:
    if isinstance(body, dict):
        return {k: _filled(v, ids) for k, v in body.items()}
    if isinstance(body, list):
        return [_filled(v, ids) for v in body]
    return ids.get(body, body) if isinstance(body, str) else body


async def test_transactions_given_say_what_is_refunded(api: Api) -> None:
    order = await placed(api)
    path = f"/{order['id']}"
    card = {"kind": "sale", "payment_method": "pm_card_visa", "amount": "40.00", "gateway": "stripe"}
    first = await data(api, "POST", f"{path}/transactions", card)
    assert (first["kind"], first["status"], first["gateway"]) == ("sale", "success", "stripe")
    cash = await data(api, "POST", f"{path}/transactions", {"kind": "sale", "gateway": "manual"})
    assert (cash["amount"], cash["gateway"]) == ("19.48", "manual")
    body = {"refund_line_items": lines(order), "transactions": [
        {"parent_id": cash["id"], "amount": "19.48", "kind": "refund", "gateway": "manual"},
        {"parent_id": first["id"], "amount": "0.52", "kind": "suggested_refund"},
    ]}  # fmt: skip
    made = await data(api, "POST", f"{path}/refunds", body)
    assert (made["amount"], [t["amount"] for t in made["transactions"]]) == ("20.00", ["0.52", "19.48"])
    assert [t["parent_id"] for t in made["transactions"]] == [first["id"], cash["id"]]
    assert [t["kind"] for t in await data(api, "GET", f"{path}/transactions")] == ["sale", "sale", "refund", "refund"]


async def test_money_is_held_taken_and_released(api: Api) -> None:
    order = await placed(api)
    path = f"/{order['id']}/transactions"
    held = await data(api, "POST", path, {"kind": "authorization", "payment_method": "pm_card_visa"})
    assert (held["kind"], held["amount"], held["parent_id"]) == ("authorization", "59.48", None)
    assert (await data(api, "GET", f"/{order['id']}"))["financial_status"] == "authorized"
    taken = await data(api, "POST", path, {"kind": "capture", "parent_id": held["id"], "amount": "50.00"})
    assert (taken["kind"], taken["amount"], taken["parent_id"]) == ("capture", "50.00", held["id"])
    assert (await data(api, "GET", f"/{order['id']}"))["financial_status"] == "partially_paid"
    other = await placed(api)
    again = f"/{other['id']}/transactions"
    await data(api, "POST", again, {"kind": "authorization", "payment_method": "pm_card_visa"})
    gone = await data(api, "POST", again, {"kind": "void"})
    assert (gone["kind"], gone["amount"]) == ("void", "59.48")
    assert (await data(api, "GET", f"/{other['id']}"))["financial_status"] == "pending"
    assert (await refusal(api, "POST", again, {"kind": "void"}))[:2] == (400, "INVALID_STATUS_TRANSITION")


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"kind": "sale", "payment_method": "pm_card_visa", "amount": "59.49"}, "amount"),
        ({"kind": "sale", "payment_method": "pm_card_visa", "amount": "0"}, "amount"),
        ({"kind": "sale"}, "payment_method"),
        ({"kind": "authorization", "gateway": "manual"}, "gateway"),
        ({"kind": "void", "amount": "1"}, "amount"),
        ({"kind": "capture", "parent_id": "550e8400-e29b-41d4-a716-446655440200"}, "parent_id"),
        ({"kind": "refund"}, "kind"),
        ({"kind": "sale", "payment_method": "pm_unknown"}, "payment_method"),
    ],
)
async def test_a_transaction_that_is_wrong_names_its_field(api: Api, body: object, wanted: str) -> None:
    order = await placed(api)
    status, code, error = await refusal(api, "POST", f"/{order['id']}/transactions", body)
    assert (status, code, error["details"][0]["field"]) == (422, "VALIDATION_ERROR", wanted)


async def test_payment_required_says_which_of_its_reasons_it_is(api: Api) -> None:
    order = await placed(api)
    unpaid = await refusal(api, "POST", f"/{order['id']}/fulfillments", {})
    assert unpaid[:2] == (402, "PAYMENT_REQUIRED")
    path = f"/{order['id']}/transactions"
    declined = await refusal(api, "POST", path, {"kind": "sale", "payment_method": "pm_insufficient"})
    assert declined[:2] == (402, "PAYMENT_REQUIRED")
    assert declined[2]["decline_code"] == declined[2]["details"][0]["message"] == "insufficient_funds"
    waits = await refusal(api, "POST", path, {"kind": "sale", "payment_method": "pm_threeDSecure"})
    assert (waits[0], waits[2]["client_secret"]) == (402, "pi_3ds_secret")
    listed = await data(api, "GET", path)
    assert [(t["kind"], t["status"]) for t in listed] == [("authorization", "failure"), ("sale", "pending")]
    assert listed[1]["id"] == waits[2]["payment_id"]
    held = await placed(api)
    path = f"/{held['id']}/transactions"
    await data(api, "POST", path, {"kind": "authorization", "payment_method": "pm_gone"})
    assert (await refusal(api, "POST", path, {"kind": "capture"}))[:2] == (402, "PAYMENT_REQUIRED")


async def test_a_refund_that_is_only_accepted_has_no_figures_yet(api: Api) -> None:
    order = await paid(api)
    api.door.settle_in_time = False
    response = await api("POST", f"/api/v1/orders/{order['id']}/refunds", {"note": "late"})
    made = response.json()["data"]
    assert (response.status_code, made["id"], made["status"], made["note"]) == (202, None, "pending", "late")
    waiting = await api("POST", "/api/v1/orders", CREATE)
    assert (waiting.status_code, waiting.json()["data"]["line_items"][0]["variant_id"]) == (202, VARIANT)
