"""What each verb costs Temporal, counted in real histories: the table of docs/performance.md and the figures test_cost.py holds.

A verb's cost is what its order's history grew by. A run that a verb starts (a woken order) is counted whole.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from temporalio.api.enums.v1 import EventType

from domain import commands as c
from domain.commands import Command
from domain.order import Order
from tests.workflows.shop import VARIANT, Shop

TWO_SECONDS_IN_DAYS: Final = 0.00002
TWO_SECONDS_IN_MINUTES: Final = 0.03


@dataclass(frozen=True)
class Cost:
    """What one thing costs Temporal."""

    transitions: int
    """State transitions: what Temporal is billed and bounded by."""
    tasks: int
    """Workflow tasks completed."""
    events: int
    """History events; 51,200 end a run."""
    local: int
    """Local activities (saves): a marker each, no transition."""
    regular: int
    """Regular activities (money): three transitions each."""
    size: int = 0
    """Bytes of history."""

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(*(a - b for a, b in zip(self.parts(), other.parts(), strict=True)))

    def parts(self) -> tuple[int, ...]:
        return (self.transitions, self.tasks, self.events, self.local, self.regular, self.size)


NOTHING: Final = Cost(0, 0, 0, 0, 0, 0)


async def so_far(shop: Shop, order: Order) -> tuple[str, Cost]:
    """(run, its cost until now)."""
    handle = shop.handle(order)
    info = (await handle.describe()).raw_description.workflow_execution_info
    run = info.execution.run_id
    kinds = Counter(event.event_type for event in (await shop.history(order, run)).events)
    return run, Cost(
        transitions=info.state_transition_count,
        tasks=kinds[EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED],
        events=info.history_length,
        local=kinds[EventType.EVENT_TYPE_MARKER_RECORDED],
        regular=kinds[EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED],
        size=info.history_size_bytes,
    )


class Meter:
    """Counts what happens to one order, step by step."""

    def __init__(self, shop: Shop, order: Order) -> None:
        self.shop, self.order = shop, order
        self.costs: dict[str, Cost] = {}
        self._run, self._before = "", NOTHING

    async def note(self, name: str, *, end: bool = False) -> None:
        """Whatever happened since the last note is `name`'s. `end`: the workflow ends with it."""
        if end:
            await self.shop.result(self.order)
        run, after = await so_far(self.shop, self.order)
        self.costs[name] = after - (self._before if run == self._run else NOTHING)
        self._run, self._before = run, after

    async def do(self, name: str, command: Command, *, end: bool = False) -> str | None:
        settled = await self.shop.settle(self.order, command)
        await self.note(name, end=end)
        return settled.subject

    async def total(self) -> Cost:
        return (await so_far(self.shop, self.order))[1]


async def _placed(shop: Shop, name: str = "place", **options: object) -> Meter:
    meter = Meter(shop, await shop.order(**options))  # type: ignore[arg-type]
    await shop.placed(meter.order)
    await meter.note(name)
    return meter


async def happy_path(shop: Shop) -> tuple[dict[str, Cost], Cost]:
    """Place, confirm, pay, fulfil all, deliver, window closes: per step and whole. The window is two seconds, not skipped."""
    meter = await _placed(shop, return_window_days=TWO_SECONDS_IN_DAYS)
    await meter.do("confirm", c.Confirm())
    await meter.do("pay", c.Pay(payment_method="pm_card_visa"))
    await meter.do("fulfill", c.Fulfill())
    await meter.do("deliver", c.Deliver())
    await meter.note("return window closes", end=True)
    return meter.costs, await meter.total()


async def _money(shop: Shop) -> dict[str, Cost]:
    meter = await _placed(shop, "place, auto_confirm", auto_confirm=True)
    await meter.do("pay, declined", c.Pay(payment_method="pm_card_chargeDeclined"))
    await meter.do("pay, held only", c.Pay(payment_method="pm_card_visa", capture=False))
    await meter.do("void", c.Void())
    await meter.do("pay, held again", c.Pay(payment_method="pm_card_visa", capture=False))
    await meter.do("capture", c.Capture())
    await meter.do("refund", c.Refund(amount=100))
    await meter.do("cancel, paid", c.Cancel(), end=True)
    return meter.costs


async def _draft(shop: Shop) -> dict[str, Cost]:
    meter = await _placed(shop)
    await meter.do("update", c.Update(tags=("gift",)))
    await meter.do("cancel, unpaid", c.Cancel(), end=True)
    await meter.do("add_note, closed order woken", c.AddNote(body="thanks"), end=True)
    return meter.costs


async def _returned(shop: Shop) -> dict[str, Cost]:
    meter = await _placed(shop)
    await meter.do("pay, confirming a draft", c.Pay(payment_method="pm_card_visa"))
    await meter.do("fulfill", c.Fulfill())
    await meter.do("deliver", c.Deliver())
    subject = await meter.do("request_return", c.RequestReturn(lines=(c.ReturnUnits(variant_id=VARIANT, quantity=1),)))
    await meter.do("approve_return", c.ApproveReturn(return_id=subject or ""))
    await meter.do("receive_return", c.ReceiveReturn(return_id=subject or ""))
    await meter.do("close", c.Close(), end=True)
    return meter.costs


async def _unpaid(shop: Shop) -> dict[str, Cost]:
    meter = await _placed(shop, payment_window_minutes=TWO_SECONDS_IN_MINUTES)
    await meter.do("confirm", c.Confirm())
    await meter.note("payment window ends", end=True)
    return meter.costs


OTHERS: Final[tuple[Callable[[Shop], Awaitable[dict[str, Cost]]], ...]] = (_money, _draft, _returned, _unpaid)


async def others(shop: Shop) -> dict[str, Cost]:
    """Every verb off the happy path; the first figure of a name stands."""
    costs: dict[str, Cost] = {}
    for life in OTHERS:
        costs = await life(shop) | costs
    return costs


def table(costs: dict[str, Cost], total: Cost) -> str:
    """Markdown."""
    head = "| what | transitions | tasks | events | local activities | regular activities | bytes |\n"
    head += "|---|--:|--:|--:|--:|--:|--:|\n"
    rows = {**costs, "**the happy path, whole**": total}
    return head + "".join(f"| {name} | {' | '.join(f'{n:,}' for n in cost.parts())} |\n" for name, cost in rows.items())
