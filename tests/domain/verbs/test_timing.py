"""Moving and firing windows: what each means, what is refused, and that the rest of the order follows as if time had done it."""

from datetime import timedelta

import pytest

from domain import commands as c
from domain import ledger
from domain.errors import CancelWindowClosed, InvalidInput, NotFound, OrderError, ReturnWindowClosed
from domain.policy import Policy
from domain.windows import next_deadline, timers
from tests.domain.orders import CUSTOMER, T0, Story, confirmed, delivered, held, paid, placed

MANUAL = Policy(capture="manual")
BACK = "payment_window"


def _names(story: Story) -> list[str]:
    return [window.name for window in timers(story.order, story.now)]


def test_an_order_names_the_windows_it_has_the_nearest_first() -> None:
    assert _names(confirmed()) == ["cancel_window", "payment_window"]
    assert _names(held(policy=MANUAL)) == ["cancel_window", "authorization"]
    assert _names(delivered()) == ["return_window"]
    assert _names(confirmed().later(hours=2)) == ["payment_window"]
    assert _names(confirmed().do(c.Cancel())) == []


def test_a_window_that_is_moved_is_the_next_deadline_and_the_event_says_where_it_was() -> None:
    story = confirmed()
    at = T0 + timedelta(days=9)
    story.do(c.MoveTimer(name=BACK, at=at))
    due = next_deadline(story.order)
    assert due is not None
    assert (due[0].name, due[0].at) == ("payment window", at)
    assert story.last is not None
    said = story.last.events[0]
    assert (said.type, said.data["from"], said.data["to"]) == (
        "timer.moved",
        "2026-03-02T12:00:00Z",
        "2026-03-10T12:00:00Z",
    )
    with pytest.raises(OrderError):
        story.at(T0 + timedelta(days=2)).do(c.EndPaymentWindow())


def test_the_payment_window_fired_cancels_and_gives_back_what_was_paid() -> None:
    story = confirmed().do(c.Pay(payment_method="pm_card_visa", amount=100, capture=True))
    story.do(c.MoveTimer(name=BACK, fire=True))
    assert story.events[:1] == ["timer.moved"]
    assert "order.cancelled" in story.events
    assert (story.order.stage, ledger.net(story.order)) == ("cancelled", 0)


@pytest.mark.parametrize("policy", [MANUAL, MANUAL.model_copy(update={"on_authorization_expiry": "capture"})])
def test_a_hold_fired_is_released_or_captured_as_its_policy_says(policy: Policy) -> None:
    story = held(policy=policy).do(c.MoveTimer(name="authorization", fire=True))
    taken = policy.on_authorization_expiry == "capture"
    assert story.order.payments[0].state == ("captured" if taken else "voided")
    assert ledger.captured(story.order) == (story.order.total if taken else 0)


def test_a_hold_is_not_kept_beyond_what_its_provider_holds() -> None:
    story = held(policy=MANUAL)
    expires = story.order.payments[0].expires_at
    assert expires is not None
    story.do(c.MoveTimer(name="authorization", at=expires))
    with pytest.raises(InvalidInput) as refused:
        story.do(c.MoveTimer(name="authorization", at=expires + timedelta(seconds=1)))
    assert refused.value.field == "at"


def test_the_cancel_window_moves_for_the_customer_alone() -> None:
    story = paid().do(c.MoveTimer(name="cancel_window", at=T0 + timedelta(days=1))).later(hours=23)
    assert story.do(c.Cancel(), by=CUSTOMER).order.stage == "cancelled"
    shut = paid().do(c.MoveTimer(name="cancel_window", fire=True))
    with pytest.raises(CancelWindowClosed):
        shut.do(c.Cancel(), by=CUSTOMER)
    assert shut.do(c.Cancel()).order.stage == "cancelled"


def test_the_return_window_fired_closes_the_order_and_one_that_cannot_close_takes_no_return_any_more() -> None:
    assert delivered().do(c.MoveTimer(name="return_window", fire=True)).order.closed_at == T0
    story = delivered()
    units = (c.ReturnUnits(line_id=story.order.lines[0].id, quantity=1),)
    story.do(c.RequestReturn(lines=units)).do(c.MoveTimer(name="return_window", fire=True))
    assert story.order.closed_at is None
    with pytest.raises(ReturnWindowClosed):
        story.do(c.RequestReturn(lines=units), by=CUSTOMER)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (c.MoveTimer(name=BACK), "fire"),
        (c.MoveTimer(name=BACK, at=T0 + timedelta(days=1), fire=True), "at"),
        (c.MoveTimer(name=BACK, at=T0), "at"),
        (c.MoveTimer(name=BACK, at=T0 - timedelta(days=1)), "at"),
        (c.MoveTimer(name=BACK, at=T0 + timedelta(days=3651)), "at"),
    ],
)
def test_a_moment_that_is_none_is_refused(command: c.MoveTimer, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        confirmed().do(command)
    assert refused.value.field == field


def test_a_window_the_order_does_not_have_is_not_found() -> None:
    for name in ("return_window", "money_to_give_back", "nonsense"):
        with pytest.raises(NotFound):
            placed().do(c.MoveTimer(name=name, fire=True))
