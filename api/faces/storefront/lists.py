"""storefront's list: document 003's filters, sorts and pages (contract section 8)."""

from typing import Final

from api.faces.storefront import schemas as s
from api.faces.storefront import translate as t
from api.faces.storefront.status import FINANCIAL, STATUS
from api.http import reading
from api.http.routing import Call
from api.spelling import external
from store.lists.facets import FULFILLMENT
from store.lists.filters import Field, Filter, Sort

SORTS: Final[dict[str, Field]] = {
    "created_at": "created_at", "updated_at": "updated_at", "total_price": "total",
}  # fmt: skip
"""The document's words -> columns."""


async def wanted(call: Call, query: s.ListOrders) -> Filter:
    """The query in the store's words. Decimal amounts are major units of each order's own currency."""
    given = {
        STATUS.name: query.status, FINANCIAL.name: query.financial_status, FULFILLMENT.name: query.fulfillment_status,
    }  # fmt: skip
    customer, number = query.customer_id, t.order_number(query.order_number)
    if customer is not None:
        customer = await external.text_of(call.shop.db, call.livemode, "customer", customer)
    return Filter(
        words={name: frozenset((word,)) for name, word in given.items() if word is not None},
        customer_id=customer,
        email=query.email,
        numbers=None if number is None else (number,),
        min_total=query.min_total,
        max_total=query.max_total,
        created_from=t.epoch(query.created_after),
        created_until=t.epoch(query.created_before),
        updated_from=t.epoch(query.updated_after),
    )


async def page(call: Call, query: s.ListOrders) -> reading.Page:
    """One page of what the query asks for."""
    key = Sort(SORTS[query.sort], query.order == "desc")
    offset = (query.page - 1) * query.per_page
    return await reading.page(call, await wanted(call, query), sort=(key,), offset=offset, limit=query.per_page)
