"""Every verb, through its Update."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain import commands as c
from domain import edits as e
from domain import ledger
from domain.commands import Command
from domain.errors import (
    AlreadyCancelled,
    AlreadyFulfilled,
    NothingToRefund,
    OrderError,
    PaymentRequired,
    PreconditionFailed,
)
from domain.lifecycle import RULES
from domain.order import Order, Tracking, Units
from tests.domain.orders import add_line, remove_line, set_line
from tests.workflows.shop import PRICE, Shop, request
from workflows.messages import Result


async def test_one_order_goes_from_placed_to_returned(shop: Shop) -> None:
    order = await shop.delivered()
    assert ledger.captured(order) == 2 * PRICE
    assert await shop.shelf() == (998, 0)
    asked = await shop.settle(order, c.RequestReturn(lines=(c.ReturnUnits(line_id=order.lines[0].id, quantity=2),)))
    assert asked.subject is not None
    await shop.do(order, c.ApproveReturn(return_id=asked.subject))
    order = await shop.do(order, c.ReceiveReturn(return_id=asked.subject))
    assert order.returns[0].status == "refunded"
    assert ledger.refunded(order) == 2 * PRICE
    assert await shop.shelf() == (1000, 0)


async def test_a_payment_is_held_then_captured_in_two_steps(shop: Shop) -> None:
    order = await shop.paid(take=False)
    assert (ledger.held(order), ledger.captured(order)) == (2 * PRICE, 0)
    order = await shop.do(order, c.Capture(amount=1000, final=False))
    order = await shop.do(order, c.Capture())
    assert (ledger.held(order), ledger.captured(order), ledger.due(order)) == (0, 2 * PRICE, 0)


async def test_a_hold_is_voided_and_the_order_is_unpaid(shop: Shop) -> None:
    order = await shop.do(await shop.paid(take=False), c.Void())
    assert (ledger.held(order), ledger.due(order)) == (0, 2 * PRICE)


async def test_money_taken_elsewhere_is_recorded_without_a_provider(shop: Shop) -> None:
    order = await shop.do(await shop.placed(), c.RecordPayment())
    assert (order.stage, ledger.due(order)) == ("confirmed", 0)


async def test_with_capture_on_fulfillment_each_parcel_takes_its_share(shop: Shop) -> None:
    order = await shop.paid(quantity=3, capture="on_fulfillment")
    one = (Units(line_id=order.lines[0].id, quantity=1),)
    order = await shop.do(order, c.Fulfill(lines=one))
    assert ledger.captured(order) == PRICE
    order = await shop.do(order, c.Fulfill())
    assert (ledger.captured(order), ledger.held(order)) == (3 * PRICE, 0)


async def test_several_are_one_command_also_where_one_of_them_asks_a_provider(shop: Shop) -> None:
    order = await shop.paid(quantity=3, capture="on_fulfillment")
    texts = c.Update(metadata={"a": 1})
    done = await shop.do(order, c.Several(steps=(texts, c.Fulfill(), c.Deliver())))
    assert (done.version, done.metadata, done.lines[0].delivered) == (order.version + 1, {"a": 1}, 3)
    assert (ledger.captured(done), ledger.held(done)) == (3 * PRICE, 0)
    draft = await shop.placed()
    pay = c.Pay(payment_method="pm_card_visa_chargeDeclined")
    declined = await shop.do(draft, c.Several(steps=(texts, pay, c.Fulfill())))
    assert (declined.stage, declined.metadata, declined.payments[0].state) == ("draft", {}, "failed")
    assert await shop.shelf() == (997, 0)


async def test_units_are_sent_shipped_taken_back_and_delivered(shop: Shop) -> None:
    order = await shop.paid()
    sent = await shop.settle(order, c.Fulfill(ship=False))
    assert sent.subject is not None
    order = await shop.do(order, c.Ship(fulfillment_id=sent.subject, tracking=Tracking(number="1Z")))
    order = await shop.do(order, c.Unship(shipment_id=order.fulfillments[0].shipments[0].id))
    order = await shop.do(order, c.CancelFulfillment(fulfillment_id=sent.subject))
    assert await shop.shelf() == (1000, 2)
    order = await shop.do(order, c.Fulfill())
    order = await shop.do(order, c.UpdateFulfillment(tracking=Tracking(number="1Z"), status="delivered"))
    assert order.lines[0].delivered == 2


async def test_lines_are_edited_and_a_surplus_goes_back(shop: Shop) -> None:
    order = await shop.paid(quantity=1, lines=2)
    order = await shop.do(order, remove_line(order.lines[0].id))
    assert (order.total, ledger.refundable(order)) == (PRICE, PRICE)
    assert await shop.shelf() == (1000, 1)
    order = await shop.do(order, set_line(order.lines[0].id, quantity=3))
    assert (ledger.due(order), await shop.shelf()) == (2 * PRICE, (1000, 3))
    extra = order.lines[0].model_copy(update={"quantity": 1, "id": "", "serial": 0})
    order = await shop.do(order, add_line(extra))
    assert (len(order.lines), await shop.shelf()) == (2, (1000, 4))


async def test_an_edit_of_several_operations_is_one_command(shop: Shop) -> None:
    order = await shop.paid(quantity=2, lines=2)
    first, second = (item.id for item in order.lines)
    edit = c.Edit(
        operations=(
            e.SetQuantity(op="set_quantity", line_id=first, quantity=1),
            e.CancelUnits(op="cancel_items", lines=(Units(line_id=second, quantity=1),)),
        )
    )
    version = order.version
    settled = await shop.settle(order, edit)
    order = settled.order
    assert (order.version, settled.subject) == (version + 1, order.edits[0].id)
    assert (order.edits[0].surplus, ledger.net(order), await shop.shelf()) == (2 * PRICE, 2 * PRICE, (1000, 2))


async def test_what_a_run_of_an_earlier_release_had_accepted_is_done_as_what_it_is_now(shop: Shop) -> None:
    order = await shop.confirmed()
    sent = {"request": request().model_dump(mode="json"), "command": {"line_id": order.lines[0].id, "quantity": 3}}
    await shop.handle(order).execute_update("update_line", sent, result_type=Result)
    assert (await shop.stored(order)).lines[0].quantity == 3
    texts = {"update": {"metadata": {"a": 1}}, "record_payment": {}}
    sent = {"request": request().model_dump(mode="json"), "command": texts}
    await shop.handle(order).execute_update("amend", sent, result_type=Result)
    stored = await shop.stored(order)
    assert (stored.metadata, ledger.due(stored)) == ({"a": 1}, 0)


async def test_a_hold_keeps_units_here_and_ends_by_hand_or_by_its_time(shop: Shop) -> None:
    order = await shop.paid()
    held = await shop.settle(order, c.PlaceHold(kind="manual", reason="ask first"))
    with pytest.raises(OrderError, match="on hold: manual"):
        await shop.do(order, c.Fulfill())
    order = await shop.do(held.order, c.ReleaseHold(hold_id=held.subject or ""))
    until = order.updated_at + timedelta(hours=3)
    order = await shop.do(order, c.PlaceHold(kind="payment", reason="the bank calls back", until=until))
    await shop.skip(order, timedelta(hours=3, minutes=1))
    order = await shop.until(order, lambda found: not found.holds)
    assert (await shop.do(order, c.Fulfill())).lines[0].shipped == 2


async def test_units_are_cancelled_and_what_was_paid_for_them_goes_back(shop: Shop) -> None:
    order = await shop.paid()
    one = c.CancelItems(lines=(Units(line_id=order.lines[0].id, quantity=1),))
    order = await shop.do(order, one)
    assert (ledger.net(order), ledger.owed(order), await shop.shelf()) == (PRICE, PRICE, (1000, 1))


async def test_a_cancelled_order_is_reopened_and_must_be_paid_again(shop: Shop) -> None:
    order = await shop.do(await shop.paid(), c.Cancel(reason="other", note="changed their mind"))
    await shop.result(order)
    assert (ledger.refundable(order), await shop.shelf()) == (0, (1000, 0))
    order = await shop.do(order, c.Reopen())
    assert (ledger.due(order), await shop.shelf()) == (2 * PRICE, (1000, 2))
    order = await shop.do(order, c.Pay(payment_method="pm_card_visa"))
    assert ledger.due(order) == 0


QUIET: dict[str, tuple[str, Any]] = {
    "update": ("placed", lambda o: c.Update(tags=("gift",))),
    "add_note": ("placed", lambda o: c.AddNote(body="call first")),
    "several": ("paid", lambda o: c.Several(steps=(c.Update(metadata={"a": 1}), c.Fulfill()))),
    "refund": ("paid", lambda o: c.Refund(amount=1)),
    "restock": ("shipped", lambda o: c.Restock(lines=(Units(line_id=o.lines[0].id, quantity=1),))),
    "close": ("delivered", lambda o: c.Close()),
}
"""Verb -> the state it starts from, and the command."""


@pytest.mark.parametrize("verb", QUIET)
async def test_a_verb_moves_the_order_one_version_on(shop: Shop, verb: str) -> None:
    state, command = QUIET[verb]
    order: Order = await getattr(shop, state)()
    assert (await shop.do(order, command(order))).version == order.version + 1


async def test_a_note_is_added_and_deleted(shop: Shop) -> None:
    noted = await shop.settle(await shop.placed(), c.AddNote(body="call first"))
    assert noted.subject is not None
    order = await shop.do(noted.order, c.DeleteNote(note_id=noted.subject))
    assert order.notes == ()


async def test_a_return_is_withdrawn(shop: Shop) -> None:
    order = await shop.delivered()
    asked = await shop.settle(order, c.RequestReturn(lines=(c.ReturnUnits(line_id=order.lines[0].id, quantity=1),)))
    assert asked.subject is not None
    order = await shop.do(order, c.WithdrawReturn(return_id=asked.subject))
    assert order.returns[0].status == "withdrawn"


async def test_a_return_is_rejected(shop: Shop) -> None:
    order = await shop.delivered()
    asked = await shop.settle(order, c.RequestReturn(lines=(c.ReturnUnits(line_id=order.lines[0].id, quantity=1),)))
    assert asked.subject is not None
    order = await shop.do(order, c.RejectReturn(return_id=asked.subject, reason="worn"))
    assert order.returns[0].status == "rejected"


REFUSED: list[tuple[str, Command, type[OrderError], str | None]] = [
    ("placed", c.Fulfill(), OrderError, "order.created"),
    ("confirmed", c.Fulfill(), PaymentRequired, "order.confirmed"),
    ("shipped", c.Cancel(), AlreadyFulfilled, "order.shipped"),
    ("shipped", c.Fulfill(), AlreadyFulfilled, "order.fulfilled"),
    ("confirmed", c.Refund(), NothingToRefund, "order.created"),
]


@pytest.mark.parametrize(("state", "command", "kind", "winner"), REFUSED)
async def test_a_refusal_names_its_winner_and_leaves_no_event_in_the_history(
    shop: Shop, state: str, command: Command, kind: type[OrderError], winner: str | None
) -> None:
    order: Order = await getattr(shop, state)()
    before = len((await shop.history(order)).events)
    with pytest.raises(kind) as refused:
        await shop.do(order, command)
    assert (refused.value.data.get("event") or {}).get("type") == winner
    assert await shop.stored(order) == order
    assert len((await shop.history(order)).events) == before


async def test_a_refusal_leaves_temporal_as_an_application_error_of_its_code(shop: Shop) -> None:
    order = await shop.shipped()
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await shop.handle(order).execute_update("cancel", args=[c.Cancel(), request()], result_type=Result)
    cause = failed.value.cause
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.non_retryable) == ("order_already_fulfilled", True)


async def test_what_is_no_command_fails_its_update_and_not_the_order(shop: Shop) -> None:
    order = await shop.placed()
    with pytest.raises(WorkflowUpdateFailedError):
        await shop.handle(order).execute_update("capture", args=[{"amount": "much"}, request()], result_type=Result)
    assert (await shop.do(order, c.Confirm())).stage == "confirmed"


async def test_an_old_version_is_refused_and_the_present_one_is_not(shop: Shop) -> None:
    order = await shop.confirmed()
    with pytest.raises(PreconditionFailed) as refused:
        await shop.do(order, c.AddNote(body="x"), request(if_match=1))
    assert refused.value.data == {"version": 2}
    assert (await shop.do(order, c.AddNote(body="x"), request(if_match=2))).version == 3


async def test_the_same_request_twice_is_done_once(shop: Shop) -> None:
    order, sent = await shop.paid(), request()
    first = await shop.settle(order, c.Refund(amount=100), sent)
    second = await shop.settle(order, c.Refund(amount=100), sent)
    assert (first.subject, first.order.version) == (second.subject, second.order.version)
    assert ledger.refunded(second.order) == 100


async def test_a_second_cancel_is_refused_naming_the_first(shop: Shop) -> None:
    order = await shop.do(await shop.paid(), c.Cancel())
    with pytest.raises(AlreadyCancelled) as refused:
        await shop.do(order, c.Cancel())
    assert refused.value.data["event"]["type"] == "order.cancelled"


async def test_an_exchange_ships_on_approval_and_a_claim_replaces(shop: Shop) -> None:
    order = await shop.do(await shop.do(await shop.paid(), c.Fulfill()), c.Deliver())
    first = order.lines[0].id
    new = order.lines[0].model_copy(
        update={"id": "", "serial": 0, "quantity": 1, "sent": 0, "shipped": 0, "delivered": 0, "unit_price": 3999}
    )
    back = (c.ReturnUnits(line_id=first, quantity=1),)
    command = c.RequestExchange(lines=back, new_lines=(new,), ship="on_approval", payment_method="pm_card_visa")
    asked = await shop.settle(order, command)
    exchange = asked.order.exchange(asked.subject or "")
    approved = await shop.do(asked.order, c.ApproveReturn(return_id=exchange.return_id))
    assert (len(approved.lines), len(approved.payments), ledger.due(approved)) == (2, 2, 0)
    sent = await shop.do(approved, c.Fulfill())
    done = await shop.do(sent, c.ReceiveReturn(return_id=exchange.return_id))
    assert done.exchange(exchange.id).status == "completed"
    units = (c.ClaimedUnits(line_id=first, quantity=1, reason="damaged"),)
    claimed = await shop.settle(done, c.MakeClaim(lines=units, resolution="replace"))
    assert claimed.order.claim(claimed.subject or "").line_ids == (claimed.order.lines[-1].id,)


def test_every_verb_a_caller_may_use_is_driven_through_its_update_in_these_tests() -> None:
    """A verb without a test here has no proof that its Update takes its command and its receipt comes back."""
    from pathlib import Path

    text = "\n".join(path.read_text() for path in Path(__file__).parent.glob("*.py"))
    missing = [
        verb for verb, rule in RULES.items()
        if not rule.by_itself and verb != "place" and f"c.{rule.command.__name__}(" not in text
    ]  # fmt: skip
    assert missing == []
