"""What only rows know, told to the metrics every quarter of a minute: it is true whatever became of Temporal.

Every worker asks and tells the same; who reads them takes the largest.
"""

import asyncio
import time
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from store.access import heartbeats
from store.database.engine import StoreError
from store.lists import gauges

if TYPE_CHECKING:
    from ordermill.process.meters import Meter

log = structlog.stdlib.get_logger(__name__)
EVERY_SECONDS: Final = 15.0
ALIVE_SECONDS: Final = 30
"""A worker heard of within this is alive."""
MODES: Final = {False: "test", True: "live"}


async def watch_rows(engine: AsyncEngine, meter: "Meter") -> None:
    """For ever."""
    while True:
        await look(engine, meter, int(time.time()))
        await asyncio.sleep(EVERY_SECONDS)


async def look(engine: AsyncEngine, meter: "Meter", now: int) -> None:
    """Once. A database that is away leaves the last figures standing: other metrics say that it is."""
    try:
        seen = await gauges.read(engine, now)
        meter.workers(await heartbeats.alive(engine, now - ALIVE_SECONDS))
    except StoreError as error:
        log.info("gauges wait", reason=str(error)[:120])
        return
    meter.waits({(MODES[mode], word): orders for (mode, word), orders in seen.waiting.items()})
    meter.lag(webhook=seen.webhook, mail=seen.mail, sweep=seen.sweep, overdue=seen.overdue)
