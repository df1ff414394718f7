"""After a restore, before any worker or API runs: what payment providers did since the backup is told to the orders' rows.

A provider's object names order and request in its metadata, so it finds its order whatever our own books have forgotten. No
workflow is needed: a fact is a command like any other, and its row, its record and its events are written as an activity writes
them. By the time a workflow is rebuilt, or a customer repeats a payment, the order knows the money.
"""

from datetime import UTC, datetime
from uuid import uuid4

import structlog

from activities.orders.execute import Execution
from activities.upkeep.reconciliation import Reconciling
from workflows.messages import Difference, Envelope, Period, Reconciliation, Sender, Task

log = structlog.stdlib.get_logger(__name__)
BUDGET_SECONDS = 60.0


async def reconcile(reconciling: Reconciling, execution: Execution, period: Period) -> Reconciliation:
    """Compare, and repair what orders can take. KeyError, StoreError, ProviderUnavailable: nothing is lost, do it again."""
    run = str(uuid4())
    found = await reconciling.compare(period, _nobody_listens)
    for difference in found.differences:
        await _repair(execution, difference, period, run)
    return found


def _nobody_listens(_: object) -> None:
    """A heartbeat outside of Temporal."""


async def _repair(execution: Execution, difference: Difference, period: Period, run: str) -> None:
    if difference.order_id is None:
        return
    sender = Sender(kind="system", id=f"reconcile:{period.provider}")
    for n, told in enumerate(difference.repair):
        task = Task(
            order_id=difference.order_id,
            verb=told.verb,
            request=Envelope(id=f"restore:{run}:{difference.ref}:{n}", actor=sender),
            command=told.command,
            now=datetime.now(UTC).replace(microsecond=0),
        )
        result = await execution.perform(task, BUDGET_SECONDS)
        if result.outcome == "refused":
            log.warning("a fact was refused", order_id=difference.order_id, verb=told.verb, error=result.error)
