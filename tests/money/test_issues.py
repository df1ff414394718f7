"""Money other order systems lost, in public: each situation again, through the whole engine, where it cannot happen.

The threads of medusajs/medusa#16398, woocommerce/woocommerce-gateway-stripe#435 and antiwork/gumroad PR#5917 could not be read
when this was written; what their tests reproduce is the case their neighbours tell, and each docstring says which.
"""

import asyncio
from datetime import timedelta

from domain import commands as c
from domain import ledger
from domain.order import Order
from tests.money.shop import MoneyShop
from tests.workflows.shop import PRICE

TOTAL = 2 * PRICE
PAY = {"paymentMethod": "pm_card_visa"}


def path(order: Order, verb: str) -> str:
    return f"/order/order_{order.id}/{verb}"


async def test_a_page_and_a_webhook_that_finish_one_payment_capture_it_once_and_refund_nothing(shop: MoneyShop) -> None:
    """medusajs/medusa#13301: storefront and webhook both completed the cart; the loser's compensation refunded the winner."""
    order = await shop.confirmed()
    shop.simulator.fault("webhook_doubled", event="payment_intent.*", times=None)
    answers = await asyncio.gather(
        *(shop.call("POST", path(order, "pay"), PAY, key=f"{order.id}{n}") for n in range(3))
    )
    assert sorted(a.status_code for a in answers) == [200, 409, 409]
    await shop.quiet()
    assert (shop.charges(order), shop.charged(order)) == (1, (TOTAL, 0))
    assert (await shop.story(order)).count("payment.captured") == 1


async def test_a_capture_whose_answer_was_lost_is_not_sent_under_another_key(shop: MoneyShop) -> None:
    """medusajs/medusa#16292: each retry of a capture minted a new row, whose id was the provider's idempotency key."""
    order = await shop.paid(take=False)
    shop.simulator.fault("lose_answer", path="/v1/payment_intents/*/capture", method="POST")
    order = await shop.do(order, c.Capture(amount=TOTAL - 1))
    ref = order.payments[0].ref
    taken = [e for e in shop.requests("events", type="charge.captured") if e["data"]["object"]["payment_intent"] == ref]
    assert [shop.stripe(order)["captured"], ledger.captured(order), len(taken)] == [TOTAL - 1, TOTAL - 1, 1]


async def test_a_key_that_can_only_repeat_its_stored_failure_does_not_make_a_hold_uncapturable(shop: MoneyShop) -> None:
    """medusajs/medusa#16398, as PR#16390 tells the other half of #16292: a kept key replays its stored error for ever."""
    order = await shop.paid(take=False)
    shop.simulator.fault("server_error", path="/v1/payment_intents/*/capture", method="POST")
    order = await shop.do(order, c.Capture())
    assert shop.stripe(order)["captured"] == ledger.captured(order) == TOTAL


async def test_an_order_with_nothing_outstanding_is_refunded_to_the_last_cent_and_no_further(shop: MoneyShop) -> None:
    """medusajs/medusa#10491: a fully captured order refused its refund because nothing was outstanding."""
    order = await shop.paid()
    for amount in (1, TOTAL - 2, 1):
        answer = await shop.call("POST", path(order, "refund"), {"amount": amount, "reason": "late"})
        assert (answer.status_code, answer.json()["status"]) == (200, "processed"), answer.text
    assert (await shop.call("POST", path(order, "refund"), {"amount": 1})).status_code == 409
    assert shop.charged(order) == (TOTAL, TOTAL)


async def test_a_webhook_that_overtakes_the_request_that_pays_waits_for_it(shop: MoneyShop) -> None:
    """saleor/saleor#12652: checkoutComplete and the webhook worked on one checkout at once; one found it gone."""
    order = await shop.confirmed()
    shop.simulator.fault("slow_answer", path="/v1/payment_intents/*/confirm", method="POST", seconds=1.5)
    paying = asyncio.create_task(shop.call("POST", path(order, "pay"), PAY))
    await asyncio.sleep(1.0)  # Stripe has charged and told, and its answer to us is still on the way
    assert (await shop.stored(order)).payments == ()
    assert (await paying).status_code == 200
    await shop.quiet()
    assert (await shop.story(order)).count("order.paid") == 1
    assert (await shop.stored(order)).version == order.version + 1, "the webhooks said nothing new"


async def test_a_refund_that_is_performed_twice_gives_the_money_back_once(shop: MoneyShop) -> None:
    """solidusio/solidus PR#3989: creating a refund processed it twice; the customer got the credit twice."""
    order = await shop.paid()
    shop.simulator.fault("webhook_doubled", event="*refund*", times=None)
    shop.simulator.fault("lose_answer", path="/v1/refunds", method="POST")
    body = {"amount": 500, "reason": "late"}
    answers = await asyncio.gather(*(shop.insist(path(order, "refund"), body, f"twice-{order.id}") for _ in range(3)))
    assert {a.status_code for a in answers} == {200}
    assert len({a.json()["id"] for a in answers}) == 1
    await shop.quiet()
    assert (shop.charged(order), (await shop.story(order)).count("order.refunded")) == ((TOTAL, 500), 1)


async def test_a_customer_who_tries_again_after_a_500_is_charged_once(shop: MoneyShop) -> None:
    """woocommerce/woocommerce-gateway-stripe#2477: a 500 after the charge; the retry came with another key and charged again."""
    order = await shop.confirmed()
    shop.simulator.fault("server_error_after", path="/v1/payment_intents/*/confirm", method="POST")
    first, again = await asyncio.gather(
        shop.insist(path(order, "pay"), PAY, f"first-{order.id}"),
        shop.insist(path(order, "pay"), PAY, f"2nd-{order.id}"),
    )
    assert sorted((first.status_code, again.status_code)) == [200, 409]
    assert (shop.charges(order), shop.charged(order)) == (1, (TOTAL, 0))


async def test_another_card_after_a_decline_is_not_answered_from_the_first_ones_key(shop: MoneyShop) -> None:
    """woocommerce/woocommerce-gateway-stripe#435, the case of #522 and PR#541: one key per order, so a retry with another card
    got the stored decline or an idempotency_error."""
    order = await shop.confirmed()
    declined = {"paymentMethod": "pm_card_visa_chargeDeclinedInsufficientFunds"}
    for _ in range(2):
        answer = await shop.call("POST", path(order, "pay"), declined)
        assert (answer.status_code, answer.json()["error"]["declineCode"]) == (402, "insufficient_funds")
    assert (await shop.call("POST", path(order, "pay"), PAY)).status_code == 200
    order = await shop.stored(order)
    assert (order.declines, shop.charged(order)) == (2, (TOTAL, 0))


async def test_a_hold_is_let_go_loudly_before_it_lapses_and_never_shipped_on(shop: MoneyShop) -> None:
    """Automattic/woocommerce-payments#739: merchants captured after seven days and only then learnt the hold was gone."""
    order = await shop.paid(capture="on_fulfillment")
    await shop.skip(order, timedelta(days=6, hours=23, minutes=30))
    order = await shop.until(order, lambda o: o.payments[0].state == "voided")
    assert shop.stripe(order)["status"] == "canceled"
    assert "payment.expired" in await shop.story(order)
    sent = await shop.call("POST", path(order, "fulfill"))
    assert (sent.status_code, sent.json()["error"]["code"]) == (402, "payment_required")
    assert order.payment_window_ends_at is not None, "the customer may pay again"
    assert (await shop.call("POST", path(order, "pay"), PAY)).status_code == 200


async def test_a_refund_the_bank_returns_days_later_is_owed_again_once(shop: MoneyShop) -> None:
    """antiwork/gumroad PR#5917, the case of PR#5779: a failed refund stayed counted, so it could not be made again."""
    order = await shop.do(await shop.paid(method="pm_card_refundFail"), c.Refund())
    assert ledger.refunded(order) == TOTAL
    shop.simulator.fault("webhook_doubled", event="refund.failed")
    ref = order.refunds[0].parts[0].ref
    shop.simulator.control("POST", f"refunds/{ref}/settle", outcome="failed")
    order = await shop.until(order, lambda o: o.refunds[0].status == "failed")
    await shop.quiet()
    assert (shop.charged(order), ledger.refundable(order)) == ((TOTAL, 0), TOTAL)
    assert (await shop.story(order)).count("payment.refund_failed") == 1
    await shop.do(order, c.Refund())
    assert shop.charged(order) == (TOTAL, TOTAL)
