from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain import commands as c
from domain import ledger
from domain.errors import AmountTooLarge, InvalidInput, InvalidQuantity, InvalidTransition
from domain.lifecycle import plan
from domain.order import Order, Return
from domain.policy import Policy, ReturnPolicy
from domain.windows import next_deadline
from tests.domain.orders import CUSTOMER, SHOP, TIMER, Story, confirmed, delivered, line


def _ask(story: Story, n: int, **fields: str) -> Story:
    named = fields or {"line_id": story.order.lines[0].id}
    return story.do(c.RequestReturn(lines=(c.ReturnUnits.model_validate({"quantity": n, **named}),)))


def _receive(story: Story, *got: tuple[int, bool], **fields: Any) -> Story:
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


# Steps


def _steps(**policy: Any) -> Story:
    """A delivered order of three units at 100 and a return of all of them."""
    return _ask(delivered(line(1, 3, 100), return_policy=ReturnPolicy(**policy), customer_id="cust_1"), 3)


def _the(story: Story) -> Return:
    return story.order.returns[-1]


def test_parcels_come_one_by_one_and_each_unit_is_credited_once() -> None:
    story = _receive(_steps(), (1, True), final=False)
    assert (_the(story).status, _the(story).refund_amount) == ("partially_received", 100)
    story = _receive(story, (1, False), final=False)
    story = _receive(story)
    made = _the(story)
    assert (made.status, made.refund_amount, len(made.refund_ids)) == ("refunded", 300, 3)
    assert (made.items[0].received, made.items[0].restocked) == (3, 2)
    assert sum(credit.amount for credit in story.order.credits) == 300


def test_the_last_unit_ends_a_return_that_waits_for_more() -> None:
    assert _the(_receive(_steps(), (3, True), final=False)).status == "refunded"


def test_units_on_their_way_are_those_that_have_not_come() -> None:
    story = _receive(_steps(), (1, True), final=False)
    with pytest.raises(InvalidQuantity):
        _ask(story, 1)
    assert _receive(story, (0, True)).order.returns[0].status == "refunded"
    assert _the(_ask(story, 2)).status == "requested"


def test_how_units_looked_is_counted() -> None:
    story = _steps()
    line_id = story.order.lines[0].id
    story.do(c.ApproveReturn(return_id=_the(story).id))
    lines = (
        c.ReceivedUnits(line_id=line_id, quantity=2, condition="damaged", restock=False),
        c.ReceivedUnits(line_id=line_id, quantity=1, condition="new"),
    )
    story.do(c.ReceiveReturn(return_id=_the(story).id, lines=lines))
    assert _the(story).items[0].conditions == {"damaged": 2, "new": 1}
    assert story.order.lines[0].restocked == 1


def test_a_fee_is_kept_of_the_units_worth_and_never_of_shipping() -> None:
    assert _the(_receive(_steps(), fee=40)).refund_amount == 260
    assert _the(_receive(_steps(restocking_fee_percent=15), (1, True))).refund_amount == 85
    assert _the(_receive(_steps(restocking_fee_percent=15), (1, True), fee=0)).refund_amount == 100
    assert _the(_receive(_steps(restocking_fee_percent=15), (1, True), amount=50)).refund_amount == 50
    story = _ask(
        delivered(line(1, 1, 100), shipping=[30], return_policy=ReturnPolicy(restocking_fee_percent=Decimal(100))), 1
    )
    assert _the(_receive(story, refund_shipping=True)).refund_amount == 30
    for wrong in ({"fee": 301}, {"fee": 1, "amount": 1}, {"fee": -1}):
        with pytest.raises(InvalidInput) as refused:
            _receive(_steps(), **wrong)
        assert refused.value.field == "fee"


def test_an_order_not_paid_in_full_owes_less_and_gives_back_only_what_is_surplus() -> None:
    story = confirmed(line(1, 3, 100), policy=Policy(require_payment_before_fulfill=False))
    story.do(c.Pay(payment_method="pm_card_visa", amount=150, capture=True)).do(c.Fulfill()).do(c.Deliver())
    story = _receive(_ask(story, 1))
    assert (_the(story).status, ledger.due(story.order)) == ("received", 50)
    story = _receive(_ask(story, 1))
    assert (_the(story).status, _the(story).refund_amount) == ("refunded", 50)


def test_nothing_sent_in_time_expires_by_itself() -> None:
    story = _steps(ship_back_days=0.0001)
    story.do(c.ApproveReturn(return_id=_the(story).id))
    due = next_deadline(story.order)
    assert due is not None
    assert (due[0].name, due[0].at) == (f"ship_by:{_the(story).id}", story.now + timedelta(seconds=9))
    with pytest.raises(InvalidTransition):
        story.do(due[1], by=TIMER)
    assert story.at(due[0].at).do(due[1], by=TIMER).events == ["order.return_expired"]
    assert _the(story).status == "expired"
    assert _the(_ask(story, 3)).status == "requested"


def test_something_received_or_no_deadline_never_expires() -> None:
    story = _receive(_steps(), (1, True), final=False)
    assert next_deadline(story.order) is None
    story = _steps(ship_back_days=0)
    assert next_deadline(story.do(c.ApproveReturn(return_id=_the(story).id)).order) is None


def test_policy_approves_at_once_and_tells_the_customer() -> None:
    story = _steps(auto_approve=True)
    assert (_the(story).status, story.events) == ("approved", ["order.return_requested", "order.return_approved"])
    assert story.last is not None
    assert story.last.mails == ("return_approved",)
    assert _the(story).ship_by == story.now + timedelta(days=14)


def test_withdrawn_while_nothing_is_received() -> None:
    for start in (_steps(), _steps(auto_approve=True)):
        assert start.do(c.WithdrawReturn(return_id=_the(start).id), by=CUSTOMER).events == ["order.return_withdrawn"]
    story = _receive(_steps(), (1, True), final=False)
    for late in (c.WithdrawReturn(return_id=_the(story).id), c.RejectReturn(return_id=_the(story).id, reason="no")):
        with pytest.raises(InvalidTransition):
            story.do(late)


def test_store_credit_asks_no_provider_and_lowers_net_for_good() -> None:
    start = delivered(line(1, 3, 100), customer_id="cust_1")
    ask = c.RequestReturn(
        lines=(c.ReturnUnits(line_id=start.order.lines[0].id, quantity=1),), refund_method="store_credit"
    )
    story = start.do(ask).do(c.ApproveReturn(return_id=_the(start).id))
    receive = c.ReceiveReturn(return_id=_the(story).id)
    assert plan(story.order, receive, story.now, SHOP) == []
    story.do(receive)
    assert story.order.refunds[-1].store_credit == 100
    assert (story.order.payments[0].refunded, ledger.net(story.order), ledger.due(story.order)) == (0, 200, 0)
    with pytest.raises(AmountTooLarge):
        story.do(c.Refund(amount=201))
    assert story.do(c.Refund()).order.refunds[-1].amount == 200
    assert ledger.net(story.order) == 0


def test_a_refund_of_one_parcel_that_fails_leaves_the_others() -> None:
    story = _receive(_receive(_steps(), (1, True), final=False), (2, True))
    refund = story.order.refunds[-1]
    fact = c.RefundFact(
        payment_ref=story.order.payments[0].ref or "", ref=refund.parts[0].ref or "", status="failed", amount=200
    )
    story.do(fact)
    assert (_the(story).status, _the(story).refund_amount, len(_the(story).refund_ids)) == ("refunded", 100, 1)


def test_an_order_stored_before_returns_had_steps_reads_with_defaults() -> None:
    story = _receive(_ask(delivered(line(1, 1, 100)), 1))
    stored = story.order.model_dump(mode="json")
    del stored["return_policy"]
    kept = ("id", "serial", "status", "refund_id", "refund_amount", "created_at", "updated_at")
    stored["returns"] = [
        {name: made[name] for name in kept}
        | {"items": [{"line_id": i["line_id"], "quantity": 1, "received": 1} for i in made["items"]]}
        for made in stored["returns"]
    ]
    read = Order.model_validate(stored)
    assert (read.return_policy, read.returns[0].refund_ids, read.returns[0].fee) == (ReturnPolicy(), (), 0)


def test_money_the_provider_gave_back_beyond_what_is_here_is_nobodys_debt() -> None:
    story = delivered(line(1, 3, 100), customer_id="cust_1")
    ask = c.RequestReturn(
        lines=(c.ReturnUnits(line_id=story.order.lines[0].id, quantity=1),), refund_method="store_credit"
    )
    story.do(ask).do(c.ApproveReturn(return_id=story.order.returns[0].id))
    story.do(c.ReceiveReturn(return_id=story.order.returns[0].id))
    ref = story.order.payments[0].ref or ""
    story.do(c.RefundFact(payment_ref=ref, ref="re_elsewhere", status="succeeded", amount=300))
    assert (story.order.payments[0].refunded, ledger.net(story.order), ledger.owed(story.order)) == (200, 0, 0)
    assert ledger.due(story.order) == 0


def test_other_payments_are_refunded_before_those_of_store_credit() -> None:
    story = confirmed(line(1, 3, 100), customer_id="cust_1")
    story.do(c.Pay(payment_method="store_credit", amount=100)).do(c.Pay(payment_method="pm_card_visa", amount=200))
    story.do(c.Refund(amount=250))
    parts = [(story.order.payment(p.payment_id).provider, p.amount) for p in story.order.refunds[0].parts]
    assert parts == [("sandbox", 200), ("store_credit", 50)]


def test_too_little_store_credit_counts_no_attempt() -> None:
    story = confirmed(line(1, 3, 100), customer_id="cust_1", policy=Policy(max_payment_attempts=1))
    pay = c.Pay(payment_method="store_credit")
    story.do(pay, outcomes=[{"status": "declined", "code": "insufficient_credit", "state": None}])
    assert (story.order.stage, story.order.declines) == ("confirmed", 0)
    assert story.do(pay).order.payments[-1].provider == "store_credit"
