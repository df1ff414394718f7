"""One command, whole: read the row, plan with the pure domain, ask a provider only if the plan says so, save in one transaction.

    1  recorded already?            its record answers, whatever the version
    2  the row is reserved          for a request whose money is under way: that one is finished first
    3  plan                         refused → recorded as refused; asks nobody → saved, and that is all
    4  first transaction            the operations are written, stock is reserved, the row is reserved for this request
    5  each operation               stored answer, or looked up, or asked (activities/orders/asking.py)
    6  second transaction           answers, record, row, events, stock, outbox; the row is free again

Money is planned once: from step 4 on the request is finished from its stored operations by whoever comes first, and what a
provider did is never dropped. An attempt begins no writing transaction after its own time is up: another one may have decided
otherwise by then. Refusals are answers; only a database or provider that is away leaves as an error, and Temporal tries again.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity

from activities.failures import no_answer, unavailable
from activities.orders.asking import Asking, keyed
from activities.orders.contents import Contents
from activities.orders.settling import Planned, ahead, asking_of, first_release, fitting, of_asking, placing, settled
from activities.orders.standing import asks_of, standing
from activities.providers.base import ProviderUnavailable
from domain import commands as c
from domain.commands import Command, Request
from domain.errors import InsufficientInventory, OrderError, PreconditionFailed
from domain.lifecycle import asked, prelude
from domain.operations import Operation, Outcome
from domain.order import Order
from domain.revision import Change
from domain.stock import StockMove, left, stock_moves
from domain.windows import next_deadline
from store.database.clock import wall
from store.database.engine import HASTE_SECONDS, PATIENCE_SECONDS, StoreError, StoreUnavailable, transact
from store.goods import inventory
from store.money import operations
from store.order import orders, saving
from store.order.orders import Done, Save, Short, Stored, Was
from store.order.records import Record
from store.order.sheet import Conflict
from workflows import messages as m
from workflows.messages import Asks, Result, Task

T = TypeVar("T")
log = structlog.stdlib.get_logger(__name__)
ROUNDS: Final = 5
"""Times a command starts again from its read because somebody else was first."""
FINISH_ONLY: Final = "finish"
"""The verb of a task that finishes what another request left half done, and does nothing itself."""


@dataclass(frozen=True)
class Attempt:
    """One attempt of an activity: until when it may begin a transaction (monotonic), and how long it waits for a lock."""

    until: float
    patience: float

    def in_time(self) -> None:
        if time.monotonic() > self.until:
            raise StoreUnavailable("this attempt's time was up before it could save")


class Execution:
    """The activities of an order's commands, over one database and the configured providers."""

    def __init__(
        self,
        engine: AsyncEngine,
        asking: Asking,
        contents: Contents,
        ended: Callable[[str, str], None] = lambda verb, outcome: None,
    ) -> None:
        """`ended` hears verb (`window:return_window` where a timer asked) and outcome of each command that came to an end."""
        self._ended = ended
        self._engine = engine
        self._asking = asking
        self._contents = contents

    @activity.defn(name=m.RESERVE_AND_SAVE)
    async def save(self, task: Task) -> Result:
        return await self._attempt(task)

    @activity.defn(name=m.AUTHORIZE)
    async def authorize(self, task: Task) -> Result:
        return await self._beating(task)

    @activity.defn(name=m.CAPTURE)
    async def capture(self, task: Task) -> Result:
        return await self._beating(task)

    @activity.defn(name=m.VOID)
    async def void(self, task: Task) -> Result:
        return await self._beating(task)

    @activity.defn(name=m.REFUND)
    async def refund(self, task: Task) -> Result:
        return await self._beating(task)

    @activity.defn(name=m.LOOK_UP)
    async def look_up(self, task: Task) -> Result:
        return await self._beating(task)

    @activity.defn(name=m.FINISH)
    async def finish(self, task: Task) -> Result:
        return await self._beating(task)

    @activity.defn(name=m.READ_ORDER)
    async def read(self, order_id: str) -> Result:
        """Where the order stands."""
        try:
            stored, _ = await orders.read(self._engine, order_id, "")
        except StoreError as error:
            raise unavailable(error) from None
        if stored is None:
            return Result(outcome="absent")
        return Result(outcome="done", standing=standing(stored.order, stored.asking))

    async def _beating(self, task: Task) -> Result:
        """With heartbeats, so that a worker that dies while it asks a provider is missed in seconds."""
        beating = asyncio.create_task(_beat())
        try:
            return await self._attempt(task)
        finally:
            beating.cancel()

    async def _attempt(self, task: Task) -> Result:
        budget = activity.info().start_to_close_timeout
        try:
            result = await self.perform(task, budget.total_seconds() if budget else 60.0)
        except StoreError as error:
            raise unavailable(error) from None
        except ProviderUnavailable as error:
            raise no_answer(error) from None
        if result.outcome != "asks":  # which goes on in another activity
            self._ended(f"window:{task.window.name}" if task.window else task.verb, result.outcome)
        return result

    async def perform(self, task: Task, budget_seconds: float) -> Result:
        """The command, in one attempt of at most so long. Raises StoreError and ProviderUnavailable: try again."""
        patience = HASTE_SECONDS if task.local else PATIENCE_SECONDS
        attempt = Attempt(time.monotonic() + budget_seconds, patience)
        for _ in range(ROUNDS):
            try:
                result = await self._once(task, attempt)
            except (Conflict, Done):
                continue
            if result is not None:
                return result
        raise StoreUnavailable("the row changed under every try")

    async def _once(self, task: Task, attempt: Attempt) -> Result | None:
        """None: something else was finished first; read again."""
        stored, record = await orders.read(self._engine, task.order_id, task.request.id)
        if record is not None:
            return _recorded(record, stored)
        if stored is not None and stored.asking is not None:
            if task.local:
                return Result(outcome="asks", asks=_finishing(task, stored.asking))
            await shielded(self._complete(stored, attempt))
            return None
        if task.verb == FINISH_ONLY:
            return Result(outcome="done", standing=standing(stored.order)) if stored else Result(outcome="absent")
        try:
            planned = await self._plan(task, stored)
            if isinstance(planned, Result):
                return planned
            return await self._do(task, planned, stored.was if stored else None, attempt)
        except OrderError as error:
            return await self._refused(task, error, stored, attempt)
        except Short as short:
            return await self._refused(task, insufficient(short.lines), stored, attempt)

    # Planning

    async def _plan(self, task: Task, stored: Stored | None) -> Planned | Result:
        """What this command comes to on the row as it is. OrderError: refused; a Result: nothing to do."""
        if task.window is not None:
            return self._window(task, stored)
        content = await self._contents.of(task)
        order = stored.order if stored is not None else content.order
        if order is None:
            return Result(outcome="absent")
        request, at = content.request, moment(task, order)
        if request.if_match is not None and request.if_match != order.version:
            raise PreconditionFailed(f"the order is at version {order.version}", version=order.version)
        if isinstance(content.command, c.Place):
            return placing(order, content.command, request, at)
        return Planned(order, content.command, request, at, asked(order, content.command, at, request.actor))

    def _window(self, task: Task, stored: Stored | None) -> Planned | Result:
        """What a deadline means, unless it has moved since the workflow read it."""
        window = task.window
        if stored is None or window is None:
            return Result(outcome="absent")
        due = next_deadline(stored.order)
        same = due is not None and (due[0].name, due[0].at) == (window.name, window.at)
        if due is None or not same or stored.order.version != window.version:
            return Result(outcome="stale", standing=standing(stored.order))
        request = Request.model_validate(task.request.model_dump())
        at = max(moment(task, stored.order), window.at)
        return Planned(stored.order, due[1], request, at, asked(stored.order, due[1], at, request.actor))

    async def _refused(self, task: Task, error: OrderError, stored: Stored | None, attempt: Attempt) -> Result:
        """The refusal, once it is recorded: an attempt that was stopped cannot commit what this one has refused."""
        attempt.in_time()
        request = Request.model_validate(task.request.model_dump())
        record = await orders.refuse(self._engine, task.order_id, request, task.verb, error.to_dict())
        return _recorded(record, stored)

    # Doing

    async def _do(self, task: Task, planned: Planned, was: Was | None, attempt: Attempt) -> Result:
        if planned.operations:
            if task.local:
                verb = task.verb if task.window is None else planned.command.verb
                return Result(outcome="asks", asks=asks_of(planned.order, verb, planned.operations))
            return await shielded(self._money(planned, was, attempt))
        change = planned.placing or settled(planned, [])
        before = planned.order if planned.placing is None and planned.order.version else None
        save = _save(planned.command, planned.request, change, planned_on=before.version if before else 0)
        whole = _with(save, stock_moves(before, change.order), was)
        await saving.save(self._engine, whole, patience_seconds=attempt.patience, ready=attempt.in_time)
        return _done(change)

    async def _money(self, planned: Planned, was: Was | None, attempt: Attempt) -> Result:
        """Steps 4 to 6."""
        order, request = planned.order, planned.request
        todo = keyed(order.id, request.id, planned.operations)
        before = prelude(order, planned.command, planned.at, request.actor) or order
        asking = asking_of(planned, stock_moves(order, before))
        moves = stock_moves(None if planned.placing else order, before)

        refs = [self._asking.foreseen(order, operation) for operation in todo]
        rows = [_row(order, request, n, *asked) for n, asked in enumerate(zip(todo, refs, strict=True))]

        if planned.placing is None and not moves:
            await saving.begin(
                self._engine, order, asking, rows, patience_seconds=attempt.patience, ready=attempt.in_time
            )
            return await self._settle(Stored(order, asking, was), todo, fresh=True, attempt=attempt)

        def begin(conn: Connection) -> Was | None:
            attempt.in_time()
            written = was
            if planned.placing is not None:
                save = _save(c.Place(), request, planned.placing, planned_on=0)
                written = orders.apply(conn, save, asking=asking)
            else:
                orders.reserve(conn, order, asking)
            operations.start_all(conn, rows)
            short = inventory.move(conn, order, moves, "payment.started", wall())
            if short:
                raise Short(short)
            return written

        written = await transact(self._engine, begin, patience_seconds=attempt.patience)
        return await self._settle(Stored(order, asking, written), todo, fresh=True, attempt=attempt)

    async def _complete(self, stored: Stored, attempt: Attempt) -> Result:
        """Finish the request the row is reserved for, from its stored operations."""
        asking, order = stored.asking or {}, stored.order
        rows = await operations.of_request(self._engine, order.id, asking["request"]["id"])
        todo = [Operation.model_validate(row.operation) for row in rows]
        return await self._settle(stored, todo or first_release(stored), fresh=False, attempt=attempt)

    async def _settle(self, stored: Stored, todo: Sequence[Operation], *, fresh: bool, attempt: Attempt) -> Result:
        order, planned = stored.order, of_asking(stored)
        outcomes = [await self._asking.ask(order, operation, fresh=fresh) for operation in todo]
        change = fitting(planned, outcomes)
        save = _save(planned.command, planned.request, change, planned_on=order.version)
        moves = left(stock_moves(order, change.order), ahead(stored))

        whole = _with(save, moves, stored.was, settled=[_settled(outcome) for outcome in outcomes])
        await saving.save(self._engine, whole, finishing=True, ready=attempt.in_time)
        return _done(change)


def _settled(outcome: Outcome) -> dict[str, Any]:
    result = outcome.model_dump(mode="json", exclude_unset=True, exclude={"operation"})
    return {"key": outcome.operation.key, "status": outcome.status, "result": result, "updated_at": wall()}


def moment(task: Task, order: Order) -> datetime:
    """Now, for this order: never before its last change, whatever clock a rebuilt run has."""
    return max(task.now, order.updated_at) if order.version else task.now


def insufficient(lines: Sequence[inventory.Short]) -> InsufficientInventory:
    named = [
        {"line_id": s.line_id, "variant_id": s.variant_id, "wanted": s.wanted, "available": s.available} for s in lines
    ]
    return InsufficientInventory("insufficient inventory", lines=named, field="items")


def _save(command: Command, request: Request, change: Change, *, planned_on: int) -> Save:
    return Save(
        planned_on=planned_on,
        order=change.order,
        request=request,
        verb=command.verb,
        events=change.events,
        subject=change.subject,
        mails=[{"template": template, "subject": change.subject} for template in change.mails],
        remember=request.remember,
    )


def _with(save: Save, moves: Sequence[StockMove], was: Was | None, settled: Sequence[Mapping[str, Any]] = ()) -> Save:
    return replace(save, moves=moves, was=was, settled=settled)


def _row(
    order: Order, request: Request, position: int, operation: Operation, ref: str | None
) -> operations.OperationRow:
    at = wall()
    return operations.OperationRow(
        key=operation.key,
        order_id=order.id,
        livemode=order.livemode,
        provider=operation.provider,
        kind=operation.kind,
        amount=operation.amount,
        currency=order.currency,
        ref=ref,
        request_id=request.id,
        position=position,
        operation=operation.model_dump(mode="json", exclude_unset=True),
        created_at=at,
        updated_at=at,
    )


def _done(change: Change) -> Result:
    where = standing(change.order)
    if change.subject is None:
        return Result(outcome="done", standing=where)
    return Result(outcome="done", subject=change.subject, standing=where)


def _recorded(record: Record, stored: Stored | None) -> Result:
    """A request that was done or refused before answers as it did then; the standing is today's."""
    given: dict[str, Any] = {"standing": standing(stored.order, stored.asking)} if stored is not None else {}
    if record.outcome == "refused":
        return Result(outcome="refused", error=dict(record.error or {}), **given)
    return Result(outcome="done", version=record.version, subject=record.subject, **given)


def _finishing(task: Task, asking: Mapping[str, Any]) -> Asks:
    return Asks(activity=m.FINISH, summary=f"finish {asking['verb']}, then {task.verb}")


async def shielded(work: Coroutine[Any, Any, T]) -> T:
    """To its end, also when the activity is cancelled meanwhile: a terminated run cancels it in the middle of a call."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _beat() -> None:
    """Say every second that this worker lives; nothing for an activity that is done within one."""
    while True:
        await asyncio.sleep(1)
        activity.heartbeat()
