"""The door over one Temporal client and one database.

A command is judged on the row its caller has just read (what can be refused beforehand costs no history), sent as an Update,
waited for, and answered from the row. Races are refused by the activity, under the order's own lock. What cannot be answered in
time says which it is: accepted (202), surely not (503), unknown (504); the command's record is read before any of them is said.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
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

from activities.orders.contents import dump, write
from activities.orders.execute import insufficient
from activities.orders.standing import asks_of, details, standing, summary
from activities.upkeep.reaching import start_options
from domain.commands import Command, Pay, Place, Request, RequestExchange, Several
from domain.errors import NotFound, OrderError, PreconditionFailed, ProviderMissing, UnknownRequest
from domain.lifecycle import plan, settle
from domain.order import STORE_CREDIT, Order
from domain.rehearsal import Rehearsal, rehearse
from domain.windows import is_over
from door.errands import Errand, Opening, Progress, Settled, Unsettled
from door.post import Post, TemporalPost
from door.skipping import skip_to
from store.access import claims, heartbeats
from store.database.clock import wall
from store.database.engine import StoreUnavailable
from store.goods import inventory
from store.order import orders, records
from store.order.records import Record
from store.order.rows import order_of
from workflows import card
from workflows.messages import Result, workflow_id

IN_FLIGHT = 4
"""Updates of one order sent at once by this process: the server holds ten per workflow, from all processes."""
WORKER_SILENT_SECONDS = 15.0
"""No worker has beaten for this long: nobody would answer."""
ATTEMPTS = 6
RECEIVE_SECONDS = 5.0
"""A provider waits for its 200 meanwhile, and the event is kept already."""
INLINE = frozenset(
    {"confirm", "pay", "capture", "void", "fulfill", "ship", "unship", "deliver", "close", "reopen", "move_timer"}
)
"""Verbs whose content is nobody's private matter: legible in a history, and typed by hand in the web UI. The rest stays with
the claim of its request."""
log = structlog.stdlib.get_logger(__name__)


def wall_clock() -> datetime:
    """Now, UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


class TemporalDoor:
    """See door/errands.py."""

    def __init__(
        self,
        client: Client,
        database: AsyncEngine,
        *,
        task_queue: str,
        timeout_seconds: float,
        providers: Mapping[bool, str] = MappingProxyType({False: "sandbox"}),
        clock: Callable[[], datetime] = wall_clock,
    ) -> None:
        """`providers`: livemode -> name of the payment provider that serves it. `clock`: by which commands are judged."""
        self._client = client
        self._providers = providers
        self._database = database
        self._task_queue = task_queue
        self.post: Post = TemporalPost(client, task_queue)
        self._timeout = timeout_seconds
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._sending: Counter[str] = Counter()
        self._clock = clock
        self._beat_checked = 0.0

    # Judging

    async def prepare(self, order: Order, command: Command, request: Request) -> Errand:
        await self._somebody_works()
        command = self._filled(order, command)
        content = dump(command) if command.verb in INLINE else None
        errand = Errand(order.id, command.verb, request, content, order=order)
        now = max(self._clock(), order.updated_at)
        try:
            if request.if_match is not None and request.if_match != order.version:
                raise PreconditionFailed(f"the order is at version {order.version}", version=order.version)
            operations = plan(order, command, now, request.actor)
        except OrderError:
            if await self._in_flight(order.id, request.id):
                return await self._kept(errand, command)  # the row is about to change: let the order itself judge
            raise
        asks = asks_of(order, command.verb, operations) if operations else None
        return await self._kept(Errand(order.id, command.verb, request, content, asks, order), command)

    async def open(self, order: Order, place: Place, request: Request) -> Errand:
        await self._somebody_works()
        filled = self._filled(order, place)
        place = filled if isinstance(filled, Place) else place
        placed = settle(order, place, [], order.created_at, request.actor).order
        asks = None
        if isinstance(place.payment, Pay):
            operations = plan(placed, place.payment, order.created_at, request.actor)
            asks = asks_of(placed, "place", operations) if operations else None
        opening = Opening(standing(placed), summary(order), details(order))
        errand = Errand(order.id, "place", request, None, asks, order, opening)
        return await self._kept(errand, place, order)

    async def rehearse(self, order: Order, command: Command, request: Request) -> Rehearsal:
        if request.if_match is not None and request.if_match != order.version:
            raise PreconditionFailed(f"the order is at version {order.version}", version=order.version)
        now = max(self._clock(), order.updated_at) if order.version else order.created_at
        told = rehearse(order, self._filled(order, command), now, request.actor)
        short = await inventory.shortage(self._database, order.livemode, told.stock)
        if short:
            raise insufficient(short)
        return told

    def _filled(self, order: Order, command: Command) -> Command:
        """A payment's provider is the one that serves the order's mode; so is that of an order paid as it is placed."""
        if isinstance(command, Place) and command.payment is not None:
            return command.model_copy(update={"payment": self._filled(order, command.payment)})
        if isinstance(command, Several):
            return command.model_copy(update={"steps": tuple(self._filled(order, step) for step in command.steps)})
        if not isinstance(command, Pay | RequestExchange):
            return command
        without = isinstance(command, RequestExchange) and not command.payment_method
        if without or command.payment_method == STORE_CREDIT:
            return command  # its own provider serves both modes; the plan names it
        if order.livemode not in self._providers:
            raise ProviderMissing("no payment provider serves this mode", field="paymentMethod")
        known = order.customer_id if (order.customer_id or "").startswith("cus_") else None
        filled = {"provider": self._providers[order.livemode], "customer": command.customer or known}
        return command.model_copy(update={k: v for k, v in filled.items() if v is not None})

    async def _kept(self, errand: Errand, command: Command, order: Order | None = None) -> Errand:
        """A keyed command is kept with its claim by who holds the key; one without a key that travels by reference, here."""
        content = write(command, errand.request, order)
        if not errand.request.remember and errand.command is None:
            await claims.take(self._database, anonymous(errand, content))
        return Errand(**{**vars(errand), "content": content})

    async def _in_flight(self, order_id: str, request_id: str) -> bool:
        """Whether something of this order is under way that the row does not show yet."""
        if self._sending[order_id]:
            return True
        return await orders.is_asking(self._database, order_id) or await claims.in_flight(
            self._database, order_id, request_id
        )

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

    # Sending

    async def send(self, errand: Errand) -> Settled:
        turn = self._turns.setdefault(errand.order_id, asyncio.Semaphore(IN_FLIGHT))
        self._sending[errand.order_id] += 1
        try:
            async with turn:
                return await self._settle(errand)
        finally:
            self._sending[errand.order_id] -= 1
            if not self._sending[errand.order_id]:
                del self._sending[errand.order_id]

    async def resume(self, order_id: str, verb: str, request: Request) -> Settled:
        try:
            await self._somebody_works()
        except Unsettled as error:  # it was sent before, so it may be done yet: its key is not free
            raise Unsettled(str(error), accepted=None) from None
        stored = await orders.load(self._database, order_id)
        return await self.send(Errand(order_id, verb, request, order=stored))

    async def execute(self, order: Order, command: Command, request: Request) -> Settled:
        """Judge and send."""
        return await self.send(await self.prepare(order, command, request))

    async def place(self, order: Order, *, confirm: bool, request: Request, payment: Pay | None = None) -> Settled:
        """Judge and send a new order."""
        return await self.send(await self.open(order, Place(confirm=confirm, payment=payment), request))

    async def _settle(self, errand: Errand) -> Settled:
        progress = Progress()
        try:
            async with asyncio.timeout(self._timeout):
                receipt = await self._send(errand, progress)
                return await self._answer(errand, receipt.version or 0, receipt.subject)
        except TimeoutError:
            settled = await self._recorded(errand)
            if settled is not None:
                return settled
            if not progress.accepted:
                raise Unsettled("no answer in time; repeat with the same key", accepted=None) from None
            return Settled(await self._as_it_is(errand), pending=True)
        except RuntimeError as error:  # this client could never connect; an earlier one may have sent it
            return await self._surely_not(errand, f"Temporal is unavailable: {_short(error)}")
        except RPCError as error:
            reason = f"Temporal is unavailable: {_short(error)}"
            if error.status == RPCStatusCode.UNAVAILABLE and not progress.accepted:
                return await self._surely_not(errand, reason)
            settled = await self._recorded(errand)
            if settled is not None:
                return settled
            raise Unsettled(reason, accepted=None) from None

    async def _send(self, errand: Errand, progress: Progress) -> Result:
        """One update, sent again with the same id while a closing run turns it away."""
        wake = errand.opening is not None or errand.order is None or is_over(errand.order)
        for attempt in range(ATTEMPTS):
            try:
                handle = await self._update(errand, wake=wake)
                progress.accepted = True
                return await handle.result()
            except WorkflowUpdateFailedError as error:
                if not _closed_under_it(error):
                    raise refusal(error) from None
            except WorkflowUpdateRPCTimeoutOrCancelledError:
                raise TimeoutError from None
            except RPCError as error:
                if attempt == ATTEMPTS - 1 or not _may_send_again(error):
                    raise
            record = await records.get(self._database, errand.order_id, errand.request.id)
            if record is not None:
                return _result(record)
            wake, progress.accepted = True, False
            await asyncio.sleep(0.02 * 2**attempt)
        raise TimeoutError

    async def _update(self, errand: Errand, *, wake: bool) -> WorkflowUpdateHandle[Result]:
        """To the running workflow; or start it: a new order's, or one that has ended."""
        options: dict[str, Any] = {
            "args": [errand.sent()],
            "id": errand.request.id,
            "result_type": Result,
            "wait_for_stage": WorkflowUpdateStage.ACCEPTED,
        }
        if not wake:
            handle = self._client.get_workflow_handle(workflow_id(errand.order_id))
            return await handle.start_update(errand.verb, **options)
        begin: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
            "Order", errand.order_id, **start_options(errand.order_id, self._task_queue), **_shown(errand)
        )
        try:
            return await self._client.start_update_with_start_workflow(
                errand.verb, start_workflow_operation=begin, **options
            )
        finally:
            handle_of = asyncio.ensure_future(begin.workflow_handle())
            handle_of.add_done_callback(lambda done: done.cancelled() or done.exception())

    # Answering

    async def _answer(self, errand: Errand, version: int, subject: str | None) -> Settled:
        """The row, at least at this version, or the order as this request left it when others have saved since."""
        stored = await self._stored(errand.order_id, version)
        if stored.version > version and errand.request.remember:
            record = await records.get(self._database, errand.order_id, errand.request.id)
            if record is not None and record.snapshot is not None:
                stored = order_of(record.snapshot)
        return Settled(stored, subject)

    async def _stored(self, order_id: str, version: int) -> Order:
        """A database that went away after the save is waited for."""
        while True:
            try:
                stored = await orders.load(self._database, order_id)
                if stored is not None and stored.version >= version:
                    return stored
            except StoreUnavailable:
                pass
            await asyncio.sleep(0.05)

    async def _recorded(self, errand: Errand) -> Settled | None:
        """What became of the request, when that is recorded by now. OrderError: it was refused."""
        try:
            record = await records.get(self._database, errand.order_id, errand.request.id)
            return None if record is None else await self._of_record(errand, record)
        except StoreUnavailable:
            return None

    async def _of_record(self, errand: Errand, record: Record) -> Settled:
        if record.error is not None:
            raise OrderError.from_dict(dict(record.error))
        return await self._answer(errand, record.version or 0, record.subject)

    async def _surely_not(self, errand: Errand, reason: str) -> Settled:
        """Nobody answered, and perhaps Temporal has it: so that "nothing was done" stays true whatever comes later, the request
        is recorded as refused. Where it was done meanwhile, its record says so."""
        given_up = UnknownRequest("given up: Temporal could not be reached", request=errand.request.id)
        try:
            record = await orders.refuse(
                self._database, errand.order_id, errand.request, errand.verb, given_up.to_dict()
            )
        except StoreUnavailable:
            raise Unsettled(reason, accepted=None) from None
        if record.outcome == "applied":
            return await self._of_record(errand, record)
        raise Unsettled(reason, accepted=False)

    async def _as_it_is(self, errand: Errand) -> Order:
        """The row, or the order as the caller knew it when the database is away or has no row yet."""
        try:
            stored = await orders.load(self._database, errand.order_id) or errand.order
        except StoreUnavailable:
            stored = errand.order
        if stored is None:
            raise Unsettled("accepted, and nothing can be shown of it yet", accepted=None)
        return stored

    # Besides commands

    async def reachable(self) -> bool:
        try:
            return await self._client.service_client.check_health(timeout=timedelta(seconds=2))
        except (RPCError, RuntimeError):
            return False

    async def skip(self, order: Order, to: datetime) -> None:
        await skip_to(self._client, order, now=max(self._clock(), order.updated_at), to=to)

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


def anonymous(errand: Errand, content: str) -> claims.Claim:
    """The claim of a request without a key: only so that its content has a place."""
    request_id = errand.request.id
    livemode = errand.order.livemode if errand.order else False
    return claims.Claim(request_id, request_id, "", livemode, "", errand.order_id, wall(), content)


def _shown(errand: Errand) -> dict[str, Any]:
    if errand.opening is not None:
        return {
            "search_attributes": card.at_start(errand.opening.standing),
            "static_summary": errand.opening.summary,
            "static_details": errand.opening.details,
        }
    if errand.order is not None:
        return {
            "search_attributes": card.at_start(standing(errand.order)),
            "static_summary": summary(errand.order),
            "static_details": details(errand.order),
        }
    return {}


def _result(record: Record) -> Result:
    if record.error is not None:
        raise OrderError.from_dict(dict(record.error))
    return Result(outcome="done", version=record.version, subject=record.subject)


def _may_send_again(error: RPCError) -> bool:
    """NOT_FOUND: no run, or one that closed; UNAVAILABLE "aborted": it closed with the update pending."""
    aborted = error.status == RPCStatusCode.UNAVAILABLE and "aborted" in error.message
    return error.status == RPCStatusCode.NOT_FOUND or aborted


def _closed_under_it(error: WorkflowUpdateFailedError) -> bool:
    """The run ended with the update accepted: what became of it is in its record, or it is sent again."""
    return isinstance(error.cause, ApplicationError) and error.cause.type == "AcceptedUpdateCompletedWorkflow"


def refusal(error: WorkflowUpdateFailedError) -> OrderError:
    """The OrderError a workflow refused with. Anything else is a bug and stays what it is."""
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.details and isinstance(cause.details[0], dict):
        return OrderError.from_dict(cause.details[0])
    if isinstance(cause, ApplicationError) and cause.type == "not_found":
        return NotFound("there is no such order")
    raise error


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__
