"""`ordermill listen` and `ordermill trigger` as a developer uses them: real processes against a real engine of `ordermill up`."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import ordermill_client as sdk
import pytest

from ordermill.commands.listen import MARK, every_face
from tests.clients import running
from tests.clients.running import ROOT, Engine
from tests.ordermill.processes import until
from tests.webhooks.receiver import Answer, Got, Receiver, receiving


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with running.engine(tmp_path_factory.mktemp("engine")) as ready:
        yield ready


def environment(engine: Engine, **more: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("ORDERMILL_", "STRIPE_"))}
    return {**clean, "PYTHONPATH": str(ROOT), **engine.environment, **more}


class Listener:
    """One `ordermill listen`."""

    def __init__(self, engine: Engine, output: Path, *arguments: str) -> None:
        self._output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ordermill", "listen", *arguments], cwd=output.parent, env=environment(engine),
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self._output.read_text()

    def until(self, what: str) -> None:
        until(lambda: what in self.said, f"{what} in {self.said}")

    def found(self, pattern: str) -> str:
        match = re.search(pattern, self.said)
        assert match is not None, self.said
        return match[1]

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            assert self.process.wait(20) == 0, self.said


@pytest.fixture
def listening(engine: Engine, tmp_path: Path) -> Iterator[Callable[..., Listener]]:
    made: list[Listener] = []

    def listen(*arguments: str) -> Listener:
        made.append(Listener(engine, tmp_path / f"listen{len(made)}.log", *arguments))
        made[-1].until("  try ")
        return made[-1]

    yield listen
    for each in made:
        each.stop()


def command(engine: Engine, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "ordermill", *arguments], cwd="/", env=environment(engine, **more), capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip


def endpoints(engine: Engine) -> list[Any]:
    with sdk.Commerce(engine.key, base_url=engine.url, transport=httpx2.HTTPTransport()) as commerce:
        return [commerce.request("GET", face.path)[face.listed] for face in every_face().values()]


async def triggered(engine: Engine, event: str) -> str:
    done = await asyncio.to_thread(command, engine, "trigger", event)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_each_event_is_printed_and_forwarded_with_its_signature_until_ctrl_c(
    engine: Engine, listening: Callable[..., Listener]
) -> None:
    async with receiving() as target:
        listener = listening("--forward-to", target.url, "--events", "order.created, order.shipped")
        assert "order.shipped" in await triggered(engine, "order.shipped")
        await target.until(lambda receiver: len(receiver.got) >= 2)
    listener.until("order.shipped  ")
    secret = listener.found(r"secret +(whsec_\S+)")
    events = [sdk.construct_event(got.body, got.headers, secret) for got in target.got]
    assert [event["type"] for event in events] == ["order.created", "order.shipped"]
    assert all("x-hanzo-signature" in got.headers and got.id in listener.said for got in target.got)
    assert f"{events[1]['data']['order']['displayId']}  -> 200 in " in listener.said
    assert "order.paid" not in listener.said
    listener.stop()
    assert " removed\n" in listener.said
    assert endpoints(engine) == [[], [], []]


async def test_a_target_that_is_down_gets_the_event_when_it_is_up_again(
    engine: Engine, listening: Callable[..., Listener]
) -> None:
    async with receiving() as target:
        url = target.url
    listener = listening("--forward-to", url, "--events", "order.created")
    await triggered(engine, "order.created")
    await asyncio.to_thread(listener.until, "no answer (ConnectError); the engine tries again")
    back = Receiver()
    server = await asyncio.start_server(back.serve, "127.0.0.1", target.port)
    async with server:
        await back.until(lambda receiver: len(receiver.got) == 1, seconds=30)
    first = listener.found(r"order\.created +(evt_\S+)")
    assert back.got[0].id == first
    await asyncio.to_thread(listener.until, "-> 200 in ")


async def test_a_refusal_of_the_target_is_told_and_tried_again(
    engine: Engine, listening: Callable[..., Listener]
) -> None:
    answers: list[int] = [410, 500, 302, 200]

    def answer(_: Got) -> Answer:
        return answers.pop(0), {}, b""

    async with receiving() as target:
        target.answer = answer
        listener = listening("--forward-to", target.url, "--events", "order.created", "--full")
        await triggered(engine, "order.created")
        await asyncio.to_thread(listener.until, "-> 410 in ")
        assert "would disable a registered endpoint" in listener.said
        await asyncio.to_thread(listener.until, '"displayId": "#')
        await target.until(lambda receiver: len(receiver.seen) >= 2, seconds=30)
        await asyncio.to_thread(listener.until, "-> 500 in ")


@pytest.mark.parametrize("face", sorted(every_face()))
async def test_every_face_is_heard_in_its_own_words(
    engine: Engine, listening: Callable[..., Listener], face: str
) -> None:
    listener = listening("--face", face, "--events", "order.created")
    placed = await triggered(engine, "order.created")
    await asyncio.to_thread(listener.until, "order.created   ")
    assert "heard" in listener.said
    if face != "zephyr":
        assert re.search(r"#(\d+)", placed)[1] in listener.said  # type: ignore[index]


def test_what_a_killed_listener_left_is_removed_by_the_next_and_a_living_one_stays(
    engine: Engine, listening: Callable[..., Listener]
) -> None:
    killed, living = listening("--face", "zephyr"), listening()
    killed.process.kill()
    killed.process.wait()
    following = listening()
    gone, stays = killed.found(r"endpoint +(\w+)"), living.found(r"endpoint +(\w+)")
    assert f"{gone} removed: its listener was killed" in following.said
    known = {each["id"] for found in endpoints(engine) for each in found}
    assert stays in known
    assert gone not in known


def test_nobody_but_the_engine_is_heard(engine: Engine, listening: Callable[..., Listener]) -> None:
    listener = listening()
    [(url, name)] = [(e["url"], e["description"]) for e in endpoints(engine)[0]]
    assert name == MARK + socket.gethostname()
    forged = {"webhook-id": "evt_1", "webhook-timestamp": "1700000000", "webhook-signature": "v1,AAAA"}
    with httpx2.Client(trust_env=False) as http:
        assert http.post(url, json={"type": "order.paid"}, headers=forged).status_code == 401
        assert http.post(url, json={"type": "order.paid"}).status_code == 401
        assert http.post(url.rpartition("/")[0] + "/guess", json={}).status_code == 404
    assert "order.paid" not in listener.said
    assert "refused: " in listener.said


def test_a_test_message_carries_an_order(engine: Engine, listening: Callable[..., Listener]) -> None:
    listener = listening("--full")
    with sdk.Commerce(engine.key, base_url=engine.url, transport=httpx2.HTTPTransport()) as commerce:
        commerce.webhooks.test(listener.found(r"endpoint +(\w+)"))
    listener.until("webhook.test  ")
    listener.until('"total": 5638')


def test_what_is_missing_is_said(engine: Engine, tmp_path: Path) -> None:
    nowhere = command(engine, "trigger", "order.paid", ORDERMILL_API_URL="http://127.0.0.1:9")
    assert (nowhere.returncode, "no engine answers at http://127.0.0.1:9" in nowhere.stderr) == (1, True)
    live = command(engine, "listen", "--mode", "live")
    assert (live.returncode, "no sk_live_" in live.stderr) == (1, True)
    keyless = command(engine, "listen", ORDERMILL_API_KEY="", ORDERMILL_DATA_DIR=str(tmp_path))
    assert (keyless.returncode, "ORDERMILL_API_KEY" in keyless.stderr) == (1, True)
    unknown = command(engine, "listen", "--events", "order.shiped")
    assert (unknown.returncode, "events[0]: no such event" in unknown.stderr) == (1, True)
    face = command(engine, "listen", "--face", "magento")
    assert (face.returncode, "--face is one of hanzo," in face.stderr) == (2, True)
    url = command(engine, "listen", "--forward-to", "127.0.0.1:3000")
    assert (url.returncode, "--forward-to is a URL" in url.stderr) == (2, True)
    taken = command(engine, "listen", "--port", engine.url.rpartition(":")[2])
    assert (taken.returncode, "cannot listen on" in taken.stderr) == (1, True)


def test_an_unknown_event_lists_them_all(engine: Engine) -> None:
    wrong = command(engine, "trigger", "order.shiped")
    assert (wrong.returncode, "did you mean order.shipped?" in wrong.stderr) == (2, True)
    assert "  payment.failed\n" in wrong.stderr
    every = command(engine, "trigger")
    assert (every.returncode, "  order.return_expired\n" in every.stdout) == (0, True)
