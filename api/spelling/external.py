"""Ids from outside (customers, variants), in any face's spelling, back to the text they were given as (contract section 0a).

    given as it is        itself
    UUIDv5 of the text    remembered when it was shown, else searched for (store/access/external_ids.py)
    number drawn for it   store/order/numbers.py

A UUIDv5 of a text never changes, so what this process once showed it may remember for good; other UUIDs are themselves.
"""

import uuid
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from api.spelling import wire
from store.access import external_ids
from store.access.external_ids import Kind
from store.order import numbers

REMEMBERED: Final = 100_000
_shown: Final[dict[str, str]] = {}
"""UUID -> text."""


def shown(text: str | None) -> str | None:
    """The UUID a face shows for a text."""
    if text is None:
        return None
    spelled = wire.external_uuid(text)
    if spelled != text:
        if len(_shown) >= REMEMBERED:
            _shown.clear()
        _shown[spelled] = text
    return spelled


async def text_of(db: AsyncEngine, livemode: bool, kind: Kind, spelled: str) -> str:
    """The text behind any spelling; the spelling itself where nothing else is known."""
    if spelled.isascii() and spelled.isdigit() and len(spelled) <= 15 and int(spelled) >= numbers.FIRST_DRAWN:
        return await numbers.text_of(db, livemode, kind, int(spelled)) or spelled
    given = _as_uuid(spelled)
    if given is None or given.version != 5:
        return spelled if given is None else str(given)
    if str(given) in _shown:
        return _shown[str(given)]
    found = await external_ids.find(db, livemode, kind, str(given), lambda text: wire.external_uuid(text) == str(given))
    if found is not None:
        shown(found)
    return found or str(given)


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
