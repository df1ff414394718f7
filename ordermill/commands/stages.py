"""An engine to tell something on: the one of `make up` when it runs here, else a temporary one that leaves nothing behind.

`ordermill demo` and `ordermill story` use it. Both move a workflow's clock, which only Temporal's development server allows.
"""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import typer

from ordermill.settings import Settings

START_SECONDS = 60


@dataclass(frozen=True)
class Running:
    """An engine that answers."""

    api: str
    key: str
    temporal: str
    ui: str
    temporary: bool = False
    """It ends with the block."""


@contextlib.asynccontextmanager
async def engine(settings: Settings) -> AsyncIterator[Running]:
    """The engine that runs, or a temporary one for the length of the block."""
    from ordermill.launch.up import api_url

    if await _answers(api_url(settings)):
        yield _running(settings)
        return
    with tempfile.TemporaryDirectory(prefix="ordermill-demo-") as folder:
        temporary = _temporary(settings, Path(folder))
        environment = os.environ | {
            "ORDERMILL_DATA_DIR": folder,
            "ORDERMILL_API_PORT": str(temporary.api_port),
            "ORDERMILL_TEMPORAL_PORT": str(temporary.temporal_port),
            "ORDERMILL_TEMPORAL_UI_PORT": str(temporary.temporal_ui_port),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ordermill", "up", env=environment,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            typer.echo("no engine runs here: a temporary one is started")
            await _wait(api_url(temporary), process)
            yield replace(_running(temporary), temporary=True)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                await process.wait()


def _temporary(settings: Settings, folder: Path) -> Settings:
    from ordermill.launch.ports import free_ports

    api, temporal, ui = free_ports(3)
    return settings.model_copy(
        update={
            "data_dir": folder,
            "api_port": api,
            "temporal_port": temporal,
            "temporal_ui_port": ui,
            "temporal_address": None,
        }
    )


def _running(settings: Settings) -> Running:
    from ordermill.launch.up import api_url

    preset = os.environ.get("ORDERMILL_API_KEY") or (
        settings.dev_api_key.get_secret_value() if settings.dev_api_key else None
    )
    key = preset or (settings.data_dir / "dev-api-key").read_text().strip()
    temporal = f"{settings.temporal_target}/{settings.temporal_namespace}"
    return Running(api_url(settings), key, temporal, f"http://127.0.0.1:{settings.temporal_ui_port}")


async def _wait(url: str, process: asyncio.subprocess.Process) -> None:
    for _ in range(START_SECONDS * 10):
        if await _answers(url):
            return
        if process.returncode is not None:
            break
        await asyncio.sleep(0.1)
    typer.echo("the temporary engine did not start; `ordermill up` says why", err=True)
    raise typer.Exit(1)


async def _answers(url: str) -> bool:
    try:
        async with httpx2.AsyncClient(timeout=2, trust_env=False) as http:
            return (await http.get(f"{url}/health/ready")).status_code == 200
    except httpx2.HTTPError:
        return False
