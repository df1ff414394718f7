"""What `ordermill listen` does with each delivery: verify, print, forward, and answer the engine what the target answered."""

import asyncio
import contextlib
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from typing import Any, Final, Self

import httpx2
import uvicorn
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

ALIVE: Final = "ordermill listen"
FORWARD_SECONDS: Final = 9.0
"""Less than the engine waits (10 s): the report says what it will count."""
_OURS: Final = ("host", "content-length", "connection", "accept-encoding", "transfer-encoding")
"""Headers of the connection, not of the message."""


class Hearing:
    """Deliveries to a path nobody else knows. Use as a context manager."""

    def __init__(self, forward_to: str | None, say: Callable[[str], object], *, full: bool = False) -> None:
        self.path = f"/{secrets.token_urlsafe(16)}"
        self.secret: str | None = None
        """Of the endpoint, once it is registered; a delivery that comes before waits for the engine's next try."""
        self._forward_to = forward_to
        self._say = say
        self._full = full
        self._http = httpx2.AsyncClient(timeout=FORWARD_SECONDS, trust_env=False, follow_redirects=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    @property
    def app(self) -> Starlette:
        """The server's side."""
        return Starlette(routes=[Route(self.path, self._answer, methods=["GET", "POST"])])

    async def _answer(self, request: Request) -> Response:
        if request.method == "GET":
            return PlainTextResponse(ALIVE)
        body = await request.body()
        event = self._verified(body, request)
        if event is None:
            return PlainTextResponse("the signature does not hold", 401)
        status, outcome = (204, "heard") if self._forward_to is None else await self._forward(body, request)
        self._say(f"{datetime.now().astimezone():%H:%M:%S}  {described(event)}  {outcome}")
        if self._full:
            self._say(json.dumps(event, indent=2, ensure_ascii=False))
        return Response(status_code=status)

    def _verified(self, body: bytes, request: Request) -> dict[str, Any] | None:
        if self.secret is None:
            return None
        try:
            event: dict[str, Any] = Webhook(self.secret).verify(body, dict(request.headers))
        except WebhookVerificationError as error:
            self._say(f"refused: {error}")
            return None
        return event

    async def _forward(self, body: bytes, request: Request) -> tuple[int, str]:
        """(what the engine is answered, what is said of it)."""
        headers = {name: value for name, value in request.headers.items() if name not in _OURS}
        began = time.monotonic()
        try:
            answer = await self._http.post(str(self._forward_to), content=body, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            again = "the engine tries again"
            return 502, f"-> {self._forward_to}: no answer ({type(error).__name__}); {again}"
        took = f"in {(time.monotonic() - began) * 1000:.0f} ms"
        status = answer.status_code
        if 200 <= status < 300:
            return status, f"-> {status} {took}"
        if status == 410:  # would disable the endpoint we hear through
            return 502, f"-> 410 {took}: would disable a registered endpoint"
        return status if status >= 300 else 502, f"-> {status} {took}; the engine tries again"


def described(event: dict[str, Any]) -> str:
    """`order.paid  evt_…  #1042`, as far as a face's body says so."""
    data = event.get("data")
    data = data if isinstance(data, dict) else {}
    order = data.get("order") or data.get("object") or data  # wherever a face keeps it
    order = order if isinstance(order, dict) else {}
    number = order.get("displayId") or order.get("order_number") or order.get("order_id") or order.get("id") or ""
    return f"{event.get('type') or event.get('event') or '?':<26} {event.get('id', '?')}  {number}"


class _Server(uvicorn.Server):
    """Ctrl-C is the listener's own business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(hearing: Hearing, sock: socket.socket) -> AsyncIterator[None]:
    """The app on this socket for the length of the block."""
    config = uvicorn.Config(
        hearing.app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=2
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[sock]))
    try:
        yield
    finally:
        server.should_exit = True
        await running


async def answers(url: str) -> bool:
    """Whether a listener is there."""
    try:
        async with httpx2.AsyncClient(timeout=2, trust_env=False) as http:
            return (await http.get(url)).text == ALIVE
    except (httpx2.HTTPError, httpx2.InvalidURL):
        return False
