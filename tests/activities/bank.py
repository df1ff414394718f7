"""Commands performed without Temporal: the real activity code over a real database, and a bank that does what a test says."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.orders.contents import Contents, dump
from activities.orders.execute import FINISH_ONLY, Execution
from domain import commands as c
from domain.commands import Command
from domain.operations import Operation, Outcome
from domain.order import Order
from store.goods import catalog, inventory
from store.goods.catalog import Entry
from store.order import orders
from tests.api.door import answer
from tests.domain.orders import ORDER_ID, T0, order
from workflows.messages import Envelope, Result, Sender, Task, Window

SHOP = Sender(kind="key", id="key_1")
UNITS = 2
"""Of var_1 in the order."""
VISA = c.Pay(payment_method="pm_card_visa")
NO_MONEY = c.Pay(payment_method="pm_insufficient")


class Bank:
    """Who is asked. It moves money once per key, whatever it is asked how often, as a provider does."""

    def __init__(self) -> None:
        self.asked: list[tuple[Operation, bool]] = []
        """(operation, fresh) of every call."""
        self.moved: dict[str, Outcome] = {}
        self.before: Callable[[], Awaitable[None]] | None = None
        """Runs before money moves; what it raises is the call's failure."""
        self.after: Callable[[], Awaitable[None]] | None = None
        """Runs when it has moved: the answer may be lost."""

    def foreseen(self, order: Order, operation: Operation) -> str | None:
        return operation.ref

    async def ask(self, order: Order, operation: Operation, *, fresh: bool) -> Outcome:
        self.asked.append((operation, fresh))
        if self.before is not None:
            await self.before()
        outcome = self.moved.setdefault(operation.key, answer(operation))
        if self.after is not None:
            await self.after()
        return outcome


class Counter:
    """An order over one database, and whoever performs its commands."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.bank = Bank()
        asking: Any = self.bank
        self.execution = Execution(engine, asking, Contents(engine))

    async def perform(self, task: Task, seconds: float = 60) -> Result:
        return await self.execution.perform(task, seconds)

    async def do(self, command: Command, name: str, **more: Any) -> Result:
        return await self.perform(told(command, name, **more))

    async def place(self, name: str = "place", *, on_hand: int = 10, local: bool = False, **place: Any) -> Result:
        """The order of the tests, with so much on the shelf."""
        entry = Entry(id="var_1", product_name="Thing", unit_price=2999, on_hand=on_hand)
        await catalog.load(self.engine, False, [entry], now=0)
        return await self.perform(placing(name, local=local, **place))

    async def order(self) -> Order:
        found = await orders.load(self.engine, ORDER_ID)
        assert found is not None
        return found

    async def asking(self) -> str | None:
        """Id of the request the row is reserved for."""
        found = await orders.asking(self.engine, ORDER_ID)
        return None if found is None else str(found["request"]["id"])

    async def reserved(self) -> int:
        stock = await inventory.get(self.engine, False, "var_1")
        assert stock is not None
        assert stock.on_hand >= stock.reserved >= 0
        return stock.reserved


def told(command: Command, name: str, /, **more: Any) -> Task:
    """A command under a request of this name, inline."""
    envelope = Envelope(id=name, actor=SHOP, **{k: more.pop(k) for k in ("if_match", "remember") if k in more})
    given: dict[str, Any] = {"command": dump(command), "now": T0} | more
    return Task(order_id=ORDER_ID, verb=command.verb, request=envelope, **given)


def placing(name: str, *, local: bool = False, **place: Any) -> Task:
    whole = {"order": order().model_dump(mode="json"), "place": dump(c.Place(**place))}
    return told(c.Place(), name, command=whole, local=local)


def finishing(name: str = "finish") -> Task:
    """Ends what another request left half done."""
    return Task(order_id=ORDER_ID, verb=FINISH_ONLY, request=Envelope(id=name, actor=SHOP), now=T0)


def window(name: str, at: datetime, version: int, now: datetime | None = None) -> Task:
    """What a workflow's timer sends."""
    request = Envelope(id=f"window:{name}:{at}:{version}", actor=Sender(kind="timer", id=name))
    fired = Window(name=name, at=at, version=version)
    return Task(order_id=ORDER_ID, verb="window", request=request, now=now or at, window=fired)
