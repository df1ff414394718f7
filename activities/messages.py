"""What crosses Temporal between a workflow and an order's activities: tasks and results.

All of it but local activities' input lands in histories, so it is small: references, not orders.
"""

from typing import Any, Literal

from domain.base import Model, Time
from domain.commands import Command, Request
from domain.events import Event
from domain.order import Order
from domain.stock import StockMove


class SaveTask(Model):
    """Local activity: write this change. `planned_on`: the version the change was made from; 0 for a new order."""

    planned_on: int
    order: Order
    events: tuple[Event, ...]
    moves: tuple[StockMove, ...]
    request: Request
    subject: str | None = None
    mails: tuple[str, ...] = ()


class ShortLine(Model):
    """A line the stock does not cover; units."""

    line_id: str
    variant_id: str
    wanted: int
    available: int


class SaveResult(Model):
    """applied: nothing more to say. seen, stale: `order` is the stored one. short: nothing changed."""

    outcome: Literal["applied", "seen", "stale", "short"]
    version: int | None = None
    subject: str | None = None
    order: Order | None = None
    short: tuple[ShortLine, ...] = ()


class MoneyTask(Model):
    """Regular activity: perform a command that asks a provider, and save it. A reference, not the order."""

    order_id: str
    version: int
    """The order's version the command was planned on."""
    verb: str
    command: dict[str, Any]
    request: Request
    now: Time


class MoneyResult(Model):
    """As SaveResult, plus what the providers answered (applied) or why it was refused."""

    outcome: Literal["applied", "seen", "stale", "short", "refused"]
    outcomes: tuple[dict[str, Any], ...] = ()
    """One per operation, in the order they were asked, without the operation: who reads it has planned it too."""
    version: int | None = None
    subject: str | None = None
    order: Order | None = None
    short: tuple[ShortLine, ...] = ()
    error: dict[str, Any] | None = None


def dump(command: Command) -> dict[str, Any]:
    """The command as JSON, fields nobody set left out."""
    return command.model_dump(mode="json", exclude_unset=True)


class EventRef(Model):
    """A parked provider event; `note` says why nobody took it."""

    provider: str
    id: str
    note: str | None = None


class Told(Model):
    """A command for an order's workflow, as JSON."""

    verb: str
    command: dict[str, Any]


class Fact(Model):
    """What a provider event means. facts: send them to the order. unknown: no order can take it yet, ask again."""

    outcome: Literal["facts", "unknown", "nothing"]
    order_id: str | None = None
    facts: tuple[Told, ...] = ()
    note: str | None = None


class Lagging(Model):
    """A workflow behind its row, or an open order without a workflow; `task`: money it left half done."""

    order_id: str
    version: int
    task: MoneyTask | None = None


class SweepResult(Model):
    lagging: tuple[Lagging, ...] = ()
    events: tuple[EventRef, ...] = ()
    """Parked provider events that no workflow delivers."""
    mails: tuple[int, ...] = ()
    """Mails that wait in the outbox."""


class Period(Model):
    """[since, until) for reconciliation; `livemode` says whose provider."""

    provider: str
    livemode: bool
    since: Time
    until: Time


class Difference(Model):
    """One payment on which the ledgers differ; amounts are minor units. `repair` brings ours to theirs.

    `left`: repaired or not, something remains for a person.
    """

    ref: str
    order_id: str | None = None
    ours: dict[str, int] = {}
    theirs: dict[str, int] = {}
    repair: tuple[Told, ...] = ()
    left: bool = True
    what: str


class Reconciliation(Model):
    compared: int
    differences: tuple[Difference, ...] = ()
