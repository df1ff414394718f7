"""request_exchange, and what an exchange does when its return is decided about, comes, or does not come.

    on_receipt     the last parcel makes the new lines owed, and credits the units that came
    on_approval    the approval makes the new lines owed, and credits the units in advance, at most what the new lines cost;
                   the last parcel puts what came in the place of that credit

Charges come before credits. Rejected, withdrawn or expired before one of the new units is sent, the new lines are taken off
again; afterwards the advance is taken back, and the exchange is overdue. What any of this makes due is asked of the payment
method the exchange names; what it makes surplus goes back, both in the same command.
"""

from datetime import datetime
from typing import Final

from domain import ledger
from domain.commands import (
    ApproveReturn,
    ExpireReturn,
    ReceiveReturn,
    RejectReturn,
    RequestExchange,
    WithdrawReturn,
)
from domain.errors import AlreadyFulfilled, InvalidInput
from domain.exchanges import Exchange
from domain.operations import Operation, Outcome
from domain.order import STORE_CREDIT, Actor, Credit, Line, Order, Return
from domain.revision import Revision
from domain.verbs import returning
from domain.verbs.charging import replaced, shares, sold, unsold
from domain.verbs.exchange_money import plan_change, settle_change
from domain.verbs.guards import refuse
from domain.verbs.parcels import credit_of
from domain.verbs.taking_back import Taken, take

REASON: Final = "the exchange changed what is owed"
Step = ApproveReturn | RejectReturn | WithdrawReturn | ExpireReturn

# Requesting


def plan_request_exchange(order: Order, command: RequestExchange, now: datetime, actor: Actor) -> list[Operation]:
    rev = Revision(order, now, actor)
    made = request(rev, command)
    return plan_change(rev, rev.order.exchange(made))


def apply_request_exchange(rev: Revision, command: RequestExchange, outcomes: list[Outcome]) -> None:
    made = request(rev, command)
    settle_change(rev, outcomes, rev.order.exchange(made), origin="surplus", reason=REASON)
    rev.subject = made


def request(rev: Revision, command: RequestExchange) -> str:
    """Everything but money; the exchange's id. Its new lines are reserved by being in it (stock.py)."""
    if not command.new_lines:
        raise InvalidInput("name at least one new line", field="new_lines")
    if command.payment_method == STORE_CREDIT and rev.order.customer_id is None:
        raise InvalidInput("store credit belongs to a customer, and this order has none", field="payment_method")
    before = rev.order
    return_id = returning.request(rev, command.lines)
    reopen(rev)
    child, serial = rev.new("exchange")
    rev.return_(return_id, exchange_id=child)
    lines = tuple(_numbered(rev, line, exchange_id=child) for line in command.new_lines)
    difference = _difference(before, rev.order.return_(return_id), lines)
    made = Exchange(
        id=child,
        serial=serial,
        status="requested",
        return_id=return_id,
        new_lines=lines,
        ship=command.ship,
        difference=difference,
        payment_method=command.payment_method,
        provider=command.provider,
        customer=command.customer,
        created_at=rev.now,
        updated_at=rev.now,
    )
    rev.change(exchanges=(*rev.order.exchanges, made))
    rev.emit("order.exchange_requested", exchangeId=child, returnId=return_id, difference=difference)
    if rev.order.return_policy.auto_approve:
        returning.approve(rev, return_id)
        approved(rev, child)
    return child


def reopen(rev: Revision) -> None:
    """Goods are on their way again; the order's windows close it again by themselves."""
    if rev.order.closed_at:
        rev.change(closed_at=None)
        rev.emit("order.reopened", was="closed")


def _numbered(rev: Revision, line: Line, **fields: str) -> Line:
    child, serial = rev.new("line")
    return line.model_copy(update={"id": child, "serial": serial, **fields})


def _difference(order: Order, made: Return, lines: tuple[Line, ...]) -> int:
    """What more is owed once all is here."""
    after = sold(order, lines)
    return ledger.owed(ledger.with_credits(after, _worth(after, made))) - ledger.owed(order)


def _worth(order: Order, made: Return) -> Credit:
    """All units of a return, credited as if they came today, less the policy's fee."""
    everything = ReceiveReturn(return_id=made.id)
    return credit_of(order, made.asked_units, everything, order.updated_at)[0]


# Its return's steps


def of_return(order: Order, return_id: str) -> Exchange | None:
    """The exchange a return belongs to."""
    return next((one for one in order.exchanges if one.return_id == return_id), None)


def plan_step(order: Order, command: Step, now: datetime, actor: Actor) -> list[Operation]:
    if of_return(order, command.return_id) is None:
        return []
    rev = Revision(order, now, actor)
    return plan_change(rev, _step(rev, command))


def apply_step(rev: Revision, command: Step, outcomes: list[Outcome]) -> None:
    """The return's step; where it is an exchange's, what follows from it."""
    exchange = _step(rev, command)
    if exchange is not None:
        settle_change(rev, outcomes, exchange, origin="surplus", reason=REASON)
    rev.subject = command.return_id


def _step(rev: Revision, command: Step) -> Exchange | None:
    match command:
        case ApproveReturn():
            returning.apply_approve_return(rev, command)
        case RejectReturn():
            returning.apply_reject_return(rev, command)
        case WithdrawReturn():
            returning.apply_withdraw_return(rev, command)
        case ExpireReturn():
            returning.apply_expire_return(rev, command)
    exchange = of_return(rev.order, command.return_id)
    if exchange is None:
        return None
    if isinstance(command, ApproveReturn):
        approved(rev, exchange.id)
    else:
        _given_up(rev, exchange, command)
    return rev.order.exchange(exchange.id)


def approved(rev: Revision, exchange_id: str) -> None:
    exchange = rev.exchange(exchange_id, status="approved")
    if exchange.ship == "on_approval":
        owe(rev, exchange)
        _advance(rev, exchange)
    rev.emit("order.exchange_approved", exchangeId=exchange_id)


def _advance(rev: Revision, exchange: Exchange) -> None:
    """The units are credited before they come; that at most the new lines' cost of it counts is the ledger's affair."""
    worth = _worth(rev.order, rev.order.return_(exchange.return_id)).amount
    advance = ledger.credit(rev.order, "returned", {}, cause="exchange", at=rev.now, amount=worth)
    rev.change(credits=(*rev.order.credits, advance.model_copy(update={"exchange_id": exchange.id})))


def owe(rev: Revision, exchange: Exchange) -> None:
    """The new lines are lines of the order."""
    given = rev.order.given.tax or 0
    were = shares(rev.order)
    rev.order = sold(rev.order, exchange.new_lines)
    rev.exchange(exchange.id, owed=True, given_tax=(rev.order.given.tax or 0) - given, shares=were)


def received(rev: Revision, exchange: Exchange) -> None:
    """The last parcel is here: what it brought is credited next."""
    if exchange.owed:
        _take_back(rev, exchange)
    else:
        owe(rev, exchange)


def _take_back(rev: Revision, exchange: Exchange) -> None:
    """The advance."""
    rev.change(credits=tuple(credit for credit in rev.order.credits if credit.exchange_id != exchange.id))


def _given_up(rev: Revision, exchange: Exchange, command: Step) -> None:
    ours = [line for line in rev.order.lines if line.exchange_id == exchange.id]
    sent = any(line.sent for line in ours)
    if sent and isinstance(command, WithdrawReturn):
        raise refuse(
            AlreadyFulfilled, rev.order, "new units of the exchange are sent", "order.shipped", "fulfillment.created"
        )
    _take_back(rev, exchange)
    if sent:
        rev.exchange(exchange.id, status="overdue")
        rev.emit("order.exchange_overdue", exchangeId=exchange.id, due=ledger.due(rev.order))
        rev.mails.append("exchange_overdue")
        return
    _take_off(rev, exchange, ours)
    rev.exchange(exchange.id, status="cancelled")
    rev.emit("order.exchange_cancelled", exchangeId=exchange.id)


def _take_off(rev: Revision, exchange: Exchange, ours: list[Line]) -> None:
    """Nothing of the new lines was sent: they were never sold. One of which units are credited, or were replaced before its
    fulfilment was taken back, stays, all of it cancelled."""
    if not ours:
        return
    frozen = ledger.frozen_lines(rev.order) | replaced(rev.order)
    kept = {line.id: line.quantity - line.cancelled for line in ours if line.id in frozen}
    gone = {line.id for line in ours if line.id not in frozen}
    if gone:
        rev.order = unsold(rev.order, gone, less_given_tax=exchange.given_tax, were=exchange.shares)
    taken = Taken(cancelled={line_id: n for line_id, n in kept.items() if n})
    if taken:
        credits = taken.credits(rev.order, cause="items", at=rev.now)
        take(rev, taken)
        rev.change(credits=(*rev.order.credits, *credits))
