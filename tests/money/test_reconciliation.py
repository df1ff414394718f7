"""Reconciliation: what was never told is found, repaired where an order can take it as a fact, reported where it cannot."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import stripe
from temporalio.client import ScheduleActionExecutionStartWorkflow, WorkflowExecutionStatus

from activities.upkeep import preparing
from domain import commands as c
from domain import ledger
from domain.order import Order
from ordermill.commands import reconcile as command
from ordermill.launch.ports import free_ports
from store.database.engine import writing
from store.lists.tasks import open_tasks
from store.money import operations
from tests.money.shop import MoneyShop, eventually
from tests.workflows.shop import PRICE
from workflows.housekeeping import ReconcileWorkflow
from workflows.messages import Difference, Period, Reconciliation

TOTAL = 2 * PRICE
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@asynccontextmanager
async def dashboard(shop: MoneyShop) -> AsyncIterator[stripe.StripeClient]:
    """Somebody works in Stripe's dashboard, and no webhook tells of it."""
    await shop.quiet()  # an event under way would look, and find out
    with shop.deaf():
        yield shop.simulator.client()
        await shop.simulator.opened.pop().close_async()  # type: ignore[no-untyped-call]


async def reconcile(shop: MoneyShop, period: Period | None = None) -> Reconciliation:
    now = datetime.now(UTC)
    # The simulator's clock may be days ahead here: other tests let holds lapse.
    usual = Period(provider="stripe", livemode=False, since=now - timedelta(days=3), until=now + timedelta(days=60))
    found: Reconciliation = await shop.client.execute_workflow(
        ReconcileWorkflow.run,
        args=[period or usual, "stripe", False],
        id=f"reconcile-{os.urandom(4).hex()}",
        task_queue=shop.settings.task_queue,
    )
    return found


async def difference(shop: MoneyShop, order: Order) -> Difference:
    (found,) = [d for d in (await reconcile(shop)).differences if d.order_id == order.id]
    return found


async def test_a_refund_only_stripe_knows_is_recorded_once_and_then_the_ledgers_agree(shop: MoneyShop) -> None:
    order = await shop.paid()
    async with dashboard(shop) as stripe_:
        await stripe_.v1.refunds.create_async({"payment_intent": str(order.payments[0].ref), "amount": 1234})
    found = await difference(shop, order)
    assert (found.ours["refunded"], found.theirs["refunded"], found.left) == (0, 1234, False)
    order = await shop.until(order, lambda o: ledger.refunded(o) == 1234)
    assert [d for d in (await reconcile(shop)).differences if d.order_id == order.id] == []
    assert len(order.refunds) == 1


async def test_a_hold_taken_in_the_dashboard_is_recorded_as_captured(shop: MoneyShop) -> None:
    order = await shop.paid(take=False)
    async with dashboard(shop) as stripe_:
        await stripe_.v1.payment_intents.capture_async(str(order.payments[0].ref))
    assert not (await difference(shop, order)).left
    await shop.until(order, lambda o: ledger.due(o) == 0)


async def test_a_hold_that_is_gone_is_no_longer_counted_on(shop: MoneyShop) -> None:
    order = await shop.paid(take=False)
    async with dashboard(shop) as stripe_:
        await stripe_.v1.payment_intents.cancel_async(str(order.payments[0].ref))
    assert not (await difference(shop, order)).left
    order = await shop.until(order, lambda o: o.payments[0].state == "voided")
    assert "payment.expired" in order.latest


async def test_a_refund_that_failed_unheard_is_taken_back(shop: MoneyShop) -> None:
    order = await shop.do(await shop.paid(method="pm_card_refundFail"), c.Refund(amount=500))
    await shop.quiet()  # an earlier event would find out
    with shop.deaf():
        shop.simulator.control("POST", f"refunds/{order.refunds[0].parts[0].ref}/settle", outcome="failed")
    assert not (await difference(shop, order)).left
    order = await shop.until(order, lambda o: o.refunds[0].status == "failed")
    assert ledger.refunded(order) == 0


async def test_a_lost_dispute_is_no_difference(shop: MoneyShop) -> None:
    order = await shop.paid()
    dispute = shop.simulator.control("POST", f"payment_intents/{order.payments[0].ref}/dispute")
    shop.simulator.control("POST", f"disputes/{dispute['id']}/decide", outcome="lost")
    order = await shop.until(order, lambda o: ledger.refunded(o) == TOTAL)
    assert [d for d in (await reconcile(shop)).differences if d.order_id == order.id] == []


async def test_a_payment_no_order_knows_and_one_stripe_does_not_know_are_left_to_a_person(shop: MoneyShop) -> None:
    order = await shop.paid()
    async with dashboard(shop) as stripe_:
        made = await stripe_.v1.payment_intents.create_async(
            {
                "amount": 700,
                "currency": "usd",
                "payment_method": "pm_card_visa",
                "confirm": True,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            }
        )
    at = int(time.time())
    async with writing(shop.database) as conn:
        claimed = operations.OperationRow(
            key=f"{order.id}:99:0", order_id=order.id, livemode=False, provider="stripe", kind="authorize", amount=1,
            currency="USD", created_at=at, updated_at=at, ref="pi_neverThere", status="succeeded",
        )  # fmt: skip
        await conn.run_sync(operations.start, claimed)
    told = {d.ref: (d.what, d.left) for d in (await reconcile(shop)).differences}
    assert told[made.id] == ("a payment no order of ours knows", True)
    assert told["pi_neverThere"] == ("unknown to the provider", True)
    listed = {
        t.ref: t.order_id for t in await open_tasks(shop.database, False, at, kinds=["ledger_difference"], limit=1000)
    }
    assert (listed[made.id], listed["pi_neverThere"]) == (None, order.id)
    long_ago = Period(provider="stripe", livemode=False, since=LONG_AGO, until=LONG_AGO + timedelta(days=1))
    await reconcile(shop, long_ago)
    refs = {t.ref for t in await open_tasks(shop.database, False, at, kinds=["ledger_difference"], limit=1000)}
    assert {made.id, "pi_neverThere"} <= refs, "they differ still, whatever period is compared"
    async with writing(shop.database) as conn:
        await conn.run_sync(lambda c: operations.change(c, claimed.key, now=at, status="refused"))


async def test_the_command_says_by_its_exit_code_whether_somebody_is_needed(shop: MoneyShop, capsys: object) -> None:
    order = await shop.paid()
    async with dashboard(shop) as stripe_:
        await stripe_.v1.refunds.create_async({"payment_intent": str(order.payments[0].ref), "amount": 1})
    assert await command.reconcile(shop.settings, 60.0, live=True) == command.NOBODY
    away = shop.settings.model_copy(update={"temporal_address": f"127.0.0.1:{free_ports(1)[0]}"})
    assert await command.reconcile(away, 60.0, live=False) == command.UNREACHABLE
    before = await command.reconcile(shop.settings, 60.0, live=False)
    await shop.until(order, lambda o: ledger.refunded(o) == 1)
    assert before in (command.AGREED, command.LEFT)
    said = capsys.readouterr().out  # type: ignore[attr-defined]
    assert f"order {order.id}" in said
    assert "store_credit: " in said


async def test_every_provider_has_its_schedule_and_it_compares_that_providers_mode(shop: MoneyShop) -> None:
    await preparing.make_schedules(shop.client, shop.settings)
    handle = shop.client.get_schedule_handle("ordermill-reconcile-stripe-test")
    described = await handle.describe()
    assert described.schedule.spec.intervals[0].every == timedelta(days=1)
    await handle.trigger()

    async def ran_once() -> bool:
        return bool((await handle.describe()).info.recent_actions)

    await eventually(ran_once)
    recent = (await handle.describe()).info.recent_actions[-1]
    assert isinstance(recent.action, ScheduleActionExecutionStartWorkflow)
    ran = shop.client.get_workflow_handle(recent.action.workflow_id)
    result = await asyncio.wait_for(ran.result(), 30)
    assert result["compared"] > 0 or (await ran.describe()).status == WorkflowExecutionStatus.COMPLETED
    credit = ("reconcile-store_credit-test", "reconcile-store_credit-live")
    for name in ("sweep", "reconcile-stripe-test", *credit):
        await shop.client.get_schedule_handle(f"ordermill-{name}").delete()
