"""POST /order/:id/edits: several changes as one command, and what they say of themselves (contract section 13)."""

from typing import Any

import pytest

from tests.api.client import ADDRESS, Api

CARD = {"paymentMethod": "pm_card_visa"}
NOWHERE = {"line1": "1 Main St", "city": "Toronto", "country": "CA"}


def ops(*operations: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"operations": list(operations), **more}


async def test_everything_at_once_is_one_event_and_one_figure(api: Api) -> None:
    order = await api.paid(shippingMethodId="ship_standard")
    item = order["items"][0]["id"]
    done = await api.ok("POST", f"/order/{order['id']}/edits", ops(
        {"op": "cancel_items", "items": [{"itemId": item, "quantity": 1}]},
        {"op": "set_quantity", "itemId": item, "quantity": 4},
        {"op": "set_price", "itemId": item, "unitPrice": 2000},
        {"op": "add_item", "variantId": "var_001", "quantity": 2, "unitPrice": 1000},
        {"op": "set_shipping", "shippingMethodId": "ship_ground"},
        {"op": "set_address", "shippingAddress": NOWHERE},
        {"op": "add_discount", "code": "SAVE5"},
        note="on the phone",
    ))  # fmt: skip
    # 4 × 20.00 + 2 × 10.00 − 5.00 + 7.99, and no tax in Canada; one of the four discounted units is cancelled.
    assert done["total"] == 8000 + 2000 - 500 + 799
    edit = done["edit"]
    assert (edit["before"], edit["after"], edit["difference"]) == (order["total"], 10299, 10299 - order["total"])
    credited = (8000 - 400) // 4
    assert (edit["due"], edit["surplus"], edit["note"]) == (10299 - credited - order["total"], 0, "on the phone")
    assert [i["cancelledQuantity"] for i in done["items"]] == [1, 0]
    events = (await api.ok("GET", f"/order/{order['id']}/events"))["models"]
    told = [e for e in events if e["type"] in ("order.edited", "order.items_cancelled")]
    assert [e["type"] for e in told] == ["order.edited"]
    assert [c["op"] for c in told[0]["data"]["changes"]][:2] == ["cancel_items", "set_quantity"]
    assert told[0]["data"]["changes"][1] == {"op": "set_quantity", "itemId": item, "from": 2, "to": 4}
    assert "Toronto" not in str(told)


async def test_what_is_less_goes_back_at_once_and_is_told(api: Api) -> None:
    order = await api.paid()
    item = order["items"][0]["id"]
    done = await api.ok(
        "POST", f"/order/{order['id']}/edits", ops({"op": "set_quantity", "itemId": item, "quantity": 1})
    )
    assert done["edit"]["surplus"] == order["total"] - done["total"] == done["refundedTotal"]
    assert done["amountDue"] == done["edit"]["due"] == 0


async def test_all_or_nothing(api: Api) -> None:
    order = await api.paid()
    item = order["items"][0]["id"]
    response = await api("POST", f"/order/{order['id']}/edits", ops(
        {"op": "set_quantity", "itemId": item, "quantity": 5},
        {"op": "cancel_items", "items": [{"itemId": item, "quantity": 6}]},
    ))  # fmt: skip
    assert response.status_code == 422
    assert response.json()["error"]["field"] == "operations[1].quantity"
    short = await api("POST", f"/order/{order['id']}/edits", ops(
        {"op": "set_price", "itemId": item, "unitPrice": 1},
        {"op": "add_item", "variantId": "var_001", "quantity": 100_000},
    ))  # fmt: skip
    assert (short.status_code, short.json()["error"]["code"]) == (409, "insufficient_inventory")
    after = await api.ok("GET", f"/order/{order['id']}")
    assert (after["total"], len(after["items"])) == (order["total"], 1)


BAD: list[tuple[dict[str, Any], int, str]] = [
    ({"op": "set_quantity", "itemId": "oitem_01HXY8AAAAAAAAAAAAAAAAAAAA", "quantity": 1}, 422, "operations[0].itemId"),
    ({"op": "set_quantity", "quantity": 1}, 422, "operations[0].itemId"),
    ({"op": "set_price", "itemId": "ITEM", "unitPrice": -1}, 422, "operations[0].unitPrice"),
    ({"op": "add_item", "variantId": "var_nobody", "quantity": 1}, 422, "operations[0].variantId"),
    ({"op": "cancel_items", "items": [{"itemId": "nobody", "quantity": 1}]}, 422, "operations[0].items[0].itemId"),
    ({"op": "set_shipping"}, 422, "operations[0].shippingMethodId"),
    ({"op": "set_shipping", "shippingMethodId": "by_owl"}, 422, "operations[0].shippingMethodId"),
    ({"op": "set_shipping", "shippingTotal": 5}, 422, "operations[0].shippingTotal"),  # the order has no shipping
    ({"op": "set_address", "shippingAddress": {"city": "x", "country": "US"}}, 422, "operations[0].shippingAddress.line1"),
    ({"op": "add_discount"}, 422, "operations[0].code"),
    ({"op": "add_discount", "code": "NOPE"}, 422, "operations[0].code"),
    ({"op": "add_discount", "amount": 1_000_000}, 422, "operations[0].amount"),
    ({"op": "remove_discount", "code": "NOPE"}, 422, "operations[0].code"),
    ({"op": "set_colour"}, 422, "operations[0]"),
    ({"op": "set_price", "itemId": "ITEM", "unitPrice": 5, "price": 5}, 422, "operations[0].price"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "status", "field"), BAD, ids=[f"{f} {i}" for i, (_, _, f) in enumerate(BAD)])
async def test_what_is_wrong_is_named(api: Api, operation: dict[str, Any], status: int, field: str) -> None:
    order = await api.order()
    item = order["items"][0]["id"]
    sent = {k: item if v == "ITEM" else v for k, v in operation.items()}
    for rest in ("", "?dryRun=true"):
        response = await api("POST", f"/order/{order['id']}/edits{rest}", ops(sent))
        assert (response.status_code, response.json()["error"]["field"]) == (status, field), response.text
    assert (await api("POST", f"/order/{order['id']}/edits", ops())).status_code == 422


async def test_what_is_sent_keeps_its_quantity_its_address_and_its_shipping(api: Api) -> None:
    order = await api.shipped()
    item = order["items"][0]["id"]
    for operation, code in (
        ({"op": "set_quantity", "itemId": item, "quantity": 3}, "invalid_transition"),
        ({"op": "set_price", "itemId": item, "unitPrice": 1}, "invalid_transition"),
        ({"op": "set_address", "shippingAddress": ADDRESS}, "order_already_fulfilled"),
        ({"op": "set_shipping", "shippingMethodId": "ship_ground"}, "order_already_fulfilled"),
    ):
        response = await api("POST", f"/order/{order['id']}/edits", ops(operation))
        assert (response.status_code, response.json()["error"]["code"]) == (409, code), operation


async def test_a_debt_is_written_off_also_where_every_line_has_credited_units(api: Api) -> None:
    order = await api.order()
    path, item = f"/order/{order['id']}", order["items"][0]["id"]
    await api.ok("POST", f"{path}/confirm", {})
    await api.ok("POST", f"{path}/items/cancel", {"items": [{"itemId": item, "quantity": 1}]})
    due = (await api.ok("GET", path))["amountDue"]
    assert due > 0
    more = await api("POST", f"{path}/edits", ops({"op": "add_discount", "amount": due + 1}))
    assert (more.status_code, more.json()["error"]["maximum"]) == (422, due)
    done = await api.ok("POST", f"{path}/edits", ops({"op": "add_discount", "amount": due, "description": "Debt"}))
    assert (done["amountDue"], done["total"], done["edit"]["difference"]) == (0, order["total"], 0)


async def test_a_discount_comes_and_goes_and_names_itself(api: Api) -> None:
    order = await api.order()
    path = f"/order/{order['id']}"
    two = ops({"op": "add_discount", "amount": 100}, {"op": "add_discount", "amount": 200})
    done = await api.ok("POST", f"{path}/edits", two)
    assert (done["discount"], done["discountCodes"]) == (300, ["Discount", "Discount 2"])
    done = await api.ok("POST", f"{path}/edits", ops({"op": "remove_discount", "code": "discount 2"}))
    assert (done["discount"], done["discountCodes"]) == (100, ["Discount"])
    assert (await api("POST", f"{path}/edits", ops({"op": "add_discount", "code": "SAVE5"}))).status_code == 200
    assert (await api("POST", f"{path}/edits", ops({"op": "add_discount", "code": "save5"}))).status_code == 422


async def test_tax_follows_the_address(api: Api) -> None:
    order = await api.order()
    california = {**ADDRESS, "state": "CA"}
    done = await api.ok(
        "POST", f"/order/{order['id']}/edits", ops({"op": "set_address", "shippingAddress": california})
    )
    assert (order["taxTotal"], done["taxTotal"]) == (720, 539)  # 12 % and 8.985 % of 59.98
    assert done["shippingAddress"]["state"] == "CA"


async def test_a_repeated_edit_answers_again(api: Api) -> None:
    order = await api.paid()
    item, key = order["items"][0]["id"], {"Idempotency-Key": "edit-1"}
    body = ops({"op": "set_quantity", "itemId": item, "quantity": 3})
    first = await api("POST", f"/order/{order['id']}/edits", body, headers=key)
    again = await api("POST", f"/order/{order['id']}/edits", body, headers=key)
    assert (first.status_code, again.content, again.headers["idempotent-replayed"]) == (200, first.content, "true")


async def test_only_secret_keys_edit_and_hold(api: Api) -> None:
    order = await api.order(customerId="cust_7")
    customer, reader = await api.mint("customer", customer="cust_7"), await api.mint("restricted")
    for key in (customer, reader):
        for rest, body in (
            ("edits", ops({"op": "add_discount", "amount": 1})),
            ("holds", {"kind": "manual", "reason": "x"}),
        ):
            for dry in ("", "?dryRun=true"):
                response = await api("POST", f"/order/{order['id']}/{rest}{dry}", body, key=key)
                assert response.status_code == 403


async def test_storefronts_line_routes_are_edits_and_name_their_own_fields(api: Api) -> None:
    order = await api.paid()
    path = f"/api/v1/orders/{order['displayId'].removeprefix('#')}/line_items"
    added = await api.ok("POST", path, {"variant_id": "var_001", "quantity": 1, "price": "10.00"})
    changed = await api.ok("PUT", f"{path}/{added['data']['id']}", {"quantity": 2, "price": "9.00"})
    assert [i["quantity"] for i in changed["data"]["line_items"]] == [2, 2]
    await api.ok("DELETE", f"{path}/{added['data']['id']}")
    events = (await api.ok("GET", f"/order/{order['id']}/events"))["models"]
    assert [len(e["data"]["changes"]) for e in events if e["type"] == "order.edited"] == [1, 2, 1]
    refused = await api("PUT", f"{path}/{changed['data']['line_items'][0]['id']}", {"quantity": 100_000})
    assert refused.json()["error"]["code"] == "INSUFFICIENT_INVENTORY"
