"""What may be asked of an order: one class per verb. `verb` is also the Temporal Update's name.

Amounts are minor units. `None` means "what is left" or "as the policy says", as each field says. A field that
was not given (not in `model_fields_set`) leaves things unchanged where the verb edits.
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from domain.base import Model, Time
from domain.by_itself import (
    AutoClose,
    DisputeFact,
    EndHold,
    EndPaymentWindow,
    ExpireReturn,
    LapseAuthorization,
    PaymentFact,
    RefundFact,
    ReturnMoney,
)
from domain.command import Command, every
from domain.edits import EditOperation
from domain.exchanges import ClaimedUnits
from domain.order import (
    Actor,
    Address,
    CancelReason,
    PlacedHoldKind,
    RefundCode,
    Tracking,
    Units,
)
from domain.replacing import MakeClaim, RequestExchange
from domain.returns import Label, ReceivedUnits, RefundMethod, ReturnUnits
from domain.steps import Several, together

__all__ = [
    "COMMANDS",
    "AddNote",
    "ApproveReturn",
    "AutoClose",
    "Cancel",
    "CancelFulfillment",
    "CancelItems",
    "Capture",
    "ClaimedUnits",
    "Close",
    "Command",
    "Confirm",
    "DeleteNote",
    "Deliver",
    "DisputeFact",
    "Edit",
    "EndHold",
    "EndPaymentWindow",
    "ExpireReturn",
    "Fulfill",
    "LapseAuthorization",
    "MakeClaim",
    "MoveTimer",
    "Pay",
    "PaymentFact",
    "Place",
    "PlaceHold",
    "ReceiveReturn",
    "ReceivedUnits",
    "RecordPayment",
    "Refund",
    "RefundFact",
    "RefundFrom",
    "RefundUnits",
    "RejectReturn",
    "ReleaseHold",
    "Reopen",
    "Request",
    "RequestExchange",
    "RequestReturn",
    "Restock",
    "ReturnMoney",
    "ReturnUnits",
    "Several",
    "Ship",
    "Unship",
    "Update",
    "UpdateFulfillment",
    "Void",
    "WithdrawReturn",
    "together",
]


class Place(Command):
    """Save a priced order (version 0). `confirm`: reserve at once, or do not place it at all.

    `payment`: the order is paid in the same command, by a Pay on what placing made.
    """

    verb: ClassVar[str] = "place"
    confirm: bool = False
    payment: "Pay | None" = None


class Confirm(Command):
    verb: ClassVar[str] = "confirm"


class Pay(Command):
    """Authorise, and capture where `capture` (None: the policy) says so. `payment_id` continues one that waits."""

    verb: ClassVar[str] = "pay"
    payment_method: str | None = None
    amount: int | None = None
    """None: all that is due and not already held."""
    capture: bool | None = None
    customer: str | None = None
    payment_id: str | None = None
    gateway: str | None = None
    provider: str = "sandbox"
    """Filled in by the door: the provider that serves the order's mode."""


Place.model_rebuild()


class RecordPayment(Command):
    """Money taken elsewhere (`gateway: manual`, `status: paid`)."""

    verb: ClassVar[str] = "record_payment"
    amount: int | None = None
    gateway: str = "manual"


class Capture(Command):
    verb: ClassVar[str] = "capture"
    payment_id: str | None = None
    amount: int | None = None
    final: bool = True
    """Release what is not captured."""


class Void(Command):
    """Release what is held: of one payment, or of all."""

    verb: ClassVar[str] = "void"
    payment_id: str | None = None


class Fulfill(Command):
    """Send units, and ship them at once unless `ship` is false. `lines` None: all unshipped units."""

    verb: ClassVar[str] = "fulfill"
    lines: tuple[Units, ...] | None = None
    tracking: Tracking = Tracking()
    location_id: str | None = None
    ship: bool = True
    notify: bool = False


class Ship(Command):
    """Ship units of a fulfilment that is sent. `lines` None: all its unshipped units."""

    verb: ClassVar[str] = "ship"
    fulfillment_id: str
    lines: tuple[Units, ...] | None = None
    tracking: Tracking = Tracking()
    notify: bool = False


class Unship(Command):
    """Take an undelivered shipment back: its units are sent but not shipped again."""

    verb: ClassVar[str] = "unship"
    shipment_id: str


class UpdateFulfillment(Command):
    """Change tracking (only the fields given) and move it to shipped or delivered. None id: the latest."""

    verb: ClassVar[str] = "update_fulfillment"
    fulfillment_id: str | None = None
    shipment_id: str | None = None
    tracking: Tracking | None = None
    status: Literal["shipped", "delivered"] | None = None
    notify: bool = False


class CancelFulfillment(Command):
    verb: ClassVar[str] = "cancel_fulfillment"
    fulfillment_id: str
    unshipped_only: bool = False
    """Refuse when it has shipments (its parcels are taken back first)."""


class Deliver(Command):
    """Shipped units arrive: of one fulfilment, or all."""

    verb: ClassVar[str] = "deliver"
    fulfillment_id: str | None = None


class Cancel(Command):
    verb: ClassVar[str] = "cancel"
    reason: CancelReason | None = None
    note: str | None = None
    restock: bool = True
    """False: the units are written off instead of released."""
    notify: bool = False


class RefundUnits(Model):
    line_id: str
    quantity: int = Field(gt=0)
    restock: bool = False


class RefundFrom(Model):
    """An amount to give back from one payment, named by its id or by one of its transactions'."""

    parent_id: str
    amount: int = Field(gt=0)


class Refund(Command):
    """Give money back. `amount` wins over lines and shipping; nothing given = all that is left."""

    verb: ClassVar[str] = "refund"
    amount: int | None = None
    lines: tuple[RefundUnits, ...] | None = None
    shipping: Literal["full"] | int | None = None
    """Shipping to give back: all that is left with its tax, or so much of it."""
    parts: tuple[RefundFrom, ...] | None = None
    reason: str | None = None
    code: RefundCode | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    manual: bool = False
    """The money was given back elsewhere: it is recorded, and no provider is asked."""
    notify: bool = False


class CancelItems(Command):
    """Unsent units are no longer sold: cancelled, what was paid too much for them goes back."""

    verb: ClassVar[str] = "cancel_items"
    lines: tuple[Units, ...]
    restock: bool = True
    """False: the units are written off instead of released."""
    reason: str | None = None


class Restock(Command):
    """Unsent units are cancelled and released first, then shipped ones go on hand as returned. No money moves."""

    verb: ClassVar[str] = "restock"
    lines: tuple[Units, ...]


class RequestReturn(Command):
    verb: ClassVar[str] = "request_return"
    lines: tuple[ReturnUnits, ...]
    refund_method: RefundMethod = "original"
    note: str | None = None
    photos: tuple[str, ...] = ()
    """Addresses of pictures, shown and never fetched."""


class ApproveReturn(Command):
    verb: ClassVar[str] = "approve_return"
    return_id: str
    ship_by: Time | None = None
    """None: as the policy says."""
    instructions: str | None = None
    label: Label | None = None


class RejectReturn(Command):
    verb: ClassVar[str] = "reject_return"
    return_id: str
    reason: str | None = None
    """Needed: the customer reads it."""


class WithdrawReturn(Command):
    """Who asked to send units back keeps them."""

    verb: ClassVar[str] = "withdraw_return"
    return_id: str


class ReceiveReturn(Command):
    """A parcel came: credits the received units at once. `lines` None: everything that is left, restocked."""

    verb: ClassVar[str] = "receive_return"
    return_id: str
    lines: tuple[ReceivedUnits, ...] | None = None
    final: bool = True
    """False: more parcels come. The last unit ends the return either way."""
    amount: int | None = None
    """Credited instead of the units' worth."""
    refund_shipping: bool = False
    fee: int | None = None
    """Kept of the units' worth; None: the policy's percentage."""


class Update(Command):
    """Change texts and addresses. Only fields given (`model_fields_set`) change."""

    verb: ClassVar[str] = "update"
    metadata: dict[str, Any] | None = None
    """Merged; a null value deletes its key."""
    replace_metadata: dict[str, Any] | None = None
    note: str | None = None
    tags: tuple[str, ...] | None = None
    email: str | None = None
    phone: str | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None


class Edit(Command):
    """Change what was sold: lines, prices, shipping, address, discounts, cancelled units. All of it, or nothing.

    Done in this order, whatever order they are given in: lines, shipping and address; then discounts; then cancelled units.
    """

    verb: ClassVar[str] = "edit"
    operations: tuple[EditOperation, ...]
    note: str | None = None


class Close(Command):
    verb: ClassVar[str] = "close"


class Reopen(Command):
    verb: ClassVar[str] = "reopen"


class PlaceHold(Command):
    """Nothing may be sent while it stands. `until`: when it ends by itself; None: when somebody ends it."""

    verb: ClassVar[str] = "hold"
    kind: PlacedHoldKind
    reason: str
    until: Time | None = None


class ReleaseHold(Command):
    """Somebody ends a hold. A dispute's ends with the dispute alone."""

    verb: ClassVar[str] = "release_hold"
    hold_id: str


class AddNote(Command):
    verb: ClassVar[str] = "add_note"
    body: str
    author: str | None = None
    notify: bool = False


class DeleteNote(Command):
    verb: ClassVar[str] = "delete_note"
    note_id: str


class MoveTimer(Command):
    """Move a window (windows.py) to another moment, or let what it does happen now. One of `at` and `fire`."""

    verb: ClassVar[str] = "move_timer"
    name: str
    at: Time | None = None
    fire: bool = False


COMMANDS: dict[str, type[Command]] = {kind.verb: kind for kind in every(Command)}
"""Verb -> class. workflows/verbs.py writes out an update for each; a test holds the two equal."""


class Request(Model):
    """The envelope of one command: who, which request, and what it was based on."""

    id: str
    """Temporal update id, and key of the request's record: a hash of owner, mode, Idempotency-Key and the claim's nonce; without
    a key, random."""
    actor: Actor
    if_match: int | None = None
    """Refuse unless the order's version is this (If-Match)."""
    remember: bool = False
    """An Idempotency-Key was given: the save keeps the order beside the record, so that the answer can be given again."""

    def nth(self, n: int) -> "Request":
        """The n-th command of one sender's message: a save remembers each by an id of its own."""
        return self.model_copy(update={"id": f"{self.id}:{n}"})
