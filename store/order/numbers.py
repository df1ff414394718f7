"""Integers for ids that came from outside as text, for faces that want integers.

A text that is itself a plain integer below `FIRST_DRAWN` is shown as that integer; any other gets a number from a sequence
on first sight and keeps it. The two ranges do not meet, so the way back is never ambiguous.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from store.database.engine import reading, writing
from store.database.inserts import unless_there
from store.order.orders import draw
from store.tables import external_numbers as t

Kind = Literal["customer", "variant", "product"]
FIRST_DRAWN: Final = 1_000_000_001
EXTERNAL_NUMBERS: Final = "external_number"
"""The counter's name."""
AT_ONCE: Final = 5_000
"""Texts per query: SQLite takes some 32,000 parameters, a page of 500 orders of 500 lines may hold more."""


def plain(text: str) -> int | None:
    """The integer a text already is."""
    if text.isascii() and text.isdigit() and text == str(int(text)) and int(text) < FIRST_DRAWN:
        return int(text)
    return None


async def of_kinds(
    engine: AsyncEngine, livemode: bool, wanted: Mapping[Kind, Iterable[str]]
) -> dict[tuple[Kind, str], int]:
    """(kind, text) -> its integer, of a whole answer in one query; drawn, in one transaction, where there is none yet."""
    named = {(kind, text) for kind, texts in wanted.items() for text in texts}
    found = {name: number for name in named if (number := plain(name[1])) is not None}
    rest = sorted(named - found.keys())
    if not rest:
        return found
    async with reading(engine) as conn:
        found |= await _known(conn, livemode, rest)
    missing = [name for name in rest if name not in found]
    return found | await _draw(engine, livemode, missing) if missing else found


async def numbers(engine: AsyncEngine, livemode: bool, kind: Kind, texts: Iterable[str]) -> dict[str, int]:
    """Text -> its integer, of one kind."""
    return {text: number for (_, text), number in (await of_kinds(engine, livemode, {kind: texts})).items()}


async def number(engine: AsyncEngine, livemode: bool, kind: Kind, text: str) -> int:
    """The text's integer."""
    return (await numbers(engine, livemode, kind, [text]))[text]


async def _known(
    conn: AsyncConnection, livemode: bool, names: Sequence[tuple[Kind, str]]
) -> dict[tuple[Kind, str], int]:
    found: dict[tuple[Kind, str], int] = {}
    for start in range(0, len(names), AT_ONCE):
        part = names[start : start + AT_ONCE]
        kinds = sorted({kind for kind, _ in part})
        either = or_(*(and_(t.c.kind == kind, t.c.text.in_([x for k, x in part if k == kind])) for kind in kinds))
        rows = await conn.execute(select(t.c.kind, t.c.text, t.c.number).where(t.c.livemode == livemode, either))
        found |= {(row.kind, row.text): row.number for row in rows}
    return found


async def _draw(engine: AsyncEngine, livemode: bool, names: Sequence[tuple[Kind, str]]) -> dict[tuple[Kind, str], int]:
    async with writing(engine) as conn:
        last = await conn.run_sync(draw, EXTERNAL_NUMBERS, len(names))
        rows = [
            {"livemode": livemode, "kind": kind, "text": text, "number": last - len(names) + nth}
            for nth, (kind, text) in enumerate(names, 1)
        ]
        await conn.execute(_NEW[conn.dialect.name], rows)
        # Not `rows`: somebody else may have been first.
        return await _known(conn, livemode, names)


_NEW: Final = unless_there(t, "livemode", "kind", "text")


async def text_of(engine: AsyncEngine, livemode: bool, kind: Kind, number: int) -> str | None:
    """The text behind an integer; None for one that was never given out."""
    if number < FIRST_DRAWN:
        return str(number) if number >= 0 else None
    query = select(t.c.text).where(t.c.livemode == livemode, t.c.kind == kind, t.c.number == number)
    async with reading(engine) as conn:
        return (await conn.execute(query)).scalar_one_or_none()
