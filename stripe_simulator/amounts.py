"""Which amounts Stripe takes (docs.stripe.com/currencies): smallest, largest, and the special currencies."""

from stripe_simulator.refusal import Refusal

THREE_DECIMAL = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
"""The last digit must be 0."""
WHOLE_ONLY = frozenset({"isk", "ugx"})
"""Zero-decimal in the world, two-decimal at Stripe: the last two digits must be 00."""
SMALLEST = {"usd": 50, "eur": 50, "gbp": 30, "jpy": 50, "chf": 50, "cad": 50, "aud": 50, "brl": 50, "mxn": 1000}
LONG = {"idr": 12, "cop": 10, "huf": 10, "inr": 9, "lbp": 12}
"""Digits allowed where it is not 8."""


def check(amount: int | None, currency: str) -> int:
    """The amount when Stripe would charge it; Refusal with `param: amount` otherwise."""
    if amount is None:
        raise Refusal("Missing required param: amount.", code="parameter_missing", param="amount", stored=False)
    if amount < 1:
        raise Refusal(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param="amount",
            stored=False,
        )
    if amount < SMALLEST.get(currency, 1):
        message = f"Amount must be at least {SMALLEST[currency]} {currency}"
        raise Refusal(message, code="amount_too_small", param="amount", stored=False)
    if len(str(amount)) > LONG.get(currency, 8):
        raise Refusal("Amount is too large", code="amount_too_large", param="amount", stored=False)
    return divisible(amount, currency)


def divisible(amount: int, currency: str) -> int:
    """The amount when its last digits are what the currency demands."""
    step = 10 if currency in THREE_DECIMAL else 100 if currency in WHOLE_ONLY else 1
    if amount % step:
        message = f"Invalid amount: the amount in {currency} must be divisible by {step}."
        raise Refusal(message, code="parameter_invalid_integer", param="amount", stored=False)
    return amount
