"""Line edits, cancelling, refunds that end an order, reopening, texts: what changes and what money follows."""

import pytest

from domain import commands as c
from domain import ledger
from domain.errors import AlreadyFulfilled, InvalidInput, InvalidQuantity, PaymentRequired
from domain.order import Address
from domain.stock import stock_moves
from tests.domain.orders import Story, add_line, confirmed, line, paid, remove_line, set_line, shipped
from tests.words import financial_status

HOME = Address(line1="1 Main St", city="Portland", country="US")


def _first(story: Story) -> str:
    return story.order.lines[0].id


def test_more_due_waits_for_the_rest() -> None:
    story = paid(line(1, 2, 1000), rates=[("0.1", False)])
    story.do(set_line(_first(story), quantity=3))
    assert (ledger.due(story.order), financial_status(story.order)) == (1100, "partially_paid")
    with pytest.raises(PaymentRequired):
        story.do(c.Fulfill())
    story.do(c.Pay(payment_method="pm")).do(c.Fulfill())
    assert story.order.lines[0].shipped == 3


def test_less_due_goes_back_at_once_and_is_no_credit() -> None:
    story = paid(line(1, 2, 1000)).do(add_line(line(9, 1, 500))).do(c.Pay(payment_method="pm", capture=True))
    story.do(remove_line(_first(story)))
    assert story.events == ["order.edited", "payment.refunded", "order.refunded"]
    assert [part.amount for part in story.order.refunds[0].parts] == [2000]
    assert (ledger.due(story.order), ledger.surplus(story.order), ledger.credited(story.order)) == (0, 0, 0)


def test_an_added_line_is_always_a_new_one_and_is_reserved() -> None:
    story = confirmed()
    before = story.order
    story.do(add_line(story.order.lines[0]))
    assert len({item.id for item in story.order.lines}) == 2
    assert story.last is not None
    assert story.last.subject == story.order.edits[0].id
    assert story.order.edits[0].lines == (story.order.lines[1].id,)
    assert [(m.on_hand, m.reserved) for m in stock_moves(before, story.order)] == [(0, 2)]


def test_a_line_whose_units_were_refunded_keeps_them() -> None:
    story = paid(line(1, 2, 1000), line(2, 1, 1000))
    story.do(c.Refund(lines=(c.RefundUnits(line_id=_first(story), quantity=1),)))
    with pytest.raises(InvalidQuantity):
        story.do(remove_line(_first(story)))
    for change in ({"quantity": 1}, {"quantity": 3}, {"unit_price": 1}):
        with pytest.raises(InvalidQuantity):
            story.do(set_line(_first(story), **change))
    assert (ledger.due(story.order), ledger.surplus(story.order)) == (0, 0)


def test_cancelling_without_restock_writes_the_units_off() -> None:
    story = confirmed(line(1, 3, 100))
    before = story.order
    story.do(c.Cancel(restock=False))
    assert [(m.on_hand, m.reserved) for m in stock_moves(before, story.order)] == [(-3, -3)]
    story = confirmed(line(1, 3, 100))
    before = story.order
    assert [(m.on_hand, m.reserved) for m in stock_moves(before, story.do(c.Cancel()).order)] == [(0, -3)]


def test_what_was_written_off_stays_gone_when_the_line_is_removed_after_reopening() -> None:
    story = confirmed(line(1, 3, 100), line(2, 1, 100)).do(c.Cancel(restock=False)).do(c.Reopen())
    before = story.order
    story.do(remove_line(_first(story)))
    assert [(m.on_hand, m.reserved) for m in stock_moves(before, story.order)] == [(0, -3)]


def test_a_cancellation_whose_refund_is_refused_still_cancels_and_can_be_refunded_later() -> None:
    story = paid().do(c.Cancel(), outcomes=[{"status": "refused", "refund_state": "failed"}])
    assert (story.order.stage, story.order.refunds[0].status) == ("cancelled", "failed")
    assert story.do(c.Refund()).order.refunds[1].status == "succeeded"


def test_a_refund_that_leaves_nothing_captured_cancels_what_is_unsent() -> None:
    story = paid(line(1, 3, 100))
    before = story.order
    story.do(c.Refund(amount=300))
    assert story.order.lines[0].cancelled == 3
    assert [(m.on_hand, m.reserved) for m in stock_moves(before, story.order)] == [(0, -3)]
    kept = paid(line(1, 3, 100)).do(c.Refund(amount=299))
    assert kept.order.lines[0].cancelled == 0


def test_a_reopened_cancellation_must_be_paid_again_and_reserves_anew() -> None:
    story = paid().do(c.Cancel(reason="fraud", note="n"))
    before = story.order
    story.do(c.Reopen())
    assert (story.order.stage, story.order.cancel_reason, story.order.cancelled_at) == ("confirmed", None, None)
    assert ledger.due(story.order) == story.order.total
    assert [(m.on_hand, m.reserved) for m in stock_moves(before, story.order)] == [(0, 2)]
    assert story.do(c.Pay(payment_method="pm")).events == ["payment.captured", "order.paid"]


def test_metadata_is_merged_null_deletes_and_fifty_keys_are_the_most() -> None:
    story = confirmed().do(c.Update(metadata={"a": 1, "b": 2})).do(c.Update(metadata={"a": None, "c": 3}))
    assert story.order.metadata == {"b": 2, "c": 3}
    assert story.do(c.Update(replace_metadata={"z": 1})).order.metadata == {"z": 1}
    with pytest.raises(InvalidInput):
        story.do(c.Update(metadata={str(n): n for n in range(50)}))


def test_the_address_is_fixed_once_a_unit_is_sent() -> None:
    assert confirmed().do(c.Update(shipping_address=HOME)).order.shipping_address == HOME
    with pytest.raises(AlreadyFulfilled):
        shipped().do(c.Update(shipping_address=HOME))


def test_what_is_not_given_stays_and_what_is_given_as_null_goes() -> None:
    story = confirmed().do(c.Update(note="n")).do(c.Update(email=None))
    assert (story.order.note, story.order.email) == ("n", None)
