"""Whether a SQLite file can be opened by this release, asked before anything is started; and how it is said when it cannot.

Only the standard library: a start that is going to be refused is refused at once. A database of another kind says the same
when it is migrated (store/database/migrate.py).
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

VERSIONS: Final = Path(__file__).with_name("migrations") / "versions"


class DatabaseUnusable(Exception):
    """The order database cannot be used as it is; the message says why and what to do."""


def known_revisions() -> frozenset[str]:
    """Of the schema, by this release."""
    return frozenset(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


def newer(revision: str, where: str) -> DatabaseUnusable:
    """A later release has changed the schema: writing to it by older rules could lose what only that release knows."""
    return DatabaseUnusable(
        f"{where} has schema {revision}, of a newer release; this one knows up to {max(known_revisions())}: "
        "start the newer release, or restore a backup of before"
    )


def check_file(path: Path, *, must_exist: bool) -> None:
    """DatabaseUnusable unless the file is a SQLite database whose schema this release knows, or (`must_exist` False) absent."""
    if not path.exists():
        if must_exist:
            raise DatabaseUnusable(
                f"there is no database at {path}: run this where `ordermill up` runs, or set ORDERMILL_DATA_DIR or "
                "ORDERMILL_DATABASE_URL; `ordermill migrate` makes a new one"
            )
        return
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as conn:
            revision = _revision(conn)
    except sqlite3.Error as error:
        raise DatabaseUnusable(f"{path} cannot be read as a SQLite database: {error}; restore a backup") from None
    if revision is not None and revision not in known_revisions():
        raise newer(revision, str(path))
    if revision is None and must_exist:
        raise DatabaseUnusable(f"{path} holds no orders' tables yet: `ordermill migrate` makes them")


def _revision(conn: sqlite3.Connection) -> str | None:
    tables = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "alembic_version" not in tables:
        return None
    row = conn.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])
