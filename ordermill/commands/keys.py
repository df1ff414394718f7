"""`ordermill keys create|list|revoke`: API keys, straight in the database (contract section 2)."""

import asyncio
import time
from typing import Annotated, Literal

import typer

from ordermill.process import beginning

LONGEST_NAME = 255
app = typer.Typer(help="API keys.", no_args_is_help=True)


@app.command()
def create(
    scope: Annotated[Literal["secret", "restricted", "customer"], typer.Option(help="What the key may do.")],
    mode: Annotated[Literal["test", "live"], typer.Option(help="Which of the two worlds it opens.")] = "test",
    customer: Annotated[str | None, typer.Option(help="The customer a customer key is bound to.")] = None,
    name: Annotated[str | None, typer.Option(help="What it is for; events show it beside what the key did.")] = None,
) -> None:
    """Make a key and print it once, alone on its line. Only its hash is stored."""
    if (scope == "customer") != (customer is not None):
        raise typer.BadParameter("a customer key needs --customer, the others take none")
    if name is not None and not (0 < len(name.strip()) <= LONGEST_NAME and name.isprintable()):
        raise typer.BadParameter(f"--name is 1 to {LONGEST_NAME} printable characters")
    typer.echo(asyncio.run(_create(scope, mode == "live", customer, name)))


async def _create(
    scope: Literal["secret", "restricted", "customer"], livemode: bool, customer: str | None, name: str | None
) -> str:
    from store.access import keys
    from store.database.engine import create_engine

    engine = create_engine(beginning.database(beginning.settings()).database)
    try:
        minted = await keys.mint(
            engine, scope=scope, livemode=livemode, now=int(time.time()), customer_id=customer, name=name
        )
    finally:
        await engine.dispose()
    return minted.text


@app.command("list")
def list_keys() -> None:
    """Every key: id, scope, mode, when it was made and last used, and its name."""
    asyncio.run(_list())


async def _list() -> None:
    from store.access import keys
    from store.database.engine import create_engine

    engine = create_engine(beginning.database(beginning.settings()).database)
    try:
        for key in await keys.list_keys(engine):
            mode = "live" if key.livemode else "test"
            state = "revoked" if key.revoked_at else "active"
            used = _when(key.last_used_at)
            made = _when(key.created_at)
            row = f"{key.id}  {key.scope:<10}  {mode}  {state:<7}  made {made}  used {used}  {key.name or ''}"
            typer.echo(row.rstrip())
    finally:
        await engine.dispose()


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The id that `keys list` shows.")]) -> None:
    """Revoke a key: it opens nothing any more."""
    if not asyncio.run(_revoke(key_id)):
        typer.echo(f"no key {key_id}", err=True)
        raise typer.Exit(1)
    typer.echo(f"{key_id} is revoked")


async def _revoke(key_id: str) -> bool:
    from store.access import keys
    from store.database.engine import create_engine

    engine = create_engine(beginning.database(beginning.settings()).database)
    try:
        return await keys.revoke(engine, key_id, int(time.time())) is not None
    finally:
        await engine.dispose()


def _when(at: int | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(at)) if at else "never"
