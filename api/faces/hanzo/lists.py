"""hanzo's list: document 000's filters, sorts and pages (contract section 6)."""

from typing import Final

from api.faces.hanzo import schemas as s
from api.faces.hanzo import translate as t
from api.faces.hanzo.status import STATUS
from api.http import reading
from api.http.problems import invalid
from api.http.routing import Call
from api.spelling import cursors
from store.lists.facets import FULFILLMENT, LIFECYCLE, PAYMENT, Wanted
from store.lists.filters import Field, Filter, Sort

SORTS: Final[dict[str, Field]] = {
    "createdAt": "created_at", "updatedAt": "updated_at", "total": "total", "displayId": "number",
}  # fmt: skip
"""The document's words -> columns."""


def words(query: s.ListOrders) -> Wanted:
    """`status` is a word of 000, or one only 001 has (draft, paid)."""
    axis = STATUS if query.status in STATUS.words else LIFECYCLE
    given = {axis.name: query.status, PAYMENT.name: query.payment_status, FULFILLMENT.name: query.fulfillment_status}
    return {name: frozenset((word,)) for name, word in given.items() if word is not None}


async def page(call: Call, query: s.ListOrders, *, whole: bool) -> reading.Page:
    """One page of what the query asks for."""
    field, descending = t.sort(query.sort)
    key = Sort(SORTS[field], descending)
    if query.cursor is not None and (not _by_creation(query) or query.page > 1):
        raise invalid("cursor", "goes with the sort by createdAt, and neither with q nor with page")
    wanted = Filter(
        words=words(query),
        customer_id=query.customer_id,
        created_from=t.epoch(query.since),
        created_until=t.epoch(query.until),
        q=query.q,
    )
    offset = (query.page - 1) * query.display
    if query.cursor is None:
        return await reading.page(call, wanted, sort=(key,), offset=offset, limit=query.display, whole=whole)
    after = _place(query.cursor)
    return await reading.behind(call, wanted, after=after, sort=key, limit=query.display, whole=whole)


def following(query: s.ListOrders, found: reading.Page) -> str | None:
    """The cursor behind a page's last order; None at the end and in other sorts.

    Pages by number shift under whoever changes what they show; a cursor is a place in time, and stays where it is.
    """
    if query.cursor is None:
        ended = (query.page - 1) * query.display + len(found.rows) >= found.count
    else:
        ended = len(found.rows) < query.display
    return None if ended or not _by_creation(query) else cursors.pack(found.rows[-1].created_at, found.rows[-1].id)


def _by_creation(query: s.ListOrders) -> bool:
    return t.sort(query.sort)[0] == "createdAt" and query.q is None


def _place(cursor: str) -> tuple[int, str]:
    try:
        created_at, order_id = cursors.unpack(cursor, int, str)
    except cursors.BadCursor as error:
        raise invalid("cursor", str(error)) from None
    return created_at, order_id
