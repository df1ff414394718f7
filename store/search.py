"""`q`: orders whose id, number or e-mail begins with a text, as index ranges and never as LIKE.

A range has no wildcards, so `%`, `_` and `\\` mean themselves. Texts compare by bytes (tables/base.py), so "every
text that begins with p" is p ≤ text < p followed by the largest character.
"""

from typing import Final

from sqlalchemy import ColumnElement, Select, and_, or_, select, union

from domain.ids import ALPHABET, from_uuid
from store.tables import orders as t

LAST: Final = "\U0010ffff"
DIGITS: Final = 12
"""No order number is longer."""


def conditions(q: str) -> list[ColumnElement[bool]]:
    """One condition per way to read `q`, each one range (or a few) of one index; never empty."""
    text = q.strip()
    found: list[ColumnElement[bool]] = [starts_with(t.c.email_lower, text.lower())]
    id_prefix = _id_prefix(text)
    if id_prefix is not None:
        found.append(starts_with(t.c.id, id_prefix))
    number = text.removeprefix("#")
    if number.isascii() and number.isdigit() and not number.startswith("0") and len(number) <= DIGITS:
        found.append(or_(*_numbers_beginning(number)))
    return found


def ids(livemode: bool, q: str) -> Select[str]:
    """The ids that match, each once."""
    ways = [select(t.c.id).where(t.c.livemode == livemode, way) for way in conditions(q)]
    return select(union(*ways).subquery().c.id)


def starts_with(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    return and_(column >= prefix, column < prefix + LAST)


def _id_prefix(text: str) -> str | None:
    if len(text) == 36:
        try:
            return from_uuid(text)
        except ValueError:
            return None
    bare = text.removeprefix("order_").upper()
    return bare if 0 < len(bare) <= 26 and set(bare) <= set(ALPHABET) else None


def _numbers_beginning(digits: str) -> list[ColumnElement[bool]]:
    """1, 10–19, 100–199 …"""
    first = int(digits)
    more = [10**k for k in range(DIGITS - len(digits) + 1)]
    return [and_(t.c.number >= first * ten, t.c.number < (first + 1) * ten) for ten in more]
