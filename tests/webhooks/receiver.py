"""A receiver of webhooks on loopback: a few lines of asyncio, whose behaviour a test changes while it runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = tuple[int, dict[str, str], bytes] | None
"""Status, headers, body. None: never answer."""


@dataclass
class Got:
    """One request."""

    headers: dict[str, str]
    body: bytes
    path: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """`answer` decides; `got` is everything that was answered 2xx, `seen` everything that came."""

    port: int = 0
    answer: Callable[[Got], Answer] = lambda got: (200, {}, b"ok")
    got: list[Got] = field(default_factory=list)
    seen: list[Got] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def until(self, enough: Callable[["Receiver"], bool], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not enough(self):
                await asyncio.sleep(0.01)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while line := await reader.readline():
                    await self._one(line, reader, writer)
        finally:
            writer.close()

    async def _one(self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        headers: dict[str, str] = {}
        while (raw := (await reader.readline()).strip()) != b"":
            name, _, value = raw.decode().partition(": ")
            headers[name.lower()] = value
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        got = Got(headers, body, line.split()[1].decode())
        self.seen.append(got)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            answer = self.answer(got)
            if answer is None:
                await reader.read()  # until the sender gives up
                return
        finally:
            self.at_once -= 1
        status, more, content = answer
        if 200 <= status < 300:
            self.got.append(got)
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(content)}", *(f"{k}: {v}" for k, v in more.items())]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        await writer.drain()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """One receiver for the length of the block."""
    receiver = Receiver()
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(receiver.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
        await asyncio.sleep(0)
        await server.wait_closed()
