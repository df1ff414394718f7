"""Stripe as a payment provider: one PaymentIntent per payment, on the real library, with our keys and our timeouts.

The rule: a key that failed ambiguously is kept, and the operation is looked up before it is sent again. Stripe
replays a stored 500 for as long as it remembers the key (24 h); such a key is burnt. Then, and only when a look-up
shows that the operation did nothing, its next generation (`key~1`, `key~2`, …) is taken. Generations are counted by
asking, not remembered, so an attempt that starts anew walks the same way. https://docs.stripe.com/api/idempotent_requests
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import httpx
import stripe

from activities.providers.base import (
    CaptureRequest,
    DisputeResult,
    LedgerEntry,
    PaymentRequest,
    PaymentResult,
    ProviderRefused,
    ProviderRequest,
    ProviderResult,
    ProviderUnavailable,
    RefundRequest,
    RefundResult,
    VoidRequest,
)
from activities.providers.stripe_amounts import from_stripe, to_stripe
from activities.providers.stripe_errors import burnt, replayed, translate
from activities.providers.stripe_objects import (
    KEY,
    Body,
    attempted,
    dispute_result,
    ledger_entry,
    payment_result,
    refund_result,
)
from activities.providers.stripe_tax import TaxRequest, TaxResult, calculation_params, tax_result
from activities.providers.stripe_webhooks import BadSignature, parse_webhook

if TYPE_CHECKING:
    from stripe.params import PaymentIntentCaptureParams, PaymentIntentCreateParams, RefundCreateParams

__all__ = ["BadSignature", "StripeProvider", "parse_webhook"]

GENERATIONS: Final = 6
"""Keys tried in one call before an operator is needed; each costs a stored 500."""
CHARGE: Final = ["latest_charge"]
_FORBIDDEN: Final = str.maketrans("", "", "<>\\'\"*")
_T = TypeVar("_T")


class StripeProvider:
    """PaymentProvider (base.py) for one Stripe account; the key's own prefix says which mode it serves."""

    name: str = "stripe"

    def __init__(
        self,
        api_key: str,
        *,
        api_base: str | None = None,
        multicapture: bool = False,
        card_only: bool = False,
        timeout_seconds: float = 10.0,
    ) -> None:
        """`card_only` False: whatever the account has switched on that needs no redirect.

        `timeout_seconds` bounds each call as a whole; what comes later is an unknown outcome.
        """
        if not api_key.startswith(("sk_test_", "rk_test_", "sk_live_", "rk_live_")):
            raise ValueError("STRIPE_API_KEY must be a secret or restricted key (sk_… or rk_…)")
        self.livemode = api_key[2:].startswith("_live_")
        self.multicapture = multicapture
        self._card_only = card_only
        self._seconds = timeout_seconds
        self._http = stripe.HTTPXClient(timeout=httpx.Timeout(timeout_seconds, connect=min(3.0, timeout_seconds)))
        self._stripe = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base.rstrip("/")} if api_base else None,
            http_client=self._http,
            max_network_retries=0,
        )

    def __repr__(self) -> str:
        return f"StripeProvider(livemode={self.livemode})"

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]

    def foresee(self, key: str) -> None:
        """Stripe draws its own."""

    async def prepare(self, request: PaymentRequest) -> str:
        """Makes the PaymentIntent, unconfirmed: it holds nothing until `authorize`."""
        params = self._intent_params(request)
        send = self._stripe.v1.payment_intents.create_async

        async def create(key: str) -> str:
            return (await self._ask(send(params, {"idempotency_key": key}))).id

        return await self._under_key(f"{request.key}:prepare", None, create, _nothing)

    def _intent_params(self, request: PaymentRequest) -> "PaymentIntentCreateParams":
        ours = {"order_id": request.order_id, "order_number": str(request.order_number), KEY: request.key}
        params: PaymentIntentCreateParams = {
            "amount": to_stripe(request.amount, request.currency),
            "currency": request.currency.lower(),
            "capture_method": "automatic" if request.capture else "manual",
            "payment_method": request.payment_method,
            "metadata": {**request.metadata, **ours},
        }
        if self._card_only:  # `payment_method_types` is a 400 since 2026-09-30.endive
            params["allowed_payment_method_types"] = ["card"]
        else:
            params["automatic_payment_methods"] = {"enabled": True, "allow_redirects": "never"}
        if request.customer:
            params["customer"] = request.customer
        if self.multicapture and not request.capture:
            params["payment_method_options"] = {"card": {"request_multicapture": "if_available"}}
        # Stripe refuses `statement_descriptor` on card charges; the suffix is taken for every method.
        descriptor = (request.statement_descriptor or "").translate(_FORBIDDEN)[:22].strip()
        if any(c.isalpha() for c in descriptor):
            params["statement_descriptor_suffix"] = descriptor
        return params

    async def authorize(self, request: PaymentRequest) -> PaymentResult:
        """Confirms the prepared intent. 3-D Secure is a result (`requires_action`), no error."""
        ref = request.ref
        if ref is None:
            raise ProviderRefused("A payment is authorised on what `prepare` made.", code="not_prepared")
        confirm = self._stripe.v1.payment_intents.confirm_async

        async def send(key: str) -> PaymentResult:
            return await self._intent(confirm(ref, {"expand": CHARGE}, {"idempotency_key": key}))

        async def found() -> PaymentResult | None:
            known = await self._find_payment(request)
            return None if known and known.status == "canceled" and not known.authorized else known

        return await self._under_key(request.key, ref, send, found)

    async def capture(self, request: CaptureRequest) -> PaymentResult:
        """Captures; `final` releases the rest, otherwise the account needs multicapture."""
        if not request.final and not self.multicapture:
            raise ProviderRefused(
                "This Stripe account captures once.", code="multicapture_unavailable", ref=request.ref
            )
        params: PaymentIntentCaptureParams = {
            "amount_to_capture": to_stripe(request.amount, request.currency),
            "expand": CHARGE,
        }
        if self.multicapture:
            params["final_capture"] = request.final
        if request.metadata:
            params["metadata"] = request.metadata
        return await self._capture(request, params)

    async def _capture(
        self, request: CaptureRequest | VoidRequest, params: "PaymentIntentCaptureParams"
    ) -> PaymentResult:
        capture = self._stripe.v1.payment_intents.capture_async

        async def send(key: str) -> PaymentResult:
            return await self._intent(capture(request.ref, params, {"idempotency_key": key}))

        return await self._under_key(request.key, request.ref, send, lambda: self._find_payment(request))

    async def void(self, request: VoidRequest) -> PaymentResult:
        """Cancels the intent, confirmed or not. One that was captured in part has its rest let go instead."""
        intent = await self._get(self._retrieve(request.ref), request.ref)
        if intent["status"] == "requires_capture" and intent.get("amount_received"):
            return await self._capture(request, {"amount_to_capture": 0, "final_capture": True, "expand": CHARGE})
        cancel = self._stripe.v1.payment_intents.cancel_async

        async def send(key: str) -> PaymentResult:
            return await self._intent(cancel(request.ref, {"expand": CHARGE}, {"idempotency_key": key}))

        return await self._under_key(request.key, request.ref, send, lambda: self._find_payment(request))

    async def refund(self, request: RefundRequest) -> RefundResult:
        """Refunds; our key in its metadata is how it is found again."""
        params: RefundCreateParams = {
            "payment_intent": request.ref,
            "amount": to_stripe(request.amount, request.currency),
            "metadata": {**request.metadata, KEY: request.key},
        }
        if request.reason:
            params["reason"] = request.reason
        create = self._stripe.v1.refunds.create_async

        async def send(key: str) -> RefundResult:
            made = await self._ask(create(params, {"idempotency_key": key}))
            if _from_memory(made):
                return await self.refund_status(request.ref, made.id)
            return refund_result(made.to_dict())

        return await self._under_key(request.key, request.ref, send, lambda: self._find_refund(request))

    async def look_up(self, request: ProviderRequest) -> ProviderResult | None:
        """What became of the operation, asked of Stripe with GETs only (base.py).

        None for a payment means: not confirmed as of now. A confirmation still under way at Stripe can yet happen;
        so the same key is sent again, or the payment is voided, which settles it.
        """
        if request.ref is None:
            return None
        found = self._find_refund(request) if isinstance(request, RefundRequest) else self._find_payment(request)
        return await self._get(found, request.ref)

    async def _find_payment(self, request: PaymentRequest | CaptureRequest | VoidRequest) -> PaymentResult | None:
        if request.ref is None:
            return None
        intent = await self._retrieve(request.ref)
        if isinstance(request, PaymentRequest):
            return payment_result(intent) if attempted(intent) else None
        if isinstance(request, CaptureRequest):
            received = from_stripe(intent.get("amount_received") or 0, intent["currency"])
            return payment_result(intent) if received >= request.captured_before + request.amount else None
        let_go = intent["status"] == "succeeded" and intent["amount_received"] < intent["amount"]
        return payment_result(intent) if intent["status"] == "canceled" or let_go else None

    async def _find_refund(self, request: RefundRequest) -> RefundResult | None:
        made = self._stripe.v1.refunds.list_async({"payment_intent": request.ref, "limit": 100})
        for body in await self._all(made):
            if (body.get("metadata") or {}).get(KEY) == request.key:
                return refund_result(body)
        return None

    async def payment(self, ref: str) -> PaymentResult:
        """The intent as it stands. Declined when its last attempt failed, ProviderRefused when none was made."""
        return payment_result(await self._get(self._retrieve(ref), ref))

    async def refund_status(self, payment_ref: str, refund_ref: str) -> RefundResult:
        """The refund as it stands."""
        found = await self._get(self._ask(self._stripe.v1.refunds.retrieve_async(refund_ref)), payment_ref)
        return refund_result(found.to_dict())

    async def refunds(self, payment_ref: str) -> list[RefundResult]:
        """Every refund of the intent, made here or in Stripe's dashboard."""
        made = self._stripe.v1.refunds.list_async({"payment_intent": payment_ref, "limit": 100})
        return [refund_result(body) for body in await self._get(self._all(made), payment_ref)]

    async def disputes(self, payment_ref: str) -> list[DisputeResult]:
        """Every dispute about the intent's charges."""
        opened = self._stripe.v1.disputes.list_async({"payment_intent": payment_ref, "limit": 100})
        return [dispute_result(body) for body in await self._get(self._all(opened), payment_ref)]

    async def ledger(self, since: datetime, until: datetime) -> AsyncIterator[LedgerEntry]:
        """Every intent created in [since, until), whole seconds; Stripe lists the newest first, so they are collected."""
        created = {"gte": math.ceil(since.timestamp()), "lt": math.ceil(until.timestamp())}
        params: Any = {"created": created, "limit": 100, "expand": ["data.latest_charge"]}
        found = await self._get(self._all(self._stripe.v1.payment_intents.list_async(params)), None)
        for intent in reversed(found):
            yield ledger_entry(intent)

    async def calculate_tax(self, request: TaxRequest) -> TaxResult:
        """Stripe Tax for an order (stripe_tax.py); moves nothing."""
        params, create = calculation_params(request), self._stripe.v1.tax.calculations.create_async

        async def send(key: str) -> TaxResult:
            return tax_result((await self._ask(create(params, {"idempotency_key": key}))).to_dict())

        return await self._under_key(request.key, None, send, _nothing)

    async def _retrieve(self, ref: str) -> Body:
        found = await self._ask(self._stripe.v1.payment_intents.retrieve_async(ref, {"expand": CHARGE}))
        return self._read(found)

    def _read(self, made: stripe.StripeObject) -> Body:
        """The library's object as a dict. A test against another server overrides this to translate that server's shapes."""
        return made.to_dict()

    async def _intent(self, call: Awaitable[stripe.PaymentIntent]) -> PaymentResult:
        intent = await self._ask(call)
        return payment_result(await self._retrieve(intent.id) if _from_memory(intent) else self._read(intent))

    async def _ask(self, call: Awaitable[_T]) -> _T:
        """One call of the library within our time. TimeoutError becomes the library's own connection error."""
        try:
            async with asyncio.timeout(self._seconds):
                return await call
        except TimeoutError:
            raise stripe.APIConnectionError("timed out") from None  # type: ignore[no-untyped-call]

    async def _all(self, first: Awaitable[Any]) -> list[Body]:
        """Every object of a list, page after page, newest first."""
        page = await self._ask(first)
        found = [made.to_dict() for made in page.data]
        while page.has_more:
            page = await self._ask(page.next_page_async())
            found += [made.to_dict() for made in page.data]
        return found

    async def _get(self, call: Awaitable[_T], ref: str | None) -> _T:
        try:
            return await call
        except stripe.StripeError as problem:
            raise translate(problem, ref) from None

    async def _under_key(
        self,
        key: str,
        ref: str | None,
        send: Callable[[str], Awaitable[_T]],
        found: Callable[[], Awaitable[_T | None]],
    ) -> _T:
        """Sends under the key; looks the operation up when the answer alone cannot be believed.

        Burnt key: looked up, then the next generation. Refused: looked up, for it may be refused because it is done.
        """
        try:
            for generation in range(GENERATIONS):
                try:
                    return await send(f"{key}~{generation}" if generation else key)
                except stripe.StripeError as problem:
                    refused = isinstance(problem, stripe.InvalidRequestError)
                    if not refused and not burnt(problem):
                        raise
                    known: _T | None = await found()
                    if known is not None:
                        return known
                    if refused:
                        raise
        except stripe.StripeError as problem:
            raise translate(problem, ref) from None
        raise ProviderUnavailable(f"Stripe failed under {GENERATIONS} keys.", code="keys_exhausted", ref=ref)


async def _nothing() -> None:
    """What a call that moves nothing finds."""


def _from_memory(made: stripe.StripeObject) -> bool:
    return made.last_response is not None and replayed(cast(Any, made.last_response).headers)
