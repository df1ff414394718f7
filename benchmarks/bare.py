"""What the engine is measured against: a workflow with an order's history that does nothing.

Same transitions, workflow tasks and events as an order's (tests/workflows/test_cost.py holds both): an update per verb, a local
activity where we save, a regular one where money moves, the search attributes kept current, a timer per window. No domain,
no database, no HTTP. `python -m benchmarks.bare ADDRESS QUEUE` is its worker, on the event loop of ours; QUEUE tells the sandbox.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

import uvloop
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from workflows import card

AS_IT_COMES: Final = "bare"
OUR_SANDBOX: Final = "bare-in-our-sandbox"
QUEUES: Final = (AS_IT_COMES, OUR_SANDBOX)
"""The SDK's sandbox runner as it comes, and ours (ordermill/process/sandbox.py); both share the same modules."""
VERBS: Final = ("confirm", "pay", "fulfill", "deliver")
ORDER: Final[dict[str, Any]] = {
    "id": "0" * 26, "number": 1001, "livemode": False, "stage": "draft", "currency": "USD", "policy": {"days": [30] * 30},
    "lines": [{"id": "0" * 26, "serial": 1, "sku": "x", "title": "Widget", "quantity": 2, "unit_price": 2999, "tax": [0] * 40}],
    "shipping_address": dict.fromkeys(("name", "line1", "line2", "city", "state", "country", "phone"), "x" * 12),
}  # fmt: skip
COMMAND: Final[dict[str, Any]] = {"payment_method": "pm_card_visa"}
REQUEST: Final[dict[str, Any]] = {"id": "0" * 32, "actor": {"kind": "api", "id": "key_" + "0" * 26}}
WINDOW: Final = timedelta(days=30)


@activity.defn
async def nothing(verb: str) -> str:
    return verb


@workflow.defn
class BareOrder:
    """`order`: an order as JSON, to be as heavy as one."""

    @workflow.init
    def __init__(self, order: dict[str, Any]) -> None:
        self._done: list[str] = []
        self._window: datetime | None = None

    @workflow.run
    async def run(self, order: dict[str, Any]) -> None:
        await self._save("place")
        self._done.append("place")
        while True:
            window = self._window
            if window is None:
                await workflow.wait_condition(lambda: self._window is not None)
                continue
            try:
                await workflow.wait_condition(
                    lambda was=window: self._window != was,  # type: ignore[misc]
                    timeout=(window - workflow.now()).total_seconds(),
                    timeout_summary=card.timer_summary("window", window),
                )
            except TimeoutError:
                return

    @workflow.update
    async def place(self) -> int:
        await workflow.wait_condition(lambda: bool(self._done))
        return len(self._done)

    @workflow.update
    async def confirm(self, command: dict[str, Any], request: dict[str, Any]) -> int:
        done = await self._verb("confirm", self._save)
        self._window = workflow.now() + WINDOW
        return done

    @workflow.update
    async def pay(self, command: dict[str, Any], request: dict[str, Any]) -> int:
        done = await self._verb("pay", self._ask)
        self._window = None
        return done

    @workflow.update
    async def fulfill(self, command: dict[str, Any], request: dict[str, Any]) -> int:
        return await self._verb("fulfill", self._save)

    @workflow.update
    async def deliver(self, command: dict[str, Any], request: dict[str, Any]) -> int:
        done = await self._verb("deliver", self._save)
        self._window = workflow.now() + WINDOW
        return done

    async def _verb(self, verb: str, step: Callable[[str], Awaitable[None]]) -> int:
        await step(verb)
        self._done.append(verb)
        workflow.upsert_search_attributes(
            [
                card.ORDER_STATUS.value_set(verb),
                card.PAYMENT_STATUS.value_set(verb),
                card.WAITS_FOR.value_set(verb),
                card.ORDER_VERSION.value_set(len(self._done)),
                card.UPDATED_AT.value_set(workflow.now()),
            ]
        )
        return len(self._done)

    async def _save(self, verb: str) -> None:
        await workflow.execute_local_activity(
            nothing, verb, start_to_close_timeout=timedelta(seconds=1), summary=f"save {verb}"
        )

    async def _ask(self, verb: str) -> None:
        await workflow.execute_activity(
            nothing, verb, start_to_close_timeout=timedelta(seconds=10), summary=f"{verb}: authorize 56.38 USD"
        )


async def main(address: str, queue: str) -> None:
    """Work until the process is ended."""
    # Here, and not above: the sandbox imports this file for every workflow.
    from ordermill.process.sandbox import ContextFreeRunner
    from worker import RESTRICTIONS

    kind = ContextFreeRunner if queue == OUR_SANDBOX else SandboxedWorkflowRunner
    client = await Client.connect(address)
    async with Worker(
        client,
        task_queue=queue,
        workflows=[BareOrder],
        activities=[nothing],
        workflow_runner=kind(restrictions=RESTRICTIONS),
        max_cached_workflows=2000,
    ):
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2]))
