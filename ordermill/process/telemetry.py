"""Tracing over OpenTelemetry and OTLP/HTTP (see tracing.py, which loads this where it is asked for).

A span holds no personal data: a request's names its route template, never a path or a query; a statement's is SQL with
placeholders. Nothing is set globally, so that two in one process (tests) do not meet.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider as SdkProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, TracerProvider
from sqlalchemy.ext.asyncio import AsyncEngine

from ordermill import __version__
from ordermill.process.telemetry_workflows import OrderTracing
from ordermill.process.tracing import Request, Scope, Tracing


class Statements(TracerProvider):
    """What the SQL instrumentation traces with: no trace begins with a statement, because workers look into the database every
    second and a trace of one SELECT is noise; and a span is called by its verb, not by the database, for SQLite a whole path."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def get_tracer(self, *_: Any, **__: Any) -> Tracer:
        return StatementTracer(self._tracer)


class StatementTracer(Tracer):
    def __init__(self, inner: Tracer) -> None:
        self._inner = inner

    def start_span(self, name: str, context: Context | None = None, *rest: Any, **more: Any) -> Span:
        if not trace.get_current_span(context).get_span_context().is_valid:
            return trace.INVALID_SPAN
        return self._inner.start_span(_verb(name), context, *rest, **more)

    @contextmanager
    def start_as_current_span(self, name: str, *rest: Any, **more: Any) -> Iterator[Span]:  # type: ignore[override]
        if not trace.get_current_span().get_span_context().is_valid:
            yield trace.INVALID_SPAN
            return
        with self._inner.start_as_current_span(_verb(name), *rest, **more) as span:
            yield span


def _verb(name: str) -> str:
    return f"sql {name.split(maxsplit=1)[0]}"


class OneRequest(Request):
    """See Request."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self.trace_id = trace.format_trace_id(span.get_span_context().trace_id)

    def ended(self, name: str, status: int, attributes: Mapping[str, str]) -> None:
        self._span.update_name(name)
        self._span.set_attribute("http.response.status_code", status)
        for key, value in attributes.items():
            self._span.set_attribute(key, value)
        if status >= 500:
            self._span.set_status(Status(StatusCode.ERROR))


class OpenTelemetry(Tracing):
    """See Tracing."""

    on = True

    def __init__(self, process: str) -> None:
        ours = Resource({SERVICE_NAME: process, SERVICE_VERSION: __version__})
        resource = Resource.create().merge(ours).merge(OTELResourceDetector().detect())
        self._provider = SdkProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("ordermill", __version__)
        self.interceptors = (OrderTracing(self._tracer),)

    @contextmanager
    def request(self, scope: Scope) -> Iterator[Request]:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        with self._tracer.start_as_current_span(
            scope["method"],
            context=propagate.extract(headers),
            kind=SpanKind.SERVER,
            attributes={"http.request.method": scope["method"]},
            record_exception=False,
        ) as span:
            yield OneRequest(span)

    def span(self, name: str) -> AbstractContextManager[object]:
        return self._tracer.start_as_current_span(name, kind=SpanKind.CLIENT, record_exception=False)

    def watch(self, engine: AsyncEngine) -> None:
        instrument: Any = SQLAlchemyInstrumentor().instrument  # its dependency check does not know SQLAlchemy 2.1
        instrument(engine=engine.sync_engine, tracer_provider=Statements(self._tracer), skip_dep_check=True)

    def close(self) -> None:
        SQLAlchemyInstrumentor().uninstrument()
        self._provider.shutdown()
