"""What may be asked of a list of orders, by whom, and the conditions that need no thought: equality and creation bounds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Integer, case, literal

from domain.money import EXPONENTS
from store.lists.facets import BITS, Wanted, axes
from store.tables import orders as t

USUAL_DIGITS: Final = 2
ODD_CURRENCIES: Final[dict[int, tuple[str, ...]]] = {
    n: tuple(sorted(code for code, digits in EXPONENTS.items() if digits == n))
    for n in sorted(set(EXPONENTS.values()) - {USUAL_DIGITS})
}
"""Digits after the point -> the currencies that have so many, where that is not two."""

Field = str
"""What a list is sorted by: created_at, updated_at, changed_at, total, number, email_lower, id, or an axis (facets.py)."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Which orders exist for a caller: those of one mode, and of those one customer's where `customer_id` says so.

    No field has a default, and every list takes a Reach: whoever asks must say how far the asker may see.
    """

    livemode: bool
    customer_id: str | None
    """None: everybody's."""

    def holds(self, *, livemode: bool, customer_id: str | None) -> bool:
        """Whether an order of this mode and customer is in reach; nobody's order is in no customer's."""
        return livemode == self.livemode and self.customer_id in (None, customer_id)


@dataclass(frozen=True)
class Sort:
    """One sort key; ties break by id in the last key's direction."""

    field: Field
    descending: bool = True


NEWEST_FIRST: Final = (Sort("created_at"),)


@dataclass(frozen=True)
class Filter:
    """What may be asked for within a reach; None asks for nothing. Times are epoch seconds, amounts minor units."""

    words: Wanted = field(default_factory=dict)
    """Axis -> the status words that match."""
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


def named(reach: Reach, wanted: Filter) -> list[ColumnElement[bool]]:
    """What names few orders: equality on an indexed column. The reach's own customer is asked for beside the filter's."""
    found: list[ColumnElement[bool]] = []
    if reach.customer_id is not None:
        found.append(t.c.customer_id == reach.customer_id)
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


def sorted_by(rows: FromClause, field: Field) -> ColumnElement[Any]:
    """A sort key over these rows: a column, or an axis's words in their order, read out of the facet."""
    axis = axes().get(field)
    if axis is None:
        return rows.c[field]
    word = rows.c.facet.bitwise_rshift(literal(BITS * axis.place, Integer)).bitwise_and(15)
    return case({place: axis.rank[known] for place, known in enumerate(axis.words)}, value=word)
