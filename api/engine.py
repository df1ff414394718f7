"""The only door to the workflows: place an order, execute a command on one, and say how it settled.

A face translates its words into a domain command and calls this; nothing else in api/ knows Temporal. Every
command is an Update, because its caller wants an answer; the answer is a receipt, and the row is read for
the rest. What cannot be answered in time says which it is: accepted (202), surely not (503), unknown (504).
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Protocol
from weakref import WeakValueDictionary

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateHandle,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.commands import Command, Pay, Place, Request
from domain.errors import OrderError, ProviderMissing
from domain.order import Order
from domain.windows import is_over
from store import heartbeats, orders
from store.engine import StoreUnavailable
from workflows import card
from workflows.calls import workflow_id
from workflows.messages import OrderState, Receipt, Start, compact, signal_of
from workflows.order import OrderWorkflow, preview

IN_FLIGHT = 4
"""Updates of one order sent at once by this process: the server holds ten per workflow, from all processes."""
WORKER_SILENT_SECONDS = 15.0
"""No worker has beaten for this long: nobody would answer."""
ATTEMPTS = 6
RECEIVE_SECONDS = 5.0
"""A provider waits for its 200 meanwhile, and the event is kept already."""
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Settled:
    """A command's answer. `subject`: id of what it made (refund, fulfilment, return, payment, note, line)."""

    order: Order
    """As saved by this command (or later, when others saved meanwhile)."""
    subject: str | None = None
    pending: bool = False
    """Accepted and durable, but not saved within the time allowed: `order` is as it is now (202)."""


class Unsettled(Exception):
    """No answer within the time allowed. `accepted` False: surely nothing happened (503); None: unknown (504)."""

    def __init__(self, message: str, *, accepted: bool | None, retry_after_seconds: int = 5) -> None:
        super().__init__(message)
        self.accepted = accepted
        self.retry_after_seconds = retry_after_seconds


class Engine(Protocol):
    """Both raise OrderError (refused, nothing changed) and Unsettled."""

    async def place(self, order: Order, *, confirm: bool, request: Request) -> Settled:
        """Start the workflow of a priced order (version 0) and wait for its first save (version 1)."""

    async def execute(self, order: Order, command: Command, request: Request) -> Settled:
        """Send one command. `order` is the row just read: it wakes the workflow when that has completed."""

    async def tell(self, order: Order, command: Command, request: Request) -> None:
        """Signal a fact from outside; returns once Temporal has it."""

    async def receive(self, provider: str, event_id: str) -> None:
        """Start the workflow of an inbound provider event that is kept; when Temporal is away the sweep does it later."""

    async def explain(self, order: Order) -> dict[str, object]:
        """Live diagnostics from the workflow: state, allowed actions, what it waits for. Never on a GET of an order."""


class _Sent:
    """How far one command came before the time was up."""

    accepted = False


class TemporalEngine:
    """The door over one Temporal client and one database."""

    def __init__(
        self,
        client: Client,
        database: AsyncEngine,
        *,
        task_queue: str,
        timeout_seconds: float,
        providers: Mapping[bool, str] = MappingProxyType({False: "sandbox"}),
    ) -> None:
        """`providers`: livemode -> name of the payment provider that serves it."""
        self._client = client
        self._providers = providers
        self._database = database
        self._task_queue = task_queue
        self._timeout = timeout_seconds
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._beat_checked = 0.0

    async def place(self, order: Order, *, confirm: bool, request: Request) -> Settled:
        start = Start(order=compact(order), place=Place(confirm=confirm), request=request)
        return await self._settle(order, "place", [], request, start)

    async def execute(self, order: Order, command: Command, request: Request) -> Settled:
        if isinstance(command, Pay):
            if order.livemode not in self._providers:
                raise ProviderMissing("no payment provider serves this mode", field="paymentMethod")
            known = order.customer_id if (order.customer_id or "").startswith("cus_") else None
            filled = {"provider": self._providers[order.livemode], "customer": command.customer or known}
            command = command.model_copy(update={k: v for k, v in filled.items() if v is not None})
        turn = self._turns.setdefault(order.id, asyncio.Semaphore(IN_FLIGHT))
        async with turn:
            return await self._settle(order, command.verb, [command, request], request, None)

    async def reachable(self) -> bool:
        """Whether Temporal answers."""
        try:
            return await self._client.service_client.check_health(timeout=timedelta(seconds=2))
        except (RPCError, RuntimeError):
            return False

    async def tell(self, order: Order, command: Command, request: Request) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._client.start_workflow(
                    OrderWorkflow.run,
                    Start(order=compact(order)),
                    **self._start_options(order),
                    start_signal=signal_of(command.verb),
                    start_signal_args=[command, request],
                )
        except (RPCError, RuntimeError, TimeoutError) as error:
            raise Unsettled(f"Temporal is unavailable: {_short(error)}", accepted=None) from None

    async def receive(self, provider: str, event_id: str) -> None:
        try:
            async with asyncio.timeout(RECEIVE_SECONDS):
                await self._client.start_workflow(
                    "ProviderEvent",
                    {"provider": provider, "id": event_id},
                    id=f"event-{event_id}",
                    task_queue=self._task_queue,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    static_summary=f"{provider} {event_id}",
                )
        except (RPCError, RuntimeError, TimeoutError, WorkflowAlreadyStartedError) as error:
            log.info("the event waits for the sweep", event_id=event_id, reason=type(error).__name__)

    async def explain(self, order: Order) -> dict[str, object]:
        handle = self._client.get_workflow_handle(workflow_id(order.id))
        try:
            state = await handle.query("state", result_type=OrderState, rpc_timeout=timedelta(seconds=5))
        except (RPCError, RuntimeError) as error:
            raise Unsettled(f"the workflow cannot be asked: {_short(error)}", accepted=False) from None
        answer: dict[str, object] = state.model_dump(mode="json", exclude={"order"})
        return answer

    async def _settle(self, order: Order, verb: str, args: list[Any], request: Request, start: Start | None) -> Settled:
        """Send, wait, read the row; or say how it stands when the time is up."""
        await self._somebody_works()
        sent = _Sent()
        try:
            async with asyncio.timeout(self._timeout):
                receipt = await self._send(order, verb, args, request, start, sent)
                stored = await self._stored(order.id, receipt.version)
                return Settled(stored, receipt.subject)
        except TimeoutError:
            if not sent.accepted:
                raise Unsettled("no answer in time; repeat with the same key", accepted=None) from None
            return Settled(await self._as_it_is(order), pending=True)
        except RuntimeError as error:  # the client could never connect
            raise Unsettled(f"Temporal is unavailable: {_short(error)}", accepted=False) from None
        except RPCError as error:
            surely_not = error.status == RPCStatusCode.UNAVAILABLE and not sent.accepted
            raise Unsettled(
                f"Temporal is unavailable: {_short(error)}", accepted=False if surely_not else None
            ) from None

    async def _send(
        self, order: Order, verb: str, args: list[Any], request: Request, start: Start | None, sent: _Sent
    ) -> Receipt:
        """One update, sent again with the same id while a closing run turns it away."""
        wake = start is not None or is_over(order)
        for attempt in range(ATTEMPTS):
            try:
                handle = await self._update(order, verb, args, request, start, wake)
                sent.accepted = True
                return await handle.result()
            except WorkflowUpdateFailedError as error:
                raise refusal(error) from None
            except WorkflowUpdateRPCTimeoutOrCancelledError:
                raise TimeoutError from None
            except RPCError as error:
                last = attempt == ATTEMPTS - 1
                if last or error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.UNAVAILABLE):
                    raise
                if error.status == RPCStatusCode.UNAVAILABLE and "aborted" not in error.message:
                    raise
                stored = await orders.load(self._database, order.id)
                order, wake, sent.accepted = stored or order, True, False
                await asyncio.sleep(0.02 * 2**attempt)
        raise AssertionError("the last attempt raises")

    async def _update(
        self, order: Order, verb: str, args: list[Any], request: Request, start: Start | None, wake: bool
    ) -> WorkflowUpdateHandle[Receipt]:
        """To the running workflow; or start it with `start` (a new order) or the stored order (a closed one)."""
        if not wake:
            handle = self._client.get_workflow_handle(workflow_id(order.id))
            return await handle.start_update(
                verb, args=args, id=request.id, result_type=Receipt, wait_for_stage=WorkflowUpdateStage.ACCEPTED
            )
        begin = WithStartWorkflowOperation(
            OrderWorkflow.run,
            start or Start(order=compact(order)),
            **self._start_options(order, start.place if start else None),
        )
        return await self._client.start_update_with_start_workflow(
            verb,
            args=args,
            id=request.id,
            result_type=Receipt,
            wait_for_stage=WorkflowUpdateStage.ACCEPTED,
            start_workflow_operation=begin,
        )

    def _start_options(self, order: Order, place: Place | None = None) -> dict[str, Any]:
        shown = preview_or_self(order, place)
        return {
            "id": workflow_id(order.id),
            "task_queue": self._task_queue,
            "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
            "id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            "task_timeout": timedelta(seconds=5),
            "search_attributes": card.at_start(shown),
            "static_summary": card.summary(order),
            "static_details": card.details(order),
        }

    async def _stored(self, order_id: str, version: int) -> Order:
        """The row, at least at this version. A database that went away after the save is waited for."""
        while True:
            try:
                stored = await orders.load(self._database, order_id)
                if stored is not None and stored.version >= version:
                    return stored
            except StoreUnavailable:
                pass
            await asyncio.sleep(0.05)

    async def _as_it_is(self, order: Order) -> Order:
        """The row, or the order as the caller knew it when the database is away or has no row yet."""
        try:
            return await orders.load(self._database, order.id) or order
        except StoreUnavailable:
            return order

    async def _somebody_works(self) -> None:
        """503 at once when no worker has beaten lately; asked at most once a second."""
        if time.monotonic() - self._beat_checked < 1.0:
            return
        try:
            alive = await heartbeats.alive(self._database, int(time.time() - WORKER_SILENT_SECONDS))
        except StoreUnavailable:
            raise Unsettled("the database is unavailable", accepted=False) from None
        if not alive:
            raise Unsettled("no worker is running", accepted=False)
        self._beat_checked = time.monotonic()


def preview_or_self(order: Order, place: Place | None) -> Order:
    """What the search attributes show while the order is being placed; itself when placing would be refused."""
    try:
        return preview(order, place)
    except OrderError:
        return order


def refusal(error: WorkflowUpdateFailedError) -> OrderError:
    """The OrderError a workflow refused with. Anything else is a bug and stays what it is."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.details and isinstance(cause.details[0], dict):
        return OrderError.from_dict(cause.details[0])
    raise error


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__
