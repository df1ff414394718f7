"""fulfill, ship, unship, update and cancel a fulfilment, deliver: units out.

Sent units are handed over; shipped units are in a parcel; delivered ones arrived. `ship: false` sends without shipping.
"""

from collections.abc import Iterable

from domain import ledger
from domain.commands import CancelFulfillment, Deliver, Fulfill, Ship, Unship, UpdateFulfillment
from domain.errors import (
    AlreadyFulfilled,
    Conflict,
    FulfillmentNotFound,
    InvalidTransition,
    NothingLeft,
    NotShipped,
    OnHold,
    PaymentRequired,
)
from domain.money import charge_step
from domain.operations import Operation, Outcome
from domain.order import Fulfillment, Order, Shipment, Tracking, Units
from domain.revision import Revision, unsent
from domain.status import fulfillment_state, tally
from domain.verbs.guards import at_most, confirmed, refuse, summed
from domain.verbs.paying import capture_operation, settle_capture, settle_void, void_operation

NOTHING_LEFT = ("order.fulfilled", "order.shipped", "order.items_cancelled", "order.refunded", "order.restocked")


def may_send(order: Order) -> None:
    """Not held, and paid for as the policy wants it."""
    confirmed(order, "it is fulfilled")
    if order.holds:
        raise refuse(OnHold, order, "the order is on hold", "order.held")
    if not order.policy.require_payment_before_fulfill or ledger.due(order) == 0:
        return
    if order.policy.capture == "on_fulfillment" and ledger.is_covered(order):
        return
    raise PaymentRequired("the order requires payment before it is fulfilled", due=ledger.due(order))


def chosen(order: Order, lines: Iterable[Units] | None, ship: bool) -> dict[str, int]:
    """Line id -> units this command sends or ships; what is missing means everything left. Repeated lines add up."""
    left = {line.id: unsent(line) + (line.sent - line.shipped if ship else 0) for line in order.lines}
    if lines is None:
        wanted = {line_id: n for line_id, n in left.items() if n}
        if not wanted:
            raise refuse(NothingLeft, order, "nothing is left to fulfil", *NOTHING_LEFT)
        return wanted
    wanted = summed(order, lines)
    if wanted and not any(left.values()):
        raise refuse(NothingLeft, order, "nothing is left to fulfil", *NOTHING_LEFT)
    for line_id, quantity in wanted.items():
        at_most(quantity, left[line_id], order.line(line_id), "left to fulfil")
    return wanted


def plan_fulfill(order: Order, command: Fulfill) -> list[Operation]:
    """With `capture: on_fulfillment` each fulfilment captures its share, the last the remainder to the cent."""
    may_send(order)
    wanted = chosen(order, command.lines, command.ship)
    if order.policy.capture != "on_fulfillment" or ledger.due(order) == 0 or not ledger.held(order):
        return []
    return _share_captures(order, {line_id: _fresh(order, command, line_id, n) for line_id, n in wanted.items()})


def _fresh(order: Order, command: Fulfill, line_id: str, quantity: int) -> int:
    """Of these units, those not sent before: the sent ones ship first, and are captured already."""
    line = order.line(line_id)
    return max(0, quantity - (line.sent - line.shipped if command.ship else 0))


def _share_captures(order: Order, wanted: dict[str, int]) -> list[Operation]:
    """Bring what is here to the worth of all units sent, this command included, and shipping; the last takes all due.

    A hold that this leaves without use is released.
    """
    due, net, step = ledger.due(order), ledger.net(order), charge_step(order.currency)
    complete = all(line.sent + wanted.get(line.id, 0) == line.quantity - line.cancelled for line in order.lines)
    needed = due if complete else min(due, max(0, ledger.sent_worth(order, wanted) - net) // step * step)
    operations: list[Operation] = []
    for payment in ledger.holding(order):
        if needed <= 0:
            if complete:
                operations.append(void_operation(payment))
            continue
        amount = min(payment.capturable, needed if payment.multicapture else due)
        final = complete or not payment.multicapture or amount == payment.capturable
        operations.append(capture_operation(payment, amount, final))
        needed -= amount
        due -= amount
    return operations


def apply_fulfill(rev: Revision, command: Fulfill, outcomes: list[Outcome]) -> None:
    """Units already sent ship first; the rest become a new fulfilment."""
    wanted = chosen(rev.order, command.lines, command.ship)
    captures = [outcome for outcome in outcomes if outcome.operation.kind == "capture"]
    for outcome in captures:
        settle_capture(rev, outcome)
    for outcome in outcomes:
        if outcome.operation.kind == "void":
            settle_void(rev, outcome)
    if any(o.status != "succeeded" or o.state == "canceled" for o in captures):
        return  # the hold was gone: nothing is sent, the payment says so
    if command.ship:
        for fulfillment in rev.order.fulfillments:
            _ship_from(rev, fulfillment, wanted, command.tracking)
    wanted = {line_id: n for line_id, n in wanted.items() if n}
    if wanted:
        _send(rev, command, wanted)
    _say_fulfilled(rev)
    if command.notify:
        rev.mails.append("order_shipped")


def _send(rev: Revision, command: Fulfill, wanted: dict[str, int]) -> None:
    child, serial = rev.new("fulfillment")
    items = tuple(Units(line_id=line_id, quantity=n) for line_id, n in wanted.items())
    made = Fulfillment(
        id=child,
        serial=serial,
        items=items,
        tracking=command.tracking,
        location_id=command.location_id,
        created_at=rev.now,
        updated_at=rev.now,
    )
    rev.change(fulfillments=(*rev.order.fulfillments, made))
    for item in items:
        rev.count(item.line_id, sent=item.quantity)
    rev.subject = child
    rev.emit("fulfillment.created", fulfillmentId=child)
    if command.ship:
        _parcel(rev, child, items, command.tracking, made_now=True)


def _parcel(
    rev: Revision, fulfillment_id: str, items: tuple[Units, ...], tracking: Tracking, *, made_now: bool = False
) -> None:
    """One shipment of a fulfilment; `order.shipped` when that makes the fulfilment whole."""
    fulfillment = rev.order.fulfillment(fulfillment_id)
    child, serial = rev.new("shipment")
    shipment = Shipment(id=child, serial=serial, items=items, tracking=tracking, shipped_at=rev.now)
    shown = tracking if tracking != Tracking() else fulfillment.tracking
    rev.fulfillment(fulfillment_id, shipments=(*fulfillment.shipments, shipment), tracking=shown)
    for item in items:
        rev.count(item.line_id, shipped=item.quantity)
    if not made_now:
        rev.emit("shipment.created", fulfillmentId=fulfillment_id, shipmentId=child)
    if fulfillment_state(rev.order.fulfillment(fulfillment_id)) == "shipped":
        rev.emit("order.shipped", fulfillmentId=fulfillment_id)


def _unshipped(fulfillment: Fulfillment) -> dict[str, int]:
    if fulfillment.cancelled_at:
        return {}
    left = {item.line_id: item.quantity for item in fulfillment.items}
    for shipment in fulfillment.shipments:
        for item in shipment.items:
            left[item.line_id] -= item.quantity
    return {line_id: n for line_id, n in left.items() if n > 0}


def _ship_from(rev: Revision, fulfillment: Fulfillment, wanted: dict[str, int], tracking: Tracking) -> None:
    """Ship what this fulfilment still holds of `wanted`, and take it off `wanted`."""
    take = {line_id: min(n, wanted.get(line_id, 0)) for line_id, n in _unshipped(fulfillment).items()}
    items = tuple(Units(line_id=line_id, quantity=n) for line_id, n in take.items() if n)
    if not items:
        return
    for item in items:
        wanted[item.line_id] -= item.quantity
    rev.subject = fulfillment.id
    _parcel(rev, fulfillment.id, items, tracking)


def _say_fulfilled(rev: Revision) -> None:
    """order.fulfilled once all units are sent, order.partially_fulfilled until then."""
    before, after = tally(rev.before), tally(rev.order)
    if after.sent > before.sent:
        whole = after.sent >= after.units
        rev.emit("order.fulfilled" if whole else "order.partially_fulfilled", sent=after.sent, units=after.units)


def _the_fulfillment(order: Order, fulfillment_id: str | None) -> Fulfillment:
    """The one named, or the latest that is not cancelled."""
    if fulfillment_id is None:
        alive = [f for f in order.fulfillments if not f.cancelled_at]
        if not alive:
            raise refuse(InvalidTransition, order, "the order has no fulfilment", "order.created")
        return alive[-1]
    try:
        return order.fulfillment(fulfillment_id)
    except KeyError:
        raise FulfillmentNotFound("no such fulfilment on this order", field="fulfillment_id") from None


def _alive(order: Order, fulfillment_id: str | None) -> Fulfillment:
    fulfillment = _the_fulfillment(order, fulfillment_id)
    if fulfillment.cancelled_at:
        raise refuse(InvalidTransition, order, "the fulfilment is cancelled", "fulfillment.cancelled")
    return fulfillment


def apply_ship(rev: Revision, command: Ship) -> None:
    confirmed(rev.order, "it is shipped")
    if rev.order.holds:
        raise refuse(OnHold, rev.order, "the order is on hold", "order.held")
    fulfillment = _alive(rev.order, command.fulfillment_id)
    left = _unshipped(fulfillment)
    if not left:
        raise refuse(AlreadyFulfilled, rev.order, "the fulfilment is shipped", "order.shipped")
    wanted = left if command.lines is None else summed(rev.order, command.lines)
    for line_id, quantity in wanted.items():
        at_most(quantity, left.get(line_id, 0), rev.order.line(line_id), "left to ship")
    items = tuple(Units(line_id=line_id, quantity=n) for line_id, n in wanted.items())
    rev.subject = fulfillment.id
    _parcel(rev, fulfillment.id, items, command.tracking)
    if command.notify:
        rev.mails.append("order_shipped")


def find_shipment(order: Order, shipment_id: str) -> tuple[Fulfillment, Shipment]:
    for fulfillment in order.fulfillments:
        for shipment in fulfillment.shipments if not fulfillment.cancelled_at else ():
            if shipment.id == shipment_id:
                return fulfillment, shipment
    raise FulfillmentNotFound("no such shipment on this order", field="shipment_id")


def apply_unship(rev: Revision, command: Unship) -> None:
    confirmed(rev.order, "a shipment is taken back")
    fulfillment, shipment = find_shipment(rev.order, command.shipment_id)
    if shipment.delivered_at:
        raise refuse(
            InvalidTransition, rev.order, "the shipment is delivered", "order.delivered", "fulfillment.updated"
        )
    for item in shipment.items:
        line = rev.order.line(item.line_id)
        if line.shipped - item.quantity < line.delivered + line.recalled:
            raise refuse(InvalidTransition, rev.order, "units of it came back", "order.restocked", "order.refunded")
        rev.count(item.line_id, shipped=-item.quantity)
    rev.fulfillment(fulfillment.id, shipments=tuple(s for s in fulfillment.shipments if s.id != shipment.id))
    rev.subject = fulfillment.id
    rev.emit("shipment.deleted", fulfillmentId=fulfillment.id, shipmentId=shipment.id)


def apply_update_fulfillment(rev: Revision, command: UpdateFulfillment) -> None:
    confirmed(rev.order, "its fulfilments change")
    if command.shipment_id:
        fulfillment = find_shipment(rev.order, command.shipment_id)[0]
    else:
        fulfillment = _alive(rev.order, command.fulfillment_id)
    rev.subject = fulfillment.id
    if command.tracking is not None:
        _track(rev, fulfillment, command, command.tracking)
    if command.status == "shipped" and _unshipped(fulfillment):
        apply_ship(rev, Ship(fulfillment_id=fulfillment.id, tracking=rev.order.fulfillment(fulfillment.id).tracking))
    elif command.status == "delivered":
        left = _unshipped(fulfillment)
        if left:
            raise refuse(NotShipped, rev.order, "the fulfilment is not shipped", "fulfillment.created")
        deliver(rev, [rev.order.fulfillment(fulfillment.id)])
    elif command.status == "shipped" and command.tracking is None:
        raise refuse(AlreadyFulfilled, rev.order, "the fulfilment is shipped", "order.shipped")
    rev.emit("fulfillment.updated", fulfillmentId=fulfillment.id)
    if command.notify:
        rev.mails.append("order_shipped")


def _track(rev: Revision, fulfillment: Fulfillment, command: UpdateFulfillment, tracking: Tracking) -> None:
    """Change the tracking fields given, on the fulfilment and its shipment (the one named, else all)."""
    given = tracking.model_dump(include=tracking.model_fields_set)
    shipments = tuple(
        s.model_copy(update={"tracking": s.tracking.model_copy(update=given)})
        if command.shipment_id in (None, s.id)
        else s
        for s in fulfillment.shipments
    )
    rev.fulfillment(fulfillment.id, tracking=fulfillment.tracking.model_copy(update=given), shipments=shipments)


def apply_cancel_fulfillment(rev: Revision, command: CancelFulfillment) -> None:
    """Its units are unfulfilled and reserved again; not once one of them is delivered or came back."""
    confirmed(rev.order, "a fulfilment is cancelled")
    fulfillment = _alive(rev.order, command.fulfillment_id)
    if command.unshipped_only and fulfillment.shipments:
        raise refuse(Conflict, rev.order, "the fulfilment has shipments", "shipment.created", "order.shipped")
    if any(s.delivered_at for s in fulfillment.shipments):
        raise refuse(
            InvalidTransition, rev.order, "the fulfilment is delivered", "order.delivered", "fulfillment.updated"
        )
    shipped: dict[str, int] = {}
    for shipment in fulfillment.shipments:
        for item in shipment.items:
            shipped[item.line_id] = shipped.get(item.line_id, 0) + item.quantity
    for item in fulfillment.items:
        line = rev.order.line(item.line_id)
        if line.shipped - shipped.get(item.line_id, 0) < line.delivered + line.recalled:
            raise refuse(InvalidTransition, rev.order, "units of it came back", "order.restocked", "order.refunded")
        rev.count(item.line_id, sent=-item.quantity, shipped=-shipped.get(item.line_id, 0))
    rev.fulfillment(fulfillment.id, cancelled_at=rev.now)
    rev.subject = fulfillment.id
    rev.emit("fulfillment.cancelled", fulfillmentId=fulfillment.id)


def apply_deliver(rev: Revision, command: Deliver) -> None:
    confirmed(rev.order, "it is delivered")
    if command.fulfillment_id is not None:
        chosen_ones = [_alive(rev.order, command.fulfillment_id)]
        rev.subject = command.fulfillment_id
    else:
        chosen_ones = [f for f in rev.order.fulfillments if not f.cancelled_at]
    deliver(rev, chosen_ones)


def deliver(rev: Revision, fulfillments: list[Fulfillment]) -> None:
    """Every shipped parcel of these arrives; `order.delivered` with the order's last unit."""
    arrived = 0
    for fulfillment in fulfillments:
        undelivered = [s for s in fulfillment.shipments if not s.delivered_at]
        for shipment in undelivered:
            for item in shipment.items:
                _arrive(rev, item)
                arrived += item.quantity
        if undelivered:
            done = tuple(
                s if s.delivered_at else s.model_copy(update={"delivered_at": rev.now}) for s in fulfillment.shipments
            )
            rev.fulfillment(fulfillment.id, shipments=done)
            rev.emit("fulfillment.updated", fulfillmentId=fulfillment.id)
    if not arrived:
        raise refuse(NotShipped, rev.order, "nothing is under way", "order.delivered", "order.confirmed")
    if tally(rev.order).outstanding == 0 and "order.delivered" not in rev.order.latest:
        rev.emit("order.delivered", units=tally(rev.order).delivered)


def _arrive(rev: Revision, item: Units) -> None:
    """A unit that was returned before its parcel arrived counts as `recalled`; when the parcel does arrive, it no longer does."""
    line = rev.order.line(item.line_id)
    in_transit = line.shipped - line.delivered
    still = max(0, line.recalled - max(0, in_transit - item.quantity))
    rev.count(item.line_id, delivered=item.quantity, recalled=-min(still, line.recalled))
