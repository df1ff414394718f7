"""`ordermill reconcile`: run the reconciliation workflow now, and print what it found."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import typer

from ordermill.settings import Settings


async def reconcile(settings: Settings, days: float, *, live: bool) -> int:
    """Exit code 0: the ledgers agree (or were repaired); 1: something is left to a person."""
    from activities.messages import Period, Reconciliation
    from ordermill.connect import connect
    from workflows.housekeeping import ReconcileWorkflow

    client = await connect(settings)
    now = datetime.now(UTC).replace(microsecond=0)
    period = Period(
        provider=settings.payment_provider,
        livemode=live,
        since=now - timedelta(days=days),
        until=now + timedelta(seconds=1),
    )
    result: Reconciliation = await client.execute_workflow(
        ReconcileWorkflow.run,
        args=[period, settings.payment_provider],
        id=f"reconcile-{uuid4()}",
        task_queue=settings.task_queue,
    )
    typer.echo(f"{result.compared} payments compared, {len(result.differences)} differences")
    for difference in result.differences:
        repaired = "repaired" if difference.repair else "left"
        typer.echo(
            f"{repaired}: {difference.ref} of order {difference.order_id}: {difference.what}; "
            f"ours {difference.ours}, theirs {difference.theirs}"
        )
    return 1 if any(d.repair is None for d in result.differences) else 0
