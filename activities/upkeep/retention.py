"""What is forgotten, and when: what did its work and is older than the policy keeps it, so that tables and files stay as small as
the traffic (`retention:` in the policy file).

    deliveries        webhooks   delivered or given up, with their attempts
    mails, files      mails      sent: rows of the outbox, and the `.eml` files where there is no mail server
    claims, snapshots answers    of Idempotency-Keys, answered (kept for at least a day), and the orders kept to answer them again
    workers           heartbeats rows of workers that are gone
    provider events   parked_events, taken by their order, or known to concern none
    outbox            a day: events that have become deliveries, which nobody reads any more

Orders, their events, records and the ledger are kept for ever. Rule: what still waits is never forgotten, however old it is. A
batch is a short transaction, because orders wait for SQLite's one write lock meanwhile; what is left after ROUNDS batches waits
for the next sweep.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from domain.policy import Retention
from store.access import allowances, claims, heartbeats
from store.database.engine import StoreUnavailable
from store.lists import counts
from store.money import parked
from store.order import records
from store.outgoing import deliveries, outbox

log = structlog.stdlib.get_logger(__name__)

DAY: Final = 24 * 3600
BATCH: Final = 1000
ROUNDS: Final = 10
"""Batches of each kind per sweep."""


async def forget(engine: AsyncEngine, now: int, kept: Retention) -> dict[str, int]:
    """How many of each kind were forgotten. The database being away only delays it."""
    answers = int(kept.answers * DAY)
    kinds: dict[str, Callable[[], Awaitable[int]]] = {
        "provider_events": lambda: parked.sweep(engine, before(now, kept.parked_events), BATCH),
        "outbox": lambda: outbox.sweep(engine, before(now, 1), BATCH, kinds=("event", "poke")),
        "mails": lambda: outbox.sweep(engine, before(now, kept.mails), BATCH, kinds=("mail",)),
        "deliveries": lambda: deliveries.sweep(engine, before(now, kept.webhooks), BATCH),
        "claims": lambda: claims.sweep(engine, now=now, kept_seconds=answers, limit=BATCH),
        "empty_counts": lambda: counts.sweep(engine, BATCH),
        "snapshots": lambda: records.forget_snapshots(engine, now - answers, BATCH),
        "workers": lambda: heartbeats.sweep(engine, before(now, kept.heartbeats)),
        "rate_windows": lambda: allowances.sweep(engine, now=now, seconds=60, limit=BATCH),
    }
    forgotten = dict.fromkeys(kinds, 0)
    try:
        for kind, sweep in kinds.items():
            forgotten[kind] = await _in_batches(sweep)
    except StoreUnavailable as error:
        log.info("forgetting waits for the next sweep", reason=str(error))
    if any(forgotten.values()):
        log.info("forgot what is done with", **forgotten)
    return forgotten


def before(now: int, days: float) -> int:
    """Epoch seconds: what is older is forgotten."""
    return now - int(days * DAY)


async def forget_mail_files(folder: Path, now: int, kept: Retention) -> int:
    """Delete `.eml` files that are old enough; answers how many. A folder that cannot be read is another day's work."""
    return await asyncio.to_thread(_forget_files, folder, before(now, kept.mails))


def _forget_files(folder: Path, written_before: int) -> int:
    gone = 0
    try:
        with os.scandir(folder) as found:
            for file in found:
                if file.name.endswith(".eml") and file.stat().st_mtime < written_before:
                    os.unlink(file.path)  # noqa: PTH108 - a DirEntry is at hand, and there may be many
                    gone += 1
    except OSError as error:
        log.info("mail files wait for the next look", reason=type(error).__name__)
    return gone


async def _in_batches(sweep: Callable[[], Awaitable[int]]) -> int:
    total = 0
    for _ in range(ROUNDS):
        found = await sweep()
        total += found
        if found < BATCH:
            break
    return total
