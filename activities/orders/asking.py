"""One operation at its provider, at most once, by an activity that may die anywhere.

The provider's key comes from the request (order, request id, position), never from an attempt or a version, so an ambiguous
failure asks again under the same one; the look-up before every second attempt is what holds when the provider has forgotten
the key. Declines and refusals are answers. Only ProviderUnavailable and a missing database leave as errors.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.providers.base import (
    CLAIM,
    CaptureRequest,
    Card,
    Declined,
    PaymentProvider,
    PaymentRequest,
    ProviderRefused,
    ProviderRequest,
    ProviderResult,
    ProviderUnavailable,
    RefundRequest,
    RefundResult,
    VoidRequest,
)
from domain.operations import Operation, Outcome
from domain.order import CardDetails, Order
from store.access import claims
from store.database.clock import wall
from store.database.engine import single
from store.money import operations

Providers = Callable[[str, bool], PaymentProvider]
"""(name, livemode) -> the provider; KeyError when that mode has none."""


def keyed(order_id: str, request_id: str, asked: list[Operation]) -> list[Operation]:
    """Each with the key its provider hears. A restored database cannot hand the same key to another request."""
    request = hashlib.sha256(request_id.encode()).hexdigest()[:24]
    return [op.model_copy(update={"key": f"{order_id}:{request}:{n}"}) for n, op in enumerate(asked)]


class Asking:
    """Performs operations over one database and the configured providers."""

    def __init__(self, engine: AsyncEngine, providers: Providers, *, statement_descriptor: str | None = None) -> None:
        """`statement_descriptor`: the shop's name on the customer's card statement."""
        self._engine = engine
        self._providers = providers
        self._descriptor = statement_descriptor

    async def ask(self, order: Order, operation: Operation, *, fresh: bool) -> Outcome:
        """Stored answer, look-up, or the call itself. `fresh`: its key was never sent before."""
        ref = self.foreseen(order, operation)
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
            return await _what_it_became(
                provider, operation, _refused(operation, error.message, error.code, error.ref or ref)
            )

    def foreseen(self, order: Order, operation: Operation) -> str | None:
        """The provider's object, where it is known before the provider is asked: it is stored with the operation then."""
        if operation.ref is not None or operation.kind != "authorize":
            return operation.ref
        try:
            return self._providers(operation.provider, order.livemode).foresee(operation.key)
        except KeyError:
            return None

    async def _call(
        self, provider: PaymentProvider, order: Order, operation: Operation, ref: str | None, fresh: bool
    ) -> Outcome:
        tags = await self._tags(order, operation)
        if operation.kind == "sync":
            return _outcome(operation, await provider.payment(operation.ref or ""), provider)
        if operation.kind == "authorize" and ref is None:
            ref = made = await provider.prepare(self._payment_request(order, operation, None, tags))
            await single(self._engine, lambda conn: operations.change(conn, operation.key, now=wall(), ref=made))
        request = self._request(order, operation, ref, tags)
        known = None if fresh else await provider.look_up(request)
        result = known if known is not None else await _send(provider, request)
        return _outcome(operation, result, provider)

    def _request(self, order: Order, operation: Operation, ref: str | None, tags: dict[str, str]) -> ProviderRequest:
        """The provider's request of an operation."""
        at = operation.ref or ref or ""
        match operation.kind:
            case "capture":
                before = operation.captured_before
                # A final capture cannot be done twice; one that leaves a rest says whose it is, beside the others on its payment.
                claimed = {f"{name}_{_short(operation.key)}": text for name, text in tags.items() if name == CLAIM}
                more = {} if operation.final else claimed
                return CaptureRequest(
                    operation.key, at, operation.amount, order.currency, operation.final, before, more
                )
            case "void":
                return VoidRequest(operation.key, at)
            case "refund":
                return RefundRequest(operation.key, at, operation.amount, order.currency, operation.code, tags)
            case _:
                return self._payment_request(order, operation, ref, tags)

    async def _tags(self, order: Order, operation: Operation) -> dict[str, str]:
        """On the provider's object, so that one which no row knows finds its way home, and the key that asked for it is known to
        be used."""
        tags = {"order_id": order.id, "order_number": str(order.number), "ordermill_key": operation.key}
        if operation.kind in ("authorize", "refund") or (operation.kind == "capture" and not operation.final):
            claim = await claims.of_operation(self._engine, operation.key)
            if claim is not None:
                tags[CLAIM] = claim
        return tags

    def _payment_request(
        self, order: Order, operation: Operation, ref: str | None, tags: dict[str, str]
    ) -> PaymentRequest:
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
            metadata=tags,
            ref=ref,
        )


def _short(key: str) -> str:
    """Tells a payment's captures apart in its metadata."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


async def _what_it_became(provider: PaymentProvider, operation: Operation, refused: Outcome) -> Outcome:
    """A refused capture or void, with where its payment stands instead: taken, lapsed, or held still."""
    if operation.kind not in ("capture", "void") or operation.ref is None:
        return refused
    try:
        found = await provider.payment(operation.ref)
    except (Declined, ProviderRefused):
        return refused
    stands = {"state": found.status, "authorized": found.authorized, "captured": found.captured}
    return refused.model_copy(update=stands)


async def _send(provider: PaymentProvider, request: ProviderRequest) -> ProviderResult:
    match request:
        case PaymentRequest():
            return await provider.authorize(request)
        case CaptureRequest():
            return await provider.capture(request)
        case VoidRequest():
            return await provider.void(request)
        case RefundRequest():
            return await provider.refund(request)


def _outcome(operation: Operation, result: ProviderResult, provider: PaymentProvider) -> Outcome:
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
