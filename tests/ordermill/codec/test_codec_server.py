"""The codec server as the web UI, the command line and strangers ask it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads

from ordermill.codec.app import create_app
from ordermill.codec.entrance import COOKIE, SESSION_SECONDS, Entrance
from ordermill.commands.codec_server import origins
from ordermill.launch.ports import free_ports
from ordermill.payload_keys import PayloadKey
from ordermill.process.encryption import PayloadEncryption
from ordermill.settings import Settings
from tests.ordermill.processes import script, until
from tests.plain_http import NO_CERTIFICATES

ROOT = Path(__file__).parents[3]
TOKEN = "a-token-of-an-operator"
UI = "http://127.0.0.1:8233"
OURS, OTHER = PayloadKey("ours", b"o" * 32), PayloadKey("lost", b"l" * 32)
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest_asyncio.fixture
async def http(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx2.AsyncClient]:
    monkeypatch.setattr("ordermill.codec.app.WRONG_SECONDS", 0.0)
    app = create_app(PayloadEncryption([OURS]), Entrance(TOKEN, across_sites=False), [UI])
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8081") as client:
        yield client


async def sealed(*values: bytes, key: PayloadKey = OURS) -> dict[str, Any]:
    plain = [Payload(metadata={"encoding": b"json/plain"}, data=value) for value in values]
    made: dict[str, Any] = json_format.MessageToDict(Payloads(payloads=await PayloadEncryption([key]).encode(plain)))
    return made


def read(answer: httpx2.Response) -> list[bytes]:
    return [payload.data for payload in json_format.ParseDict(answer.json(), Payloads()).payloads]


@pytest.mark.parametrize("path", ["/decode", "/default/decode"])
async def test_payloads_are_read_with_the_token(http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.post(path, json=await sealed(b"1", b'"two"'), headers=BEARER)
    assert answer.status_code == 200
    assert read(answer) == [b"1", b'"two"']
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}, {"Cookie": f"{COOKIE}=9.x"}]
)
async def test_without_it_nothing_is_read(http: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    answer = await http.post("/decode", json=await sealed(b"1"), headers=headers)
    assert answer.status_code == 401
    assert "payloads" not in answer.json()


async def test_a_browser_signs_in_once_and_out(http: httpx2.AsyncClient) -> None:
    page = await http.get("/")
    assert 'type="password"' in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    wrong = await http.post("/sign-in", data={"token": "guess"})
    assert (wrong.status_code, "not the token" in wrong.text, COOKIE in wrong.headers.get("set-cookie", "")) == (
        401, True, False,
    )  # fmt: skip
    done = await http.post("/sign-in", data={"token": TOKEN})
    assert done.status_code == 303
    assert {"HttpOnly", "SameSite=lax"} <= set(done.headers["set-cookie"].split("; "))
    assert TOKEN not in done.headers["set-cookie"]
    assert "You are signed in" in (await http.get("/")).text
    answer = await http.post("/decode", json=await sealed(b"1"), headers={"Origin": UI})
    assert read(answer) == [b"1"]
    assert answer.headers["access-control-allow-origin"] == UI
    await http.post("/sign-out")
    assert (await http.post("/decode", json=await sealed(b"1"))).status_code == 401


def test_a_session_ends_by_itself_and_with_another_token() -> None:
    from starlette.requests import Request
    from starlette.responses import Response

    now = [1_000_000.0]
    entrance = Entrance(TOKEN, across_sites=True, clock=lambda: now[0])
    response = Response()
    entrance.begin(response)
    cookie = response.headers["set-cookie"]
    assert {"Secure", "SameSite=none", "HttpOnly"} <= set(cookie.split("; "))
    given = [(b"cookie", cookie.partition(";")[0].encode())]
    request = Request({"type": "http", "headers": given})
    assert entrance.admits(request)
    assert not Entrance("another-token-entirely", across_sites=True, clock=lambda: now[0]).admits(request)
    now[0] += SESSION_SECONDS + 1
    assert not entrance.admits(request)


async def test_only_the_web_ui_may_ask_from_a_browser(http: httpx2.AsyncClient) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-namespace"}
    allowed = await http.options("/decode", headers={"Origin": UI, **asks})
    assert allowed.status_code == 200
    assert allowed.headers["access-control-allow-origin"] == UI
    assert allowed.headers["access-control-allow-credentials"] == "true"
    stranger = await http.options("/decode", headers={"Origin": "https://evil.example", **asks})
    assert stranger.status_code == 400
    assert "access-control-allow-origin" not in stranger.headers


async def test_one_lost_key_hides_no_other_payload(http: httpx2.AsyncClient) -> None:
    lost, ours = await sealed(b"1", key=OTHER), await sealed(b"2")
    answer = await http.post("/decode", json={"payloads": lost["payloads"] + ours["payloads"]}, headers=BEARER)
    unreadable, readable = read(answer)
    assert b"encrypted with key 'lost', which is not in ORDERMILL_PAYLOAD_KEYS here" in unreadable
    assert readable == b"2"


@pytest.mark.parametrize(
    "body", [b"{", b"5", b'{"payloads": 5}', b'{"x": 1}', b"\xff", b'{"payloads": [' + b" " * 900 + b"]}"]
)
async def test_what_is_no_payload_is_refused(
    http: httpx2.AsyncClient, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ordermill.codec.app.LARGEST_BYTES", 900)
    assert (await http.post("/decode", content=body, headers=BEARER)).status_code == 400


def test_the_web_uis_that_may_ask() -> None:
    assert origins(Settings(temporal_ui_port=1)) == ["http://127.0.0.1:1", "http://localhost:1"]
    several = Settings(codec_origins="https://t.example/, https://u.example")
    assert origins(several) == ["https://t.example", "https://u.example"]


# As a process


def environment(**more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ORDERMILL_")}
    return {**clean, "PYTHONPATH": str(ROOT), **more}


KEYS = "ours:b29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb28="


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "ORDERMILL_PAYLOAD_KEYS: it is not set"),
        ({"ORDERMILL_PAYLOAD_KEYS": KEYS}, "ORDERMILL_CODEC_TOKEN: it is not set"),
        ({"ORDERMILL_PAYLOAD_KEYS": KEYS, "ORDERMILL_CODEC_TOKEN": "short"}, "ORDERMILL_CODEC_TOKEN: at least 16"),
        ({"ORDERMILL_PAYLOAD_KEYS": "ours:b29v"}, "ORDERMILL_PAYLOAD_KEYS: key ours has 3 bytes, not 32"),
    ],
)
def test_it_does_not_start_open_or_blind(given: dict[str, str], told: str, tmp_path: Path) -> None:
    line = [sys.executable, "-m", "ordermill", "codec-server"]
    done = subprocess.run(
        line, cwd=tmp_path, env=environment(**given), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert told in done.stderr


def test_it_runs_with_keys_and_token_from_files_and_logs_nothing_of_what_it_read(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    (tmp_path / "keys").write_text(f"{KEYS}\n")
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    files = {
        "ORDERMILL_PAYLOAD_KEYS_FILE": str(tmp_path / "keys"),
        "ORDERMILL_CODEC_TOKEN_FILE": str(tmp_path / "token"),
        "ORDERMILL_CODEC_PORT": str(port),
    }
    body = asyncio.run(sealed(b'"Zebulon"'))
    run = "from ordermill.cli import app; app(['codec-server'])"
    with (
        script(run, output=tmp_path / "log", **files),
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, verify=NO_CERTIFICATES) as http,
    ):
        until(lambda: live(http), "it answers", timeout_seconds=60)
        answer = http.post("/decode", json=body, headers=BEARER)
    assert read(answer) == [b'"Zebulon"']
    assert "Zebulon" not in (tmp_path / "log").read_text()


def live(http: httpx2.Client) -> bool:
    try:
        return http.get("/health/live").status_code == 200
    except httpx2.HTTPError:
        return False
