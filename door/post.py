"""The post room: how the workflow that sends a mail fares, and sending it now instead of at its next try."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import PendingActivityState
from temporalio.api.workflowservice.v1 import ResetActivityRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from door.errands import Unsettled
from store.outgoing import outbox
from store.outgoing.outbox import Outgoing
from workflows.messages import SEND_NOTIFICATION

PATIENCE_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Tried:
    """How sending one mail fares."""

    attempts: int = 0
    failure: str | None = None
    """Why the last attempt failed."""
    next_at: datetime | None = None
    """When it is tried again."""
    sending: bool = False
    """An attempt is under way at this moment."""
    running: bool = False
    """False: nobody tries it at the moment; the sweep begins again."""


class Post(Protocol):
    """Both raise Unsettled while Temporal is away."""

    async def tried(self, mail: Outgoing) -> Tried:
        """How it fares."""

    async def send_now(self, mail: Outgoing) -> None:
        """Try it at once. An attempt that is under way is left alone: a mail must not be sent twice for being asked for twice."""


class TemporalPost:
    """See Post."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def tried(self, mail: Outgoing) -> Tried:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                told = await self._client.get_workflow_handle(outbox.workflow_id(mail)).describe()
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return Tried()
            raise _away() from None
        except (TimeoutError, RuntimeError):
            raise _away() from None
        running = told.status == WorkflowExecutionStatus.RUNNING
        pending = next(iter(told.raw_description.pending_activities), None)
        if pending is None:
            return Tried(running=running)
        at = pending.scheduled_time.ToDatetime(UTC) if pending.HasField("scheduled_time") else None
        sending = pending.state == PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
        failure = pending.last_failure.message if pending.HasField("last_failure") else None
        return Tried(pending.attempt, failure or None, None if sending else at, sending, running)

    async def send_now(self, mail: Outgoing) -> None:
        found = await self.tried(mail)
        if found.sending:
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await (self._again(mail) if found.running else self._begin(mail))
        except (RPCError, TimeoutError, RuntimeError):
            raise _away() from None

    async def _again(self, mail: Outgoing) -> None:
        request = ResetActivityRequest(
            namespace=self._client.namespace,
            execution=WorkflowExecution(workflow_id=outbox.workflow_id(mail)),
            type=SEND_NOTIFICATION,
            identity=self._client.identity,
        )
        try:
            await self._client.workflow_service.reset_activity(request)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:  # it was sent meanwhile
                raise

    async def _begin(self, mail: Outgoing) -> None:
        try:
            await self._client.start_workflow(
                "Mail",
                mail.id,
                id=outbox.workflow_id(mail),
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                static_summary=f"{mail.payload.get('template')} for order {mail.order_id}",
            )
        except WorkflowAlreadyStartedError:
            return  # somebody was quicker


def _away() -> Unsettled:
    return Unsettled("Temporal does not answer; the mail is tried by itself when it does", accepted=False)
