"""Every row of the contract's status tables (sections 6 to 9), each reached by commands, told in four vocabularies at once."""

from collections.abc import Callable
from typing import Any

import pytest

from domain import commands as c
from domain.commands import RefundFact
from domain.order import Order
from domain.policy import Policy
from tests import words as status
from tests.domain.orders import Story, confirmed, delivered, held, line, order, paid, placed, shipped, units

TWO = (line(1, 2, 1000), line(2, 1, 500))


def _sent(story: Story) -> Story:
    return story.do(c.Fulfill(ship=False))


def _returned(story: Story) -> Story:
    for item in story.order.lines:
        story.do(c.RequestReturn(lines=(c.ReturnUnits(line_id=item.id, quantity=item.quantity),)))
    for r in story.order.returns:
        story.do(c.ApproveReturn(return_id=r.id))
        story.do(c.ReceiveReturn(return_id=r.id))
    return story


def _failed(story: Story) -> Story:
    for _ in range(3):
        story.do(c.Pay(payment_method="pm"), outcomes=[{"status": "declined", "code": "x"}])
    return story


def _part(story: Story, *pairs: tuple[int, int], ship: bool = True) -> Story:
    return story.do(c.Fulfill(lines=units(*pairs, order=story.order), ship=ship))


def _restocked(story: Story, *pairs: tuple[int, int]) -> Story:
    return story.do(c.Restock(lines=units(*pairs, order=story.order)))


UNPAID = Policy(require_payment_before_fulfill=False)
HALF = c.Pay(payment_method="pm", amount=1000, capture=True)

# ruff: noqa: E501  (one row per fact)
# fmt: off
# per row: lifecycle, status, paymentStatus, fulfillmentStatus; zephyr status, fulfilment; store status, financial; chq status, paid
TABLE: dict[str, tuple[Callable[[], Story], tuple[Any, ...]]] = {
    "placed, not confirmed":                  (lambda: placed(*TWO),                           ("draft", "pending", "pending", "unfulfilled", "created", "unfulfilled", "open", "pending", 0, 0)),
    "confirmed, nothing authorised":          (lambda: confirmed(*TWO),                        ("confirmed", "pending", "pending", "unfulfilled", "created", "unfulfilled", "open", "pending", 0, 0)),
    "authorised":                             (lambda: held(*TWO),                             ("confirmed", "confirmed", "authorized", "unfulfilled", "created", "unfulfilled", "open", "authorized", 0, 0)),
    "captured":                               (lambda: paid(*TWO),                             ("paid", "confirmed", "captured", "unfulfilled", "paid", "unfulfilled", "open", "paid", 0, 1)),
    "captured below what is due":             (lambda: confirmed(*TWO).do(HALF),               ("confirmed", "confirmed", "authorized", "unfulfilled", "created", "unfulfilled", "open", "partially_paid", 0, 0)),
    "a total of nothing, confirmed":          (lambda: confirmed(line(1, 1, 0)),               ("paid", "confirmed", "captured", "unfulfilled", "paid", "unfulfilled", "open", "paid", 0, 1)),
    "voided again":                           (lambda: held(*TWO).do(c.Void()),                ("confirmed", "pending", "pending", "unfulfilled", "created", "unfulfilled", "open", "pending", 0, 0)),
    "some sent":                              (lambda: _part(paid(*TWO), (0, 1), ship=False),  ("paid", "processing", "captured", "partial", "paid", "partial", "open", "paid", 1, 1)),
    "some shipped":                           (lambda: _part(paid(*TWO), (0, 1)),              ("paid", "processing", "captured", "partial", "paid", "partial", "open", "paid", 2, 1)),
    "all sent, none shipped":                 (lambda: _sent(paid(*TWO)),                      ("paid", "processing", "captured", "fulfilled", "paid", "partial", "open", "paid", 3, 1)),
    "all sent, some shipped":                 (lambda: _sent(_part(paid(*TWO), (0, 1))),       ("paid", "processing", "captured", "fulfilled", "paid", "partial", "open", "paid", 4, 1)),
    "all shipped":                            (lambda: shipped(*TWO),                          ("shipped", "shipped", "captured", "fulfilled", "paid", "shipped", "open", "paid", 5, 1)),
    "all shipped, unpaid":                    (lambda: confirmed(*TWO, policy=UNPAID).do(c.Fulfill()), ("shipped", "shipped", "pending", "fulfilled", "created", "shipped", "open", "pending", 5, 0)),
    "all delivered":                          (lambda: delivered(*TWO),                        ("delivered", "delivered", "captured", "fulfilled", "paid", "delivered", "open", "paid", 5, 1)),
    "delivered, some refunded":               (lambda: delivered(*TWO).do(c.Refund(amount=1)), ("delivered", "delivered", "captured", "fulfilled", "partially_refunded", "delivered", "open", "partially_refunded", 5, -1)),
    "delivered, all refunded":                (lambda: delivered(*TWO).do(c.Refund()),         ("delivered", "refunded", "refunded", "fulfilled", "refunded", "delivered", "open", "refunded", 5, -2)),
    "paid, all refunded":                     (lambda: paid(*TWO).do(c.Refund()),              ("paid", "refunded", "refunded", "unfulfilled", "refunded", "unfulfilled", "open", "refunded", 0, -2)),
    "all returned":                           (lambda: _returned(delivered(*TWO)),             ("returned", "returned", "refunded", "fulfilled", "refunded", "delivered", "open", "refunded", 0, -2)),
    "cancelled unpaid":                       (lambda: confirmed(*TWO).do(c.Cancel()),         ("cancelled", "cancelled", "pending", "unfulfilled", "cancelled", "unfulfilled", "cancelled", "voided", 0, 0)),
    "cancelled authorised":                   (lambda: held(*TWO).do(c.Cancel()),              ("cancelled", "cancelled", "pending", "unfulfilled", "cancelled", "unfulfilled", "cancelled", "voided", 0, 0)),
    "cancelled paid":                         (lambda: paid(*TWO).do(c.Cancel()),              ("cancelled", "cancelled", "refunded", "unfulfilled", "cancelled", "unfulfilled", "cancelled", "refunded", 0, -2)),
    "cancelled partly paid":                  (lambda: confirmed(*TWO).do(HALF).do(c.Cancel()), ("cancelled", "cancelled", "refunded", "unfulfilled", "cancelled", "unfulfilled", "cancelled", "refunded", 0, -2)),
    "payment failed for good":                (lambda: _failed(confirmed(*TWO)),               ("failed", "failed", "pending", "unfulfilled", "cancelled", "unfulfilled", "cancelled", "voided", 0, 0)),
    "closed":                                 (lambda: shipped(*TWO).do(c.Close()),            ("shipped", "shipped", "captured", "fulfilled", "paid", "shipped", "closed", "paid", 5, 1)),
    "reopened after a paid cancellation":     (lambda: paid(*TWO).do(c.Cancel()).do(c.Reopen()), ("confirmed", "pending", "pending", "unfulfilled", "created", "unfulfilled", "open", "pending", 0, 0)),
    "one unit cancelled, the rest shipped":   (lambda: _restocked(paid(*TWO), (0, 1)).do(c.Fulfill()), ("shipped", "shipped", "captured", "fulfilled", "paid", "shipped", "open", "paid", 5, 1)),
    "every unit cancelled, the money kept":   (lambda: _restocked(paid(*TWO), (0, 2), (1, 1)), ("paid", "confirmed", "captured", "unfulfilled", "paid", "unfulfilled", "open", "paid", 0, 1)),
}
# fmt: on


@pytest.mark.parametrize(("story", "words"), TABLE.values(), ids=TABLE)
def test_every_row_of_the_tables_in_every_face(story: Callable[[], Story], words: tuple[Any, ...]) -> None:
    made = story().order
    told = (
        status.lifecycle(made),
        status.hanzo_status(made),
        status.payment_status(made),
        status.fulfillment_status(made),
        status.zephyr_status(made),
        status.zephyr_fulfilment_status(made),
        status.storefront_status(made),
        status.financial_status(made),
        status.commercehq_status(made),
        status.commercehq_paid(made),
    )
    assert told == words


def test_a_refund_that_fails_later_takes_its_words_back() -> None:
    story = delivered(*TWO).do(c.Refund(), outcomes=[{"refund_state": "pending", "ref": "re_1"}])
    assert status.financial_status(story.order) == "refunded"
    ref = story.order.payments[0].ref
    assert ref is not None
    story.do(RefundFact(payment_ref=ref, ref="re_1", status="failed", amount=2500))
    assert status.financial_status(story.order) == "paid"
    assert status.hanzo_status(story.order) == "delivered"
    assert "payment.refund_failed" in story.events


def test_commercehqs_counters_are_disjoint_and_count_cancelled_and_returned_units_as_restocked() -> None:
    story = _part(_restocked(paid(line(1, 5, 100)), (0, 1)), (0, 2))
    _part(story, (0, 1), ship=False)
    n = status.line_counters(story.order, story.order.lines[0])
    assert (n.quantity, n.not_fulfilled, n.fulfilled, n.shipped, n.restocked) == (5, 1, 1, 2, 1)
    _restocked(story, (0, 2))
    n = status.line_counters(story.order, story.order.lines[0])
    assert (n.quantity, n.not_fulfilled, n.fulfilled, n.shipped, n.restocked) == (5, 0, 1, 1, 3)


def test_a_cancelled_orders_units_are_all_restocked() -> None:
    story = paid(line(1, 5, 100)).do(c.Cancel())
    n = status.line_counters(story.order, story.order.lines[0])
    assert (n.not_fulfilled, n.fulfilled, n.shipped, n.restocked) == (0, 0, 0, 5)


def test_fulfilments_and_payments_have_words_of_their_own() -> None:
    story = paid(*TWO).do(c.Fulfill(ship=False))
    words = [status.fulfillment_state(story.order.fulfillments[0])]
    for command in (c.Fulfill(), c.Deliver()):
        story.do(command)
        words.append(status.fulfillment_state(story.order.fulfillments[0]))
    assert words == ["pending", "shipped", "delivered"]
    assert status.payment_state(story.order.payments[0]) == "captured"
    assert status.payment_state(story.do(c.Refund()).order.payments[0]) == "refunded"
    undone = shipped(*TWO)
    undone.do(c.CancelFulfillment(fulfillment_id=undone.order.fulfillments[0].id))
    assert status.fulfillment_state(undone.order.fulfillments[0]) == "cancelled"
    waiting = confirmed(*TWO).do(
        c.Pay(payment_method="pm"), outcomes=[{"state": "requires_action", "authorized": 0, "captured": 0}]
    )
    assert status.payment_state(waiting.order.payments[0]) == "pending"


def test_an_unplaced_order_has_every_word_too() -> None:
    fresh: Order = order()
    assert status.lifecycle(fresh) == "draft"
    assert status.financial_status(fresh) == "pending"
