"""What the engine is measured against: a workflow with the same transitions that does nothing.

`python -m benchmarks.bare ADDRESS` is its worker, with the sandbox on, as ours. Each verb of the bare order costs what ours does
(benchmarks/cost.py): a local activity where we save, a regular one where money moves.
"""

import asyncio
import sys
from datetime import timedelta
from typing import Any, Final

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

QUEUE: Final = "bare"
VERBS: Final = ("confirm", "pay", "fulfill", "deliver")
PAYLOAD: Final[dict[str, Any]] = {"id": "0" * 32, "lines": [{"sku": "x", "quantity": 2, "unit_price": 2999}]}


@activity.defn
async def nothing(verb: str) -> str:
    return verb


@workflow.defn
class BareOrder:
    @workflow.init
    def __init__(self, order: dict[str, Any]) -> None:
        self._done: list[str] = []
        for verb in VERBS:
            workflow.set_update_handler(verb, self._verb(verb))

    @workflow.run
    async def run(self, order: dict[str, Any]) -> None:
        await self._local("place")
        self._done.append("place")
        await workflow.wait_condition(lambda: "deliver" in self._done)
        await workflow.sleep(timedelta(days=30))

    @workflow.update
    async def place(self) -> int:
        await workflow.wait_condition(lambda: bool(self._done))
        return len(self._done)

    def _verb(self, verb: str):  # type: ignore[no-untyped-def] # the SDK reads the inner function's annotations
        async def handler(command: dict[str, Any]) -> int:
            if verb == "pay":
                await workflow.execute_activity(nothing, verb, start_to_close_timeout=timedelta(seconds=10))
            else:
                await self._local(verb)
            self._done.append(verb)
            return len(self._done)

        return handler

    async def _local(self, verb: str) -> None:
        await workflow.execute_local_activity(nothing, verb, start_to_close_timeout=timedelta(seconds=1))


async def main(address: str) -> None:
    """Work until the process is ended."""
    client = await Client.connect(address)
    async with Worker(client, task_queue=QUEUE, workflows=[BareOrder], activities=[nothing], max_cached_workflows=2000):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
