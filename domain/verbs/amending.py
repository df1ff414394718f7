"""amend: texts, parcels and money in one request, all or nothing. Texts, then money, then parcels, each by its own verb.

parcels: several fulfilments or shipments in one request, likewise. No provider is asked.

Both stay beside `edit` (charging.py): that is a list of changes of what was sold, priced once; these are other verbs done one
after the other, each by its own rules, so folding them into one list would mean a command of everything.
"""

from datetime import datetime

from domain.agreeing import agreed
from domain.commands import Amend, Parcels
from domain.errors import InvalidInput
from domain.operations import Operation, Outcome
from domain.order import Actor, Order
from domain.revision import Revision
from domain.verbs.cancelling import apply_cancel, plan_cancel
from domain.verbs.editing import apply_update
from domain.verbs.fulfilling import (
    apply_cancel_fulfillment,
    apply_deliver,
    apply_fulfill,
    apply_ship,
    apply_unship,
    apply_update_fulfillment,
    plan_fulfill,
)
from domain.verbs.paying import apply_record_payment


def _first(rev: Revision, command: Amend) -> None:
    """The parts that ask no provider and come before those that do."""
    if command.update is not None:
        apply_update(rev, command.update)
    if command.record_payment is not None:
        apply_record_payment(rev, command.record_payment)


def plan_amend(order: Order, command: Amend, now: datetime, actor: Actor) -> list[Operation]:
    if command == Amend():
        raise InvalidInput("nothing to change", field="status")
    if command.cancel is not None and (
        command.fulfill or command.deliver or command.tracking or command.record_payment
    ):
        raise InvalidInput("a cancelled order has no fulfilment and no payment", field="status")
    rev = Revision(order, now, actor)
    _first(rev, command)
    if command.cancel is not None:
        return plan_cancel(rev.order, command.cancel, now, actor)
    operations = plan_fulfill(rev.order, command.fulfill) if command.fulfill is not None else []
    apply_amend(Revision(order, now, actor), command, [agreed(order, o) for o in operations])
    return operations


def apply_amend(rev: Revision, command: Amend, outcomes: list[Outcome]) -> None:
    captures = [o for o in outcomes if o.operation.kind == "capture"]
    if command.fulfill is not None and any(o.status != "succeeded" or o.state == "canceled" for o in captures):
        _first(rev, command.model_copy(update={"update": None}))
        apply_fulfill(rev, command.fulfill, outcomes)
        return  # the hold was gone: the ledger says so, nothing was sent, and nothing else changes
    _first(rev, command)
    if command.cancel is not None:
        apply_cancel(rev, command.cancel, outcomes)
    if command.fulfill is not None:
        apply_fulfill(rev, command.fulfill, outcomes)
    if command.deliver is not None:
        apply_deliver(rev, command.deliver)
    if command.tracking is not None:
        apply_update_fulfillment(rev, command.tracking)


def apply_parcels(rev: Revision, command: Parcels) -> None:
    """Each sees what those before it did; the first that is refused refuses them all."""
    if command == Parcels():
        raise InvalidInput("nothing to change", field="data")
    for step in command.cancel:
        apply_cancel_fulfillment(rev, step)
    for parcel in command.unship:
        apply_unship(rev, parcel)
    for parcels in command.ship:
        apply_ship(rev, parcels)
    for change in command.update:
        apply_update_fulfillment(rev, change)
