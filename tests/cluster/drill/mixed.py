"""The mixed load: shoppers, each leading one random life after another through any face (tests/book/any_face.py).

After every step the four faces, their lists and the order's events are read, by whichever API the proxy chooses, and held
against the book: money as the independent account reckons it, and that an answered command is seen everywhere at once.
"""

import asyncio
import traceback
from collections import Counter
from typing import Final

from tests.book import tale as tales
from tests.book.any_face import AnyFace
from tests.cluster.drill.asking import Client

LEAST_CENTS: Final = 50
"""Stripe takes no smaller payment in dollars."""
OFTEN: Final = {"pay": 3, "ship": 3, "deliver": 4, "come_back": 4, "authorize": 0.5, "cancel_units": 0.5}
"""Steps that are drawn so many times as often as others: what a shop does all day."""


class ClosingTale(tales.Tale):
    """The book knows what is asked, not what happens by itself: an order of which nothing is left is closed by its workflow."""

    async def agree(self) -> None:
        await self._closed()
        try:
            await super().agree()
        except AssertionError:
            if not await self._closed():  # it closed while the faces were read
                raise
            await super().agree()

    async def _closed(self) -> bool:
        """Whether it was seen to have closed just now."""
        account, was = self.book.account, self.book.closed
        nothing = all(line.cancelled == line.quantity for line in account.lines.values())
        if self.book.stage == "confirmed" and nothing and not (account.due or account.surplus or self.book.held):
            shown = await self.send("GET", self.path("hanzo"), None)
            self.book.closed = shown["closedAt"] is not None
        return self.book.closed != was


class Life(AnyFace):
    def __init__(self, seed: int, counter: tales.Counter) -> None:
        super().__init__(seed, counter)
        self.tale = ClosingTale(counter)
        self.least = LEAST_CENTS

    def choose(self, steps: list[str]) -> str:
        return self.dice.choices(steps, [OFTEN.get(step, 1) for step in steps])[0]


class Shoppers:
    def __init__(self, client: Client, seed: int, together: int) -> None:
        self.client, self.together = client, together
        self.lives: list[AnyFace] = []
        self.steps: Counter[str] = Counter()
        self.differences: list[str] = []
        self._next = seed * 1_000_000
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Until `stop`; the lives that are under way are led to their end."""
        await asyncio.gather(*(self._shopper() for _ in range(self.together)))

    def stop(self) -> None:
        self._stop.set()

    async def _shopper(self) -> None:
        while not self._stop.is_set():
            self._next += 1
            life = Life(self._next, tales.Counter(self.client.ask))
            self.lives.append(life)
            await self._guarded(life, life.live())
            self.steps.update(["place", *life.told])

    async def _guarded(self, life: AnyFace, work: object) -> None:
        try:
            await work  # type: ignore[misc]
        except (AssertionError, TimeoutError, KeyError, ValueError) as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            told = f"life {life.seed} of order {life.tale.number}, after {life.told}"
            self.differences.append(
                f"{told}: {type(error).__name__} {error} at {where.name} line {where.lineno}, `{where.line}`;"
                f" hanzo shows {life.tale.views.get('hanzo')}, the book {life.tale.book}"
            )

    async def agree(self) -> None:
        """Every order once more, when all is calm."""
        many = asyncio.Semaphore(self.together)

        async def one(life: AnyFace) -> None:
            async with many:
                await self._guarded(life, life.tale.agree())

        await asyncio.gather(*(one(life) for life in self.lives if life.tale.ulid))
