"""Stripe's webhooks: verified, kept once, in any order, as late as they like; an order changes only through its workflow."""

import asyncio
import json
import time
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from temporalio.client import WorkflowExecutionStatus

from activities.upkeep import housekeeping
from domain import commands as c
from domain import ledger, status
from domain.order import Order
from ordermill.launch.ports import free_ports
from store.money import parked
from stripe_simulator.webhooks import sign
from tests.money.shop import SECRET, MoneyShop, card, eventually, serving
from tests.plain_http import NO_CERTIFICATES
from tests.workflows.shop import PRICE
from workflows.housekeeping import SweepWorkflow

TOTAL = 2 * PRICE


async def post(
    shop: MoneyShop, event: dict[str, Any], *, secret: str = SECRET, url: str | None = None
) -> httpx2.Response:
    """The event as Stripe would send it now."""
    body = json.dumps(event, indent=2).encode()
    headers = {"Stripe-Signature": sign(body, secret, int(time.time())), "Content-Type": "application/json"}
    async with httpx2.AsyncClient(timeout=30, trust_env=False, verify=NO_CERTIFICATES) as http:
        return await http.post(f"{url or shop.url}/webhooks/stripe", content=body, headers=headers)


def events_of(shop: MoneyShop, order: Order) -> list[dict[str, Any]]:
    """Stripe's events about the order's first payment, oldest first."""
    ref = order.payments[0].ref
    found = shop.requests("events")
    about = [e for e in found if ref in (e["data"]["object"]["id"], e["data"]["object"].get("payment_intent"))]
    return about[::-1]


async def refused(shop: MoneyShop, order: Order, verb: str, body: Any = None) -> tuple[int, str]:
    answer = await shop.call("POST", f"/order/order_{order.id}/{verb}", body)
    return answer.status_code, str(answer.json().get("error", {}).get("code"))


async def test_a_body_that_stripe_did_not_sign_is_neither_kept_nor_read(shop: MoneyShop) -> None:
    event = {"id": "evt_forged", "type": "payment_intent.succeeded", "created": 1, "data": {"object": {"id": "pi_1"}}}
    assert (await post(shop, event, secret="whsec_somebodyElse")).status_code == 400
    assert await parked.find(shop.database, "stripe", "evt_forged") is None


async def test_a_body_without_end_is_not_read_to_its_end(shop: MoneyShop) -> None:
    event = {"id": "evt_large", "padding": "x" * 1_100_000}
    assert (await post(shop, event)).status_code == 413


async def test_an_event_that_comes_twice_is_kept_and_told_once(shop: MoneyShop) -> None:
    with shop.deaf():
        order = await shop.paid(method="pm_card_threeDSecure2Required")
        shop.simulator.control("POST", f"payment_intents/{order.payments[0].ref}/authenticate", outcome="succeeded")
    (event,) = [e for e in events_of(shop, order) if e["type"] == "payment_intent.succeeded"]
    answers = await asyncio.gather(*(post(shop, event) for _ in range(3)))
    assert sorted(a.json()["new"] for a in answers) == [False, False, True]
    await shop.until(order, lambda o: ledger.due(o) == 0)
    await shop.quiet()
    assert (await shop.story(order)).count("payment.captured") == 1


async def test_events_in_reverse_end_where_stripe_ended(shop: MoneyShop) -> None:
    """Held, captured in part, refunded twice by hand in Stripe's dashboard; told backwards, every one of them twice."""
    order = await shop.paid(take=False)
    ref = str(order.payments[0].ref)
    with shop.deaf():
        client = shop.simulator.client()
        await client.v1.payment_intents.capture_async(ref, {"amount_to_capture": TOTAL - 8})
        for amount in (100, 200):
            await client.v1.refunds.create_async({"payment_intent": ref, "amount": amount})
        await shop.simulator.opened.pop().close_async()  # type: ignore[no-untyped-call]
    for event in events_of(shop, order)[::-1] * 2:
        assert (await post(shop, event)).status_code == 200
    await shop.quiet()
    order = await shop.stored(order)
    assert (ledger.captured(order), ledger.refunded(order), len(order.refunds)) == (TOTAL - 8, 300, 2)


async def test_a_refund_in_the_dashboard_is_known_though_its_capture_never_was_told(shop: MoneyShop) -> None:
    """The refund's event alone arrives: more than the order knows to be captured, so it looks the capture up too."""
    order = await shop.paid(take=False)
    ref = str(order.payments[0].ref)
    with shop.deaf():
        client = shop.simulator.client()
        await client.v1.payment_intents.capture_async(ref)
        await client.v1.refunds.create_async({"payment_intent": ref, "amount": 700})
        await shop.simulator.opened.pop().close_async()  # type: ignore[no-untyped-call]
    await post(shop, events_of(shop, order)[-2])
    order = await shop.until(order, lambda o: ledger.refunded(o) == 700)
    assert ledger.captured(order) == TOTAL


async def test_three_d_secure_goes_on_when_the_customer_has_passed_it(shop: MoneyShop) -> None:
    order = await shop.confirmed()
    body = {"paymentMethod": "pm_card_threeDSecure2Required"}
    answer = await shop.call("POST", f"/order/order_{order.id}/pay", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (402, "payment_required")
    assert error["clientSecret"]
    assert error["nextAction"]["type"] == "use_stripe_sdk"
    order = await shop.stored(order)
    assert (order.declines, shop.charges(order)) == (0, 0)
    shop.simulator.control("POST", f"payment_intents/{order.payments[0].ref}/authenticate", outcome="succeeded")
    order = await shop.until(order, lambda o: ledger.due(o) == 0)
    assert (order.payments[0].client_secret, order.payments[0].next_action) == (None, None)


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", 200), ("failed", 402)])
async def test_three_d_secure_goes_on_by_paying_again_when_no_webhook_comes(
    shop: MoneyShop, outcome: str, status: int
) -> None:
    with shop.deaf():
        order = await shop.paid(method="pm_card_threeDSecure2Required")
        shop.simulator.control("POST", f"payment_intents/{order.payments[0].ref}/authenticate", outcome=outcome)
        answer = await shop.call("POST", f"/order/order_{order.id}/pay")
    assert answer.status_code == status
    order = await shop.stored(order)
    assert (len(order.payments), order.declines) == (1, 0 if status == 200 else 1)


@pytest.mark.parametrize(("outcome", "due"), [("succeeded", 0), ("failed", TOTAL)])
async def test_an_asynchronous_method_is_processing_until_its_bank_answers(
    shop: MoneyShop, outcome: str, due: int
) -> None:
    order = await shop.paid(method="pm_usBankAccount")
    assert (order.payments[0].state, ledger.due(order)) == ("processing", TOTAL)
    assert await refused(shop, order, "pay", {"paymentMethod": "pm_card_visa"}) == (409, "conflict")
    shop.simulator.control("POST", f"payment_intents/{order.payments[0].ref}/settle", outcome=outcome)
    order = await shop.until(order, lambda o: o.payments[0].state != "processing")
    assert (ledger.due(order), order.payments[0].method_type) == (due, "us_bank_account")


@pytest.mark.parametrize(("outcome", "refunded", "sent"), [("won", 0, 200), ("lost", TOTAL, 409)])
async def test_a_dispute_holds_the_order_until_the_bank_has_decided(
    shop: MoneyShop, outcome: str, refunded: int, sent: int
) -> None:
    order = await shop.paid()
    dispute = shop.simulator.control("POST", f"payment_intents/{order.payments[0].ref}/dispute")
    order = await shop.until(order, lambda o: bool(o.holds))
    assert await refused(shop, order, "fulfill") == (409, "order_on_hold")
    shop.simulator.control("POST", f"disputes/{dispute['id']}/decide", outcome=outcome)
    order = await shop.until(order, lambda o: bool(o.disputes))
    assert [hold.kind for hold in order.holds] == (["manual"] if outcome == "lost" else [])
    assert ledger.refunded(order) == refunded
    assert {"payment.dispute_opened", "order.held", f"payment.dispute_{outcome}", "order.released"} <= {
        *await shop.story(order)
    }
    assert (await refused(shop, order, "fulfill"))[0] == sent


async def test_a_dispute_told_only_after_it_was_won_never_holds_the_order(shop: MoneyShop) -> None:
    with shop.deaf():
        order = await shop.paid()
        dispute = shop.simulator.control("POST", f"payment_intents/{order.payments[0].ref}/dispute")
        shop.simulator.control("POST", f"disputes/{dispute['id']}/decide", outcome="won")
    (opened,) = [e for e in events_of(shop, order) if e["type"] == "charge.dispute.created"]
    await post(shop, opened)
    await shop.until(order, lambda o: "payment.dispute_won" in o.latest)
    assert (await refused(shop, order, "fulfill"))[0] == 200


async def test_a_refund_that_fails_after_the_order_closed_wakes_it_and_shows_in_a_saved_query(shop: MoneyShop) -> None:
    order = await shop.paid(method="pm_card_pendingRefund")
    order = await shop.do(order, c.Cancel(reason="customer_request"))
    await shop.result(order)
    shop.simulator.control("POST", f"refunds/{order.refunds[0].parts[0].ref}/settle", outcome="failed")
    order = await shop.until(order, lambda o: o.refunds[0].status == "failed")
    assert (ledger.refunded(order), "payment.refund_failed" in order.latest) == (0, True)
    query = f"WaitsFor = 'refund_failed' AND OrderNumber = {order.number}"

    async def listed() -> bool:
        return bool([w async for w in shop.client.list_workflows(query)])

    async def shown_as_it_is() -> bool:
        described = await shop.handle(order).describe()
        return bool(described.typed_search_attributes[card.PAYMENT_STATUS] == status.payment_status(order))

    assert status.payment_status(order) != "refunded"
    await eventually(listed)
    await eventually(shown_as_it_is)


async def test_events_that_come_while_temporal_is_away_are_kept_and_told_by_the_sweep(
    shop: MoneyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "GRACE_SECONDS", -5)
    with shop.deaf():
        order = await shop.paid(method="pm_card_threeDSecure2Required")
        shop.simulator.control("POST", f"payment_intents/{order.payments[0].ref}/authenticate", outcome="succeeded")
    port, nobody = free_ports(2)
    away = shop.settings.model_copy(update={"temporal_address": f"127.0.0.1:{nobody}"})
    assert isinstance(away.stripe_webhook_secret, SecretStr)
    async with serving(away, port):
        for event in events_of(shop, order):
            assert (await post(shop, event, url=f"http://127.0.0.1:{port}")).status_code == 200
    assert (await shop.stored(order)).version == order.version
    await shop.client.execute_workflow(SweepWorkflow.run, id=f"sweep-{order.id}", task_queue=shop.settings.task_queue)
    await shop.until(order, lambda o: ledger.due(o) == 0)


async def test_an_event_about_somebody_elses_payment_changes_no_order(shop: MoneyShop) -> None:
    intent = {"id": "pi_ofAnotherShop", "object": "payment_intent", "metadata": {}}
    event = {"id": "evt_other", "type": "payment_intent.succeeded", "created": 1, "data": {"object": intent}}
    assert (await post(shop, event)).status_code == 200
    handle = shop.client.get_workflow_handle("event-evt_other")

    async def asked_again() -> bool:
        return (await handle.describe()).history_length > 11

    await eventually(asked_again)
    kept = await parked.find(shop.database, "stripe", "evt_other")
    assert kept is not None
    assert (kept.delivered_at, (await handle.describe()).status) == (None, WorkflowExecutionStatus.RUNNING)
    await handle.terminate("the test is over")
