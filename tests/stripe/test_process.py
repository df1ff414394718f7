"""The simulator as the process it is in development: `python -m stripe_simulator`, killed and started again."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from activities.providers.stripe import StripeProvider
from ordermill.launch.ports import free_ports
from tests.providers.contract import payment
from tests.stripe.running import KEY, Receiver, Simulator
from tests.stripe.test_provider import paid


@contextmanager
def process(*arguments: str) -> Iterator[tuple[Simulator, "subprocess.Popen[bytes]"]]:
    (port,) = free_ports(1)
    running = subprocess.Popen([sys.executable, "-m", "stripe_simulator", "--port", str(port), *arguments])
    simulator = Simulator(f"http://127.0.0.1:{port}")
    try:
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            try:
                simulator.control("GET", "clock")
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield simulator, running
    finally:
        simulator.http.close()
        running.kill()
        running.wait(10)


@pytest.mark.parametrize("database", [True, False], ids=["file", "memory"])
async def test_a_killed_simulator_remembers_what_it_has_in_a_file(tmp_path: Path, database: bool) -> None:
    arguments = ["--database", str(tmp_path / "stripe.sqlite")] if database else []
    with process(*arguments) as (simulator, running):
        provider = StripeProvider(KEY, api_base=simulator.url)
        before = await paid(provider)
        await provider.close()
        running.kill()
        running.wait(10)
    with process(*arguments) as (simulator, _):
        provider = StripeProvider(KEY, api_base=simulator.url)
        if database:
            assert await provider.payment(before.ref) == before
            assert await provider.prepare(payment(capture=True)) == before.ref
        else:
            assert simulator.control("GET", "ledger")["entries"] == []
        await provider.close()


async def test_the_webhook_target_comes_from_the_command_line(receiver: Receiver) -> None:
    with process("--webhook-url", receiver.url, "--webhook-secret", "whsec_x") as (simulator, _):
        provider = StripeProvider(KEY, api_base=simulator.url)
        await provider.prepare(payment())
        await provider.close()
        assert len(receiver.wait_for(1)) == 1


def test_a_target_without_its_secret_is_refused() -> None:
    command = [sys.executable, "-m", "stripe_simulator", "--webhook-url", "http://127.0.0.1:9"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "go together" in done.stderr
