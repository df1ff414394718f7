"""The codec server's few routes, as Temporal's web UI and command line ask them.

    POST /decode           {"payloads": […]} -> the same, readable; /{namespace}/decode too, as the command line may ask
    GET  /                 sign in with the token, for a browser; POST /sign-in, POST /sign-out
    GET  /health/live

It decrypts only: who may read histories here cannot write one. A payload whose key is not here is answered as a text that says
so, and the others are still read. Nothing it reads is logged.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import structlog
from google.protobuf import json_format
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.converter import PayloadCodec

from ordermill.codec.entrance import Entrance
from ordermill.process.converter import UnreadablePayload, data_converter

log = structlog.stdlib.get_logger(__name__)
LARGEST_BYTES: Final = 16 << 20
WRONG_SECONDS: Final = 0.5
"""A wrong token is answered so late: nobody tries many."""
GUARDS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Ordermill codec server</title>
<style>body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem }}
input, button {{ font: inherit; padding: .4rem .6rem; max-width: 100% }}</style></head>
<body><h1>Codec server</h1>{body}</body></html>
"""
SIGN_IN: Final = """<p>Temporal's web UI shows orders' payloads through this server, once you have signed in here with its token
(<code>ORDERMILL_CODEC_TOKEN</code>). There, <em>include cross-origin credentials</em> must be on (the glasses, top right).</p>
<form method="post" action="sign-in"><p role="alert">{problem}</p><label>Token<br>
<input type="password" name="token" autocomplete="current-password" required autofocus size="40"></label>
<button>Sign in</button></form>
"""
SIGNED_IN: Final = """<p>You are signed in: the web UI reads payloads in this browser, for twelve hours at most.</p>
<form method="post" action="sign-out"><button>Sign out</button></form>
"""


class Answers:
    """The routes, over one codec and one entrance."""

    def __init__(self, codec: PayloadCodec, entrance: Entrance) -> None:
        self._codec = codec
        self._entrance = entrance

    async def decode(self, request: Request) -> Response:
        if not self._entrance.admits(request):
            return _answer({"message": "sign in at this server's own page, or send its token as Bearer"}, 401)
        try:
            asked = json_format.Parse(await _body(request), Payloads())
        except (json_format.ParseError, UnicodeDecodeError):
            return _answer({"message": "payloads are expected, as Temporal's JSON has them"}, 400)
        readable = [await _read(self._codec, payload) for payload in asked.payloads]
        return _answer(json_format.MessageToDict(Payloads(payloads=readable)), 200)

    async def page(self, request: Request) -> Response:
        return _page(SIGNED_IN if self._entrance.admits(request) else SIGN_IN.format(problem=""), 200)

    async def sign_in(self, request: Request) -> Response:
        async with request.form(max_files=0, max_fields=3) as form:
            given = form.get("token", "")
        if not isinstance(given, str) or not self._entrance.opens(given.strip()):
            await asyncio.sleep(WRONG_SECONDS)
            return _page(SIGN_IN.format(problem="That is not the token."), 401)
        response = RedirectResponse(".", 303, GUARDS)
        self._entrance.begin(response)
        return response

    async def sign_out(self, request: Request) -> Response:
        response = RedirectResponse(".", 303, GUARDS)
        self._entrance.end(response)
        return response

    async def live(self, request: Request) -> Response:
        return _answer({"status": "ok"}, 200)


def create_app(codec: PayloadCodec, entrance: Entrance, origins: Sequence[str]) -> Starlette:
    """`origins`: the web UIs whose pages may ask."""
    answers = Answers(codec, entrance)
    asking = Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["POST"],
        allow_headers=["content-type", "x-namespace", "authorization"],
        allow_credentials=True,
    )
    return Starlette(
        routes=[
            Route("/decode", answers.decode, methods=["POST"]),
            Route("/{namespace}/decode", answers.decode, methods=["POST"]),
            Route("/", answers.page),
            Route("/sign-in", answers.sign_in, methods=["POST"]),
            Route("/sign-out", answers.sign_out, methods=["POST"]),
            Route("/health/live", answers.live),
        ],
        middleware=[asking],
    )


async def _read(codec: PayloadCodec, payload: Payload) -> Payload:
    try:
        return (await codec.decode([payload]))[0]
    except UnreadablePayload as error:
        log.warning("unreadable", reason=str(error))
        return data_converter.payload_converter.to_payload(f"({error})")


async def _body(request: Request) -> bytes:
    found = b""
    async for chunk in request.stream():
        found += chunk
        if len(found) > LARGEST_BYTES:
            raise json_format.ParseError("too large")
    return found


def _answer(body: dict[str, Any], status: int) -> Response:
    return JSONResponse(body, status, GUARDS)


def _page(body: str, status: int) -> Response:
    return HTMLResponse(PAGE.format(body=body), status, GUARDS)
