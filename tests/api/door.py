"""The door without Temporal: the real judging, the real activity code and the real store, one command at a time.

Only what a workflow adds is missing (turns, windows, retries); the provider answers by the name of the payment method.
"""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.orders.asking import Asking
from activities.orders.contents import Contents, dump
from activities.orders.execute import Execution
from activities.providers.store_credit import StoreCreditProvider
from domain.commands import Command, Request
from domain.errors import OrderError
from domain.operations import Operation, Outcome
from domain.order import STORE_CREDIT, CardDetails, Order
from door.errands import Errand, Progress, Unsettled
from door.post import Tried
from door.temporal import TemporalDoor
from ordermill.settings import Settings
from store.outgoing.outbox import Outgoing
from workflows.messages import Result, Task


class Answers:
    """Who is asked instead of a provider."""

    multicapture = False

    def __init__(self, credit: Asking) -> None:
        """`credit`: store credit is the real one, over the database."""
        self.credit = credit

    def foreseen(self, order: Order, operation: Operation) -> str | None:
        return self.credit.foreseen(order, operation) if operation.provider == STORE_CREDIT else operation.ref

    async def ask(self, order: Order, operation: Operation, *, fresh: bool) -> Outcome:
        if operation.provider == STORE_CREDIT:
            return await self.credit.ask(order, operation, fresh=fresh)
        outcome = answer(operation)
        return self._often(order, operation, outcome) if self.multicapture else outcome

    def _often(self, stored: Order, operation: Operation, outcome: Outcome) -> Outcome:
        """The same from a provider that captures a hold several times: what is not taken stays held, unless it was the last."""
        known: dict[str, Any] = {"multicapture": True}
        if operation.kind == "capture" and outcome.status == "succeeded":
            authorized = stored.payment(operation.payment_id).authorized
            more = not operation.final and outcome.captured < authorized
            known |= {"authorized": authorized, "state": "authorized" if more else "captured"}
        return outcome.model_copy(update=known)


class FakePost:
    """A post room that remembers what it was asked to send. `fares`: what it says of every mail."""

    def __init__(self) -> None:
        self.fares: Tried | Unsettled = Tried(3, "the mail server did not take it: ConnectError", running=True)
        self.sent: list[int] = []

    async def tried(self, mail: Outgoing) -> Tried:
        if isinstance(self.fares, Unsettled):
            raise self.fares
        return self.fares

    async def send_now(self, mail: Outgoing) -> None:
        await self.tried(mail)
        self.sent.append(mail.id)


class FakeDoor(TemporalDoor):
    """`later`: how far its clock is ahead. `settle_in_time` False: accepted, and not done until it is sent again (202).
    `fails`: raised before anything is done."""

    def __init__(self, db: AsyncEngine) -> None:
        client: Any = None
        super().__init__(client, db, task_queue="none", timeout_seconds=20, clock=lambda: self.now)
        self.provider = Answers(Asking(db, lambda name, livemode: StoreCreditProvider(db, livemode)))
        asking: Any = self.provider
        self.db = db
        self.execution = Execution(db, asking, Contents(db))
        self.lock = asyncio.Lock()
        self.later = timedelta()
        self.settle_in_time = True
        self.fails: Exception | None = None
        self.fails_after: Exception | None = None
        """Raised after the save: the answer is lost. TimeoutError: it did not come in time."""
        self.executed = 0
        self.posted = FakePost()
        self.post = self.posted

    @property
    def multicapture(self) -> bool:
        """Whether its provider captures a hold several times."""
        return self.provider.multicapture

    @multicapture.setter
    def multicapture(self, several: bool) -> None:
        self.provider.multicapture = several

    @property
    def now(self) -> datetime:
        return (datetime.now(UTC) + self.later).replace(microsecond=0)

    async def _somebody_works(self) -> None:
        """Somebody does."""

    async def receive(self, provider: str, event_id: str) -> None:
        """No workflow delivers it here."""

    async def reachable(self) -> bool:
        return True

    async def tell(self, order: Order, fact: Command, request: Request) -> None:
        """A fact from outside, as a signal would bring it."""
        await self.send(Errand(order.id, fact.verb, request, dump(fact), order=order))

    async def _send(self, errand: Errand, progress: Progress) -> Result:
        if self.fails is not None:
            raise self.fails
        progress.accepted = True
        if not self.settle_in_time:
            raise TimeoutError
        result = await self.perform(errand)
        if result.error is not None:
            raise OrderError.from_dict(result.error)
        if self.fails_after is not None:
            raise self.fails_after
        return result.receipt()

    async def perform(self, errand: Errand) -> Result:
        """What the workflow has its activity do."""
        async with self.lock:
            self.executed += 1
            sent = errand.sent()
            task = Task(
                order_id=errand.order_id, verb=errand.verb, request=sent.request, command=sent.command, now=self.now
            )
            return await self.execution.perform(task, 60)


def answer(operation: Operation) -> Outcome:
    """What the provider says, by the payment method's name."""
    method = operation.payment_method or ""
    if operation.kind == "authorize" and "insufficient" in method.lower():
        return Outcome(
            operation=operation, status="declined", ref="pi_no", code="insufficient_funds", message="declined"
        )
    if operation.kind == "authorize" and "unknown" in method:
        return Outcome(operation=operation, status="refused", code="resource_missing", message="no such payment method")
    if operation.kind == "authorize" and "threeDSecure" in method:
        return Outcome(
            operation=operation, status="succeeded", state="requires_action", ref="pi_3ds", client_secret="pi_3ds_secret",
            next_action={"type": "use_stripe_sdk"},
        )  # fmt: skip
    if operation.kind == "refund":
        return Outcome(operation=operation, status="succeeded", refund_state="succeeded", ref=f"re_{operation.key}")
    if operation.kind == "void":
        return Outcome(operation=operation, status="succeeded", state="canceled", ref=operation.ref)
    if operation.kind == "capture" and "gone" in (operation.ref or ""):
        return Outcome(operation=operation, status="refused", ref=operation.ref, message="the hold has lapsed")
    taken = operation.kind == "capture" or operation.capture
    ref = operation.ref or ("pi_gone" if "gone" in method else f"pi_{operation.key}")
    total = operation.captured_before + operation.amount if taken else 0
    return Outcome(
        operation=operation,
        status="succeeded",
        state="captured" if taken else "authorized",
        ref=ref,
        authorized=max(operation.amount, total),
        captured=total,
        card=CardDetails(brand="visa", last4="4242"),
    )


async def open_fake(settings: Settings, db: AsyncEngine, stack: AsyncExitStack) -> FakeDoor:
    return FakeDoor(db)


def unsettled(accepted: bool | None) -> Unsettled:
    return Unsettled("not in time", accepted=accepted)
