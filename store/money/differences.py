"""Payments on which our ledger and a provider's differ and nothing repaired it: written by reconciliation, gone with the next one
that finds them agreed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import reading, transact
from store.tables import ledger_differences as t
from store.tables import orders


async def standing(engine: AsyncEngine, provider: str, livemode: bool) -> dict[str, str | None]:
    """Those of a provider that the last reconciliations left: payment -> order, as far as one knows it."""
    query = select(t.c.ref, t.c.order_id).where(t.c.provider == provider, t.c.livemode == livemode)
    async with reading(engine) as conn:
        return {row.ref: row.order_id for row in await conn.execute(query)}


async def found(
    engine: AsyncEngine,
    provider: str,
    livemode: bool,
    compared: Collection[str],
    left: Mapping[str, tuple[str | None, str]],
    at: int,
) -> None:
    """What a reconciliation left: payment -> (order, what differs). Of those it compared and does not name, nothing is left; one
    that was known before keeps the time since when it is."""

    def write(conn: Connection) -> None:
        ours = (t.c.provider == provider, t.c.livemode == livemode)
        known = {row.ref: row.since for row in conn.execute(select(t.c.ref, t.c.since).where(*ours))}
        gone = sorted(known.keys() & (set(compared) | left.keys()))
        if gone:
            conn.execute(delete(t).where(*ours, t.c.ref.in_(gone)))
        rows = [
            {"provider": provider, "livemode": livemode, "ref": ref, "order_id": order_id, "what": what,
             "since": known.get(ref, at)}
            for ref, (order_id, what) in sorted(left.items())
        ]  # fmt: skip
        if rows:
            conn.execute(insert(t), rows)

    await transact(engine, write)


async def of_mode(conn: AsyncConnection, livemode: bool) -> Sequence[Row[Any]]:
    """All of a mode, with the order's number; a shop has a handful."""
    query = select(t, orders.c.number).outerjoin(orders, orders.c.id == t.c.order_id).where(t.c.livemode == livemode)
    return (await conn.execute(query)).all()
