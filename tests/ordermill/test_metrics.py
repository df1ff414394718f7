import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ordermill.launch.dev_server import running
from ordermill.launch.ports import PortInUse, free_ports, is_free
from ordermill.process.connect import connect
from ordermill.process.meters import Meter
from ordermill.process.metrics import Metrics
from ordermill.process.prometheus import METRICS, table
from ordermill.settings import Settings
from tests.architecture.house import ROOT
from tests.plain_http import NO_CERTIFICATES


def page(port: int | None, path: str = "/metrics") -> httpx2.Response:
    return httpx2.get(f"http://127.0.0.1:{port}{path}", trust_env=False, verify=NO_CERTIFICATES)


@contextmanager
def opened(port: int, process: Literal["api", "worker"] = "worker", host: str = "127.0.0.1") -> Iterator[Metrics]:
    metrics = Metrics(Settings(metrics_port=port, task_queue="orders", api_host=host), process).open()
    try:
        yield metrics
    finally:
        metrics.close()


def test_there_is_no_page_and_nothing_is_counted_unless_a_port_is_set() -> None:
    metrics = Metrics(Settings(), "api").open()
    assert (metrics.port, metrics.runtime, type(metrics.meter)) == (None, None, Meter)
    metrics.meter.command("pay", "done")
    metrics.close()


async def test_the_page_has_our_metrics_pythons_and_the_sdks() -> None:
    (port,) = free_ports(1)
    with running() as server, opened(port) as metrics:
        settings = Settings(temporal_port=server.port)
        client = await connect(settings, runtime=metrics.runtime, lazy=False)
        await client.count_workflows()
        metrics.meter.execution("pay", "done")
        answer = page(metrics.port)
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "temporal_request{" in answer.text
    assert {family.name for family in text_string_to_metric_families(answer.text)} >= {
        "temporal_request",
        "process_cpu_seconds",
    }
    assert 'ordermill_executions_total{outcome="done",verb="pay"} 1.0' in answer.text
    assert "process_cpu_seconds_total" in answer.text


def test_the_api_is_on_the_port_and_workers_on_the_next_that_are_free() -> None:
    (port,) = free_ports(1)
    with opened(port, "api") as api, opened(port) as worker, opened(port) as another, opened(port, "api") as second:
        assert api.port == port
        ports = [api.port, worker.port or 0, another.port or 0, second.port or 0]
        assert ports == sorted(set(ports)), (
            "each the first that is free behind it; others of this machine may have some"
        )
        assert page(port, "/").status_code == 404
    assert all(is_free("127.0.0.1", taken) for taken in ports), "closed is closed"


def test_a_page_is_served_while_the_process_is_busy_and_several_at_once() -> None:
    (port,) = free_ports(1)
    with opened(port, "api"):
        answers: list[int] = []
        threads = [threading.Thread(target=lambda: answers.append(page(port).status_code)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [200] * 8


def test_no_free_port_is_told_with_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ordermill.process.metrics.PORTS", 1)
    (port,) = free_ports(1)
    with opened(port, "api"), pytest.raises(PortInUse, match="set ORDERMILL_METRICS_PORT to a free port"):
        Metrics(Settings(metrics_port=port), "api").open()


def test_every_metric_has_a_method_that_writes_it() -> None:
    """A row of the table that nobody writes would be drawn and alerted on, and never move."""
    (port,) = free_ports(1)
    with opened(port) as metrics:
        meter = metrics.meter
        meter.request("GET", "/order/{id}", 200, 0.01)
        meter.command("pay", "refused")
        meter.execution("pay", "done")
        meter.provider_call("sandbox", "authorize", "declined", 0.2)
        meter.swept(1_750_000_000.0, 3)
        meter.waits({("test", "payment"): 2})
        meter.waits({("test", "fulfillment"): 1})
        meter.lag(webhook=5, mail=6, sweep=7, overdue=8)
        meter.workers(2)
        meter.payload_read("k1")
        meter.payload_unreadable()
        text = page(metrics.port).text
    for metric in METRICS:
        suffix = "_count" if metric.kind == "histogram" else ""
        samples = [line for line in text.splitlines() if line.startswith(f"{metric.name}{suffix}")]
        assert samples, metric.name
        assert not samples[0].endswith(" 0.0"), metric.name
        assert all(f'{label}="' in samples[0] for label in metric.labels), metric.name
    assert 'waits_for="payment"' not in text, "a word nobody waits for any more is no series"


def test_the_operators_page_lists_every_metric() -> None:
    """`python -m ordermill.process.prometheus` prints what stands between the markers."""
    page = (ROOT / "docs/operations.md").read_text()
    assert f"<!-- metrics -->\n{table()}<!-- /metrics -->" in page
