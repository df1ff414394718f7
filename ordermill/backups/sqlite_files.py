"""SQLite files: copied while others write to them, and put into the place of another.

A copy is one snapshot, through SQLite's own backup; writers go on meanwhile. Rule: a file is replaced in one step (a rename), and
only while nobody has it open, which the file's own locks say, whoever opened it. What was there before stays beside it.
"""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

from ordermill.backups.manifest import BackupError, flush


def copy(source: Path, to: Path) -> None:
    """A whole, consistent copy in one file. BackupError when the source is no sound database."""
    try:
        with (
            contextlib.closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True, timeout=30)) as live,
            contextlib.closing(sqlite3.connect(to)) as made,
        ):
            live.backup(made)
            made.execute("PRAGMA journal_mode=DELETE")
            found = made.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{source} cannot be copied: {error}") from None
    if found != ("ok",):
        raise BackupError(f"{source} is damaged: {found[0]}")


def is_open(path: Path) -> bool:
    """Whether another process has it open: SQLite holds a lock on a file in WAL mode as long as any connection does."""
    if not path.exists():
        return False
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=0.2, isolation_level=None)) as conn:
            conn.execute("PRAGMA locking_mode=EXCLUSIVE")
            conn.execute("BEGIN EXCLUSIVE")
            conn.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    except sqlite3.DatabaseError:
        return False  # no database any more: why somebody restores one
    return False


def place(copied: Path, path: Path, aside: Path) -> bool:
    """Put a file into `path`; what was there is `aside` then. False: nothing was there. Nobody may have it open."""
    fresh = path.with_name(f"{path.name}.restoring")
    shutil.copyfile(copied, fresh)
    flush(fresh)
    known = path.exists()
    if known:
        _fold(path, aside)
        os.link(path, aside)
    fresh.replace(path)
    flush(path.parent)
    return known


def _fold(path: Path, aside: Path) -> None:
    """Bring its log into the file; a log that cannot be read goes aside with it, for it must not be taken for the new file's."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path, timeout=5)) as conn:
        conn.execute("PRAGMA journal_mode=DELETE")
    for suffix in ("-wal", "-shm", "-journal"):
        log = path.with_name(path.name + suffix)
        if log.exists():
            log.replace(aside.with_name(aside.name + suffix))
