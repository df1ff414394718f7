"""How the two steps of a command are run: saving (local first) and money (regular), with their time-outs and retries.

A local activity costs no state transition, but while it retries it holds the workflow task: three quick
attempts, then a regular activity that retries for as long as the outage lasts.
"""

from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from activities.messages import MoneyResult, MoneyTask, SaveResult, SaveTask
    from activities.signatures import PERFORM, SAVE

LOCAL_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(milliseconds=50), backoff_coefficient=2.0, maximum_attempts=3
)
FOREVER: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(seconds=30)
)
"""An outage is retried until it is over; a refusal is an answer, not an error."""

HEARTBEAT: Final = timedelta(seconds=5)
"""A worker killed while it asks a provider is noticed within this; the activity beats every second."""


async def save(task: SaveTask, summary: str) -> SaveResult:
    """One transaction in the database."""
    try:
        result: SaveResult = await workflow.execute_local_activity(
            SAVE,
            task,
            result_type=SaveResult,
            start_to_close_timeout=timedelta(seconds=1),
            retry_policy=LOCAL_RETRY,
            summary=summary,
        )
    except FailureError:
        result = await workflow.execute_activity(
            SAVE,
            task,
            result_type=SaveResult,
            start_to_close_timeout=timedelta(seconds=15),
            retry_policy=FOREVER,
            summary=summary,
        )
    return result


async def perform(task: MoneyTask, summary: str) -> MoneyResult:
    """Ask the provider, then save, in one activity; the input is a reference."""
    result: MoneyResult = await workflow.execute_activity(
        PERFORM,
        task,
        result_type=MoneyResult,
        start_to_close_timeout=timedelta(seconds=90),
        heartbeat_timeout=HEARTBEAT,
        retry_policy=FOREVER,
        summary=summary,
    )
    return result
