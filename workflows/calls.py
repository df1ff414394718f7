"""How one workflow of ours speaks to an order's: a signal, and where the order has closed, a start that carries the message.

A woken order has nothing else to do and completes at once: a signal sent after its start would come too late. So what it
is woken for goes into its input (Start.told, Start.resume).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, Literal

from temporalio import workflow
from temporalio.common import RetryPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, FailureError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.messages import MoneyTask, Told
    from activities.signatures import LOAD
    from domain.commands import COMMANDS, Request
    from domain.order import Order
    from workflows import card
    from workflows.messages import Start, compact, signal_of
    from workflows.steps import FOREVER

ATTEMPTS: Final = 10
"""Signal or start, whichever the order's state allows at that moment; it changes sides rarely."""


def workflow_id(order_id: str) -> str:
    """The workflow of an order."""
    return f"order-{order_id}"


async def tell_facts(order_id: str, facts: Sequence[Told], request: Request) -> bool:
    """Tell the order these facts, in order, running or closed. False: there is no such order."""
    sent = [
        (signal_of(told.verb), [COMMANDS[told.verb].model_validate(told.command), request.nth(n)])
        for n, told in enumerate(facts)
    ]
    return await _reach(order_id, sent, Wake(told=tuple(facts), request=request))


async def nudge(order_id: str, version: int) -> bool:
    """The row is at this version: catch up. A closed order that is woken reads its row anyway."""
    return await _reach(order_id, [("nudge", [version])], Wake())


async def resume(order_id: str, task: MoneyTask) -> bool:
    """Money a terminated run left half done."""
    return await _reach(order_id, [("resume", [task])], Wake(resume=task))


class Wake:
    """What an order that has closed is started with."""

    def __init__(
        self, told: tuple[Told, ...] = (), request: Request | None = None, resume: MoneyTask | None = None
    ) -> None:
        self.told, self.request, self.resume = told, request, resume

    def start(self, order: Order) -> Start:
        return Start(order=compact(order), told=self.told, told_by=self.request, resume=self.resume)


async def _reach(order_id: str, signals: Sequence[tuple[str, list[Any]]], wake: Wake) -> bool:
    for _ in range(ATTEMPTS):
        try:
            for name, args in signals:
                await workflow.get_external_workflow_handle(workflow_id(order_id)).signal(name, args=args)
        except (ApplicationError, FailureError):
            outcome = await _wake(order_id, wake)
            if outcome != "running":
                return outcome == "woken"
        else:
            return True
    raise ApplicationError("the order neither takes signals nor starts", type="Unreachable")


async def _wake(order_id: str, wake: Wake) -> Literal["woken", "running", "gone"]:
    """Start the order's workflow from its row, unless it runs."""
    order = await workflow.execute_activity(
        LOAD,
        order_id,
        result_type=Order,
        start_to_close_timeout=timedelta(seconds=15),
        retry_policy=FOREVER,
        summary="read the order's row",
    )
    if order is None:
        return "gone"
    try:
        await workflow.start_child_workflow(
            "Order",
            wake.start(order),
            id=workflow_id(order_id),
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            parent_close_policy=ParentClosePolicy.ABANDON,
            task_timeout=timedelta(seconds=5),
            search_attributes=card.at_start(order),
            static_summary=card.summary(order),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )
    except WorkflowAlreadyStartedError:
        return "running"
    return "woken"
