"""Line edits and their exact money, fulfilments, notes."""

from typing import Any

import pytest

from tests.api.client import Api
from tests.api.storefront.shop import VARIANT, data, paid, placed, refusal, sent


async def test_an_added_line_is_a_new_line_and_the_order_waits_for_the_rest(api: Api) -> None:
    order = await paid(api)
    path = f"/{order['id']}"
    line = await data(api, "POST", f"{path}/line_items", {"variant_id": VARIANT, "quantity": 1, "price": "10.00"})
    assert (line["quantity"], line["price"], line["total"], line["tax"]) == (1, "10.00", "10.00", "0.90")
    after = await data(api, "GET", path)
    assert [i["id"] for i in after["line_items"]] == [order["line_items"][0]["id"], line["id"]]
    assert (after["total_price"], after["total_tax"], after["financial_status"]) == ("70.38", "5.40", "partially_paid")
    assert (await refusal(api, "POST", f"{path}/fulfillments", {}))[:2] == (402, "PAYMENT_REQUIRED")
    rest = await data(api, "POST", f"{path}/transactions", {"kind": "sale", "payment_method": "pm_card_visa"})
    assert rest["amount"] == "10.90"
    await data(api, "POST", f"{path}/fulfillments", {})


async def test_a_missing_price_is_the_catalogues_and_a_line_may_bring_its_own(api: Api) -> None:
    order = await placed(api)
    line = await data(api, "POST", f"/{order['id']}/line_items", {"variant_id": VARIANT, "quantity": 3})
    assert line["price"] == "24.99"
    own = {"title": "Engraving", "price": 4.5, "quantity": 1, "requires_shipping": False, "variant_title": "Gold",
           "is_gift_card": True, "product_id": "prod_own", "sku": "E1"}  # fmt: skip
    made = await data(api, "POST", f"/{order['id']}/line_items", own)
    assert (made["title"], made["price"], made["variant_id"], made["sku"]) == ("Engraving", "4.50", None, "E1")
    assert (made["variant_title"], made["is_gift_card"], made["requires_shipping"]) == ("Gold", True, False)


async def test_a_cheaper_line_gives_the_difference_back_at_once(api: Api) -> None:
    order = await paid(api)
    line = order["line_items"][0]["id"]
    changed = await data(api, "PUT", f"/{order['id']}/line_items/{line}", {"quantity": 1, "price": "20.00"})
    assert (changed["subtotal_price"], changed["total_tax"], changed["total_price"]) == ("20.00", "1.80", "26.80")
    assert changed["financial_status"] == "partially_refunded"
    back = (await data(api, "GET", f"/{order['id']}?include=refunds"))["refunds"]
    assert [r["amount"] for r in back] == ["32.68"]
    same = await data(api, "PUT", f"/{order['id']}/line_items/{line}", {})
    assert same["total_price"] == "26.80"


async def test_a_removed_line_gives_its_money_back_and_the_last_one_stays(api: Api) -> None:
    order = await placed(api, line_items=[
        {"variant_id": VARIANT, "quantity": 1}, {"variant_id": "var_001", "quantity": 1, "price": "1.00"},
    ])  # fmt: skip
    first, second = (line["id"] for line in order["line_items"])
    left = await data(api, "DELETE", f"/{order['id']}/line_items/{second}")
    assert [line["id"] for line in left["line_items"]] == [first]
    status, code, error = await refusal(api, "DELETE", f"/{order['id']}/line_items/{first}")
    assert (status, code, error["details"][0]["field"]) == (422, "VALIDATION_ERROR", "line_item_id")


async def test_lines_that_are_sent_are_not_edited(api: Api) -> None:
    order, _ = await sent(api)
    line = order["line_items"][0]["id"]
    for method, below, body in (
        ("PUT", f"/line_items/{line}", {"quantity": 1}),
        ("DELETE", f"/line_items/{line}", None),
        ("POST", "/line_items", {"variant_id": VARIANT, "quantity": 1}),
    ):
        status, code, error = await refusal(api, method, f"/{order['id']}{below}", body)
        assert (status, code) == (400, "INVALID_STATUS_TRANSITION")
        assert error["event"]["type"] in ("order.fulfillment_created", "order.shipped", "order.fulfilled")
        assert len(error["event"]["id"]) == 36


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"quantity": 0}, (400, "INVALID_QUANTITY", "quantity")),
        ({"quantity": -1}, (400, "INVALID_QUANTITY", "quantity")),
        ({"quantity": 1.5}, (422, "VALIDATION_ERROR", "quantity")),
        ({"quantity": "2"}, (422, "VALIDATION_ERROR", "quantity")),
        ({"quantity": True}, (422, "VALIDATION_ERROR", "quantity")),
        ({"quantity": 100_001}, (422, "VALIDATION_ERROR", "quantity")),
        ({"price": "-1.00"}, (422, "VALIDATION_ERROR", "price")),
        ({"price": "1.005"}, (422, "VALIDATION_ERROR", "price")),
        ({"price": "1e2"}, (422, "VALIDATION_ERROR", "price")),
        ({"price": True}, (422, "VALIDATION_ERROR", "price")),
        ({"price": "10000000000.00"}, (422, "VALIDATION_ERROR", "price")),
        ({"prize": "1.00"}, (422, "VALIDATION_ERROR", "prize")),
    ],
)
async def test_quantities_and_prices_are_held_to_their_kind(api: Api, body: Any, wanted: tuple[int, str, str]) -> None:
    order = await placed(api)
    status, code, error = await refusal(api, "PUT", f"/{order['id']}/line_items/{order['line_items'][0]['id']}", body)
    assert (status, code, error["details"][0]["field"]) == wanted


async def test_a_fulfilment_has_every_field_and_changes_what_is_given(api: Api) -> None:
    order = await paid(api)
    path, line = f"/{order['id']}/fulfillments", order["line_items"][0]["id"]
    made = await data(
        api,
        "POST",
        path,
        {"line_items": [{"id": line, "quantity": 1}], "location_id": "warehouse 9", "tracking_number": "1Z"},
    )
    assert set(made) == {
        "id", "order_id", "location_id", "status", "line_items", "tracking_number", "tracking_company", "tracking_url",
        "created_at", "updated_at",
    }  # fmt: skip
    assert (made["status"], made["location_id"], made["tracking_number"]) == ("shipped", "warehouse 9", "1Z")
    assert (await data(api, "GET", f"/{order['id']}"))["fulfillment_status"] == "partial"
    changed = await data(api, "PUT", f"{path}/{made['id']}", {"tracking_company": "UPS"})
    assert (changed["tracking_number"], changed["tracking_company"]) == ("1Z", "UPS")
    assert await data(api, "PUT", f"{path}/{made['id']}", {}) == changed
    arrived = await data(api, "PUT", f"{path}/{made['id']}", {"status": "delivered", "tracking_number": None})
    assert (arrived["status"], arrived["tracking_number"]) == ("delivered", None)
    refused = await refusal(api, "POST", f"{path}/{made['id']}/cancel")
    assert refused[:2] == (400, "INVALID_STATUS_TRANSITION")
    too_many = await refusal(api, "POST", path, {"line_items": [{"id": line, "quantity": 2}]})
    assert too_many[:2] == (400, "INVALID_QUANTITY")
    assert (await refusal(api, "POST", path, {"line_items": []}))[:2] == (422, "VALIDATION_ERROR")


async def test_a_cancelled_fulfilment_puts_its_units_back(api: Api) -> None:
    order, made = await sent(api)
    gone = await data(api, "POST", f"/{order['id']}/fulfillments/{made['id']}/cancel")
    assert gone["status"] == "cancelled"
    assert (await data(api, "GET", f"/{order['id']}"))["fulfillment_status"] == "unfulfilled"
    again = await refusal(api, "POST", f"/{order['id']}/fulfillments/{made['id']}/cancel")
    assert again[:2] == (400, "INVALID_STATUS_TRANSITION")
    await data(api, "POST", f"/{order['id']}/fulfillments", {})
    listed = await api.ok("GET", f"/api/v1/orders/{order['id']}/fulfillments?per_page=1")
    assert [f["status"] for f in listed["data"]] == ["cancelled"]
    assert listed["meta"]["pagination"]["total_pages"] == 2


async def test_notes_are_listed_and_deleted(api: Api) -> None:
    order = await placed(api, note="the order's own text")
    path = f"/{order['id']}/notes"
    made = await data(api, "POST", path, {"body": "called", "author": "John Smith"})
    assert set(made) == {"id", "order_id", "body", "author", "created_at"}
    assert await data(api, "GET", path) == [made]
    deleted = await api("DELETE", f"/api/v1/orders{path}/{made['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert await data(api, "GET", path) == []
    assert (await refusal(api, "DELETE", f"{path}/{made['id']}"))[:2] == (404, "NOT_FOUND")
    assert (await refusal(api, "POST", path, {"body": "  "}))[:2] == (422, "VALIDATION_ERROR")
    assert (await data(api, "GET", f"/{order['id']}"))["note"] == "the order's own text"
