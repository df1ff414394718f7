from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.money import MAX_AMOUNT, format_decimal
from domain.order import Address, Discount, Given, Order
from domain.policy import DiscountCode, TaxRate
from domain.pricing import discounts_for, price, rates_for, rescale_given
from tests.domain.orders import line, order

RATES = [
    TaxRate(country="US", state="OR", title="OR", rate=Decimal("0.12")),
    TaxRate(country="US", state="CA", title="CA", rate=Decimal("0.08985")),
    TaxRate(country="US", state=None, title="US", rate=Decimal("0.01")),
    TaxRate(country="DE", state=None, title="MwSt", rate=Decimal("0.19"), taxes_shipping=True),
]
items = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 99_999)), min_size=1, max_size=6)
codes = st.lists(
    st.builds(Discount, code=st.just("P"), amount=st.just(0), percent=st.integers(1, 100).map(Decimal))
    | st.builds(Discount, code=st.just("F"), amount=st.just(0), fixed=st.integers(1, 99_999)),
    max_size=3,
)
rates = st.lists(st.tuples(st.decimals(0, 1, places=5).map(str), st.booleans()), max_size=3)
givens = st.builds(Given, discount=st.none() | st.integers(0, 99_999), tax=st.none() | st.integers(0, 99_999))
priced = st.builds(
    lambda found, **rest: order(*(line(n, q, p) for n, (q, p) in enumerate(found, 1)), **rest),
    items,
    shipping=st.lists(st.integers(0, 9_999), max_size=2),
    rates=rates,
    discounts=codes,
    given=givens,
)


def _figures(made: Order) -> tuple[int, ...]:
    return made.subtotal, made.discount_total, made.shipping_total, made.tax_total, made.total


@given(priced)
def test_lines_and_shipping_add_up_to_the_order(made: Order) -> None:
    assert made.subtotal == sum(item.unit_price * item.quantity for item in made.lines)
    assert made.discount_total == sum(item.discount for item in made.lines)
    assert made.tax_total == sum(item.tax for item in made.lines) + sum(s.tax for s in made.shipping_lines)
    assert made.total == made.subtotal - made.discount_total + made.shipping_total + made.tax_total
    assert made.total == sum(item.total for item in made.lines) + sum(s.price + s.tax for s in made.shipping_lines)
    assert made.total >= 0
    for item in made.lines:
        assert 0 <= item.discount <= item.subtotal
        assert item.tax >= 0


@given(priced)
def test_codes_never_take_more_than_the_goods_cost(made: Order) -> None:
    assert made.discount_total <= made.subtotal
    assert sum(d.amount for d in made.discounts) <= made.subtotal
    if made.given.discount is None:
        assert sum(d.amount for d in made.discounts) == made.discount_total


@given(priced)
def test_tax_lines_add_up_unless_the_tax_was_given(made: Order) -> None:
    if made.given.tax is None:
        assert sum(t.price for t in made.tax_lines) == made.tax_total
    else:
        assert made.tax_total == made.given.tax


@given(priced)
def test_pricing_twice_changes_nothing(made: Order) -> None:
    assert price(made) == made


@given(priced, st.integers(1, 50))
def test_an_edit_keeps_the_sums_with_given_figures_too(made: Order, quantity: int) -> None:
    first = made.lines[0].model_copy(update={"quantity": quantity})
    before = made.subtotal - made.discount_total
    edited = made.model_copy(update={"lines": (first, *made.lines[1:])})
    again = price(rescale_given(edited, before))
    assert again.total == sum(i.total for i in again.lines) + sum(s.price + s.tax for s in again.shipping_lines)
    assert all(i.tax >= 0 and 0 <= i.discount <= i.subtotal for i in again.lines)


def test_document_000s_printed_create_with_welcome25_answers_its_printed_figures() -> None:
    made = order(
        line(quantity=2, unit_price=2999),
        shipping=[599],
        rates=[("0.12", False)],
        discounts=[Discount(code="WELCOME25", amount=0, percent=Decimal(25))],
    )
    assert _figures(made) == (5998, 1499, 599, 540, 5638)


def test_document_001s_printed_figures() -> None:
    made = order(
        line(quantity=2, unit_price=2999),
        shipping=[799],
        rates=[("0.08985", False)],
        discounts=[Discount(code="SAVE5", amount=0, fixed=500)],
    )
    assert _figures(made) == (5998, 500, 799, 494, 6791)


def test_document_003s_figures_by_arithmetic() -> None:
    made = order(line(quantity=2, unit_price=2499), shipping=[500], rates=[("0.09", False)])
    assert [format_decimal(n, "USD") for n in (made.subtotal, made.tax_total, made.shipping_total, made.total)] == [
        "49.98",
        "4.50",
        "5.00",
        "59.48",
    ]


def test_given_figures_win_over_computed_ones() -> None:
    made = order(
        line(quantity=2, unit_price=2999), shipping=[799], rates=[("0.5", False)], given=Given(discount=500, tax=494)
    )
    assert _figures(made) == (5998, 500, 799, 494, 6791)


def test_tax_is_rounded_once_on_the_order_half_up() -> None:
    made = order(line(1, 1, 25), line(2, 1, 25), rates=[("0.05", False)])
    assert made.tax_total == 3  # 2.5 rounds up; each line alone would be 1.25, together 2
    assert [item.tax for item in made.lines] == [2, 1]


def test_only_a_rate_that_says_so_taxes_shipping() -> None:
    assert order(line(1, 1, 100), shipping=[100], rates=[("0.19", True)]).tax_total == 38
    assert order(line(1, 1, 100), shipping=[100], rates=[("0.19", False)]).tax_total == 19


def test_the_destination_chooses_its_states_and_its_countrys_rates() -> None:
    home = Address(line1="1", city="Portland", country="US", state="OR")
    assert [r.title for r in rates_for(home, RATES)] == ["OR", "US"]
    assert [r.title for r in rates_for(home.model_copy(update={"state": None}), RATES)] == ["US"]
    assert rates_for(home.model_copy(update={"country": "FR"}), RATES) == []
    assert rates_for(None, RATES) == []


def test_an_unknown_code_is_refused_by_its_place_and_a_doubled_one_counts_once() -> None:
    known = {"WELCOME25": DiscountCode(percent=Decimal(25)), "SAVE5": DiscountCode(amount=500)}
    assert [d.code for d in discounts_for(["welcome25", "WELCOME25", "SAVE5"], known)] == ["WELCOME25", "SAVE5"]
    with pytest.raises(InvalidInput) as refused:
        discounts_for(["SAVE5", "NOPE"], known)
    assert refused.value.field == "codes[1]"


def test_an_order_beyond_the_largest_amount_is_refused() -> None:
    assert order(line(1, 1, MAX_AMOUNT)).total == MAX_AMOUNT
    with pytest.raises(InvalidInput, match="too large"):
        order(line(1, 2, MAX_AMOUNT))
    with pytest.raises(InvalidInput, match="too large"):
        order(line(1, 1, MAX_AMOUNT), shipping=[1])
