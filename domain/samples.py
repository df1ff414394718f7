"""The simplest commands of each verb on an order: what `allowed` tries, to say what an operator may do next.

A verb that names something has one sample for each such thing, so none where there is nothing to name.
"""

from collections.abc import Callable

from domain import commands as c
from domain.commands import Command
from domain.edits import AddDiscount, EditOperation, SetQuantity
from domain.fields import LineCounts
from domain.order import ClaimedUnits, Fulfillment, Line, Order, Units
from domain.windows import timers

Samples = Callable[[Order], list[Command]]


def never(order: Order) -> list[Command]:
    """Not an operator's next step: it happens by itself, starts an order, or is made of other verbs."""
    return []


def bare(kind: type[Command]) -> Samples:
    """The verb without anything said."""
    return lambda order: [kind()]


def pay(order: Order) -> list[Command]:
    return [c.Pay(payment_method="pm_card_visa")]


def _alive(order: Order) -> list[Fulfillment]:
    return [f for f in order.fulfillments if not f.cancelled_at]


def ship(order: Order) -> list[Command]:
    return [c.Ship(fulfillment_id=f.id) for f in _alive(order)]


def unship(order: Order) -> list[Command]:
    return [c.Unship(shipment_id=s.id) for f in _alive(order) for s in f.shipments]


def update_fulfillment(order: Order) -> list[Command]:
    return [c.UpdateFulfillment(fulfillment_id=f.id, tracking=f.tracking) for f in _alive(order)]


def cancel_fulfillment(order: Order) -> list[Command]:
    return [c.CancelFulfillment(fulfillment_id=f.id) for f in _alive(order)]


def cancel_items(order: Order) -> list[Command]:
    return [c.CancelItems(lines=(Units(line_id=i.id, quantity=1),)) for i in order.lines]


def restock(order: Order) -> list[Command]:
    return [c.Restock(lines=(Units(line_id=i.id, quantity=1),)) for i in order.lines]


def request_return(order: Order) -> list[Command]:
    return [c.RequestReturn(lines=(c.ReturnUnits(line_id=i.id, quantity=1),)) for i in order.lines]


def approve_return(order: Order) -> list[Command]:
    return [c.ApproveReturn(return_id=r.id) for r in order.returns]


def reject_return(order: Order) -> list[Command]:
    return [c.RejectReturn(return_id=r.id, reason="…") for r in order.returns]


def withdraw_return(order: Order) -> list[Command]:
    return [c.WithdrawReturn(return_id=r.id) for r in order.returns]


def receive_return(order: Order) -> list[Command]:
    return [c.ReceiveReturn(return_id=r.id) for r in order.returns]


def _anew(line: Line) -> Line:
    """One more unit of the same goods."""
    return line.model_copy(update={"quantity": 1, "exchange_id": None, "claim_id": None, "replaces": ()} | _NOTHING)


_NOTHING = dict.fromkeys(("discount", "tax", *LineCounts.__annotations__), 0)


def request_exchange(order: Order) -> list[Command]:
    return [
        c.RequestExchange(lines=(c.ReturnUnits(line_id=i.id, quantity=1),), new_lines=(_anew(i),)) for i in order.lines
    ]


def claim(order: Order) -> list[Command]:
    units = (ClaimedUnits(line_id=i.id, quantity=1, reason="damaged") for i in order.lines)
    return [c.MakeClaim(lines=(one,), resolution="replace") for one in units]


def edit(order: Order) -> list[Command]:
    """As little as can be: a quantity that stays, and a cent off."""
    stays: list[EditOperation] = [
        SetQuantity(op="set_quantity", line_id=i.id, quantity=i.quantity) for i in order.lines
    ]
    return [c.Edit(operations=(one,)) for one in [*stays, AddDiscount(op="add_discount", code="…", amount=1)]]


def hold(order: Order) -> list[Command]:
    return [c.PlaceHold(kind="manual", reason="…")]


def release_hold(order: Order) -> list[Command]:
    return [c.ReleaseHold(hold_id=h.id) for h in order.holds]


def add_note(order: Order) -> list[Command]:
    return [c.AddNote(body="…")]


def delete_note(order: Order) -> list[Command]:
    return [c.DeleteNote(note_id=n.id) for n in order.notes]


def move_timer(order: Order) -> list[Command]:
    return [c.MoveTimer(name=window.name, fire=True) for window in timers(order, order.updated_at)]
