"""Pure properties: wire → domain → wire is the identity, and a calculation posted back is that refund, in any currency."""

from datetime import UTC, datetime
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from api.faces.storefront import money, render
from api.faces.storefront import schemas as s
from api.faces.storefront import translate as t
from api.http import body as json_body
from api.http.fields import check
from api.spelling import amounts as wire_amounts
from domain import ids, ledger
from domain import money as minor_units
from domain.commands import Confirm, Place, RecordPayment
from domain.lifecycle import plan, settle
from domain.money import unit_share
from domain.order import Actor, Order
from domain.policy import ShopConfig
from domain.pricing import price
from domain.verbs.refunding import break_down, plan_refund
from door.placing import _numbered, _unpriced, line_for

NOW = datetime(2024, 1, 15, 10, tzinfo=UTC)
ACTOR = Actor(kind="key", id="k")
CURRENCIES = st.sampled_from(["USD", "JPY", "KWD", "CLF"])
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip)
OPTIONAL = st.none() | TEXT


def spelled(amount: int, currency: str) -> str:
    return minor_units.format_decimal(amount, currency)


def amounts(currency: str, most: int = 10**6) -> st.SearchStrategy[str]:
    return st.integers(0, most).map(lambda n: spelled(n, currency))


ADDRESSES = st.fixed_dictionaries(
    {"address1": TEXT, "city": TEXT, "country": st.sampled_from(["US", "DE", "JP"])},
    optional=dict.fromkeys(("address2", "state", "zip", "first_name", "last_name", "company", "phone"), TEXT),
)  # fmt: skip


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """A create in which every line is the caller's own, so that no catalogue is asked."""
    currency = draw(CURRENCIES)
    line = st.fixed_dictionaries(
        {"title": TEXT, "price": amounts(currency), "quantity": st.integers(1, 7)},
        optional={
            "variant_title": TEXT, "sku": TEXT, "requires_shipping": st.booleans(), "is_gift_card": st.booleans(),
            "product_id": st.uuids().map(str), "variant_id": st.uuids().map(str),
        },
    )  # fmt: skip
    shipping = st.fixed_dictionaries(
        {"title": TEXT, "price": amounts(currency)}, optional={"code": TEXT, "source": TEXT}
    )
    tax = st.fixed_dictionaries(
        {"title": TEXT, "price": amounts(currency), "rate": st.sampled_from(["0", "0.09", "0.1900"])}
    )
    return {
        "currency": currency,
        "line_items": draw(st.lists(line, min_size=1, max_size=5)),
        "shipping_lines": draw(st.lists(shipping, max_size=3)),
        "tax_lines": draw(st.lists(tax, max_size=3)),
        "shipping_address": draw(ADDRESSES),
        "billing_address": draw(ADDRESSES),
        "phone": draw(OPTIONAL),
        "note": draw(OPTIONAL),
        "tags": draw(st.lists(TEXT, max_size=3)),
        "note_attributes": draw(st.dictionaries(TEXT, st.none() | st.booleans() | st.integers(-9, 9) | TEXT, max_size=3)),
        "customer_id": draw(st.none() | st.uuids().map(str)),
        "client_details": draw(st.dictionaries(TEXT, TEXT, max_size=2)),
        **{
            name: draw(OPTIONAL) for name in ("cart_token", "checkout_token", "referring_site", "landing_site")
        },
        "source_name": draw(TEXT),
    }  # fmt: skip


def order_of(body: dict[str, Any]) -> Order:
    """Through JSON, the schema and the draft to a priced order, without catalogue or numbering of the store."""
    asked = check(s.CreateOrder, json_body.parse(orjson.dumps(body)))
    draft = t.draft(asked, body["currency"], asked.customer_id, [line.variant_id for line in asked.line_items])
    lines = tuple(line_for(line, None, currency=body["currency"], names=t.NAMES) for line in draft.lines)
    order = _unpriced(draft, ShopConfig(), body["currency"], lines, NOW)
    return price(
        _numbered(
            order.model_copy(update={"id": ids.ulid_at(1, b"0123456789"), "number": 1001, "origin": draft.origin})
        )
    )


@given(bodies())
@settings(max_examples=60, deadline=None)
def test_what_a_create_says_is_what_the_order_shows(body: dict[str, Any]) -> None:
    order = order_of(body)
    shown = render.order(Order.model_validate_json(order.model_dump_json())).model_dump(mode="json")
    plain = set(body) - {"line_items", "shipping_lines", "tax_lines", "shipping_address", "billing_address"}
    assert {k: shown[k] for k in plain} == {k: body[k] for k in plain}
    for name in ("line_items", "shipping_lines", "tax_lines"):
        for theirs, ours in zip(body[name], shown[name], strict=True):
            assert {k: ours[k] for k in theirs} == theirs
    for name in ("shipping_address", "billing_address"):
        assert {k: v for k, v in shown[name].items() if v is not None} == body[name]
    assert order.total == order.subtotal - order.discount_total + order.shipping_total + order.tax_total


def paid(order: Order, payments: list[int]) -> Order:
    """Confirmed, and paid for in parts by hand; the last part is what is left."""
    order = settle(order, Place(), [], NOW, ACTOR).order
    order = settle(order, Confirm(), [], NOW, ACTOR).order
    for part in [*payments, None]:
        due = ledger.due(order)
        if due:
            amount = None if part is None else max(1, due * part // 100)
            order = settle(order, RecordPayment(amount=amount), [], NOW, ACTOR).order
    return order


def asked_for(draw: st.DrawFn, order: Order) -> dict[str, Any]:
    """A body of refunds/calculate that asks for units that are left, and perhaps shipping."""
    items = []
    for line in order.lines:
        left = line.quantity - ledger.credited_units(order, line.id)
        count = draw(st.integers(0, left))
        if count:
            items.append({"line_item_id": render.uuid(line.id), "quantity": count, "restock": draw(st.booleans())})
    body: dict[str, Any] = {"refund_line_items": items} if items else {}
    shipping, _ = ledger.shipping_left(order)
    some = {"amount": spelled(draw(st.integers(0, shipping)), order.currency)}
    choice = draw(st.sampled_from([None, "full", {"full_refund": True}, some]))
    return body if choice is None else body | {"shipping": choice}


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_calculation_posted_back_is_that_refund_until_nothing_is_left(data: st.DataObject) -> None:
    order = paid(order_of(data.draw(bodies())), data.draw(st.lists(st.integers(1, 60), max_size=2)))
    for _ in range(4):
        body = data.draw(st.composite(asked_for)(order)) if ledger.refundable(order) else None
        if body is None:
            break
        command = money.refund(order, check(s.RefundOrder, json_body.parse(orjson.dumps(body))))
        breakdown = break_down(order, command)
        if breakdown.amount == 0 and not breakdown.lines:
            continue  # an amount of 0 is refused, by both routes
        plan_refund(order, command)
        answer = orjson.dumps(render.calculation(order, breakdown).model_dump(mode="json"))
        again = money.refund(order, check(s.RefundOrder, json_body.parse(answer)))
        assert break_down(order, again) == breakdown
        order = settle(order, again, [], NOW, ACTOR).order
        assert order.refunds[-1].amount == breakdown.amount
    left = ledger.refundable(order)
    if left:
        rest = money.refund(order, check(s.RefundOrder, {}))
        assert plan(order, rest, NOW, ACTOR) == []
        order = settle(order, rest, [], NOW, ACTOR).order
    assert ledger.refundable(order) == 0
    assert sum(r.amount for r in order.refunds) == ledger.captured(order)


@given(bodies())
@settings(max_examples=40, deadline=None)
def test_unit_by_unit_refunds_add_up_to_what_each_line_cost(body: dict[str, Any]) -> None:
    order = paid(order_of(body), [])
    for line in order.lines:
        shares = [unit_share(line.total, line.quantity, k, 1) for k in range(line.quantity)]
        assert sum(shares) == line.total
        for share in shares:
            item = {"line_item_id": render.uuid(line.id), "quantity": 1}
            command = money.refund(order, check(s.RefundOrder, {"refund_line_items": [item]}))
            if not ledger.refundable(order):
                break
            assert break_down(order, command).amount == share
            order = settle(order, command, [], NOW, ACTOR).order
    assert sum(r.amount for r in order.refunds) == sum(line.total for line in order.lines)


@given(CURRENCIES, st.integers(0, minor_units.MAX_AMOUNT))
def test_amounts_come_back_as_they_were_sent(currency: str, amount: int) -> None:
    text = spelled(amount, currency)
    for given_as in (text, json_body.parse(b'{"a": ' + text.encode() + b"}")["a"]):
        line = check(s.UpdateLineItem, {"price": given_as})
        assert line.price is not None
        assert wire_amounts.minor(line.price, currency, "price") == amount


@given(st.sampled_from(sorted(t.REASONS)))
def test_cancel_reasons_come_back_as_they_were_sent(reason: str) -> None:
    assert render.REASONS[t.REASONS[reason]] == reason
