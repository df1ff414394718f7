from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import (
    EXPONENTS,
    MAX_AMOUNT,
    allocate,
    exponent,
    format_decimal,
    from_decimal,
    is_currency,
    round_half_up,
    unit_share,
)

amounts = st.integers(0, MAX_AMOUNT)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=40)


@given(amounts, weights)
def test_allocating_loses_and_makes_nothing(total: int, parts: list[int]) -> None:
    shares = allocate(total, parts)
    assert sum(shares) == total
    assert all(share >= 0 for share in shares)


@given(amounts, weights.filter(any))
def test_every_share_is_its_exact_part_rounded_one_way_or_the_other(total: int, parts: list[int]) -> None:
    for share, weight in zip(allocate(total, parts), parts, strict=True):
        exact = total * weight / Decimal(sum(parts))
        assert abs(share - exact) < 1
        assert weight or not share


@given(amounts, weights)
def test_equal_weights_get_shares_that_differ_by_one_at_most_the_earlier_more(total: int, parts: list[int]) -> None:
    shares = allocate(total, [7] * len(parts))
    assert shares == sorted(shares, reverse=True)
    assert shares[0] - shares[-1] <= 1


def test_nothing_to_allocate_to_takes_nothing_only() -> None:
    assert allocate(0, []) == []
    with pytest.raises(ValueError, match="nothing to allocate to"):
        allocate(1, [])


def test_weights_of_zero_give_everything_to_the_first() -> None:
    assert allocate(7, [0, 0, 0]) == [7, 0, 0]


@given(amounts, st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_any_sequence_of_unit_shares_adds_up_to_the_whole(total: int, takes: list[int]) -> None:
    units, first, given_back = sum(takes), 0, 0
    for count in takes:
        given_back += unit_share(total, units, first, count)
        first += count
    assert given_back == total


@given(amounts, st.integers(1, 1000), st.data())
def test_a_unit_is_worth_what_the_contract_says(total: int, units: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, units))
    assert unit_share(total, units, k - 1, 1) == total * k // units - total * (k - 1) // units


def test_a_line_without_units_is_worth_nothing() -> None:
    assert unit_share(100, 0, 0, 1) == 0


@given(amounts, st.sampled_from(sorted(EXPONENTS)))
def test_decimal_text_reads_back_in_every_currency(amount: int, currency: str) -> None:
    text = format_decimal(amount, currency)
    assert from_decimal(text, currency) == amount
    assert from_decimal(Decimal(text), currency) == amount
    digits = len(text.partition(".")[2])
    assert digits == exponent(currency)


@given(amounts, st.sampled_from(sorted(EXPONENTS)))
def test_one_digit_too_many_is_refused_and_never_rounded(amount: int, currency: str) -> None:
    text = format_decimal(amount, currency)
    longer = f"{text}1" if "." in text else f"{text}.1"
    with pytest.raises(ValueError, match="decimal digits"):
        from_decimal(longer, currency)


@pytest.mark.parametrize("nonsense", ["", "abc", "NaN", "Infinity", "-Infinity", "1,50", "1e30", "9" * 40])
def test_what_is_no_amount_is_refused(nonsense: str) -> None:
    with pytest.raises(ValueError, match=r"number|large"):
        from_decimal(nonsense, "USD")


@pytest.mark.parametrize(("code", "digits"), [("JPY", 0), ("USD", 2), ("KWD", 3), ("CLF", 4)])
def test_exponents_are_iso_4217s(code: str, digits: int) -> None:
    assert exponent(code) == digits


@pytest.mark.parametrize("code", ["usd", "XAU", "XXX", "XTS", "BTC", ""])
def test_what_is_no_money_is_no_currency(code: str) -> None:
    assert not is_currency(code)


@pytest.mark.parametrize(("value", "rounded"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.4999", 2), ("0", 0)])
def test_halves_round_up(value: str, rounded: int) -> None:
    assert round_half_up(Decimal(value)) == rounded
