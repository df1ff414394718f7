"""Reaching an order's workflow, running or not: a signal that starts it where none runs, and a fresh run where one is stuck.

A run needs nothing but the order's id, so starting one is always right: it reads the row. Rebuilding resets a run to its first
workflow task with all signals and updates applied again; what was done answers from its record, so nothing is done twice.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import ResetReapplyType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from store.order import orders
from workflows import card
from workflows.messages import NUDGE, workflow_id

log = structlog.stdlib.get_logger(__name__)
TASK_TIMEOUT: Final = timedelta(seconds=5)
RPC_TIMEOUT: Final = timedelta(seconds=10)
FIRST_EVENTS: Final = 20


def start_options(order_id: str, task_queue: str) -> dict[str, Any]:
    """How an order's workflow is started, wherever that is."""
    return {
        "id": workflow_id(order_id),
        "task_queue": task_queue,
        "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
        "id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        "task_timeout": TASK_TIMEOUT,
    }


class Reaching:
    """Over one client and one database."""

    def __init__(self, client: Client, engine: AsyncEngine, task_queue: str) -> None:
        self._client = client
        self._engine = engine
        self._task_queue = task_queue

    async def signal(self, order_id: str, name: str, argument: Any) -> None:
        """Signal the order's workflow, starting it where none runs. RPCError, RuntimeError when Temporal is away."""
        await self._client.start_workflow(
            "Order",
            order_id,
            **start_options(order_id, self._task_queue),
            start_signal=name,
            start_signal_args=[argument],
            rpc_timeout=RPC_TIMEOUT,
        )

    async def rebuild(self, order_id: str, *, unless_shape: str | None = None) -> str:
        """A fresh run: `reset`, `started`, or `replaced` when the run fails even after a reset. A run whose order has no row is
        left alone (`no row`): its input may be the only copy. `unless_shape`: so is a run of this shape (`current`); several
        workers look for older ones at once, and each reset does again all that is said to a run."""
        if await orders.load(self._engine, order_id) is None:
            return "no row"
        handle = self._client.get_workflow_handle(workflow_id(order_id))
        try:
            about = await handle.describe(rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise
            await self.signal(order_id, NUDGE, 0)
            return "started"
        if about.status != WorkflowExecutionStatus.RUNNING:
            await self.signal(order_id, NUDGE, 0)
            return "started"
        if unless_shape is not None and about.typed_search_attributes.get(card.SHAPE) == unless_shape:
            return "current"
        try:
            await self._reset(order_id, about.run_id)
        except RPCError as error:
            log.warning("a run could not be reset", order_id=order_id, reason=error.message)
            await self._replace(order_id)
            return "replaced"
        return "reset"

    async def _reset(self, order_id: str, run_id: str) -> None:
        await self._client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=self._client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=workflow_id(order_id), run_id=run_id),
                reason="rebuild: a fresh run reads the order's row",
                workflow_task_finish_event_id=await self._first_task(order_id, run_id),
                request_id=str(uuid4()),
                reset_reapply_type=ResetReapplyType.RESET_REAPPLY_TYPE_ALL_ELIGIBLE,
            ),
            timeout=RPC_TIMEOUT,
        )

    async def _first_task(self, order_id: str, run_id: str) -> int:
        """Event id of the first workflow task's end, or of its start while it has none."""
        handle = self._client.get_workflow_handle(workflow_id(order_id), run_id=run_id)
        started = 0
        async for event in handle.fetch_history_events(page_size=FIRST_EVENTS):
            if event.HasField("workflow_task_started_event_attributes") and not started:
                started = event.event_id
            for end in ("completed", "failed", "timed_out"):
                if event.HasField(f"workflow_task_{end}_event_attributes"):  # type: ignore[arg-type]
                    return event.event_id
            if event.event_id >= FIRST_EVENTS:
                break
        return started or 3

    async def _replace(self, order_id: str) -> None:
        options = start_options(order_id, self._task_queue)
        options["id_conflict_policy"] = WorkflowIDConflictPolicy.TERMINATE_EXISTING
        await self._client.start_workflow("Order", order_id, **options, rpc_timeout=RPC_TIMEOUT)
