"""Rate limits per key: headers on every authenticated answer, 429 in each face's shape, nothing of it stored."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

import pytest
import pytest_asyncio

from domain.policy import RateLimit
from ordermill.process.config import load
from ordermill.settings import Settings
from tests.api.client import ADDRESS, ITEMS, ROOT, Api, running

NAMES = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


class Clock:
    """Stands still, so that no minute ends in the middle of a test."""

    now = 1_800_000_000.0 + 5

    def time(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    for module in (
        "limits.aio.storage.memory",
        "limits.aio.strategies",
        "api.http.rate_limit",
        "api.http.shared_limits",
    ):
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(time=stopped.time))
    return stopped


async def opened(url: str, per_minute: int) -> AsyncIterator[Api]:
    usual = load(Settings(database_url=url, config=ROOT / "ordermill.yaml"), {})
    async with running(url, config=usual.model_copy(update={"rate_limit": RateLimit(per_minute=per_minute)})) as api:
        yield api


@pytest_asyncio.fixture
async def three(sqlite_url: str) -> AsyncIterator[Api]:
    async for api in opened(sqlite_url, 3):
        yield api


@pytest_asyncio.fixture
async def unlimited(sqlite_url: str) -> AsyncIterator[Api]:
    async for api in opened(sqlite_url, 0):
        yield api


async def test_every_authenticated_answer_tells_the_limit(three: Api) -> None:
    left = []
    for path in ("/order", "/order/nonsense", "/order/x/y/z"):
        answer = await three("GET", path)
        assert answer.headers["x-ratelimit-limit"] == "3"
        assert int(answer.headers["x-ratelimit-reset"]) > 0
        left.append(answer.headers["x-ratelimit-remaining"])
    assert left == ["2", "1", "0"]
    unknown = await three("GET", "/order", key="sk_test_wrong")
    assert unknown.status_code == 401
    assert not set(NAMES) & set(unknown.headers)


async def test_who_waits_as_long_as_it_is_told_is_served(three: Api, clock: Clock) -> None:
    for _ in range(3):
        await three.ok("GET", "/order")
    refused = await three("GET", "/order")
    clock.now += int(refused.headers["retry-after"])
    assert clock.now >= int(refused.headers["x-ratelimit-reset"])
    assert (await three("GET", "/order")).status_code == 200


async def test_each_key_has_its_own(three: Api) -> None:
    other = await three.mint()
    for _ in range(3):
        await three.ok("GET", "/order")
    assert (await three("GET", "/order")).status_code == 429
    assert (await three("GET", "/order", key=other)).headers["x-ratelimit-remaining"] == "2"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/order", "rate_limited"),
        ("/order/x/y/z", "rate_limited"),
        ("/v1/orders", "rate_limited"),
        ("/api/v1/orders", "RATE_LIMITED"),
        ("/orders", None),
    ],
)
async def test_over_it_is_429_in_the_faces_shape(three: Api, path: str, code: str | None) -> None:
    for _ in range(3):
        await three.ok("GET", "/order")
    answer = await three("GET", path)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert [answer.headers[name] for name in NAMES[:2]] == ["3", "0"]
    if code is None:
        assert answer.json()["errors"]["base"]
    else:
        assert answer.json()["error"]["code"] == code


async def test_a_429_is_not_what_its_idempotency_key_remembers(three: Api) -> None:
    body = {"items": ITEMS, "shippingAddress": ADDRESS}
    other = await three.mint()
    for _ in range(3):
        await three.ok("GET", "/order")
    assert (await three("POST", "/order", body, headers={"Idempotency-Key": "k"})).status_code == 429
    again = await three("POST", "/order", body, headers={"Idempotency-Key": "k"}, key=other)
    assert (again.status_code, again.headers.get("idempotent-replayed")) == (201, None)


async def test_zero_is_off(unlimited: Api) -> None:
    for _ in range(10):
        answer = await unlimited("GET", "/order")
        assert (answer.status_code, set(NAMES) & set(answer.headers)) == (200, set())
