"""update, line edits, notes, close and reopen: what changes on an order besides money and parcels.

A line edit recomputes the totals (pricing.py): when more is due, fulfilment waits for the rest; when less,
the difference goes back at once, in the same command.
"""

from typing import Any

from domain import ids, ledger
from domain.commands import AddLine, AddNote, Close, DeleteNote, RemoveLine, Reopen, Update, UpdateLine
from domain.errors import AlreadyClosed, AlreadyFulfilled, InvalidInput, InvalidQuantity, InvalidTransition, NotFound
from domain.operations import Operation, Outcome
from domain.order import Line, Note, Order
from domain.pricing import price, rescale_given
from domain.revision import Revision
from domain.status import tally
from domain.verbs.giving_back import plan_settlement, settle_account
from domain.verbs.guards import confirmed, is_open, refuse, the_line

MAX_LINES = 500
MAX_METADATA_KEYS = 50
FIXED = "units of this line are refunded or cancelled, so its quantity and price are fixed; add a line or cancel units"


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


def _editable(order: Order, line: Line | None = None) -> None:
    is_open(order)
    if line is not None and line.sent:
        raise refuse(InvalidTransition, order, "units of this line are sent", "order.shipped", "fulfillment.created")


def edited(order: Order, command: AddLine | UpdateLine | RemoveLine) -> Order:
    """The order with its lines changed and its totals anew; a new line has the order's next serial."""
    frozen = ledger.frozen_lines(order)
    if isinstance(command, AddLine):
        _editable(order)
        t = tally(order)
        if order.stage == "confirmed" and t.units and t.sent >= t.units:
            raise refuse(InvalidTransition, order, "everything is fulfilled", "order.fulfilled", "order.shipped")
        if len(order.lines) >= MAX_LINES:
            raise InvalidInput(f"at most {MAX_LINES} lines", field="lines")
        new_id = ids.child(order.id, "line", order.next_serial)
        lines = (*order.lines, command.line.model_copy(update={"id": new_id, "serial": order.next_serial}))
    else:
        line = the_line(order, command.line_id, "line_id")
        _editable(order, line)
        if isinstance(command, RemoveLine):
            if len(order.lines) == 1:
                raise InvalidInput("the last line cannot be removed; cancel the order", field="line_id")
            if line.id in frozen:  # what was credited once would be taken off again with the line
                raise InvalidQuantity(FIXED, field="line_id", line=line.id)
            lines = tuple(item for item in order.lines if item.id != line.id)
        else:
            changed = _changed(line, command, line.id in frozen)
            lines = tuple(changed if item.id == line.id else item for item in order.lines)
    goods_before = order.subtotal - order.discount_total
    with_lines = order.model_copy(update={"lines": lines})
    return price(rescale_given(with_lines, goods_before), frozen, bool(sum(_shipping_credited(order))))


def _shipping_credited(order: Order) -> tuple[int, ...]:
    return tuple(credit.shipping + credit.shipping_tax for credit in order.credits)


def _changed(line: Line, command: UpdateLine, frozen: bool) -> Line:
    fields: dict[str, int] = {}
    if command.quantity is not None:
        if command.quantity <= 0:
            raise InvalidQuantity("quantity must be positive", field="quantity", line=line.id)
        if frozen and command.quantity != line.quantity:
            raise InvalidQuantity(FIXED, field="quantity", line=line.id)
        fields["quantity"] = command.quantity
    if command.unit_price is not None:
        if frozen and command.unit_price != line.unit_price:
            raise InvalidQuantity(FIXED, field="unit_price", line=line.id)
        fields["unit_price"] = command.unit_price
    return line.model_copy(update=fields)


def plan_edit(order: Order, command: AddLine | UpdateLine | RemoveLine) -> list[Operation]:
    return plan_settlement(order, edited(order, command))


def apply_edit(rev: Revision, command: AddLine | UpdateLine | RemoveLine, outcomes: list[Outcome]) -> None:
    if isinstance(command, AddLine):
        changed = edited(rev.order, command)
        rev.subject, _ = rev.new("line")
    else:
        changed = edited(rev.order, command)
        rev.subject = command.line_id
    before = rev.order.total
    rev.order = changed.model_copy(update={"next_serial": rev.order.next_serial})
    rev.emit("order.edited", before=before, total=rev.order.total)
    settle_account(rev, outcomes, origin="surplus", reason="the order was edited")


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
