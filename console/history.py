"""The timeline of one order: its events as sentences, with the mails and webhooks that each brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from console.telling import Told, told
from console.visit import Visit
from domain.order import Order
from store.access import keys
from store.database.clock import moment
from store.order import events as stored
from store.outgoing import told as outgoing


@dataclass(frozen=True)
class Mail:
    """A mail to the customer. `sent_at` None: it waits."""

    id: int
    template: str
    sent_at: datetime | None


@dataclass(frozen=True)
class Hooks:
    """What one event told webhook endpoints: how many of each status, and whose."""

    delivered: int
    pending: int
    failed: int
    names: tuple[str, ...]
    """`order.paid → https://…` of those that did not arrive."""


@dataclass(frozen=True)
class Entry:
    """What happened at one moment by one command: its sentences, what left the engine with it."""

    version: int
    at: datetime
    who: str
    sentences: tuple[Told, ...]
    mails: tuple[Mail, ...]
    hooks: Hooks | None


async def timeline(visit: Visit, order: Order) -> list[Entry]:
    """Newest first; what one command did is one entry."""
    events = await stored.events(visit.db, order.id)
    named = await keys.names(visit.db, {e.actor.id for e in events if e.actor.kind == "key"})
    left = await outgoing.about(visit.db, order.id)
    labelled = [
        e.model_copy(update={"actor": e.actor.model_copy(update={"label": named.get(e.actor.id)})}) for e in events
    ]
    groups: dict[int, list[Told]] = {}
    for event in labelled:
        groups.setdefault(event.version, []).append(told(event, order, visit.pages.zone))
    mails = _by_version(left.mails, groups)
    return [
        Entry(version, said[0].at, said[0].who, tuple(said), tuple(mails.get(version, ())), _hooks(left.hooks, said))
        for version, said in sorted(groups.items(), reverse=True)
    ]


def _by_version(mails: Sequence[Row[Any]], groups: dict[int, list[Told]]) -> dict[int, list[Mail]]:
    """A mail is written with its command: it belongs to the latest entry that is not younger than it; of several in that second,
    to the one whose event it tells of (`order_shipped`: order.shipped)."""
    found: dict[int, list[Mail]] = {}
    for row in reversed(mails):
        created = moment(row.created_at)
        template = str(row.payload.get("template", "mail"))
        about = "order." + template.removeprefix("order_")
        known = [(said[0].at, any(one.type == about for one in said), v) for v, said in groups.items()]
        version = max((k for k in known if k[0] <= created), default=(created, False, min(groups, default=0)))[2]
        sent = None if row.drained_at is None else moment(row.drained_at)
        found.setdefault(version, []).append(Mail(row.id, template, sent))
    return found


def _hooks(rows: Sequence[Row[Any]], said: list[Told]) -> Hooks | None:
    sequences = {one.sequence for one in said}
    mine = [row for row in rows if row.sequence in sequences]
    if not mine:
        return None
    late = tuple(f"{row.event_type} → {row.url}" for row in mine if row.status != "delivered")
    counts = {status: sum(row.status == status for row in mine) for status in ("delivered", "pending", "failed")}
    return Hooks(**counts, names=late)
