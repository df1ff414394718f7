"""Pages of a list: the cursor in the address, and the next one."""

from collections.abc import Sequence
from typing import Any

from api.spelling import cursors
from console.visit import Refused, Visit


def keys(visit: Visit, kinds: tuple[type, ...], name: str = "cursor") -> Sequence[Any] | None:
    """Where the page that is asked for begins; None: at the first. 404 for a cursor of no list of ours."""
    return unpacked(visit.asked(name), kinds)


def unpacked(cursor: str, kinds: tuple[type, ...]) -> Sequence[Any] | None:
    """The same of a cursor that is known."""
    if not cursor:
        return None
    try:
        return cursors.unpack(cursor, *kinds)
    except cursors.BadCursor:
        raise Refused(404, "Not found", "This page of the list is not there; begin with the first.") from None


def following(found: Sequence[Any], limit: int, key: Any) -> str | None:
    """The cursor of the page after this one; `found` is one longer than the page where there is one. `key`: of a row."""
    return cursors.pack(*key(found[limit - 1])) if len(found) > limit else None
