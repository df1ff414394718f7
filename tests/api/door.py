"""A door without Temporal: plans and settles each command on the stored order and saves it, one at a time.

What the real workflow does in one place (lifecycle.plan, settle, store.orders.save), with a payment provider that
answers by the name of the payment method. It remembers settled requests through the store, as the worker does.
"""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.payments import keyed
from api.engine import Settled, Unsettled
from domain.commands import Command, Place, Request
from domain.errors import InsufficientInventory, PreconditionFailed
from domain.lifecycle import allowed, plan, settle
from domain.operations import Operation, Outcome
from domain.order import Actor, CardDetails, Order
from domain.stock import stock_moves
from ordermill.settings import Settings
from store import orders, requests

_OPERATOR = Actor(kind="operator", id="test")


class FakeDoor:
    """`later`: how far its clock is ahead. `settle_in_time` False: accepted, answered 202. `fails`: raised at once."""

    def __init__(self, db: AsyncEngine) -> None:
        self.db = db
        self.lock = asyncio.Lock()
        self.later = timedelta()
        self.settle_in_time = True
        self.fails: Exception | None = None
        self.fails_after: Exception | None = None
        """Raised after the save: the answer is lost."""
        self.executed = 0

    @property
    def now(self) -> datetime:
        return (datetime.now(UTC) + self.later).replace(microsecond=0)

    async def place(self, order: Order, *, confirm: bool, request: Request) -> Settled:
        return await self._perform(order, Place(confirm=confirm), request)

    async def execute(self, order: Order, command: Command, request: Request) -> Settled:
        return await self._perform(order, command, request)

    async def tell(self, order: Order, command: Command, request: Request) -> None:
        await self._perform(order, command, request)

    async def receive(self, provider: str, event_id: str) -> None:
        """No workflow delivers it here."""

    async def explain(self, order: Order) -> dict[str, object]:
        return {"allowed": allowed(order, self.now, _OPERATOR)}

    async def reachable(self) -> bool:
        return True

    async def _perform(self, order: Order, command: Command, request: Request) -> Settled:
        if self.fails is not None:
            raise self.fails
        async with self.lock:
            self.executed += 1
            stored = await orders.load(self.db, order.id) or order
            remembered = await requests.find(self.db, request.id)
            if remembered is not None and remembered.order is not None:
                return Settled(remembered.order, remembered.subject)
            settled = await self._save(stored, command, request)
        if self.fails_after is not None:
            raise self.fails_after
        return settled if self.settle_in_time else Settled(stored, pending=True)

    async def _save(self, stored: Order, command: Command, request: Request) -> Settled:
        if request.if_match is not None and request.if_match != stored.version:
            raise PreconditionFailed("the order has changed", version=stored.version)
        now = self.now
        outcomes = [answer(operation) for operation in keyed(stored, plan(stored, command, now, request.actor))]
        change = settle(stored, command, outcomes, now, request.actor)
        saved = await orders.save(
            self.db,
            planned_on=stored.version,
            order=change.order,
            events=change.events,
            moves=stock_moves(stored if stored.version else None, change.order),
            request=request,
            subject=change.subject,
        )
        if saved.outcome == "short":
            lines = [vars(line) for line in saved.short]
            raise InsufficientInventory("insufficient inventory", lines=lines, field="items")
        assert saved.outcome == "applied", saved
        return Settled(change.order, change.subject)


def answer(operation: Operation) -> Outcome:
    """What the provider says, by the payment method's name."""
    method = operation.payment_method or ""
    if operation.kind == "authorize" and "insufficient" in method:
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
