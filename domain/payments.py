"""The money of an order as it is stored: payments and their movements, refunds, and what is no longer owed.

Amounts are minor units of the order's currency. What they come to is computed in ledger.py.
"""

from typing import Any, Final, Literal

from pydantic import Field

from domain.base import Model, Time
from domain.lines import Units

RefundCode = Literal["requested_by_customer", "duplicate", "fraudulent"]
RefundStatus = Literal["pending", "succeeded", "failed"]
PaymentState = Literal["requires_action", "processing", "authorized", "captured", "failed", "voided"]
TransactionKind = Literal["sale", "authorization", "capture", "void", "refund"]
TransactionStatus = Literal["pending", "success", "failure"]


STORE_CREDIT: Final = "store_credit"
"""The payment method, and the provider of the payments made with it."""


class CardDetails(Model):
    brand: str
    last4: str
    cvc_check: str | None = None
    postal_code_check: str | None = None


class Transaction(Model):
    """One movement of one payment."""

    id: str
    serial: int
    kind: TransactionKind
    status: TransactionStatus
    amount: int
    created_at: Time
    ref: str | None = None
    refund_id: str | None = None
    parent_id: str | None = None


class Payment(Model):
    """One payment object at one provider. 0 ≤ refunded ≤ captured ≤ authorized, always."""

    id: str
    serial: int
    provider: str
    """sandbox, stripe, store_credit, or manual (money taken elsewhere)."""
    ref: str | None = None
    """The provider's id (pi_…)."""
    gateway: str | None = None
    """What the caller called the provider, echoed."""
    amount: int
    """Asked for."""
    authorized: int = 0
    """Ever held or charged."""
    captured: int = 0
    refunded: int = 0
    """Refunds pending or succeeded."""
    released: int = 0
    """Held and given up again: voided, lapsed, or left over by a final capture."""
    state: PaymentState
    method_type: str = "card"
    payment_method: str | None = None
    card: CardDetails | None = None
    multicapture: bool = False
    decline_code: str | None = None
    message: str | None = None
    client_secret: str | None = None
    next_action: dict[str, Any] | None = None
    created_at: Time
    authorized_at: Time | None = None
    captured_at: Time | None = None
    expires_at: Time | None = None
    """When the hold lapses."""
    lapses_at: Time | None = None
    """When it is seen to, where somebody moved that; None: some time ahead of its expiry."""
    transactions: tuple[Transaction, ...] = ()

    @property
    def capturable(self) -> int:
        """Held, neither captured nor released."""
        return self.authorized - self.captured - self.released


class RefundPart(Model):
    """What of a refund goes against one payment."""

    payment_id: str
    amount: int
    ref: str | None = None
    status: RefundStatus = "pending"
    by_hand: bool = False
    """Given back elsewhere: its payment's provider was not asked and knows nothing of it."""


class RefundLine(Model):
    line_id: str
    quantity: int
    restock: bool = False
    subtotal: int = 0
    """Price − discount of these units."""
    tax: int = 0


class Refund(Model):
    """Money that moved, or was to move. What the customer owes no longer is a Credit's affair."""

    id: str
    serial: int
    amount: int
    status: RefundStatus
    origin: Literal["refund", "cancel", "return", "surplus", "expired", "failed"]
    """surplus: the difference after an edit or a unit cancellation; expired/failed: the engine gave money back by itself."""
    reason: str | None = None
    code: RefundCode | None = None
    lines: tuple[RefundLine, ...] = ()
    shipping: int = 0
    shipping_tax: int = 0
    parts: tuple[RefundPart, ...] = ()
    store_credit: int = 0
    """Of `amount`, what went to the customer's store credit: against no payment, and at once."""
    metadata: dict[str, Any] = Field(default_factory=dict)
    created_at: Time
    updated_at: Time


class CreditLine(Model):
    """Units of a line that are no longer owed; each unit is credited at most once."""

    line_id: str
    quantity: int
    subtotal: int = 0
    """Price − discount of these units."""
    tax: int = 0
    originals: tuple[Units, ...] = ()
    """Of a claim's line: the replaced units these were credited for."""


CreditKind = Literal["cancelled", "returned", "allowance"]
"""cancelled: units that will never be sent. returned: units that came back. allowance: money off without goods."""


class Credit(Model):
    """A part of the order that is no longer owed, and why (contract section 5)."""

    kind: CreditKind
    amount: int
    """What is no longer owed; a given amount may be another than the worth of the units and shipping named."""
    lines: tuple[CreditLine, ...] = ()
    shipping: int = 0
    shipping_tax: int = 0
    cause: Literal["items", "refund", "return", "restock", "dispute", "ended", "edit", "exchange"]
    """ended: the order was cancelled or failed; reopening it takes these back. exchange: units that are still to come back."""
    refund_id: str | None = None
    """The refund it was made with, if any."""
    exchange_id: str | None = None
    """The exchange whose units are credited before they come; of it counts what ledger.py says."""
    created_at: Time
