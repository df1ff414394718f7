"""Every coming deadline of a mode's orders, the soonest first, by keyset; and what whole days of them come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import fetch, is_sqlite, reading
from store.tables import deadlines as t
from store.tables.people import MOVES_MONEY

KEYS: Final = (int, str, str)
"""Of a page: moment, order id, name."""


async def coming(
    engine: AsyncEngine, livemode: bool, *, since: int | None = None, until: int | None = None,
    after: Sequence[Any] | None = None, limit: int = 20, name: str | None = None,
) -> Sequence[Row[Any]]:  # fmt: skip
    """Those in [since, until); one that is past and was not closed yet stands first. `name`: of this window alone."""
    query = select(t).where(t.c.livemode == livemode).order_by(t.c.at, t.c.order_id, t.c.name).limit(limit)
    if after is not None:
        query = query.where(tuple_(t.c.at, t.c.order_id, t.c.name) > tuple_(*after))
    elif since is not None:
        query = query.where(t.c.at >= since)
    if until is not None:
        query = query.where(t.c.at < until)
    if name is not None:
        query = query.where(t.c.name == name)
    return await fetch(engine, query)


@dataclass(frozen=True)
class Sums:
    """What the deadlines of one kind of one span come to."""

    span: int
    """Which of the spans that were asked for, from 0."""
    name: str
    """The kind of window: `hold` for every `hold:…`."""
    count: int = 0
    kind: str | None = None
    """Of money: capture, void or refund; None where only how many there are is told."""
    currency: str = ""
    amount: int = 0


async def sums(engine: AsyncEngine, livemode: bool, bounds: Sequence[int]) -> list[Sums]:
    """Of the spans between these moments: how many deadlines of each kind, and the money they move per currency.

    The first is read from the list's own index alone; only deadlines that move money are looked at one by one.
    """
    async with reading(engine, aside=True) as conn:
        found = [
            Sums(span=row.span, name=row.window, count=row.many)
            for row in await conn.execute(
                select(_span(bounds), _name(), func.count().label("many"))
                .where(*_within(livemode, bounds))
                .group_by("span", "window")
            )
        ]
        return found + await _money(conn, livemode, bounds)


async def _money(conn: AsyncConnection, livemode: bool, bounds: Sequence[int]) -> list[Sums]:
    kind: ColumnElement[Any]
    amount: ColumnElement[Any]
    if is_sqlite(conn):
        part = func.json_each(t.c.money).table_valued("value", name="part")
        kind, amount = func.json_extract(part.c.value, "$[0]"), func.json_extract(part.c.value, "$[1]")
    else:
        part = func.json_array_elements(t.c.money).table_valued("value", name="part")
        kind, amount = part.c.value.op("->>")(0), cast(part.c.value.op("->>")(1), BigInteger)
    query = (
        select(
            _span(bounds), _name(), t.c.currency, cast(kind, Text).label("kind"), func.count().label("many"),
            func.sum(amount).label("amount"),
        )
        .select_from(t)
        .join(part, literal_column("1 = 1"))
        .where(*_within(livemode, bounds), MOVES_MONEY)
        .group_by("span", "window", "currency", "kind")
    )  # fmt: skip
    return [
        Sums(row.span, row.window, row.many, row.kind, row.currency, int(row.amount))
        for row in await conn.execute(query)
    ]


def _within(livemode: bool, bounds: Sequence[int]) -> list[ColumnElement[bool]]:
    return [t.c.livemode == livemode, t.c.at >= bounds[0], t.c.at < bounds[-1]]


def _span(bounds: Sequence[int]) -> ColumnElement[int]:
    inner = [(t.c.at < end, n) for n, end in enumerate(bounds[1:-1])]
    return (case(*inner, else_=len(inner)) if inner else literal(0)).label("span")


def _name() -> ColumnElement[str]:
    """Its kind: what it is about stands behind a colon. Not called `name`: grouping by that would mean the column."""
    kinds = ((and_(t.c.name >= f"{kind}:", t.c.name < f"{kind};"), kind) for kind in ("hold", "ship_by"))
    return case(*kinds, else_=t.c.name).label("window")
