"""What of an order is written beside its row for lists, search, tasks, agenda and figures: made, compared, written.

    of(order)                  the projection: plain JSON, a function of the order, kept in `orders.projection`
    write(conn, row, before)   deletes and inserts what differs
    figures, add               what that changes of the shop's figures, added last: their rows are everybody's

Rule: what is taken back is what was written, from the row, never what today's rules would have written of the order before: a
changed rule then moves an order at its next save and leaves no trace of the old one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, delete, insert
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from domain.agenda import agenda
from domain.order import Order
from domain.takings import takings
from domain.tasks import tasks
from domain.terms import terms
from domain.waiting import waiting
from store.database.clock import epoch
from store.tables import deadlines, order_waits, search_terms, tallies
from store.tables import tasks as task_rows

OPEN: Final = "open:"
"""Figures that begin so count the orders that wait for a word."""
Projection = Mapping[str, Sequence[Any]]
"""Part -> what is written of it, each a JSON list whose first words are its key within the order."""


def of(order: Order) -> dict[str, list[Any]]:
    """What is to be written of an order."""
    words = sorted({wait.word for wait in waiting(order)})
    return {
        "terms": [[term] for term in terms(order)],
        "waits": [[word] for word in words],
        "deadlines": [
            [c.name, epoch(c.at), c.then, [list(part) for part in c.money]] for c in agenda(order)
        ],
        "tasks": [
            [t.kind, t.ref, epoch(t.since), _epoch(t.due), t.amount, list(t.by)] for t in tasks(order)
        ],
        "figures": [
            *([figure, bucket, value] for (figure, bucket), value in sorted(takings(order).items())),
            *([OPEN + word, 0, 1] for word in words),
        ],
    }  # fmt: skip


def _epoch(moment: datetime | None) -> int | None:
    return None if moment is None else epoch(moment)


_PARTS: Final[dict[str, tuple[Table, tuple[str, ...]]]] = {
    "terms": (search_terms, ("term",)),
    "waits": (order_waits, ("word",)),
    "deadlines": (deadlines, ("name",)),
    "tasks": (task_rows, ("kind", "ref")),
}
"""Part -> its table, and its key within an order."""
_GONE: Final = {
    part: delete(table).where(
        table.c.order_id == bindparam("whose"), *(table.c[k] == bindparam(f"k_{k}") for k in keys)
    )
    for part, (table, keys) in _PARTS.items()
}
_NEW: Final = {part: insert(table) for part, (table, _) in _PARTS.items()}


def write(conn: Connection, row: Mapping[str, Any], before: Projection | None) -> None:
    """Write what the row's projection says and `before` did not; the caller's transaction commits it."""
    now: Projection = row["projection"]
    known = before or {}
    for part, (_, keys) in _PARTS.items():
        old, new = known.get(part, ()), now[part]
        if old == new:
            continue
        kept = {repr(entry) for entry in old} & {repr(entry) for entry in new}
        if gone := [entry for entry in old if repr(entry) not in kept]:
            named = [{f"k_{k}": entry[n] for n, k in enumerate(keys)} for entry in gone]
            conn.execute(_GONE[part], [{"whose": row["id"], **names} for names in named])
        if fresh := [entry for entry in new if repr(entry) not in kept]:
            conn.execute(_NEW[part], [rows_of(part, row, entry) for entry in fresh])


def rows_of(part: str, row: Mapping[str, Any], entry: Sequence[Any]) -> dict[str, Any]:
    """One entry as a row of its table."""
    whose = {"order_id": row["id"], "livemode": row["livemode"]}
    match part:
        case "terms":
            return whose | {"term": entry[0], "newest": -row["created_at"]}
        case "waits":
            return whose | {"word": entry[0], "created_at": row["created_at"]}
    known = whose | {"number": row["number"], "currency": row["currency"]}
    if part == "deadlines":
        name, at, then, money = entry
        return known | {"name": name, "at": at, "then": then, "money": money}
    kind, ref, since, due, amount, verbs = entry
    place = since if due is None else due
    return known | {
        "kind": kind, "ref": ref, "since": since, "due": due, "place": place, "amount": amount, "verbs": verbs,
    }  # fmt: skip


Figures = Counter[tuple[bool, str, int, str]]
"""(livemode, figure, bucket, currency) -> how much more."""


def figures(row: Mapping[str, Any], before: Projection | None) -> Figures:
    """What the row's projection adds to the shop's figures beyond what `before` did."""
    change: Figures = Counter()
    for entries, sign in ((row["projection"]["figures"], 1), ((before or {}).get("figures", ()), -1)):
        for figure, bucket, value in entries:
            currency = "" if figure.startswith(OPEN) else row["currency"]
            change[row["livemode"], figure, bucket, currency] += sign * value
    return change


_SQLITE: Final = sqlite_insert(tallies)
_POSTGRESQL: Final = pg_insert(tallies)
_KEY: Final = ("livemode", "figure", "bucket", "currency")
_ADD: Final = {
    "sqlite": _SQLITE.on_conflict_do_update(
        index_elements=list(_KEY), set_={"value": tallies.c.value + _SQLITE.excluded.value}
    ),
    "postgresql": _POSTGRESQL.on_conflict_do_update(
        index_elements=list(_KEY), set_={"value": tallies.c.value + _POSTGRESQL.excluded.value}
    ),
}


def add(conn: Connection, change: Figures) -> None:
    """Add to the figures, in key order: many orders share a row, and two saves must not wait for each other in a ring."""
    rows = [dict(zip(_KEY, key, strict=True)) | {"value": change[key]} for key in sorted(change) if change[key]]
    if rows:
        conn.execute(_ADD[conn.dialect.name], rows)


def insert_all(conn: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """The same for many new orders at once."""
    total: Figures = Counter()
    found: dict[str, list[dict[str, Any]]] = {part: [] for part in _PARTS}
    for row in rows:
        total.update(figures(row, None))
        for part, entries in found.items():
            entries.extend(rows_of(part, row, entry) for entry in row["projection"][part])
    for part, entries in found.items():
        if entries:
            conn.execute(_NEW[part], entries)
    add(conn, total)
