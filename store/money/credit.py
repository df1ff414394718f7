"""Store credit: a balance per mode, customer and currency, moved by one conditional update and never below 0.

The database decides, so any number of processes may spend at once. Every movement is an entry under a key of its own: the same
key moves nothing a second time. A payment's movements are asked of a provider (activities/providers/store_credit.py); what a
return gives is written in the order's own transaction, by `pay_out`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.events import Event
from domain.order import Order
from store.database.engine import fetch, is_sqlite, transact
from store.database.inserts import unless_there
from store.tables import store_credit as t
from store.tables import store_credit_entries as e


class NotEnough(Exception):
    """The balance would go below 0. Raised inside the caller's transaction, which must then be rolled back."""


@dataclass(frozen=True)
class Purse:
    """Whose credit, in which mode and currency."""

    livemode: bool
    customer_id: str
    currency: str


@dataclass(frozen=True)
class Entry:
    """One movement. `amount` minor units, below 0 when it was spent; `at` epoch seconds."""

    id: int
    amount: int
    currency: str
    kind: str
    order_id: str | None
    reason: str | None
    at: int


_ENTRY: Final = unless_there(e, "key")
_HERE: Final = (
    t.c.livemode == bindparam("mode"),
    t.c.customer_id == bindparam("whose"),
    t.c.currency == bindparam("money"),
)
_SPEND: Final = (
    update(t).where(*_HERE, t.c.balance >= bindparam("needs")).values(balance=t.c.balance - bindparam("needs"))
)


def shift(
    conn: Connection,
    purse: Purse,
    amount: int,
    *,
    key: str,
    kind: str,
    at: int,
    order_id: str | None = None,
    reason: str | None = None,
) -> bool:
    """Move the balance, in the caller's transaction. False: this key has moved it before. Raises NotEnough."""
    entry = {
        "key": key, "livemode": purse.livemode, "customer_id": purse.customer_id, "currency": purse.currency,
        "amount": amount, "kind": kind, "order_id": order_id, "reason": reason, "at": at,
    }  # fmt: skip
    if conn.execute(_ENTRY[conn.dialect.name], entry).rowcount != 1:
        return False
    if amount < 0:
        here = {"mode": purse.livemode, "whose": purse.customer_id, "money": purse.currency, "needs": -amount}
        if conn.execute(_SPEND, here).rowcount != 1:
            raise NotEnough
    else:
        _add(conn, purse, amount)
    return True


def _add(conn: Connection, purse: Purse, amount: int) -> None:
    insert = sqlite_insert(t) if is_sqlite(conn) else pg_insert(t)
    conn.execute(
        insert.values(
            livemode=purse.livemode, customer_id=purse.customer_id, currency=purse.currency, balance=amount
        ).on_conflict_do_update(
            index_elements=["livemode", "customer_id", "currency"], set_={"balance": t.c.balance + amount}
        )
    )


def pays_out(order: Order, events: Sequence[Event]) -> bool:
    """Whether `pay_out` moves anything."""
    made = (order.refund(str(event.data["refundId"])) for event in events if event.type == "order.refunded")
    return order.customer_id is not None and any(refund.store_credit for refund in made)


def pay_out(conn: Connection, order: Order, events: Sequence[Event], at: int) -> None:
    """What this command's refunds give to the customer's store credit."""
    for event in events:
        if event.type != "order.refunded":
            continue
        made = order.refund(str(event.data["refundId"]))
        if made.store_credit and order.customer_id is not None:
            purse = Purse(order.livemode, order.customer_id, order.currency)
            shift(
                conn, purse, made.store_credit, key=f"refund:{made.id}", kind="returned", at=at, order_id=order.id,
                reason=made.reason,
            )  # fmt: skip


async def grant(engine: AsyncEngine, purse: Purse, amount: int, *, key: str, reason: str, at: int) -> None:
    """Give credit, or take some away by hand. Raises NotEnough."""
    await transact(engine, lambda conn: shift(conn, purse, amount, key=key, kind="granted", at=at, reason=reason))


async def balances(engine: AsyncEngine, livemode: bool, customer_id: str) -> dict[str, int]:
    """Currency -> balance, by currency; nothing for who never had any."""
    query = select(t.c.currency, t.c.balance).where(t.c.livemode == livemode, t.c.customer_id == customer_id)
    return {row.currency: row.balance for row in await fetch(engine, query.order_by(t.c.currency))}


async def entries(
    engine: AsyncEngine, livemode: bool, customer_id: str, *, limit: int, before: int | None = None
) -> list[Entry]:
    """The customer's movements, newest first. `before`: older than that entry."""
    columns: Any = (e.c.id, e.c.amount, e.c.currency, e.c.kind, e.c.order_id, e.c.reason, e.c.at)
    query = select(*columns).where(e.c.livemode == livemode, e.c.customer_id == customer_id)
    if before is not None:
        query = query.where(e.c.id < before)
    return [Entry(**row._asdict()) for row in await fetch(engine, query.order_by(e.c.id.desc()).limit(limit))]
