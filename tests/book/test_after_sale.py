"""Exchanges and claims in the second account, against figures reckoned by hand from the contract's section 13."""

import pytest

from tests.book import after_sale
from tests.book.account import Account
from tests.book.after_sale import Swap
from tests.book.sold import Contradiction, Named


def delivered(**lines: tuple[int, int]) -> Account:
    """Paid in full, sent, and at the customer's."""
    made = Account(ever_sent=True)
    made.sold(lines, 0)
    for line in made.lines.values():
        line.sent = line.shipped = line.quantity
    made.taken = made.total
    return made


def says(made: Account) -> tuple[int, int, int]:
    """(owed, due, surplus)"""
    return made.owed, made.due, made.surplus


def swap(*, on_approval: bool, units: int = 1) -> Swap:
    return Swap("x", ("new",), {"old": units}, on_approval)


def came(
    made: Account, one: Swap, units: int, *, new: tuple[int, int], last: bool = True, fee: int | None = None
) -> int:
    charges = {name: (line.quantity, line.total) for name, line in made.lines.items()} | {"new": new}
    return after_sale.parcel(
        made, one, {"old": units}, (charges, 0, 0), last=last, given=None, with_shipping=False, fee=fee, percent=0
    )


def approved(made: Account, one: Swap, new: tuple[int, int], percent: int = 0) -> int:
    charges = {name: (line.quantity, line.total) for name, line in made.lines.items()} | {"new": new}
    return after_sale.approve(made, one, (charges, 0, 0), percent)


def test_on_receipt_all_parcels_are_settled_with_the_last() -> None:
    made, one = delivered(old=(3, 1000)), swap(on_approval=False, units=2)
    assert approved(made, one, (1, 500)) == 0
    assert says(made) == (1000, 0, 0)
    assert came(made, one, 1, new=(1, 500), last=False) == 0
    assert (says(made), made.lines["old"].returned) == ((1000, 0, 0), 1)
    assert came(made, one, 1, new=(1, 500)) == 166  # 333 + 333 of the old, 500 of the new
    assert says(made) == (834, 0, 166)


def test_money_is_said_with_the_last_parcel_alone() -> None:
    made, one = delivered(old=(2, 1000)), swap(on_approval=False, units=2)
    with pytest.raises(Contradiction):
        came(made, one, 1, new=(1, 500), last=False, fee=0)


def test_on_approval_the_advance_is_at_most_what_the_new_lines_cost_and_the_rest_comes_with_the_parcel() -> None:
    made, one = delivered(old=(1, 1000)), swap(on_approval=True)
    assert approved(made, one, (2, 600)) == 0
    assert says(made) == (1000, 0, 0)
    made.cancel_units({"new": 1})
    assert says(made) == (1000, 0, 0)  # 300 fewer are sold, and 300 fewer advanced
    assert came(made, one, 1, new=(2, 600)) == 700
    assert says(made) == (300, 0, 700)


def test_the_policys_fee_is_in_the_advance() -> None:
    made, one = delivered(old=(1, 1000)), swap(on_approval=True)
    approved(made, one, (1, 1000), percent=10)
    assert says(made) == (1100, 100, 0)


def test_a_unit_credited_while_its_parcel_is_out_credits_nothing_when_it_comes() -> None:
    made, one = delivered(old=(1, 1000)), swap(on_approval=True)
    approved(made, one, (1, 1000))
    made.given += made.refund_named([Named("old", 1)])
    assert says(made) == (0, 0, 0)
    assert came(made, one, 1, new=(1, 1000)) == 0
    assert says(made) == (1000, 1000, 0)


def test_given_up_before_anything_new_is_sent_all_is_as_it_was_and_afterwards_it_is_due() -> None:
    made, one = delivered(old=(1, 1000)), swap(on_approval=True)
    approved(made, one, (1, 1200))
    assert after_sale.give_up(made, one, ({"old": (1, 1000)}, 0, 0)) == 0
    assert (says(made), list(made.lines)) == ((1000, 0, 0), ["old"])
    late = swap(on_approval=True)
    approved(made, late, (1, 1200))
    made.lines["new"].sent = 1
    after_sale.give_up(made, late, ({}, 0, 0))
    assert says(made) == (2200, 1200, 0)


def test_a_price_left_wrong_by_giving_up_is_found() -> None:
    made, one = delivered(old=(1, 1000)), swap(on_approval=True)
    approved(made, one, (1, 1200))
    with pytest.raises(Contradiction, match="given up"):
        after_sale.give_up(made, one, ({"old": (1, 999)}, 0, 0))


def test_a_replacement_takes_the_worth_over_once_and_can_be_replaced_in_turn() -> None:
    made = delivered(old=(2, 1001))
    made.sold({"old": (2, 1001), "a": (1, 0)}, 0)
    after_sale.replace(made, [("old", "v")], [("a", "v", 1)])
    made.lines["a"].sent = made.lines["a"].shipped = 1
    made.sold({"old": (2, 1001), "a": (1, 0), "b": (1, 0)}, 0)
    after_sale.replace(made, [("a", "v")], [("b", "v", 1)])
    assert made.receive({"a": 1}) == 0
    assert made.receive({"old": 2}) == 500  # one of the two is still worth something
    made.given += 500
    assert made.cancel({"b": 1}) == 501
    assert made.owed == 0


def test_new_units_stand_for_their_own_variant_first_and_share_the_rest_the_second_of_two_taking_one() -> None:
    made = delivered(x=(1, 100), y=(1, 900))
    made.sold({"x": (1, 100), "y": (1, 900), "n": (2, 0), "x2": (1, 0)}, 0)
    after_sale.replace(made, [("x", "x"), ("y", "y")], [("n", "other", 2), ("x2", "x", 1)])
    assert made.lines["x2"].stands == ("x",)
    assert [made.cancel({"n": 1}), made.cancel({"n": 1})] == [0, 900]
