import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ordermill.launch import up as launcher
from ordermill.launch.ports import free_ports
from ordermill.settings import Settings
from tests.ordermill.processes import CHILD, alive, diary, script, until

API = (
    CHILD.replace("time.sleep(600)", "")
    + """
from http.server import BaseHTTPRequestHandler, HTTPServer
class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()
    def log_message(self, *_): pass
HTTPServer(("127.0.0.1", int(os.environ["ORDERMILL_API_PORT"])), Ready).serve_forever()
"""
)

UP = """
import asyncio, sys
from ordermill.process import logs
from ordermill.process import beginning
from ordermill.launch.up import Preparation, Processes, up
worker, api, diary = sys.argv[1:4]
def step(name, value=None):
    async def run():
        with open(diary, "a") as file:
            file.write(f"{name} done 0\\n")
        return value
    return run
settings = beginning.settings()
logs.configure("up", settings)
try:
    code = asyncio.run(up(
        settings,
        Preparation(migrate=step("migrate"), dev_key=step("key", "sk_test_shown"), load_demo=step("demo")),
        processes=Processes(
            worker=[sys.executable, "-c", worker, "worker", diary], api=[sys.executable, "-c", api, "api", diary]
        ),
    ))
except Exception as error:
    sys.exit(str(error))
sys.exit(code)
"""

Environment = dict[str, str]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """Free ports and a state directory of our own."""
    api, temporal, ui = free_ports(3)
    return {
        "ORDERMILL_DATA_DIR": str(tmp_path / "state"),
        "ORDERMILL_API_PORT": str(api),
        "ORDERMILL_TEMPORAL_PORT": str(temporal),
        "ORDERMILL_TEMPORAL_UI_PORT": str(ui),
        "ORDERMILL_LOG_JSON": "true",
    }


def text(path: Path) -> Callable[[], str]:
    return lambda: path.read_text() if path.exists() else ""


def pids(output: str) -> list[int]:
    return [int(pid) for pid in re.findall(r'"pid": (\d+)', output)]


def test_up_prepares_starts_everything_prints_the_key_and_ctrl_c_leaves_nothing(
    tmp_path: Path, environment: Environment
) -> None:
    out, notes = text(tmp_path / "out"), tmp_path / "diary"
    with script(UP, CHILD, API, str(notes), output=tmp_path / "out", **environment) as process:
        until(lambda: "Ordermill is ready." in out(), "ready")
        assert f"http://127.0.0.1:{environment['ORDERMILL_API_PORT']}" in out()
        assert "test key   sk_test_shown" in out()
        assert [name for name, what, _ in diary(notes) if what == "done"] == ["migrate", "key", "demo"]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert len(pids(out())) == 3
    assert not any(alive(pid) for pid in pids(out()))
    assert [name for name, what, _ in diary(notes) if what == "stop"] == ["api", "worker"]
    assert re.findall(r'"child": "(\w+)", "event": "stopped"', out()) == ["api", "worker", "temporal"]


def test_a_killed_engine_leaves_no_orphan_and_starts_again_within_five_seconds(
    tmp_path: Path, environment: Environment
) -> None:
    out, again = text(tmp_path / "out"), text(tmp_path / "again")
    with script(UP, CHILD, API, str(tmp_path / "diary"), output=tmp_path / "out", **environment) as process:
        until(lambda: "Ordermill is ready." in out(), "ready")
        process.send_signal(signal.SIGKILL)
        process.wait(5)
        until(lambda: not any(alive(pid) for pid in pids(out())), "all are gone", timeout_seconds=2.0)
    began = time.monotonic()
    with script(UP, CHILD, API, str(tmp_path / "diary"), output=tmp_path / "again", **environment):
        until(lambda: "Ordermill is ready." in again(), "ready again")
        assert time.monotonic() - began < 5.0


def test_a_killed_api_comes_back(tmp_path: Path, environment: Environment) -> None:
    out, notes = text(tmp_path / "out"), tmp_path / "diary"
    with script(UP, CHILD, API, str(notes), output=tmp_path / "out", **environment):
        until(lambda: "Ordermill is ready." in out(), "ready")
        os.kill(next(pid for name, what, pid in diary(notes) if (name, what) == ("api", "start")), signal.SIGKILL)
        until(lambda: [(n, w) for n, w, _ in diary(notes)].count(("api", "start")) == 2, "a new API")


@pytest.mark.parametrize("variable", ["ORDERMILL_API_PORT", "ORDERMILL_TEMPORAL_PORT", "ORDERMILL_TEMPORAL_UI_PORT"])
def test_a_port_in_use_is_told_with_the_variable_to_change(
    tmp_path: Path, environment: Environment, variable: str
) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        environment[variable] = str(taken.getsockname()[1])
        with script(UP, CHILD, API, str(tmp_path / "diary"), output=tmp_path / "out", **environment) as process:
            assert process.wait(20) == 1
    assert f"set {variable} to a free port" in (tmp_path / "out").read_text()
    assert diary(tmp_path / "diary") == []


def test_two_engines_on_one_state_directory_are_refused(tmp_path: Path, environment: Environment) -> None:
    out = text(tmp_path / "out")
    other = dict(
        zip(
            ("ORDERMILL_API_PORT", "ORDERMILL_TEMPORAL_PORT", "ORDERMILL_TEMPORAL_UI_PORT"),
            map(str, free_ports(3)),
            strict=True,
        )
    )
    with script(UP, CHILD, API, str(tmp_path / "diary"), output=tmp_path / "out", **environment):
        until(lambda: "Ordermill is ready." in out(), "ready")
        with script(
            UP, CHILD, API, str(tmp_path / "d2"), output=tmp_path / "two", **{**environment, **other}
        ) as second:
            assert second.wait(20) == 1
    assert "set ORDERMILL_DATA_DIR to another directory" in (tmp_path / "two").read_text()


def test_a_worker_that_cannot_start_ends_the_start_and_its_lines_are_shown(
    tmp_path: Path, environment: Environment
) -> None:
    broken = "import sys; sys.exit('order.return_window_day: unknown key in ordermill.yaml')"
    with script(UP, broken, API, str(tmp_path / "diary"), output=tmp_path / "out", **environment) as process:
        assert process.wait(20) == 1
    output = (tmp_path / "out").read_text()
    assert "order.return_window_day: unknown key in ordermill.yaml" in output
    assert "worker ended at its start" in output
    assert not any(alive(pid) for pid in pids(output))


def test_with_an_address_of_its_own_no_dev_server_is_started(tmp_path: Path, environment: Environment) -> None:
    out = text(tmp_path / "out")
    environment["ORDERMILL_TEMPORAL_ADDRESS"] = "temporal.invalid:7233"
    with script(UP, CHILD, API, str(tmp_path / "diary"), output=tmp_path / "out", **environment):
        until(lambda: "Ordermill is ready." in out(), "ready")
    assert "temporal.invalid:7233, namespace default" in out()
    assert len(pids(out())) == 2


def test_webhooks_to_private_addresses_are_warned_about(tmp_path: Path, environment: Environment) -> None:
    out = text(tmp_path / "out")
    environment |= {"ORDERMILL_TEMPORAL_ADDRESS": "temporal.invalid:7233", "ORDERMILL_WEBHOOKS_ALLOW_PRIVATE": "true"}
    with script(UP, CHILD, API, str(tmp_path / "diary"), output=tmp_path / "out", **environment):
        until(lambda: "Ordermill is ready." in out(), "ready")
    assert "WARNING    webhooks may go to private and loopback addresses" in out()


def test_webhooks_may_go_to_this_machine_while_only_it_reaches_the_api() -> None:
    def told(**given: Any) -> object:
        return launcher.developing(Settings(**given)).webhooks_allow_private

    assert told() == "loopback"
    assert told(api_host="::1") == "loopback"
    assert told(webhooks_allow_private=False) is False
    assert told(webhooks_allow_private=True) is True
    for reached in ({"api_host": "::"}, {"api_host": "10.0.0.1"}, {"public_url": "https://shop.example"}):
        assert told(**reached) is False, reached
    assert "may go to this machine too" in launcher.banner(launcher.developing(Settings()), "key")
    assert "may go to" not in launcher.banner(Settings(), "key")


def test_the_banner_shows_the_owners_link_where_there_is_a_console() -> None:
    link = "http://127.0.0.1:8000/console/sign-in/once"
    assert f"console    {link}   (signs the owner in, once)" in launcher.banner(Settings(), "key", link)
    assert "signs the owner in" not in launcher.banner(Settings(), "key")
