"""OrderWorkflow: one order, from placed to closed, and the only writer of that order.

Data flows one way: an update or signal is planned by the pure domain, performed by at most one activity,
saved in one transaction, and only then adopted here. One command at a time (the lock); windows are timers
on the absolute times stored in the order. The row wins: whenever a save finds another version in the
database, the stored order is adopted and the command is planned again.

Updates are the verbs of domain/lifecycle.py, registered from that table, so that the history reads
`confirm`, `pay`, `fulfill`. Signals carry facts whose senders cannot wait. Queries never serve an API read.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, NoReturn

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from activities.messages import MoneyTask, SaveTask, ShortLine, dump
    from domain import commands as c
    from domain.commands import Command, Request
    from domain.errors import InsufficientInventory, OrderError, PreconditionFailed
    from domain.lifecycle import RULES, allowed, asked, plan, settle
    from domain.operations import Outcome
    from domain.order import Actor, Order
    from domain.stock import stock_moves
    from domain.windows import Deadline, is_over, next_deadline, waits_for
    from workflows import card, steps
    from workflows.messages import OrderState, Receipt, Start, compact, signal_of

UPDATES_PER_RUN = 1500
"""Continue as new well before the server's limit of 2,000 updates per run."""
TIMER = Actor(kind="timer", id="window")
OPERATOR = Actor(kind="operator", id="temporal")


def with_verbs(cls: "type[OrderWorkflow]") -> "type[OrderWorkflow]":
    """An update for each other verb of the lifecycle's table and a signal for each fact: once per class, not per order."""
    for verb, rule in RULES.items():
        if not rule.by_itself and verb != "place":
            setattr(cls, f"update_{verb}", verb_update(rule.command))
    for kind in (c.PaymentFact, c.RefundFact, c.DisputeFact, c.Deliver):
        setattr(cls, f"hear_{kind.verb}", fact_signal(kind))
    return cls


def verb_update(kind: type[Command]) -> Any:
    """Handler and validator of one verb. The validator is advisory: the handler plans again under the lock."""

    async def handler(self: "OrderWorkflow", command: Any, request: Request) -> Receipt:
        return await self.do(command, request)

    def validator(self: "OrderWorkflow", command: Any, request: Request) -> None:
        self.advise(command, request)

    handler.__name__ = handler.__qualname__ = kind.verb
    handler.__doc__ = (kind.__doc__ or kind.verb).strip().splitlines()[0]
    handler.__annotations__ = {"command": kind, "request": Request, "return": Receipt}
    validator.__annotations__ = {"command": kind, "request": Request, "return": None}
    update = workflow.update(name=kind.verb)(handler)
    update.validator(validator)
    return update


def fact_signal(kind: type[Command]) -> Callable[..., Awaitable[None]]:
    async def handler(self: "OrderWorkflow", command: Any, request: Request) -> None:
        await self.hear(command, request)

    handler.__annotations__ = {"command": kind, "request": Request, "return": None}
    return workflow.signal(name=signal_of(kind.verb))(handler)


@workflow.defn(name="Order", failure_exception_types=[ValidationError])
@with_verbs
class OrderWorkflow:
    @workflow.init
    def __init__(self, start: Start) -> None:
        self._order = start.order
        self._due = next_deadline(start.order)
        self._place = start.place
        self._request = start.request
        self._placed = start.order.version > 0
        self._refusal: OrderError | None = None
        self._lock = asyncio.Lock()
        self._updates = 0
        self._busy_with: str | None = None
        self._shown = card.shown(workflow.info().typed_search_attributes)

    @workflow.run
    async def run(self, start: Start) -> None:
        """Place the order if it is new, then live until nothing can happen by itself any more."""
        workflow.set_current_details(card.status_card(self._order))
        beginning = asyncio.ensure_future(self._begin(start))
        cancelled = False
        while True:
            try:
                # Shielded: a save that is under way may already be in the database.
                await asyncio.shield(beginning)
                while not self._done():
                    await self._next_window()
                await workflow.wait_condition(workflow.all_handlers_finished)
                break
            except asyncio.CancelledError:
                cancelled = await self._cancelled_by_operator()
        workflow.set_current_details(card.status_card(self._order))
        if not is_over(self._order) and self._refusal is None:
            workflow.continue_as_new(Start(order=compact(self._order)))
        if cancelled:
            raise asyncio.CancelledError("cancelled by an operator")

    def _done(self) -> bool:
        full = self._updates >= UPDATES_PER_RUN or workflow.info().is_continue_as_new_suggested()
        return self._refusal is not None or full or (is_over(self._order) and workflow.all_handlers_finished())

    # Placing

    async def _begin(self, start: Start) -> None:
        await self._place_now()
        await self._woken_for(start)

    async def _place_now(self) -> None:
        if self._placed:
            return
        if self._place is None or self._request is None:
            raise ApplicationError("a new order needs a place command and its request", type="BadStart")
        try:
            await self._execute(self._place, self._request)
        except OrderError as error:
            self._refusal = error
        finally:
            self._placed = True

    async def _woken_for(self, start: Start) -> None:
        """What could not be signalled because the order was closed (calls.py)."""
        if start.resume is not None:
            await self.resume(start.resume)
        by = start.told_by
        for n, told in enumerate(start.told):
            if by is not None:
                await self._hear(c.COMMANDS[told.verb].model_validate(told.command), by.nth(n))

    # Updates and signals

    async def _wait_placed(self) -> None:
        """Until the first save. Raises the refusal of an order that was not placed."""
        await workflow.wait_condition(lambda: self._placed)
        if self._refusal is not None:
            refuse(self._refusal)

    @workflow.update
    async def place(self) -> Receipt:
        """Wait for the first save; the workflow's input says what is placed."""
        await self._wait_placed()
        return Receipt(version=self._order.version)

    async def do(self, command: Command, request: Request) -> Receipt:
        """One verb, in its turn."""
        self._updates += 1
        await self._wait_placed()
        try:
            return await self._execute(command, request)
        except OrderError as error:
            refuse(error)

    def advise(self, command: Command, request: Request) -> None:
        """Refuse at once what would be refused anyway."""
        if not self._placed or self._lock.locked():
            return
        try:
            self._matches(request)
            plan(self._order, command, now(), request.actor)
        except OrderError as error:
            refuse(error)

    async def hear(self, command: Command, request: Request) -> None:
        """A fact from a sender who cannot wait, once the order is placed."""
        await workflow.wait_condition(lambda: self._placed)
        await self._hear(command, request)

    async def _hear(self, command: Command, request: Request) -> None:
        """A fact from a sender who cannot wait."""
        try:
            await self._execute(command, request)
        except OrderError as error:
            workflow.logger.info("fact says nothing new: %s", error.message)

    @workflow.signal
    async def nudge(self, version: int) -> None:
        """The row is at this version: catch up when behind (after a crash between a local save and its history)."""
        await workflow.wait_condition(lambda: self._placed)
        if self._refusal is None and version > self._order.version:
            await self._catch_up(version)

    @workflow.signal
    async def resume(self, task: MoneyTask) -> None:
        """Money a terminated run left half done: the same activity again, under the same keys."""
        async with self._lock:
            if task.version != self._order.version:
                return
            command = c.COMMANDS[task.verb].model_validate(task.command)
            try:
                operations = plan(self._order, command, task.now, task.request.actor)
                if operations:
                    await self._perform(command, task.request, task.now, operations)
            except OrderError as error:
                workflow.logger.warning("what was left half done is refused now: %s", error.message)

    @workflow.query
    def state(self) -> OrderState:
        """Live diagnostics: the order, what may be done, what it waits for."""
        deadline = self._deadline()
        return OrderState(
            order=self._order,
            allowed=tuple(allowed(self._order, self._order.updated_at, Actor(kind="operator", id="query"))),
            waits_for=tuple(waits_for(self._order)),
            next_deadline=deadline.name if deadline else None,
            next_deadline_at=deadline.at if deadline else None,
            busy_with=self._busy_with,
        )

    @workflow.query
    def waits(self) -> list[str]:
        """What the order waits for, in words."""
        return waits_for(self._order)

    # One command

    def _matches(self, request: Request) -> None:
        if request.if_match is not None and request.if_match != self._order.version:
            raise PreconditionFailed(f"the order is at version {self._order.version}", version=self._order.version)

    async def _execute(self, command: Command, request: Request) -> Receipt:
        """Plan, perform, save, adopt. Raises OrderError when refused; nothing has changed then."""
        async with self._lock:
            while True:
                at = now()
                self._matches(request)
                operations = asked(self._order, command, at, request.actor)
                if operations:
                    receipt = await self._perform(command, request, at, operations)
                else:
                    receipt = await self._save(command, request, at)
                if receipt is not None:
                    return receipt

    async def _save(self, command: Command, request: Request, at: datetime) -> Receipt | None:
        """A command that asks nobody: settle it and write it. None: the row was newer, plan again."""
        change = settle(self._order, command, [], at, request.actor)
        before = self._order if self._order.version else None
        task = SaveTask(
            planned_on=self._order.version,
            order=change.order,
            events=change.events,
            moves=stock_moves(before, change.order),
            request=request,
            subject=change.subject,
            mails=change.mails,
        )
        result = await steps.save(task, f"save {command.verb}")
        if result.outcome == "short":
            raise short_of(result.short)
        if result.outcome == "applied":
            self._adopt(change.order)
            return Receipt(version=change.order.version, subject=change.subject)
        return self._row_wins(result.order, result.outcome, result.version, result.subject)

    async def _perform(self, command: Command, request: Request, at: datetime, operations: list[Any]) -> Receipt | None:
        """A command that moves money: one regular activity asks the provider and saves."""
        text = card.money_summary(self._order, command.verb, operations)
        self._busy_with = text
        workflow.set_current_details(card.status_card(self._order, text))
        task = MoneyTask(
            order_id=self._order.id,
            version=self._order.version,
            verb=command.verb,
            command=dump(command),
            request=request,
            now=at,
        )
        result = await asyncio.shield(asyncio.ensure_future(steps.perform(task, text)))
        self._busy_with = None
        if result.outcome == "short":
            raise short_of(result.short)
        if result.outcome == "refused" and result.error is not None:
            raise OrderError.from_dict(result.error)
        if result.outcome == "applied":
            answers = zip(operations, result.outcomes, strict=True)
            outcomes = [Outcome.model_validate(answer | {"operation": asked_for}) for asked_for, answer in answers]
            change = settle(self._order, command, outcomes, at, request.actor)
            self._adopt(change.order)
            return Receipt(version=change.order.version, subject=change.subject)
        return self._row_wins(result.order, result.outcome, result.version, result.subject)

    def _row_wins(self, stored: Order | None, outcome: str, version: int | None, subject: str | None) -> Receipt | None:
        if stored is None:
            raise ApplicationError(f"a {outcome} save answers the stored order", type="BadSave")
        self._adopt(stored)
        if outcome == "seen":
            return Receipt(version=version or stored.version, subject=subject)
        return None

    async def _catch_up(self, version: int) -> None:
        """Adopt the stored order: a save that cannot apply answers it."""
        async with self._lock:
            if version <= self._order.version:
                return  # a command got there first
            request = Request(id=f"catch-up:{workflow.info().run_id}", actor=TIMER)
            task = SaveTask(planned_on=self._order.version, order=self._order, events=(), moves=(), request=request)
            result = await steps.save(task, "catch up with the row")
            if result.order is not None:
                self._adopt(result.order)

    def _adopt(self, order: Order) -> None:
        """The saved order becomes ours; the web UI follows."""
        self._order = order
        self._due = next_deadline(order)
        self._placed = True
        shown = card.attributes(order)
        updates = card.changes(self._shown, shown)
        if updates:
            workflow.upsert_search_attributes(updates)
            self._shown = shown
        workflow.set_current_details(card.status_card(order))

    # Windows

    async def _next_window(self) -> None:
        """Sleep until the nearest window closes, or until it moves; then do what closing it means."""
        deadline = self._deadline()
        if deadline is None:
            await workflow.wait_condition(lambda: self._done() or self._deadline() is not None)
            return
        if not await self._moves_before(deadline):
            await self._window_closes()

    async def _moves_before(self, deadline: Deadline) -> bool:
        """Wait for the deadline; True when the order moved on before it."""
        left = (deadline.at - workflow.now()).total_seconds()
        if left <= 0:
            return False
        try:
            await workflow.wait_condition(
                lambda: self._done() or self._deadline() != deadline,
                timeout=left,
                timeout_summary=card.timer_summary(deadline.name, deadline.at),
            )
        except TimeoutError:
            return False
        return True

    def _deadline(self) -> Deadline | None:
        return self._due[0] if self._due else None

    async def _window_closes(self) -> None:
        if self._due is None or self._due[0].at > workflow.now():
            return
        deadline, command = self._due
        request = Request(id=f"{self._order.id}:{command.verb}:{self._order.version}", actor=TIMER)
        version = self._order.version
        try:
            await asyncio.shield(asyncio.ensure_future(self._execute(command, request)))
        except OrderError as error:
            workflow.logger.warning("%s closed, but: %s", deadline.name, error.message)
            await workflow.wait_condition(lambda: self._done() or self._order.version != version, timeout=None)

    async def _cancelled_by_operator(self) -> bool:
        """Cancelling the workflow cancels the order: stock and money go back. False once units are sent: it goes on."""
        await workflow.wait_condition(lambda: self._placed)
        if self._refusal is not None:
            return False
        request = Request(id=f"{self._order.id}:operator-cancel:{self._order.version}", actor=OPERATOR)
        command = c.Cancel(reason="other", note="cancelled in Temporal")
        try:
            await asyncio.shield(asyncio.ensure_future(self._execute(command, request)))
        except OrderError as error:
            workflow.logger.warning("the order cannot be cancelled: %s", error.message)
            return False
        return True


def preview(order: Order, place: c.Place | None) -> Order:
    """The order as placing would leave it: what the client shows as search attributes when it starts the workflow."""
    if place is None or order.version:
        return order
    return settle(order, place, [], order.created_at, Actor(kind="system", id="preview")).order


def now() -> datetime:
    """Workflow time in whole seconds."""
    return workflow.now().replace(microsecond=0)


def short_of(lines: tuple[ShortLine, ...]) -> InsufficientInventory:
    return InsufficientInventory(
        "insufficient inventory", lines=[line.model_dump(mode="json") for line in lines], field="items"
    )


def refuse(error: OrderError) -> NoReturn:
    """A refusal leaves as a failure of the update, never of the workflow task."""
    raise ApplicationError(error.message, error.to_dict(), type=error.code, non_retryable=True) from None
