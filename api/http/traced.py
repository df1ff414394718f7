"""A span around each request, where traces are on (ordermill/process/tracing.py); outermost, so that it sees the whole of it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.request_id import GONE, about
from ordermill.process.tracing import Tracing


class Traced:
    """Pure ASGI."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = GONE

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with self._tracing.request(scope) as span:
            scope["ordermill.trace_id"] = span.trace_id
            try:
                await self._app(scope, receive, noted)
            finally:
                name, known = about(scope)
                span.ended(name, status, known)
