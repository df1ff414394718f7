"""One trace from the request through workflow and activity to SQL and the provider, seen by a collector."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.watched.collector import Span
from tests.watched.conftest import NAME, TRACE, Watched

ROOT = Path(__file__).parents[2]


def trace(watched: Watched) -> list[Span]:
    """The paid order's, once nothing more comes."""
    seen, until = -1, time.monotonic() + 30
    while time.monotonic() < until:
        spans = watched.collector.of(TRACE)
        if len(spans) == seen and any(span.name == "sandbox authorize" for span in spans):
            return spans
        seen = len(spans)
        time.sleep(1.0)
    raise TimeoutError(f"the trace is not whole: {sorted(span.name for span in watched.collector.of(TRACE))}")


def test_a_request_is_one_trace_down_to_sql_and_provider(watched: Watched) -> None:
    spans = trace(watched)
    by_id = {span.id: span for span in spans}

    def way(span: Span) -> list[str]:
        """Names from the request down to this span."""
        above = way(by_id[span.parent]) if span.parent in by_id else []
        return [*above, span.name]

    (request,) = [span for span in spans if span.name == "POST /order"]
    assert request.service == "ordermill-api"
    assert request.parent == "00f067aa0ba902b7", "the caller's own trace goes on"
    (provider,) = [span for span in spans if span.name == "sandbox authorize"]
    assert provider.service == "ordermill-worker"
    names = way(provider)
    assert names[0] == "POST /order"
    assert "RunActivity:authorize payment" in names
    assert {"RunWorkflow:Order", "HandleUpdate:place"} <= {span.name for span in spans}
    sql = [span for span in spans if any(key.startswith("db.") for key in span.attributes)]
    assert {span.service for span in sql} == {"ordermill-api", "ordermill-worker"}
    assert any("RunActivity" in " ".join(way(span)) for span in sql)
    assert all(span.parent in by_id or span is request for span in spans), "no span hangs in the air"


@pytest.mark.parametrize(
    ("request_name", "update", "activity", "last"),
    [
        ("POST /order/{id}/fulfill", "HandleUpdate:fulfill", "RunActivity:reserve and save", "sql UPDATE"),
        ("POST /order/{id}/refund", "HandleUpdate:refund", "RunActivity:refund payment", "sandbox refund"),
    ],
)
def test_a_later_request_to_the_same_order_is_a_trace_of_its_own(
    watched: Watched, request_name: str, update: str, activity: str, last: str
) -> None:
    """Not a part of the trace that placed the order, months ago perhaps."""
    trace(watched)
    (request,) = [span for span in watched.collector.spans if span.name == request_name]
    assert request.trace != TRACE
    names = {span.name for span in watched.collector.of(request.trace)}
    assert {request_name, f"StartWorkflowUpdate:{update.partition(':')[2]}", update, activity, last} <= names


def test_spans_hold_the_ids_that_logs_hold_and_no_personal_data(watched: Watched) -> None:
    (request,) = [span for span in trace(watched) if span.name == "POST /order"]
    assert request.attributes["http.route"] == "/order"
    assert request.attributes["http.response.status_code"] == watched.answers["paid"].status_code
    assert request.attributes["ordermill.request_id"] == watched.answers["paid"].headers["X-Request-Id"]
    assert request.attributes["ordermill.order_id"] == watched.order_id
    told = repr(watched.collector.spans)
    for private in (NAME, "jane@example.com", "pm_card_visa", watched.engine.key):
        assert private not in told


def test_what_a_worker_does_every_second_is_no_trace(watched: Watched) -> None:
    trace(watched)
    roots = [span for span in watched.collector.spans if not span.parent]
    assert [span for span in roots if any(key.startswith("db.") for key in span.attributes)] == []


def test_nothing_that_watches_is_imported_while_nothing_is_set(tmp_path: Path) -> None:
    """FastAPI itself imports OpenTelemetry's interface, which does nothing without what is listed here."""
    told = """
import sys
import worker
from api.app import create_app
from ordermill.process import tracing
create_app()
assert not tracing.start("ordermill-api").on
print(sorted(name for name in sys.modules if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter",
    "opentelemetry.instrumentation", "temporalio.contrib.opentelemetry", "prometheus_client", "ordermill.process.encryption"))))
"""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ORDERMILL_", "OTEL_"))}
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=tmp_path, env={**clean, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "[]\n", done.stderr
