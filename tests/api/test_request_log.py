"""What fails on our side is found in the log by the answer's X-Request-Id, and why it failed stands above its line."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from door.errands import Unsettled
from ordermill.process import logs
from ordermill.settings import Settings
from store.database.engine import StoreUnavailable
from tests.api.client import ADDRESS, ITEMS, Api


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("api", Settings(log_json=True), stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def of(stream: io.StringIO, request_id: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [line for line in lines if line.get("request_id") == request_id]


@pytest.mark.parametrize(
    ("fails", "status", "why"),
    [
        (ZeroDivisionError("a bug"), 500, "ZeroDivisionError: a bug"),
        (Unsettled("no worker is running", accepted=False), 503, "no worker is running"),
        (Unsettled("no answer in time", accepted=None), 504, "no answer in time"),
        (StoreUnavailable("the disk is full"), 503, "the disk is full"),
    ],
)
async def test_a_failure_of_ours_is_two_lines_under_its_request_id(
    api: Api, written: io.StringIO, fails: Exception, status: int, why: str
) -> None:
    api.door.fails = fails
    answer = await api("POST", "/order", {"items": ITEMS, "shippingAddress": ADDRESS})
    assert answer.status_code == status
    lines = of(written, answer.headers["X-Request-Id"])
    assert [line["event"] for line in lines[-1:]] == ["request"]
    assert (lines[-1]["status"], lines[-1]["level"], lines[-1]["route"]) == (status, "warning", "/order")
    assert why in json.dumps(lines[:-1])


@pytest.mark.parametrize(
    ("method", "path", "status", "route"),
    [
        ("GET", "/order/nobody", 404, "/order/{id}"),
        ("DELETE", "/order", 405, "/order"),
        ("GET", "/nowhere/at/all", 404, "(none)"),
        ("GET", "/v1/orders?limit=x", 422, "/v1/orders"),
        ("BREW", "/order", 405, "/order"),
    ],
)
async def test_a_failure_of_the_callers_is_one_line(
    api: Api, written: io.StringIO, method: str, path: str, status: int, route: str
) -> None:
    answer = await api(method, path)
    (line,) = of(written, answer.headers["X-Request-Id"])
    assert (line["status"], line["route"], line["level"]) == (answer.status_code, route, "info")
    assert line["method"] == ("OTHER" if method == "BREW" else method)


async def test_a_key_as_request_id_is_masked(api: Api, written: io.StringIO) -> None:
    await api("GET", "/order", headers={"X-Request-Id": "sk_live_abcdefgh12345678"})
    assert "abcdefgh12345678" not in written.getvalue()
    assert "sk_live_***" in written.getvalue()


async def test_who_leaves_before_the_answer_is_told_apart(written: io.StringIO) -> None:
    """A caller's timeout cancels the request."""
    import asyncio

    from api.http.request_id import GONE, RequestId
    from api.http.request_log import told_to
    from ordermill.process.meters import Meter

    async def slow(*_: Any) -> None:
        await asyncio.sleep(30)

    app = RequestId(slow, lambda *_: None, told_to(Meter()))  # type: ignore[arg-type]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"x-request-id", b"gone-1")]}
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(app(scope, slow, slow), 0.05)  # type: ignore[arg-type]
    (line,) = of(written, "gone-1")
    assert line["status"] == GONE
