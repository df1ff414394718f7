import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from ordermill.launch.dev_server import DevServer, DevServerError, find_cli, running, wait_ready
from ordermill.launch.ports import free_ports, is_free


@workflow.defn
class Nap:
    """Sleeps for 30 days."""

    @workflow.run
    async def run(self) -> str:
        await workflow.sleep(timedelta(days=30))
        return "rested"


async def attributes(server: DevServer) -> set[str]:
    client = await Client.connect(server.address)
    answer = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))
    return set(answer.custom_attributes)


async def test_a_server_with_a_file_keeps_orders_and_attributes_over_a_restart(tmp_path: Path) -> None:
    database = tmp_path / "temporal.sqlite"
    with running(database=database, search_attributes=["OrderStatus=Keyword"]) as server:
        client = await Client.connect(server.address)
        await client.start_workflow(Nap.run, id="order-1", task_queue="nobody")
        assert await attributes(server) >= {"OrderStatus"}
    assert is_free("127.0.0.1", server.port)
    with running(database=database, search_attributes=["OrderStatus=Keyword", "CustomerId=Keyword"]) as server:
        client = await Client.connect(server.address)
        assert (await client.get_workflow_handle("order-1").describe()).status is not None
        names = await attributes(server)
    assert "OrderStatus" in names
    assert "CustomerId" not in names, "the server now adds names to an old file: the worker need not register them"


async def test_thirty_days_of_one_workflow_pass_in_a_moment() -> None:
    with running() as server:
        client = await Client.connect(server.address)
        async with Worker(client, task_queue="naps", workflows=[Nap]):
            handle = await client.start_workflow(Nap.run, id="nap", task_queue="naps")
            await TimeSkipper(client).fast_forward(handle, timedelta(days=31))
            assert await asyncio.wait_for(handle.result(), 10) == "rested"


def test_the_command_is_bound_to_loopback_and_tuned(tmp_path: Path) -> None:
    line = DevServer(cli=Path("temporal"), port=1, ui_port=2, database=tmp_path / "t").command()
    assert line[line.index("--ip") + 1] == "127.0.0.1"
    assert line[line.index("--ui-port") + 1] == "2"
    assert {"history.transferProcessorMaxPollRPS=5000", "journal_mode=WAL", "synchronous=NORMAL"} <= set(line)


def test_without_a_ui_port_the_server_is_headless_and_without_a_file_it_has_no_pragmas() -> None:
    line = DevServer(cli=Path("temporal"), port=1).command()
    assert "--headless" in line
    assert "--sqlite-pragma" not in line


def test_the_configured_cli_wins_and_a_wrong_one_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "temporal"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    monkeypatch.setenv("ORDERMILL_TEMPORAL_CLI", str(program))
    assert find_cli() == program
    monkeypatch.setenv("ORDERMILL_TEMPORAL_CLI", str(tmp_path / "nothing"))
    with pytest.raises(DevServerError, match=r"ORDERMILL_TEMPORAL_CLI is .*nothing"):
        find_cli()


def test_path_comes_before_the_virtual_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ORDERMILL_TEMPORAL_CLI", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    beside_python = find_cli()
    program = tmp_path / "temporal"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    assert find_cli() == program != beside_python


async def test_waiting_for_a_server_that_is_not_there_ends_with_its_address() -> None:
    (port,) = free_ports(1)
    with pytest.raises(DevServerError, match=f"127.0.0.1:{port} is not ready after"):
        await wait_ready(f"127.0.0.1:{port}", timeout_seconds=0.2)


def test_a_server_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "temporal"
    program.write_text("#!/bin/sh\necho no such flag\nexit 3\n")
    program.chmod(0o700)
    monkeypatch.setenv("ORDERMILL_TEMPORAL_CLI", str(program))
    with pytest.raises(DevServerError, match="ended with 3 at its start\nno such flag"), running():
        pass
