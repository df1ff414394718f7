"""Money: a command's operations at its providers, and the save, in one activity that may die anywhere.

    1  the row is at the version the command was planned on, else nothing is asked (seen | stale)
    2  one transaction: each operation is written as `started`; stock the command needs is reserved (prelude)
    3  each operation: settled before → its stored answer; started before → looked up first; else asked
    4  one transaction: answers, order row, events, stock, outbox

The provider's key is the operation's, so an ambiguous failure asks again under the same one; the look-up
before every second attempt is what holds when the provider has forgotten the key. Declines and refusals are
answers. Only ProviderUnavailable and a missing database leave as errors, and Temporal tries again.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import MoneyResult, MoneyTask
from activities.orders import epoch_now, mails, short_lines, unavailable
from activities.providers.base import (
    CaptureRequest,
    Card,
    Declined,
    PaymentProvider,
    PaymentRequest,
    ProviderRefused,
    ProviderUnavailable,
    RefundRequest,
    RefundResult,
    Request,
    Result,
    VoidRequest,
)
from activities.signatures import PERFORM
from domain.commands import COMMANDS, Command
from domain.errors import OrderError
from domain.lifecycle import plan, prelude, settle
from domain.operations import Operation, Outcome
from domain.order import CardDetails, Order
from domain.stock import stock_moves
from store import inventory, operations, orders
from store.engine import StoreUnavailable, transact

Providers = Callable[[str, bool], PaymentProvider]
"""(name, livemode) -> the provider; KeyError when that mode has none."""


class Payments:
    """The money activity over one database and the configured providers."""

    def __init__(self, engine: AsyncEngine, providers: Providers, *, statement_descriptor: str | None = None) -> None:
        """`statement_descriptor`: the shop's name on the customer's card statement."""
        self._engine = engine
        self._providers = providers
        self._descriptor = statement_descriptor

    @activity.defn(name=PERFORM)
    async def perform(self, task: MoneyTask) -> MoneyResult:
        """See the module's four steps. Heartbeats, so that a worker that dies here is missed in seconds."""
        beating = asyncio.create_task(_beat())
        try:
            return await self._perform(task)
        except StoreUnavailable as error:
            raise unavailable(error) from None
        except ProviderUnavailable as error:
            after = timedelta(seconds=error.retry_after_seconds) if error.retry_after_seconds else None
            raise ApplicationError(
                error.message, error.code, type="ProviderUnavailable", next_retry_delay=after
            ) from None
        finally:
            beating.cancel()

    async def _perform(self, task: MoneyTask) -> MoneyResult:
        command = COMMANDS[task.verb].model_validate(task.command)
        order = await orders.load(self._engine, task.order_id)
        if order is None:
            raise ApplicationError("the order has no row", type="OrderMissing")
        if order.version != task.version:
            standing = await orders.standing(self._engine, order.id, task.request)
            return MoneyResult(
                outcome="seen" if standing.outcome == "seen" else "stale",
                version=standing.version,
                subject=standing.subject,
                order=standing.order,
            )
        try:
            asked = keyed(order, plan(order, command, task.now, task.request.actor))
        except OrderError as error:
            return MoneyResult(outcome="refused", error=error.to_dict())
        before = prelude(order, command, task.now, task.request.actor)
        try:
            fresh = await self._start(order, before, asked, task)
        except _Short as error:
            return MoneyResult(outcome="short", short=short_lines(error.short))
        outcomes = [await self._ask(order, operation, operation.key in fresh) for operation in asked]
        return await self._finish(order, before, command, task, outcomes)

    async def _start(self, order: Order, before: Order | None, asked: list[Operation], task: MoneyTask) -> set[str]:
        """Write every operation as started, and reserve what the command needs, once. The keys never sent before."""
        at = epoch_now()
        moves = stock_moves(order, before) if before is not None else ()

        def start(conn: Connection) -> set[str]:
            fresh: set[str] = set()
            for operation in asked:
                if operations.find(conn, operation.key) is None:
                    fresh.add(operation.key)
                    operations.start(conn, _started(order, operation, bool(moves), at, task))
            if moves and asked[0].key in fresh:
                short = inventory.move(conn, order, moves, "payment.started", at)
                if short:
                    raise _Short(list(short))
            return fresh

        return await transact(self._engine, start)

    async def _ask(self, order: Order, operation: Operation, fresh: bool) -> Outcome:
        """One operation, at most once: stored answer, look-up, or the call itself."""
        ref = operation.ref
        if not fresh:
            row = await operations.get(self._engine, operation.key)
            if row is not None and row.status != "started" and row.result is not None:
                return Outcome.model_validate({**row.result, "operation": operation})
            ref = row.ref if row is not None else ref
        try:
            provider = self._providers(operation.provider, order.livemode)
        except KeyError:
            message = "no payment provider serves this mode"
            if not fresh:  # asked once, by a worker that had one: what came of it is not ours to guess
                raise ProviderUnavailable(message, code="provider_missing") from None
            return _refused(operation, message, "provider_missing")
        try:
            return await self._call(provider, order, operation, ref, fresh)
        except Declined as error:
            return Outcome(
                operation=operation,
                status="declined",
                ref=error.ref or ref,
                code=error.decline_code,
                message=error.message,
                card=shown_card(error.card),
            )
        except ProviderRefused as error:
            return await _standing(
                provider, operation, _refused(operation, error.message, error.code, error.ref or ref)
            )

    async def _call(
        self, provider: PaymentProvider, order: Order, operation: Operation, ref: str | None, fresh: bool
    ) -> Outcome:
        if operation.kind == "sync":
            return _outcome(operation, await provider.payment(operation.ref or ""), provider)
        if operation.kind == "authorize" and ref is None:
            ref = made = await provider.prepare(self._payment_request(order, operation, None))
            await transact(self._engine, lambda conn: operations.change(conn, operation.key, now=epoch_now(), ref=made))
        request = self._request(order, operation, ref)
        known = None if fresh else await provider.look_up(request)
        result = known if known is not None else await _send(provider, request)
        return _outcome(operation, result, provider)

    def _request(self, order: Order, operation: Operation, ref: str | None) -> Request:
        """The provider's request of an operation."""
        at = operation.ref or ref or ""
        match operation.kind:
            case "capture":
                before = operation.captured_before
                return CaptureRequest(operation.key, at, operation.amount, order.currency, operation.final, before)
            case "void":
                return VoidRequest(operation.key, at)
            case "refund":
                tags = _tags(order, operation)
                return RefundRequest(operation.key, at, operation.amount, order.currency, operation.code, tags)
            case _:
                return self._payment_request(order, operation, ref)

    def _payment_request(self, order: Order, operation: Operation, ref: str | None) -> PaymentRequest:
        return PaymentRequest(
            key=operation.key,
            order_id=order.id,
            order_number=order.number,
            amount=operation.amount,
            currency=order.currency,
            payment_method=operation.payment_method or "",
            capture=operation.capture,
            customer=operation.customer,
            statement_descriptor=self._descriptor,
            metadata=_tags(order, operation),
            ref=ref,
        )

    async def _finish(
        self, order: Order, before: Order | None, command: Command, task: MoneyTask, outcomes: list[Outcome]
    ) -> MoneyResult:
        """Answers, row, events and stock in one transaction."""
        change = settle(order, command, outcomes, task.now, task.request.actor)

        def finish(conn: Connection) -> orders.Saved:
            for outcome in outcomes:
                key, result = outcome.operation.key, answered(outcome)
                operations.change(conn, key, now=epoch_now(), status=outcome.status, result=result)
            return orders.apply(
                conn,
                planned_on=order.version,
                order=change.order,
                events=change.events,
                moves=stock_moves(before or order, change.order),
                request=task.request,
                subject=change.subject,
                mails=mails(change.mails, change.subject),
            )

        saved = await transact(self._engine, finish)
        if saved.outcome == "applied":
            return MoneyResult(outcome="applied", outcomes=tuple(answered(outcome) for outcome in outcomes))
        if saved.outcome == "short":
            raise ApplicationError("stock reserved before the money is gone", type="PreludeLost")
        return MoneyResult(outcome=saved.outcome, version=saved.version, subject=saved.subject, order=saved.order)


def keyed(order: Order, asked: list[Operation]) -> list[Operation]:
    """Each with the key its provider hears: an ambiguous failure repeats it, a saved refusal moves the version on."""
    return [o.model_copy(update={"key": f"{order.id}:{order.version}:{n}"}) for n, o in enumerate(asked)]


def answered(outcome: Outcome) -> dict[str, Any]:
    """What is kept of an outcome: the operation it answers is known to whoever reads it."""
    return outcome.model_dump(mode="json", exclude_unset=True, exclude={"operation"})


async def _beat() -> None:
    """Say every second that this worker lives; nothing for an activity that is done within one."""
    while True:
        await asyncio.sleep(1)
        activity.heartbeat()


class _Short(Exception):
    """Rolls the start back: stock is short."""

    def __init__(self, short: list[inventory.Short]) -> None:
        super().__init__("short")
        self.short = short


def _started(
    order: Order, operation: Operation, prelude_applied: bool, at: int, task: MoneyTask
) -> operations.Operation:
    """The row, with the whole task: a run that is terminated half way is resumed from it (housekeeping.py)."""
    return operations.Operation(
        key=operation.key,
        order_id=order.id,
        livemode=order.livemode,
        provider=operation.provider,
        kind=operation.kind,
        amount=operation.amount,
        currency=order.currency,
        ref=operation.ref,
        prelude_applied=prelude_applied,
        result={"task": task.model_dump(mode="json", exclude_unset=True)},
        created_at=at,
        updated_at=at,
    )


def _tags(order: Order, operation: Operation) -> dict[str, str]:
    return {"order_id": order.id, "order_number": str(order.number), "ordermill_key": operation.key}


async def _standing(provider: PaymentProvider, operation: Operation, refused: Outcome) -> Outcome:
    """A refused capture or void, with where its payment stands instead: taken, lapsed, or held still."""
    if operation.kind not in ("capture", "void") or operation.ref is None:
        return refused
    try:
        found = await provider.payment(operation.ref)
    except (Declined, ProviderRefused):
        return refused
    stands = {"state": found.status, "authorized": found.authorized, "captured": found.captured}
    return refused.model_copy(update=stands)


async def _send(provider: PaymentProvider, request: Request) -> Result:
    match request:
        case PaymentRequest():
            return await provider.authorize(request)
        case CaptureRequest():
            return await provider.capture(request)
        case VoidRequest():
            return await provider.void(request)
        case RefundRequest():
            return await provider.refund(request)


def _outcome(operation: Operation, result: Result, provider: PaymentProvider) -> Outcome:
    if isinstance(result, RefundResult):
        status: Any = "refused" if result.status == "failed" else "succeeded"
        return Outcome(
            operation=operation,
            status=status,
            refund_state=result.status,
            ref=result.ref,
            message=result.failure_reason,
        )
    fields: dict[str, Any] = {
        "operation": operation,
        "status": "succeeded",
        "state": result.status,
        "ref": result.ref,
        "authorized": result.authorized,
        "captured": result.captured,
        "method_type": result.method_type if result.method_type != "card" else None,
        "card": shown_card(result.card),
        "multicapture": provider.multicapture or None,
        "expires_at": result.expires_at,
        "client_secret": result.client_secret if result.status == "requires_action" else None,
        "next_action": result.next_action,
    }
    # Fields left out stay out of the history.
    return Outcome.model_validate({name: value for name, value in fields.items() if value is not None})


def _refused(operation: Operation, message: str, code: str | None, ref: str | None = None) -> Outcome:
    return Outcome(operation=operation, status="refused", ref=ref, code=code, message=message)


def shown_card(card: Card | None) -> CardDetails | None:
    """What the order keeps of a card."""
    if card is None:
        return None
    return CardDetails(
        brand=card.brand, last4=card.last4, cvc_check=card.cvc_check, postal_code_check=card.postal_code_check
    )
