"""Everything the simulator remembers, in one SQLite file (or in memory): objects, keys, deliveries, settings.

Rule: one transaction per request, committed before the answer leaves, so that a killed simulator has either the
whole effect or none. Keys of an object that begin with `_` are the simulator's own facts and never leave it.
"""

import json
import secrets
import sqlite3
import string
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stripe_simulator.refusal import Body, missing

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL, livemode INTEGER NOT NULL,
    created INTEGER NOT NULL, parent TEXT, due INTEGER, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, livemode, seq);
CREATE INDEX IF NOT EXISTS objects_parent ON objects (parent, kind);
CREATE INDEX IF NOT EXISTS objects_due ON objects (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS keys (
    scope TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    request_id TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, type TEXT NOT NULL, target TEXT NOT NULL,
    secret TEXT NOT NULL, due REAL NOT NULL, attempt INTEGER NOT NULL, held INTEGER NOT NULL, state TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """`pi_` + 24 random letters and digits."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(24))


def public(body: Any) -> Any:
    """The object without the simulator's own facts."""
    if isinstance(body, dict):
        return {key: public(value) for key, value in body.items() if not key.startswith("_")}
    if isinstance(body, list):
        return [public(item) for item in body]
    return body


class Store:
    """SQLite, used from the event loop's thread only; no call spans an await."""

    def __init__(self, path: Path | None) -> None:
        self.db = sqlite3.connect(str(path) if path else ":memory:", isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.executescript(_TABLES)

    def close(self) -> None:
        """Closes the file."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def reset(self) -> None:
        """Forgets everything, settings included."""
        for table in ("objects", "keys", "deliveries", "settings"):
            self.db.execute(f"DELETE FROM {table}")  # noqa: S608  # nosec B608

    def put(self, body: Body, *, parent: str | None = None) -> Body:
        """Writes the object; `parent` (its payment intent, say) is kept from the first write."""
        self.db.execute(
            "INSERT INTO objects (id, kind, livemode, created, parent, due, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body, due = excluded.due",
            (
                body["id"],
                body["object"],
                int(bool(body.get("livemode", body.get("_livemode")))),
                body.get("created", body.get("_created", 0)),
                parent,
                body.get("_due"),
                json.dumps(body),
            ),
        )
        return body

    def get(self, kind: str, ident: str, livemode: bool, param: str = "id") -> Body:
        """The object, or Stripe's 404."""
        row = self.db.execute(
            "SELECT body FROM objects WHERE id = ? AND kind = ? AND livemode = ?", (ident, kind, int(livemode))
        ).fetchone()
        if row is None:
            raise missing(kind, ident, param)
        return dict(json.loads(row[0]))

    def any(self, ident: str) -> Body | None:
        """The object of any kind with that id."""
        row = self.db.execute("SELECT body FROM objects WHERE id = ?", (ident,)).fetchone()
        return dict(json.loads(row[0])) if row else None

    def children(self, kind: str, parent: str) -> list[Body]:
        """Objects of a kind under a parent, oldest first."""
        rows = self.db.execute("SELECT body FROM objects WHERE parent = ? AND kind = ? ORDER BY seq", (parent, kind))
        return [json.loads(row[0]) for row in rows]

    def select(
        self, kind: str, livemode: bool, where: str, args: tuple[Any, ...], order: str, limit: int
    ) -> list[Body]:
        """Objects of a kind by a condition on the columns; `where` and `order` are this package's own text."""
        rows = self.db.execute(
            f"SELECT body FROM objects WHERE kind = ? AND livemode = ? {where} ORDER BY seq {order} LIMIT ?",  # noqa: S608  # nosec B608
            (kind, int(livemode), *args, limit),
        )
        return [json.loads(row[0]) for row in rows]

    def seq(self, ident: str) -> int | None:
        """The object's place in the order of creation."""
        row = self.db.execute("SELECT seq FROM objects WHERE id = ?", (ident,)).fetchone()
        return int(row[0]) if row else None

    def due(self, now: int) -> list[Body]:
        """Objects whose time has come, earliest first."""
        rows = self.db.execute("SELECT body FROM objects WHERE due <= ? ORDER BY due, seq", (now,))
        return [json.loads(row[0]) for row in rows.fetchall()]

    def setting(self, name: str, default: Any) -> Any:
        """A JSON setting."""
        row = self.db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def set(self, name: str, value: Any) -> None:
        """Writes a JSON setting."""
        self.db.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (name, json.dumps(value)))
