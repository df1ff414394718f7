"""several: other commands in one, each by its own row of the lifecycle's table on what those before it left, all or nothing.

The first that is refused refuses all. One of them at most asks a payment provider: between two that ask, the money of the
first would have moved when the second is refused. Where money was to come and did not (a hold that is gone, a decline, a
payment that waits), the step that asked records that on the order as it was, and nothing else is done.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from domain.agreeing import agreed
from domain.commands import Command, Several
from domain.errors import InvalidInput, OrderError
from domain.operations import Operation, Outcome
from domain.order import Actor, Order
from domain.revision import Revision


class Row(Protocol):
    """What the table says of a verb."""

    @property
    def plan(self) -> Callable[[Order, Any, datetime, Actor], list[Operation]] | None: ...
    @property
    def apply(self) -> Callable[[Revision, Any, list[Outcome]], None]: ...


Table = Mapping[str, Row]


def plan_several(order: Order, command: Several, now: datetime, actor: Actor, table: Table) -> list[Operation]:
    """What the one step that asks, asks. Every step is tried here, so that none is refused after money has moved."""
    if not command.steps:
        raise InvalidInput("nothing to change", field="steps")
    asked: list[Operation] = []
    rev = Revision(order, now, actor)
    for n, step in enumerate(command.steps):
        operations = _asked(rev.order, step, now, actor, table)
        if operations and asked:
            raise InvalidInput("only one of the steps may ask a payment provider", field=f"steps[{n}]")
        if operations:
            _stands_alone(order, n, command, operations, now, actor, table)
            asked = [operation.model_copy(update={"step": n}) for operation in operations]
        _do(rev, step, [agreed(order, operation) for operation in operations], table)
    return asked


def _asked(order: Order, step: Command, now: datetime, actor: Actor, table: Table) -> list[Operation]:
    plan = table[step.verb].plan
    return [] if plan is None else plan(order, step, now, actor)


def _stands_alone(
    order: Order, n: int, command: Several, operations: list[Operation], now: datetime, actor: Actor, table: Table
) -> None:
    """A payment that fails is recorded on the order as it was: one that rests on the steps before it could not be."""
    failed = [Outcome(operation=operation, status="refused") for operation in operations]
    if not _money_stayed_away(failed):
        return
    step = command.steps[n]
    try:
        table[step.verb].apply(Revision(order, now, actor), step, failed)
    except (OrderError, KeyError):
        raise InvalidInput("this step asks for money, and rests on those before it", field=f"steps[{n}]") from None


def apply_several(rev: Revision, command: Several, outcomes: list[Outcome], table: Table) -> None:
    asking = _asking(command, outcomes, table)
    for n, step in enumerate(command.steps):
        answers = outcomes if n == asking else []
        if n == asking or not _money_stayed_away(outcomes):
            _do(rev, step, answers, table)


def _do(rev: Revision, step: Command, answers: list[Outcome], table: Table) -> None:
    """Verbs that look at what they changed (more is due, more was sent) compare with the order before their own step."""
    before, rev.before = rev.before, rev.order
    try:
        table[step.verb].apply(rev, step, answers)
    finally:
        rev.before = before


def _money_stayed_away(outcomes: list[Outcome]) -> bool:
    """Money was to come in, and some of it did not, or waits. What was to go back is no reason to stop: it shows as failed."""
    return any(o.operation.kind in ("authorize", "capture", "sync") and not _came(o) for o in outcomes)


def _came(outcome: Outcome) -> bool:
    if outcome.status != "succeeded" or outcome.state == "canceled":
        return False
    return outcome.operation.kind == "capture" or outcome.state not in ("requires_action", "processing")


def _asking(command: Several, outcomes: list[Outcome], table: Table) -> int | None:
    """The step these answers belong to. Operations of a release that did not say are of the only step whose verb can ask."""
    if not outcomes:
        return None
    said = outcomes[0].operation.step
    can = [n for n, step in enumerate(command.steps) if table[step.verb].plan is not None]
    if said is None and not can:
        raise InvalidInput("no step asks a payment provider", field="steps")
    return can[0] if said is None else said


def before_asking(
    order: Order, command: Several, now: datetime, actor: Actor, table: Table
) -> tuple[Order, Command | None]:
    """The order when the step that asks comes to its turn, and that step."""
    rev = Revision(order, now, actor)
    for step in command.steps:
        if _asked(rev.order, step, now, actor, table):
            return rev.order, step
        _do(rev, step, [], table)
    return rev.order, None
