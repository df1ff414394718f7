"""`q`: orders whose id, number or e-mail begins with a text, as index ranges and never as LIKE.

A range has no wildcards, so `%`, `_` and `\\` mean themselves. Texts compare by bytes (tables/base.py), so "every
text that begins with p" is p ≤ text < p followed by the largest character. A text is rarely the beginning of an id
and of an address at once: which readings have any match at all is asked first, and mostly one range is left.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, Integer, and_, exists, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.ids import ALPHABET, from_uuid
from store.tables import orders as t
from store.tables.base import Key

LAST: Final = "\U0010ffff"

Reading = tuple[str, str]
"""(column, what it begins with)."""


async def readings(conn: AsyncConnection, livemode: bool, q: str) -> list[Reading]:
    """The ways to read `q` under which something is found."""
    ways = _readings(q.strip())
    asked = [exists().where(mode(livemode, (way,)), condition((way,))).label(way[0]) for way in ways]
    answered = (await conn.execute(select(*asked))).one()
    return [way for way, found in zip(ways, answered, strict=True) if found]


def mode(livemode: bool, ways: Sequence[Reading]) -> ColumnElement[bool]:
    """The mode; hidden from the planner where the id alone is the range, for no index has the two together."""
    if any(column == "id" for column, _ in ways):
        return literal_column("CASE WHEN orders.livemode THEN 1 ELSE 0 END", Integer) == int(livemode)
    return t.c.livemode == livemode


def condition(ways: Sequence[Reading], *, hidden: bool = False) -> ColumnElement[bool]:
    """Any of these readings. `hidden`: from the planner, so that it walks the list's own index."""
    return or_(*(_begins(column, prefix, hidden) for column, prefix in ways))


def _readings(text: str) -> list[Reading]:
    found = [("email_lower", text.lower())]
    id_prefix = _id_prefix(text)
    if id_prefix is not None:
        found.append(("id", id_prefix))
    number = text.removeprefix("#")
    if number.isascii() and number.isdigit():
        found.append(("number_text", number))
    return found


def _begins(name: str, prefix: str, hidden: bool) -> ColumnElement[bool]:
    text: ColumnElement[str] = literal_column(f"(orders.{name} || '')", Key) if hidden else t.c[name]
    return and_(text >= prefix, text < prefix + LAST)


def _id_prefix(text: str) -> str | None:
    if len(text) == 36:
        try:
            return from_uuid(text)
        except ValueError:
            return None
    bare = text.removeprefix("order_").upper()
    return bare if 0 < len(bare) <= 26 and set(bare) <= set(ALPHABET) else None
