"""Where a page of a keyset list ended, opaque to callers: (created_at, id) as one word, and back."""

import base64


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
