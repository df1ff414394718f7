"""Random orders under random faults, straight at the provider: kept keys and look-ups alone keep both ledgers equal.

The engine's own drill adds workers that die; a failure here is the provider's. A seed replays its run.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from activities.providers.base import (
    CaptureRequest,
    Declined,
    PaymentRequest,
    ProviderRefused,
    ProviderUnavailable,
    RefundRequest,
    VoidRequest,
)
from activities.providers.stripe import StripeProvider
from tests.providers.contract import payment
from tests.stripe.running import KEY, Simulator

FAULTS = ("reset", "lose_answer", "rate_limit", "unavailable", "server_error", "server_error_after")
ATTEMPTS = 60


async def persist(call: Callable[[], Awaitable[Any]], look: Callable[[], Awaitable[Any]]) -> Any:
    """What the activity does: the same key until it is settled, a look-up before every further attempt."""
    for attempt in range(ATTEMPTS):
        try:
            known = await look() if attempt else None
            return known if known is not None else await call()
        except ProviderUnavailable:
            continue
    pytest.fail("never settled")


async def order(provider: StripeProvider, dice: random.Random, name: str) -> tuple[str, int, int]:
    """One order's life: (ref, captured, refunded) as we count it."""

    def persistent(request: Any, call: Callable[[Any], Awaitable[Any]]) -> Awaitable[Any]:
        return persist(lambda: call(request), lambda: provider.look_up(request))

    async def nothing() -> None:
        """Preparing needs no look-up: it moves nothing."""

    method = dice.choice(["pm_card_visa", "pm_card_visa", "pm_card_visa_chargeDeclined"])
    request: PaymentRequest = payment(f"{name}:pay", payment_method=method, capture=dice.random() < 0.4)
    request = replace(request, ref=await persist(lambda: provider.prepare(request), nothing))
    ref = request.ref or ""
    try:
        result = await persistent(request, provider.authorize)
    except Declined:
        return ref, 0, 0
    captured = result.captured
    if not captured and dice.random() < 0.3:
        gone = await persistent(VoidRequest(f"{name}:void", ref), provider.void)
        assert gone.status == "canceled"
        return ref, 0, 0
    if not captured:
        amount = dice.randint(1, 1999)
        captured = (await persistent(CaptureRequest(f"{name}:capture", ref, amount, "USD"), provider.capture)).captured
    refunded = 0
    for n in range(dice.randint(0, 3)):
        amount = dice.randint(1, 1200)
        try:
            made = await persistent(RefundRequest(f"{name}:refund{n}", ref, amount, "USD"), provider.refund)
            refunded += made.amount
        except ProviderRefused:
            assert amount > captured - refunded
    return ref, captured, refunded


@pytest.mark.parametrize("seed", range(8))
async def test_both_ledgers_agree_to_the_cent(simulator: Simulator, seed: int) -> None:
    for n, fault in enumerate(FAULTS):
        simulator.fault(fault, probability=0.07, seed=seed * 100 + n)
    provider = StripeProvider(KEY, api_base=simulator.url)
    orders = [order(provider, random.Random(seed * 1000 + n), f"s{seed}o{n}") for n in range(12)]
    counted = await asyncio.gather(*orders)
    injected = sum(rule["injected"] for rule in simulator.control("DELETE", "faults")["rules"])
    assert injected > 0
    for ref, captured, refunded in counted:
        entry = simulator.ledger(ref)
        assert (entry["captured"], entry["refunded"]) == (captured, refunded)
        assert entry["charges"] <= 1
    moved = sum(e["captured"] for e in simulator.control("GET", "ledger")["entries"])
    assert moved == sum(captured for _, captured, _ in counted)
    await provider.close()
