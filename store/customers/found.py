"""Whose orders are a customer's: by the id they carry, or, of guests, by their e-mail address."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, null, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import fetch
from store.tables import orders as t


@dataclass(frozen=True)
class Found:
    """One of their orders."""

    id: str
    number: int
    is_open: bool
    """Open, or money of it is under way."""


def whose(customer: str, livemode: bool) -> ColumnElement[bool]:
    """The condition on `orders`. What has an @ is an address, or an id that looks like one."""
    same = t.c.customer_id == customer
    if "@" in customer:
        same = or_(same, t.c.email_lower == customer.lower())
    return (t.c.livemode == livemode) & same


async def orders_of(engine: AsyncEngine, customer: str, livemode: bool) -> list[Found]:
    """Theirs, oldest first."""
    living = or_(t.c.is_open, t.c.asking.is_not(null())).label("living")
    query = select(t.c.id, t.c.number, living).where(whose(customer, livemode)).order_by(t.c.created_at, t.c.id)
    return [Found(row.id, row.number, bool(row.living)) for row in await fetch(engine, query)]
