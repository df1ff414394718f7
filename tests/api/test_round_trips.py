"""wire → domain → wire is the identity on what hanzo, zephyr and commercehq can express, in any currency.

storefront's own are in storefront/test_translate.py; the codecs one by one in test_wire.py.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from api.faces.commercehq import render as commercehq
from api.faces.commercehq import schemas as cs
from api.faces.commercehq import translate as ct
from api.faces.hanzo import render as hanzo
from api.faces.hanzo import schemas as hs
from api.faces.hanzo import translate as ht
from api.faces.zephyr import render as zephyr
from api.faces.zephyr import schemas as zs
from api.faces.zephyr import translate as zt
from api.http import body as json_body
from api.http.fields import check
from api.spelling import wire
from domain import ids
from domain.commands import Command, Confirm, Place, RecordPayment
from domain.lifecycle import settle
from domain.money import EXPONENTS, MAX_AMOUNT
from domain.order import Actor, Order
from domain.policy import ShopConfig
from domain.pricing import price
from door.placing import _numbered, _unpriced, line_for

NOW = datetime(2024, 1, 15, 10, tzinfo=UTC)
ACTOR = Actor(kind="key", id="k")
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "CLF"])
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip)
METADATA = st.dictionaries(TEXT, st.booleans() | st.integers(-9, 9) | TEXT, max_size=3)
AMOUNTS = st.integers(0, 10**6)
ADDRESSES = st.fixed_dictionaries(
    {"line1": TEXT, "city": TEXT, "country": st.sampled_from(["US", "DE", "JP"])},
    optional=dict.fromkeys(("line2", "state", "postalCode", "firstName", "lastName", "company", "phone"), TEXT),
)
LINES = st.fixed_dictionaries(
    {"title": TEXT, "unitPrice": AMOUNTS, "quantity": st.integers(1, 7)},
    optional={"variantId": TEXT, "sku": TEXT, "requiresShipping": st.booleans()},
)
HANZO = st.fixed_dictionaries(
    {"currency": CURRENCIES, "items": st.lists(LINES, min_size=1, max_size=4)},
    optional={
        "customerId": TEXT, "shippingAddress": ADDRESSES, "billingAddress": ADDRESSES, "notes": TEXT,
        "metadata": METADATA, "tags": st.lists(TEXT, max_size=3), "shippingTotal": AMOUNTS, "taxTotal": AMOUNTS,
        "email": st.just("jane@example.com"),
    },
)  # fmt: skip
"""A create in which every line is the caller's own, so that no catalogue is asked."""


def parsed(body: Any) -> Any:
    """Through JSON, as a request arrives."""
    return json_body.parse(orjson.dumps(body))


def order_of(body: dict[str, Any]) -> Order:
    """To a priced order and through the store's JSON, without catalogue or numbering of the store."""
    asked = check(hs.CreateOrder, parsed(body))
    draft = ht.draft(asked)
    lines = tuple(line_for(line, None, currency=body["currency"]) for line in draft.lines)
    order = _unpriced(draft, ShopConfig(), body["currency"], lines, NOW)
    made = order.model_copy(update={"id": ids.ulid_at(1, b"0123456789"), "number": 1001, "origin": draft.origin})
    return Order.model_validate_json(price(_numbered(made)).model_dump_json())


def after(order: Order, *commands: Command) -> Order:
    for command in commands:
        order = settle(order, command, [], NOW, ACTOR).order
    return Order.model_validate_json(order.model_dump_json())


PLAIN = order_of({"currency": "USD", "items": [{"title": "shirt", "unitPrice": 1000, "quantity": 2}]})


def confirmed(body: dict[str, Any]) -> Order:
    return after(order_of(body), Place(), Confirm())


def paid(body: dict[str, Any]) -> Order:
    """What costs nothing needs no payment."""
    order = confirmed(body)
    return after(order, RecordPayment()) if order.total else order


# hanzo.


@given(HANZO)
@settings(max_examples=60, deadline=None)
def test_what_hanzos_create_says_is_what_the_order_shows(body: dict[str, Any]) -> None:
    shown = hanzo.dump(hanzo.order(order_of(body)))
    plain = set(body) - {"items", "shippingAddress", "billingAddress"}
    assert {name: shown[name] for name in plain} == {name: body[name] for name in plain}
    for theirs, ours in zip(body["items"], shown["items"], strict=True):
        assert {name: ours[name] for name in theirs} == theirs
    for name in {"shippingAddress", "billingAddress"} & set(body):
        assert {k: v for k, v in shown[name].items() if v is not None} == body[name]
        assert check(hs.AddressIn, parsed(shown[name])) == check(hs.AddressIn, parsed(body[name]))


@given(HANZO, st.data())
@settings(max_examples=30, deadline=None)
def test_what_hanzos_patch_says_is_what_the_order_shows(body: dict[str, Any], data: st.DataObject) -> None:
    change = data.draw(
        st.fixed_dictionaries(
            {"notes": st.none() | TEXT},
            optional={"metadata": METADATA, "tags": st.lists(TEXT, max_size=3), "billingAddress": ADDRESSES},
        )
    )
    before = order_of(body | {"metadata": {}})
    command = ht.update(check(hs.UpdateOrder, parsed(change)))
    assert command is not None
    shown = hanzo.dump(hanzo.order(after(before, Place(), command)))
    bill = change.pop("billingAddress", None)
    assert {name: shown[name] for name in change} == change
    assert bill is None or {k: v for k, v in shown["billingAddress"].items() if v is not None} == bill


@given(HANZO, st.data())
@settings(max_examples=40, deadline=None)
def test_units_and_tracking_come_back_from_hanzos_fulfilment(body: dict[str, Any], data: st.DataObject) -> None:
    order = paid(body)
    items = [{"itemId": ht.ITEM.encode(x.id), "quantity": data.draw(st.integers(1, x.quantity))} for x in order.lines]
    asked = data.draw(
        st.fixed_dictionaries(
            {"items": st.permutations(items)},
            optional={"trackingNumber": TEXT, "trackingCompany": TEXT, "trackingUrl": TEXT, "locationId": TEXT},
        )
    )
    order = after(order, ht.fulfill(order, check(hs.FulfillOrder, parsed(asked))))
    shown = hanzo.dump(hanzo.fulfillment(order, order.fulfillments[-1]))
    assert {i["itemId"]: i["quantity"] for i in shown["items"]} == {i["itemId"]: i["quantity"] for i in items}
    given_tracking = {name: value for name, value in asked.items() if name.startswith("tracking")}
    told = {f"tracking{name.title()}": value for name, value in shown["tracking"].items()}
    assert {name: told[name] for name in given_tracking} == given_tracking
    assert shown["locationId"] == asked.get("locationId")


# zephyr.

REFUNDS = st.fixed_dictionaries(
    {"amount_cents": st.integers(1, 1000)},
    optional={
        "reason": st.sampled_from(["duplicate", "fraudulent", "requested_by_customer"]),
        "metadata": METADATA,
    },
)


@given(CURRENCIES, REFUNDS)
@settings(max_examples=60, deadline=None)
def test_what_zephyrs_refund_says_is_what_it_answers(currency: str, body: dict[str, Any]) -> None:
    line = {"title": "shirt", "unitPrice": 1000, "quantity": 1}
    order = paid({"currency": currency, "items": [line]})
    order = after(order, zt.refund(check(zs.RefundOrder, parsed(body))))
    shown = zephyr.refund(order, order.refunds[-1]).model_dump(mode="json")
    assert {name: shown[name] for name in body} == body
    assert shown["currency"] == currency
    assert check(zs.RefundOrder, parsed({name: shown[name] for name in body})) == check(zs.RefundOrder, parsed(body))


@given(
    METADATA, st.fixed_dictionaries({}, optional=dict.fromkeys(("carrier", "tracking_number", "tracking_url"), TEXT))
)
@settings(max_examples=60, deadline=None)
def test_what_zephyrs_patch_says_is_what_the_order_shows(metadata: dict[str, Any], tracking: dict[str, str]) -> None:
    line = {"title": "shirt", "unitPrice": 1000, "quantity": 2}
    order = paid({"currency": "USD", "items": [line]})
    body = {"metadata": metadata, "fulfilment": {"status": "shipped", **tracking}}
    command = zt.amend(order, check(zs.PatchOrder, parsed(body)))
    assert command is not None
    shown = zephyr.order(after(order, command)).model_dump(mode="json")
    assert shown["metadata"] == metadata
    assert {name: shown["fulfilment"][name] for name in body["fulfilment"]} == body["fulfilment"]


# commercehq.


@given(st.sampled_from(sorted(EXPONENTS)), st.integers(1, MAX_AMOUNT))
def test_commercehqs_json_numbers_come_back_to_the_cent(currency: str, amount: int) -> None:
    order = PLAIN.model_copy(update={"currency": currency})
    sent = json.dumps({"amount": commercehq.money(order, amount)}).encode()
    asked = check(cs.CreateRefund, json_body.parse(sent))
    assert asked.amount is not None
    assert asked.amount == Decimal(amount).scaleb(-EXPONENTS[currency])
    assert wire.Decimals(currency).decode(str(asked.amount)) == amount


@given(HANZO, st.data())
@settings(max_examples=40, deadline=None)
def test_units_and_tracking_come_back_from_commercehqs_parcels(body: dict[str, Any], data: st.DataObject) -> None:
    order = paid(body)
    items = [
        {"id": wire.numbered(order, x.serial), "quantity": data.draw(st.integers(1, x.quantity))} for x in order.lines
    ]
    order = after(order, ct.fulfil(order, check(cs.CreateFulfilment, parsed({"items": items}))))
    made = commercehq.fulfilment(order, order.fulfillments[-1]).model_dump(mode="json")
    assert made["items"] == items
    names = ("tracking_number", "shipping_carrier", "tracking_url")
    parcel = {"fulfilment_id": made["id"], **data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(names, TEXT)))}
    order = after(order, ct.ship(order, check(cs.CreateShipments, parsed({"data": parcel}))))
    sent = order.fulfillments[-1]
    shown = commercehq.shipment(order, sent, sent.shipments[-1]).model_dump(mode="json")
    assert {name: shown[name] for name in parcel} == parcel
    assert shown["items"] == items


@given(ADDRESSES)
def test_one_address_reads_the_same_in_commercehqs_words(body: dict[str, Any]) -> None:
    words = {
        "line1": "street",
        "line2": "suite",
        "postalCode": "zip",
        "firstName": "first_name",
        "lastName": "last_name",
    }
    shown = commercehq.address(ht.address(check(hs.AddressIn, parsed(body)))).model_dump(mode="json")
    del body["country"], shown["country"]
    body.pop("phone", None)  # beside the addresses, in this face
    assert {k: v for k, v in shown.items() if v is not None} == {words.get(k, k): v for k, v in body.items()}


@given(st.integers(1, 10**9), st.integers(1, ids.SERIALS_PER_ORDER - 1), st.integers(1, 10**9))
def test_an_orders_integers_are_its_own_alone(number: int, serial: int, other: int) -> None:
    mine = PLAIN.model_copy(update={"number": number})
    assert wire.serial_in(mine, wire.numbered(mine, serial)) == serial
    assume(other != number)
    with pytest.raises(ValueError, match="another order's id"):
        wire.serial_in(PLAIN.model_copy(update={"number": other}), wire.numbered(mine, serial))
