"""The provider contract, run by Stripe against the simulator."""

from collections.abc import AsyncIterator

import pytest

from activities.providers.stripe import StripeProvider
from activities.providers.stripe_amounts import from_stripe
from tests.providers.contract import PaymentProviderContract, Peer
from tests.stripe.running import KEY, Simulator

DAY = 86_400


class StripePeer(Peer):
    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.provider = StripeProvider(KEY, api_base=simulator.url, timeout_seconds=5)

    async def lose_next_answer(self) -> None:
        self.simulator.fault("lose_answer", method="POST")

    async def authenticate(self, ref: str, passed: bool) -> None:
        outcome = "succeeded" if passed else "failed"
        self.simulator.control("POST", f"payment_intents/{ref}/authenticate", outcome=outcome)

    async def later(self) -> None:
        self.simulator.control("POST", "clock", seconds=DAY)

    async def moved(self, ref: str) -> tuple[int, int]:
        entry = self.simulator.ledger(ref)
        currency = entry["currency"].upper()
        return from_stripe(entry["captured"], currency), from_stripe(entry["refunded"], currency)


class TestStripe(PaymentProviderContract):
    @pytest.fixture
    async def peer(self, simulator: Simulator) -> AsyncIterator[StripePeer]:
        made = StripePeer(simulator)
        yield made
        await made.provider.close()
