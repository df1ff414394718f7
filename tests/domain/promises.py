"""What must hold of every order after every command, refused or not (contract section 5 and the sections of the faces)."""

from typing import Any, get_args

from domain import ledger, windows
from domain.events import EVENTS
from domain.money import unit_share
from domain.order import Exchange, Line, Order
from domain.revision import Change
from domain.stock import reserved, stocked, taken
from tests import words as status

PROJECTIONS: dict[str, Any] = {
    f.__name__: f
    for f in (
        status.lifecycle,
        status.hanzo_status,
        status.payment_status,
        status.fulfillment_status,
        status.zephyr_status,
        status.zephyr_fulfilment_status,
        status.storefront_status,
        status.financial_status,
        status.commercehq_status,
        status.commercehq_paid,
    )
}
"""Every projection of an order to one word."""


def hold_for(order: Order, *, worth: bool = True) -> None:
    """Everything at once. `worth`: what credited units were worth stands with them, which orders stored before do not say."""
    _money(order)
    if worth:
        _units_are_credited_once(order)
    for line in order.lines:
        _units(order, line)
    _statuses(order)
    _windows(order)
    for dump in (order.model_dump_json(), order.model_dump_json(exclude_unset=True)):
        assert Order.model_validate_json(dump) == order
    serials = [child.serial for child in _children(order)]
    assert len(serials) == len(set(serials))
    assert max(serials) < order.next_serial


def _children(order: Order) -> list[Any]:
    groups = (order.lines, order.payments, order.refunds, order.fulfillments, order.returns, order.notes)
    found: list[Any] = [child for group in groups for child in group]
    found += [*order.exchanges, *order.claims]
    found += [line for exchange in order.exchanges for line in exchange.waiting_lines]
    found += [t for p in order.payments for t in p.transactions]
    return found + [s for f in order.fulfillments for s in f.shipments]


def _money(order: Order) -> None:
    for p in order.payments:
        assert 0 <= p.refunded <= p.captured <= p.authorized
        assert p.released >= 0
        assert p.capturable >= 0
        assert (p.state == "authorized") == (p.capturable > 0), p
        assert p.state != "captured" or p.captured > 0
        assert p.state not in ("failed", "requires_action", "processing") or p.captured == 0
        assert all(t.amount >= 0 for t in p.transactions)
        parts = [part for r in order.refunds for part in r.parts if part.payment_id == p.id]
        assert p.refunded == sum(part.amount for part in parts if part.status != "failed")
        movements = [t for t in p.transactions if t.status != "failure"]
        assert p.captured == sum(t.amount for t in movements if t.kind in ("sale", "capture"))
        assert p.refunded == sum(t.amount for t in movements if t.kind == "refund")
    assert 0 <= ledger.refunded(order) <= ledger.captured(order) <= ledger.authorized(order)
    assert 0 <= order.surplus_waits <= ledger.surplus(order)
    assert ledger.due(order) == 0 or ledger.surplus(order) == 0
    assert all(credit.amount >= 0 for credit in order.credits)
    if order.stage in ("cancelled", "failed"):
        assert ledger.owed(order) == 0
    for r in order.refunds:
        assert r.amount == sum(part.amount for part in r.parts)
    goods = sum(line.total for line in order.lines)
    assert order.total == goods + order.shipping_total + sum(s.tax for s in order.shipping_lines)
    assert order.total == order.subtotal - order.discount_total + order.shipping_total + order.tax_total


def _units_are_credited_once(order: Order) -> None:
    """All credited units together are worth what the units of the lines they were sold in are, to the cent: whichever way, and
    whether a unit or its replacement came back."""
    named = [item for credit in order.credits for item in credit.lines]
    sold = [line for line in order.lines if not line.replaces]
    worth = sum(unit_share(line.total, line.quantity, 0, ledger.credited_units(order, line.id)) for line in sold)
    assert sum(item.subtotal + item.tax for item in named) == worth
    for exchange in order.exchanges:
        advance = [credit for credit in order.credits if credit.exchange_id == exchange.id]
        assert len(advance) == (1 if exchange.status == "approved" and _is_coming(order, exchange) else 0)
        assert exchange.waiting_lines == () or not any(line.exchange_id == exchange.id for line in order.lines)


def _is_coming(order: Order, exchange: Exchange) -> bool:
    return exchange.ship == "on_approval" and order.return_(exchange.return_id).is_open


def _units(order: Order, line: Line) -> None:
    assert 0 <= line.delivered <= line.shipped <= line.sent <= line.quantity - line.cancelled
    assert 0 <= line.restocked <= line.returned <= line.shipped
    assert 0 <= line.recalled <= min(line.returned, line.shipped - line.delivered)
    assert line.returned - line.recalled <= line.delivered
    uncredited = _received_for_exchanges(order, line) + _replaced(order, line)
    assert line.cancelled + line.returned - uncredited <= ledger.credited_units(order, line.id) <= line.quantity
    assert line.cancelled >= 0
    assert line.lost >= 0
    alive = [f for f in order.fulfillments if not f.cancelled_at]
    parcels = [s for f in alive for s in f.shipments]
    assert line.sent == _sum(line, alive)
    assert line.shipped == _sum(line, parcels)
    assert line.delivered == _sum(line, [s for s in parcels if s.delivered_at])
    back = sum(i.received for r in order.returns for i in r.items if i.line_id == line.id)
    assert line.returned >= back
    waiting = [i for r in order.returns if r.is_open for i in r.items]
    assert sum(i.missing for i in waiting if i.line_id == line.id) <= line.delivered - (line.returned - line.recalled)


def _received_for_exchanges(order: Order, line: Line) -> int:
    """They are credited with the last parcel."""
    coming = [r for r in order.returns if r.exchange_id and r.status == "partially_received"]
    return sum(i.received for r in coming for i in r.items if i.line_id == line.id)


def _replaced(order: Order, line: Line) -> int:
    """Their worth is their replacements'."""
    return sum(u.quantity for other in order.lines for u in other.replaces if u.line_id == line.id)


def _sum(line: Line, holders: list[Any]) -> int:
    return sum(item.quantity for holder in holders for item in holder.items if item.line_id == line.id)


def _statuses(order: Order) -> None:
    for projection in PROJECTIONS.values():
        annotation = projection.__annotations__["return"]
        assert projection(order) in get_args(annotation), projection.__name__
    for fulfillment in order.fulfillments:
        assert status.fulfillment_state(fulfillment) in get_args(status.fulfillment_state.__annotations__["return"])
    for payment in order.payments:
        assert status.payment_state(payment) in get_args(status.payment_state.__annotations__["return"])
    for line in order.lines:
        n = status.line_counters(order, line)
        assert min(n.not_fulfilled, n.fulfilled, n.shipped, n.restocked) >= 0
        assert n.quantity == n.not_fulfilled + n.fulfilled + n.shipped + n.restocked


def _windows(order: Order) -> None:
    ended = order.stage in ("cancelled", "failed") or order.closed_at is not None
    if windows.is_over(order):
        assert ended
        assert windows.next_deadline(order) is None
        assert windows.waiting_on(order) in ("hold", "nothing", "surplus", "refund_failed")
    assert isinstance(windows.waits_for(order), list)
    if order.payment_window_ends_at:
        assert order.stage == "confirmed"
        assert not order.payment_window_over
    if order.return_window_ends_at:
        assert sum(line.delivered for line in order.lines) > 0


def hold_between(before: Order, change: Change) -> None:
    """One accepted command: one version, at least one event, numbered without a gap, every name known."""
    after = change.order
    assert after.version == before.version + 1
    assert change.events, "an accepted command says what it did"
    first = before.next_sequence
    assert [e.sequence for e in change.events] == list(range(first, first + len(change.events)))
    assert after.next_sequence == first + len(change.events)
    for event in change.events:
        assert event.type in EVENTS
        assert event.version == after.version
        assert after.latest[event.type] >= event.sequence
    assert len({e.id for e in change.events}) == len(change.events)
    assert (after.id, after.number, after.currency, after.livemode) == (
        before.id,
        before.number,
        before.currency,
        before.livemode,
    )


def shelf(order: Order) -> dict[str, tuple[int, int]]:
    """Per variant, what this order has done to (on hand, reserved): the pure function the moves must add up to."""
    out: dict[str, tuple[int, int]] = {}
    for line in stocked(order):
        if line.variant_id and (taken(line) or reserved(order, line)):
            on_hand, kept = out.get(line.variant_id, (0, 0))
            out[line.variant_id] = (on_hand - taken(line), kept + reserved(order, line))
    return {variant: moved for variant, moved in out.items() if moved != (0, 0)}
