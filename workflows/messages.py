"""What crosses Temporal between the door, an order's workflow and its activities, and the activities' names.

Nothing here knows the domain: a changed rule, price or field of an order changes no message, so a workflow that has waited
for months replays under any later release. All of it lands in histories, so it is small; what is private in a command stays
with its claim in the database, and only the request's id comes here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

# Activity types, as an operator reads them in a history.
RESERVE_AND_SAVE: Final = "reserve and save"
AUTHORIZE: Final = "authorize payment"
CAPTURE: Final = "capture payment"
VOID: Final = "void payment"
REFUND: Final = "refund payment"
LOOK_UP: Final = "look up payment"
FINISH: Final = "finish what was left half done"
READ_ORDER: Final = "read the order"
SEND_NOTIFICATION: Final = "send notification"
SWEEP: Final = "sweep"
READ_EVENT: Final = "read provider event"
TELL_ORDER: Final = "tell the order"
EVENT_DELIVERED: Final = "provider event delivered"
RECONCILE: Final = "reconcile"
DRAIN_WEBHOOKS: Final = "drain_webhooks"

FACTS: Final = ("payment_fact", "refund_fact", "dispute_fact", "deliver")
"""Verbs that come as signals too, because their senders cannot wait. A carrier's signal is called `delivered`, and means
`deliver`."""
NUDGE: Final = "nudge"
"""Signal: the row may know more than the workflow; read it."""
COMMAND: Final = "command"
"""Signal: a command that left no trace, again, by reference."""


def workflow_id(order_id: str) -> str:
    """The workflow of an order."""
    return f"order-{order_id}"


class Message(BaseModel):
    """Frozen; fields of older or newer releases are dropped; values never appear in error texts."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Sender(Message):
    """Who asks (domain.order.Actor)."""

    kind: str
    id: str


class Envelope(Message):
    """Which request it is, whose, and on which version it was based (domain.commands.Request)."""

    id: str
    actor: Sender
    if_match: int | None = None
    remember: bool = False


class Asks(Message):
    """A command asks a provider: the activity that does it, and how much, in words."""

    activity: str
    summary: str


class Sent(Message):
    """An update's or signal's argument. `command` None: it is with the request's claim. `asks`: what the sender expects
    of the command; when that is wrong the workflow finds out."""

    request: Envelope
    command: dict[str, Any] | None = None
    asks: Asks | None = None


class Deadline(Message):
    """When something happens by itself next."""

    name: str
    at: datetime


class Window(Message):
    """A deadline that has come, of the version it was read at: the activity does nothing when either has changed."""

    name: str
    at: datetime
    version: int


class Standing(Message):
    """Where an order stands, as a workflow keeps and shows it. Made by activities/orders/standing.py; at most 500 bytes."""

    version: int
    number: int
    live: bool = False
    status: str
    """Document 001's machine, and `closed`."""
    payment: str
    fulfillment: str
    customer: str | None = None
    total: int
    """Minor units, for the search attribute."""
    money: tuple[str, str, str, str]
    """Total with its currency, captured, refunded, due: with the currency's own digits."""
    waits_on: str
    """One word."""
    waits: tuple[str, ...] = ()
    """The same in words, the most pressing ones."""
    updated_at: datetime
    deadline: Deadline | None = None
    asking: bool = False
    """Money of some request is under way."""
    over: bool = False
    """Nothing happens by itself any more: the workflow completes."""


class Task(Message):
    """An activity's input: do this command, once. `window`: do what the deadline means. `local`: ask no provider."""

    order_id: str
    verb: str
    request: Envelope
    command: dict[str, Any] | None = None
    now: datetime
    window: Window | None = None
    local: bool = False


class Result(Message):
    """What became of a command, from the save to its caller.

    done     saved, now or before: `subject` is its own, and `version` where that is not the standing's
    refused  `error` is the refusal (OrderError.to_dict())
    asks     nothing was done: a provider has to be asked, which a local activity must not do
    stale    nothing was done: the window's deadline, or the order's version, is another by now
    absent   there is no such order
    """

    outcome: Literal["done", "refused", "asks", "stale", "absent"]
    version: int | None = None
    subject: str | None = None
    standing: Standing | None = None
    error: dict[str, Any] | None = None
    asks: Asks | None = None

    def receipt(self) -> "Result":
        """The same for the caller, who reads the row for the rest."""
        version = self.standing.version if self.version is None and self.standing else self.version
        if self.subject is None:
            return Result(outcome=self.outcome, version=version)
        return Result(outcome=self.outcome, version=version, subject=self.subject)


def read_sent(values: Sequence[Any], fallback_id: str) -> Sent:
    """An update's or signal's arguments, in each of their shapes. ValueError for what is none.

    {"request": …, "command"?: …}   ours
    command, request                of the first releases, applied again by a reset
    command, or nothing             typed by an operator; `fallback_id` becomes its request
    """
    first = values[0] if values else {}
    first = {} if first is None else first
    if not isinstance(first, dict):
        raise ValueError("the argument is a JSON object")  # noqa: TRY004 - one kind of error for all that cannot be read
    try:
        if len(values) == 2:
            return Sent(request=Envelope.model_validate(values[1]), command=first)
        if len(values) > 2:
            raise ValueError("one argument is enough")
        if "request" in first:
            return Sent.model_validate(first)
    except ValidationError as error:
        raise ValueError("the request cannot be read: " + str(error.errors(include_input=False)[0]["loc"])) from None
    return Sent(request=Envelope(id=fallback_id, actor=Sender(kind="operator", id="temporal")), command=first)


class EventRef(Message):
    """A parked provider event; `note` says why nobody took it."""

    provider: str
    id: str
    note: str | None = None


class Told(Message):
    """A fact for an order, as JSON."""

    verb: str
    command: dict[str, Any]


class Fact(Message):
    """What a provider event means. facts: tell the order. unknown: no order can take it yet, ask again."""

    outcome: Literal["facts", "unknown", "nothing"]
    order_id: str | None = None
    facts: tuple[Told, ...] = ()
    note: str | None = None


class Telling(Message):
    """Facts for one order: the n-th goes under the request id `request.id:n`."""

    order_id: str
    facts: tuple[Told, ...]
    request: Envelope


class Swept(Message):
    """What a sweep found and pushed on."""

    orders: int = 0
    commands: int = 0
    operations: int = 0
    events: tuple[EventRef, ...] = ()
    """Parked provider events that no workflow delivers."""
    mails: tuple[str, ...] = ()
    """Mails that wait in the outbox: workflow ids."""


class Period(Message):
    """[since, until) for reconciliation; `livemode` says whose provider."""

    provider: str
    livemode: bool
    since: datetime
    until: datetime


class Difference(Message):
    """One payment on which the ledgers differ; amounts are minor units. `repair` brings ours to theirs.

    `left`: repaired or not, something remains for a person.
    """

    ref: str
    order_id: str | None = None
    ours: dict[str, int] = {}
    theirs: dict[str, int] = {}
    repair: tuple[Told, ...] = ()
    left: bool = True
    claims: tuple[str, ...] = ()
    """Of the Idempotency-Keys by which it was asked for, as the provider's object names them."""
    what: str


class Reconciliation(Message):
    compared: int
    differences: tuple[Difference, ...] = ()
