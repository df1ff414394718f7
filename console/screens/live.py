"""What is on the screen says when it has changed: one event stream per open page, and the page fetches itself again.

The stream asks the database every two seconds for one short word about what the page shows, and sends it when it is another.
It ends after some minutes; the browser opens it again, with its session as it is by then.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from console.finding import the_order
from console.routing import Screens
from console.visit import Visit, not_there
from store.database.engine import StoreUnavailable
from store.lists import tasks
from store.order import orders

screens = Screens()
EVERY_SECONDS: Final = 2.0
LASTS_SECONDS: Final = 600.0


@screens.page("/live")
async def live(visit: Visit) -> Response:
    """`of`: `inbox`, or `order:` and an order."""
    of, _, ref = visit.asked("of").partition(":")
    if of == "order":
        order = await the_order(visit, ref)
        return EventSourceResponse(_changes(visit, order.id), ping=15)
    if of != "inbox":
        raise not_there()
    return EventSourceResponse(_changes(visit, None), ping=15)


async def _changes(visit: Visit, order_id: str | None) -> AsyncIterator[ServerSentEvent]:
    known = ""
    for _ in range(int(LASTS_SECONDS / EVERY_SECONDS)):
        with suppress(StoreUnavailable):  # the page stays as it is until the database is back
            now = await word_of(visit, order_id)
            if now != known:
                known = now
                yield ServerSentEvent(event="now", data=now)
        await asyncio.sleep(EVERY_SECONDS)


async def word_of(visit: Visit, order_id: str | None) -> str:
    """What the page shows, as one word."""
    if order_id is not None:
        order = await orders.load(visit.db, order_id)
        return str(order.version if order else 0)
    now = int(visit.shop.clock().timestamp())
    found = await tasks.open_tasks(visit.db, visit.livemode, now, limit=51)
    return hashlib.sha256(repr([task.key for task in found]).encode()).hexdigest()[:16]
