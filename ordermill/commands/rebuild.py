"""`ordermill rebuild`: give open orders a fresh workflow run, read from their rows."""

from typing import Final

import typer

from ordermill.settings import Settings

DONE, FAILED, UNREACHABLE = 0, 1, 3
"""Exit codes: all rebuilt; Temporal refused some; Temporal does not answer."""
_SAID: Final = ("reset", "started", "replaced", "no row", "failed")


async def rebuild(settings: Settings, wanted: list[str]) -> int:
    """`wanted`: orders by any spelling; none: every order that is open or owes something."""
    from activities.upkeep.reaching import Reaching
    from activities.upkeep.rebuilding import rebuild_all, rebuild_these
    from ordermill.process.connect import connect
    from store.database.engine import create_engine
    from store.order.orders import resolve

    try:
        client = await connect(settings, lazy=False)
    except RuntimeError:
        typer.echo(f"Temporal does not answer at {settings.temporal_target}", err=True)
        return UNREACHABLE
    engine = create_engine(settings.database)
    try:
        reaching = Reaching(client, engine, settings.task_queue)
        if not wanted:
            done = await rebuild_all(engine, reaching, _tell)
        else:
            found = [await resolve(engine, False, text) or await resolve(engine, True, text) for text in wanted]
            missing = [text for text, order in zip(wanted, found, strict=True) if order is None]
            for text in missing:
                typer.echo(f"{text}: no such order", err=True)
            done = await rebuild_these(reaching, [order.id for order in found if order is not None], _tell)
            done["failed"] += len(missing)
    finally:
        await engine.dispose()
    typer.echo(", ".join(f"{done[word]} {word}" for word in _SAID if done[word]) or "nothing to rebuild")
    return FAILED if done["failed"] else DONE


def _tell(order_id: str, outcome: str) -> None:
    typer.echo(f"order_{order_id}: {outcome}")
