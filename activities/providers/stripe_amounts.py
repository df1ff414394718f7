"""Our minor units (ISO 4217) and Stripe's amounts, there and back.

They differ in a few currencies (docs.stripe.com/currencies): ISK and UGX have no decimals in the world and two at
Stripe, MGA two and none; three-decimal amounts must end in 0. What Stripe cannot charge exactly is refused before
any call: the customer is charged what they saw, or not at all.
"""

from decimal import Decimal
from typing import Final

from activities.providers.base import ProviderRefused
from domain.money import exponent, is_currency, round_half_up

ZERO_DECIMAL: Final = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905 - read as Stripe prints it
)
"""Stripe takes whole units."""
THREE_DECIMAL: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""Stripe takes thousandths that end in 0."""


def stripe_exponent(currency: str) -> int:
    """Digits after the point in Stripe's amounts. ProviderRefused for a currency Stripe does not take."""
    if currency in ZERO_DECIMAL:
        return 0
    if currency in THREE_DECIMAL:
        return 3
    if not is_currency(currency) or (exponent(currency) != 2 and currency not in {"ISK", "UGX"}):
        raise ProviderRefused(f"Stripe does not take {currency}.", code="currency_not_supported")
    return 2


def to_stripe(amount_minor: int, currency: str) -> int:
    """1999 USD -> 1999; 1500 ISK -> 150000; 1999 JPY -> 1999. ProviderRefused when Stripe could not charge exactly that."""
    sent = scaled_to_stripe(amount_minor, currency)
    if sent != sent.to_integral_value() or (currency in THREE_DECIMAL and sent % 10):
        raise ProviderRefused(f"Stripe cannot charge {amount_minor} minor units of {currency}.", code="invalid_amount")
    return int(sent)


def scaled_to_stripe(amount_minor: int, currency: str) -> Decimal:
    """The amount in Stripe's unit, whether or not it could be charged (what taxes are calculated on)."""
    return Decimal(amount_minor).scaleb(stripe_exponent(currency) - exponent(currency))


def from_stripe(amount: int, currency: str) -> int:
    """The reverse of `to_stripe`, for Stripe's lower-case codes too; half up where Stripe's unit is the smaller one."""
    code = currency.upper()
    return round_half_up(Decimal(amount).scaleb(exponent(code) - stripe_exponent(code)))
