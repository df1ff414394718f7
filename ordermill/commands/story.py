"""`ordermill story`: 45 days of one order, told as a timeline while they happen (chapters.py has what is asked when).

Everything asked goes over HTTP, with a secret key or the customer's own. Between the days the order's own clock is moved by the
Temporal dev server's time skipping, for this one workflow: its deadlines fire, and the web UI shows every step. Who did what,
the money and what the order waits for are read from the engine after each act; nothing of it is written down here.
"""

import asyncio
import secrets
from itertools import groupby
from typing import Annotated

import httpx2
import typer

from ordermill.commands.chapters import ACTS
from ordermill.commands.order_clock import NoSkipping
from ordermill.commands.reaching import Caller, Refusal
from ordermill.commands.stages import Running, engine
from ordermill.process import beginning
from ordermill.settings import Settings


def story(
    keep: Annotated[
        bool, typer.Option("--keep", help="Let a temporary engine run on, for its web UI, until Ctrl-C.")
    ] = False,
    until: Annotated[int, typer.Option(min=0, help="Stop after this day, and leave the order as it is then.")] = 45,
) -> None:
    """Lead one order through 45 days and print what happened, who did it, the money, and what it waits for."""
    try:
        asyncio.run(_story(beginning.settings(), keep, until))
    except (Refusal, NoSkipping) as error:
        typer.echo(f"the story stops here: {error}", err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(0 if keep else 130) from None


async def _story(settings: Settings, keep: bool, until: int) -> None:
    from ordermill.commands.telling import Telling

    async with engine(settings) as running, _http(running, running.key) as http:
        shop = Caller(http)
        customer = f"cus_jane_{secrets.token_hex(4)}"  # her store credit begins at nothing, however often this is told
        minted = await shop("POST", "/engine/keys", {"scope": "customer", "customerId": customer, "name": "Jane"})
        try:
            async with _http(running, minted["key"]) as own:
                telling = Telling(running, {"shop": shop, "customer": Caller(own)}, customer)
                for day, acts in groupby((act for act in ACTS if act.day <= until), key=lambda act: act.day):
                    await telling.day(day, list(acts))
                await telling.end()
        finally:
            await shop("DELETE", f"/engine/keys/{minted['id']}")
        if keep and running.temporary:
            typer.echo("The engine runs on until Ctrl-C.")
            await asyncio.Event().wait()
        elif running.temporary:
            typer.echo(
                "The temporary engine ends now, and its web UI with it; --keep (make story KEEP=yes) lets it run on."
            )


def _http(running: Running, key: str) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx2.AsyncClient(base_url=running.api, headers=headers, timeout=60, trust_env=False)
