"""How long orders have been waiting, word by word: how many are young, and which is the oldest.

An order's age runs from its placement. How many wait in all is kept with the shop's figures, so that only the young are counted.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, union_all
from sqlalchemy.ext.asyncio import AsyncEngine

from store.database.engine import reading
from store.tables import order_waits as t
from store.tables import orders

DAY_SECONDS: Final = 86_400
YOUNG_SECONDS: Final = 7 * DAY_SECONDS


@dataclass(frozen=True)
class Age:
    """Of the orders that wait for one word. `since`: when the oldest was placed, epoch seconds."""

    since: int
    order_id: str
    number: int
    newest: int = 0
    """Placed within a day."""
    young: int = 0
    """Placed within seven days, the newest among them."""


async def ages(engine: AsyncEngine, livemode: bool, words: Collection[str], now: int) -> dict[str, Age]:
    """Word -> age; a word nothing waits for is absent."""
    if not words:
        return {}
    first = [
        select(
            select(t.c.word, t.c.created_at, t.c.order_id)
            .where(t.c.livemode == livemode, t.c.word == word)
            .order_by(t.c.created_at, t.c.order_id)
            .limit(1)
            .subquery()
        )
        for word in sorted(words)
    ]
    oldest = union_all(*first).subquery()
    day = func.count().filter(t.c.created_at > now - DAY_SECONDS)
    counted = (
        select(t.c.word, day.label("newest"), func.count().label("young"))
        .where(t.c.livemode == livemode, t.c.word.in_(sorted(words)), t.c.created_at > now - YOUNG_SECONDS)
        .group_by(t.c.word)
    )
    async with reading(engine, aside=True) as conn:
        rows = await conn.execute(select(oldest, orders.c.number).join(orders, orders.c.id == oldest.c.order_id))
        young = {row.word: row for row in await conn.execute(counted)}
        return {
            row.word: Age(
                row.created_at, row.order_id, row.number, young[row.word].newest if row.word in young else 0,
                young[row.word].young if row.word in young else 0,
            )
            for row in rows
        }  # fmt: skip
