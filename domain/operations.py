"""What a command asks of a payment provider, and what came of it.

A command's `plan` lists operations; the money activity performs them; the command's `apply` takes the
outcomes. Each outcome carries the operation it answers, so that `apply` reads what was asked instead of
planning again: what a provider did is recorded as it was asked, whatever a newer version would have asked.
"""

from typing import Any, Literal

from domain.base import Model, Time
from domain.order import CardDetails, RefundCode


class Operation(Model):
    """One call to one provider. `amount` is minor units of the order's currency."""

    kind: Literal["authorize", "capture", "void", "refund", "sync"]
    """authorize: hold, and take when `capture`. sync: only look where a waiting payment stands."""
    payment_id: str
    provider: str
    key: str = ""
    """The provider's idempotency key; set by who asks the provider, from the request."""
    ref: str | None = None
    amount: int = 0
    capture: bool = False
    final: bool = True
    captured_before: int = 0
    payment_method: str | None = None
    customer: str | None = None
    code: RefundCode | None = None
    step: int | None = None
    """Which step of several asks it: its answer belongs to that one, also when a newer release settles it."""


class Outcome(Model):
    """What the provider answered. `refused` is definite, like `declined`, but not the customer's doing."""

    operation: Operation
    """What was asked."""
    status: Literal["succeeded", "declined", "refused"]
    state: Literal["requires_action", "processing", "authorized", "captured", "canceled"] | None = None
    """The payment's state after the call; None for refunds."""
    refund_state: Literal["pending", "succeeded", "failed"] | None = None
    ref: str | None = None
    """Of the payment, or of the refund."""
    authorized: int = 0
    captured: int = 0
    method_type: str = "card"
    card: CardDetails | None = None
    multicapture: bool = False
    expires_at: Time | None = None
    client_secret: str | None = None
    next_action: dict[str, Any] | None = None
    code: str | None = None
    message: str | None = None
