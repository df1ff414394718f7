"""cancel_items and restock: units that are no longer sold, without a refund being asked for."""

from collections.abc import Iterable

from domain import ledger
from domain.commands import CancelItems, Restock
from domain.errors import AlreadyFulfilled
from domain.operations import Operation, Outcome
from domain.order import Order, Units
from domain.revision import Revision, unsent
from domain.verbs.giving_back import plan_release, plan_settlement, settle_account, settle_voids
from domain.verbs.guards import at_most, confirmed, is_open, refuse, summed
from domain.verbs.taking_back import Taken, at_customer, sort_out, take


def to_cancel(order: Order, lines: Iterable[Units]) -> Taken:
    """Unsent units alone: what is sent comes back as a return."""
    is_open(order)
    wanted = summed(order, lines)
    for line_id, quantity in wanted.items():
        line = order.line(line_id)
        at_most(quantity, unsent(line) + line.sent, line, "left to cancel")
        if quantity > unsent(line):
            raise refuse(
                AlreadyFulfilled,
                order,
                "units of it are sent; use the return flow",
                "order.shipped",
                "fulfillment.created",
                "order.items_cancelled",
            )
    return Taken(cancelled=wanted)


def plan_cancel_items(order: Order, command: CancelItems) -> list[Operation]:
    taken = to_cancel(order, command.lines)
    credits = taken.credits(order, cause="items", at=order.updated_at)
    return plan_settlement(order, ledger.with_credits(order, *credits))


def apply_cancel_items(rev: Revision, command: CancelItems, outcomes: list[Outcome]) -> None:
    taken = to_cancel(rev.order, command.lines)
    credits = taken.credits(rev.order, cause="items", at=rev.now)
    take(rev, taken, restock=command.restock)
    rev.change(credits=(*rev.order.credits, *credits))
    items = [{"lineId": line_id, "quantity": n} for line_id, n in taken.cancelled.items()]
    rev.emit("order.items_cancelled", items=items, reason=command.reason)
    settle_account(rev, outcomes, origin="surplus", reason=command.reason or "units were cancelled")


def _to_restock(order: Order, command: Restock) -> Taken:
    confirmed(order, "it is restocked")
    wanted = summed(order, command.lines)
    for line_id, quantity in wanted.items():
        line = order.line(line_id)
        at_most(quantity, unsent(line) + at_customer(order, line), line, "left to restock")
    return sort_out(order, wanted.items())


def plan_restock(order: Order, command: Restock) -> list[Operation]:
    credits = _to_restock(order, command).credits(order, cause="restock", at=order.updated_at)
    return plan_release(ledger.unneeded(ledger.with_credits(order, *credits)))


def apply_restock(rev: Revision, command: Restock, outcomes: list[Outcome]) -> None:
    """Money is not touched: a surplus waits. A hold that nothing can use any more is no money yet, and is released."""
    taken = _to_restock(rev.order, command)
    credits = taken.credits(rev.order, cause="restock", at=rev.now)
    take(rev, taken)
    rev.change(credits=(*rev.order.credits, *credits))
    rev.change(surplus_waits=ledger.surplus(rev.order))
    rev.emit("order.restocked", units=sum(item.quantity for item in command.lines))
    settle_voids(rev, outcomes)
