"""Traces through workflows: what a caller's update or signal makes an order do belongs to that caller's trace.

The SDK puts all of a workflow's spans into the trace that started it and links the caller's. An order lives for months and is
paid, sent and returned by different requests: each of them is to be followed down to its SQL by itself. Where a caller brings
no trace (a timer, the web UI) the SDK's way stays.

Nothing here touches the workflow's history: headers are read, and spans are told outside of it.
"""

from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import SpanKind
from temporalio.contrib.opentelemetry import TracingInterceptor, TracingWorkflowInboundInterceptor
from temporalio.contrib.opentelemetry._context import attached_context
from temporalio.worker import HandleSignalInput, HandleUpdateInput, WorkflowInterceptorClassInput


class InCallersTrace(TracingWorkflowInboundInterceptor):
    """See above."""

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        context = self._callers(input)
        if context is None:
            return await super().handle_update_handler(input)
        with attached_context(context):
            self._told(f"HandleUpdate:{input.update}")
            return await self.next.handle_update_handler(input)

    async def handle_signal(self, input: HandleSignalInput) -> None:
        context = self._callers(input)
        if context is None:
            await super().handle_signal(input)
            return
        with attached_context(context):
            self._told(f"HandleSignal:{input.signal}")
            await self.next.handle_signal(input)

    def _callers(self, input: HandleUpdateInput | HandleSignalInput) -> Context | None:
        header = input.headers.get(self.header_key)
        if header is None:
            return None
        (carrier,) = self.payload_converter.from_payloads([header])
        return self._set_on_context(self.text_map_propagator.extract(carrier))

    def _told(self, name: str) -> None:
        """A span, linked to the one the order began with."""
        self._completed_span(name, link_context_carrier=self._load_workflow_context_carrier(), kind=SpanKind.SERVER)


class OrderTracing(TracingInterceptor):
    """The SDK's, but for the above."""

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[InCallersTrace]:
        super().workflow_interceptor_class(input)  # gives the workflow what it tells spans with
        return InCallersTrace
