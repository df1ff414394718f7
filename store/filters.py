"""What may be asked of a list of orders, and the conditions that need no thought: equality and creation bounds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Final, Literal

from sqlalchemy import ColumnElement, case

from domain.money import EXPONENTS
from store.facets import Wanted
from store.tables import orders as t

USUAL_DIGITS: Final = 2
ODD_CURRENCIES: Final[dict[int, tuple[str, ...]]] = {
    n: tuple(sorted(code for code, digits in EXPONENTS.items() if digits == n))
    for n in sorted(set(EXPONENTS.values()) - {USUAL_DIGITS})
}
"""Digits after the point -> the currencies that have so many, where that is not two."""

Field = Literal[
    "created_at", "updated_at", "total", "number", "email_lower", "commercehq_status", "commercehq_paid", "id"
]


@dataclass(frozen=True)
class Sort:
    """One sort key; ties break by id in the last key's direction."""

    field: Field
    descending: bool = True


NEWEST_FIRST: Final = (Sort("created_at"),)


@dataclass(frozen=True)
class Filter:
    """What any face may ask for; None asks for nothing. Times are epoch seconds, amounts minor units."""

    livemode: bool
    words: Wanted = field(default_factory=dict)
    """Column of `orders` -> the status words that match."""
    customer_id: str | None = None
    email: str | None = None
    """Whole address, in any case."""
    ids: Sequence[str] | None = None
    numbers: Sequence[int] | None = None
    q: str | None = None
    min_total: int | Decimal | None = None
    max_total: int | Decimal | None = None
    """Both inclusive. An int is minor units, a Decimal major ones: 10 is 10.00 USD and 10 JPY, each order by its own."""
    created_from: int | None = None
    created_until: int | None = None
    """From is inclusive, until exclusive."""
    updated_from: int | None = None
    updated_until: int | None = None


def created(wanted: Filter) -> list[ColumnElement[bool]]:
    found = []
    if wanted.created_from is not None:
        found.append(t.c.created_at >= wanted.created_from)
    if wanted.created_until is not None:
        found.append(t.c.created_at < wanted.created_until)
    return found


def named(wanted: Filter) -> list[ColumnElement[bool]]:
    """What names few orders: equality on an indexed column."""
    found: list[ColumnElement[bool]] = []
    if wanted.customer_id is not None:
        found.append(t.c.customer_id == wanted.customer_id)
    if wanted.email is not None:
        found.append(t.c.email_lower == wanted.email.lower())
    if wanted.ids is not None:
        found.append(t.c.id.in_(wanted.ids))
    if wanted.numbers is not None:
        found.append(t.c.number.in_(wanted.numbers))
    return found


def amount_bounds(bound: int | Decimal, rounding: str) -> list[int | ColumnElement[int]]:
    """A bound of `total`. In major units: the widest reading of it, a range of the index, then each currency's own."""
    if isinstance(bound, int):
        return [bound]
    marks = {n: int(bound.scaleb(n).to_integral_value(rounding)) for n in (USUAL_DIGITS, *ODD_CURRENCIES)}
    widest = min(marks.values()) if rounding == ROUND_CEILING else max(marks.values())
    odd = [(t.c.currency.in_(codes), marks[n]) for n, codes in ODD_CURRENCIES.items()]
    return [widest, case(*odd, else_=marks[USUAL_DIGITS])]
