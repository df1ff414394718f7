"""Texts from outside (customers, variants) behind a UUID that was made of one (UUIDv5, one way).

The way back is a search: of the catalogue for variants, of the distinct customers (one index seek each) for customers.
api/spelling/external.py keeps what it found; only a version-5 UUID this process never showed comes here.
"""

from collections.abc import Callable
from typing import Final, Literal

from sqlalchemy import Boolean, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import reading
from store.tables import orders, variants

Kind = Literal["customer", "variant"]

_CUSTOMERS: Final = text(
    "WITH RECURSIVE known(id) AS (SELECT min(customer_id) FROM orders WHERE livemode = :livemode UNION ALL"
    " SELECT (SELECT min(customer_id) FROM orders WHERE livemode = :livemode AND customer_id > known.id)"
    " FROM known WHERE known.id IS NOT NULL) SELECT id FROM known WHERE id IS NOT NULL"
).bindparams(bindparam("livemode", type_=Boolean))
"""Every customer once, by skipping through the index."""


async def find(engine: AsyncEngine, livemode: bool, kind: Kind, given: str, is_it: Callable[[str], bool]) -> str | None:
    """The text known here that is `given` itself, else the one for which `is_it`; None when there is neither."""
    async with reading(engine) as conn:
        if await _known(conn, livemode, kind, given):
            return given
        everything = _CUSTOMERS if kind == "customer" else select(variants.c.id).where(variants.c.livemode == livemode)
        rows = await conn.execute(everything, {"livemode": livemode} if kind == "customer" else {})
        return next((found for (found,) in rows if is_it(found)), None)


async def _known(conn: AsyncConnection, livemode: bool, kind: Kind, given: str) -> bool:
    if kind == "variant":
        query = select(variants.c.id).where(variants.c.livemode == livemode, variants.c.id == given)
    else:
        query = select(orders.c.id).where(orders.c.livemode == livemode, orders.c.customer_id == given)
    return (await conn.execute(query.limit(1))).first() is not None
