"""Exchanges (contract section 13): what is owed, when, which stock is kept, and how each of them ends."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from domain import commands as c
from domain import ledger
from domain.commands import Command
from domain.errors import OrderError
from domain.lifecycle import plan, prelude
from domain.order import Discount, Exchange, Given, Line, Order, Return, Units
from domain.policy import Policy, ReturnPolicy
from domain.rehearsal import rehearse
from domain.stock import stock_moves
from domain.tasks import tasks
from domain.waiting import waiting
from domain.windows import waits_for, windows
from tests.domain.orders import CUSTOMER, SHOP, TIMER, Story, delivered, line

CARD = "pm_card_visa"
AUTO = ReturnPolicy(auto_approve=True)


def _new(unit_price: int = 2999, quantity: int = 1, **fields: Any) -> Line:
    made = line(90, quantity, unit_price, **{"variant_id": "var_new"} | fields)
    return made.model_copy(update={"id": "", "serial": 0})


def asked(order: Order, *lines: Line, units: int = 1, **fields: Any) -> c.RequestExchange:
    """`units` of the first line for these."""
    back = (c.ReturnUnits(line_id=order.lines[0].id, quantity=units, reason="too small"),)
    return c.RequestExchange(lines=back, new_lines=lines or (_new(),), **fields)


def requested(*lines: Line, start: Story | None = None, units: int = 1, **fields: Any) -> Story:
    story = start or delivered()
    return story.do(asked(story.order, *lines, units=units, **fields))


def approve(story: Story, **more: Any) -> Story:
    return story.do(c.ApproveReturn(return_id=the_return(story).id), **more)


def receive(story: Story, n: int | None = None, final: bool = True, **fields: Any) -> Story:
    got = None if n is None else (c.ReceivedUnits(line_id=story.order.lines[0].id, quantity=n),)
    return story.do(c.ReceiveReturn(return_id=the_return(story).id, lines=got, final=final, **fields))


def the_exchange(story: Story) -> Exchange:
    return story.order.exchanges[-1]


def the_return(story: Story) -> Return:
    return story.order.return_(the_exchange(story).return_id)


def figures(story: Story) -> tuple[int, int, int]:
    """(owed, due, surplus)."""
    return ledger.owed(story.order), ledger.due(story.order), ledger.surplus(story.order)


def stock(before: Order, after: Order) -> dict[str, tuple[int, int]]:
    return {m.variant_id: (m.on_hand, m.reserved) for m in stock_moves(before, after)}


def expire(story: Story, **more: Any) -> Story:
    made = the_return(story)
    assert made.ship_by is not None
    return story.at(made.ship_by).do(c.ExpireReturn(return_id=made.id), by=TIMER, **more)


# On receipt


def test_until_the_last_parcel_is_here_the_new_lines_are_only_reserved() -> None:
    story = delivered()
    before = story.order
    requested(_new(3999), start=story)
    assert story.events == ["order.return_requested", "order.exchange_requested"]
    made = the_exchange(story)
    assert (made.status, made.owed, made.difference) == ("requested", False, 1000)
    assert [(item.exchange_id, item.quantity) for item in made.new_lines] == [(made.id, 1)]
    assert len(story.order.lines) == 1
    assert figures(story) == (5998, 0, 0)
    assert stock(before, story.order) == {"var_new": (0, 1)}
    assert the_return(story).exchange_id == made.id
    approve(story)
    assert story.events == ["order.return_approved", "order.exchange_approved"]
    assert figures(story) == (5998, 0, 0)


def test_the_last_parcel_makes_them_owed_under_the_ids_they_had() -> None:
    story = approve(requested(_new(3999)))
    promised = the_exchange(story).new_lines[0]
    before = story.order
    receive(story)
    added = story.order.lines[-1]
    assert (added.id, added.serial, added.exchange_id) == (promised.id, promised.serial, the_exchange(story).id)
    assert figures(story) == (6998, 1000, 0)
    assert stock(before, story.order) == {"var_1": (1, 0)}, "its reservation is the one it had"
    assert the_exchange(story).status == "approved", "nothing is sent yet"
    assert the_return(story).status == "received"
    story.do(c.Pay(payment_method=CARD)).do(c.Fulfill())
    assert story.events[-1] == "order.exchange_completed"
    assert the_exchange(story).status == "completed"


def test_an_even_exchange_moves_no_money_and_needs_none() -> None:
    story = receive(approve(requested(payment_method=CARD)))
    assert (the_exchange(story).difference, figures(story)) == (0, (5998, 0, 0))
    assert not story.order.refunds
    assert story.do(c.Fulfill()).order.exchanges[0].status == "completed"


def test_what_is_cheaper_goes_back_with_the_last_parcel() -> None:
    story = approve(requested(_new(999)))
    assert the_exchange(story).difference == -2000
    receive(story)
    assert [(r.amount, r.origin) for r in story.order.refunds] == [(2000, "return")]
    assert figures(story) == (3998, 0, 0)
    assert (the_return(story).status, the_return(story).refund_amount) == ("refunded", 2000)


def test_what_is_dearer_is_asked_of_the_payment_method_it_names() -> None:
    story = receive(approve(requested(_new(3999), payment_method=CARD)))
    assert [(p.amount, p.captured, p.payment_method) for p in story.order.payments[1:]] == [(1000, 1000, CARD)]
    assert figures(story) == (6998, 0, 0)
    assert story.events == ["order.return_received", "payment.captured"]


def test_a_decline_leaves_it_due_and_the_order_shows_it() -> None:
    story = approve(requested(_new(3999), payment_method=CARD))
    story.do(
        c.ReceiveReturn(return_id=the_return(story).id),
        outcomes=[{"status": "declined", "code": "card_declined", "state": None, "captured": 0, "authorized": 0}],
    )
    assert figures(story) == (6998, 1000, 0)
    assert (story.order.payments[-1].state, story.order.payments[-1].decline_code) == ("failed", "card_declined")
    assert story.order.stage == "confirmed"
    assert {task.kind for task in tasks(story.order)} == {"payment_failed"}
    with pytest.raises(OrderError) as refused:
        story.do(c.Fulfill())
    assert refused.value.code == "payment_required"


def test_an_exchange_is_settled_with_its_last_parcel_and_credits_what_came() -> None:
    story = approve(requested(_new(5998), units=2))
    receive(story, 1, final=False)
    assert (the_return(story).status, figures(story)) == ("partially_received", (5998, 0, 0))
    assert not story.order.refunds
    receive(story, 0, final=True)
    assert (the_return(story).status, figures(story)) == ("received", (8997, 2999, 0))
    again = c.RequestReturn(lines=(c.ReturnUnits(line_id=story.order.lines[0].id, quantity=1),))
    assert story.do(again).order.returns[-1].items[0].quantity == 1, "the unit that did not come is returnable again"


@pytest.mark.parametrize("fields", [{"amount": 1}, {"fee": 1}, {"refund_shipping": True}])
def test_amount_fee_and_shipping_are_said_with_the_last_parcel(fields: dict[str, Any]) -> None:
    story = approve(requested(units=2))
    with pytest.raises(OrderError) as refused:
        receive(story, 1, final=False, **fields)
    assert refused.value.field == next(iter(fields))


def test_the_restocking_fee_is_in_the_difference() -> None:
    start = delivered(return_policy=ReturnPolicy(restocking_fee_percent=Decimal(10)))
    story = approve(requested(start=start))
    assert the_exchange(story).difference == 299
    receive(story)
    assert figures(story) == (6297, 299, 0)


def test_tax_and_discounts_are_an_edits() -> None:
    start = delivered(rates=[("0.10", False)], discounts=[Discount(code="P", amount=0, percent=Decimal(50))])
    story = requested(_new(4000), start=start)
    total = story.order.total
    receive(approve(story))
    assert story.order.lines[-1].discount == 2000
    assert ledger.owed(story.order) - total == the_exchange(story).difference


# On approval


def test_on_approval_only_the_difference_is_due_and_the_new_units_may_be_sent() -> None:
    story = approve(requested(_new(3999), ship="on_approval", payment_method=CARD))
    assert figures(story) == (6998, 0, 0)
    assert [p.amount for p in story.order.payments] == [5998, 1000]
    story.do(c.Fulfill())
    assert the_exchange(story).status == "approved"
    receive(story)
    assert figures(story) == (6998, 0, 0)
    assert story.events == ["order.return_received", "order.exchange_completed"]
    assert sum(credit.amount for credit in story.order.credits) == 2999


def test_the_advance_is_at_most_what_the_new_lines_cost_and_the_rest_comes_with_the_parcel() -> None:
    story = approve(requested(_new(999), ship="on_approval"))
    assert figures(story) == (5998, 0, 0)
    assert not story.order.refunds
    receive(story)
    assert [r.amount for r in story.order.refunds] == [2000]
    assert figures(story) == (3998, 0, 0)


def test_a_parcel_that_never_comes_makes_the_new_units_due_in_full() -> None:
    story = approve(requested(_new(3999), ship="on_approval", payment_method=CARD)).do(c.Fulfill())
    declined = {"status": "declined", "code": "no", "state": None, "captured": 0, "authorized": 0}
    expire(story, outcomes=[declined])
    assert story.events[:2] == ["order.return_expired", "order.exchange_overdue"]
    assert (the_exchange(story).status, the_return(story).status) == ("overdue", "expired")
    assert figures(story) == (9997, 2999, 0)
    assert story.last is not None
    assert story.last.mails == ("exchange_overdue",)
    (task,) = [task for task in tasks(story.order) if task.kind == "exchange_overdue"]
    assert (task.amount, task.ref) == (2999, the_exchange(story).id)
    assert "an overdue exchange to be paid for" in waits_for(story.order)
    story.do(c.Pay(payment_method=CARD))
    assert not [task for task in tasks(story.order) if task.kind == "exchange_overdue"]


def test_overdue_is_asked_of_its_payment_method() -> None:
    story = approve(requested(ship="on_approval", payment_method=CARD)).do(c.Fulfill())
    expire(story)
    assert [p.amount for p in story.order.payments] == [5998, 2999]
    assert figures(story) == (8997, 0, 0)


def test_units_that_come_late_are_a_return_of_the_shops() -> None:
    story = expire(approve(requested(ship="on_approval")).do(c.Fulfill()).do(c.Deliver()))
    assert ledger.due(story.order) == 2999
    back = c.RequestReturn(lines=(c.ReturnUnits(line_id=story.order.lines[0].id, quantity=1),))
    story.do(back).do(c.ApproveReturn(return_id=story.order.returns[-1].id))
    story.do(c.ReceiveReturn(return_id=story.order.returns[-1].id))
    assert figures(story) == (5998, 0, 0)


# How it is given up

WAYS: dict[str, Callable[[Return], Command]] = {
    "reject": lambda made: c.RejectReturn(return_id=made.id, reason="worn"),
    "withdraw": lambda made: c.WithdrawReturn(return_id=made.id),
}


@pytest.mark.parametrize("ship", ["on_receipt", "on_approval"])
@pytest.mark.parametrize("way", ["reject", "withdraw", "expire"])
def test_given_up_before_anything_is_sent_everything_is_as_it_was(way: str, ship: str) -> None:
    start = delivered(rates=[("0.0875", False)], given=Given(tax=533), shipping=[599])
    before = start.order
    story = approve(requested(_new(3333), start=start, ship=ship, payment_method=CARD))
    kept = story.order
    if way == "expire":
        expire(story)
    else:
        story.do(WAYS[way](the_return(story)))
    assert the_exchange(story).status == "cancelled"
    assert story.events[1] == "order.exchange_cancelled"
    assert (story.order.total, story.order.tax_total, story.order.lines) == (
        before.total, before.tax_total, before.lines,
    )  # fmt: skip
    assert figures(story) == (before.total, 0, 0)
    assert stock(kept, story.order) == {"var_new": (0, -1)}
    assert story.order.credits == before.credits


def test_once_a_new_unit_is_sent_it_cannot_be_withdrawn_and_a_rejection_is_as_overdue() -> None:
    story = approve(requested(ship="on_approval")).do(c.Fulfill())
    with pytest.raises(OrderError) as refused:
        story.do(c.WithdrawReturn(return_id=the_return(story).id), by=CUSTOMER)
    assert refused.value.code == "order_already_fulfilled"
    assert refused.value.data["event"]["type"] == "order.shipped"
    story.do(c.RejectReturn(return_id=the_return(story).id, reason="empty box"))
    assert (the_exchange(story).status, ledger.due(story.order)) == ("overdue", 2999)


def test_a_new_line_of_which_units_were_cancelled_stays_with_none_to_send() -> None:
    story = approve(requested(_new(1000, 2), ship="on_approval"))
    added = story.order.lines[-1]
    story.do(c.CancelItems(lines=(Units(line_id=added.id, quantity=1),)))
    story.do(c.WithdrawReturn(return_id=the_return(story).id))
    gone = story.order.line(added.id)
    assert gone.cancelled == gone.quantity == 2
    assert figures(story) == (5998, 0, 0)


# What it needs


def test_a_closed_order_is_opened_and_closes_by_itself_again() -> None:
    story = delivered()
    story.do(c.Close())
    requested(start=story)
    assert story.order.closed_at is None
    assert "order.reopened" in story.events
    assert not story.order.stays_open


def test_a_customer_exchanges_inside_the_window_and_the_shop_after_it_too() -> None:
    story = delivered(policy=Policy(return_window_days=1)).later(days=2)
    with pytest.raises(OrderError) as refused:
        story.do(asked(story.order), by=CUSTOMER)
    assert refused.value.code == "return_window_closed"
    assert requested(start=story).order.exchanges[0].status == "requested"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"new_lines": ()}, "new_lines"),
        ({"lines": ()}, "lines"),
        ({"payment_method": "store_credit"}, "payment_method"),
    ],
)
def test_what_it_must_say(change: dict[str, Any], field: str) -> None:
    story = delivered()
    with pytest.raises(OrderError) as refused:
        story.do(asked(story.order).model_copy(update=change))
    assert refused.value.field == field


def test_approved_at_once_by_policy_its_stock_is_reserved_before_money_moves() -> None:
    story = delivered(return_policy=AUTO)
    command = asked(story.order, _new(3999), ship="on_approval", payment_method=CARD)
    (operation,) = plan(story.order, command, story.now, SHOP)
    assert (operation.kind, operation.amount) == ("authorize", 1000)
    early = prelude(story.order, command, story.now, SHOP)
    assert early is not None
    assert stock(story.order, early) == {"var_new": (0, 1)}
    story.do(command)
    assert stock(early, story.order) == {}
    assert the_exchange(story).status == "approved"
    assert story.order.payments[-1].id == operation.payment_id


def test_store_credit_pays_what_it_makes_due() -> None:
    start = delivered(customer_id="cust_1")
    story = approve(requested(_new(3999), start=start, payment_method="store_credit"))
    (operation,) = plan(story.order, c.ReceiveReturn(return_id=the_return(story).id), story.now, SHOP)
    assert (operation.provider, operation.customer, operation.amount) == ("store_credit", "cust_1", 1000)


def test_its_deadline_says_what_happens_and_can_be_moved() -> None:
    story = approve(requested(ship="on_approval"))
    name = f"ship_by:{the_return(story).id}"
    (window,) = [window for window in windows(story.order) if window.name == name]
    assert window.then == "the exchange is cancelled: its new units are on sale again"
    story.do(c.Fulfill())
    (window,) = [window for window in windows(story.order) if window.name == name]
    assert window.then == "the exchange is overdue: the new units are due in full"
    story.do(c.MoveTimer(name=name, fire=True))
    assert the_exchange(story).status == "overdue"


def test_its_dry_run_is_the_real_thing() -> None:
    story = approve(requested(_new(3999), payment_method=CARD))
    command = c.ReceiveReturn(return_id=the_return(story).id)
    told = rehearse(story.order, command, story.now, SHOP)
    story.do(command)
    assert ledger.owed(told.order) == ledger.owed(story.order)
    assert list(told.events) == story.events
    assert [(m.kind, m.amount) for m in told.money] == [("authorize", 1000), ("capture", 1000)]


def test_every_state_of_an_exchange_is_waited_for_and_told() -> None:
    words = {"return_decision": requested(), "parcel": approve(requested())}
    words["fulfillment"] = receive(approve(requested()))
    words["exchange"] = expire(approve(requested(ship="on_approval")).do(c.Fulfill()))
    for word, story in words.items():
        assert word in {wait.word for wait in waiting(story.order)}
        assert waits_for(story.order)
    assert "a decision on a requested exchange" in waits_for(words["return_decision"].order)
