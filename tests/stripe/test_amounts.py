import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.providers.base import ProviderRefused
from activities.providers.stripe_amounts import THREE_DECIMAL, ZERO_DECIMAL, from_stripe, to_stripe
from domain.money import EXPONENTS, MAX_AMOUNT

TAKEN = sorted(code for code, digits in EXPONENTS.items() if digits == 2 or code in {*ZERO_DECIMAL, *THREE_DECIMAL})


@pytest.mark.parametrize(
    ("currency", "ours", "theirs"),
    [
        ("USD", 1999, 1999),
        ("JPY", 1999, 1999),
        ("ISK", 1999, 199900),
        ("UGX", 25000, 2500000),
        ("KWD", 19990, 19990),
        ("BHD", 10, 10),
        ("MGA", 190000, 1900),
    ],
)
def test_stripe_charges_what_the_customer_saw(currency: str, ours: int, theirs: int) -> None:
    assert to_stripe(ours, currency) == theirs
    assert from_stripe(theirs, currency.lower()) == ours


@given(st.sampled_from([*TAKEN, "ISK", "UGX"]), st.integers(0, MAX_AMOUNT))
def test_every_amount_comes_back_as_it_went_or_is_refused(currency: str, amount: int) -> None:
    try:
        sent = to_stripe(amount, currency)
    except ProviderRefused:
        assert (currency in THREE_DECIMAL and amount % 10) or (currency == "MGA" and amount % 100)
        return
    assert from_stripe(sent, currency) == amount


@pytest.mark.parametrize("currency", ["XXX", "usd", "CLF", ""])
def test_what_is_no_currency_of_stripes_is_refused(currency: str) -> None:
    with pytest.raises(ProviderRefused):
        to_stripe(100, currency)
