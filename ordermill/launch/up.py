"""`ordermill up`: the whole engine in the foreground, from nothing to ready in seconds, until Ctrl-C.

Order of things: ports and state directory are checked, Temporal starts while the database is migrated, then the
development key and the demo catalogue, then worker and API at once, then the readiness of the whole. What the store
has to do is passed in (`Preparation`), so that this file imports no layer and its tests need none.
The rule: standard output carries what a person asked for (addresses, the key); logs go to standard error.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TextIO

import structlog

from ordermill.launch import dev_server, state
from ordermill.launch.ports import PortInUse, is_free
from ordermill.launch.supervisor import Child, Supervisor, json_lines, prefixed
from ordermill.refusals import CannotStart
from ordermill.settings import Settings

log = structlog.stdlib.get_logger(__name__)

ROOT = Path(__file__).resolve().parents[2]
READY_TIMEOUT_SECONDS = 60.0
_PORT_PATIENCE_SECONDS = 2.0
"""A port just left by a killed engine is free again within this."""


class StartFailed(CannotStart):
    """The engine did not become ready; the message says what is missing."""

    exit_code = 1


@dataclass(frozen=True)
class Preparation:
    """What has to be true of the store before the first process starts."""

    migrate: Callable[[], Awaitable[None]]
    """Bring the schema up to date."""
    dev_key: Callable[[], Awaitable[str]]
    """Make the development key unless there is one, and return it."""
    load_demo: Callable[[], Awaitable[None]]
    """Load the demo catalogue into test mode; a no-op when it is there."""
    console_link: Callable[[], Awaitable[str | None]] | None = None
    """A link that signs the shop's owner in to the console, once; None where the policy has no console."""


@dataclass(frozen=True)
class Processes:
    """The command lines of our own processes."""

    worker: Sequence[str] = (sys.executable, "-m", "worker")
    api: Sequence[str] = (sys.executable, "-m", "ordermill", "api")
    codec: Sequence[str] = (sys.executable, "-m", "ordermill", "codec-server")


async def up(
    settings: Settings,
    preparation: Preparation,
    *,
    processes: Processes | None = None,
    search_attributes: Sequence[str] = (),
    out: TextIO = sys.stdout,
) -> int:
    """Run until Ctrl-C; the exit code. PortInUse, StateInUse, DevServerError and StartFailed before anything is ready."""
    settings = developing(settings)
    supervisor = Supervisor(json_lines if settings.log_json else prefixed)
    supervisor.watch_signals()
    with state.held(settings.data_dir):
        starting = asyncio.create_task(
            _start(supervisor, settings, preparation, processes or Processes(), search_attributes)
        )
        asked = asyncio.create_task(supervisor.stop_requested.wait())
        try:
            await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                key = await starting
                link = await preparation.console_link() if preparation.console_link is not None else None
                supervisor.settled()
                out.write(banner(settings, key, link))
                out.flush()
                await asked
        finally:
            starting.cancel()
            asked.cancel()
            await asyncio.gather(starting, asked, return_exceptions=True)
            await supervisor.stop()
    if supervisor.failed:
        raise StartFailed(f"{supervisor.failed} ended at its start; its own lines above say why")
    return 0


async def _start(
    supervisor: Supervisor,
    settings: Settings,
    preparation: Preparation,
    processes: Processes,
    search_attributes: Sequence[str],
) -> str:
    """Everything up to ready; returns the development key."""
    await check_ports(settings)
    embedded = settings.temporal_address is None
    if embedded:
        server = _dev_server(settings, search_attributes)
        await asyncio.to_thread(dev_server.check_cli, server.cli)
        await supervisor.start(Child("temporal", server.command(), grace_seconds=5.0))
    await preparation.migrate()
    key = await preparation.dev_key()
    await preparation.load_demo()
    if embedded:
        await dev_server.wait_ready(settings.temporal_target, settings.temporal_namespace)
    environment = {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "ORDERMILL_WEBHOOKS_ALLOW_PRIVATE": str(settings.webhooks_allow_private).lower(),
    }
    await supervisor.start(Child("worker", list(processes.worker), environment, grace_seconds=15.0))
    await supervisor.start(Child("api", list(processes.api), environment, grace_seconds=10.0))
    if has_codec_server(settings):
        await supervisor.start(Child("codec", list(processes.codec), environment, grace_seconds=5.0))
    await wait_ready(settings)
    return key


def developing(settings: Settings) -> Settings:
    """What `up` decides where nobody has: webhooks may go to this machine's own addresses while nobody but this machine reaches
    the API. Otherwise whoever has a key could have the engine knock at doors that only it can reach."""
    known = "webhooks_allow_private" in settings.model_fields_set
    if known or settings.public_url is not None or not _is_loopback(settings.api_host):
        return settings
    return settings.model_copy(update={"webhooks_allow_private": "loopback"})


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _dev_server(settings: Settings, search_attributes: Sequence[str]) -> dev_server.DevServer:
    return dev_server.DevServer(
        cli=dev_server.find_cli(settings.temporal_cli),
        port=settings.temporal_port,
        ui_port=settings.temporal_ui_port,
        database=settings.data_dir / "temporal.sqlite",
        namespace=settings.temporal_namespace,
        search_attributes=search_attributes,
        codec_endpoint=codec_url(settings) if has_codec_server(settings) else None,
        log_format="json" if settings.log_json else "text",
    )


async def check_ports(settings: Settings) -> None:
    """PortInUse for the first of our ports that somebody else has."""
    wanted = [(settings.api_host, settings.api_port, "the API", "ORDERMILL_API_PORT")]
    if has_codec_server(settings):
        wanted.append((settings.codec_host, settings.codec_port, "the codec server", "ORDERMILL_CODEC_PORT"))
    if settings.temporal_address is None:
        wanted += [
            ("127.0.0.1", settings.temporal_port, "Temporal", "ORDERMILL_TEMPORAL_PORT"),
            ("127.0.0.1", settings.temporal_ui_port, "Temporal's web UI", "ORDERMILL_TEMPORAL_UI_PORT"),
        ]
    deadline = time.monotonic() + _PORT_PATIENCE_SECONDS
    for host, port, purpose, variable in wanted:
        while not is_free(host, port):
            if time.monotonic() > deadline:
                raise PortInUse(host, port, purpose, variable)
            await asyncio.sleep(0.1)


async def wait_ready(settings: Settings, *, timeout_seconds: float = READY_TIMEOUT_SECONDS) -> None:
    """Return when GET /health/ready answers 200; StartFailed with its last answer when it does not in time."""
    import httpx

    deadline = time.monotonic() + timeout_seconds
    last = "nothing answered"
    async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
        while time.monotonic() < deadline:
            try:
                answer = await client.get(f"{api_url(settings)}/health/ready")
            except httpx.HTTPError:
                pass
            else:
                if answer.status_code == 200:
                    return
                last = f"it answered {answer.status_code}: {answer.text[:500]}"
            await asyncio.sleep(0.1)
    raise StartFailed(f"{api_url(settings)}/health/ready is not ready after {timeout_seconds:g} s; {last}")


def api_url(settings: Settings) -> str:
    """Where a program on this machine reaches the API."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.api_host, settings.api_host)  # noqa: S104
    return f"http://{host}:{settings.api_port}"


def has_codec_server(settings: Settings) -> bool:
    """Payloads are encrypted, and somebody may read them."""
    return settings.payload_keys is not None and settings.codec_token is not None


def codec_url(settings: Settings) -> str:
    """Where a browser on this machine reaches the codec server."""
    return f"http://{settings.codec_host}:{settings.codec_port}"


def policy_file(settings: Settings) -> str:
    """Where the policy is read from. Started from another directory, the default file is not there, and that is worth a word."""
    path = settings.config.absolute()
    return str(path) if path.exists() else f"the built-in one; there is no {path}"


def banner(settings: Settings, key: str, console_link: str | None = None) -> str:
    """What a person needs once everything is ready."""
    lines = [
        "",
        "Ordermill is ready.",
        f"  API        {api_url(settings)}   (documentation: {api_url(settings)}/docs)",
    ]
    if console_link is not None:
        lines.append(f"  console    {console_link}   (signs the owner in, once)")
    if settings.temporal_address is None:
        lines.append(
            f"  Temporal   http://127.0.0.1:{settings.temporal_ui_port}   (frontend {settings.temporal_target})"
        )
    else:
        lines.append(f"  Temporal   {settings.temporal_target}, namespace {settings.temporal_namespace}")
    lines += [
        f"  state      {settings.data_dir.absolute()}",
        f"  policy     {policy_file(settings)}",
        f"  test key   {key}",
    ]
    if has_codec_server(settings):
        lines.append(f"  payloads   encrypted; sign in at {codec_url(settings)} to read them in Temporal's web UI")
    if settings.webhooks_allow_private == "loopback":
        lines.append("  webhooks   may go to this machine too (ORDERMILL_WEBHOOKS_ALLOW_PRIVATE=false forbids it)")
    elif settings.webhooks_allow_private:
        lines.append(
            "  WARNING    webhooks may go to private and loopback addresses (ORDERMILL_WEBHOOKS_ALLOW_PRIVATE)"
        )
    return "\n".join([*lines, "  Ctrl-C stops everything; a restart goes on where it stopped.", "", ""])
