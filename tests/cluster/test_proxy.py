"""The loopback proxy: what is sent a second time and what is not, and who gets nothing more."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from ordermill.launch.ports import free_ports
from tests.cluster import proxy

KEYED = {"Idempotency-Key": "k"}


@dataclass
class Api:
    """A backend: `answer` decides; `asked` is everything it was asked but its health."""

    answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
    url: str = ""
    well: bool = True
    asked: list[str] = field(default_factory=list)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/health/live":
            if not self.well:
                await until_left(request)
            return web.Response()
        self.asked.append(f"{request.method} {request.path_qs}")
        await request.read()
        return await self.answer(request)


async def answers(request: web.BaseRequest) -> web.StreamResponse:
    return web.json_response({"path": request.path_qs}, status=201, headers={"ETag": '"3"'})


async def breaks(request: web.BaseRequest) -> web.StreamResponse:
    """As a process that is killed while it works on the request."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def until_left(request: web.BaseRequest) -> None:
    """Nothing, until the other side gives up."""
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.01)


async def hangs(request: web.BaseRequest) -> web.StreamResponse:
    await until_left(request)
    return web.Response()


@asynccontextmanager
async def proxied(*apis: Api) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the proxy before these."""
    async with contextlib.AsyncExitStack() as stack:
        for api in apis:
            runner = web.ServerRunner(web.Server(api.handle), shutdown_timeout=0)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            (port,) = free_ports(1)
            await web.TCPSite(runner, "127.0.0.1", port).start()
            api.url = f"http://127.0.0.1:{port}"
        (front,) = free_ports(1)
        stop = asyncio.Event()
        serving = asyncio.create_task(proxy.serve({front: [api.url for api in apis]}, {}, stop))
        client = await stack.enter_async_context(aiohttp.ClientSession(f"http://127.0.0.1:{front}"))
        while True:
            with contextlib.suppress(aiohttp.ClientConnectorError):
                async with client.get("/none", headers={"Host": "shop"}):
                    break
            await asyncio.sleep(0.01)
        for api in apis:
            api.asked.clear()
        try:
            yield client
        finally:
            stop.set()
            await serving


async def test_requests_go_to_all_in_turn_with_everything_they_say() -> None:
    one, two = Api(answers), Api(answers)
    async with proxied(one, two) as client:
        for _ in range(4):
            async with client.post("/order?a=%20b", json={}) as answer:
                assert (answer.status, answer.headers["ETag"]) == (201, '"3"')
                assert await answer.json() == {"path": "/order?a=%20b"}
    assert len(one.asked) == len(two.asked) == 2


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [("GET", {}, 201), ("POST", KEYED, 201), ("POST", {}, 502)],
    ids=["read", "keyed", "bare"],
)
async def test_what_broke_is_sent_again_only_where_that_is_safe(
    method: str, headers: dict[str, str], status: int
) -> None:
    one, two = Api(breaks), Api(answers)
    async with proxied(one, two) as client:
        for _ in range(2):  # one of the two begins at the one that breaks
            one.asked.clear()
            two.asked.clear()
            async with client.request(method, "/order", headers=headers) as answer:
                if one.asked:
                    assert answer.status == status
                    assert len(two.asked) == (status == 201)
                    assert ("Retry-After" in answer.headers) == (status == 502)
                    return
        pytest.fail("the one that breaks was never asked")


async def test_without_a_backend_the_caller_is_told_when_to_come_again() -> None:
    (port, front) = free_ports(2)
    stop = asyncio.Event()
    serving = asyncio.create_task(proxy.serve({front: [f"http://127.0.0.1:{port}"]}, {}, stop))
    async with aiohttp.ClientSession(f"http://127.0.0.1:{front}") as client:
        for _ in range(200):
            with contextlib.suppress(aiohttp.ClientConnectorError):
                async with client.post("/order") as answer:
                    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
                    assert proxy.MARK in answer.headers
                    break
            await asyncio.sleep(0.01)
        else:
            pytest.fail("the proxy does not listen")
    stop.set()
    await serving


async def test_a_read_that_hangs_in_a_stopped_process_is_answered_by_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(proxy, "EVERY_SECONDS", 0.05)
    one, two = Api(hangs), Api(answers)
    async with proxied(two, one) as client:  # the warming request may hang: the healthy one is first
        one.well = False
        async with asyncio.timeout(10):
            for _ in range(2):
                async with client.get("/order") as answer:
                    assert answer.status == 201
            while True:  # found dead by now: it is asked no more
                before = len(one.asked)
                async with client.get("/order") as answer:
                    assert answer.status == 201
                if len(one.asked) == before:
                    break
    assert one.asked, "no read ever hung: this test proves nothing"


async def test_connections_to_a_frontend_that_died_are_cut_and_the_next_goes_elsewhere() -> None:
    well: set[str] = set()

    async def check(address: str) -> bool:
        return address in well

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                writer.write(str(writer.get_extra_info("sockname")[1]).encode() + b" " + line)
        writer.close()

    servers = [await asyncio.start_server(echo, "127.0.0.1", 0) for _ in range(2)]
    addresses = [f"127.0.0.1:{server.sockets[0].getsockname()[1]}" for server in servers]
    well.update(addresses)
    relay = proxy.TcpProxy(addresses, check)
    front = await asyncio.start_server(relay.accept, "127.0.0.1", 0)
    port = front.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello\n")
    first = (await reader.readline()).split()[0].decode()
    for backend in relay.pool.backends:
        for _ in range(2):
            backend.heard(not backend.address.endswith(first))
    assert await reader.read() == b"", "the connection is cut"
    writer.close()
    again, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello\n")
    assert (await again.readline()).split()[0].decode() != first
    writer.close()
    for server in (front, *servers):
        server.close()
    await asyncio.sleep(0.05)
