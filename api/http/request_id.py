"""What every answer carries: X-Request-Id and the headers that guard it. And the last word on what nobody else caught: a 500.

A caller's own X-Request-Id is taken when it is 1-128 harmless characters; otherwise one is made. Log lines carry it.
"""

import re
import secrets
from collections.abc import Callable
from typing import Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.stdlib.get_logger(__name__)

HEADER: Final = "X-Request-Id"
GUARDS: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
"""On every answer: it is what its type says, and it is nobody else's; no browser or proxy keeps a customer's order."""
_TAKEN: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def request_id_of(request: Request) -> str:
    return str(request.scope.get("ordermill.request_id", ""))


class RequestId:
    """Pure ASGI, outermost. `unhandled` makes the answer to an exception nobody caught."""

    def __init__(self, app: ASGIApp, unhandled: Callable[[Request, Exception], Response]) -> None:
        self._app = app
        self._unhandled = unhandled

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        given = request.headers.get(HEADER, "")
        request_id = given if _TAKEN.fullmatch(given) else f"req_{secrets.token_hex(12)}"
        scope["ordermill.request_id"] = request_id
        started = False

        async def stamped(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers[HEADER] = request_id
                for name, value in GUARDS.items():
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, stamped)
            except Exception as error:
                log.exception("unhandled", method=request.method, path=request.url.path)
                if started:
                    raise
                await self._unhandled(request, error)(scope, receive, stamped)
