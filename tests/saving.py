"""Saving an order for a test that is not about saving: one command's outcome in one transaction of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.commands import Request
from domain.events import Event
from domain.order import Order
from domain.stock import StockMove
from store.database.engine import transact
from store.order import orders


async def save(
    engine: AsyncEngine, *, planned_on: int, order: Order, events: Sequence[Event],
    moves: Sequence[StockMove] = (), request: Request, subject: str | None = None,
    mails: Sequence[Mapping[str, Any]] = (), verb: str = "update",
) -> None:  # fmt: skip
    """Raises orders.Conflict, orders.Done and orders.Short."""
    whole = orders.Save(
        planned_on=planned_on, order=order, request=request, verb=verb, events=events, moves=moves, subject=subject,
        mails=mails, remember=request.remember,
    )  # fmt: skip
    await transact(engine, lambda conn: orders.apply(conn, whole))
