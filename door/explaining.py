"""What an order waits for and what may be done with it, from its row alone: it answers when no workflow runs."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.lifecycle import allowed
from domain.order import Actor, Order
from domain.windows import next_deadline, waits_for
from store.order import orders


async def explain(database: AsyncEngine, order: Order, now: datetime) -> dict[str, Any]:
    """Its version, what is allowed now, what it waits for, the next deadline, and the request whose money is under way."""
    asking = await orders.asking(database, order.id)
    deadline = next_deadline(order)
    someone = Actor(kind="operator", id="explain")
    return {
        "version": order.version,
        "allowed": allowed(order, max(now, order.updated_at), someone),
        "waits_for": waits_for(order),
        "next_deadline": deadline[0].name if deadline else None,
        "next_deadline_at": deadline[0].at.strftime("%Y-%m-%dT%H:%M:%SZ") if deadline else None,
        "busy_with": None if asking is None else f"{asking['verb']}, since {asking['now']}",
    }
