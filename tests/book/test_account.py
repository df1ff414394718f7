"""The second account against figures reckoned by hand: the issue's stories, and each sentence of the contract's section 5."""

import pytest

from tests.book.account import Account
from tests.book.sold import Contradiction, Named

V = {"v": (3, 3000)}
"""Three units at 10.00, no tax."""


def account(taken: int = 0, lines: dict[str, tuple[int, int]] | None = None, shipping: int = 0) -> Account:
    made = Account(taken=taken)
    made.sold(lines or V, shipping)
    return made


def says(made: Account) -> tuple[int, int, int, int]:
    """(owed, net, due, surplus)"""
    return made.owed, made.net, made.due, made.surplus


def moved(made: Account, amount: int) -> Account:
    made.given += amount
    return made


def unsent(count: int, line: str = "v") -> list[Named]:
    return [Named(line, count, cancel=count)]


# The stories


def test_a_unit_added_and_cancelled_again_moves_nothing_and_leaves_the_other_paid() -> None:
    made = account(1000, {"v": (1, 1000)})
    assert made.edit({"v": (2, 2000)}, 0, 0) == 0
    assert says(made) == (2000, 1000, 1000, 0)
    assert made.refund_named(unsent(1)) == 0
    assert says(made) == (1000, 1000, 0, 0)
    assert made.lines["v"].unsent == 1


def test_two_of_three_units_cancelled_on_a_third_paid_move_nothing() -> None:
    made = account(1000)
    assert made.refund_named(unsent(2)) == 0
    assert says(made) == (1000, 1000, 0, 0)


def test_a_unit_cancelled_after_most_went_back_gives_the_rest_and_cancels_no_other() -> None:
    made = account(3000)
    assert made.refund(2500) == 2500
    assert says(moved(made, 2500)) == (500, 500, 0, 0)
    assert made.refund_named(unsent(1)) == 500
    assert says(moved(made, 500)) == (0, 0, 0, 0)
    assert made.lines["v"].unsent == 2


def test_a_shipped_unit_keeps_its_money_when_the_waiting_two_are_cancelled() -> None:
    made = account(1000)
    made.held["p"] = 2000
    made.lines["v"].sent = made.lines["v"].shipped = 1
    assert made.refund_named(unsent(2)) == 0
    assert says(made) == (1000, 1000, 0, 0)
    assert made.useless_holds() == ["p"]


def test_restocking_a_unit_of_an_unpaid_order_halves_what_is_due() -> None:
    made = account(0, {"v": (2, 2000)})
    made.restock({"v": 1}, {})
    assert says(made) == (1000, 0, 1000, 0)


def test_one_of_three_that_came_back_cancels_none_of_the_waiting_two() -> None:
    made = account(1000)
    made.lines["v"].sent = made.lines["v"].shipped = 1
    assert made.receive({"v": 1}) == 0
    assert says(made) == (2000, 1000, 1000, 0)
    assert made.lines["v"].unsent == 2


def test_a_line_with_a_refunded_unit_cannot_be_edited_away() -> None:
    made = account(3000)
    assert made.refund_named([Named("v", 1)]) == 1000
    assert says(moved(made, 1000)) == (2000, 2000, 0, 0)
    with pytest.raises(Contradiction):
        made.edit({"v": (1, 1000)}, 0, 0)


# The sentences


def test_units_are_worth_what_adds_up_to_the_line() -> None:
    made = account(1000, {"v": (3, 1000)})
    assert [made.refund_named(unsent(1)) for _ in range(3)] == [333, 666, 1000]


def test_a_unit_credited_once_credits_nothing_when_it_comes_back() -> None:
    made = account(3000)
    made.lines["v"].sent = made.lines["v"].shipped = 3
    moved(made, made.refund_named([Named("v", 3)]))
    assert says(made) == (0, 0, 0, 0)
    assert made.receive({"v": 3}) == 0
    with pytest.raises(Contradiction):
        made.refund_named([Named("v", 1)])


def test_a_credit_is_never_more_than_what_is_owed() -> None:
    made = account(3000)
    moved(made, made.refund(2999))
    made.refund_named(unsent(2))
    assert made.owed == 0


def test_a_refund_settles_a_surplus_before_it_is_an_allowance() -> None:
    made = account(3000)
    made.restock({"v": 1}, {})
    assert says(made) == (2000, 3000, 0, 1000)
    assert says(moved(made, made.refund(1500))) == (1500, 1500, 0, 0)


def test_a_refund_that_fails_keeps_its_credit_and_can_be_paid_again() -> None:
    made = account(3000)
    made.refund(1000)
    assert says(made) == (2000, 3000, 0, 1000)
    assert says(moved(made, made.refund(1000))) == (2000, 2000, 0, 0)


def test_a_last_refund_cancels_every_unit_only_while_none_is_sent() -> None:
    made = account(3000, shipping=500)
    assert says(moved(made, made.refund(3000))) == (0, 0, 0, 0)
    assert made.lines["v"].cancelled == 3
    sent = account(3000)
    sent.lines["v"].sent = 1
    assert says(moved(sent, sent.refund(3000))) == (0, 0, 0, 0)
    assert sent.lines["v"].cancelled == 0


def test_a_part_paid_order_refunded_whole_owes_nothing_any_more() -> None:
    made = account(1000)
    assert says(moved(made, made.refund())) == (0, 0, 0, 0)


def test_a_given_amount_is_the_credit_of_the_units_named() -> None:
    made = account(3000)
    assert made.refund_named(unsent(1), given=400) == 400
    assert says(moved(made, 400)) == (2600, 2600, 0, 0)
    assert made.lines["v"].credited == 1


def test_shipping_goes_with_the_last_unit_when_none_was_sent() -> None:
    made = account(3500, shipping=500)
    moved(made, made.cancel({"v": 2}))
    assert says(made) == (1500, 1500, 0, 0)
    assert made.cancel({"v": 1}) == 1500
    assert says(moved(made, 1500)) == (0, 0, 0, 0)


def test_a_lost_dispute_cancels_no_unit() -> None:
    made = account(3000)
    made.lost(3000)
    assert says(moved(made, 3000)) == (0, 0, 0, 0)
    assert made.lines["v"].unsent == 3


def test_a_cancelled_order_that_is_reopened_owes_again_what_was_not_credited_before() -> None:
    made = account(3000)
    moved(made, made.refund_named(unsent(1)))
    assert made.end() == 2000
    assert says(moved(made, 2000)) == (0, 0, 0, 0)
    made.reopen()
    assert says(made) == (2000, 0, 2000, 0)


def test_the_oldest_hold_is_used_first_and_what_is_left_is_useless() -> None:
    made = account(0)
    made.held.update(old=2000, new=1500, spare=1000)
    assert made.useless_holds() == ["spare"]
    made.restock({"v": 1}, {})
    assert made.useless_holds() == ["new", "spare"]


def test_an_edit_below_what_was_given_away_leaves_nothing_owed_and_gives_back_what_is_here() -> None:
    made = account(3000, {"v": (1, 1000), "w": (1, 2000)})
    moved(made, made.refund(2500))
    assert made.edit({"v": (1, 1000)}, 0, 0) == 500
