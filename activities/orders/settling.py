"""A command on the order it was planned on, and what becomes of both once the provider has answered. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from domain import commands as c
from domain.commands import Command, Request
from domain.errors import OrderError
from domain.former import read_command
from domain.lifecycle import asked, prelude, settle
from domain.operations import Operation, Outcome
from domain.order import Order
from domain.revision import Change
from domain.stock import StockMove, stock_moves
from store.order.orders import Stored

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Planned:
    """A command on the order it was planned on. `placing`: that order is placed by the same request."""

    order: Order
    command: Command
    request: Request
    at: datetime
    operations: list[Operation]
    placing: Change | None = None


def placing(order: Order, command: c.Place, request: Request, at: datetime) -> Planned:
    """Placing, and paying in the same request where the order says how."""
    placed = settle(order, command, [], at, request.actor)
    if command.payment is None:
        return Planned(order, command, request, at, [], placed)
    operations = asked(placed.order, command.payment, at, request.actor)
    return Planned(placed.order, command.payment, request, at, operations, placed)


def settled(planned: Planned, outcomes: list[Outcome]) -> Change:
    return settle(planned.order, planned.command, outcomes, planned.at, planned.request.actor)


def asking_of(planned: Planned, ahead: Sequence[StockMove]) -> dict[str, Any]:
    """What the row keeps of a request whose money is under way. `ahead`: stock that is moved before its provider is asked."""
    return {
        "verb": planned.command.verb,
        "command": planned.command.model_dump(mode="json", exclude_unset=True),
        "request": planned.request.model_dump(mode="json"),
        "now": planned.at.isoformat(),
        "ahead": [move.model_dump(mode="json") for move in ahead],
    }


def of_asking(stored: Stored) -> Planned:
    """The reverse: the request a row is reserved for."""
    asking = stored.asking or {}
    command = read_command(asking["verb"], asking["command"])
    request = Request.model_validate(asking["request"])
    return Planned(stored.order, command, request, datetime.fromisoformat(asking["now"]).astimezone(UTC), [])


def first_release(stored: Stored) -> list[Operation]:
    """Operations begun by a release that did not store them: planned as it planned them, under its keys."""
    planned = of_asking(stored)
    order = stored.order
    todo = asked(order, planned.command, planned.at, planned.request.actor)
    return [op.model_copy(update={"key": f"{order.id}:{order.version}:{n}"}) for n, op in enumerate(todo)]


def ahead(stored: Stored) -> Sequence[StockMove]:
    """Stock that was moved before the provider was asked, of which the row does not know: as it was noted then, so that a changed
    rule neither keeps it for nobody nor takes it twice. The first releases noted nothing."""
    noted = (stored.asking or {}).get("ahead")
    if noted is not None:
        return [StockMove.model_validate(move) for move in noted]
    planned = of_asking(stored)
    before = prelude(stored.order, planned.command, planned.at, planned.request.actor)
    return stock_moves(stored.order, before) if before else ()


def fitting(planned: Planned, outcomes: list[Outcome]) -> Change:
    """The command as the provider answered it. Where a newer release would refuse it by now, what the provider did is still
    recorded, as the facts it told."""
    try:
        return settled(planned, outcomes)
    except OrderError as error:
        log.warning("settled as facts", order_id=planned.order.id, verb=planned.command.verb, reason=error.message)
        return _as_facts(planned, outcomes)


def _as_facts(planned: Planned, outcomes: list[Outcome]) -> Change:
    order, at, actor = planned.order, planned.at, planned.request.actor
    changes: list[Change] = []
    for fact in filter(None, map(_fact, outcomes)):
        try:
            changes.append(settle(order, fact, [], at, actor))
        except OrderError as error:
            log.warning("a fact says nothing new", order_id=order.id, reason=error.message)
        else:
            order = changes[-1].order
    if not changes:
        return settle(order, c.Update(), [], at, actor)
    whole = order.model_copy(update={"version": planned.order.version + 1})
    events = tuple(e.model_copy(update={"version": whole.version}) for change in changes for e in change.events)
    return Change(order=whole, events=events)


def _fact(outcome: Outcome) -> Command | None:
    operation, ref = outcome.operation, outcome.ref or outcome.operation.ref
    if outcome.status != "succeeded" or ref is None:
        return None
    if operation.kind == "refund":
        return c.RefundFact(
            payment_ref=operation.ref or "",
            ref=ref,
            status=outcome.refund_state or "succeeded",
            amount=operation.amount,
        )
    if outcome.state is None:
        return None
    return c.PaymentFact(
        ref=ref, status=outcome.state, authorized=outcome.authorized, captured=outcome.captured, card=outcome.card,
        expires_at=outcome.expires_at, provider=operation.provider, amount=operation.amount,
        payment_method=operation.payment_method,
    )  # fmt: skip
