"""The four faces' lists, in their own filters and paging; each is a few lines over listing.py.

    hanzo        page/display, one sort key, three status filters, customer, since/until, q       documents 000, 001
    zephyr       cursor (keyset), status, customer, placed_after/before                           document 002
    storefront   page/per_page, three status filters, customer, e-mail, number, amounts, times    document 003
    commercehq   page/size, several sort keys, the page an order is on, search                     document 004

Words are given as the faces' own; one that is none of them matches nothing (the face refuses it first, with 422).
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from store import listing, position
from store.engine import reading
from store.facets import AXES, Wanted
from store.filters import Field, Filter, Sort
from store.listing import Page
from store.tables import orders as t

HANZO_SORTS: Final[dict[str, Field]] = {
    "createdAt": "created_at", "updatedAt": "updated_at", "total": "total", "displayId": "number",
}  # fmt: skip
STOREFRONT_SORTS: Final[dict[str, Field]] = {
    "created_at": "created_at", "updated_at": "updated_at", "total_price": "total",
}  # fmt: skip
COMMERCEHQ_SORTS: Final[dict[str, Field]] = {
    "id": "number", "display_number": "number", "email": "email_lower", "title": "email_lower", "total": "total",
    "status": "commercehq_status", "paid": "commercehq_paid", "order_date": "created_at", "updated_at": "updated_at",
}  # fmt: skip
"""A face's sort words -> columns."""


def _words(**given: str | None) -> dict[str, frozenset[str]]:
    return {axis: frozenset((word,)) for axis, word in given.items() if word is not None}


async def hanzo(
    engine: AsyncEngine, livemode: bool, *, status: str | None = None, payment_status: str | None = None,
    fulfillment_status: str | None = None, customer_id: str | None = None, since: int | None = None,
    until: int | None = None, q: str | None = None, sort: str = "createdAt", descending: bool = True,
    page: int = 1, display: int = 20, docs: bool = False,
) -> Page:  # fmt: skip
    """Document 000's list. `status` is a word of 000, or one only 001 has (draft, paid)."""
    words: Wanted = _words(payment_status=payment_status, fulfillment_status=fulfillment_status)
    if status is not None:
        axis = "hanzo_status" if status in AXES["hanzo_status"] else "lifecycle"
        words = {**words, axis: frozenset((status,))}
    wanted = Filter(livemode, words, customer_id=customer_id, created_from=since, created_until=until, q=q or None)
    key = Sort(HANZO_SORTS[sort], descending)
    return await listing.page(engine, wanted, sort=(key,), offset=(page - 1) * display, limit=display, docs=docs)


async def storefront(
    engine: AsyncEngine, livemode: bool, *, status: str | None = None, financial_status: str | None = None,
    fulfillment_status: str | None = None, customer_id: str | None = None, email: str | None = None,
    order_number: int | None = None, min_total: int | Decimal | None = None, max_total: int | Decimal | None = None,
    created_after: int | None = None, created_before: int | None = None, updated_after: int | None = None,
    sort: str = "created_at", descending: bool = True, page: int = 1, per_page: int = 20, docs: bool = False,
) -> Page:  # fmt: skip
    """Document 003's list. Decimal amounts are major units of the order's own currency, ints minor ones."""
    wanted = Filter(
        livemode,
        _words(storefront_status=status, financial_status=financial_status, fulfillment_status=fulfillment_status),
        customer_id=customer_id, email=email, numbers=None if order_number is None else (order_number,),
        min_total=min_total, max_total=max_total, created_from=created_after, created_until=created_before,
        updated_from=updated_after,
    )  # fmt: skip
    key = Sort(STOREFRONT_SORTS[sort], descending)
    return await listing.page(engine, wanted, sort=(key,), offset=(page - 1) * per_page, limit=per_page, docs=docs)


@dataclass(frozen=True)
class Slice:
    """Rows after a cursor, and the next one; None when there is no more."""

    rows: Sequence[Row[Any]]
    next_cursor: str | None


class BadCursor(ValueError):
    """A cursor that is none of ours."""


async def zephyr(
    engine: AsyncEngine, livemode: bool, *, status: str | None = None, customer_id: str | None = None,
    placed_after: int | None = None, placed_before: int | None = None, cursor: str | None = None, limit: int = 20,
    docs: bool = True,
) -> Slice:  # fmt: skip
    """Document 002's list, newest first: orders that arrive meanwhile neither shift nor repeat what follows."""
    wanted = Filter(
        livemode, _words(zephyr_status=status), customer_id=customer_id, created_from=placed_after,
        created_until=placed_before,
    )  # fmt: skip
    after = None if cursor is None else read_cursor(cursor)
    rows = await listing.after(engine, wanted, after=after, limit=limit + 1, docs=docs)
    if len(rows) <= limit:
        return Slice(rows, None)
    last = rows[limit - 1]
    return Slice(rows[:limit], write_cursor(last.created_at, last.id))


def write_cursor(created_at: int, order_id: str) -> str:
    """Where a page ended, opaque to callers."""
    return base64.urlsafe_b64encode(f"{created_at}.{order_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, str]:
    """The reverse of `write_cursor`. BadCursor for anything else."""
    try:
        created_at, order_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(".")
        return int(created_at), order_id
    except ValueError:
        raise BadCursor("the cursor is none of ours") from None


@dataclass(frozen=True)
class Search:
    """Document 004's search body; empty asks for everything."""

    numbers: Sequence[int] | None = None
    customer_id: str | None = None
    status: Sequence[int] | None = None
    paid: Sequence[int] | None = None
    email: str | None = None


def _searched(livemode: bool, search: Search) -> Filter:
    words: dict[str, frozenset[int]] = {}
    if search.status is not None:
        words["commercehq_status"] = frozenset(search.status)
    if search.paid is not None:
        words["commercehq_paid"] = frozenset(search.paid)
    return Filter(livemode, words, customer_id=search.customer_id, email=search.email, numbers=search.numbers)


NEWEST_NUMBER: Final = (Sort("number"),)


async def commercehq(
    engine: AsyncEngine, livemode: bool, *, search: Search | None = None, sort: Sequence[Sort] = NEWEST_NUMBER,
    page: int = 1, size: int = 20, docs: bool = True,
) -> Page:  # fmt: skip
    """Document 004's list and search. Ties break by this face's id, the number."""
    wanted = _searched(livemode, search or Search())
    sort = _with_number(sort)
    return await listing.page(engine, wanted, sort=sort, offset=(page - 1) * size, limit=size, docs=docs)


def _with_number(sort: Sequence[Sort]) -> tuple[Sort, ...]:
    if any(key.field == "number" for key in sort):
        return tuple(sort)
    return (*sort, Sort("number", sort[-1].descending))


async def commercehq_page_of(
    engine: AsyncEngine, livemode: bool, number: int, *, sort: Sequence[Sort] = NEWEST_NUMBER, size: int = 20
) -> int | None:
    """The page of the whole list an order is on; None when this mode has no such order."""
    async with reading(engine, aside=True) as conn:
        known = select(t).where(t.c.number == number, t.c.livemode == livemode)
        row = (await conn.execute(known)).one_or_none()
        if row is None:
            return None
        before = await position.before(conn, row, _with_number(sort))
    return before // size + 1
