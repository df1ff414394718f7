import pytest

from domain import commands as c
from domain.errors import Conflict, InvalidQuantity, OrderError
from domain.order import Tracking, Units
from domain.stock import stock_moves
from tests.domain.orders import Story, confirmed, delivered, line, paid, shipped

UPS = Tracking(number="1Z", company="UPS")


def _units(story: Story, n: int) -> tuple[Units, ...]:
    return (Units(line_id=story.order.lines[0].id, quantity=n),)


def _cancel_fulfillment(story: Story, n: int = 0) -> Story:
    return story.do(c.CancelFulfillment(fulfillment_id=story.order.fulfillments[n].id))


def test_fulfilling_everything_ships_what_is_already_sent_first() -> None:
    story = paid(line(1, 3, 100))
    story.do(c.Fulfill(lines=_units(story, 1), ship=False)).do(c.Fulfill(lines=_units(story, 2)))
    assert [[i.quantity for i in f.items] for f in story.order.fulfillments] == [[1], [1]]
    assert story.order.lines[0].shipped == 2
    assert story.events.count("order.shipped") == 2  # one per fulfilment, and this command shipped both


def test_each_shipped_fulfilment_says_so_once() -> None:
    story = paid(line(1, 3, 100))
    story.do(c.Fulfill(lines=_units(story, 2), ship=False))
    first = story.order.fulfillments[0].id
    assert story.do(c.Ship(fulfillment_id=first, lines=_units(story, 1))).events == ["shipment.created"]
    assert story.do(c.Ship(fulfillment_id=first)).events == ["shipment.created", "order.shipped"]


def test_a_fulfilment_taken_back_is_reserved_again_and_can_be_sent_again() -> None:
    story = shipped(line(1, 2, 100))
    before = story.order
    _cancel_fulfillment(story)
    assert [(m.on_hand, m.reserved) for m in stock_moves(before, story.order)] == [(2, 2)]
    story.do(c.Fulfill()).do(c.Deliver())
    assert story.order.lines[0].delivered == 2
    assert "order.delivered" in story.events


def test_a_parcel_of_a_cancelled_fulfilment_can_be_neither_delivered_nor_taken_back() -> None:
    story = _cancel_fulfillment(shipped())
    parcel = story.order.fulfillments[0].shipments[0].id
    for command in (c.Unship(shipment_id=parcel), c.UpdateFulfillment(shipment_id=parcel, status="delivered")):
        with pytest.raises(OrderError) as refused:
            story.do(command)
        assert refused.value.code == "fulfillment_not_found"


def test_a_delivered_fulfilment_cannot_be_cancelled() -> None:
    with pytest.raises(OrderError) as refused:
        _cancel_fulfillment(delivered())
    assert refused.value.code == "invalid_transition"


def test_commercehqs_delete_refuses_a_fulfilment_with_shipments() -> None:
    story = shipped()
    with pytest.raises(Conflict):
        story.do(c.CancelFulfillment(fulfillment_id=story.order.fulfillments[0].id, unshipped_only=True))


def test_the_order_is_delivered_once_with_its_last_unit() -> None:
    story = paid(line(1, 2, 100))
    story.do(c.Fulfill(lines=_units(story, 1))).do(c.Fulfill())
    one, two = (f.id for f in story.order.fulfillments)
    assert story.do(c.Deliver(fulfillment_id=one)).events == ["fulfillment.updated"]
    assert story.do(c.Deliver(fulfillment_id=two)).events == ["fulfillment.updated", "order.delivered"]


def test_tracking_changes_only_what_is_given() -> None:
    story = paid().do(c.Fulfill(tracking=UPS))
    story.do(c.UpdateFulfillment(tracking=Tracking(url="https://t.test")))
    assert story.order.fulfillments[0].tracking == Tracking(number="1Z", company="UPS", url="https://t.test")
    assert story.order.fulfillments[0].shipments[0].tracking.number == "1Z"


def test_restocking_cancels_unsent_units_first_then_counts_shipped_ones_as_returned() -> None:
    story = paid(line(1, 3, 100))
    story.do(c.Fulfill(lines=_units(story, 2)))
    before = story.order
    story.do(c.Restock(lines=_units(story, 2)))
    item = story.order.lines[0]
    assert (item.cancelled, item.returned, item.restocked, item.recalled) == (1, 1, 1, 1)
    assert [(m.on_hand, m.reserved) for m in stock_moves(before, story.order)] == [(1, -1)]
    assert story.order.refunds == ()
    with pytest.raises(InvalidQuantity):
        story.do(c.Restock(lines=_units(story, 2)))


def test_units_of_an_open_return_come_back_once() -> None:
    story = delivered(line(1, 1, 100))
    story.do(c.RequestReturn(lines=(c.ReturnUnits(line_id=story.order.lines[0].id, quantity=1),)))
    with pytest.raises(InvalidQuantity):
        story.do(c.Restock(lines=_units(story, 1)))
    refund = c.RefundUnits(line_id=story.order.lines[0].id, quantity=1, restock=True)
    assert story.do(c.Refund(lines=(refund,))).order.lines[0].returned == 0
    story.do(c.ApproveReturn(return_id=story.order.returns[0].id))
    assert story.do(c.ReceiveReturn(return_id=story.order.returns[0].id)).order.lines[0].returned == 1


def test_stock_that_is_not_tracked_never_moves() -> None:
    for mode in ("bypass", "untracked"):
        story = confirmed(line(1, 2, 100, stock=mode))
        assert stock_moves(None, story.order) == ()
        assert stock_moves(story.order, story.do(c.Cancel()).order) == ()


def test_only_tracked_lines_obey_what_is_available() -> None:
    story = confirmed(line(1, 2, 100), line(2, 1, 100, stock="ignore_policy"))
    assert [m.obey for m in stock_moves(None, story.order)] == [True, False]


def test_several_parcels_go_at_once_or_not_at_all() -> None:
    story = paid(line(1, 2, 100))
    story.do(c.Fulfill(lines=_units(story, 1), ship=False)).do(c.Fulfill(ship=False))
    one, two = (f.id for f in story.order.fulfillments)
    before = story.order
    with pytest.raises(OrderError) as refused:
        story.do(c.Several(steps=(c.Ship(fulfillment_id=one), c.Ship(fulfillment_id="x"))))
    assert (refused.value.code, story.order) == ("fulfillment_not_found", before)
    story.do(c.Several(steps=(c.Ship(fulfillment_id=one), c.Ship(fulfillment_id=two))))
    assert story.order.lines[0].shipped == 2
    parcels = [p.id for f in story.order.fulfillments for p in f.shipments]
    story.do(c.Several(steps=tuple(c.Unship(shipment_id=p) for p in parcels)))
    story.do(c.Several(steps=tuple(c.CancelFulfillment(fulfillment_id=f) for f in (one, two))))
    assert (story.order.lines[0].shipped, story.order.lines[0].sent) == (0, 0)
