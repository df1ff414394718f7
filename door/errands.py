"""An errand is one judged command on its way through the door; here is how it travels, how it ends, and what a door must do."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from domain.commands import Command, Place, Request
from domain.order import Order
from domain.rehearsal import Rehearsal
from workflows.messages import Asks, Sent, Standing

if TYPE_CHECKING:
    from door.post import Post


@dataclass(frozen=True)
class Errand:
    """One command, judged and ready to be sent. It travels inline (`command`), or by reference when that is None."""

    order_id: str
    verb: str
    request: Request
    command: dict[str, Any] | None = None
    asks: Asks | None = None
    order: Order | None = None
    """The order as the caller saw it."""
    opening: "Opening | None" = None
    """For a new order."""
    content: str = ""
    """What is kept with the claim of a keyed request (activities/orders/contents.py)."""

    def sent(self) -> Sent:
        fields: dict[str, Any] = {"request": self.request.model_dump(mode="json", exclude_unset=True)}
        if self.command is not None:
            fields["command"] = self.command
        if self.asks is not None:
            fields["asks"] = self.asks
        return Sent.model_validate(fields)


@dataclass(frozen=True)
class Opening:
    """How a new order's workflow shows itself from its first moment."""

    standing: Standing
    summary: str
    details: str


@dataclass(frozen=True)
class Settled:
    """A command's answer. `subject`: id of what it made (refund, fulfilment, return, payment, note, line)."""

    order: Order
    """As saved by this command (or later, when others saved meanwhile)."""
    subject: str | None = None
    pending: bool = False
    """Accepted and durable, but not saved within the time allowed: `order` is as it is now (202)."""


class Unsettled(Exception):
    """No answer within the time allowed. `accepted` False: surely nothing happened (503); None: unknown (504)."""

    def __init__(self, message: str, *, accepted: bool | None, retry_after_seconds: int = 5) -> None:
        super().__init__(message)
        self.accepted = accepted
        self.retry_after_seconds = retry_after_seconds


@dataclass
class Progress:
    """How far one errand came before the time was up."""

    accepted: bool = field(default=False)


class Door(Protocol):
    """`prepare` and `send` raise OrderError (refused, nothing changed) and Unsettled."""

    async def prepare(self, order: Order, command: Command, request: Request) -> Errand:
        """Judge a command on the row just read. OrderError: refused, and nothing was sent."""

    async def open(self, order: Order, place: Place, request: Request) -> Errand:
        """The same for a priced order (version 0) that is to be placed."""

    async def rehearse(self, order: Order, command: Command, request: Request) -> Rehearsal:
        """What the command would do, or (OrderError) the refusal it would get. Nothing is sent, asked or kept."""

    async def send(self, errand: Errand) -> Settled:
        """Send it, wait, read the row."""

    async def resume(self, order_id: str, verb: str, request: Request) -> Settled:
        """Send a command again that may have been sent before: by reference, unjudged."""

    async def receive(self, provider: str, event_id: str) -> None:
        """Start the workflow of an inbound provider event that is kept; when Temporal is away the sweep does it later."""

    async def reachable(self) -> bool:
        """Whether Temporal answers."""

    @property
    def post(self) -> "Post":
        """Sending mails now, and how that fares."""

    async def skip(self, order: Order, to: datetime) -> None:
        """Let this order's clock run ahead to a moment: development server only. Returns when its workflow has seen it."""
