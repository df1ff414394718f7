"""Claims (contract section 13): each unit once, replaced at no price or refunded, and its worth credited one time only."""

from typing import Any

import pytest

from domain import commands as c
from domain import ledger
from domain.commands import ReturnUnits
from domain.errors import OrderError
from domain.order import Claim, ClaimedUnits, Line, Order, Units
from domain.stock import stock_moves
from tests.domain.orders import Story, delivered, line, paid, placed, shipped


def units(order: Order, n: int = 0, quantity: int = 1, reason: Any = "damaged") -> ClaimedUnits:
    return ClaimedUnits(line_id=order.lines[n].id, quantity=quantity, reason=reason)


def claimed(
    story: Story, *items: ClaimedUnits, resolution: Any = "replace", new: tuple[Line, ...] | None = None
) -> Story:
    return story.do(c.MakeClaim(lines=items or (units(story.order),), resolution=resolution, new_lines=new))


def the_claim(story: Story) -> Claim:
    return story.order.claims[-1]


def back(story: Story, n: int, quantity: int = 1) -> Story:
    """Units of a line come back."""
    wanted = (ReturnUnits(line_id=story.order.lines[n].id, quantity=quantity),)
    story.do(c.RequestReturn(lines=wanted)).do(c.ApproveReturn(return_id=story.order.returns[-1].id))
    return story.do(c.ReceiveReturn(return_id=story.order.returns[-1].id))


def refunds(story: Story) -> list[int]:
    return [made.amount for made in story.order.refunds]


def _new(quantity: int = 1, variant_id: str = "var_other") -> Line:
    return line(90, quantity, 777, variant_id=variant_id).model_copy(update={"id": "", "serial": 0})


def test_a_replacement_costs_nothing_and_is_the_same_again() -> None:
    story = shipped()
    before = story.order
    claimed(story)
    assert story.events == ["order.claim_created"]
    assert story.last is not None
    assert story.last.mails == ("claim_created",)
    added = story.order.lines[-1]
    assert (added.variant_id, added.quantity, added.total, added.claim_id) == ("var_1", 1, 0, the_claim(story).id)
    assert (story.order.total, ledger.due(story.order)) == (before.total, 0)
    moves = stock_moves(before, story.order)
    assert [(m.variant_id, m.reserved, m.obey) for m in moves] == [("var_1", 1, True)]
    assert story.do(c.Fulfill()).order.lines[-1].sent == 1, "nothing is due for it"


def test_a_refund_is_those_units_share() -> None:
    story = claimed(shipped(rates=[("0.1", False)]), resolution="refund")
    assert refunds(story) == [3299]
    assert the_claim(story).refund_id == story.order.refunds[0].id
    assert story.order.refunds[0].reason == "damaged"
    assert len(story.order.lines) == 1
    assert story.order.credits[-1].kind == "allowance"


def test_each_unit_is_claimed_once() -> None:
    story = claimed(claimed(shipped()), resolution="refund")
    with pytest.raises(OrderError) as refused:
        claimed(story)
    assert (refused.value.code, refused.value.data["left"]) == ("invalid_quantity", 0)
    with pytest.raises(OrderError) as refused:
        claimed(shipped(), units(shipped().order, 0, 2), units(shipped().order, 0, 1))
    assert refused.value.code == "invalid_quantity"


@pytest.mark.parametrize(
    ("story", "code"),
    [
        (paid(), "invalid_transition"),
        (placed(), "invalid_transition"),
        (placed().do(c.Cancel()), "order_already_cancelled"),
    ],
)
def test_only_shipped_units_are_claimed(story: Story, code: str) -> None:
    with pytest.raises(OrderError) as refused:
        claimed(story)
    assert refused.value.code == code


def test_no_window_binds_a_claim_and_a_closed_order_is_opened() -> None:
    story = delivered().do(c.Close()).later(days=400)
    claimed(story)
    assert story.order.closed_at is None
    assert story.events == ["order.reopened", "order.claim_created"]


def test_the_worth_of_a_replaced_unit_is_its_replacements() -> None:
    story = claimed(delivered(line(1, 1, 3000))).do(c.Fulfill()).do(c.Deliver())
    assert refunds(back(story, 0)) == [], "the broken one is worth nothing"
    assert story.order.returns[-1].status == "received"
    assert refunds(back(story, 1)) == [3000]
    assert (ledger.owed(story.order), ledger.net(story.order)) == (0, 0)


def test_units_nobody_claimed_come_back_first() -> None:
    story = claimed(delivered(line(1, 2, 3000))).do(c.Fulfill()).do(c.Deliver())
    assert refunds(back(story, 0)) == [3000]
    assert refunds(back(story, 0)) == [3000]
    assert refunds(back(story, 1)) == [3000, 3000]


def test_a_replacement_of_a_replacement_takes_the_worth_over_again() -> None:
    story = claimed(delivered(line(1, 1, 1000))).do(c.Fulfill()).do(c.Deliver())
    claimed(story, units(story.order, 1)).do(c.Fulfill()).do(c.Deliver())
    assert refunds(back(story, 1)) == []
    assert refunds(back(story, 0)) == []
    assert refunds(back(story, 2)) == [1000]


def test_a_replacement_that_is_cancelled_gives_the_units_worth_back() -> None:
    story = claimed(delivered(line(1, 1, 1000)))
    story.do(c.CancelItems(lines=(Units(line_id=story.order.lines[1].id, quantity=1),)))
    assert refunds(story) == [1000]
    assert ledger.credited_units(story.order, story.order.lines[0].id) == 1


def test_no_money_goes_back_for_a_replaced_unit() -> None:
    story = claimed(delivered(line(1, 1, 1000)))
    with pytest.raises(OrderError) as refused:
        story.do(c.Refund(lines=(c.RefundUnits(line_id=story.order.lines[0].id, quantity=1),)))
    assert refused.value.code == "invalid_quantity"


@pytest.mark.parametrize(
    ("new", "replaced"),
    [
        ((_new(1), _new(1, "var_1")), [[(1, 1)], [(0, 1)]]),
        ((_new(2, "var_2"), _new(1, "var_1")), [[(1, 1)], [(0, 1)]]),
        ((_new(1),), [[(0, 1), (1, 1)]]),
        ((_new(1), _new(1, "var_third")), [[(0, 1)], [(1, 1)]]),
        ((_new(1, "var_1"),), [[(0, 1), (1, 1)]]),
    ],
)
def test_what_each_new_line_stands_for(new: tuple[Line, ...], replaced: list[list[tuple[int, int]]]) -> None:
    story = delivered(line(1, 1, 1000), line(2, 1, 5000))
    claimed(story, units(story.order, 0), units(story.order, 1), new=new)
    first = [made.id for made in story.order.lines[:2]]
    shown = [[(first.index(u.line_id), u.quantity) for u in made.replaces] for made in story.order.lines[2:]]
    assert shown == replaced
    assert all(made.total == 0 for made in story.order.lines[2:])


def test_several_new_units_share_the_worth_of_one_out() -> None:
    story = claimed(delivered(line(1, 2, 1000)), new=(_new(2),)).do(c.Fulfill()).do(c.Deliver())
    assert [refunds(back(story, 1)), refunds(back(story, 1))] == [[], [1000]]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"lines": ()}, "lines"),
        ({"resolution": "refund", "new_lines": (_new(),)}, "new_lines"),
        ({"new_lines": ()}, "new_lines"),
    ],
)
def test_what_it_must_say(fields: dict[str, Any], field: str) -> None:
    story = shipped()
    command = c.MakeClaim(lines=(units(story.order),), resolution="replace")
    with pytest.raises(OrderError) as refused:
        story.do(command.model_copy(update=fields))
    assert refused.value.field == field
