"""What guards the API: slow bodies end, answers say what they are, links name no host of the caller's, ready means ready."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from pydantic import AnyHttpUrl

from api.http import body, health
from ordermill.settings import Settings
from store.access import heartbeats
from store.database.engine import create_engine, writing
from tests.api.client import Api

SLOW = [
    ("POST", "/order", "code"), ("PATCH", "/v1/orders/{id}", "code"), ("POST", "/api/v1/orders", "code"),
    ("POST", "/orders/search", "base"), ("PUT", "/engine/catalog/var_1", "code"),
]  # fmt: skip


async def dripping() -> AsyncIterator[bytes]:
    """The beginning of a body, and then nothing."""
    yield b'{"items": ['
    await asyncio.sleep(60)
    yield b"]}"


@pytest.mark.parametrize(("method", "path", "shape"), SLOW)
async def test_a_body_that_does_not_come_ends_in_408_in_the_faces_shape(
    api: Api, monkeypatch: pytest.MonkeyPatch, method: str, path: str, shape: str
) -> None:
    monkeypatch.setattr(body, "READ_SECONDS", 0.2)
    order = await api.order()
    began = time.monotonic()
    headers = {"Authorization": f"Bearer {api.key}", "Idempotency-Key": "slow"}
    answer = await api.http.request(method, path.format(id=order["id"]), content=dripping(), headers=headers)
    assert time.monotonic() - began < 10
    assert answer.status_code == 408, answer.text
    assert shape in answer.text
    assert answer.headers["connection"] == "close"
    # Nothing was claimed: the same key may be sent again with its whole body.
    again = await api("POST", "/order", {"items": [{"variantId": "var_001", "quantity": 1}]}, headers=headers)
    assert again.status_code == 201, again.text


@pytest.mark.parametrize(
    "path",
    ["/order", "/order/none", "/nowhere", "/v1/orders", "/api/v1/orders", "/orders", "/health/live", "/openapi.json"],
)
async def test_every_answer_says_what_it_is_and_is_kept_by_nobody(api: Api, path: str) -> None:
    for answer in (await api("GET", path), await api.http.get(path)):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


async def test_links_are_ours_whatever_the_host_header_says(api: Api) -> None:
    await api.order()
    for path in ("/orders?size=1", "/commercehq/api/v1/orders?size=1"):
        answer = await api("GET", path, headers={"Host": "evil.test", "X-Forwarded-Host": "evil.test"})
        links = answer.json()["_links"]
        assert "evil" not in answer.text
        assert links["self"]["href"] == f"http://127.0.0.1:8000{path}&page=1"


@pytest.mark.parametrize(("given", "base"), [
    ({"public_url": AnyHttpUrl("https://shop.example/engine/")}, "https://shop.example/engine"),
    ({"public_url": AnyHttpUrl("https://shop.example")}, "https://shop.example"),
    ({"api_host": "10.0.0.7", "api_port": 9000}, "http://10.0.0.7:9000"),
    ({"api_host": "::1"}, "http://[::1]:8000"),
    ({"api_host": "0.0.0.0"}, ""),  # noqa: S104
    ({"api_host": "::"}, ""),
])  # fmt: skip
def test_a_link_begins_with_the_public_url_else_the_bound_address_else_its_path(given: object, base: str) -> None:
    assert isinstance(given, dict)
    assert Settings(**given).link_base == base


async def test_ready_is_not_ok_while_nothing_can_be_written(
    api: Api, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.5)
    await heartbeats.beat(api.db, "w1", int(time.time()))
    assert (await api.http.get("/health/ready")).status_code == 200
    other = create_engine(sqlite_url)
    async with writing(other):  # whoever holds the one write lock, or a full disk: reads go on, writes do not
        answer = await api.http.get("/health/ready")
        assert answer.status_code == 503
        assert answer.json()["checks"] == {"database": True, "writes": False, "temporal": True, "worker": True}
    await other.dispose()
    assert (await api.http.get("/health/ready")).status_code == 200
