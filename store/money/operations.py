"""Payment operations: what was asked of a provider under which key, and how it ended.

Written before money moves and settled in the transaction that saves the order, so a retry finds what became of it
instead of asking twice. Functions that take a connection work inside the caller's transaction; those that take the
engine read or write by themselves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from sqlalchemy import Connection, RowMapping, Update, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import fetch, reading, transact
from store.database.inserts import unless_there
from store.tables import payment_operations as t

Status = Literal["started", "succeeded", "declined", "refused"]


@dataclass(frozen=True)
class OperationRow:
    """One operation at one provider. Amounts are minor units, times epoch seconds."""

    key: str
    order_id: str
    livemode: bool
    provider: str
    kind: Literal["authorize", "capture", "void", "refund", "sync"]
    amount: int
    currency: str
    created_at: int
    updated_at: int
    ref: str | None = None
    status: Status = "started"
    request_id: str | None = None
    """The command it belongs to; None in rows of the first releases."""
    position: int = 0
    """Within its request."""
    operation: Mapping[str, Any] | None = None
    """domain.operations.Operation as it was planned: it is performed and answered from here, never planned again."""
    result: Mapping[str, Any] | None = None
    """domain.operations.Outcome, once it is settled."""


def start(conn: Connection, operation: OperationRow) -> OperationRow:
    """Note it before it is sent; the earlier one of that key when there is one."""
    start_all(conn, [operation])
    stored = find(conn, operation.key)
    if stored is None:
        raise LookupError(operation.key)
    return stored


def start_all(conn: Connection, asked: Sequence[OperationRow]) -> None:
    """Note a request's operations before they are sent; one that is noted already stays as it is."""
    if asked:
        conn.execute(_NEW[conn.dialect.name], [vars(operation) for operation in asked])


_NEW: Final = unless_there(t, "key")
_FIND: Final = select(t).where(t.c.key == bindparam("wanted"))


def find(conn: Connection, key: str) -> OperationRow | None:
    row = (conn.execute(_FIND, {"wanted": key})).mappings().one_or_none()
    return None if row is None else _operation(row)


async def get(engine: AsyncEngine, key: str) -> OperationRow | None:
    """The same, as it is committed."""
    found = await fetch(engine, _FIND, {"wanted": key})
    return _operation(found[0]._asdict()) if found else None


def change(conn: Connection, /, key: str, *, now: int, **values: Any) -> bool:
    """Set `ref`, `status` or `result`. False: no such operation."""
    unknown = values.keys() - {"ref", "status", "result"}
    if unknown:
        raise TypeError(f"an operation's {', '.join(sorted(unknown))} never changes")
    given = {"wanted": key, "new_updated_at": now} | {f"new_{name}": value for name, value in values.items()}
    return conn.execute(_changing(("updated_at", *values)), given).rowcount == 1


@cache
def _changing(names: tuple[str, ...]) -> Update:
    return update(t).where(t.c.key == bindparam("wanted")).values({name: bindparam(f"new_{name}") for name in names})


async def give_up(engine: AsyncEngine, key: str, now: int) -> None:
    """Nobody will send it again, and what became of it is told: it is settled, as `refused`."""
    await transact(engine, lambda conn: change(conn, key, now=now, status="refused"))


async def of_request(engine: AsyncEngine, order_id: str, request_id: str) -> list[OperationRow]:
    """A request's operations, in the order they are performed."""
    found = await fetch(engine, _OF_REQUEST, {"order": order_id, "request": request_id})
    return [_operation(row._asdict()) for row in found]


_OF_REQUEST: Final = (
    select(t).where(t.c.order_id == bindparam("order"), t.c.request_id == bindparam("request")).order_by(t.c.position)
)


async def order_of_ref(engine: AsyncEngine, provider: str, ref: str) -> str | None:
    """The order a provider's object belongs to: for inbound webhooks."""
    query = select(t.c.order_id).where(t.c.provider == provider, t.c.ref == ref).limit(1)
    async with reading(engine) as conn:
        return (await conn.execute(query)).scalar_one_or_none()


async def paid(engine: AsyncEngine, provider: str, livemode: bool, since: int, until: int) -> list[OperationRow]:
    """Payments that succeeded at a provider, started in [since, until) (epoch seconds): for reconciliation."""
    query = (
        select(t)
        .where(t.c.provider == provider, t.c.livemode == livemode, t.c.kind == "authorize", t.c.status == "succeeded")
        .where(t.c.created_at >= since, t.c.created_at < until)
        .order_by(t.c.created_at, t.c.key)
    )
    async with reading(engine) as conn:
        return [_operation(row) for row in (await conn.execute(query)).mappings()]


async def unsettled(engine: AsyncEngine, before: int, limit: int = 1000) -> list[OperationRow]:
    """Operations started and not settled since `before` (epoch seconds): for reconciliation."""
    query = select(t).where(t.c.status == "started", t.c.updated_at < before).order_by(t.c.updated_at).limit(limit)
    async with reading(engine) as conn:
        return [_operation(row) for row in (await conn.execute(query)).mappings()]


def _operation(row: RowMapping | dict[str, Any]) -> OperationRow:
    return OperationRow(**row)
