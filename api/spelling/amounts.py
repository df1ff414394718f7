"""Decimal amounts in requests, for the faces that write major units (contract section 0a).

A string in plain notation or a JSON number, never negative; more digits than the currency has is 422, nothing is rounded.
"""

import re
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from api.http.fields import COUNTED
from api.http.problems import invalid
from domain.money import MAX_AMOUNT, from_decimal

_PLAIN: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")


def decimal(value: Any) -> Any:
    """Strings in plain decimal notation and JSON numbers, nothing negative."""
    if isinstance(value, str):
        if not _PLAIN.fullmatch(value):
            raise ValueError('an amount is a decimal like "24.99"')
        value = Decimal(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    if not isinstance(value, Decimal):
        raise ValueError('an amount is a decimal like "24.99"')  # noqa: TRY004 - pydantic wants a ValueError
    if value < 0:
        raise ValueError("must not be negative")
    return value


DecimalIn = Annotated[Decimal, BeforeValidator(decimal), Field(le=10**15), COUNTED]
"""Major units of the order's currency; how many digits it may have is known once the currency is."""


def minor(value: Decimal, currency: str, field: str) -> int:
    """A decimal amount in minor units. 422 when it has more digits than the currency, or is too large."""
    try:
        amount = from_decimal(value, currency)
    except ValueError as error:
        raise invalid(field, str(error)) from None
    if amount > MAX_AMOUNT:
        raise invalid(field, f"at most {MAX_AMOUNT} minor units")
    return amount


def minor_or_none(value: Decimal | None, currency: str, field: str) -> int | None:
    return None if value is None else minor(value, currency, field)
