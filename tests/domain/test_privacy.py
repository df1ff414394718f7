"""Every field of an order that may hold somebody's words is either erased, or said to hold none; and erasing keeps figures."""

import typing
from collections.abc import Iterator
from typing import Any, Final

import pytest

from domain import privacy
from domain.base import Model
from domain.order import Order

KEPT: Final = frozenset(
    (
        # ids and references
        "id", "customer_id", "variant_id", "product_id", "line_id", "method_id", "location_id", "payment_id", "refund_id",
        "parent_id", "refund_ids", "ref", "cart_token", "checkout_token", "source_name", "lines", "owner", "exchange_id",
        "return_id", "claim_id", "fulfillment_id", "line_ids", "customer",
        # goods and figures
        "currency", "title", "variant_title", "sku", "options", "product_type", "vendor", "image_url", "code", "source",
        "conditions", "latest", "tags",
        # where taxes come from
        "country", "state",
        # parcels: the carrier and its number
        "number", "carrier", "tracking_number", "url",
        # payments
        "provider", "gateway", "method_type", "payment_method", "brand", "last4", "cvc_check", "postal_code_check",
        "decline_code", "message",
    )
)  # fmt: skip
"""Fields of an order's models that hold text and are kept. A label's `url` is not: its picture shows the address."""


def kinds(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in typing.get_args(annotation):
        yield from kinds(part)


def fields(model: type[Model], seen: set[type[Model]]) -> Iterator[tuple[str, str]]:
    """(model, field) of everything that may hold free text or anything at all."""
    seen.add(model)
    for name, field in model.model_fields.items():
        found = list(kinds(field.annotation))
        for kind in found:
            if isinstance(kind, type) and issubclass(kind, Model) and kind not in seen:
                yield from fields(kind, seen)
        if any(kind in (str, Any, dict) or typing.get_origin(kind) is dict for kind in found):
            yield model.__name__, name


def is_private(name: str) -> bool:
    return privacy.plain(name) in privacy.GONE | privacy.TEXTS | privacy.ANYTHING | privacy.MAYBE


def test_of_every_text_of_an_order_somebody_has_said_whether_it_is_private() -> None:
    found = list(fields(Order, set()))
    assert ("Address", "line1") in found
    assert ("Order", "metadata") in found
    undecided = [f"{model}.{name}" for model, name in found if not is_private(name) and name not in KEPT]
    assert undecided == [], "domain/privacy.py erases it, or KEPT here says that it holds nobody's words"


def test_nothing_is_both_erased_and_kept() -> None:
    assert {privacy.plain(name) for name in KEPT} & (privacy.GONE | privacy.TEXTS | privacy.ANYTHING) == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"email": "a@b.example", "total": 5998}, {"email": None, "total": 5998}),
        ({"postalCode": "97201", "country": "US", "state": "OR"}, {"postalCode": "erased", "country": "US", "state": "OR"}),
        ({"notes": [{"body": "call her", "author": "Jo"}]}, {"notes": [{"body": "erased", "author": "erased"}]}),
        ({"notes": "call her"}, {"notes": "erased"}),
        ({"note": None, "reason": ""}, {"note": None, "reason": ""}),
        ({"reason": "customer_request"}, {"reason": "customer_request"}),
        ({"reason": "zebulon_moved"}, {"reason": "erased"}),
        ({"metadata": {"gift for": "Jo"}, "photos": ["x"]}, {"metadata": {}, "photos": []}),
        ({"tracking": {"company": "UPS", "number": "1Z"}}, {"tracking": {"company": "UPS", "number": "1Z"}}),
        ({"line1": "1 A St", "company": "Quux"}, {"line1": "erased", "company": "erased"}),
        ({"name": "Widget", "price": 1}, {"name": "Widget", "price": 1}),
        ({"name": "Jo", "email": "j@b.example"}, {"name": "erased", "email": None}),
        ({"label": {"url": "https://x.example/1.pdf"}, "url": "u"}, {"label": {"url": None}, "url": "u"}),
        ([{"phone": "+1555"}, 3, "text"], [{"phone": None}, 3, "text"]),
    ],
)  # fmt: skip
def test_words_go_and_figures_stay(before: Any, after: Any) -> None:
    assert privacy.scrubbed(before) == after
    assert privacy.scrubbed(after) == after, "a second time changes nothing"
