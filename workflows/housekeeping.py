"""What runs on a schedule: the sweep (every half minute), reconciliation (every day), and mails, one workflow each.

Schedules are made by the worker at its start; an operator sees and triggers them in the web UI.
"""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from workflows.messages import (
        RECONCILE,
        SEND_NOTIFICATION,
        SWEEP,
        Difference,
        Envelope,
        EventRef,
        Period,
        Reconciliation,
        Sender,
        Swept,
        Telling,
    )
    from workflows.provider_events import ProviderEventWorkflow, tell
    from workflows.steps import FOREVER


LOOK_BACK = timedelta(days=30)
"""The daily reconciliation compares payments made since: holds lapse and refunds fail days after."""


@workflow.defn(name="Mail")
class MailWorkflow:
    """One customer notification. Id `mail-<outbox id>-<its time>`; retries for three days, in sight of the web UI."""

    @workflow.run
    async def run(self, outbox_id: int) -> str:
        sent: str = await workflow.execute_activity(
            SEND_NOTIFICATION,
            outbox_id,
            result_type=str,
            start_to_close_timeout=timedelta(seconds=60),
            schedule_to_close_timeout=timedelta(days=3),
            retry_policy=RetryPolicy(
                initial_interval=timedelta(seconds=5), backoff_coefficient=3.0, maximum_interval=timedelta(hours=1)
            ),
            summary="send the mail",
        )
        return sent


@workflow.defn(name="Sweep")
class SweepWorkflow:
    """Finds what lags behind the database, and pushes it on."""

    @workflow.run
    async def run(self) -> str:
        found: Swept = await workflow.execute_activity(
            SWEEP,
            result_type=Swept,
            start_to_close_timeout=timedelta(minutes=10),
            heartbeat_timeout=timedelta(seconds=30),
            retry_policy=FOREVER,
            summary="what lags behind the database",
        )
        for event in found.events:
            await _start(ProviderEventWorkflow.run, event, f"event-{event.id}")
        for mail in found.mails:
            await _start(MailWorkflow.run, int(mail.split("-")[1]), mail)
        return (
            f"{found.orders} orders, {found.commands} commands, {found.operations} operations, "
            f"{len(found.events)} events, {len(found.mails)} mails"
        )


async def _start(run: object, arg: EventRef | int, workflow_id: str) -> None:
    """Start it and leave it, unless it runs or has done its work; one that failed or was ended is tried again."""
    try:
        await workflow.start_child_workflow(
            run,  # type: ignore[arg-type]
            arg,
            id=workflow_id,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            parent_close_policy=ParentClosePolicy.ABANDON,
        )
    except WorkflowAlreadyStartedError:
        workflow.logger.debug("%s runs or has run", workflow_id)


@workflow.defn(name="Reconcile")
class ReconcileWorkflow:
    """Compares the ledgers of a period; repairs what the order can take as a fact, reports the rest."""

    @workflow.run
    async def run(
        self, period: Period | None = None, provider: str = "sandbox", livemode: bool = False
    ) -> Reconciliation:
        now = workflow.now().replace(microsecond=0)
        period = period or Period(provider=provider, livemode=livemode, since=now - LOOK_BACK, until=now)
        result: Reconciliation = await workflow.execute_activity(
            RECONCILE,
            period,
            result_type=Reconciliation,
            start_to_close_timeout=timedelta(hours=1),
            heartbeat_timeout=timedelta(minutes=2),
            retry_policy=FOREVER,
            summary=f"compare {period.provider} since {period.since:%Y-%m-%d}",
        )
        for difference in result.differences:
            await self._repair(difference, period)
        workflow.set_current_details(card(result))
        return result

    async def _repair(self, difference: Difference, period: Period) -> None:
        if not difference.repair or difference.order_id is None:
            workflow.logger.warning("difference on %s: %s", difference.ref, difference.what)
            return
        request = Envelope(
            id=f"reconcile:{workflow.info().run_id}:{difference.ref}",
            actor=Sender(kind="system", id=f"reconcile:{period.provider}"),
        )
        await tell(Telling(order_id=difference.order_id, facts=difference.repair, request=request), difference.what)


def card(result: Reconciliation) -> str:
    """Markdown of what was found."""
    rows = "\n".join(
        f"| {d.ref} | {d.order_id} | {d.what}{'' if d.left else ' (repaired)'} | {d.ours} | {d.theirs} |"
        for d in result.differences[:50]
    )
    head = f"{result.compared} payments compared, {len(result.differences)} differences"
    return head if not rows else f"{head}\n\n| payment | order | what | ours | theirs |\n|---|---|---|---|---|\n{rows}"
