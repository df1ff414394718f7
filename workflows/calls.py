"""How one workflow of ours speaks to an order's: a signal, and where the order has closed, a wake-up first."""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, FailureError, WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from activities.signatures import LOAD
    from domain.order import Order
    from workflows import card
    from workflows.messages import Start
    from workflows.steps import FOREVER


def workflow_id(order_id: str) -> str:
    """The workflow of an order."""
    return f"order-{order_id}"


async def tell(order_id: str, signal: str, args: list[Any]) -> bool:
    """Signal the order's workflow; wake it from its row when it has completed. False: there is no such order."""
    try:
        await workflow.get_external_workflow_handle(workflow_id(order_id)).signal(signal, args=args)
    except (ApplicationError, FailureError):
        if not await wake(order_id):
            return False
        await workflow.get_external_workflow_handle(workflow_id(order_id)).signal(signal, args=args)
    return True


async def wake(order_id: str) -> bool:
    """Start the order's workflow from its row, unless it runs. False: there is no row."""
    order = await workflow.execute_activity(
        LOAD,
        order_id,
        result_type=Order,
        start_to_close_timeout=timedelta(seconds=15),
        retry_policy=FOREVER,
        summary="read the order's row",
    )
    if order is None:
        return False
    try:
        await workflow.start_child_workflow(
            "Order",
            Start(order=order),
            id=workflow_id(order_id),
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            parent_close_policy=ParentClosePolicy.ABANDON,
            task_timeout=timedelta(seconds=5),
            search_attributes=card.at_start(order),
            static_summary=card.summary(order),
            retry_policy=RetryPolicy(maximum_attempts=1),
        )
    except WorkflowAlreadyStartedError:
        workflow.logger.info("the order's workflow runs already")
    return True
