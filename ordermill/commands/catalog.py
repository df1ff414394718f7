"""`ordermill catalog load FILE`: variants and their first stock, from YAML (the demo's file shows the shape)."""

import asyncio
import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from ordermill.process import beginning

app = typer.Typer(help="The catalogue.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `load` a sub-command."""


@app.command()
def load(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML, as store/goods/demo_catalog.yaml.")],
    mode: Annotated[Literal["test", "live"], typer.Option(help="Which world's catalogue.")] = "test",
) -> None:
    """Write every variant of the file; stock that is already there stays as it is."""
    typer.echo(f"{asyncio.run(_load(file, mode == 'live'))} variants")


async def _load(file: Path, livemode: bool) -> int:
    from store.database.engine import create_engine
    from store.goods import catalog

    engine = create_engine(beginning.database(beginning.settings()).database)
    try:
        return await catalog.load(engine, livemode, catalog.read_file(file), int(time.time()))
    finally:
        await engine.dispose()
