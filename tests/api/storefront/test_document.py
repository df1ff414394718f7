"""Document 003, its own text: every printed request runs with only ids replaced, and answers in the printed shape."""

import re
from typing import Any

import pytest

from api.faces.storefront.errors import WORDS
from api.faces.storefront.events import NAMES
from api.faces.storefront.routes import routes
from tests.api.client import Api
from tests.api.storefront import document
from tests.api.storefront.document import Printed
from tests.api.storefront.shop import data, paid, placed, sent
from tests.api.test_documents import assert_shape

REQUESTS = document.requests()
ORDER_OF = {"{id}", "{order_id}", "1001"}
STATUS = {
    "Create Order (Admin)": 201, "Add Line Item": 201, "Create Fulfillment": 201, "Create Note": 201,
    "Create Refund": 201, "Delete Note": 204,
}  # fmt: skip
"""Heading -> status; 200 where it is not named (contract section 8)."""


def test_the_document_prints_twenty_routes_and_ours_are_all_of_them() -> None:
    printed = {(r.method, re.sub(r"{\w+}", "{}", r.path.partition("?")[0]).replace("1001", "{}")) for r in REQUESTS}
    ours = {(r.method, re.sub(r"{\w+}", "{}", r.path)) for r in routes.all}
    assert len(printed) == 20
    assert printed <= ours
    beyond = {("GET", "/api/v1/orders/{}/transactions"), ("POST", "/api/v1/orders/{}/transactions")}
    webhooks = {route for route in ours if route[1].startswith("/api/v1/webhooks")}
    assert ours - printed - webhooks == beyond


@pytest.mark.parametrize("request_", REQUESTS, ids=[f"{r.heading}: {r.method} {r.path}" for r in REQUESTS])
async def test_a_printed_request_runs(api: Api, request_: Printed) -> None:
    ids = await _ready_for(api, request_.heading)
    path = request_.path.replace("1001", ids["number"])
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    body = None if request_.body is None else _placed_in(request_.body, ids)
    response = await api(request_.method, path, body)
    assert response.status_code == STATUS.get(request_.heading, 200), response.text
    if request_.heading == "Delete Note":
        assert not response.content
    elif request_.heading.startswith("List "):
        assert response.json()["data"], "the page is empty"
        assert set(response.json()["meta"]["pagination"]) == set(document.sample("data")["meta"]["pagination"])
    else:
        assert response.json()["data"]


async def _ready_for(api: Api, heading: str) -> dict[str, str]:
    """An order in the state a section presupposes, and what stands for its placeholders."""
    unsent = {"Cancel Order", "Update Line Item", "Remove Line Item", "Add Line Item", "Create Fulfillment"}
    ids: dict[str, str] = {}
    if heading in unsent:
        order = await paid(api)
        if heading in ("Remove Line Item", "Add Line Item"):
            await data(api, "POST", f"/{order['id']}/line_items", {"variant_id": "var_001", "quantity": 1})
    elif heading in ("List Orders", "Get Order"):
        order = await paid(api)
    else:
        order, fulfillment = await sent(api)
        ids["fulfillment_id"] = fulfillment["id"]
    if heading == "Reopen Order":
        await data(api, "POST", f"/{order['id']}/close")
    note = await data(api, "POST", f"/{order['id']}/notes", {"body": "first"})
    movements = await data(api, "GET", f"/{order['id']}/transactions")
    ids |= {"id": order["id"], "order_id": order["id"], "note_id": note["id"], "number": order["order_number"]}
    return ids | {"line_item_id": order["line_items"][0]["id"], "transaction": movements[0]["id"]}


def _placed_in(body: Any, ids: dict[str, str]) -> Any:
    """A printed body with the ids of the order's line and transaction where the placeholders were; nothing else changes."""
    if isinstance(body, dict):
        return {key: _placed_in(value, ids) for key, value in body.items()}
    if isinstance(body, list):
        return [_placed_in(item, ids) for item in body]
    placeholders = {
        "550e8400-e29b-41d4-a716-446655440101": ids["line_item_id"],
        "550e8400-e29b-41d4-a716-446655440200": ids["transaction"],
    }
    return placeholders.get(body, body) if isinstance(body, str) else body


async def test_the_order_object_is_answered_field_for_field(api: Api) -> None:
    theirs = document.sample("id")
    created = {"phone", "shipping_address", "billing_address", "note", "note_attributes", "cart_token", "checkout_token",
               "referring_site", "landing_site", "source_name", "client_details", "email"}  # fmt: skip
    order = await paid(
        api,
        customer_id=theirs["customer_id"],
        tax_lines=[{k: theirs["tax_lines"][0][k] for k in ("title", "rate", "price")}],
        shipping_lines=[{k: theirs["shipping_lines"][0][k] for k in ("title", "price", "code", "source")}],
        **{name: theirs[name] for name in created},
    )
    assert_shape({**order, "discount_codes": order["discount_codes"]}, theirs)
    figures = {"subtotal_price": "49.98", "total_price": "59.48"}  # the document's own 49.99 and 59.49 do not add up
    ids = {
        "id",
        "order_number",
        "line_items",
        "shipping_lines",
        "tax_lines",
        "created_at",
        "updated_at",
        "processed_at",
    }
    assert {k: order[k] for k in theirs if k not in ids} == {k: v for k, v in theirs.items() if k not in ids} | figures
    for name in ("line_items", "shipping_lines", "tax_lines"):
        assert {k: order[name][0][k] for k in theirs[name][0] if k != "id"} == {
            k: v for k, v in theirs[name][0].items() if k != "id"
        }


async def test_every_field_of_the_table_is_in_the_order(api: Api) -> None:
    order = await placed(api)
    assert {row[0] for row in document.table("Order Fields")} <= set(order)


async def test_the_list_sample_is_answered_field_for_field(api: Api) -> None:
    order = await paid(api)
    listed = await api.ok("GET", "/api/v1/orders?status=open&financial_status=paid&sort=created_at&order=desc")
    theirs = document.sample("data")
    assert_shape(listed, theirs)
    assert set(listed["data"][0]) == set(theirs["data"][0])
    assert listed["data"][0] == {k: order[k] for k in theirs["data"][0]}


def test_every_printed_error_code_has_its_status() -> None:
    ours = {code: status for status, code in WORDS.values()}
    for code, status, _ in document.table("Error Codes"):
        assert ours[code] == int(status), code


def test_every_printed_event_is_said_and_no_other() -> None:
    assert {name for name in NAMES.values() if name} == {row[0] for row in document.table("Webhooks")}


def test_every_query_parameter_of_the_table_is_known() -> None:
    listing = next(r for r in routes.all if r.handler.__name__ == "list_orders")
    assert [row[0] for row in document.table("Query Parameters")] == list(listing.query.model_fields)
