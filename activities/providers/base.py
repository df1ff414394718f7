"""What a payment provider is to the engine: five calls, their results, and two kinds of failure.

An answer is a result or `Declined`/`ProviderRefused` (definite: nothing moved, a new attempt takes a new
key). No answer is `ProviderUnavailable` (ambiguous: money may have moved; the same key is kept and the
next attempt looks the operation up before it sends anything). Amounts are minor units (domain/money.py).

Money moves in one call only, and only on an object whose id is already in our database:
`prepare` makes the provider's object and moves nothing, the activity stores its `ref`, then `authorize`.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Protocol


class ProviderError(Exception):
    """Root of this file's errors; `code` is the provider's own, never key material."""

    def __init__(self, message: str, *, code: str | None = None, ref: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.ref = ref


class Declined(ProviderError):
    """The card was declined (Stripe 402 card_error). Definite; nothing moved.

    `code` e.g. card_declined, expired_card; `decline_code` e.g. insufficient_funds (falls back to `code`).
    """

    def __init__(
        self, message: str, *, code: str, decline_code: str, ref: str | None = None, card: "Card | None" = None
    ) -> None:
        super().__init__(message, code=code, ref=ref)
        self.decline_code = decline_code
        self.card = card


class ProviderRefused(ProviderError):
    """The request itself is wrong or comes too late (Stripe 400, 404). Definite; nothing moved; not retried."""


class ProviderUnavailable(ProviderError):
    """No usable answer: timeout, reset, 409 in flight, 429, 5xx. Ambiguous: look up before the next attempt."""

    def __init__(
        self, message: str, *, code: str | None = None, ref: str | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message, code=code, ref=ref)
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True)
class Card:
    """What may be shown of a card. Checks are Stripe's words: pass, fail, unavailable, unchecked."""

    brand: str
    last4: str
    cvc_check: str | None = None
    postal_code_check: str | None = None


CLAIM: Final = "ordermill_claim"
"""What a name in an object's metadata begins with whose value is the claim of the Idempotency-Key that asked for it. A database
restored to before that request knows by it which keys are used up."""


@dataclass(frozen=True)
class PaymentRequest:
    """One payment to make. `key` is ours (`order:hash(request):n`), the same for every attempt at it."""

    key: str
    order_id: str
    order_number: int
    amount: int
    currency: str
    payment_method: str
    capture: bool
    """True: authorise and capture in one go; False: hold only."""
    customer: str | None = None
    """The provider's own customer id (`cus_…`), when the order's customer is one."""
    statement_descriptor: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    ref: str | None = None
    """The object `prepare` made; set in every call but `prepare`."""


@dataclass(frozen=True)
class PaymentResult:
    """Where the provider's object stands now: totals, not deltas."""

    ref: str
    status: Literal["requires_action", "processing", "authorized", "captured", "canceled"]
    """requires_action: 3-D Secure waits for the customer. processing: an asynchronous method. canceled: voided or lapsed."""
    authorized: int
    """Ever held or charged, minor units."""
    captured: int
    """Ever captured, refunds not subtracted."""
    capturable: int = 0
    """Held and not yet captured nor released."""
    method_type: str = "card"
    card: Card | None = None
    expires_at: datetime | None = None
    """When the hold lapses; None when nothing is held, or when the provider does not say: then the policy does."""
    client_secret: str | None = None
    next_action: dict[str, Any] | None = None
    charge_ref: str | None = None


@dataclass(frozen=True)
class CaptureRequest:
    key: str
    ref: str
    amount: int
    currency: str
    final: bool = True
    """True: release what is not captured. False needs `multicapture`."""
    captured_before: int = 0
    """Captured by earlier operations, so that `look_up` can tell whether this one happened."""
    metadata: dict[str, str] = field(default_factory=dict)
    """Of a capture that is not the last: added to the payment's."""


@dataclass(frozen=True)
class VoidRequest:
    key: str
    ref: str


@dataclass(frozen=True)
class RefundRequest:
    key: str
    ref: str
    """The payment's ref."""
    amount: int
    currency: str
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RefundResult:
    ref: str
    status: Literal["pending", "succeeded", "failed"]
    amount: int
    failure_reason: str | None = None
    claims: tuple[str, ...] = ()
    """The claims (`CLAIM`) in its metadata."""


@dataclass(frozen=True)
class DisputeResult:
    """A customer's bank disputes a charge. `amount`: minor units taken back meanwhile."""

    ref: str
    status: Literal["opened", "won", "lost"]
    """opened: anything the bank has not decided."""
    amount: int
    reason: str | None = None


ProviderRequest = PaymentRequest | CaptureRequest | VoidRequest | RefundRequest
ProviderResult = PaymentResult | RefundResult


@dataclass(frozen=True)
class LedgerEntry:
    """One object of the provider for reconciliation: a payment with its totals."""

    ref: str
    order_id: str | None
    currency: str
    authorized: int
    captured: int
    refunded: int
    """Refunds that are pending or succeeded."""
    status: str
    created_at: datetime
    claims: tuple[str, ...] = ()
    """The claims (`CLAIM`) in its metadata: of its authorisation, and of captures that were not the last."""


@dataclass(frozen=True)
class ProviderEvent:
    """One inbound webhook, verified, in our words. `payment_ref` ties it to an order; `raw` is the provider's object."""

    id: str
    type: str
    """The provider's own name, e.g. payment_intent.succeeded."""
    created_at: datetime
    payment_ref: str | None
    refund_ref: str | None = None
    order_id: str | None = None
    """From metadata, when the object carries it."""
    raw: dict[str, Any] = field(default_factory=dict)


class PaymentProvider(Protocol):
    """One payment provider in one mode. `name` is stored with each payment; `livemode` says which mode it serves."""

    @property
    def name(self) -> str: ...

    @property
    def livemode(self) -> bool: ...

    @property
    def multicapture(self) -> bool:
        """Whether one authorisation can be captured several times."""

    def foresee(self, key: str) -> str | None:
        """The ref `prepare` will answer for this key, where it is a function of it; None: only asking tells."""

    async def prepare(self, request: PaymentRequest) -> str:
        """Make the provider's object for this key and return its ref. Moves no money; safe to repeat."""

    async def authorize(self, request: PaymentRequest) -> PaymentResult:
        """Hold, or hold and capture. Raises Declined, ProviderRefused, ProviderUnavailable."""

    async def capture(self, request: CaptureRequest) -> PaymentResult:
        """Capture `amount` of what is held."""

    async def void(self, request: VoidRequest) -> PaymentResult:
        """Release everything held; also ends a payment that was prepared or waits for 3-D Secure."""

    async def refund(self, request: RefundRequest) -> RefundResult:
        """Give `amount` back."""

    async def look_up(self, request: ProviderRequest) -> ProviderResult | None:
        """What became of this operation, or None when it surely never happened. Raises Declined when it was declined.

        Called before every attempt after one whose outcome is unknown. ProviderUnavailable when it cannot be told.
        None allows one thing only: the same operation again under the same key. Who will not send it again (the
        order was cancelled meanwhile) voids the payment, which is what makes "never happened" certain.
        """

    async def payment(self, ref: str) -> PaymentResult:
        """The payment object as it stands (after a webhook, for reconciliation, after 3-D Secure).

        Declined when its last attempt failed (3-D Secure, a bank), ProviderRefused when it was never authorised.
        """

    async def refund_status(self, payment_ref: str, refund_ref: str) -> RefundResult:
        """The refund as it stands."""

    async def refunds(self, payment_ref: str) -> list[RefundResult]:
        """Every refund of the payment, whoever made it, as it stands."""

    async def disputes(self, payment_ref: str) -> list[DisputeResult]:
        """Every dispute about the payment, as it stands."""

    async def close(self) -> None:
        """Lets connections go."""

    def ledger(self, since: datetime, until: datetime) -> AsyncIterator[LedgerEntry]:
        """Every payment object made in [since, until), oldest first."""
