"""What a command asks of a payment provider, and what came of it.

A command's `plan` lists operations; the money activity performs them; the command's `apply` takes the
outcomes. The key of an operation is `order:version:n`: version is the order's before the command, so an
ambiguous failure keeps its key and a definite refusal (which is saved, and so moves the version) gets a new one.
"""

from typing import Any, Literal

from domain.base import Model, Time
from domain.order import CardDetails, Order, RefundCode


class Operation(Model):
    """One call to one provider. `amount` is minor units of the order's currency."""

    kind: Literal["authorize", "capture", "void", "refund", "sync"]
    """authorize: hold, and take when `capture`. sync: only look where a waiting payment stands."""
    key: str
    payment_id: str
    provider: str
    ref: str | None = None
    amount: int = 0
    capture: bool = False
    final: bool = True
    captured_before: int = 0
    payment_method: str | None = None
    customer: str | None = None
    code: RefundCode | None = None


class Outcome(Model):
    """What the provider answered. `refused` is definite, like `declined`, but not the customer's doing."""

    key: str
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


def operation_key(order: Order, n: int) -> str:
    return f"{order.id}:{order.version}:{n}"
