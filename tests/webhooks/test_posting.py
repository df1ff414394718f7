import asyncio
from datetime import UTC, datetime

import pytest

from activities.outgoing.posting import EXCERPT_BYTES, Post, Resolve, retry_after
from tests.webhooks.receiver import receiving


def resolving(*addresses: str) -> Resolve:
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with receiving() as elsewhere, receiving() as receiver:
        receiver.answer = lambda got: (307, {"Location": elsewhere.url}, b"")
        async with Post(receiver.url, allow_private=True) as post:
            assert (await post("{}", {})).status == 307
        assert elsewhere.seen == []


async def test_no_answer_in_time_is_told() -> None:
    async with receiving() as receiver:
        receiver.answer = lambda got: None
        async with Post(receiver.url, allow_private=True, timeout_seconds=0.1) as post:
            reply = await post("{}", {})
    assert (reply.status, reply.error) == (None, "no answer within 0.1 s")


async def test_only_an_excerpt_of_the_answer_is_kept() -> None:
    async with receiving() as receiver:
        receiver.answer = lambda got: (200, {}, b"\0" + b"x" * 1_000_000)
        async with Post(receiver.url, allow_private=True) as post:
            reply = await post("{}", {})
    assert reply.excerpt is not None
    assert (len(reply.excerpt), "\0" in reply.excerpt) == (EXCERPT_BYTES, False)


async def test_the_name_goes_into_host_and_the_judged_address_is_connected_to() -> None:
    async with receiving() as receiver:
        url = f"http://shop.example:{receiver.port}/hook?x=1"
        async with Post(url, allow_private=True, resolve=resolving("127.0.0.1")) as post:
            assert (await post('{"a":1}', {"webhook-id": "evt_1"})).status == 200
    assert receiver.got[0].headers["host"] == f"shop.example:{receiver.port}"
    assert (receiver.got[0].path, receiver.got[0].body) == ("/hook?x=1", b'{"a":1}')


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "169.254.169.254", "fe80::1%eth0", "0.0.0.0"],  # noqa: S104
)
async def test_a_public_name_with_a_private_address_reaches_nobody(address: str) -> None:
    async with receiving() as receiver:
        url = f"http://shop.example:{receiver.port}/"
        for addresses in ((address,), ("8.8.8.8", address)):
            async with Post(url, allow_private=False, resolve=resolving(*addresses)) as post:
                reply = await post("{}", {})
            assert reply.status is None
            assert "refused to connect" in (reply.error or "")
        assert receiver.seen == []


async def test_a_name_is_looked_up_once_per_attempt_so_it_cannot_change_its_mind() -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    async with receiving() as receiver:
        async with Post(f"http://shop.example:{receiver.port}/", allow_private=True, resolve=rebinding) as post:
            assert (await post("{}", {})).status == 200
        assert asked == ["shop.example"]


async def test_an_unknown_host_and_a_closed_port_are_failures_not_crashes() -> None:
    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError("unknown")

    async with Post("http://shop.example/", allow_private=False, resolve=nowhere) as post:
        assert "not found" in ((await post("{}", {})).error or "")
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with Post(f"http://127.0.0.1:{port}/", allow_private=True) as post:
        assert "ConnectError" in ((await post("{}", {})).error or "")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 5 ", 5),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60),
        ("Thu, 01 Jan 2020 00:00:00 GMT", 0),
        ("soon", None),
        (None, None),
        ("-1", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: int | None) -> None:
    assert retry_after(header, datetime(2026, 1, 1, tzinfo=UTC)) == seconds
