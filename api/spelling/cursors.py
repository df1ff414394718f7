"""Where a page of a keyset list ended, opaque to callers: its sort keys as one word, and back."""

import base64
import json
from collections.abc import Sequence
from typing import Any


class BadCursor(ValueError):
    """A cursor that is none of ours."""


def write(created_at: int, order_id: str) -> str:
    """Epoch seconds and ULID as one word."""
    return base64.urlsafe_b64encode(f"{created_at}.{order_id}".encode()).decode().rstrip("=")


def read(cursor: str) -> tuple[int, str]:
    """The reverse of `write`. BadCursor for anything else."""
    try:
        created_at, order_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(".")
        return int(created_at), order_id
    except ValueError:
        raise BadCursor("the cursor is none of ours") from None


def pack(*keys: int | str) -> str:
    """Any sort keys as one word."""
    text = json.dumps(keys, separators=(",", ":"), ensure_ascii=True)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unpack(cursor: str, *kinds: type) -> Sequence[Any]:
    """The reverse of `pack`, for keys of these kinds. BadCursor for anything else."""
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise BadCursor("the cursor is none of ours") from None
    if not isinstance(keys, list) or [type(key) for key in keys] != list(kinds):
        raise BadCursor("the cursor is none of ours")
    if any(isinstance(key, int) and abs(key) >= 1 << 63 for key in keys) or any("\0" in str(key) for key in keys):
        raise BadCursor("the cursor is none of ours")
    return keys
