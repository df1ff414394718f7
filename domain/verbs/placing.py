"""place, confirm: from a priced order to reserved stock."""

from domain import ledger
from domain.commands import Confirm, Place
from domain.errors import InvalidTransition
from domain.revision import Revision
from domain.verbs.guards import is_open, refuse
from domain.verbs.holding import held


def apply_place(rev: Revision, command: Place) -> None:
    """`order.created`; straight on to confirmed when asked, or when the policy says auto_confirm."""
    if rev.order.version != 0:
        raise refuse(InvalidTransition, rev.order, "the order is already placed", "order.created")
    rev.emit("order.created", total=rev.order.total, currency=rev.order.currency)
    for hold in rev.order.holds:  # put there by the order's risk, before it was placed
        held(rev, hold)
    if rev.order.receipt_sent:
        rev.mails.append("order_placed")
    if command.payment is None and (command.confirm or rev.order.policy.auto_confirm):
        confirm(rev)  # an order that is paid with this is confirmed by its payment: a decline leaves a draft


def apply_confirm(rev: Revision, command: Confirm) -> None:
    is_open(rev.order)
    if rev.order.stage != "draft":
        raise refuse(InvalidTransition, rev.order, "the order is already confirmed", "order.confirmed")
    confirm(rev)


def confirm(rev: Revision) -> None:
    """Reserve every line (the save refuses when stock is short). A total of 0 is paid by this."""
    rev.change(stage="confirmed", confirmed_at=rev.now)
    rev.emit("order.confirmed", due=ledger.due(rev.order))
