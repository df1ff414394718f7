"""Resetting a connection: a uvicorn protocol that remembers its transport, so that a handler can cut it.

ASGI has no word for "answer nothing and hang up"; the real failure is a TCP reset, so that is what is sent.
"""

import asyncio
import socket
import struct

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

_transports: dict[tuple[str, int], asyncio.Transport] = {}


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose connections can be reset by their peer's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer: tuple[str, int] = tuple(transport.get_extra_info("peername"))[:2]
        _transports[self._peer] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _transports.pop(self._peer, None)
        super().connection_lost(exc)


async def reset_connection(request: Request) -> Response:
    """Sends a TCP reset instead of an answer. The response returned goes nowhere."""
    if request.client is not None:
        transport = _transports.get((request.client.host, request.client.port))
        if transport is not None:
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()
            await asyncio.sleep(0.01)
    return Response(status_code=500)
