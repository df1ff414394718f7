"""Times as the tables hold them: integer epoch seconds, so that both databases sort and compare alike."""

import time
from datetime import UTC, datetime


def epoch(time: datetime) -> int:
    """Whole seconds since 1970, UTC."""
    return int(time.timestamp())


def epoch_or_none(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp())


def moment(seconds: int) -> datetime:
    """The reverse of `epoch`."""
    return datetime.fromtimestamp(seconds, UTC)


def wall() -> int:
    """The wall clock, in epoch seconds."""
    return int(time.time())
