"""WebhookEndpointWorkflow: one endpoint's deliveries, for as long as it is sent to. Id `webhook-<endpoint id>`.

It sleeps until it is poked (something was queued) or the next retry is due, and then drains what is due in batches, in one
activity at a time. What waits is in the database, in lanes of one order each; here is only when to look again. An endpoint that
keeps failing is asked by fewer requests at once. The jitter comes from workflow.random; the ladder is domain/webhooks.py.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows import card
    from workflows.messages import DRAIN_WEBHOOKS, Message
    from workflows.steps import FOREVER
    from workflows.webhook_messages import Drained, DrainTask

WIDTH: Final = 8
"""Requests to one endpoint at once."""
PROBES: Final = 2
"""While it is down."""
DOWN_AFTER: Final = 8
"""Failures in a row that make it down."""
DRAINS_PER_RUN: Final = 500
"""Continue as new after so many; a drain is three events of history."""


class EndpointStart(Message):
    """The workflow's input; the rest is what a run hands to the next."""

    endpoint_id: str
    failures_in_a_row: int = 0
    next_attempt_at: datetime | None = None
    look: bool = True
    """Look at once."""
    shown: dict[str, Any] = {}


def endpoint_workflow_id(endpoint_id: str) -> str:
    """The workflow of an endpoint."""
    return f"webhook-{endpoint_id}"


@workflow.defn(name="WebhookEndpoint")
class WebhookEndpointWorkflow:
    @workflow.init
    def __init__(self, start: EndpointStart) -> None:
        self._endpoint_id = start.endpoint_id
        self._look = start.look
        self._next = start.next_attempt_at
        self._streak = start.failures_in_a_row
        self._shown = dict(start.shown)
        self._delivered = 0
        self._last_error: str | None = None

    @workflow.run
    async def run(self, start: EndpointStart) -> str:
        """Until the endpoint is deleted or disabled; switched on again, it starts anew."""
        for _ in range(DRAINS_PER_RUN):
            await self._until_something_is_due()
            self._look = False
            result = await self._drain()
            poked = self._look
            self._adopt(result)
            if result.status in ("deleted", "disabled") and not poked:
                return f"{result.status}, {result.pending} deliveries wait"
            if workflow.info().is_continue_as_new_suggested():
                break
        return workflow.continue_as_new(self._handed_on())

    def _handed_on(self) -> EndpointStart:
        return EndpointStart(
            endpoint_id=self._endpoint_id,
            failures_in_a_row=self._streak,
            next_attempt_at=self._next,
            look=self._look,
            shown=self._shown,
        )

    @workflow.signal
    def poke(self) -> None:
        """Something was queued, or the endpoint was changed: look."""
        self._look = True

    @workflow.query
    def about(self) -> dict[str, Any]:
        """Live diagnostics."""
        return {
            "failuresInARow": self._streak,
            "nextAttemptAt": self._next.isoformat() if self._next else None,
            "delivered": self._delivered,
            "lastError": self._last_error,
        }

    async def _until_something_is_due(self) -> None:
        if self._look:
            return
        left = None
        if self._next is not None:
            left = (self._next - workflow.now()).total_seconds()
            if left <= 0:
                return
        try:
            await workflow.wait_condition(
                lambda: self._look,
                timeout=left,
                timeout_summary=f"next retry {card.when(self._next)}" if self._next else None,
            )
        except TimeoutError:
            return

    async def _drain(self) -> Drained:
        down = self._streak >= DOWN_AFTER
        result: Drained = await workflow.execute_activity(
            DRAIN_WEBHOOKS,
            DrainTask(
                endpoint_id=self._endpoint_id,
                now=workflow.now(),
                seed=workflow.random().getrandbits(32),
                width=PROBES if down else WIDTH,
            ),
            result_type=Drained,
            start_to_close_timeout=timedelta(seconds=90),
            heartbeat_timeout=timedelta(seconds=10),
            retry_policy=FOREVER,
            summary="probe the receiver" if down else "send what is due",
        )
        return result

    def _adopt(self, result: Drained) -> None:
        """When to look again, and what the web UI shows."""
        if result.delivered and not result.failures_in_a_row:
            self._streak = 0
        elif result.failed:
            self._streak = result.failures_in_a_row + (0 if result.delivered else self._streak)
        self._delivered += result.delivered
        self._last_error = result.last_error if result.failed else None if result.delivered else self._last_error
        self._look = self._look or result.due
        self._next = result.next_attempt_at
        shown = {"status": result.status, "next": self._next.isoformat() if self._next else None}
        if shown != self._shown:
            workflow.upsert_search_attributes(
                [
                    card.ENDPOINT_STATUS.value_set(result.status),
                    card.ORDER_MODE.value_set("live" if result.livemode else "test"),
                    card.NEXT_DEADLINE.value_set(self._next) if self._next else card.NEXT_DEADLINE.value_unset(),
                ]
            )
            self._shown = shown
        workflow.set_current_details(self._card(result))

    def _card(self, result: Drained) -> str:
        """Markdown of how the receiver does."""
        health = "down" if self._streak >= DOWN_AFTER else "struggling" if self._streak else "well"
        next_try = f"next retry {card.when(self._next)}" if self._next else "no retry waits"
        return (
            f"## {result.face} webhook to {result.host}: {result.status}\n\n"
            f"{result.pending} deliveries wait · {next_try} · {self._delivered} delivered in this run\n\n"
            f"Receiver: {health}" + (f", {self._streak} failures in a row" if self._streak else "")
            + (f"\n\n**Last error**: {self._last_error}\n" if self._last_error else "\n")
        )  # fmt: skip
