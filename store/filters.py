"""What may be asked of a list of orders, and the conditions that need no thought: equality and creation bounds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from sqlalchemy import ColumnElement

from store.facets import Wanted
from store.tables import orders as t

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
    min_total: int | None = None
    max_total: int | None = None
    """Both inclusive."""
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
