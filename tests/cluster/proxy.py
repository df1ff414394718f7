"""The loopback proxy of a cluster: HTTP to the APIs, TCP to Temporal's frontends, each to those that answer.

    python -m tests.cluster.proxy --http PORT=URL,URL --tcp PORT=HOST:PORT,HOST:PORT

A backend is asked for its health every half second; one that twice does not answer within two seconds, a stopped process
for instance, gets nothing more, and what was under way there is cut. The rule: a request is sent to a second backend only
where that is safe: nothing of it was sent, it reads, or it carries an Idempotency-Key. Whatever else fails is the
caller's to repeat: 502 with `Retry-After`.
"""

import argparse
import asyncio
import contextlib
import itertools
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from temporalio.service import ConnectConfig, RPCError, ServiceClient

EVERY_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 2.0
"""For the answer of a health check. Two in a row must fail: one late answer on a busy machine is no death."""
UPSTREAM_SECONDS: Final = 90.0
SAFE: Final = frozenset(("GET", "HEAD", "OPTIONS"))
KEYS: Final = ("Idempotency-Key", "X-Idempotency-Key")
HOP_BY_HOP: Final = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "content-length")
)
MARK: Final = "X-Proxy"
"""On answers of the proxy's own."""

Check = Callable[[str], Awaitable[bool]]


@dataclass
class Backend:
    """One of several. `died` is set while it does not answer."""

    address: str
    died: asyncio.Event = field(default_factory=asyncio.Event)
    misses: int = 0

    @property
    def up(self) -> bool:
        return not self.died.is_set()

    def heard(self, well: bool) -> None:
        self.misses = 0 if well else self.misses + 1
        if well:
            self.died.clear()
        elif self.misses > 1:
            self.died.set()


class Pool:
    """The backends of one port, in turn, those that answer first."""

    def __init__(self, addresses: Sequence[str], check: Check) -> None:
        self.backends = [Backend(address) for address in addresses]
        self._check = check
        self._turns = itertools.count()

    def in_turn(self) -> list[Backend]:
        """Those that are up, beginning with the next one's turn; all of them where none seems to be: a machine too busy to
        answer a health check may still answer a request."""
        found = [backend for backend in self.backends if backend.up] or self.backends
        at = next(self._turns) % max(1, len(found))
        return found[at:] + found[:at]

    async def watch(self) -> None:
        """Until cancelled: ask every backend."""
        await asyncio.gather(*(self._watch(backend) for backend in self.backends))

    async def _watch(self, backend: Backend) -> None:
        while True:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    well = await self._check(backend.address)
            except (OSError, TimeoutError, RuntimeError, aiohttp.ClientError, RPCError):
                well = False
            backend.heard(well)
            await asyncio.sleep(EVERY_SECONDS)


class NotSent(Exception):
    """No connection: nothing of the request left."""


class Cut(Exception):
    """The backend went away, or was found dead, while its answer was waited for."""


class HttpProxy:
    def __init__(self, addresses: Sequence[str], session: aiohttp.ClientSession) -> None:
        self.pool = Pool(addresses, self._alive)
        self._session = session

    async def _alive(self, address: str) -> bool:
        async with self._session.get(f"{address}/health/live") as answer:
            return answer.status == 200

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        repeatable = request.method in SAFE or any(name in request.headers for name in KEYS)
        for backend in self.pool.in_turn():
            try:
                return await self._from(backend, request, body)
            except NotSent:
                backend.heard(False)
            except Cut:
                backend.heard(False)
                if not repeatable:
                    return _own(502, "the connection broke before an answer")
        return _own(503, "no API answers")

    async def _from(self, backend: Backend, request: web.Request, body: bytes) -> web.Response:
        asked = asyncio.ensure_future(self._send(backend.address, request, body))
        died = asyncio.ensure_future(backend.died.wait() if backend.up else asyncio.Event().wait())
        try:
            await asyncio.wait({asked, died}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                raise Cut
            return asked.result()
        finally:
            for task in (asked, died):
                task.cancel()
            await asyncio.gather(asked, died, return_exceptions=True)

    async def _send(self, address: str, request: web.Request, body: bytes) -> web.Response:
        headers = CIMultiDict(
            (name, value) for name, value in request.headers.items() if name.lower() not in HOP_BY_HOP
        )
        try:
            async with self._session.request(
                request.method, f"{address}{request.raw_path}", headers=headers, data=body, allow_redirects=False
            ) as answer:
                content = await answer.read()
                told = CIMultiDict((n, v) for n, v in answer.headers.items() if n.lower() not in HOP_BY_HOP)
                return web.Response(status=answer.status, headers=told, body=content)
        except aiohttp.ClientConnectorError:
            raise NotSent from None
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            raise Cut from None


def _own(status: int, why: str) -> web.Response:
    return web.json_response(
        {"error": {"code": "proxy", "message": why}}, status=status, headers={"Retry-After": "1", MARK: why}
    )


class TcpProxy:
    """Connections to Temporal's frontends. One found dead has its connections cut, so that callers dial another."""

    def __init__(self, addresses: Sequence[str], check: Check | None = None) -> None:
        """`check`: another health check than gRPC's own."""
        self.pool = Pool(addresses, check or self._alive)
        self._clients: dict[str, ServiceClient] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def _alive(self, address: str) -> bool:
        if address not in self._clients:
            self._clients[address] = await ServiceClient.connect(ConnectConfig(target_host=address, lazy=True))
        return await self._clients[address].check_health(retry=False)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError):
            for backend in self.pool.in_turn():
                host, _, port = backend.address.rpartition(":")
                try:
                    theirs, ours = await asyncio.open_connection(host, int(port))
                except OSError:
                    backend.heard(False)
                    continue
                with contextlib.closing(ours):
                    await self._until_one_ends(backend, _pipe(reader, ours), _pipe(theirs, writer))
                return

    async def _until_one_ends(self, backend: Backend, *pipes: Any) -> None:
        ends = (*pipes, backend.died.wait()) if backend.up else pipes
        tasks = [asyncio.ensure_future(work) for work in ends]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while part := await reader.read(65536):
        writer.write(part)
        await writer.drain()


async def serve(http: dict[int, list[str]], tcp: dict[int, list[str]], stop: asyncio.Event) -> None:
    """All ports on loopback until `stop`."""
    async with (
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=30),
            timeout=aiohttp.ClientTimeout(total=UPSTREAM_SECONDS),
            auto_decompress=False,
        ) as session,
        contextlib.AsyncExitStack() as stack,
    ):
        watching: list[asyncio.Task[None]] = []
        for port, addresses in http.items():
            proxy = HttpProxy(addresses, session)
            watching.append(asyncio.create_task(proxy.pool.watch()))
            runner = web.ServerRunner(web.Server(proxy.handle))  # type: ignore[arg-type]
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", port).start()
        for port, addresses in tcp.items():
            relay = TcpProxy(addresses)
            watching.append(asyncio.create_task(relay.pool.watch()))
            server = await asyncio.start_server(relay.accept, "127.0.0.1", port)
            stack.callback(server.close)
        await stop.wait()
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


def ports(text: str) -> tuple[int, list[str]]:
    """`PORT=ADDRESS,ADDRESS`."""
    port, _, addresses = text.partition("=")
    return int(port), addresses.split(",")


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.proxy")
    parser.add_argument("--http", type=ports, action="append", default=[])
    parser.add_argument("--tcp", type=ports, action="append", default=[])
    given = parser.parse_args()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(dict(given.http), dict(given.tcp), stop)


if __name__ == "__main__":
    asyncio.run(main())
