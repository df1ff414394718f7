"""`ordermill listen`: the running engine's webhooks on a developer's machine, printed and handed on, until Ctrl-C.

A temporary endpoint is registered through the API and removed at the end. What the forward target answers is what the engine is
answered, so its ladder of retries works as it will in production: a target that is down gets the event when it is up again.
An endpoint that a killed listener left behind is removed by the next one on this machine.
"""

import asyncio
import contextlib
import signal
import socket
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ordermill.commands.reaching import Caller, Mode, reached

if TYPE_CHECKING:
    from api.face import Endpoints

MARK: Final = "ordermill listen on "
"""How the description of such an endpoint begins; the machine's name follows."""


def listen(
    forward_to: Annotated[
        str | None, typer.Option(help="Where each event is posted, signature headers included.")
    ] = None,
    events: Annotated[str, typer.Option(help="Comma-separated event names; default all.")] = "*",
    face: Annotated[str | None, typer.Option(help="Whose words and bodies; default the first face.")] = None,
    mode: Annotated[Mode, typer.Option(help="live needs ORDERMILL_API_KEY.")] = "test",
    host: Annotated[
        str, typer.Option(help="The address listened on, as the engine reaches this machine.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port listened on; 0 takes a free one.")] = 0,
    *,
    full: Annotated[bool, typer.Option("--full", help="Print each event whole.")] = False,
) -> None:
    """Print webhooks as they happen and forward them to a URL of yours, until Ctrl-C."""
    if forward_to is not None and not forward_to.startswith(("http://", "https://")):
        raise typer.BadParameter("--forward-to is a URL: http://127.0.0.1:3000/webhooks")
    chosen = _endpoints(face)
    try:
        sock = _listening(host, port)
    except OSError as error:
        typer.echo(f"cannot listen on {host}:{port}: {error.strerror or error}", err=True)
        raise typer.Exit(1) from None
    with sock:
        names = [name.strip() for name in events.split(",") if name.strip()]
        asyncio.run(_listen(sock, host, chosen, forward_to, names, mode, full))


def every_face() -> "dict[str, Endpoints]":
    """The faces that send webhooks."""
    from api.faces import FACES

    return {name: face.endpoints for name, face in FACES.items() if face.endpoints is not None}


def _endpoints(face: str | None) -> "Endpoints":
    known = every_face()
    if face is not None and face not in known:
        raise typer.BadParameter(f"--face is one of {', '.join(known)}")
    return known[face or next(iter(known))]


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    sock.listen()
    return sock


async def _listen(
    sock: socket.socket, host: str, face: "Endpoints", forward_to: str | None, events: list[str], mode: Mode, full: bool
) -> None:
    from ordermill.commands.hearing import Hearing, serving

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with (
        reached(mode) as (url, call),
        Hearing(forward_to, typer.echo, full=full) as hearing,
        serving(hearing, sock),
    ):
        await _remove_stale(call)
        shown = f"[{host}]" if ":" in host else host
        target = f"http://{shown}:{sock.getsockname()[1]}{hearing.path}"
        answer = await call("POST", face.path, {"url": target, "events": events, face.named: _mark()})
        made = answer["data"] if face.wrapped else answer
        hearing.secret = made[face.secret]
        _say(url, made, made[face.secret], forward_to, mode)
        await stop.wait()
        await _remove(call, f"{face.path}/{made['id']}")


def _mark() -> str:
    return MARK + socket.gethostname()


def _say(url: str, made: dict[str, Any], secret: str, forward_to: str | None, mode: Mode) -> None:
    typer.echo(f"listening to {url} ({mode} mode): {', '.join(made['events'])}")
    typer.echo(f"  endpoint  {made['id']}, removed at Ctrl-C")
    typer.echo(f"  secret    {secret}")
    typer.echo(f"  forward   {forward_to or 'nowhere: --forward-to URL'}")
    typer.echo("  try       ordermill trigger order.created")


async def _remove(call: Caller, path: str) -> None:
    import httpx2

    from ordermill.commands.reaching import Refusal

    try:
        await call("DELETE", path)
    except (httpx2.HTTPError, Refusal) as error:
        text = (
            f"{path} could not be removed ({type(error).__name__} {error}); the next `ordermill listen` here removes it"
        )
        typer.echo(text, err=True)
    else:
        typer.echo(f"{path} removed")


async def _remove_stale(call: Caller) -> None:
    """Endpoints of this machine's listeners that were killed: nobody answers there as a listener does."""
    from ordermill.commands.hearing import answers

    for face in every_face().values():
        for each in (await call("GET", face.path))[face.listed]:
            if each[face.named] == _mark() and not await answers(each["url"]):
                with contextlib.suppress(Exception):  # another listener was quicker
                    await call("DELETE", f"{face.path}/{each['id']}")
                    typer.echo(f"{face.path}/{each['id']} removed: its listener was killed")
