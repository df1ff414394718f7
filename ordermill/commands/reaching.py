"""Where the engine that runs is, and with which key: what `listen` and `trigger` need of it.

ORDERMILL_API_URL and ORDERMILL_API_KEY say so for an engine elsewhere, as for the clients; otherwise it is the one of `make up`
here.
"""

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import typer

from ordermill.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

Mode = Literal["test", "live"]


class Refusal(Exception):
    """The engine said no."""


class Caller:
    """JSON over one connection to the engine."""

    def __init__(self, http: "httpx2.AsyncClient") -> None:
        self._http = http

    async def __call__(self, method: str, path: str, body: dict[str, Any] | None = None, expect: int = 0) -> Any:
        """The answer's JSON; None for an empty one. Refusal unless it is a success, or the status that is expected."""
        answer = await self._http.request(method, path, json=None if method == "GET" else body or {})
        if answer.status_code >= 400 and answer.status_code != expect:
            raise Refusal(f"{method} {path}: {answer.status_code} {told(answer)}")
        return answer.json() if answer.content else None


def told(answer: "httpx2.Response") -> str:
    """What a face says of a refusal, on one line."""
    try:
        error = answer.json()["error"]
        return f"{error['field']}: {error['message']}" if error.get("field") else str(error["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:500]


@asynccontextmanager
async def reached(mode: Mode) -> "AsyncIterator[tuple[str, Caller]]":
    """The engine's address and a caller, or exit code 1 with what is missing."""
    import httpx2

    from ordermill.launch.up import api_url

    settings = Settings()
    url = (os.environ.get("ORDERMILL_API_URL") or api_url(settings)).rstrip("/")
    headers = {"Authorization": f"Bearer {_key(settings, mode)}"}
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False) as http:
        try:
            yield url, Caller(http)
        except httpx2.TransportError as error:
            _fail(
                f"no engine answers at {url} ({type(error).__name__}): `make up` starts one; ORDERMILL_API_URL names another"
            )
        except Refusal as refusal:
            _fail(str(refusal))


def _key(settings: Settings, mode: Mode) -> str:
    given = os.environ.get("ORDERMILL_API_KEY") or (
        settings.dev_api_key.get_secret_value() if settings.dev_api_key else None
    )
    file = settings.data_dir / "dev-api-key"
    key = given or (file.read_text().strip() if file.exists() else None)
    if key is None:
        _fail(f"no key: {file} is not there; set ORDERMILL_API_KEY to a secret key, or start the engine with `make up`")
    if not key.startswith(f"sk_{mode}_"):
        _fail(
            f"the key is no sk_{mode}_… one: for {mode} mode set ORDERMILL_API_KEY (`ordermill keys create --mode {mode}`)"
        )
    return key


def _fail(text: str) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(1)
