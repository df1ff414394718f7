"""New units of an exchange that are credited while the parcel is still out: nobody owes for what he will not get."""

from collections.abc import Callable

import pytest

from domain import commands as c
from domain import ledger
from domain.errors import InvalidInput, InvalidQuantity
from domain.order import Units
from tests.domain.orders import Story, delivered, line, paid, remove_line, set_line
from tests.domain.verbs.test_exchanging import approve, asked, figures, receive, the_return


def _given_away() -> Story:
    """One unit of 29.99 that was paid, delivered and given back in full as goodwill; another for it goes out before it is back,
    for 30.00: 0.01 is owed."""
    story = delivered(line(1, 1))
    story.do(c.Refund(amount=2999))
    story.do(asked(story.order, line(90, 1, 3000, variant_id="var_new"), ship="on_approval"))
    approve(story)
    assert figures(story) == (1, 1, 0)
    return story


def test_a_new_unit_that_is_cancelled_is_not_owed_though_the_advance_on_it_is_gone() -> None:
    """Capped at the 0.01 owed before, its credit left the customer owing 29.99 for a unit that is never sent."""
    story = _given_away()
    story.do(c.CancelItems(lines=(Units(line_id=story.order.lines[-1].id, quantity=1),)))
    assert figures(story) == (0, 0, 0)


def test_a_new_unit_that_comes_back_is_owed_only_for_the_fee_that_is_kept() -> None:
    story = _given_away()
    new = story.order.lines[-1].id
    story.do(c.Pay(payment_method="pm_card_visa")).do(c.Fulfill()).do(c.Deliver())
    story.do(c.RequestReturn(lines=(c.ReturnUnits(line_id=new, quantity=1),)))
    back = story.order.returns[-1].id
    story.do(c.ApproveReturn(return_id=back)).do(c.ReceiveReturn(return_id=back, fee=300))
    assert figures(story) == (300, 299, 0)


def test_a_new_unit_that_was_replaced_is_gone_when_its_replacement_is() -> None:
    """The old unit is still with the customer: the 30.00 of a replacement that is never sent must not go back as well."""
    story = delivered(line(1, 1))
    story.do(asked(story.order, line(90, 1, 3000, variant_id="var_new"), ship="on_approval"))
    approve(story).do(c.Pay(payment_method="pm_card_visa")).do(c.Fulfill()).do(c.Deliver())
    broken = c.ClaimedUnits(line_id=story.order.lines[-1].id, quantity=1, reason="damaged")
    story.do(c.MakeClaim(lines=(broken,), resolution="replace"))
    assert figures(story) == (3000, 0, 0)
    story.do(c.CancelItems(lines=(Units(line_id=story.order.lines[-1].id, quantity=1),)))
    assert figures(story) == (2999, 0, 0)
    assert story.order.refunds[-1].amount == 1


@pytest.mark.parametrize("said", [{"fee": 0}, {"amount": 0}, {"refund_shipping": True}])
def test_nothing_about_money_is_said_with_an_early_parcel_not_even_zero(said: dict[str, int]) -> None:
    """A zero was taken, and forgotten by the last parcel."""
    story = delivered(line(1, 2))
    story.do(asked(story.order, units=2))
    approve(story)
    with pytest.raises(InvalidInput, match="last parcel"):
        receive(story, 1, final=False, **said)


@pytest.mark.parametrize("edit", [remove_line, lambda line: set_line(line, quantity=1)])
def test_a_line_of_which_units_were_replaced_stays_though_its_fulfilment_was_taken_back(
    edit: Callable[[str], c.Edit],
) -> None:
    """Its replacement is worth what it is: with the line gone, every later credit of the replacement was an error of ours."""
    story = paid(line(1, 2), line(2, 1)).do(c.Fulfill())
    broken = story.order.lines[0].id
    claimed = c.ClaimedUnits(line_id=broken, quantity=2, reason="damaged")
    story.do(c.MakeClaim(lines=(claimed,), resolution="replace"))
    story.do(c.CancelFulfillment(fulfillment_id=story.order.fulfillments[0].id))
    with pytest.raises(InvalidQuantity, match="replaced by a claim"):
        story.do(edit(broken))


def test_an_exchange_is_withdrawn_after_its_new_unit_was_replaced_and_taken_back() -> None:
    """Nothing new is with anybody: the replacement, cancelled too, is credited what it stands for."""
    story = delivered(line(1, 1, 2999))
    story.do(asked(story.order, line(90, 1, 3000, variant_id="var_new"), ship="on_approval"))
    approve(story).do(c.Pay(payment_method="pm_card_visa")).do(c.Fulfill())
    broken = c.ClaimedUnits(line_id=story.order.lines[-1].id, quantity=1, reason="damaged")
    story.do(c.MakeClaim(lines=(broken,), resolution="replace"))
    story.do(c.CancelFulfillment(fulfillment_id=story.order.fulfillments[-1].id))
    story.do(c.WithdrawReturn(return_id=the_return(story).id))
    story.do(c.CancelItems(lines=(Units(line_id=story.order.lines[-1].id, quantity=1),)))
    assert (figures(story), ledger.net(story.order)) == ((2999, 0, 0), 2999)
