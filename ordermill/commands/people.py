"""`ordermill people add|list|role|disable|enable|link|reset`: who works in the console, straight in the database (contract 15).

No password is ever an argument or printed: a one-time link opens the console, and there its person sets one.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ordermill.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from store.access.staff import Person

Role = Literal["owner", "agent", "warehouse", "viewer"]
Email = Annotated[str, typer.Argument(help="Their e-mail address.")]
app = typer.Typer(help="People of the console.", no_args_is_help=True)


def _run(work: "Callable[[AsyncEngine], Awaitable[None]]") -> None:
    asyncio.run(_with_database(work))


async def _with_database(work: "Callable[[AsyncEngine], Awaitable[None]]") -> None:
    from store.database.engine import create_engine

    engine = create_engine(Settings().database)
    try:
        await work(engine)
    finally:
        await engine.dispose()


async def _person(engine: "AsyncEngine", email: str) -> "Person":
    from store.access import staff

    found = await staff.find(engine, email)
    if found is None:
        typer.echo(f"nobody has the address {email}", err=True)
        raise typer.Exit(1)
    return found


async def _link(engine: "AsyncEngine", person: "Person") -> str:
    from store.access import sessions

    token = await sessions.link(engine, person.id, int(time.time()))
    return f"{Settings().link_base}/console/sign-in/{token}"


@app.command()
def add(
    email: Email,
    role: Annotated[Role, typer.Option(help="What they may do.")],
) -> None:
    """Add somebody, and print a link that signs them in once, within a day; there they set their password."""

    async def work(engine: "AsyncEngine") -> None:
        from store.access import staff

        try:
            person = await staff.add(engine, email, role, int(time.time()))
        except ValueError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None
        typer.echo(await _link(engine, person))

    _run(work)


@app.command("list")
def list_people() -> None:
    """Everybody: address, role, since when, and when they last signed in."""

    async def work(engine: "AsyncEngine") -> None:
        from store.access import staff

        for person in await staff.everybody(engine):
            state = "disabled" if person.disabled_at else "active"
            seen, made = _when(person.signed_in_at), _when(person.created_at)
            typer.echo(f"{person.email:<32}  {person.role:<9}  {state:<8}  added {made}  signed in {seen}")

    _run(work)


@app.command("role")
def set_role(email: Email, role: Annotated[Role, typer.Argument(help="What they may do from now on.")]) -> None:
    """Give somebody another role; it holds from their next click."""

    async def work(engine: "AsyncEngine") -> None:
        from store.access import staff

        person = await _person(engine, email)
        await staff.set_role(engine, person.id, role)
        typer.echo(f"{person.email} is {role}")

    _run(work)


@app.command()
def disable(email: Email) -> None:
    """Let somebody in no more; their sessions end at once, what they did stays theirs."""

    async def work(engine: "AsyncEngine") -> None:
        from store.access import staff

        person = await _person(engine, email)
        await staff.disable(engine, person.id, int(time.time()))
        typer.echo(f"{person.email} is disabled")

    _run(work)


@app.command()
def enable(email: Email) -> None:
    """Let somebody in again."""

    async def work(engine: "AsyncEngine") -> None:
        from store.access import staff

        person = await _person(engine, email)
        await staff.enable(engine, person.id)
        typer.echo(f"{person.email} is active")

    _run(work)


@app.command()
def link(email: Email) -> None:
    """Print a link that signs somebody in once, within a day."""

    async def work(engine: "AsyncEngine") -> None:
        typer.echo(await _link(engine, await _person(engine, email)))

    _run(work)


@app.command()
def reset(email: Email) -> None:
    """Forget somebody's password and end their sessions; print a link by which they set another."""

    async def work(engine: "AsyncEngine") -> None:
        from store.access import sessions, staff

        person = await _person(engine, email)
        await staff.set_password(engine, person.id, None)
        await sessions.end_others(engine, person.id)
        typer.echo(await _link(engine, person))

    _run(work)


def _when(at: int | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(at)) if at else "never"
