"""several: other commands in one, each by its own rules on what those before it left, all of them or none."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain import commands as c
from domain import ledger
from domain.commands import Command
from domain.errors import OrderError
from domain.former import read_command
from domain.lifecycle import plan, prelude, settle
from domain.operations import Operation
from domain.order import Tracking, Units
from domain.policy import Policy
from domain.privacy import scrubbed
from domain.rehearsal import rehearse
from domain.stock import stock_moves
from tests.domain.orders import SHOP, T0, Story, confirmed, good, held, keyed, line, paid, placed, remove_line

PAY = c.Pay(payment_method="pm_card_visa", capture=True)
TEXTS = c.Update(metadata={"a": 1})
WHOLE = c.Several(steps=(TEXTS, c.Fulfill(), c.Deliver()))


def several(*steps: Command) -> c.Several:
    return c.Several(steps=steps)


def by_share() -> Story:
    """Held, and captured with each fulfilment."""
    return held(policy=Policy(capture="on_fulfillment"))


def refusal(story: Story, command: Command) -> OrderError:
    before = story.order
    with pytest.raises(OrderError) as refused:
        story.do(command)
    assert story.order == before
    return refused.value


def test_every_step_sees_what_those_before_it_left() -> None:
    story = confirmed(line(1, 2, 1000)).do(
        several(TEXTS, c.RecordPayment(), c.Fulfill(ship=False), c.Fulfill(), c.Deliver())
    )
    order = story.order
    assert (order.metadata, ledger.due(order), order.lines[0].delivered, order.version) == ({"a": 1}, 0, 2, 2)
    told = ["order.updated", "payment.captured", "fulfillment.created", "order.fulfilled", "order.shipped"]
    assert [kind for kind in story.events if kind in told] == told


@pytest.mark.parametrize("at", range(3))
def test_the_first_that_is_refused_refuses_all(at: int) -> None:
    steps: list[Command] = [TEXTS, c.AddNote(body="n")]
    steps.insert(at, c.Deliver())
    assert refusal(paid(), several(*steps)).code == "order_not_shipped"


def test_a_refusal_after_the_step_that_asks_comes_before_any_money_moves() -> None:
    story = by_share()
    with pytest.raises(OrderError, match="no such fulfilment"):
        plan(story.order, several(c.Fulfill(), c.Deliver(fulfillment_id="x")), T0, SHOP)


def test_a_hold_that_is_gone_is_recorded_and_nothing_else_is_done() -> None:
    story = by_share()
    story.do(WHOLE, outcomes=[{"status": "refused", "state": None}])
    assert (story.order.metadata, story.order.lines[0].sent, ledger.held(story.order)) == ({}, 0, 0)
    assert story.events == ["payment.expired"]
    again = by_share().do(WHOLE)
    assert (again.order.metadata, again.order.lines[0].delivered) == ({"a": 1}, 2)


@pytest.mark.parametrize(
    "answer", [{"status": "declined", "state": None, "code": "x"}, {"state": "requires_action", "captured": 0}]
)
def test_a_payment_that_fails_or_waits_sends_nothing(answer: dict[str, Any]) -> None:
    answer = {"authorized": 0, "captured": 0} | answer
    story = confirmed().do(several(TEXTS, PAY, c.Fulfill()), outcomes=[answer])
    assert (story.order.metadata, story.order.lines[0].sent, len(story.order.payments)) == ({}, 0, 1)
    assert ledger.due(story.order) == story.order.total
    assert confirmed().do(several(TEXTS, PAY, c.Fulfill())).order.lines[0].shipped == 2


def test_a_refund_that_fails_stops_nothing() -> None:
    answer = {"status": "refused", "refund_state": "failed"}
    story = paid().do(several(TEXTS, c.Cancel()), outcomes=[answer])
    assert (story.order.metadata, story.order.stage) == ({"a": 1}, "cancelled")


def test_one_step_at_most_asks_a_provider() -> None:
    error = refusal(by_share(), several(c.Void(), PAY))
    assert (error.code, error.field) == ("validation_error", "steps[1]")
    two = c.Fulfill(lines=(Units(line_id=confirmed().order.lines[0].id, quantity=1),))
    assert paid(line(1, 2, 100)).do(several(two, two)).order.lines[0].shipped == 2, "neither asks"


def test_a_payment_that_rests_on_the_steps_before_it_is_refused() -> None:
    """Were it declined, it could not be recorded without them."""
    error = refusal(confirmed(), several(c.RecordPayment(amount=1), PAY))
    assert (error.code, error.field) == ("validation_error", "steps[1]")


def test_nothing_is_no_list() -> None:
    error = refusal(confirmed(), several())
    assert (error.code, error.field) == ("validation_error", "steps")


def test_the_answer_goes_to_the_step_that_asked_whatever_a_newer_release_would_ask() -> None:
    story = paid()
    order, command = story.order, several(c.Update(tags=("x",)), c.Refund(amount=1))
    todo = keyed(order, plan(order, command, T0, SHOP))
    kept = [Operation.model_validate(operation.model_dump(mode="json", exclude_unset=True)) for operation in todo]
    assert [operation.step for operation in kept] == [1]
    earlier = [operation.model_copy(update={"step": None}) for operation in todo]
    ours, theirs = (settle(order, command, [good(o, order) for o in some], T0, SHOP) for some in (todo, earlier))
    assert [refund.amount for refund in ours.order.refunds] == [1]
    assert theirs == ours, "operations of a release that did not say whose they are"
    with pytest.raises(OrderError, match="no step asks"):
        settle(order, several(TEXTS, c.AddNote(body="n")), [good(o, order) for o in earlier], T0, SHOP)


def test_stock_is_reserved_before_money_moves() -> None:
    story = placed(line(1, 2, 100))
    early = prelude(story.order, several(TEXTS, PAY), T0, SHOP)
    assert early is not None
    assert [(m.on_hand, m.reserved) for m in stock_moves(story.order, early)] == [(0, 2)]


def test_a_dry_run_tells_what_the_list_does() -> None:
    story = by_share()
    told = rehearse(story.order, WHOLE, story.now, SHOP)
    assert told.order == story.do(WHOLE).order
    assert [move.kind for move in told.money] == ["capture"]


# As it is written and read.


def test_a_list_is_read_as_it_was_written_and_what_nobody_set_stays_unset() -> None:
    command = several(c.Update(note=None), c.Fulfill(tracking=Tracking(number="9")), c.Pay(capture=False))
    written = command.model_dump(mode="json", exclude_unset=True)
    assert written["steps"][0] == {"verb": "update", "command": {"note": None}}
    again = read_command("several", written)
    assert again == command
    assert isinstance(again, c.Several)
    assert [step.model_fields_set for step in again.steps] == [step.model_fields_set for step in command.steps]


@pytest.mark.parametrize(
    "step",
    [
        {"verb": "juggle", "command": {}},
        {"command": {}},
        {"verb": ["update"]},
        {"verb": "several", "command": {"steps": []}},
        {"verb": "add_note", "command": {}},
        {"verb": "update", "command": [1]},
        "update",
        None,
    ],
)
def test_what_is_no_step_is_refused(step: object) -> None:
    with pytest.raises(ValidationError):
        read_command("several", {"steps": [step]})


def test_a_step_that_is_alone_is_the_command_itself() -> None:
    assert c.together([TEXTS]) is TEXTS
    assert c.together([TEXTS, c.Deliver()]) == several(TEXTS, c.Deliver())


@pytest.mark.parametrize(
    ("verb", "content", "now"),
    [
        ("amend", {"update": {"metadata": {"a": 1}}}, TEXTS),
        ("amend", {"fulfill": {"tracking": {"number": "9"}}}, c.Fulfill(tracking=Tracking(number="9"))),
        (
            "amend",
            {
                "tracking": {"status": "delivered"}, "deliver": {}, "fulfill": {}, "record_payment": {"amount": 2},
                "update": {"note": None}, "cancel": None,
            },
            several(
                c.Update(note=None), c.RecordPayment(amount=2), c.Fulfill(), c.Deliver(), c.UpdateFulfillment(status="delivered")
            ),
        ),
        ("amend", {"cancel": {"reason": "fraud"}, "update": {}}, several(c.Update(), c.Cancel(reason="fraud"))),
        ("amend", {}, several()),
        ("parcels", {"unship": [{"shipment_id": "s"}]}, c.Unship(shipment_id="s")),
        (
            "parcels",
            {"cancel": [{"fulfillment_id": "f", "unshipped_only": True}, {"fulfillment_id": "g"}]},
            several(c.CancelFulfillment(fulfillment_id="f", unshipped_only=True), c.CancelFulfillment(fulfillment_id="g")),
        ),
        (
            "parcels",
            {"update": [{"shipment_id": "s", "notify": True}], "ship": [{"fulfillment_id": "f"}]},
            several(c.Ship(fulfillment_id="f"), c.UpdateFulfillment(shipment_id="s", notify=True)),
        ),
    ],
)  # fmt: skip
def test_lists_of_earlier_releases_are_still_read(verb: str, content: dict[str, Any], now: Command) -> None:
    """As they were told: names for the parts, each a verb's own content."""
    read = read_command(verb, content)
    assert read == now
    assert read.model_dump(exclude_unset=True) == now.model_dump(exclude_unset=True)


def test_a_step_of_a_verb_that_is_retired_is_still_read() -> None:
    written = {"steps": [{"verb": "remove_line", "command": {"line_id": "x"}}, {"verb": "deliver", "command": {}}]}
    assert read_command("several", written) == several(remove_line("x"), c.Deliver())


@pytest.mark.parametrize("content", [{"update": {"tags": 1}}, {"fulfill": [1]}])
def test_a_former_list_that_is_none_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read_command("amend", content)


def test_erasing_a_customer_reaches_into_the_steps_and_leaves_them_readable() -> None:
    command = several(c.Update(email="jane@example.com", note="ring twice"), c.Fulfill(tracking=Tracking(number="9")))
    left = read_command("several", scrubbed(command.model_dump(mode="json", exclude_unset=True)))
    assert left == several(c.Update(email=None, note="erased"), c.Fulfill(tracking=Tracking(number="9")))
