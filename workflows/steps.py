"""How a command's one activity is run: local where nobody is asked, regular where money moves, with time-outs and retries.

A local activity costs no state transition, but while it retries it holds the workflow task: three quick
attempts, then a regular activity that retries for as long as the outage lasts. A refusal is an answer, not an error.
"""

from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from workflows.messages import FINISH, READ_ORDER, RESERVE_AND_SAVE, Asks, Result, Task

LOCAL: Final = timedelta(seconds=1)
SAVING: Final = timedelta(seconds=15)
ASKING: Final = timedelta(seconds=90)
"""Start-to-close of one attempt. An attempt begins no writing transaction after its own (activities/orders/execute.py)."""

LOCAL_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=50), backoff_coefficient=2.0, maximum_attempts=3
)
FOREVER: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=30)
)
"""An outage is retried until it is over."""

HEARTBEAT: Final = timedelta(seconds=5)
"""A worker killed while it asks a provider is noticed within this; the activity beats every second."""


async def save(task: Task, summary: str) -> Result:
    """Do a command that asks nobody: one transaction. `asks` when it turns out that it must ask."""
    return await _saved(RESERVE_AND_SAVE, task.model_copy(update={"local": True}), summary)


async def ask(task: Task, asks: Asks) -> Result:
    """Do a command that moves money: ask the provider and save, in one activity; the input is a reference."""
    return await _asked(asks.activity, task, asks.summary)


async def finish(task: Task) -> Result:
    """Finish a request whose money was left half done."""
    return await _asked(FINISH, task, "finish what was left half done")


async def read(order_id: str) -> Result:
    """Where the order stands; `absent` when it has no row."""
    return await _saved(READ_ORDER, order_id, "read the order")


async def _saved(activity: str, argument: Task | str, summary: str) -> Result:
    try:
        result: Result = await workflow.execute_local_activity(
            activity,
            argument,
            result_type=Result,
            start_to_close_timeout=LOCAL,
            retry_policy=LOCAL_RETRY,
            summary=summary,
        )
    except FailureError:
        result = await workflow.execute_activity(
            activity,
            argument,
            result_type=Result,
            start_to_close_timeout=SAVING,
            retry_policy=FOREVER,
            summary=summary,
        )
    return result


async def _asked(activity: str, task: Task, summary: str) -> Result:
    result: Result = await workflow.execute_activity(
        activity,
        task,
        result_type=Result,
        start_to_close_timeout=ASKING,
        heartbeat_timeout=HEARTBEAT,
        retry_policy=FOREVER,
        summary=summary,
    )
    return result
