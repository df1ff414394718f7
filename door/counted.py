"""A door that tells how each command ended, for the metrics: done, refused, pending (202), unavailable (503), unknown (504).

What is repeated with its key and answered from memory comes through no door, so it is counted once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from domain.commands import Command, Place, Request
from domain.errors import OrderError
from domain.order import Order
from domain.rehearsal import Rehearsal
from door.errands import Door, Errand, Settled, Unsettled
from door.post import Post


class Counted:
    """See door/errands.py; every call goes to `door`."""

    def __init__(self, door: Door, answered: Callable[[str, str], None]) -> None:
        """`answered` hears verb and outcome (ordermill/process/meters.py: `command`)."""
        self._door = door
        self._answered = answered

    async def prepare(self, order: Order, command: Command, request: Request) -> Errand:
        with self._told(command.verb):
            return await self._door.prepare(order, command, request)

    async def open(self, order: Order, place: Place, request: Request) -> Errand:
        with self._told(place.verb):
            return await self._door.open(order, place, request)

    async def rehearse(self, order: Order, command: Command, request: Request) -> Rehearsal:
        return await self._door.rehearse(order, command, request)

    async def send(self, errand: Errand) -> Settled:
        with self._told(errand.verb):
            return self._ended(errand.verb, await self._door.send(errand))

    async def resume(self, order_id: str, verb: str, request: Request) -> Settled:
        with self._told(verb):
            return self._ended(verb, await self._door.resume(order_id, verb, request))

    async def receive(self, provider: str, event_id: str) -> None:
        await self._door.receive(provider, event_id)

    async def reachable(self) -> bool:
        return await self._door.reachable()

    @property
    def post(self) -> Post:
        return self._door.post

    async def skip(self, order: Order, to: datetime) -> None:
        await self._door.skip(order, to)

    def _ended(self, verb: str, settled: Settled) -> Settled:
        self._answered(verb, "pending" if settled.pending else "done")
        return settled

    @contextmanager
    def _told(self, verb: str) -> Iterator[None]:
        """What does not go well; a judged command that goes on ends where it is sent."""
        try:
            yield
        except OrderError:
            self._answered(verb, "refused")
            raise
        except Unsettled as error:
            self._answered(verb, "unavailable" if error.accepted is False else "unknown")
            raise
