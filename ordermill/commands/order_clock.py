"""One order's own clock, moved by the Temporal dev server's time skipping: its deadlines fire on the way."""

from datetime import datetime
from typing import TYPE_CHECKING

from ordermill.settings import Settings

if TYPE_CHECKING:
    from temporalio.client import WorkflowHandle
    from temporalio.testing import TimeSkipper


class NoSkipping(Exception):
    """Time cannot be moved: nobody answers, or a server that is no development one, or was started without that option."""


class OrderClock:
    """Of one workflow. Only forward."""

    def __init__(self, skipper: "TimeSkipper", handle: "WorkflowHandle[object, object]") -> None:
        self._skipper = skipper
        self._handle = handle

    @classmethod
    async def of(cls, workflow: str, temporal: str) -> "OrderClock":
        """`temporal`: `host:port/namespace`. NoSkipping when nobody is there."""
        from temporalio.testing import TimeSkipper  # what it brings along is for development

        from ordermill.process.connect import connect

        address, _, namespace = temporal.partition("/")
        try:
            client = await connect(Settings(temporal_address=address, temporal_namespace=namespace), lazy=False)
        except RuntimeError as error:
            raise NoSkipping(f"Temporal does not answer at {address}: {error}"[:300]) from None
        return cls(TimeSkipper(client), client.get_workflow_handle(workflow))

    async def move_to(self, at: datetime) -> None:
        """Nothing where that moment has passed. Returns when the workflow's time is there, or the workflow over. NoSkipping."""
        from temporalio.service import RPCError

        try:
            ahead = at - await self._skipper.get_current_time(self._handle)
            if ahead.total_seconds() > 0:
                await self._skipper.fast_forward(self._handle, ahead)
        except RPCError as error:
            raise NoSkipping(
                f"Temporal lets no time run ahead, which only `make up`'s server does: {error}"[:300]
            ) from None
