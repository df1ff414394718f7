"""Orders through storefront: create, get, update, cancel, close, reopen; who may."""

from typing import Any

import pytest

from api.spelling.wire import external_uuid
from store.goods import inventory
from tests.api.client import Api
from tests.api.storefront.shop import ADDRESS, CREATE, ORDERS, VARIANT, data, paid, placed, refusal, sent


async def shelf(api: Api, variant: str = VARIANT) -> tuple[int, int]:
    """(on hand, reserved)."""
    found = await inventory.get(api.db, False, variant)
    assert found is not None
    return found.on_hand, found.reserved


async def test_an_order_is_confirmed_at_once_with_the_stores_figures(api: Api) -> None:
    response = await api("POST", ORDERS, CREATE)
    order = response.json()["data"]
    assert response.status_code == 201
    assert response.headers["Location"] == f"{ORDERS}/{order['id']}"
    figures = ("subtotal_price", "total_tax", "total_shipping", "total_discounts", "total_price", "total_weight")
    assert [order[k] for k in figures] == ["49.98", "4.50", "5.00", "0.00", "59.48", "1.0"]
    assert (order["status"], order["financial_status"], order["fulfillment_status"]) == (
        "open",
        "pending",
        "unfulfilled",
    )
    assert order["processed_at"] == order["created_at"]
    assert (order["source_name"], order["tags"], order["customer_id"]) == ("api", [], None)
    assert await shelf(api) == (1000, 2)


async def test_everything_the_caller_knows_comes_back(api: Api) -> None:
    given = {
        "email": "jane@example.com", "phone": "+1-555-0123", "currency": "usd", "note": "Gift", "tags": ["vip"],
        "note_attributes": {"a": 1.5, "b": [None, True]}, "cart_token": "cart_1", "checkout_token": "co_1",
        "referring_site": "https://example.com", "landing_site": "/x", "source_name": "pos",
        "client_details": {"browser_ip": "192.0.2.1"}, "billing_address": ADDRESS | {"company": "Acme", "address2": "4B"},
        "discount_codes": [{"code": "WELCOME25"}], "customer_id": "cust_7", "send_receipt": True,
    }  # fmt: skip
    order = await placed(api, **given)
    same = set(given) - {"currency", "discount_codes", "customer_id", "billing_address", "send_receipt"}
    assert {k: order[k] for k in same} == {k: given[k] for k in same}
    assert order["currency"] == "USD"
    assert order["discount_codes"] == [{"code": "WELCOME25", "amount": "12.49"}]
    assert order["customer_id"] == external_uuid("cust_7")
    assert {k: v for k, v in order["billing_address"].items() if v} == given["billing_address"]


async def test_null_is_nothing(api: Api) -> None:
    nothing = (
        "phone customer_id currency shipping_address billing_address discount_codes note tags"
        " note_attributes cart_token checkout_token referring_site landing_site source_name client_details"
    )
    given = {"line_items": CREATE["line_items"], "email": None} | dict.fromkeys(nothing.split())
    order = await data(api, "POST", "", given)
    assert (order["total_price"], order["source_name"], order["client_details"]) == ("49.98", "api", {})


async def test_given_tax_and_shipping_lines_win(api: Api) -> None:
    taxes = [{"title": "City", "rate": "0.01", "price": "0.50"}, {"title": "State", "price": "4.00"}]
    ships = [{"title": "Truck", "price": "7.25", "code": "t", "source": "us"}, {"title": "Lift", "price": 1}]
    order = await placed(api, tax_lines=taxes, shipping_lines=ships)
    assert (order["total_tax"], order["total_shipping"], order["total_price"]) == ("4.50", "8.25", "62.73")
    assert [(t["title"], t["rate"], t["price"]) for t in order["tax_lines"]] == [
        ("City", "0.01", "0.50"), ("State", "0", "4.00"),
    ]  # fmt: skip
    rated = await placed(api, tax_lines=[{"title": "Flat", "rate": 0.1}])
    assert (rated["total_tax"], rated["tax_lines"][0]["price"]) == ("5.00", "5.00")
    untaxed = await placed(api, tax_lines=[], shipping_lines=[])
    assert (untaxed["total_tax"], untaxed["total_price"]) == ("0.00", "49.98")


@pytest.mark.parametrize(("variant", "currency", "price"), [("var_jpy", "JPY", "1800"), ("var_kwd", "KWD", "4.250")])
async def test_amounts_have_the_currencys_own_digits(api: Api, variant: str, currency: str, price: str) -> None:
    body = {"currency": currency, "line_items": [{"variant_id": variant, "quantity": 1}]}
    order = await data(api, "POST", "", body)
    assert (order["line_items"][0]["price"], order["total_price"], order["currency"]) == (price, price, currency)


@pytest.mark.parametrize(
    ("behaviour", "after"),
    [("bypass", (1000, 0)), ("decrement_ignoring_policy", (1000, 1200)), ("decrement_obeying_policy", None)],
)
async def test_inventory_behaviour_says_how_stock_is_touched(
    api: Api, behaviour: str, after: tuple[int, int] | None
) -> None:
    body = CREATE | {"line_items": [{"variant_id": VARIANT, "quantity": 1200}], "inventory_behaviour": behaviour}
    if after is None:
        status, code, error = await refusal(api, "POST", "", body)
        assert (status, code) == (400, "INSUFFICIENT_INVENTORY")
        assert error["line_items"][0] | {"line_item_id": ""} == {
            "line_item_id": "", "variant_id": VARIANT, "wanted": 1200, "available": 1000,
        }  # fmt: skip
        assert (await api.ok("GET", ORDERS))["data"] == []
        return
    order = await data(api, "POST", "", body)
    assert await shelf(api) == after
    await data(api, "POST", f"/{order['id']}/line_items", {"variant_id": VARIANT, "quantity": 1})
    assert await shelf(api) == ((1000, 0) if behaviour == "bypass" else (1000, 1201))


async def test_outside_ids_are_shown_as_uuids_and_taken_in_any_spelling(api: Api) -> None:
    shirt = external_uuid("var_xyz789")
    order = await placed(api, line_items=[{"variant_id": shirt, "quantity": 1}], customer_id=external_uuid("cust_9"))
    assert order["line_items"][0]["variant_id"] == shirt
    assert order["line_items"][0]["product_id"] == external_uuid("prod_abc123")
    assert (await api.ok("GET", f"/order/{order['id']}"))["items"][0]["variantId"] == "var_xyz789"
    given = (await placed(api, customer_id="cust_9", line_items=[{"variant_id": VARIANT.upper(), "quantity": 1}]))["id"]
    for spelled in ("cust_9", external_uuid("cust_9"), external_uuid("cust_9").upper()):
        listed = (await api.ok("GET", f"{ORDERS}?customer_id={spelled}"))["data"]
        assert given in [row["id"] for row in listed], spelled


async def test_a_uuid_no_process_showed_is_searched_for(api: Api) -> None:
    from api.spelling import external

    order = await api.order(customerId="cust_of_hanzo")
    external._shown.clear()
    listed = await api.ok("GET", f"{ORDERS}?customer_id={external_uuid('cust_of_hanzo')}")
    assert [row["order_number"] for row in listed["data"]] == [order["displayId"].removeprefix("#")]
    external._shown.clear()
    assert await external.text_of(api.db, False, "variant", external_uuid("var_001")) == "var_001"
    assert await external.text_of(api.db, False, "customer", external_uuid("nobody")) == external_uuid("nobody")


async def test_an_order_is_found_by_uuid_number_and_ulid(api: Api) -> None:
    order = await paid(api)
    ours = (await api.ok("GET", f"/order/{order['order_number']}"))["id"]
    for spelled in (order["id"], order["id"].upper(), order["order_number"], f"%23{order['order_number']}", ours):
        assert (await data(api, "GET", f"/{spelled}"))["id"] == order["id"]


async def test_include_adds_what_it_names_and_nothing_else(api: Api) -> None:
    order, made = await sent(api)
    await data(api, "POST", f"/{order['id']}/notes", {"body": "hi"})
    await data(api, "POST", f"/{order['id']}/refunds", {"shipping": "full"})
    plain = await data(api, "GET", f"/{order['id']}")
    names = ("fulfillments", "refunds", "transactions", "notes")
    assert not set(names) & set(plain)
    whole = await data(api, "GET", f"/{order['id']}?include=fulfillments,refunds&include=transactions,notes")
    assert whole["fulfillments"] == [made]
    assert [t["kind"] for t in whole["transactions"]] == ["sale", "refund"]
    assert whole["refunds"][0]["transactions"] == whole["transactions"][1:]
    assert whole["notes"][0]["body"] == "hi"
    status, code, error = await refusal(api, "GET", f"/{order['id']}?include=fulfillments,customers")
    assert (status, code, error["details"][0]["field"]) == (422, "VALIDATION_ERROR", "include")


async def test_put_replaces_what_is_present_and_keeps_the_rest(api: Api) -> None:
    order = await placed(api, note="old", note_attributes={"a": 1}, tags=["x"])
    changed = await data(
        api,
        "PUT",
        f"/{order['id']}",
        {"note_attributes": {"b": 2}, "phone": "1", "shipping_address": ADDRESS | {"city": "X"}},
    )
    assert (changed["note"], changed["note_attributes"], changed["tags"]) == ("old", {"b": 2}, ["x"])
    assert (changed["phone"], changed["shipping_address"]["city"]) == ("1", "X")
    assert changed["total_price"] == order["total_price"]
    cleared = await data(api, "PUT", f"/{order['id']}", {"note": None, "tags": None, "note_attributes": None})
    assert (cleared["note"], cleared["tags"], cleared["note_attributes"]) == (None, [], {})
    assert await data(api, "PUT", f"/{order['id']}", {}) == cleared
    status, code, error = await refusal(api, "PUT", f"/{order['id']}", {"total_price": "1.00"})
    assert (status, code, error["details"]) == (
        422, "VALIDATION_ERROR", [{"field": "total_price", "message": "unknown field"}],
    )  # fmt: skip


async def test_the_shipping_address_is_fixed_once_units_are_sent_the_billing_address_is_not(api: Api) -> None:
    order, _ = await sent(api)
    refused = await refusal(api, "PUT", f"/{order['id']}", {"shipping_address": ADDRESS})
    assert refused[:2] == (400, "INVALID_STATUS_TRANSITION")
    assert (await data(api, "PUT", f"/{order['id']}", {"billing_address": ADDRESS}))["billing_address"][
        "city"
    ] == "New York"


@pytest.mark.parametrize(
    ("reason", "hanzo"),
    [
        ("customer_request", "customer_request"),
        ("fraudulent", "fraud"),
        ("inventory", "out_of_stock"),
        ("other", "other"),
    ],
)
async def test_cancel_reasons_have_a_word_in_every_face(api: Api, reason: str, hanzo: str) -> None:
    order = await paid(api)
    gone = await data(api, "POST", f"/{order['id']}/cancel", {"reason": reason})
    assert (gone["status"], gone["financial_status"], gone["cancel_reason"]) == ("cancelled", "refunded", reason)
    assert gone["cancelled_at"]
    assert (await api.ok("GET", f"/order/{order['id']}"))["cancelReason"] == hanzo
    assert await shelf(api) == (1000, 0)


async def test_cancelling_without_restock_writes_the_units_off(api: Api) -> None:
    order = await placed(api)
    gone = await data(api, "POST", f"/{order['id']}/cancel", {"restock": False})
    assert (gone["financial_status"], gone["cancel_reason"]) == ("voided", None)
    assert await shelf(api) == (998, 0)


async def test_a_closed_order_is_reopened_open(api: Api) -> None:
    order, _ = await sent(api)
    closed = await data(api, "POST", f"/{order['id']}/close")
    assert (closed["status"], closed["closed_at"] is None) == ("closed", False)
    assert (await refusal(api, "POST", f"/{order['id']}/close"))[:2] == (409, "ORDER_ALREADY_CLOSED")
    assert (await refusal(api, "POST", f"/{order['id']}/cancel"))[:2] == (409, "ORDER_ALREADY_CLOSED")
    opened = await data(api, "POST", f"/{order['id']}/reopen")
    assert (opened["status"], opened["closed_at"], opened["financial_status"]) == ("open", None, "paid")


async def test_a_cancelled_order_is_reopened_unpaid_with_its_stock(api: Api) -> None:
    order = await paid(api)
    await data(api, "POST", f"/{order['id']}/cancel")
    opened = await data(api, "POST", f"/{order['id']}/reopen")
    assert (opened["status"], opened["financial_status"], opened["cancelled_at"]) == ("open", "pending", None)
    assert await shelf(api) == (1000, 2)
    await data(api, "POST", f"/{order['id']}/cancel")
    await placed(api, line_items=[{"variant_id": VARIANT, "quantity": 999}])
    assert (await refusal(api, "POST", f"/{order['id']}/reopen"))[:2] == (400, "INSUFFICIENT_INVENTORY")
    assert (await data(api, "GET", f"/{order['id']}"))["status"] == "cancelled"


async def test_ordinary_keys_read_and_admin_routes_are_forbidden_to_them(api: Api) -> None:
    order = await placed(api, customer_id="cust_1")
    reading = await api.mint("restricted")
    own = await api.mint("customer", customer="cust_1")
    other = await api.mint("customer", customer="cust_2")
    path = f"/{order['id']}"
    for key in (reading, own):
        assert (await data(api, "GET", path, key=key))["id"] == order["id"]
        assert (await api.ok("GET", ORDERS, key=key))["meta"]["pagination"]["total"] == 1
        for method, below, body in ADMIN:
            assert (await refusal(api, method, path + below, body, key=key))[:2] == (403, "FORBIDDEN"), below
        assert (await refusal(api, "POST", "", CREATE, key=key))[:2] == (403, "FORBIDDEN")
    assert (await refusal(api, "GET", path, key=other))[:2] == (404, "ORDER_NOT_FOUND")
    assert (await api.ok("GET", ORDERS, key=other))["data"] == []
    assert (await api.ok("GET", f"{ORDERS}?customer_id=cust_1", key=other))["data"] == []
    assert (await refusal(api, "POST", f"{path}/cancel", key=reading))[:2] == (403, "FORBIDDEN")
    assert (await refusal(api, "POST", f"{path}/cancel", {"restock": False}, key=own))[:2] == (403, "FORBIDDEN")
    assert (await data(api, "POST", f"{path}/cancel", key=own))["status"] == "cancelled"


ADMIN: tuple[tuple[str, str, Any], ...] = (
    ("PUT", "", {"note": "x"}), ("POST", "/close", None), ("POST", "/reopen", None), ("POST", "/line_items", {}),
    ("POST", "/fulfillments", {}), ("POST", "/notes", {"body": "x"}), ("POST", "/refunds", {}),
    ("POST", "/refunds/calculate", {}), ("POST", "/transactions", {"kind": "sale"}),
)  # fmt: skip


async def test_the_shops_notes_and_risks_are_not_the_customers(api: Api) -> None:
    order = await placed(api, customer_id="cust_1")
    own, reading = await api.mint("customer", customer="cust_1"), await api.mint("restricted")
    for below in ("/notes", "/risks", "?include=notes"):
        assert (await refusal(api, "GET", f"/{order['id']}{below}", key=own))[:2] == (403, "FORBIDDEN")
        assert (await api("GET", f"{ORDERS}/{order['id']}{below}", key=reading)).status_code == 200


async def test_risks_name_their_signals(api: Api) -> None:
    far = ADDRESS | {"country": "CA", "city": "Ottawa", "zip": "K1A", "state": "ON"}
    order = await placed(
        api, customer_id="new", billing_address=far, line_items=[{"variant_id": VARIANT, "quantity": 50}]
    )
    risks = await data(api, "GET", f"/{order['id']}/risks")
    assert (risks["order_id"], risks["score"], risks["recommendation"]) == (order["id"], 100, "cancel")
    assert all(set(signal) == {"name", "score", "message"} for signal in risks["signals"])
    calm = await data(api, "GET", f"/{(await placed(api))['id']}/risks")
    assert (calm["score"], calm["recommendation"], calm["signals"]) == (0, "accept", [])
