"""OrderWorkflow: when things happen to one order, in which order, how often, and until when.

What an order is, and what a command does to it, is not known here: the order lives in its row, and one activity does a command
whole (activities/orders/execute.py). The workflow keeps commands in turn (the lock), closes windows on time (timers on the
deadline its standing names), hears facts whose senders cannot wait (signals), and shows where the order stands (the card). Its
input is the order's id alone; a run that knows nothing reads the row, so any run can be replaced by a fresh one
(activities/upkeep/rebuilding.py).

The verbs are updates, each written out in workflows/verbs.py.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from workflows import card, steps
    from workflows.messages import (
        COMMAND,
        FACTS,
        NUDGE,
        Deadline,
        Envelope,
        Result,
        Sender,
        Sent,
        Standing,
        Task,
        Window,
        read_sent,
    )
    from workflows.verbs import Verbs

UPDATES_PER_RUN = 1500
"""Continue as new well before the server's limit of 2,000 updates per run."""
ENCRYPTED = b"binary/encrypted"
"""The encoding of a payload that was not decrypted on its way here (ordermill/process/encryption.py)."""
TIMER = Sender(kind="timer", id="window")
OPERATOR = Sender(kind="operator", id="temporal")


@workflow.defn(name="Order")
class OrderWorkflow(Verbs):
    @workflow.init
    def __init__(self, start: Any = None, note: Any = None) -> None:
        """`start`: the order's id, or the input of a run of the first releases. `note`: what the card says besides."""
        info = workflow.info()
        self._id = info.workflow_id.removeprefix("order-")
        self._first_input = start if isinstance(start, dict) else {}
        self._note = note if isinstance(note, str) else None
        self._standing: Standing | None = None
        self._refused_window: tuple[int, Deadline] | None = None
        self._lock = asyncio.Lock()
        self._updates = 0
        self._handlers = 0
        self._unread = 0
        self._busy_with: str | None = None
        self._shown = card.shown(info.typed_search_attributes)

    @workflow.run
    async def run(self, start: Any = None, note: Any = None) -> None:
        """Live until nothing can happen by itself any more; every later command wakes the order again."""
        beginning = asyncio.ensure_future(self._begin())
        cancelled = False
        while True:
            try:
                # Shielded: what is under way may already be in the database.
                await asyncio.shield(beginning)
                while not self._done():
                    await self._next()
                await workflow.wait_condition(workflow.all_handlers_finished)
                if self._done():
                    break
            except asyncio.CancelledError:
                await self._cancelled_by_operator()
                cancelled = True
        self._show()
        if self._standing is not None and not self._standing.over:
            workflow.continue_as_new(self._id)
        if cancelled:
            raise asyncio.CancelledError("cancelled by an operator")

    def _done(self) -> bool:
        if self._handlers:
            return False
        full = self._updates >= UPDATES_PER_RUN or workflow.info().is_continue_as_new_suggested()
        return full or self._standing is None or (self._standing.over and not self._standing.asking)

    async def _begin(self) -> None:
        """A command that came with the start says where the order stands; else the row is read."""
        if self._first_input.get("place") and not self._handlers:
            await self._execute("place", self._first_placing())  # a run of the first releases that was not placed yet
        elif not self._handlers:
            await self._read()
        await workflow.wait_condition(lambda: self._standing is not None or not self._handlers)

    # What may be asked

    async def _do(self, verb: str, *values: Any) -> Result:
        """One verb, in its turn. Raises the refusal, as a failure of this update and nothing else."""
        self._updates += 1
        update = workflow.current_update_info()
        try:
            sent = read_sent(values, f"update:{update.id}" if update else "update")
        except ValueError as error:
            raise ApplicationError(str(error), type="BadArguments", non_retryable=True) from None
        if verb == "place" and self._first_input.get("place"):
            sent = self._first_placing()
        result = await self._execute(verb, sent)
        if result.outcome == "absent":
            raise ApplicationError("there is no such order", type="not_found", non_retryable=True)
        if result.error is not None:
            refuse(result.error)
        return result.receipt()

    def _first_placing(self) -> Sent:
        """What a run of the first releases was started to place."""
        content = {"order": self._first_input.get("order"), "place": self._first_input["place"]}
        return Sent(request=Envelope.model_validate(self._first_input["request"]), command=content)

    @workflow.signal(dynamic=True)
    async def hear(self, name: str, values: Sequence[RawValue]) -> None:
        """Facts and nudges. Whatever cannot be read is logged and dropped: a mistyped signal must not stop an order."""
        if any(value.payload.metadata.get("encoding") == ENCRYPTED for value in values):
            # This worker has no keys: dropping it would lose a fact. The task fails, and is done again where they are.
            raise RuntimeError(f"signal {name} is encrypted, and this worker has no ORDERMILL_PAYLOAD_KEYS")
        if name == NUDGE:
            await self._nudged(values)
            return
        verb = "deliver" if name == "delivered" else name
        try:
            decoded = [workflow.payload_converter().from_payload(value.payload) for value in values]
            self._unread += 1
            sent = read_sent(decoded, f"signal:{workflow.info().first_execution_run_id}:{name}:{self._unread}")
            if name != COMMAND and (verb not in FACTS or sent.command is None):
                raise ValueError("no signal of this name")  # noqa: TRY301 - one place says what is dropped
        except Exception as error:
            workflow.logger.warning("signal %s dropped: %s", name, error)
            return
        result = await self._execute(verb, sent)
        if result.error is not None:
            workflow.logger.info("%s says nothing new: %s", name, result.error.get("message"))

    async def _nudged(self, values: Sequence[RawValue]) -> None:
        """The row may know more than this run: read it, unless the version that was sent is ours."""
        try:
            version = workflow.payload_converter().from_payload(values[0].payload) if values else 0
        except Exception:
            version = 0
        known = self._standing
        if known is not None and isinstance(version, int) and 0 < version <= known.version and not known.asking:
            return
        self._handlers += 1
        try:
            async with self._lock:
                await self._read()
        finally:
            self._handlers -= 1

    @workflow.query
    def state(self) -> dict[str, Any]:
        """Where this run believes the order stands, for an operator. The truth is the row."""
        standing = self._standing
        return {
            "standing": standing.model_dump(mode="json", exclude_none=True) if standing else None,
            "busy_with": self._busy_with,
        }

    @workflow.query
    def waits(self) -> list[str]:
        """What the order waits for, in words."""
        return list(self._standing.waits) if self._standing else []

    # One command

    async def _execute(self, verb: str, sent: Sent, window: Window | None = None) -> Result:
        """Do one command, alone, and keep where it left the order."""
        self._handlers += 1
        try:
            async with self._lock:
                task = Task(
                    order_id=self._id, verb=verb, request=sent.request, command=sent.command, now=now(), window=window
                )
                result = await self._perform(task, sent, window)
                self._adopt(result.standing)
                return result
        finally:
            self._handlers -= 1

    async def _perform(self, task: Task, sent: Sent, window: Window | None) -> Result:
        asks = sent.asks
        if asks is None:
            result = await steps.save(task, f"{card.called(window.name)} closes" if window else task.verb)
            if result.asks is None:
                return result
            asks = result.asks
        self._show(asks.summary)
        try:
            return await steps.ask(task, asks)
        finally:
            self._busy_with = None

    async def _read(self) -> None:
        result = await steps.read(self._id)
        self._adopt(result.standing)

    def _adopt(self, standing: Standing | None) -> None:
        """The web UI follows the row."""
        if standing is None:
            self._show()
            return
        self._standing = standing
        shown = card.attributes(standing)
        updates = card.changes(self._shown, shown)
        if updates:
            workflow.upsert_search_attributes(updates)
            self._shown = shown
        self._show()

    def _show(self, busy_with: str | None = None) -> None:
        self._busy_with = busy_with
        workflow.set_current_details(card.status_card(self._standing, busy_with, self._note))

    # What happens by itself

    async def _next(self) -> None:
        """Sleep until the nearest window closes, or until it moves; then do what closing it means."""
        standing = self._standing
        if standing is not None and standing.asking and not self._lock.locked():
            await asyncio.shield(asyncio.ensure_future(self._finish()))
            return
        deadline = self._deadline()
        if deadline is None or standing is None:
            await workflow.wait_condition(lambda: self._done() or self._standing is not standing)
        elif not await self._moves_before(deadline):
            await asyncio.shield(asyncio.ensure_future(self._window_closes(deadline, standing.version)))

    def _deadline(self) -> Deadline | None:
        """The next window, unless closing it was refused at this version already: the sweep asks again later."""
        standing = self._standing
        if standing is None or standing.deadline is None:
            return None
        return None if self._refused_window == (standing.version, standing.deadline) else standing.deadline

    async def _moves_before(self, deadline: Deadline) -> bool:
        """Wait for the deadline; True when the order moved on before it."""
        left = (deadline.at - workflow.now()).total_seconds()
        if left <= 0:
            return False
        try:
            await workflow.wait_condition(
                lambda: self._done() or self._deadline() != deadline or self._asking(),
                timeout=left,
                timeout_summary=card.timer_summary(deadline.name, deadline.at),
            )
        except TimeoutError:
            return False
        return True

    def _asking(self) -> bool:
        return self._standing is not None and self._standing.asking

    async def _window_closes(self, deadline: Deadline, version: int) -> None:
        window = Window(name=deadline.name, at=deadline.at, version=version)
        request = Envelope(id=f"window:{deadline.name}:{deadline.at:%Y%m%dT%H%M%SZ}:{version}", actor=TIMER)
        result = await self._execute("window", Sent(request=request), window)
        same = self._standing is not None and self._standing.version == version and self._deadline() == deadline
        if result.error is not None:
            workflow.logger.warning("%s closed, but: %s", deadline.name, result.error.get("message"))
        if result.error is not None or same:
            self._refused_window = (version, deadline)

    async def _finish(self) -> None:
        """Finish a request whose run was terminated, or reset, while it asked a provider: no other handler will."""
        request = Envelope(id="finish", actor=TIMER)
        task = Task(order_id=self._id, verb="finish", request=request, now=now())
        async with self._lock:
            self._adopt((await steps.finish(task)).standing)

    async def _cancelled_by_operator(self) -> None:
        """Cancelling the workflow cancels the order: stock and money go back. Where that is refused, the order goes on in a
        new run, since a second cancellation of this one would not be heard, and its card says why."""
        request = Envelope(id=f"cancel:{workflow.info().run_id}", actor=OPERATOR)
        reason = workflow.cancellation_reason() or "cancelled in Temporal"
        command = {"reason": "other", "note": reason}
        work = asyncio.ensure_future(self._execute("cancel", Sent(request=request, command=command)))
        result = await asyncio.shield(work)
        if result.error is not None:
            await workflow.wait_condition(workflow.all_handlers_finished)
            workflow.continue_as_new(args=[self._id, f"could not be cancelled: {result.error.get('message')}"])


def now() -> datetime:
    """Workflow time in whole seconds."""
    return workflow.now().replace(microsecond=0)


def refuse(error: dict[str, Any]) -> NoReturn:
    """A refusal leaves as a failure of the update, never of the workflow task."""
    raise ApplicationError(str(error.get("message")), error, type=str(error.get("code")), non_retryable=True) from None
