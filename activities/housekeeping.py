"""What keeps the promises after the worst crash: find what lags behind the database.

A local save commits before history knows of it; worker and server killed together right then leave the row ahead
of the workflow until somebody asks. The sweep compares the `OrderVersion` a workflow shows with its row, finds
money that was left half done, provider events nobody delivers and mails nobody sends. Of that it changes nothing
itself; at its end it forgets what is done with and old (activities/retention.py).
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities import retention
from activities.messages import EventRef, Lagging, MoneyTask, SweepResult
from activities.orders import epoch_now, unavailable
from activities.signatures import LOAD, SWEEP
from domain.order import Order
from store import operations, orders, outbox, parked
from store.engine import StoreUnavailable

LOOK_BACK_SECONDS = 3600
"""Rows saved within this are compared."""
AT_ONCE = 1000
"""Workflows asked per sweep."""
SETTLE_SECONDS = 20
"""Younger than this is still being worked on."""
VERSION = "OrderVersion"


class Housekeeping:
    """Looks at the database and at Temporal's visibility."""

    def __init__(self, engine: AsyncEngine, client: Client) -> None:
        self._engine = engine
        self._client = client
        self._agreed: dict[str, int] = {}
        """Order -> the version its workflow was seen at, of orders changed lately: asked once per version, not per sweep."""

    @activity.defn(name=LOAD)
    async def load(self, order_id: str) -> Order | None:
        try:
            return await orders.load(self._engine, order_id)
        except StoreUnavailable as error:
            raise unavailable(error) from None

    @activity.defn(name=SWEEP)
    async def sweep(self) -> SweepResult:
        """Everything that lags, at most a thousand of each."""
        now = epoch_now()
        try:
            changed = await orders.recently_changed_open(self._engine, now - LOOK_BACK_SECONDS)
            half_done = await operations.unsettled(self._engine, now - SETTLE_SECONDS)
            waiting = await parked.waiting(self._engine)
            mails = await outbox.waiting(self._engine, "mail", limit=1000)
        except StoreUnavailable as error:
            raise unavailable(error) from None
        behind = await self._who_lags(changed)
        for operation in half_done:
            task = (operation.result or {}).get("task")
            if task is not None and not await self._running(operation.order_id):
                money = MoneyTask.model_validate(task)
                behind[operation.order_id] = Lagging(order_id=operation.order_id, version=money.version, task=money)
        await retention.forget(self._engine, now)
        return SweepResult(
            lagging=tuple(behind.values()),
            events=tuple(
                EventRef(provider=e.provider, id=e.id) for e in waiting if e.received_at < now - SETTLE_SECONDS
            ),
            mails=tuple(m.id for m in mails),
        )

    async def _who_lags(self, changed: Sequence[orders.Changed]) -> dict[str, Lagging]:
        """Those whose workflow shows an older version than their row: at most a thousand are asked."""
        current = {row.order_id: row.version for row in changed}
        self._agreed = {order_id: version for order_id, version in self._agreed.items() if order_id in current}
        ask = [row for row in changed if self._agreed.get(row.order_id) != row.version][:AT_ONCE]
        behind: dict[str, Lagging] = {}
        for row in ask:
            found = Lagging(order_id=row.order_id, version=row.version)
            if await self._behind(found):
                behind[row.order_id] = found
            else:
                self._agreed[row.order_id] = row.version
        return behind

    async def _behind(self, found: Lagging) -> bool:
        """The workflow shows an older version than the row, or does not run though the order is open."""
        try:
            about = await self._client.get_workflow_handle(f"order-{found.order_id}").describe()
        except RPCError as error:
            return error.status == RPCStatusCode.NOT_FOUND
        if about.status != WorkflowExecutionStatus.RUNNING:
            return True
        shown = next((pair.value for pair in about.typed_search_attributes if pair.key.name == VERSION), 0)
        return isinstance(shown, int) and shown < found.version

    async def _running(self, order_id: str) -> bool:
        try:
            about = await self._client.get_workflow_handle(f"order-{order_id}").describe()
        except RPCError as error:
            return error.status != RPCStatusCode.NOT_FOUND
        return about.status == WorkflowExecutionStatus.RUNNING
