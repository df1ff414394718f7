import asyncio
import re

import pytest
import stripe

from tests.stripe.running import Simulator
from tests.stripe.schema import faults_of

DAY = 86_400
AUTOMATIC = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}


async def made(client: stripe.StripeClient, **params: object) -> stripe.PaymentIntent:
    body = {"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", **AUTOMATIC, "confirm": True, **params}
    return await client.v1.payment_intents.create_async(body)  # type: ignore[arg-type]


async def held(client: stripe.StripeClient, **params: object) -> stripe.PaymentIntent:
    return await made(client, capture_method="manual", **params)


async def test_events_of_hold_and_capture_come_in_stripes_order(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    intent = await held(client)
    await client.v1.payment_intents.capture_async(intent.id)
    assert simulator.events() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
    ]


async def test_a_decline_returns_the_intent_to_requires_payment_method(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    with pytest.raises(stripe.CardError) as caught:
        await made(client, payment_method="pm_card_visa_chargeDeclinedInsufficientFunds")
    assert caught.value.http_status == 402
    assert isinstance(caught.value.json_body, dict)
    assert faults_of(caught.value.json_body, "error") == []
    carried = caught.value.json_body["error"]["payment_intent"]
    assert (carried["status"], carried["payment_method"]) == ("requires_payment_method", None)
    assert simulator.events() == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


async def test_a_declined_intent_can_be_confirmed_with_another_card(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as caught:
        await made(client, payment_method="pm_card_visa_chargeDeclined")
    assert isinstance(caught.value.json_body, dict)
    ref = caught.value.json_body["error"]["payment_intent"]["id"]
    again = await client.v1.payment_intents.confirm_async(ref, {"payment_method": "pm_card_mastercard"})
    assert again.status == "succeeded"


@pytest.mark.parametrize("verb", ["capture", "cancel", "confirm"])
async def test_what_the_state_forbids_is_refused_with_the_intent(client: stripe.StripeClient, verb: str) -> None:
    intent = await made(client)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await getattr(client.v1.payment_intents, f"{verb}_async")(intent.id)
    assert caught.value.code == "payment_intent_unexpected_state"
    assert isinstance(caught.value.json_body, dict)
    assert caught.value.json_body["error"]["payment_intent"]["status"] == "succeeded"
    assert faults_of(caught.value.json_body, "error") == []


async def test_more_than_held_is_amount_too_large(client: stripe.StripeClient) -> None:
    intent = await held(client)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 2001})
    assert caught.value.code == "amount_too_large"


async def test_a_partial_capture_makes_no_refund_object(simulator: Simulator, client: stripe.StripeClient) -> None:
    intent = await held(client)
    await client.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 1500})
    assert (await client.v1.refunds.list_async({"payment_intent": intent.id})).data == []
    entry = simulator.ledger(intent.id)
    assert (entry["captured"], entry["refunded"], entry["released"]) == (1500, 0, 500)


async def test_a_hold_lapses_after_seven_days(simulator: Simulator, client: stripe.StripeClient) -> None:
    intent = await held(client)
    simulator.control("POST", "clock", seconds=7 * DAY - 60)
    assert (await client.v1.payment_intents.retrieve_async(intent.id)).status == "requires_capture"
    simulator.control("POST", "clock", seconds=120)
    lapsed = await client.v1.payment_intents.retrieve_async(intent.id)
    assert (lapsed.status, lapsed.cancellation_reason, lapsed.amount_capturable) == ("canceled", "expired", 0)
    assert simulator.events()[-2:] == ["charge.expired", "payment_intent.canceled"]


async def test_several_captures_need_the_account_setting(simulator: Simulator, client: stripe.StripeClient) -> None:
    options = {"payment_method_options": {"card": {"request_multicapture": "if_available"}}}
    once = await held(client, **options)
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.payment_intents.capture_async(once.id, {"amount_to_capture": 500, "final_capture": False})
    simulator.control("PUT", "account", multicapture=True)
    several = await held(client, **options)
    part = await client.v1.payment_intents.capture_async(several.id, {"amount_to_capture": 500, "final_capture": False})
    assert (part.status, part.amount_received, part.amount_capturable) == ("requires_capture", 500, 1500)
    last = await client.v1.payment_intents.capture_async(several.id, {"amount_to_capture": 700})
    assert (last.status, last.amount_received) == ("succeeded", 1200)
    assert simulator.ledger(several.id)["released"] == 800


async def test_an_asynchronous_method_is_processing_until_its_bank_answers(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    good, bad = [await made(client, payment_method="pm_us_bankAccount") for _ in range(2)]
    assert good.status == "processing"
    simulator.control("POST", f"payment_intents/{good.id}/settle", outcome="succeeded")
    simulator.control("POST", f"payment_intents/{bad.id}/settle", outcome="failed")
    assert (await client.v1.payment_intents.retrieve_async(good.id)).status == "succeeded"
    failed = await client.v1.payment_intents.retrieve_async(bad.id)
    assert failed.status == "requires_payment_method"
    assert simulator.ledger(bad.id)["authorized"] == 0


async def test_off_session_authentication_is_a_decline(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as caught:
        await made(client, payment_method="pm_card_authenticationRequired", off_session=True)
    assert caught.value.code == "authentication_required"


async def test_refunds_end_at_what_was_captured(client: stripe.StripeClient) -> None:
    intent = await made(client)
    await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 1500})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 501})
    assert (caught.value.param, caught.value.code) == ("amount", None)
    await client.v1.refunds.create_async({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await client.v1.refunds.create_async({"payment_intent": intent.id})
    assert caught.value.code == "charge_already_refunded"


async def test_a_pending_refund_succeeds_a_day_later(simulator: Simulator, client: stripe.StripeClient) -> None:
    intent = await made(client, payment_method="pm_card_pendingRefund")
    refund = await client.v1.refunds.create_async({"payment_intent": intent.id})
    assert refund.status == "pending"
    simulator.control("POST", "clock", seconds=DAY)
    assert (await client.v1.refunds.retrieve_async(refund.id)).status == "succeeded"
    assert simulator.events()[-1] == "refund.updated"


async def test_a_refund_that_fails_later_can_be_made_again(simulator: Simulator, client: stripe.StripeClient) -> None:
    intent = await made(client, payment_method="pm_card_refundFail")
    refund = await client.v1.refunds.create_async({"payment_intent": intent.id})
    assert simulator.ledger(intent.id)["refunded"] == 2000
    simulator.control("POST", "clock", seconds=DAY)
    assert (await client.v1.refunds.retrieve_async(refund.id)).status == "failed"
    assert simulator.events()[-1] == "refund.failed"
    assert simulator.ledger(intent.id)["refunded"] == 0
    again = await client.v1.refunds.create_async({"payment_intent": intent.id})
    assert again.amount == 2000


@pytest.mark.parametrize(("outcome", "refundable"), [("won", True), ("lost", False)])
async def test_a_dispute_blocks_refunds_until_it_is_won(
    simulator: Simulator, client: stripe.StripeClient, outcome: str, refundable: bool
) -> None:
    intent = await made(client, payment_method="pm_card_createDispute")
    dispute = (await client.v1.disputes.list_async({"payment_intent": intent.id})).data[0]
    simulator.control("POST", f"disputes/{dispute.id}/decide", outcome=outcome)
    assert (await client.v1.disputes.retrieve_async(dispute.id)).status == outcome
    assert "charge.dispute.closed" in simulator.events()
    asked = client.v1.refunds.create_async({"payment_intent": intent.id})
    if refundable:
        assert (await asked).amount == 2000
    else:
        with pytest.raises(stripe.InvalidRequestError) as caught:
            await asked
        assert caught.value.code == "charge_disputed"


async def test_giving_up_a_dispute_loses_it(client: stripe.StripeClient) -> None:
    intent = await made(client, payment_method="pm_card_createDispute")
    dispute = (await client.v1.disputes.list_async({"payment_intent": intent.id})).data[0]
    assert (await client.v1.disputes.close_async(dispute.id)).status == "lost"


async def test_lists_page_by_cursor_newest_first(client: stripe.StripeClient) -> None:
    ids = [(await made(client, metadata={"n": str(n)})).id for n in range(5)]
    page = await client.v1.payment_intents.list_async({"limit": 2})
    assert ([i.id for i in page.data], page.has_more) == ([ids[4], ids[3]], True)
    assert [i.id async for i in page.auto_paging_iter()] == ids[::-1]
    back = await client.v1.payment_intents.list_async({"limit": 2, "ending_before": ids[2]})
    assert [i.id for i in back.data] == [ids[4], ids[3]]


async def test_intents_are_found_by_metadata(client: stripe.StripeClient) -> None:
    wanted = await made(client, metadata={"order_id": "o-7"})
    await made(client, metadata={"order_id": "o-8"})
    found = await client.v1.payment_intents.search_async({"query": "metadata['order_id']:'o-7' AND status:'succeeded'"})
    assert [i.id for i in found.data] == [wanted.id]


async def test_a_customers_saved_card_can_be_charged(client: stripe.StripeClient) -> None:
    customer = await client.v1.customers.create_async({"email": "anna@example.test"})
    method = await client.v1.payment_methods.attach_async("pm_card_amex", {"customer": customer.id})
    intent = await made(client, customer=customer.id, payment_method=method.id)
    assert (intent.customer, intent.payment_method) == (customer.id, method.id)


async def test_modes_do_not_see_each_other(simulator: Simulator, client: stripe.StripeClient) -> None:
    intent = await made(client)
    live = simulator.client("sk_live_simulated0000001234")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await live.v1.payment_intents.retrieve_async(intent.id)
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    assert (await made(live)).livemode is True


@pytest.mark.parametrize("key", ["nonsense", "pk_test_abcdefghijklmnop"])
@pytest.mark.usefixtures("client")
async def test_a_wrong_key_is_401_and_shown_masked(simulator: Simulator, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        await simulator.client(key).v1.payment_intents.list_async()
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"nonsense": "1"}, "parameter_unknown"),
        ({"payment_method_types": ["card"]}, "payment_method_types_no_longer_supported"),
        ({"amount": 12}, "amount_too_small"),
        ({"amount": 123456789}, "amount_too_large"),
        ({"amount": 1234, "currency": "kwd"}, "parameter_invalid_integer"),
        ({"amount": 1250, "currency": "isk"}, "parameter_invalid_integer"),
        ({"payment_method": "pm_card_nonsense"}, "resource_missing"),
        ({"capture_method": "manual", "payment_method": "pm_sepaDebit"}, "payment_intent_invalid_parameter"),
    ],
)
async def test_wrong_parameters_are_refused(client: stripe.StripeClient, params: dict[str, object], code: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await made(client, **params)
    assert caught.value.code == code
    assert isinstance(caught.value.json_body, dict)
    assert faults_of(caught.value.json_body, "error") == []


async def test_every_answer_names_its_request_and_version(client: stripe.StripeClient) -> None:
    intent = await made(client)
    assert intent.last_response is not None
    headers = intent.last_response.headers
    assert re.fullmatch(r"req_\w{14}", headers["request-id"])
    assert headers["stripe-version"] == stripe.api_version


async def test_concurrent_captures_take_the_hold_once(simulator: Simulator, client: stripe.StripeClient) -> None:
    intent = await held(client)
    tries = [client.v1.payment_intents.capture_async(intent.id) for _ in range(10)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(r, stripe.PaymentIntent) for r in results) == 1
    assert simulator.ledger(intent.id)["captured"] == 2000
