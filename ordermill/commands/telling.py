"""Acts are done, and told: after each one the engine is asked who did what, how the money stands and what the order waits for."""

import asyncio
import textwrap
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import typer

from domain.money import format_decimal
from ordermill.commands.chapters import Act
from ordermill.commands.order_clock import OrderClock
from ordermill.commands.reaching import Caller, Refusal
from ordermill.commands.recipes import filled
from ordermill.commands.stages import Running

HOUR: Final = timedelta(hours=1)
"""Into its day, so that what is due on a day has fired when the clock speaks."""
PATIENCE_SECONDS: Final = 30
"""For the row to follow a deadline that has fired."""
WIDTH: Final = 66
"""Of the text; three columns of money follow it."""
MONEY: Final = ("amountDue", "capturedTotal", "refundedTotal")
INDENT: Final = " " * 15


class Telling:
    """One order from its placing on. `callers`: shop and customer, each with a key of its own."""

    def __init__(self, running: Running, callers: Mapping[str, Caller], customer: str) -> None:
        self._running = running
        self._callers = callers
        self._shop = callers["shop"]
        self._known = {"customer": customer}
        self._clock: OrderClock | None = None
        self._began = datetime.min.replace(tzinfo=UTC)
        self._told = 0
        self._standing: list[str] = []
        """What was said last of what the order waits for: said again when it changes."""

    async def day(self, day: int, acts: Sequence[Act]) -> None:
        """Everything of one day. The clock moves before it."""
        if self._clock is not None:
            await self._clock.move_to(self._began + timedelta(days=day) + HOUR)
        for act in acts:
            answer = await self._do(act)
            if self._clock is None:
                await self._begin(answer)
            await self._tell(act, answer)

    async def end(self) -> None:
        """What is left to look at."""
        credit = await self._shop("GET", f"/engine/customers/{self._known['customer']}/credit")
        for balance in credit["balances"]:
            typer.echo(
                f"\nJane's store credit: {format_decimal(balance['balance'], balance['currency'])} {balance['currency']}"
            )
        typer.echo(f"Every step in the web UI: {self._link()}")

    async def _do(self, act: Act) -> Any:
        if not act.route:
            await self._something_happened(act)
            return {}
        method, path = filled(act.route, self._known).split(" ")
        body = filled(act.body, self._known)
        if act.route == "POST /order":
            body = {**body, "customerId": self._known["customer"]}
        answer = await self._callers[act.who](method, path, body, act.refused)
        self._known |= {name: _at(answer, where) for name, where in act.keep.items()}
        return answer or {}

    async def _begin(self, order: dict[str, Any]) -> None:
        self._began = _time(order["createdAt"])
        self._clock = await OrderClock.of(self._workflow(), self._running.temporal)
        typer.echo(
            f"Order {order['displayId']}, on its own clock from {self._began:%d %b %Y %H:%M} UTC: {self._link()}\n"
        )
        typer.echo(f"{'day':>3}  {'who':<8}  {'what':<{WIDTH}}{'due':>9}{'captured':>10}{'refunded':>10}")

    async def _something_happened(self, act: Act) -> None:
        for _ in range(PATIENCE_SECONDS * 10):
            if await self._events():
                return
            await asyncio.sleep(0.1)
        raise Refusal(f"nothing happened by itself on day {act.day}")

    async def _tell(self, act: Act, answer: dict[str, Any]) -> None:
        order = await self._shop("GET", f"/order/{self._known['order']}")
        events = await self._events()
        self._told += len(events)
        figures = answer["order"] if answer.get("dryRun") else order
        money = [format_decimal(figures[name], order["currency"]) for name in MONEY]
        who = _who(events[-1]) if events else act.who
        first, *rest = textwrap.wrap(act.text, WIDTH - 2)
        typer.echo(f"{act.day:>3}  {who:<8}  {first:<{WIDTH}}{money[0]:>9}{money[1]:>10}{money[2]:>10}")
        standing = [*await self._ahead(order), *await self._tasks()]
        news = standing if standing != self._standing else []
        self._standing = standing
        for line in (*rest, *_outcome(act, answer, events), *news):
            typer.echo(INDENT + line)

    async def _events(self) -> list[dict[str, Any]]:
        """Those not told yet."""
        found = await self._shop("GET", f"/order/{self._known['order']}/events")
        return list(found["models"][self._told :])

    async def _ahead(self, order: dict[str, Any]) -> list[str]:
        """What it waits for; a closed order for nothing."""
        if order["closedAt"]:
            return [f"closed on day {self._day(order['closedAt'])}"]
        waits = (await self._shop("GET", f"/engine/orders/{self._known['order']}/waiting"))["models"]
        return [f"waits for {', '.join(self._wait(wait) for wait in waits)}"] if waits else []

    def _wait(self, wait: dict[str, Any]) -> str:
        until = f" until day {self._day(wait['until'])}" if wait["until"] else ""
        return f"{wait['for']}{until}"

    async def _tasks(self) -> list[str]:
        """What people have to do about this order."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await self._shop("GET", f"/engine/tasks?limit=100{cursor and f'&cursor={cursor}'}")
            found += [task for task in page["models"] if task["orderId"] == self._known["order"]]
            cursor = page["nextCursor"]
        return [f"task: {task['kind']}, {task['text']}" for task in found]

    def _day(self, at: str) -> int:
        return (_time(at) - self._began).days

    def _workflow(self) -> str:
        return f"order-{self._known['order'].removeprefix('order_')}"

    def _link(self) -> str:
        return f"{self._running.ui}/namespaces/{self._running.temporal.partition('/')[2]}/workflows/{self._workflow()}"


def _outcome(act: Act, answer: dict[str, Any], events: Sequence[dict[str, Any]]) -> list[str]:
    """A refusal's words, a dry run's figures, or what was recorded."""
    if act.refused:
        return [f"refused with {act.refused}: {answer['error']['message']}"]
    if answer.get("dryRun"):
        return [f"would be: {', '.join(answer['events'])}; nothing is saved"]
    return [", ".join(dict.fromkeys(str(event["type"]) for event in events))] if events else []


def _who(event: dict[str, Any]) -> str:
    """Of an event's actor: our own clock, the customer's key, or one of the shop's."""
    return {"timer": "clock", "customer": "customer"}.get(event["actor"].partition(":")[0], "shop")


def _at(answer: Any, where: str) -> str:
    for step in where.split("."):
        answer = answer[int(step)] if step.isdecimal() else answer[step]
    return str(answer)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
