"""What a verb may change on an order and its children, by name and type, so that a typo is a type error.

`model_copy(update=…)` checks neither names nor types. These say both once per model; a test holds them to the models.
"""

from typing import Any, TypedDict

from domain.base import Time
from domain.exchanges import ExchangeStatus, Share
from domain.order import (
    Address,
    CancelReason,
    CardDetails,
    Claim,
    Credit,
    Dispute,
    Edited,
    Exchange,
    Fulfillment,
    Hold,
    Label,
    Line,
    Note,
    Payment,
    PaymentState,
    Refund,
    RefundPart,
    RefundStatus,
    Return,
    ReturnLine,
    ReturnStatus,
    Shipment,
    Stage,
    Tracking,
    Transaction,
    TransactionKind,
    TransactionStatus,
)


class OrderFields(TypedDict, total=False):
    version: int
    stage: Stage
    email: str | None
    phone: str | None
    lines: tuple[Line, ...]
    shipping_address: Address | None
    billing_address: Address | None
    payments: tuple[Payment, ...]
    refunds: tuple[Refund, ...]
    credits: tuple[Credit, ...]
    surplus_waits: int
    fulfillments: tuple[Fulfillment, ...]
    returns: tuple[Return, ...]
    exchanges: tuple[Exchange, ...]
    claims: tuple[Claim, ...]
    notes: tuple[Note, ...]
    holds: tuple[Hold, ...]
    edits: tuple[Edited, ...]
    disputes: tuple[Dispute, ...]
    note: str | None
    metadata: dict[str, Any]
    tags: tuple[str, ...]
    declines: int
    updated_at: Time
    confirmed_at: Time | None
    cancelled_at: Time | None
    closed_at: Time | None
    cancel_reason: CancelReason | None
    cancel_note: str | None
    payment_window_ends_at: Time | None
    payment_window_over: bool
    cancel_window_ends_at: Time | None
    return_window_ends_at: Time | None
    stays_open: bool
    next_serial: int
    next_sequence: int
    latest: dict[str, int]


class LineCounts(TypedDict, total=False):
    """A line's counters, as differences in units."""

    cancelled: int
    lost: int
    sent: int
    shipped: int
    delivered: int
    returned: int
    recalled: int
    restocked: int


class PaymentFields(TypedDict, total=False):
    ref: str | None
    authorized: int
    captured: int
    refunded: int
    released: int
    state: PaymentState
    method_type: str
    card: CardDetails | None
    multicapture: bool
    decline_code: str | None
    message: str | None
    client_secret: str | None
    next_action: dict[str, Any] | None
    authorized_at: Time | None
    captured_at: Time | None
    expires_at: Time | None
    lapses_at: Time | None
    transactions: tuple[Transaction, ...]


class TransactionFields(TypedDict, total=False):
    """A movement, all but what the revision gives it."""

    kind: TransactionKind
    status: TransactionStatus
    amount: int
    ref: str | None
    refund_id: str | None
    parent_id: str | None


class FulfillmentFields(TypedDict, total=False):
    shipments: tuple[Shipment, ...]
    tracking: Tracking
    cancelled_at: Time | None


class ReturnFields(TypedDict, total=False):
    status: ReturnStatus
    items: tuple[ReturnLine, ...]
    refund_ids: tuple[str, ...]
    refund_id: str | None
    refund_amount: int
    fee: int
    reject_reason: str | None
    instructions: str | None
    label: Label | None
    ship_by: Time | None
    exchange_id: str | None


class ExchangeFields(TypedDict, total=False):
    status: ExchangeStatus
    owed: bool
    given_tax: int
    shares: tuple[Share, ...]


class ClaimFields(TypedDict, total=False):
    line_ids: tuple[str, ...]
    refund_id: str | None


class RefundFields(TypedDict, total=False):
    status: RefundStatus
    parts: tuple[RefundPart, ...]
