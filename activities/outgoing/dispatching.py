"""The dispatcher: from the outbox to deliveries, and a word to every endpoint's workflow that has something to do.

A loop in the worker's process, not a workflow: it looks several times a second, and its state is the outbox itself. Stopped
anywhere it has lost nothing: a claim is a transaction, and an endpoint nobody told is found by what is overdue. Several
workers may run it.
A renderer that fails stops nobody: its delivery is `failed` from the start, says why, and can be replayed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import orjson
import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.service import RPCError

from domain.events import Event
from domain.order import Order
from domain.webhooks import MESSAGES_PER_EVENT, Renderer, wants
from store.database.clock import wall
from store.database.engine import StoreError
from store.outgoing import deliveries, dispatching, outbox
from store.outgoing.deliveries import Delivery
from store.outgoing.outbox import Outgoing
from store.outgoing.webhooks import Endpoint

log = structlog.stdlib.get_logger(__name__)

LOOK_SECONDS: Final = 0.2
BATCH: Final = 200
OVERDUE_SECONDS: Final = 15
"""Something due for this long: its endpoint's workflow was not told, or is gone."""
CHECK_SECONDS: Final = 10.0
Queued = tuple[Delivery, str | None]
"""A delivery, and why it has no body."""


class Dispatcher:
    """`renderers`: face -> its Renderer. `poke` tells an endpoint's workflow, starting it where none runs."""

    def __init__(
        self, engine: AsyncEngine, renderers: Mapping[str, Renderer], poke: Callable[[str], Awaitable[None]]
    ) -> None:
        self._engine = engine
        self._renderers = renderers
        self._poke = poke

    async def run(self) -> None:
        """Until it is cancelled. The database or Temporal being away only delays."""
        checked = 0.0
        clock = asyncio.get_running_loop().time
        while True:
            found = 0
            try:
                found = await self.once()
                if clock() - checked > CHECK_SECONDS:
                    await self.remind()
                    checked = clock()
            except (StoreError, RPCError, OSError, RuntimeError) as error:  # RuntimeError: Temporal was never reached
                log.info("webhooks wait", reason=type(error).__name__)
            except Exception:
                log.exception("the dispatcher failed; it goes on")
            await asyncio.sleep(0 if found >= BATCH else LOOK_SECONDS)

    async def once(self) -> int:
        """Queue what waits and tell whom it concerns. How many events there were."""
        waiting = await dispatching.look(self._engine, BATCH)
        tell: set[str] = set()
        if waiting.events:
            now = wall()
            made = {row.id: self._made(row, waiting.endpoints, now) for row in waiting.events}
            tell = await dispatching.commit(self._engine, made, now)
        tell |= {str(row.payload["endpoint"]) for row in waiting.pokes}
        await self._tell(tell)
        if waiting.pokes:
            # After it was told: a poke may be repeated, not lost.
            await outbox.drained(self._engine, [row.id for row in waiting.pokes], wall())
        return len(waiting.events)

    async def remind(self) -> int:
        """Tell those who should have been told before."""
        late = await deliveries.overdue(self._engine, wall() - OVERDUE_SECONDS)
        await self._tell(late)
        return len(late)

    async def _tell(self, endpoint_ids: Sequence[str] | set[str]) -> None:
        await asyncio.gather(*(self._poke(endpoint_id) for endpoint_id in sorted(endpoint_ids)))

    def _made(self, row: Outgoing, endpoints: Sequence[Endpoint], now: int) -> list[Queued]:
        """One event's deliveries, rendered once per face."""
        concerned = [e for e in endpoints if e.livemode == row.livemode and e.face in self._renderers]
        if not concerned:
            return []
        made: list[Queued] = []
        try:
            event, order = dispatching.parts(row)
        except ValidationError:
            log.exception("an event in the outbox cannot be read", outbox_id=row.id)
            return []
        for face in sorted({e.face for e in concerned}):
            mine = [e for e in concerned if e.face == face]
            try:
                messages = render(self._renderers[face], event, order)
            except Exception as error:
                log.exception("an event cannot be rendered", face=face, event_id=event.id, event_type=event.type)
                made += [(unrendered(e, event, order, now), f"{type(error).__name__}: {error}") for e in mine]
            else:
                made += [(d, None) for e in mine for d in queued(e, event, order, messages, now)]
        return made


Rendered = Sequence[tuple[str, str, str]]
"""(event name, webhook-id, body)."""


def render(renderer: Renderer, event: Event, order: Order) -> Rendered:
    """A face's messages as bytes to sign. ValueError when one has no id, or there are too many."""
    messages = list(renderer(event, order) or ())
    if len(messages) > MESSAGES_PER_EVENT:
        raise ValueError(f"{len(messages)} messages of one event")
    return [(name, _id_of(body), orjson.dumps(body).decode()) for name, body in messages]


def _id_of(body: dict[str, Any]) -> str:
    found = body.get("id")
    if not isinstance(found, str) or not found or not found.isascii():
        raise ValueError("a message's body has an id")
    return found


def queued(endpoint: Endpoint, event: Event, order: Order, messages: Rendered, now: int) -> list[Delivery]:
    """The deliveries of one event for one endpoint."""
    return [
        deliveries.make(
            endpoint, order_id=order.id, sequence=event.sequence, place=place, event_id=webhook_id, event_type=name,
            body=body, now=now,
        )
        for place, (name, webhook_id, body) in enumerate(messages)
        if wants(endpoint.events, name)
    ]  # fmt: skip


def unrendered(endpoint: Endpoint, event: Event, order: Order, now: int) -> Delivery:
    """A delivery that is failed from the start."""
    return deliveries.make(
        endpoint, order_id=order.id, sequence=event.sequence, place=0, event_id=event.id, event_type=event.type,
        body="", now=now, status="failed",
    )  # fmt: skip
