"""The state directory of a development engine: made private, and held by one engine at a time.

Two engines on one directory would share a SQLite file under two Temporal servers. The lock is the kernel's, so a
killed engine leaves none behind.
"""

import contextlib
import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ordermill.refusals import CannotStart


class StateUnusable(CannotStart):
    """The state directory cannot be made, owned or written."""


class StateInUse(CannotStart):
    """Another engine runs on this state directory."""

    exit_code = 1

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"another `ordermill up` is running on {directory}: stop it, or set ORDERMILL_DATA_DIR to another directory"
        )


def private(directory: Path) -> None:
    """Make the directory, and readable by its owner only whatever it was before: keys, mails and orders are in it.
    StateUnusable where it cannot be written."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory.chmod(0o700)
        with tempfile.TemporaryFile(dir=directory):  # a file system mounted read-only lets the rest pass
            pass
    except OSError as error:
        raise StateUnusable(
            f"ORDERMILL_DATA_DIR: {directory.absolute()} cannot be used as state directory: {error.strerror}"
        ) from None


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
