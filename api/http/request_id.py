"""What every answer carries: X-Request-Id and the headers that guard it. And the last word on what nobody else caught: a 500.

A caller's own X-Request-Id is taken when it is 1-128 harmless characters; otherwise one is made. Log lines carry it. Each
request, however it ends, is told once to who watches (api/http/request_log.py).
"""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.stdlib.get_logger(__name__)

HEADER: Final = "X-Request-Id"
GUARDS: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
"""On every answer: it is what its type says, and it is nobody else's; no browser or proxy keeps a customer's order."""
NO_ROUTE: Final = "(none)"
GONE: Final = 499
METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
"""A method of a caller's own invention is OTHER: it must not become a time series."""
_KEY: Final = "ordermill.key_id"
_ORDER: Final = "ordermill.order_id"
_ROUTE: Final = "ordermill.route"
_TAKEN: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def request_id_of(request: Request) -> str:
    return str(request.scope.get("ordermill.request_id", ""))


@dataclass(frozen=True)
class Ended:
    """One request, from its first byte to its answer's last. Nothing that a caller typed but the request id."""

    method: str
    route: str
    """The template, `/order/{id}`; NO_ROUTE where none matches."""
    status: int
    """GONE: whoever asked left before the answer began."""
    seconds: float
    request_id: str
    key_id: str | None
    order_id: str | None
    trace_id: str | None = None
    """Where traces are on."""


def about(scope: Scope) -> tuple[str, dict[str, str]]:
    """(method and route, what is known of the request) for a trace, once it is routed."""
    route = str(scope.get(_ROUTE, NO_ROUTE))
    known = {"http.route": route, "ordermill.request_id": scope.get("ordermill.request_id"), _ORDER: scope.get(_ORDER)}
    return f"{_method(scope)} {route}", {name: value for name, value in known.items() if value is not None}


def name_order(scope: Scope, order_id: str) -> None:
    """The request is about this order."""
    scope[_ORDER] = order_id


def name_key(scope: Scope, key_id: str) -> None:
    """The request came with this key."""
    scope[_KEY] = key_id


class RequestId:
    """Pure ASGI, outermost. `unhandled` makes the answer to an exception nobody caught; `ended` hears of every request."""

    def __init__(
        self,
        app: ASGIApp,
        unhandled: Callable[[Request, Exception], Response],
        ended: Callable[[Ended], None] = lambda _: None,
        templates: Mapping[Any, str] = MappingProxyType({}),
    ) -> None:
        """`templates`: endpoint -> its path template."""
        self._app = app
        self._unhandled = unhandled
        self._ended = ended
        self._templates = templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        given = request.headers.get(HEADER, "")
        request_id = given if _TAKEN.fullmatch(given) else f"req_{secrets.token_hex(12)}"
        scope["ordermill.request_id"] = request_id
        began, status = time.perf_counter(), GONE

        async def stamped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
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
                if status != GONE:
                    raise
                await self._unhandled(request, error)(scope, receive, stamped)
            finally:
                scope[_ROUTE] = self._route(scope)
                self._ended(_of(scope, status, time.perf_counter() - began))

    def _route(self, scope: Scope) -> str:
        """FastAPI tells its own routes, and of a plain one the endpoint."""
        found = self._templates.get(scope.get("endpoint")) or getattr(scope.get("route"), "path", NO_ROUTE)
        return str(found)


def _of(scope: Scope, status: int, seconds: float) -> Ended:
    return Ended(
        method=_method(scope),
        route=scope[_ROUTE],
        status=status,
        seconds=seconds,
        request_id=scope["ordermill.request_id"],
        key_id=scope.get(_KEY),
        order_id=scope.get(_ORDER),
        trace_id=scope.get("ordermill.trace_id"),
    )


def _method(scope: Scope) -> str:
    return str(scope["method"]) if scope["method"] in METHODS else "OTHER"
