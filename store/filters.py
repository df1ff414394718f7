"""What may be asked of a list of orders, and the conditions that need no thought: equality and creation bounds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
<<<<<<< HEAD
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
=======
from decimal import ROUND_CEILING, Decimal
>>>>>>> refs/heads/store
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

USUAL_DIGITS: Final = 2
ODD_CURRENCIES: Final[dict[int, tuple[str, ...]]] = {
    n: tuple(sorted(code for code, digits in EXPONENTS.items() if digits == n))
    for n in sorted(set(EXPONENTS.values()) - {USUAL_DIGITS})
}
"""Digits after the point -> the currencies that have so many, where that is not two."""


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


<<<<<<< HEAD
def totals(wanted: Filter, total: ColumnElement[int]) -> list[ColumnElement[bool]]:
    """Amount bounds on this spelling of the column, both inclusive."""
    found: list[ColumnElement[bool]] = []
    if isinstance(wanted.min_total, Decimal):
        marks, own = _major(wanted.min_total, ROUND_CEILING)
        found += [total >= min(marks), total >= own]
    elif wanted.min_total is not None:
        found.append(total >= wanted.min_total)
    if isinstance(wanted.max_total, Decimal):
        marks, own = _major(wanted.max_total, ROUND_FLOOR)
        found += [total <= max(marks), total <= own]
    elif wanted.max_total is not None:
        found.append(total <= wanted.max_total)
    return found


def _major(bound: Decimal, rounding: str) -> tuple[list[int], ColumnElement[int]]:
    """A bound in major units: its readings (the widest is a range of the index), and each currency's own."""
    marks = {n: int(bound.scaleb(n).to_integral_value(rounding)) for n in (USUAL_DIGITS, *ODD_CURRENCIES)}
    own = case(*((t.c.currency.in_(codes), marks[n]) for n, codes in ODD_CURRENCIES.items()), else_=marks[USUAL_DIGITS])
    return list(marks.values()), own
=======
def amount_bounds(bound: int | Decimal, rounding: str) -> list[int | ColumnElement[int]]:
    """A bound of `total`. In major units: the widest reading of it, a range of the index, then each currency's own."""
    if isinstance(bound, int):
        return [bound]
    marks = {n: int(bound.scaleb(n).to_integral_value(rounding)) for n in (USUAL_DIGITS, *ODD_CURRENCIES)}
    widest = min(marks.values()) if rounding == ROUND_CEILING else max(marks.values())
    odd = [(t.c.currency.in_(codes), marks[n]) for n, codes in ODD_CURRENCIES.items()]
    return [widest, case(*odd, else_=marks[USUAL_DIGITS])]
>>>>>>> refs/heads/store
