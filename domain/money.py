"""Money as integer minor units, and the only two ways it is ever divided.

Every amount in the engine is an `int` of the currency's minor unit (JPY 1 = one yen, USD 100 = one
dollar, KWD 1000 = one dinar; ISO 4217 exponents). No float ever holds money. Division loses cents, so
it is done in two places only: `allocate` (largest remainder) and `unit_share` (the k-th unit of n).
"""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from iso4217 import Currency as _Iso4217

MAX_AMOUNT: Final = 999_999_999_999
"""The largest amount or total, in minor units (contract section 0)."""

EXPONENTS: Final[dict[str, int]] = {c.code: c.exponent for c in _Iso4217 if c.exponent is not None}
"""ISO 4217 code -> digits after the decimal point. Codes without an exponent (gold, test codes) are no money."""


def exponent(currency: str) -> int:
    """Digits after the decimal point of an ISO 4217 code. KeyError for what is no currency."""
    return EXPONENTS[currency]


def is_currency(code: str) -> bool:
    """Whether the upper-case code is money with a minor unit."""
    return code in EXPONENTS


def to_decimal(amount_minor: int, currency: str) -> Decimal:
    """1999, USD -> Decimal('19.99'); always with the currency's own number of digits."""
    return Decimal(amount_minor).scaleb(-exponent(currency))


def format_decimal(amount_minor: int, currency: str) -> str:
    """1999, USD -> '19.99'; 1999, JPY -> '1999'; 1999, KWD -> '1.999'."""
    return f"{to_decimal(amount_minor, currency):f}"


def from_decimal(value: Decimal | str | int, currency: str) -> int:
    """The reverse of `format_decimal`. ValueError when it has more digits than the currency, or is no number."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError("not a decimal number") from None
    if not number.is_finite():
        raise ValueError("not a finite number")
    if abs(number) > 10**15:
        raise ValueError("the amount is too large")
    scaled = number.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"more than {exponent(currency)} decimal digits for {currency}")
    return int(scaled)


def round_half_up(value: Decimal) -> int:
    """To the nearest whole minor unit, halves away from zero (how tax is rounded, once per rate on the order)."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def allocate(total: int, weights: list[int]) -> list[int]:
    """Split `total` over `weights` without losing a unit: floors first, the rest by largest remainder in list order.

    All weights zero: everything goes to the first. `sum(result) == total` always.
    """
    if not weights:
        if total:
            raise ValueError("nothing to allocate to")
        return []
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    shares = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: -remainders[i])
    for i in order[: total - sum(shares)]:
        shares[i] += 1
    return shares


def charge_step(currency: str) -> int:
    """Card networks move three-decimal currencies in tens of the minor unit: shares are cut so, the last takes the rest."""
    return 10 if exponent(currency) == 3 else 1


def unit_share(total: int, units: int, first: int, count: int) -> int:
    """What units `first`+1 … `first`+`count` of `units` are worth of `total` (contract section 5, rounding).

    Unit k is worth floor(T*k/n) - floor(T*(k-1)/n), so any sequence of shares adds up to the total exactly.
    """
    if units <= 0:
        return 0
    return total * (first + count) // units - total * first // units
