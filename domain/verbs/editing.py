"""update, notes, close and reopen: what changes on an order besides what was sold (charging.py), money and parcels."""

from typing import Any

from domain import ledger
from domain.commands import AddNote, Close, DeleteNote, Reopen, Update
from domain.errors import AlreadyClosed, AlreadyFulfilled, InvalidInput, InvalidTransition, NotFound
from domain.order import Note, Order
from domain.revision import Revision
from domain.status import tally
from domain.verbs.guards import confirmed, is_open, refuse

MAX_METADATA_KEYS = 50


def apply_update(rev: Revision, command: Update) -> None:
    """Texts any time; addresses until the first unit is sent; amounts never change."""
    order, given = rev.order, command.model_fields_set
    if given & {"shipping_address", "billing_address"}:
        is_open(order)
    if given & {"email", "phone"} and order.closed_at:
        raise refuse(AlreadyClosed, order, "the order is closed", "order.closed")
    if "shipping_address" in given and any(line.sent for line in order.lines):
        raise refuse(
            AlreadyFulfilled, order, "the address is fixed once units are sent", "order.shipped", "fulfillment.created"
        )
    fields: dict[str, Any] = {}
    for name in ("note", "tags", "email", "phone", "shipping_address", "billing_address"):
        if name in given:
            fields[name] = getattr(command, name)
    if fields.get("tags", ()) is None:
        fields["tags"] = ()
    if command.metadata is not None or "replace_metadata" in given:
        fields["metadata"] = _metadata(order, command)
    changed = sorted(name for name, value in fields.items() if getattr(order, name) != value)
    rev.change(**fields)
    rev.emit("order.updated", fields=changed)


def _metadata(order: Order, command: Update) -> dict[str, Any]:
    base = (
        dict(command.replace_metadata or {}) if "replace_metadata" in command.model_fields_set else dict(order.metadata)
    )
    for key, value in (command.metadata or {}).items():
        if value is None:
            base.pop(key, None)
        else:
            base[key] = value
    if len(base) > MAX_METADATA_KEYS:
        raise InvalidInput(f"at most {MAX_METADATA_KEYS} keys", field="metadata")
    return base


def apply_close(rev: Revision, command: Close) -> None:
    """Everything fulfilled, no open return, and nothing due, surplus or held."""
    confirmed(rev.order, "it is closed")
    t = tally(rev.order)
    if t.sent < t.units:
        raise refuse(
            InvalidTransition, rev.order, "not everything is fulfilled", "order.confirmed", "order.partially_fulfilled"
        )
    if any(r.is_open for r in rev.order.returns):
        raise refuse(
            InvalidTransition, rev.order, "a return is open", "order.return_requested", "order.return_approved"
        )
    if not ledger.is_settled(rev.order):
        raise refuse(
            InvalidTransition,
            rev.order,
            "money is due, to be given back or held",
            "order.paid",
            "order.edited",
            "payment.authorized",
            "payment.refund_failed",
            "order.restocked",
            "order.confirmed",
            due=ledger.due(rev.order),
            surplus=ledger.surplus(rev.order),
            held=ledger.held(rev.order),
        )
    rev.change(closed_at=rev.now, stays_open=False)
    rev.emit("order.closed", by="hand")


def apply_reopen(rev: Revision, command: Reopen) -> None:
    """Closed: open again, and no timer closes it. Ended: stock reserved anew, to be paid again."""
    order = rev.order
    if order.closed_at:
        rev.change(closed_at=None, stays_open=True)
    elif order.stage in ("cancelled", "failed"):
        rev.change(
            stage="confirmed",
            confirmed_at=order.confirmed_at or rev.now,
            cancelled_at=None,
            cancel_reason=None,
            cancel_note=None,
            credits=tuple(credit for credit in order.credits if credit.cause != "ended"),
            declines=0,
            payment_window_over=False,
            payment_window_ends_at=None,
        )
    else:
        raise refuse(InvalidTransition, order, "the order is open", "order.reopened", "order.created")
    rev.emit("order.reopened", was=order.stage if order.closed_at is None else "closed")


def apply_add_note(rev: Revision, command: AddNote) -> None:
    child, serial = rev.new("note")
    note = Note(id=child, serial=serial, body=command.body, author=command.author, created_at=rev.now)
    rev.change(notes=(*rev.order.notes, note))
    rev.subject = child
    rev.emit("order.note_created", noteId=child)
    if command.notify:
        rev.mails.append("order_note")


def apply_delete_note(rev: Revision, command: DeleteNote) -> None:
    left = tuple(n for n in rev.order.notes if n.id != command.note_id)
    if len(left) == len(rev.order.notes):
        raise NotFound("no such note on this order", field="note_id")
    rev.change(notes=left)
    rev.subject = command.note_id
    rev.emit("order.note_deleted", noteId=command.note_id)
