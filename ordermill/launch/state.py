"""The state directory of a development engine: made private, and held by one engine at a time.

Two engines on one directory would share a SQLite file under two Temporal servers. The lock is the kernel's, so a
killed engine leaves none behind.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path


class StateInUse(Exception):
    """Another engine runs on this state directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"another `ordermill up` is running on {directory}: stop it, or set ORDERMILL_DATA_DIR to another directory"
        )


def private(directory: Path) -> None:
    """Make the directory, and readable by its owner only whatever it was before: keys, mails and orders are in it."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    directory.chmod(0o700)


@contextlib.contextmanager
def held(directory: Path) -> Iterator[None]:
    """Make the directory, readable by its owner only, and hold it. StateInUse when another process does."""
    private(directory)
    with (directory / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StateInUse(directory) from None
        yield
