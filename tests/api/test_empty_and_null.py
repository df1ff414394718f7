"""An empty filter and a null amount never mean "everything" (contract section 0), in every face: walked, not listed by hand."""

import re
from collections.abc import Iterator
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from api.faces import FACES
from api.http.fields import RequestModel, never_null
from api.http.routing import Route
from tests.api.client import Api

ROUTES = [(name, route) for name, face in FACES.items() for route in face.routes.all]
SPELLED = {"hanzo": "id", "zephyr": "id", "storefront": "id", "commercehq": "number"}


def parts(annotation: Any) -> Iterator[Any]:
    """A type and everything it is made of."""
    yield annotation
    if get_origin(annotation) in (Annotated, Union, UnionType, list, dict):
        for part in get_args(annotation):
            yield from parts(part)


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A body's model and those inside it."""
    yield model
    for field in model.model_fields.values():
        for part in parts(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from models(part)


def path_of(route: Route, order: dict[str, Any]) -> str:
    """The route with this order in its place, and nothing real in any other."""
    return re.sub(r"\{(\w+)\}", lambda m: order["id"] if m[1] == route.order_param else "none", route.path)


def label(case: Any) -> str:
    return f"{case.method} {case.path}" if isinstance(case, Route) else str(case)


@pytest.mark.parametrize(
    ("face", "route"), [(f, r) for f, r in ROUTES if r.query.model_fields and r.kind != "place"], ids=label
)
async def test_an_empty_value_of_a_known_parameter_is_422_and_names_it(api: Api, face: str, route: Route) -> None:
    order = await api.paid()
    for name, field in route.query.model_fields.items():
        key = field.alias or name
        for value in ("", "%20", ",", "&" + key + "=") if key else ():
            answer = await api(
                route.method, f"{path_of(route, order)}?{key}={value}", {} if route.kind == "write" else None
            )
            assert answer.status_code == 422, (key, value, answer.text)
            assert key in answer.text, (key, value)


async def test_an_unknown_parameter_may_be_empty(api: Api) -> None:
    for path in ("/order", "/v1/orders", "/api/v1/orders", "/orders"):
        await api.ok("GET", f"{path}?utm=&x")


COUNTS = re.compile(
    r"(amount|price|total|tax|discount|quantity|items|lines|transactions|on_hand|delta)(_cents)?$", re.IGNORECASE
)
"""What a field that says how much or how many is called, in any face."""
NULLABLE = {("PutVariant", "compare_price")}
"""An entry's own comparison price: a catalogue entry is put whole, null is none."""


@pytest.mark.parametrize("face", FACES)
def test_every_field_that_counts_refuses_null(face: str) -> None:
    """By the fields' names and types, and not by the marks that the schemas carry."""
    bodies = {model for route in FACES[face].routes.all for model in models(route.body)}
    forgotten = []
    for model in sorted(bodies, key=lambda m: m.__name__):
        assert issubclass(model, RequestModel)
        for name, field in model.model_fields.items():
            kinds = set(parts(field.annotation)) if field.annotation else set()
            numeric = bool({int, Decimal} & {k for k in kinds if isinstance(k, type)}) or any(
                get_origin(k) is list for k in kinds
            )
            optional = name != "discount_codes" and type(None) in kinds
            known = (field.alias or name) in never_null(model) or (model.__name__, name) in NULLABLE
            if optional and numeric and COUNTS.search(name) and not known:
                forgotten.append(f"{model.__name__}.{name}")
    assert forgotten == []


NULLS: list[tuple[str, str, dict[str, Any], str]] = [
    ("hanzo", "POST /order/{id}/refund", {"amount": None}, "amount"),
    ("hanzo", "POST /order/{id}/refund", {"items": None}, "items"),
    ("hanzo", "POST /order/{id}/pay", {"paymentMethod": "pm_card_visa", "amount": None}, "amount"),
    ("hanzo", "POST /order/{id}/capture", {"amount": None}, "amount"),
    ("hanzo", "POST /order/{id}/fulfill", {"items": None}, "items"),
    ("hanzo", "POST /order", {"items": [{"variantId": "var_001", "quantity": 1, "unitPrice": None}]}, "items[0].unitPrice"),
    ("hanzo", "POST /order", {"items": None}, "items"),
    ("zephyr", "POST /v1/orders/{id}/refunds", {"amount_cents": None}, "amount_cents"),
    ("storefront", "POST /api/v1/orders/{id}/refunds", {"amount": None}, "amount"),
    ("storefront", "POST /api/v1/orders/{id}/refunds", {"refund_line_items": None}, "refund_line_items"),
    ("storefront", "POST /api/v1/orders/{id}/refunds", {"transactions": None}, "transactions"),
    ("storefront", "POST /api/v1/orders/{id}/refunds", {"shipping": None}, "shipping"),
    ("storefront", "POST /api/v1/orders/{id}/refunds/calculate", {"shipping": {"amount": None}}, "shipping.amount"),
    ("storefront", "POST /api/v1/orders/{id}/fulfillments", {"line_items": None}, "line_items"),
    ("storefront", "POST /api/v1/orders/{id}/transactions", {"kind": "sale", "amount": None}, "amount"),
    ("commercehq", "POST /orders/{id}/refunds", {"amount": None}, "amount"),
    ("commercehq", "POST /orders/{id}/fulfilments", {"items": None}, "items"),
    ("commercehq", "POST /orders/{id}/restocks", {"items": None}, "items"),
    ("commercehq", "POST /orders/search", {"email": None}, "email"),
    ("commercehq", "POST /orders/search", {"email": " "}, "email"),
    ("commercehq", "POST /orders/search", {"customer_id": None}, "customer_id"),
    ("commercehq", "POST /orders/search", {"status": None}, "status"),
    ("commercehq", "POST /orders/search", {"status": []}, "status"),
    ("engine", "PUT /engine/inventory/var_001", {"onHand": None}, "onHand"),
]  # fmt: skip


@pytest.mark.parametrize(("face", "route", "body", "field"), NULLS, ids=lambda v: str(v) if isinstance(v, str) else "")
async def test_a_null_where_an_amount_or_lines_belong_is_422_and_changes_nothing(
    api: Api, face: str, route: str, body: dict[str, Any], field: str
) -> None:
    order = await api.paid()
    method, _, path = route.partition(" ")
    answer = await api(method, path.replace("{id}", order["id"]), body)
    assert answer.status_code == 422, answer.text
    assert f'"{field}"' in answer.text
    assert await api.ok("GET", f"/order/{order['id']}") == order


async def test_a_calculation_posted_back_holds_no_null_that_is_refused(api: Api) -> None:
    order = await api.paid(shippingMethodId="ship_standard")
    base = f"/api/v1/orders/{order['id']}/refunds"
    calculated = (await api.ok("POST", f"{base}/calculate", {"shipping": "full"}))["data"]
    await api.ok("POST", base, calculated)
