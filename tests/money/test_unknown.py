"""Unknown outcomes: whatever the network does to one call, the money moves once and both ledgers say so."""

import asyncio
from typing import Any

import pytest

from domain import commands as c
from domain import ledger
from domain.commands import Command
from domain.order import Order
from tests.money.shop import MoneyShop, eventually
from tests.workflows.shop import PRICE

TOTAL = 2 * PRICE
FAULTS = ("reset", "lose_answer", "rate_limit", "unavailable", "server_error", "server_error_after")
CONFIRM = "/v1/payment_intents/*/confirm"
ASKS: dict[str, tuple[Command, str, dict[str, Any]]] = {
    "pay": (c.Pay(payment_method="pm_card_visa"), CONFIRM, {}),
    "capture": (c.Capture(amount=TOTAL - 500), "/v1/payment_intents/*/capture", {"take": False}),
    "void": (c.Void(), "/v1/payment_intents/*/cancel", {"take": False}),
    "refund": (c.Refund(amount=700), "/v1/refunds", {}),
}
MOVED = {"pay": (TOTAL, 0), "capture": (TOTAL - 500, 0), "void": (0, 0), "refund": (TOTAL, 700)}


async def ready(shop: MoneyShop, verb: str, options: dict[str, Any]) -> Order:
    return await shop.confirmed() if verb == "pay" else await shop.paid(**options)


@pytest.mark.parametrize("verb", ASKS)
async def test_every_fault_of_a_call_is_outlived_and_the_money_moves_once(shop: MoneyShop, verb: str) -> None:
    """Six orders at once, one fault each."""

    async def one(fault: str) -> None:
        command, path, options = ASKS[verb]
        order = await ready(shop, verb, options)
        if verb != "pay" and "*" in path:
            path = path.replace("*", str(order.payments[0].ref))
        shop.simulator.fault(fault, path=path, method="POST")
        after = await shop.do(order, command)
        assert shop.charged(after) == (ledger.captured(after), ledger.refunded(after)) == MOVED[verb]
        assert shop.charges(after) == 1

    await asyncio.gather(*(one(fault) for fault in FAULTS))
    injected = shop.simulator.control("GET", "faults")["rules"]
    assert [rule["injected"] for rule in injected] == [1] * len(FAULTS)


async def test_a_payment_whose_object_could_not_be_made_is_made_once(shop: MoneyShop) -> None:
    shop.simulator.fault("lose_answer", path="/v1/payment_intents", method="POST")
    order = await shop.paid()
    intents = [i for i in shop.requests("payment_intents") if i["metadata"].get("order_id") == order.id]
    assert len(intents) == 1


async def test_a_retry_after_stripe_forgot_the_key_looks_first(shop: MoneyShop) -> None:
    """The answer is lost, then a whole day of outage: the key means nothing to Stripe any more."""
    order = await shop.paid(take=False)
    ref = order.payments[0].ref
    shop.simulator.fault("lose_answer", path=f"/v1/payment_intents/{ref}/capture", method="POST")
    shop.simulator.fault("unavailable", path=f"/v1/payment_intents/{ref}", times=2)
    capturing = asyncio.create_task(shop.do(order, c.Capture(amount=1000)))
    await eventually(lambda: shop.stripe(order)["captured"] > 0)
    shop.simulator.control("POST", "clock", seconds=90_000)
    order = await capturing
    assert (ledger.captured(order), shop.stripe(order)["captured"]) == (1000, 1000)


async def test_a_cancel_that_meets_an_unanswered_payment_waits_for_it_and_gives_the_money_back(shop: MoneyShop) -> None:
    order = await shop.confirmed()
    shop.simulator.fault("lose_answer", path=CONFIRM, method="POST")
    paying = asyncio.create_task(shop.do(order, c.Pay(payment_method="pm_card_visa")))
    await asyncio.sleep(0.3)
    cancelled = await shop.do(order, c.Cancel(reason="customer_request"))
    await paying
    assert (cancelled.stage, shop.charged(cancelled)) == ("cancelled", (TOTAL, TOTAL))


async def test_a_hold_taken_in_the_dashboard_meanwhile_is_given_back_by_the_cancellation(shop: MoneyShop) -> None:
    """The void is refused because the money is taken: it is recorded, and refunded."""
    with shop.deaf():
        order = await shop.paid(take=False)
        client = shop.simulator.client()
        await client.v1.payment_intents.capture_async(str(order.payments[0].ref))
        await shop.simulator.opened.pop().close_async()  # type: ignore[no-untyped-call]
        order = await shop.do(order, c.Cancel(reason="customer_request"))
        order = await shop.until(order, lambda o: ledger.refunded(o) == TOTAL)
    assert shop.charged(order) == (TOTAL, TOTAL)


async def test_a_capture_that_stripe_refuses_keeps_the_hold_that_is_still_there(shop: MoneyShop) -> None:
    """Stripe charges Kuwait's dinar in steps of ten fils only: the share is refused, the hold stays good."""
    order = await shop.order(quantity=1, price_each=20_000)
    order = await shop.placed(order.model_copy(update={"currency": "KWD"}))
    order = await shop.do(order, c.Pay(payment_method="pm_card_visa", capture=False))
    order = await shop.do(order, c.Capture(amount=5_005))
    assert (ledger.captured(order), ledger.held(order)) == (0, 20_000)
    assert "payment.failed" in order.latest
    order = await shop.do(order, c.Capture(amount=20_000))
    assert shop.stripe(order)["captured"] == 20_000
