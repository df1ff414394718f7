"""Traces, where OTEL_EXPORTER_OTLP_ENDPOINT is set: one from a request through its workflow and activity to SQL and provider.

    Tracing          does nothing and imports nothing: what a process uses while the variable is not set
    telemetry.py     the same methods over OpenTelemetry, loaded only where it is

Everything else about traces (sampling, headers, the service's name) is OpenTelemetry's own environment, `OTEL_…`.
"""

import os
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final

from temporalio.client import Interceptor

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

Scope = MutableMapping[str, Any]
"""ASGI's."""
ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Request:
    """One request's span."""

    trace_id: str | None = None

    def ended(self, name: str, status: int, attributes: Mapping[str, str]) -> None:
        """What it came to; `name`: method and route template."""


class Tracing:
    """What a process does so that its part of a trace is seen."""

    on: bool = False
    interceptors: Sequence[Interceptor] = ()
    """Of its Temporal client, and of the workers that are made with that client."""

    @contextmanager
    def request(self, scope: Scope) -> Iterator[Request]:
        """Around a request; its caller's trace goes on in it."""
        yield Request()

    def span(self, name: str) -> AbstractContextManager[object]:
        """Around a call to somebody else."""
        return nullcontext()

    def watch(self, engine: "AsyncEngine") -> None:
        """A span per SQL statement that is a part of something; what a process does every second by itself is none."""

    def close(self) -> None:
        """Send what waits."""


def start(process: str, environ: Mapping[str, str] = os.environ) -> Tracing:
    """`process`: `ordermill-api`; OTEL_SERVICE_NAME names it otherwise."""
    if not any(environ.get(name) for name in ENDPOINTS):
        return Tracing()
    from ordermill.process.telemetry import OpenTelemetry

    return OpenTelemetry(process)
