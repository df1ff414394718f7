"""Integers for ids that came from outside as text, for the face that wants integers (commercehq).

A text that is itself a plain integer below `FIRST_DRAWN` is shown as that integer; any other gets a number from a sequence
on first sight and keeps it. The two ranges do not meet, so the way back is never ambiguous.
"""

from collections.abc import Iterable
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncEngine

from store.engine import is_sqlite, reading, writing
from store.orders import draw
from store.tables import external_numbers as t

Kind = Literal["customer", "variant", "product"]
FIRST_DRAWN: Final = 1_000_000_001
EXTERNAL_NUMBERS: Final = "external_number"
"""The counter's name."""


def plain(text: str) -> int | None:
    """The integer a text already is."""
    if text.isascii() and text.isdigit() and text == str(int(text)) and int(text) < FIRST_DRAWN:
        return int(text)
    return None


async def numbers(engine: AsyncEngine, livemode: bool, kind: Kind, texts: Iterable[str]) -> dict[str, int]:
    """Text -> its integer, drawn where it has none yet."""
    wanted = set(texts)
    found = {text: number for text in wanted if (number := plain(text)) is not None}
    rest = sorted(wanted - found.keys())
    if not rest:
        return found
    known = select(t.c.text, t.c.number).where(t.c.livemode == livemode, t.c.kind == kind, t.c.text.in_(rest))
    async with reading(engine) as conn:
        found |= {row.text: row.number for row in await conn.execute(known)}
    for text in rest:
        if text not in found:
            found[text] = await _draw(engine, livemode, kind, text)
    return found


async def number(engine: AsyncEngine, livemode: bool, kind: Kind, text: str) -> int:
    """The text's integer."""
    return (await numbers(engine, livemode, kind, [text]))[text]


async def _draw(engine: AsyncEngine, livemode: bool, kind: Kind, text: str) -> int:
    async with writing(engine) as conn:
        drawn = await draw(conn, EXTERNAL_NUMBERS)
        insert = sqlite_insert(t) if is_sqlite(conn) else pg_insert(t)
        new = insert.on_conflict_do_nothing(index_elements=["livemode", "kind", "text"])
        await conn.execute(new, {"livemode": livemode, "kind": kind, "text": text, "number": drawn})
        query = select(t.c.number).where(t.c.livemode == livemode, t.c.kind == kind, t.c.text == text)
        return int((await conn.execute(query)).scalar_one())


async def text_of(engine: AsyncEngine, livemode: bool, kind: Kind, number: int) -> str | None:
    """The text behind an integer; None for one that was never given out."""
    if number < FIRST_DRAWN:
        return str(number) if number >= 0 else None
    query = select(t.c.text).where(t.c.livemode == livemode, t.c.kind == kind, t.c.number == number)
    async with reading(engine) as conn:
        return (await conn.execute(query)).scalar_one_or_none()
