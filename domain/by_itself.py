"""What happens to an order by itself: timers, and facts from outside. No face offers these."""

from typing import Any, ClassVar, Literal

from domain.base import Time
from domain.command import Command
from domain.order import CardDetails


class EndPaymentWindow(Command):
    """The payment window elapsed: cancelled, partial payments refunded, stock released."""

    verb: ClassVar[str] = "end_payment_window"


class LapseAuthorization(Command):
    """An authorisation is about to lapse: released, or captured, by policy."""

    verb: ClassVar[str] = "lapse_authorization"
    payment_id: str


class EndHold(Command):
    """A hold's own time is over."""

    verb: ClassVar[str] = "end_hold"
    hold_id: str


class AutoClose(Command):
    verb: ClassVar[str] = "auto_close"


class ExpireReturn(Command):
    """An approved return's parcel did not come in time."""

    verb: ClassVar[str] = "expire_return"
    return_id: str


class ReturnMoney(Command):
    """An order that failed for good gives back what it still holds."""

    verb: ClassVar[str] = "return_money"


class PaymentFact(Command):
    """Where a payment stands at its provider: totals, from a webhook or a look-up (docs/stripe.md)."""

    verb: ClassVar[str] = "payment_fact"
    ref: str
    status: Literal["requires_action", "processing", "authorized", "captured", "canceled", "declined"]
    authorized: int = 0
    captured: int = 0
    card: CardDetails | None = None
    expires_at: Time | None = None
    decline_code: str | None = None
    message: str | None = None
    client_secret: str | None = None
    next_action: dict[str, Any] | None = None
    provider: str | None = None
    """With `amount`: enough for an order that does not know this payment to take it on."""
    amount: int | None = None
    """What the payment was asked for."""
    payment_method: str | None = None


class RefundFact(Command):
    """Where a refund stands at its provider. One nobody here asked for is recorded as found."""

    verb: ClassVar[str] = "refund_fact"
    payment_ref: str
    ref: str
    status: Literal["pending", "succeeded", "failed"]
    amount: int


class DisputeFact(Command):
    verb: ClassVar[str] = "dispute_fact"
    payment_ref: str
    ref: str
    status: Literal["opened", "won", "lost"]
    amount: int
    reason: str | None = None
