"""The simulator's memory of idempotency keys (docs.stripe.com/api/idempotent_requests)."""

import asyncio
from typing import Any

import pytest
import stripe

from tests.stripe.running import Simulator

BODY: Any = {
    "amount": 2000,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    "confirm": True,
}


def headers(made: stripe.StripeObject) -> Any:
    assert made.last_response is not None
    return made.last_response.headers  # type: ignore[attr-defined, unused-ignore]


async def test_the_same_request_under_a_key_is_answered_again(
    simulator: Simulator, client: stripe.StripeClient
) -> None:
    first, again = [await client.v1.payment_intents.create_async(BODY, {"idempotency_key": "k"}) for _ in range(2)]
    assert first.to_dict() == again.to_dict()
    assert "idempotent-replayed" not in headers(first)
    assert headers(again)["idempotent-replayed"] == "true"
    assert headers(again)["original-request"] == headers(first)["request-id"]
    assert len(simulator.control("GET", "ledger")["entries"]) == 1


async def test_a_decline_is_remembered_too(simulator: Simulator, client: stripe.StripeClient) -> None:
    body: Any = {**BODY, "payment_method": "pm_card_visa_chargeDeclined"}
    bodies = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            await client.v1.payment_intents.create_async(body, {"idempotency_key": "k"})
        bodies.append(caught.value.json_body)
    assert bodies[0] == bodies[1]
    assert len(simulator.control("GET", "ledger")["entries"]) == 1


@pytest.mark.parametrize("change", ["parameters", "endpoint"])
async def test_another_request_under_the_key_is_refused(client: stripe.StripeClient, change: str) -> None:
    made = await client.v1.payment_intents.create_async(BODY, {"idempotency_key": "k"})
    other: Any = {**BODY, "amount": 2001}
    intents = client.v1.payment_intents
    asked = {
        "parameters": lambda: intents.create_async(other, {"idempotency_key": "k"}),
        "endpoint": lambda: intents.cancel_async(made.id, {}, {"idempotency_key": "k"}),
    }
    with pytest.raises(stripe.IdempotencyError) as caught:
        await asked[change]()
    assert caught.value.http_status == 400


async def test_a_key_in_flight_is_a_conflict(simulator: Simulator, client: stripe.StripeClient) -> None:
    simulator.fault("latency", seconds=0.4)
    slow = asyncio.create_task(client.v1.payment_intents.create_async(BODY, {"idempotency_key": "k"}))
    await asyncio.sleep(0.15)
    with pytest.raises(stripe.StripeError) as caught:
        await client.v1.payment_intents.create_async(BODY, {"idempotency_key": "k"})
    assert caught.value.http_status == 409
    assert (await slow).status == "succeeded"
    assert len(simulator.control("GET", "ledger")["entries"]) == 1


async def test_keys_are_forgotten_after_a_day(simulator: Simulator, client: stripe.StripeClient) -> None:
    first = await client.v1.payment_intents.create_async(BODY, {"idempotency_key": "k"})
    simulator.control("POST", "clock", seconds=86_399 - 30)
    same = await client.v1.payment_intents.create_async(BODY, {"idempotency_key": "k"})
    simulator.control("POST", "clock", seconds=60)
    other = await client.v1.payment_intents.create_async(BODY, {"idempotency_key": "k"})
    assert first.id == same.id != other.id


async def test_failed_parameter_checks_are_not_remembered(client: stripe.StripeClient) -> None:
    wrong: Any = {**BODY, "amount": 1}
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.payment_intents.create_async(wrong, {"idempotency_key": "k"})
    assert (await client.v1.payment_intents.create_async(BODY, {"idempotency_key": "k"})).status == "succeeded"


@pytest.mark.parametrize(("fault", "made"), [("server_error", 0), ("server_error_after", 1)])
async def test_a_500_is_replayed_for_as_long_as_the_key_lives(
    simulator: Simulator, client: stripe.StripeClient, fault: str, made: int
) -> None:
    simulator.fault(fault)
    for attempt in range(3):
        with pytest.raises(stripe.APIError) as caught:
            await client.v1.payment_intents.create_async(BODY, {"idempotency_key": "k"})
        assert caught.value.http_status == 500
        assert caught.value.headers is not None
        assert (caught.value.headers.get("idempotent-replayed") == "true") == (attempt > 0)
    assert len(simulator.control("GET", "ledger")["entries"]) == made


@pytest.mark.parametrize(("fault", "status"), [("rate_limit", 429), ("unavailable", 503)])
async def test_limits_and_outages_are_not_remembered(
    simulator: Simulator, client: stripe.StripeClient, fault: str, status: int
) -> None:
    simulator.fault(fault)
    with pytest.raises(stripe.StripeError) as caught:
        await client.v1.payment_intents.create_async(BODY, {"idempotency_key": "k"})
    assert caught.value.http_status == status
    assert caught.value.headers is not None
    assert (caught.value.headers.get("stripe-should-retry") == "true") == (status == 503)
    assert (await client.v1.payment_intents.create_async(BODY, {"idempotency_key": "k"})).status == "succeeded"


@pytest.mark.parametrize(("fault", "made"), [("reset", 0), ("lose_answer", 1)])
async def test_a_cut_connection_happens_before_or_after_the_effect(
    simulator: Simulator, client: stripe.StripeClient, fault: str, made: int
) -> None:
    simulator.fault(fault)
    with pytest.raises(stripe.APIConnectionError):
        await client.v1.payment_intents.create_async(BODY, {"idempotency_key": "k"})
    assert len(simulator.control("GET", "ledger")["entries"]) == made
    await client.v1.payment_intents.create_async(BODY, {"idempotency_key": "k"})
    assert len(simulator.control("GET", "ledger")["entries"]) == 1


async def test_a_seeded_rule_fires_the_same_way_twice(simulator: Simulator, client: stripe.StripeClient) -> None:
    async def run() -> list[bool]:
        simulator.control("DELETE", "faults")
        simulator.fault("rate_limit", probability=0.5, seed=7)
        outcome = []
        for _ in range(12):
            try:
                await client.v1.payment_intents.list_async()
                outcome.append(True)
            except stripe.RateLimitError:
                outcome.append(False)
        return outcome

    first = await run()
    assert first == await run()
    assert set(first) == {True, False}


async def test_a_fault_can_be_meant_for_one_orders_keys(simulator: Simulator, client: stripe.StripeClient) -> None:
    simulator.fault("unavailable", key="order7:*", times=None)
    params: Any = {"amount": 500, "currency": "usd"}
    await client.v1.payment_intents.create_async(params, {"idempotency_key": "order8:1:0"})
    with pytest.raises(stripe.StripeError):
        await client.v1.payment_intents.create_async(params, {"idempotency_key": "order7:1:0"})
