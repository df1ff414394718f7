"""The order: what is stored, and nothing that can be computed from it.

Statuses, amounts due, windows left and allowed actions are functions of this (status.py, ledger.py,
windows.py, lifecycle.py). Amounts are minor units of `Order.currency`; times are UTC whole seconds; ids are
ULIDs (ids.py); `serial` numbers every child of an order, in one sequence, for faces that want integers.
"""

from decimal import Decimal
from typing import Any, Literal, TypeVar

from pydantic import Field, model_validator

from domain import stored
from domain.base import Model, Time
from domain.exchanges import Claim, ClaimedUnits, Exchange
from domain.holds import Dispute, Hold, HoldKind, PlacedHoldKind
from domain.lines import Line, Product, StockMode, Units
from domain.payments import (
    STORE_CREDIT,
    CardDetails,
    Credit,
    CreditKind,
    CreditLine,
    Payment,
    PaymentState,
    Refund,
    RefundCode,
    RefundLine,
    RefundPart,
    RefundStatus,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from domain.policy import Policy, ReturnPolicy, StoredTaxSource
from domain.returns import Condition, Label, RefundMethod, Return, ReturnLine, ReturnStatus

__all__ = [
    "STORE_CREDIT",
    "Actor",
    "Address",
    "CancelReason",
    "CardDetails",
    "Claim",
    "ClaimedUnits",
    "Condition",
    "Credit",
    "CreditKind",
    "CreditLine",
    "Discount",
    "Dispute",
    "Edited",
    "Exchange",
    "Fulfillment",
    "Given",
    "Hold",
    "HoldKind",
    "Label",
    "Line",
    "Note",
    "Order",
    "Origin",
    "Payment",
    "PaymentState",
    "PlacedHoldKind",
    "Product",
    "Refund",
    "RefundCode",
    "RefundLine",
    "RefundMethod",
    "RefundPart",
    "RefundStatus",
    "Return",
    "ReturnLine",
    "ReturnStatus",
    "Shipment",
    "ShippingLine",
    "Stage",
    "StockMode",
    "TaxLine",
    "Tracking",
    "Transaction",
    "TransactionKind",
    "TransactionStatus",
    "Units",
]

Stage = Literal["draft", "confirmed", "cancelled", "failed"]
"""draft: placed, stock not reserved. confirmed: reserved. cancelled, failed: ended, stock released."""

CancelReason = Literal["customer_request", "out_of_stock", "fraud", "duplicate", "other"]


class Actor(Model):
    """Who did it. `id`: key id, customer id, timer name, provider name, or the e-mail of a person at the console."""

    kind: Literal["key", "customer", "timer", "provider", "operator", "system", "person"]
    id: str
    label: str | None = None
    """A key's name, as it is now; found when events are read, never stored with them."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


class Address(Model):
    line1: str
    city: str
    country: str
    """ISO 3166-1 alpha-2."""
    line2: str | None = None
    state: str | None = None
    postal_code: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    phone: str | None = None


class ShippingLine(Model):
    id: str
    serial: int
    title: str
    price: int
    tax: int = 0
    method_id: str | None = None
    code: str | None = None
    source: str | None = None


class TaxLine(Model):
    id: str
    serial: int
    title: str
    rate: Decimal
    """Fraction, e.g. 0.09, frozen when the order was placed."""
    price: int
    taxes_shipping: bool = False


class Discount(Model):
    """A code and what it takes off; its rule is frozen with it, for edits."""

    code: str
    amount: int
    percent: Decimal | None = None
    fixed: int | None = None


class Given(Model):
    """Figures the caller gave (imports); they win over computed ones. None = computed."""

    discount: int | None = None
    tax: int | None = None


class Tracking(Model):
    number: str | None = None
    company: str | None = None
    url: str | None = None


class Shipment(Model):
    """A parcel of a fulfilment."""

    id: str
    serial: int
    items: tuple[Units, ...]
    tracking: Tracking = Tracking()
    shipped_at: Time
    delivered_at: Time | None = None


class Fulfillment(Model):
    """Units handed over together; they ship in one parcel or several."""

    id: str
    serial: int
    items: tuple[Units, ...]
    shipments: tuple[Shipment, ...] = ()
    tracking: Tracking = Tracking()
    location_id: str | None = None
    created_at: Time
    updated_at: Time
    cancelled_at: Time | None = None


class Note(Model):
    id: str
    serial: int
    body: str
    author: str | None = None
    created_at: Time


class Edited(Model):
    """An edit that was made. Totals before and after; `due` after it, and `surplus`: what went back with it."""

    id: str
    serial: int
    before: int
    after: int
    due: int
    surplus: int
    lines: tuple[str, ...] = ()
    """Lines it added."""
    note: str | None = None
    created_at: Time


class Origin(Model):
    """Where the order came from."""

    cart_token: str | None = None
    checkout_token: str | None = None
    referring_site: str | None = None
    landing_site: str | None = None
    source_name: str = "api"
    client_details: dict[str, Any] = Field(default_factory=dict)
    first_order: bool = False
    """No earlier order of this customer was known when it was placed."""


class Order(Model):
    """One order, whole. `version` counts saved commands; 0 is an order not yet placed."""

    id: str
    number: int
    livemode: bool
    version: int = 0
    stage: Stage = "draft"
    currency: str
    email: str | None = None
    phone: str | None = None
    customer_id: str | None = None
    lines: tuple[Line, ...]
    shipping_lines: tuple[ShippingLine, ...] = ()
    tax_lines: tuple[TaxLine, ...] = ()
    discounts: tuple[Discount, ...] = ()
    given: Given = Given()
    subtotal: int
    """Lines before discount."""
    discount_total: int = 0
    shipping_total: int = 0
    tax_total: int = 0
    total: int
    shipping_address: Address | None = None
    billing_address: Address | None = None
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    credits: tuple[Credit, ...] = ()
    surplus_waits: int = 0
    """How much of the surplus waits for a person: a restock's, or what a provider refused to give back."""
    fulfillments: tuple[Fulfillment, ...] = ()
    returns: tuple[Return, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    claims: tuple[Claim, ...] = ()
    notes: tuple[Note, ...] = ()
    holds: tuple[Hold, ...] = ()
    edits: tuple[Edited, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    note: str | None = None
    """The order's one text; staff's own are `notes`."""
    metadata: dict[str, Any] = Field(default_factory=dict)
    tags: tuple[str, ...] = ()
    origin: Origin = Origin()
    tax_source: StoredTaxSource = "rates"
    policy: Policy = Policy()
    return_policy: ReturnPolicy = ReturnPolicy()
    declines: int = 0
    receipt_sent: bool = False
    created_at: Time
    updated_at: Time
    confirmed_at: Time | None = None
    cancelled_at: Time | None = None
    closed_at: Time | None = None
    cancel_reason: CancelReason | None = None
    cancel_note: str | None = None
    payment_window_ends_at: Time | None = None
    payment_window_over: bool = False
    """Paid for or sent once: no later edit cancels it automatically."""
    cancel_window_ends_at: Time | None = None
    """Where somebody moved it; None: as the policy says, from placement."""
    return_window_ends_at: Time | None = None
    stays_open: bool = False
    """Reopened by hand: the timer does not close it again."""
    next_serial: int = 1
    next_sequence: int = 1
    latest: dict[str, int] = Field(default_factory=dict)
    """Event type -> sequence of its latest event: refusals name the winner."""

    @model_validator(mode="before")
    @classmethod
    def _of_old_shape(cls, value: Any) -> Any:
        """Rows written before credits were kept (stored.py)."""
        return stored.read(value) if isinstance(value, dict) else value

    def line(self, line_id: str) -> Line:
        """KeyError when there is none."""
        return _by_id(self.lines, line_id)

    def payment(self, payment_id: str) -> Payment:
        return _by_id(self.payments, payment_id)

    def fulfillment(self, fulfillment_id: str) -> Fulfillment:
        return _by_id(self.fulfillments, fulfillment_id)

    def refund(self, refund_id: str) -> Refund:
        return _by_id(self.refunds, refund_id)

    def return_(self, return_id: str) -> Return:
        return _by_id(self.returns, return_id)

    def exchange(self, exchange_id: str) -> Exchange:
        return _by_id(self.exchanges, exchange_id)

    def claim(self, claim_id: str) -> Claim:
        return _by_id(self.claims, claim_id)

    def edit(self, edit_id: str) -> Edited:
        return _by_id(self.edits, edit_id)


_T = TypeVar("_T", Line, Payment, Fulfillment, Refund, Return, Edited, Exchange, Claim)


def _by_id(items: tuple[_T, ...], wanted: str) -> _T:
    return {item.id: item for item in items}[wanted]
