"""The reckoning of a drilled order finds what is wrong: a figure that is shown, money that moved unasked, a hold nobody needs."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from domain import commands as c
from domain import ledger
from domain.commands import Command
from domain.events import Event
from domain.order import Units
from domain.policy import Policy
from tests.domain.orders import Story, line, order
from tests.money.reckoning import Reckoning

PRICE = 1000


@dataclass
class Told:
    """An order of three units at 10.00 and its timeline."""

    story: Story
    timeline: list[Event] = field(default_factory=list)

    def do(self, command: Command) -> "Told":
        self.story.do(command)
        assert self.story.last is not None
        self.timeline += self.story.last.events
        return self

    def differences(self, *, units: list[int] | None = None, edits: list[int] | None = None, **said: Any) -> list[str]:
        kept = Reckoning(3, PRICE, units=units or [], edits=edits or [])
        now = self.story.order
        kept.read(now, self.timeline)
        moved = ledger.captured(now), ledger.refunded(now)
        shown = {"amountDue": ledger.due(now), "capturedTotal": moved[0], "refundedTotal": moved[1], "closed": False}
        return list(kept.differences(shown | said, moved))


def told(**policy: Any) -> Told:
    made = Told(Story(order(line(quantity=3, unit_price=PRICE), policy=Policy(**policy))))
    return made.do(c.Place(confirm=True))


def units_of(made: Told, count: int) -> tuple[Units, ...]:
    return (Units(line_id=made.story.order.lines[0].id, quantity=count),)


def lived() -> Told:
    made = told()
    made.do(c.Pay(payment_method="pm_card_visa", amount=2000))
    made.do(c.CancelItems(lines=units_of(made, 2)))
    return made.do(c.Refund(amount=400))


def test_an_order_that_is_right_has_no_difference() -> None:
    assert lived().differences(units=[2]) == []


@pytest.mark.parametrize("said", [{"amountDue": 1}, {"capturedTotal": 1}, {"refundedTotal": 0}])
def test_a_figure_that_is_shown_wrong_is_found(said: dict[str, Any]) -> None:
    assert lived().differences(units=[2], **said)


def test_units_cancelled_that_nobody_asked_for_are_found() -> None:
    assert lived().differences(units=[1])


def test_a_closed_order_that_is_owed_something_is_found() -> None:
    made = told()
    made.do(c.Pay(payment_method="pm_card_visa", amount=2000))
    assert made.differences() == []
    assert made.differences(closed=True) == [f"closed with {PRICE} due, 0 surplus, holding {{}}"]


def test_a_hold_nobody_needs_is_found() -> None:
    made = told(capture="manual")
    made.do(c.Pay(payment_method="pm_card_visa"))
    assert made.differences() == []
    payment = made.story.order.payments[0]
    spare = payment.model_copy(update={"id": "spare"})
    made.story.order = made.story.order.model_copy(update={"payments": (payment, spare)})
    assert "hold" in made.differences()[0]
