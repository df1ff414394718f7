"""Everything stored about a customer, as JSON: their orders with all that happened to them, mails, store credit, keys."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from store.customers.found import whose
from store.database.engine import fetch
from store.tables import api_keys, events, orders, outbox, store_credit, store_credit_entries

Json = dict[str, Any]


async def export(engine: AsyncEngine, customer: str, livemode: bool) -> Json:
    """Times are epoch seconds where the database has them, RFC 3339 inside an order; amounts minor units."""
    found = await fetch(
        engine, select(orders.c.id, orders.c.doc).where(whose(customer, livemode)).order_by(orders.c.number)
    )
    return {
        "customerId": customer,
        "mode": "live" if livemode else "test",
        "orders": [json.loads(row.doc) | {"events": await _events(engine, row.id)} for row in found],
        "mails": [mail for row in found for mail in await _mails(engine, row.id)],
        "storeCredit": await _credit(engine, customer, livemode),
        "keys": await _keys(engine, customer, livemode),
    }


async def _events(engine: AsyncEngine, order_id: str) -> list[Json]:
    columns = (events.c.sequence, events.c.type, events.c.at, events.c.actor_kind, events.c.actor_id, events.c.data)
    rows = await fetch(engine, select(*columns).where(events.c.order_id == order_id).order_by(events.c.sequence))
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


async def _mails(engine: AsyncEngine, order_id: str) -> list[Json]:
    """What was sent to them, as far as it is kept; the text of a mail follows from its template and its order."""
    columns = (outbox.c.id, outbox.c.order_id, outbox.c.payload, outbox.c.created_at, outbox.c.drained_at)
    query = select(*columns).where(outbox.c.order_id == order_id, outbox.c.kind == "mail").order_by(outbox.c.id)
    return [
        {"id": row.id, "orderId": row.order_id, **row.payload, "createdAt": row.created_at, "sentAt": row.drained_at}
        for row in await fetch(engine, query)
    ]


async def _credit(engine: AsyncEngine, customer: str, livemode: bool) -> Json:
    b, e = store_credit, store_credit_entries
    balances = await fetch(
        engine, select(b.c.currency, b.c.balance).where(b.c.livemode == livemode, b.c.customer_id == customer)
    )
    columns = (e.c.at, e.c.kind, e.c.amount, e.c.currency, e.c.order_id, e.c.reason)
    entries = await fetch(
        engine, select(*columns).where(e.c.livemode == livemode, e.c.customer_id == customer).order_by(e.c.id)
    )
    return {
        "balances": [dict(row._mapping) for row in balances],  # noqa: SLF001
        "entries": [dict(row._mapping) for row in entries],  # noqa: SLF001
    }


async def _keys(engine: AsyncEngine, customer: str, livemode: bool) -> list[Json]:
    k = api_keys
    columns = (k.c.id, k.c.name, k.c.created_at, k.c.last_used_at, k.c.revoked_at)
    query = select(*columns).where(k.c.livemode == livemode, k.c.customer_id == customer).order_by(k.c.created_at)
    return [dict(row._mapping) for row in await fetch(engine, query)]  # noqa: SLF001
