"""What is forgotten, and when: rows that did their work and are two days old, so that the tables stay as small as the traffic.

    provider events    delivered to their order
    outbox             drained: told, or mailed
    deliveries         delivered or given up, with their attempts
    claims             of Idempotency-Keys, answered (kept for at least a day), and the orders kept to answer them again

Orders, their events and the ledger are kept for ever. Rule: what still waits is never forgotten, however old it is. A batch is a
short transaction, because orders wait for SQLite's one write lock meanwhile; what is left after ROUNDS batches waits for the next
sweep.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from store.access import allowances, claims
from store.database.engine import StoreUnavailable
from store.lists import counts
from store.money import parked
from store.order import records
from store.outgoing import deliveries, outbox

log = structlog.stdlib.get_logger(__name__)

KEPT_SECONDS: Final = 48 * 3600
BATCH: Final = 1000
ROUNDS: Final = 10
"""Batches of each kind per sweep."""


async def forget(engine: AsyncEngine, now: int) -> dict[str, int]:
    """How many of each kind were forgotten. The database being away only delays it."""
    before = now - KEPT_SECONDS
    kinds: dict[str, Callable[[], Awaitable[int]]] = {
        "provider_events": lambda: parked.sweep(engine, before, BATCH),
        "outbox": lambda: outbox.sweep(engine, before, BATCH),
        "deliveries": lambda: deliveries.sweep(engine, before, BATCH),
        "claims": lambda: claims.sweep(engine, now=now, kept_seconds=KEPT_SECONDS, limit=BATCH),
        "empty_counts": lambda: counts.sweep(engine, BATCH),
        "rate_windows": lambda: allowances.sweep(engine, now=now, seconds=60, limit=BATCH),
        "snapshots": lambda: records.forget_snapshots(engine, before, BATCH),
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


async def _in_batches(sweep: Callable[[], Awaitable[int]]) -> int:
    total = 0
    for _ in range(ROUNDS):
        found = await sweep()
        total += found
        if found < BATCH:
            break
    return total
