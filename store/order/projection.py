"""What of an order is written beside its row for lists, search, tasks, agenda and figures: made, compared, written.

    of(order)              the projection: plain JSON, a function of the order, kept in `orders.projection`
    compare(row, before)   what differs, to be added and taken back with the row (sheet.py)
    figures                what that changes of the shop's figures

Rule: what is taken back is what was written, from the row, never what today's rules would have written of the order before: a
changed rule then moves an order at its next save and leaves no trace of the old one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, insert

from domain.agenda import agenda
from domain.order import Order
from domain.takings import takings
from domain.tasks import tasks
from domain.terms import terms
from domain.waiting import waiting
from store.database.clock import epoch
from store.lists import tallying
from store.lists.tallying import Figures
from store.order.sheet import Rows
from store.tables import deadlines, order_waits, search_terms
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
_NEW: Final = {part: insert(table) for part, (table, _) in _PARTS.items()}


def compare(row: Mapping[str, Any], before: Projection | None, added: dict[str, Rows], gone: dict[str, Rows]) -> None:
    """Name, by part, what the row's projection says and `before` did not (an entry of the same key is written over), and the
    keys of what it says no more."""
    now: Projection = row["projection"]
    known = before or {}
    for part, (_, keys) in _PARTS.items():
        old, new = known.get(part, ()), now[part]
        if old == new:
            continue
        there = {tuple(entry[: len(keys)]): entry for entry in old}
        kept = {tuple(entry[: len(keys)]) for entry in new}
        added[part] = [rows_of(part, row, entry) for entry in new if there.get(tuple(entry[: len(keys)])) != entry]
        gone[part] = [dict(zip(keys, key, strict=True)) for key in there if key not in kept]


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


def figures(row: Mapping[str, Any], before: Projection | None) -> Figures:
    """What the row's projection adds to the shop's figures beyond what `before` did."""
    change: Figures = Counter()
    for entries, sign in ((row["projection"]["figures"], 1), ((before or {}).get("figures", ()), -1)):
        for figure, bucket, value in entries:
            currency = "" if figure.startswith(OPEN) else row["currency"]
            change[row["livemode"], figure, bucket, currency] += sign * value
    return change


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
    tallying.add(conn, total)
