"""The SDK's own metrics for Prometheus: task latencies, slots, polls, cache. Off unless ORDERMILL_METRICS_PORT is set.

The rule: one runtime per process; it is made before the first client and passed to `connect`.
"""

from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from ordermill.settings import Settings


def runtime(settings: Settings) -> Runtime | None:
    """A runtime that serves `/metrics` beside the API's host, or None for the SDK's default one."""
    if settings.metrics_port is None:
        return None
    endpoint = PrometheusConfig(
        bind_address=f"{settings.api_host}:{settings.metrics_port}", durations_as_seconds=True, unit_suffix=True
    )
    return Runtime(telemetry=TelemetryConfig(metrics=endpoint, global_tags={"task_queue": settings.task_queue}))
