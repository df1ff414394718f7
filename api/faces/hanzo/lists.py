"""hanzo's list: document 000's filters, sorts and pages (contract section 6)."""

from typing import Final

from api.faces.hanzo import schemas as s
from api.faces.hanzo import translate as t
from api.faces.hanzo.status import STATUS
from api.http import reading
from api.http.routing import Call
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
    wanted = Filter(
        words=words(query),
        customer_id=query.customer_id,
        created_from=t.epoch(query.since),
        created_until=t.epoch(query.until),
        q=query.q,
    )
    offset = (query.page - 1) * query.display
    key = Sort(SORTS[field], descending)
    return await reading.page(call, wanted, sort=(key,), offset=offset, limit=query.display, whole=whole)
