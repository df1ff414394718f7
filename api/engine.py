"""The only door to the workflows: place an order, execute a command on one, and say how it settled.

A face translates its words into a domain command and calls this; nothing else in api/ knows Temporal.
"""

from dataclasses import dataclass
from typing import Protocol

from domain.commands import Command, Request
from domain.order import Order


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


class Engine(Protocol):
    """Both raise OrderError (refused, nothing changed) and Unsettled."""

    async def place(self, order: Order, *, confirm: bool, request: Request) -> Settled:
        """Start the workflow of a priced order (version 0) and wait for its first save (version 1)."""

    async def execute(self, order: Order, command: Command, request: Request) -> Settled:
        """Send one command. `order` is the row just read: it wakes the workflow when that has completed."""

    async def explain(self, order: Order) -> dict[str, object]:
        """Live diagnostics from the workflow: state, allowed actions, what it waits for. Never on a GET of an order."""
