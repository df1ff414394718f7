"""The metrics of API and worker, as Prometheus reads them: one table, and a Meter that writes it.

docs/operations.md shows the table, deploy/prometheus/ alerts on it and deploy/grafana/ draws it; tests hold all three to it.
"""

from dataclasses import dataclass
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from ordermill.process.meters import Meter

QUICK: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
"""Upper bounds of the histograms, seconds: from a read to ORDERMILL_COMMAND_TIMEOUT_SECONDS."""


@dataclass(frozen=True)
class Metric:
    """One row."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    where: Literal["api", "worker", "both"]
    labels: tuple[str, ...]
    help: str


METRICS: Final = (
    Metric(
        "ordermill_request_duration_seconds", "histogram", "api", ("method", "route", "status"),
        "how long requests took, by route template",
    ),
    Metric(
        "ordermill_commands_total", "counter", "api", ("verb", "outcome"),
        "callers' commands: done, refused, pending (202), unavailable (503), unknown (504)",
    ),
    Metric(
        "ordermill_executions_total", "counter", "worker", ("verb", "outcome"),
        "what orders' activities came to, timers' and providers' too: done, refused, absent, stale",
    ),
    Metric(
        "ordermill_provider_call_duration_seconds", "histogram", "both", ("provider", "kind", "outcome"),
        "calls to a payment provider: ok, declined, refused, unavailable, error",
    ),
    Metric("ordermill_orders_waiting", "gauge", "worker", ("mode", "waits_for"), "orders that wait for this now"),
    Metric(
        "ordermill_oldest_undelivered_seconds", "gauge", "worker", ("kind",),
        "age of the oldest webhook or mail that is not delivered and not given up",
    ),
    Metric(
        "ordermill_sweep_lag_seconds", "gauge", "worker", (),
        "how late the oldest deadline is that neither its workflow nor the sweep has attended to",
    ),
    Metric("ordermill_orders_overdue", "gauge", "worker", (), "orders whose next deadline passed over a minute ago"),
    Metric("ordermill_sweep_last_success_timestamp_seconds", "gauge", "worker", (), "when this worker last ended a sweep"),
    Metric("ordermill_sweep_pushed_total", "counter", "worker", (), "orders the sweep pushed on"),
    Metric("ordermill_workers_alive", "gauge", "worker", (), "workers that beat within the last half minute"),
    Metric(
        "ordermill_payloads_decrypted_total", "counter", "both", ("key_id",),
        "payloads of Temporal's read with this key: an old one may go when it stays at nought",
    ),
    Metric(
        "ordermill_payloads_unreadable_total", "counter", "both", (),
        "payloads whose key this process does not have, or that were tampered with",
    ),
)  # fmt: skip
"""Every metric of ours. Beside them: Python's process_… and python_gc_…, and the SDK's temporal_…."""


def table() -> str:
    """The rows as docs/operations.md shows them; `python -m ordermill.process.prometheus` prints it."""
    head = "| metric | of | labels | |\n|---|---|---|---|\n"
    of = {"api": "API", "worker": "worker", "both": "both"}
    return head + "".join(
        f"| `{m.name}` | {of[m.where]} | {', '.join(f'`{label}`' for label in m.labels)} | {m.help} |\n"
        for m in METRICS
    )


class PrometheusMeter(Meter):
    """Counts into a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._counters: dict[str, Counter] = {}
        self._gauges: dict[str, Gauge] = {}
        self._histograms: dict[str, Histogram] = {}
        for metric in METRICS:
            self._make(metric)

    def _make(self, metric: Metric) -> None:
        name, labels, registry = metric.name, metric.labels, self._registry
        if metric.kind == "counter":
            self._counters[name] = Counter(name, metric.help, labels, registry=registry)
        elif metric.kind == "gauge":
            self._gauges[name] = Gauge(name, metric.help, labels, registry=registry)
        else:
            self._histograms[name] = Histogram(name, metric.help, labels, registry=registry, buckets=QUICK)

    def text(self) -> bytes:
        """The exposition, format 0.0.4."""
        return generate_latest(self._registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._histograms["ordermill_request_duration_seconds"].labels(method, route, status).observe(seconds)

    def command(self, verb: str, outcome: str) -> None:
        self._counters["ordermill_commands_total"].labels(verb, outcome).inc()

    def execution(self, verb: str, outcome: str) -> None:
        self._counters["ordermill_executions_total"].labels(verb, outcome).inc()

    def provider_call(self, provider: str, kind: str, outcome: str, seconds: float) -> None:
        duration = self._histograms["ordermill_provider_call_duration_seconds"]
        duration.labels(provider, kind, outcome).observe(seconds)

    def swept(self, at: float, orders: int) -> None:
        self._gauges["ordermill_sweep_last_success_timestamp_seconds"].set(at)
        self._counters["ordermill_sweep_pushed_total"].inc(orders)

    def waits(self, counts: dict[tuple[str, str], int]) -> None:
        gauge = self._gauges["ordermill_orders_waiting"]
        gauge.clear()  # a word nobody waits for any more is no series
        for (mode, word), orders in counts.items():
            gauge.labels(mode, word).set(orders)

    def lag(self, *, webhook: float, mail: float, sweep: float, overdue: int) -> None:
        oldest = self._gauges["ordermill_oldest_undelivered_seconds"]
        oldest.labels("webhook").set(webhook)
        oldest.labels("mail").set(mail)
        self._gauges["ordermill_sweep_lag_seconds"].set(sweep)
        self._gauges["ordermill_orders_overdue"].set(overdue)

    def workers(self, alive: int) -> None:
        self._gauges["ordermill_workers_alive"].set(alive)

    def payload_read(self, key_id: str) -> None:
        self._counters["ordermill_payloads_decrypted_total"].labels(key_id).inc()

    def payload_unreadable(self) -> None:
        self._counters["ordermill_payloads_unreadable_total"].inc()


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201 - what it is asked for
