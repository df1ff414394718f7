"""Orders stored before credits were kept are what they are: read, and led on, in today's shape.

The documents were written by the release before (commit ae2ea78), each by the commands its name says, as the store writes them.
"""

from pathlib import Path

import pytest

from domain import commands as c
from domain import ledger
from domain.order import Order, Units
from domain.windows import next_deadline
from tests.domain.orders import TIMER, Story
from tests.domain.promises import hold_for

STORED = Path(__file__).with_name("stored")

# name -> owed, net, due, surplus, what of it waits for a person, units credited
ACCOUNTS: dict[str, tuple[int, int, int, int, int, int]] = {
    "placed": (1000, 0, 1000, 0, 0, 0),
    "paid": (3500, 3500, 0, 0, 0, 0),
    "part-paid": (3000, 1000, 2000, 0, 0, 0),
    "a-goodwill-amount-back": (2500, 2500, 0, 0, 0, 0),
    "one-unit-back-money-only": (2000, 2000, 0, 0, 0, 1),
    "one-unit-back-and-restocked": (2000, 2000, 0, 0, 0, 1),
    "all-money-back": (0, 0, 0, 0, 0, 3),
    "unpaid-and-restocked": (1000, 0, 1000, 0, 0, 1),
    "paid-and-restocked": (1000, 2000, 0, 1000, 1000, 1),
    "restocked-then-refunded": (1000, 1000, 0, 0, 0, 1),
    "closed-after-restock": (3000, 3000, 0, 0, 0, 1),
    "cancelled-unpaid": (0, 0, 0, 0, 0, 3),
    "cancelled-after-payment": (0, 0, 0, 0, 0, 3),
    "cancelled-and-not-given-back": (0, 3000, 0, 3000, 3000, 3),
    "cancelled-and-reopened": (3000, 0, 3000, 0, 0, 0),
    "failed": (0, 0, 0, 0, 0, 1),
    "edited-down": (2000, 2000, 0, 0, 0, 0),
    "returned": (2000, 2000, 0, 0, 0, 1),
    "a-refund-that-failed": (2000, 2000, 0, 0, 0, 0),
    "a-dispute-won": (2000, 2000, 0, 0, 0, 0),
    "a-dispute-lost": (0, 0, 0, 0, 0, 0),
    "held-and-one-sent": (3000, 1000, 2000, 0, 0, 0),
    # The engine of then gave the sent unit's money back; what it costs is due, and no longer what was cancelled.
    "held-and-the-wrong-unit-refunded": (1000, 0, 1000, 0, 0, 2),
}


def stored(name: str) -> Order:
    return Order.model_validate_json((STORED / f"{name}.json").read_text())


def test_every_stored_order_has_its_account() -> None:
    assert {path.stem for path in STORED.glob("*.json")} == set(ACCOUNTS)
    assert all('"credited"' in (STORED / f"{name}.json").read_text() for name in ("returned", "all-money-back"))


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_order_of_the_old_shape_owes_what_it_should(name: str) -> None:
    order = stored(name)
    units = sum(ledger.credited_units(order, line.id) for line in order.lines)
    sums = (ledger.owed(order), ledger.net(order), ledger.due(order), ledger.surplus(order), order.surplus_waits)
    assert (*sums, units) == ACCOUNTS[name]
    hold_for(order, worth=False)
    story = Story(order).do(c.AddNote(body="led on"))
    again = Order.model_validate_json(story.order.model_dump_json())
    assert again == story.order
    assert again.credits == order.credits


def test_what_was_cancelled_of_an_unpaid_order_is_not_charged_any_more() -> None:
    story = Story(stored("unpaid-and-restocked")).do(c.Pay(payment_method="pm", capture=True))
    assert ledger.captured(story.order) == 1000
    story.do(c.Fulfill()).do(c.Deliver())
    assert (ledger.due(story.order), ledger.surplus(story.order)) == (0, 0)


def test_what_a_restock_of_then_left_can_be_given_back_once() -> None:
    story = Story(stored("paid-and-restocked"))
    assert next_deadline(story.order) is None
    story.do(c.Refund(amount=1000))
    assert (ledger.owed(story.order), ledger.net(story.order), ledger.surplus(story.order)) == (1000, 1000, 0)


def test_a_cancellation_of_then_is_taken_back_by_reopening() -> None:
    story = Story(stored("cancelled-after-payment")).do(c.Reopen())
    assert (ledger.due(story.order), story.order.credits) == (3500, ())


def test_units_refunded_then_are_not_credited_again_when_they_are_cancelled() -> None:
    story = Story(stored("one-unit-back-money-only"))
    story.do(c.CancelItems(lines=(Units(line_id=story.order.lines[0].id, quantity=3),)))
    assert (ledger.owed(story.order), ledger.net(story.order)) == (0, 0)
    assert ledger.refunded(story.order) == 3000


def test_a_hold_that_nothing_could_use_then_is_released_now() -> None:
    story = Story(stored("held-and-one-sent"))
    story.do(c.CancelItems(lines=(Units(line_id=story.order.lines[0].id, quantity=2),)))
    assert (ledger.held(story.order), ledger.due(story.order), ledger.net(story.order)) == (0, 0, 1000)
    assert next_deadline(story.order) is None


@pytest.mark.parametrize(("name", "word"), [("a-dispute-won", "won"), ("a-dispute-lost", "lost")])
def test_a_dispute_that_was_over_stays_over(name: str, word: str) -> None:
    order = stored(name)
    assert [(dispute.ref, dispute.status) for dispute in order.disputes] == [("dp_1", word)]
    assert not [kind for kind in order.latest if kind.startswith("dispute:")]


def test_what_was_not_given_back_then_is_not_tried_by_itself_and_can_be_by_hand() -> None:
    story = Story(stored("cancelled-and-not-given-back"))
    assert next_deadline(story.order) is None
    assert story.do(c.Refund(), by=TIMER).order.refunds[-1].amount == 3000
    assert ledger.surplus(story.order) == 0
