"""One random life over HTTP, every verb through a face drawn anew; every step is one that must be accepted.

Led by tests/book/test_any_face.py on a quiet engine, and by tests/cluster/drill while processes die.
"""

import random
from collections.abc import Callable
from typing import Final

from tests.book.tale import CANCELLING, GIVING, SHIPPING, Counter, Tale

STEPS: Final = 9


class AnyFace:
    """One life. Every step is one that must be accepted, by what the book says."""

    def __init__(self, seed: int, counter: Counter) -> None:
        self.seed = seed
        self.least = 1
        """The smallest amount its payment provider takes, in cents."""
        self.dice = random.Random(seed)
        self.tale = Tale(counter)
        self.told: list[str] = []

    async def live(self) -> None:
        await self.tale.place(self.dice.randint(1, 4), self.dice.randint(1, 3))
        for _ in range(STEPS):
            steps = [step for step, may in STEPS_OF_A_LIFE.items() if may(self)]
            if not steps:
                return  # every unit is cancelled and all the money went back
            step = self.choose(steps)
            self.told.append(step)
            await getattr(self, step)()

    def choose(self, steps: list[str]) -> str:
        return self.dice.choice(steps)

    # What may be done

    @property
    def net(self) -> int:
        return self.tale.book.account.net

    @property
    def due(self) -> int:
        return self.tale.book.due

    @property
    def held(self) -> int:
        return self.tale.book.held

    def open(self) -> bool:
        return self.tale.book.stage == "confirmed" and not self.tale.book.closed

    def first(self, counter: str) -> int:
        return int(getattr(self.tale.book.lines[0], counter))

    def unsent(self) -> int:
        return sum(line.unsent for line in self.tale.book.lines)

    def back(self) -> int:
        return self.first("delivered") - self.first("returned")

    def may_cancel(self) -> bool:
        return self.open() and self.tale.book.total_of("sent") == 0

    # Steps

    async def pay(self) -> None:
        part = self.dice.randint(self.least, self.due)
        await self.tale.pay(part if self.dice.random() < 0.6 else None)

    async def authorize(self) -> None:
        await self.tale.authorize()

    async def capture(self) -> None:
        await self.tale.hanzo("/capture", {})
        self.tale.book.capture()
        await self.tale.agree()

    async def void(self) -> None:
        await self.tale.hanzo("/void", {})
        self.tale.book.void()
        await self.tale.agree()

    async def edit(self) -> None:
        await self.tale.edit(self.dice.randint(1, 5))

    async def cancel_units(self) -> None:
        units = self.dice.randint(1, self.first("unsent"))
        ways = [way for way in CANCELLING if units <= self.first("uncredited") or way in UNCAPPED]
        await self.tale.cancel_units(units, self.dice.choice(ways))

    async def give(self) -> None:
        amount = self.dice.randint(1, self.net)
        await GIVING[self.dice.choice(list(GIVING))](self.tale, amount)
        self.tale.book.refund(amount)
        await self.tale.agree()

    async def give_for_units(self) -> None:
        units = self.dice.randint(1, self.first("uncredited"))
        if self.dice.random() < 0.5:
            await self.tale.hanzo("/refund", {"items": [self.tale.units("hanzo", units)]})
        else:
            line = {"line_item_id": self.tale.line("storefront"), "quantity": units}
            await self.tale.storefront("/refunds", {"refund_line_items": [line]})
        self.tale.book.refund_units(units)
        await self.tale.agree()

    async def ship(self) -> None:
        units = self.dice.randint(1, self.first("unsent")) if self.first("unsent") else None
        await self.tale.ship(units, self.dice.choice(list(SHIPPING)))

    async def deliver(self) -> None:
        await self.tale.deliver()

    async def come_back(self) -> None:
        await self.tale.come_back(self.dice.randint(1, self.back()))

    async def cancel(self) -> None:
        await self.tale.hanzo("/cancel", {"reason": "customer_request"})
        self.tale.book.cancel()
        await self.tale.agree()

    async def reopen(self) -> None:
        await self.tale.storefront("/reopen", {})
        self.tale.book.reopen()
        await self.tale.agree()


UNCAPPED = ("hanzo, items", "commercehq, restock")
"""A refund is capped at the units not refunded before; cancelling is not."""
STEPS_OF_A_LIFE: Final[dict[str, Callable[[AnyFace], object]]] = {
    "pay": lambda life: life.open() and life.due >= life.least and not life.held,
    "authorize": lambda life: life.open() and life.due >= life.least and not life.held,
    "capture": lambda life: life.open() and life.held,
    "void": lambda life: life.held,
    "edit": lambda life: life.open() and not life.first("credited") and not life.first("sent"),
    "cancel_units": lambda life: life.open() and life.first("unsent"),
    "give": lambda life: life.net > 0,
    "give_for_units": lambda life: life.open() and life.net > 0 and life.first("uncredited"),
    "ship": lambda life: life.open() and life.due == 0 and life.unsent(),
    "deliver": lambda life: life.open() and life.tale.book.total_of("shipped") > life.tale.book.total_of("delivered"),
    "come_back": lambda life: life.open() and life.back() > 0,
    "cancel": lambda life: life.may_cancel() and life.dice.random() < 0.2,
    "reopen": lambda life: life.tale.book.stage == "cancelled",
}
"""Step -> when it must be accepted."""
