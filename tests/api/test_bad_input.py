"""What callers get wrong: a clear 4xx in the face's shape, never a 500, and nothing changed."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.api.client import ADDRESS, ITEMS, Api

LINE = {"variantId": "var_xyz789", "quantity": 1}


def order(**more: Any) -> dict[str, Any]:
    return {"items": [LINE], **more}


def line(**more: Any) -> dict[str, Any]:
    return {"items": [LINE | more]}


def address(**more: Any) -> dict[str, Any]:
    return {"items": [LINE], "shippingAddress": ADDRESS | more}


DEEP = b'{"metadata": ' + b'{"a":' * 70 + b"1" + b"}" * 70 + b"}"
DEEPER = b"[" * 200_000

# fmt: off
RAW: list[tuple[str, bytes, int]] = [
    ("cut short",          b'{"items": [',                                   400),
    ("text",               b"hello",                                         400),
    ("array",              b"[]",                                            400),
    ("number",             b"1",                                             400),
    ("null",               b"null",                                          400),
    ("string",             b'"x"',                                           400),
    ("NaN",                b'{"metadata": {"a": NaN}}',                      400),
    ("Infinity",           b'{"metadata": {"a": -Infinity}}',                400),
    ("huge exponent",      b'{"metadata": {"a": 1e999999999}}',              400),
    ("huge integer",       b'{"total": ' + b"9" * 10_000 + b"}",             400),
    ("not UTF-8",          b'{"notes": "\xff\xfe"}',                         400),
    ("form data",          b"items=1&x=2",                                   400),
    ("NUL",                b'{"notes": "a\\u0000b"}',                        400),
    ("NUL in a key",       b'{"a\\u0000": 1}',                               400),
    ("half a surrogate",   b'{"notes": "\\ud800"}',                          400),
    ("half in a key",      b'{"metadata": {"\\udfff": 1}}',                  400),
    ("deep",               DEEP,                                             400),
    ("very deep",          DEEPER,                                           400),
    ("trailing",           b"{} {}",                                         400),
    ("1 MiB and a byte",   b'{"notes": "' + b"x" * 1_048_576 + b'"}',        413),
    ("empty",              b"",                                              422),
    ("empty object",       b"{}",                                            422),
    ("a key of 900 kB",    b'{"' + b"k" * 900_000 + b'": 1}',                422),
    ("many unknown keys",  json.dumps({f"k{i}": i for i in range(20_000)}).encode(), 422),
]

FIELDS: list[tuple[dict[str, Any], str]] = [
    (order(nonsense=1),                                    "nonsense"),
    (order(email="nobody"),                                "email"),
    (order(email="a@b"),                                   "email"),
    (order(email="a\n@example.com"),                       "email"),
    (order(email="[email\xa0protected]"),                  "email"),
    (order(email="=?utf-8?q?a?=@example.com"),              "email"),
    (order(email="ä@example.com"),                          "email"),
    (order(email=5),                                       "email"),
    (order(currency="XXX"),                                "currency"),
    (order(currency="DOLLARS"),                            "currency"),
    (order(currency=1),                                    "currency"),
    (order(customerId="x" * 65),                           "customerId"),
    (order(customerId="a\tb"),                             "customerId"),
    (order(customerId=""),                                 "customerId"),
    (order(shippingMethodId="ship_rocket"),                "shippingMethodId"),
    (order(discountCodes=["NOPE"]),                        "discountCodes[0]"),
    (order(discountCodes="WELCOME25"),                     "discountCodes"),
    (order(notes="x" * 5001),                              "notes"),
    (order(tags=["a"] * 101),                              "tags"),
    (order(tags=[""]),                                     "tags[0]"),
    (order(metadata={f"k{i}": 1 for i in range(51)}),      "metadata"),
    (order(metadata={"a": "x" * 17_000}),                  "metadata"),
    (order(metadata={"a": 2**63}),                         "metadata"),
    (order(metadata=[1]),                                  "metadata"),
    (order(metadata="x"),                                  "metadata"),
    (order(discount=-1),                                   "discount"),
    (order(discount=1_000_000_000_000),                    "discount"),
    (order(discount=3000),                                 "discount"),
    (order(taxTotal=1.5),                                  "taxTotal"),
    (order(taxTotal="5"),                                  "taxTotal"),
    (order(shippingTotal=True),                            "shippingTotal"),
    (order(items=[]),                                      "items"),
    (order(items={}),                                      "items"),
    (order(items=[LINE] * 501),                            "items"),
    (order(items=[LINE] * 10_000),                         "items"),
    (order(items=[None]),                                  "items[0]"),
    (order(items=[{}]),                                    "items[0].quantity"),
    (line(quantity=0),                                     "items[0].quantity"),
    (line(quantity=-1),                                    "items[0].quantity"),
    (line(quantity=100_001),                               "items[0].quantity"),
    (line(quantity=2.0),                                   "items[0].quantity"),
    (line(quantity=1.5),                                   "items[0].quantity"),
    (line(quantity="2"),                                   "items[0].quantity"),
    (line(quantity=True),                                  "items[0].quantity"),
    (line(quantity=None),                                  "items[0].quantity"),
    (line(unitPrice=-1),                                   "items[0].unitPrice"),
    (line(unitPrice=1_000_000_000_000),                    "items[0].unitPrice"),
    (line(unitPrice=2**70),                                "items[0].unitPrice"),
    (line(variantId="var_nope"),                           "items[0].variantId"),
    (line(variantId=7),                                    "items[0].variantId"),
    (line(variantId="var\u0085"),                          "items[0].variantId"),
    (line(variant_id="var_001"),                           "items[0].variant_id"),
    (order(items=[{"title": "Custom", "quantity": 1}]),    "items[0].unitPrice"),
    (order(items=[{"unitPrice": 5, "quantity": 1}]),       "items[0].title"),
    (line(unitPrice=999_999_999_999, quantity=2),          "items"),
    (order(currency="JPY"),                                "items[0].unitPrice"),
    (address(country="Atlantis"),                          "shippingAddress.country"),
    (address(country="XX"),                                "shippingAddress.country"),
    (address(line1=""),                                    "shippingAddress.line1"),
    (address(line1=None),                                  "shippingAddress.line1"),
    (address(planet="Earth"),                              "shippingAddress.planet"),
    ({"items": [LINE], "shippingAddress": {"line1": "x"}}, "shippingAddress.city"),
    ({"items": [LINE], "shippingAddress": "here"},         "shippingAddress"),
]

VERBS: list[tuple[str, dict[str, Any], int, str | None]] = [
    ("pay",       {"paymentMethod": "pm_card_visa", "amount": 0},            422, "amount"),
    ("pay",       {"paymentMethod": "pm_card_visa", "amount": -5},           422, "amount"),
    ("pay",       {"paymentMethod": "pm_card_visa", "amount": 10**11},       422, "amount"),
    ("pay",       {},                                                        422, "paymentMethod"),
    ("pay",       {"paymentMethod": 1},                                      422, "paymentMethod"),
    ("pay",       {"paymentMethod": "pm_unknown"},                           422, "paymentMethod"),
    ("pay",       {"paymentMethod": "pm", "paymentId": "pay_x"},             422, "paymentId"),
    ("pay",       {"paymentMethod": "pm", "capture": "yes"},                 422, "capture"),
    ("cancel",    {"reason": "boredom"},                                     422, "reason"),
    ("cancel",    {"reason": "other"},                                       422, "note"),
    ("cancel",    {"reason": "other", "note": "  "},                         422, "note"),
    ("refund",    {"amount": 0},                                             422, "amount"),
    ("refund",    {"amount": "5"},                                           422, "amount"),
    ("refund",    {"items": []},                                             422, "items"),
    ("refund",    {"items": [{"itemId": "oitem_x", "quantity": 1}]},         422, "items[0].itemId"),
    ("fulfill",   {"items": []},                                             422, "items"),
    ("fulfill",   {"items": [{"itemId": "x" * 65, "quantity": 1}]},          422, "items[0].itemId"),
    ("fulfill",   {"trackingNumber": "a\u0007"},                             422, "trackingNumber"),
    ("deliver",   {"fulfillmentId": "ful_x"},                                422, "fulfillmentId"),
    ("capture",   {"paymentId": "pay_x"},                                    422, "paymentId"),
    ("capture",   {"final": 1},                                              422, "final"),
    ("return",    {},                                                        422, "items"),
    ("return",    {"items": [{"quantity": 1}]},                              422, "items[0].itemId"),
    ("return",    {"items": [{"variantId": "v", "quantity": 1}], "refundMethod": "store_credit"}, 422, "refundMethod"),
    ("confirm",   {"now": True},                                             422, "now"),
    ("return/ret_x/approve", {},                                             404, None),
]

QUERIES: list[tuple[str, str]] = [
    ("page=0", "page"), ("page=-1", "page"), ("page=x", "page"), ("page=1.5", "page"), ("display=0", "display"),
    ("display=101", "display"), ("display=999999999999999999999", "display"), ("sort=colour", "sort"),
    ("sort=createdAt:sideways", "sort"), ("sort=-createdAt:asc", "sort"), ("status=lost", "status"),
    ("paymentStatus=paid", "paymentStatus"), ("fulfillmentStatus=shipped", "fulfillmentStatus"), ("since=yesterday", "since"),
    ("since=2025-13-01", "since"), ("until=2025-01-01T00:00:00", "until"), ("since=1718445600", "since"),
    ("expand=secrets", "expand"), ("expand=items.price", "expand"), ("q=" + "x" * 300, "q"), ("q=a%00b", "q"),
    ("customerId=%00", "customerId"), ("page=99999999999999999999", "page"),
]
# fmt: on


@pytest.fixture
async def unchanged(api: Api) -> AsyncIterator[Any]:
    """An order that must be as it was when the test is over."""
    before = await api.order()
    yield before
    assert await api.ok("GET", f"/order/{before['id']}") == before
    assert (await api.ok("GET", "/order"))["count"] == 1


async def test_bodies_that_are_no_json_objects(api: Api, unchanged: Any) -> None:
    for name, raw, status in RAW:
        response = await api.http.post("/order", content=raw, headers={"Authorization": f"Bearer {api.key}"})
        check(response, status, name)


async def test_a_chunked_body_is_limited_too(api: Api, unchanged: Any) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"notes": "'
        for _ in range(20):
            yield b"x" * 65_536
        yield b'"}'

    response = await api.http.post("/order", content=chunks(), headers={"Authorization": f"Bearer {api.key}"})
    check(response, 413, "chunked")
    assert response.json()["error"]["code"] == "payload_too_large"


async def test_fields_of_create(api: Api, unchanged: Any) -> None:
    for body, field in FIELDS:
        response = await api("POST", "/order", body)
        check(response, 422, field)
        assert response.json()["error"]["field"] == field, (field, response.text)
        assert response.json()["error"]["code"] == "validation_error"


async def test_bodies_of_verbs(api: Api) -> None:
    order_ = await api.order()
    for verb, body, status, field in VERBS:
        response = await api("POST", f"/order/{order_['id']}/{verb}", body)
        if (verb, body.get("paymentMethod")) == ("pay", "pm_unknown"):
            check(response, 422, verb)
            continue
        check(response, status, f"{verb} {body}")
        assert response.json()["error"]["field"] == field, (verb, body, response.text)


async def test_query_parameters(api: Api, unchanged: Any) -> None:
    for query, field in QUERIES:
        response = await api("GET", f"/order?{query}")
        check(response, 422, query)
        assert response.json()["error"]["field"] == field, query
    assert (await api("GET", "/order?colour=blue")).status_code == 200  # unknown names are ignored
    assert (await api("GET", f"/order/{unchanged['id']}?expand=items.price")).status_code == 422


@pytest.mark.parametrize("spelled", [
    "x", "order_", "order_x", "order_01HXY8", "0", "1000", "-1", "1e3", "99999999999999999999", "%00", "%23", "%0a", "null",
    "order_01ARZ3NDEKTSV4RRFFQ69G5FAV", "01890a5d-ac96-774b-bcce-b302099a8057", "{id}", "order_%F0%9F%92%A9", "x" * 500, "..",
])  # fmt: skip
async def test_ids_that_are_no_ids_are_404(api: Api, spelled: str) -> None:
    for method, suffix in (("GET", ""), ("PATCH", ""), ("POST", "/cancel"), ("GET", "/events")):
        response = await api(method, f"/order/{spelled}{suffix}", None if method == "GET" else {})
        check(response, 404, spelled)
        assert response.json()["error"]["code"] == "not_found"


async def test_patch_refuses_what_is_not_its_own(api: Api, unchanged: Any) -> None:
    for field in ("total", "status", "items", "email", "currency", "customerId", "discount"):
        response = await api("PATCH", f"/order/{unchanged['id']}", {field: "x"})
        check(response, 422, field)
        assert response.json()["error"]["field"] == field


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/nowhere", 404), ("GET", "/order/a/b/c/d", 404), ("POST", "/order/x/explode", 404), ("DELETE", "/order", 405),
    ("PUT", "/order/x", 405), ("GET", "/order/x/cancel", 405), ("POST", "/engine/nothing", 404), ("GET", "/order/", 404),
    ("PATCH", "/engine/keys", 405),
])  # fmt: skip
async def test_no_such_route_or_method_answers_in_the_faces_shape(
    api: Api, method: str, path: str, status: int
) -> None:
    response = await api(method, path)
    check(response, status, path)
    assert response.json()["error"]["code"] == {404: "not_found", 405: "method_not_allowed"}[status]


async def test_every_answer_has_a_request_id(api: Api) -> None:
    made = await api("GET", "/order")
    assert made.headers["x-request-id"].startswith("req_")
    own = await api("GET", "/nowhere", headers={"X-Request-Id": "mine-1"})
    assert own.headers["x-request-id"] == "mine-1"
    odd = await api("GET", "/health/live", headers={"X-Request-Id": "a b\tc"})
    assert odd.headers["x-request-id"].startswith("req_")


async def test_our_own_faults_tell_nothing_of_themselves(api: Api) -> None:
    api.door.fails = RuntimeError("postgres://user:secret@host failed at line 5")
    response = await api("POST", "/order", {"items": ITEMS})
    check(response, 500, "bug")
    assert response.json()["error"] == {
        "code": "internal",
        "message": "something went wrong on our side",
        "field": None,
    }
    assert response.headers["x-request-id"]


async def test_odd_but_right_bodies_are_taken(api: Api) -> None:
    secret = {"Authorization": f"Bearer {api.key}"}
    raw = b'\xef\xbb\xbf{"items": [{"variantId": "nope", "variantId": "var_001", "quantity": 1}], "metadata": {"p": 1.50}}'
    for kind in ("application/x-www-form-urlencoded", "text/plain", "application/json; charset=utf-8", "nonsense"):
        response = await api.http.post("/order", content=raw, headers=secret | {"Content-Type": kind})
        assert response.status_code == 201, response.text
        assert response.json()["metadata"] == {"p": 1.5}


def check(response: Any, status: int, what: str) -> None:
    assert response.status_code == status, (what[:200], response.status_code, response.text[:500])
    error = response.json()["error"]
    assert isinstance(error["code"], str), what
    assert error["message"], what
    assert "field" in error, what
