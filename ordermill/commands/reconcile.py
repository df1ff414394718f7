"""`ordermill reconcile`: run the reconciliation workflow now, and print what it found."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import typer

from ordermill.settings import Settings

AGREED, LEFT, NOBODY, UNREACHABLE = 0, 1, 2, 3
"""Exit codes: the ledgers agree (or were repaired); something is left to a person; no provider serves the mode; Temporal
does not answer."""


async def reconcile(settings: Settings, days: float, *, live: bool) -> int:
    """One of the exit codes above."""
    from activities.providers import by_livemode
    from domain.order import STORE_CREDIT
    from ordermill.process.connect import connect
    from workflows.housekeeping import ReconcileWorkflow
    from workflows.messages import Difference, Period, Reconciliation

    provider = by_livemode(settings).get(live)
    if provider is None:
        typer.echo(f"no payment provider serves {'live' if live else 'test'} mode (STRIPE_API_KEY)", err=True)
        return NOBODY
    try:
        client = await connect(settings, lazy=False)
    except RuntimeError:
        typer.echo(f"Temporal does not answer at {settings.temporal_target}", err=True)
        return UNREACHABLE
    now = datetime.now(UTC).replace(microsecond=0)
    found: list[Difference] = []
    for name in (provider, STORE_CREDIT):
        period = Period(
            provider=name, livemode=live, since=now - timedelta(days=days), until=now + timedelta(seconds=1)
        )
        result: Reconciliation = await client.execute_workflow(
            ReconcileWorkflow.run,
            args=[period, name, live],
            id=f"reconcile-{uuid4()}",
            task_queue=settings.task_queue,
        )
        typer.echo(f"{name}: {result.compared} payments compared, {len(result.differences)} differences")
        found += result.differences
    for difference in found:
        typer.echo(
            f"{'left' if difference.left else 'repaired'}: {difference.ref} of order {difference.order_id}: "
            f"{difference.what}; ours {difference.ours}, theirs {difference.theirs}"
        )
    return LEFT if any(difference.left for difference in found) else AGREED
