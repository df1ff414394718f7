import pytest

from domain import commands as c
from domain import ledger
from domain.errors import AmountTooLarge, InvalidInput, InvalidQuantity, InvalidTransition
from tests.domain.orders import Story, delivered, line


def _ask(story: Story, n: int, **fields: str) -> Story:
    named = fields or {"line_id": story.order.lines[0].id}
    return story.do(c.RequestReturn(lines=(c.ReturnUnits.model_validate({"quantity": n, **named}),)))


def _receive(story: Story, *got: tuple[int, bool], **fields: object) -> Story:
    """(quantity, restock) per entry, all of the first line."""
    line_id = story.order.lines[0].id
    if story.order.returns[-1].status == "requested":
        story.do(c.ApproveReturn(return_id=story.order.returns[-1].id))
    lines = [{"line_id": line_id, "quantity": n, "restock": r} for n, r in got] or None
    return story.do(c.ReceiveReturn.model_validate({"return_id": story.order.returns[-1].id, "lines": lines, **fields}))


def test_a_variant_spreads_over_its_lines_in_order() -> None:
    same = [line(n, 2, 100, variant_id="var_x") for n in (1, 2)]
    story = _ask(delivered(*same), 3, variant_id="var_x")
    assert [(i.line_id, i.quantity) for i in story.order.returns[0].items] == [
        (story.order.lines[0].id, 2),
        (story.order.lines[1].id, 1),
    ]


def test_what_is_in_an_open_return_cannot_be_asked_for_again() -> None:
    story = _ask(delivered(line(1, 2, 100)), 2)
    with pytest.raises(InvalidQuantity):
        _ask(story, 1)
    story.do(c.RejectReturn(return_id=story.order.returns[0].id, reason="worn"))
    assert _ask(story, 1).order.returns[1].status == "requested"


def test_receiving_refunds_the_units_share_without_shipping() -> None:
    story = _receive(_ask(delivered(line(1, 3, 100), shipping=[599], rates=[("0.1", False)]), 1))
    assert (story.order.refunds[0].amount, story.order.refunds[0].shipping) == (110, 0)
    made = story.order.returns[0]
    assert (made.status, made.refund_id, made.refund_amount) == ("refunded", story.order.refunds[0].id, 110)


def test_or_with_shipping_or_an_amount_of_its_own() -> None:
    assert _receive(_ask(delivered(shipping=[599]), 1), refund_shipping=True).order.refunds[0].amount == 2999 + 599
    assert _receive(_ask(delivered(), 1), amount=7).order.refunds[0].amount == 7
    with pytest.raises(AmountTooLarge):
        _receive(_ask(delivered(), 1), amount=5999)


def test_a_return_that_was_never_approved_is_not_received() -> None:
    story = _ask(delivered(), 1)
    with pytest.raises(InvalidTransition) as refused:
        story.do(c.ReceiveReturn(return_id=story.order.returns[0].id))
    assert refused.value.data["event"]["type"] == "order.return_requested"


def test_no_money_is_a_return_received_and_not_refunded() -> None:
    story = _receive(_ask(delivered(), 1), amount=0)
    assert (story.order.returns[0].status, story.order.refunds) == ("received", ())


def test_units_not_received_lapse_and_restocked_ones_are_counted() -> None:
    story = _receive(_ask(delivered(line(1, 3, 100)), 3), (1, True), (1, False))
    item = story.order.lines[0]
    assert (item.returned, item.restocked) == (2, 1)
    assert story.order.refunds[0].amount == 200
    assert _ask(story, 1).order.returns[1].status == "requested"


def test_more_than_was_asked_for_or_nothing_is_not_received() -> None:
    story = _ask(delivered(line(1, 3, 100)), 2)
    for got in ((3, True), (0, True)):
        with pytest.raises(InvalidInput):
            _receive(story, got)


def test_a_unit_refunded_before_is_not_refunded_again_when_it_comes_back() -> None:
    story = delivered(line(1, 2, 100))
    story.do(c.Refund(lines=(c.RefundUnits(line_id=story.order.lines[0].id, quantity=2),)))
    assert ledger.refundable(story.order) == 0
    story = _receive(_ask(story, 1))
    assert (story.order.returns[0].status, len(story.order.refunds)) == ("received", 1)


def test_a_refund_the_provider_refuses_leaves_the_return_received_and_its_money_to_be_given_back() -> None:
    story = _ask(delivered(line(1, 2, 100)), 1)
    story.do(c.ApproveReturn(return_id=story.order.returns[0].id))
    story.do(
        c.ReceiveReturn(return_id=story.order.returns[0].id), outcomes=[{"status": "refused", "refund_state": "failed"}]
    )
    assert (story.order.returns[0].status, ledger.surplus(story.order)) == ("received", 100)
    assert story.order.refunds[0].status == "failed"
