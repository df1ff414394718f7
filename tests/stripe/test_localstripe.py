"""A second opinion: the happy path against localstripe, a peer nobody here wrote (`make localstripe`).

It is GPL, so it runs as a process of its own from its own virtual environment and is never imported. It speaks an
older Stripe (before 2025-03-31.basil): what that lacks is told in `OlderStripe`, and nothing else is different.
"""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from activities.providers.base import CaptureRequest, Declined, RefundRequest, RefundResult, VoidRequest
from activities.providers.stripe import StripeProvider, parse_webhook
from ordermill.launch.ports import free_ports
from tests.providers.contract import payment
from tests.stripe.running import KEY, Receiver
from tests.stripe.test_provider import held, paid, prepared

COMMAND = os.environ.get("ORDERMILL_LOCALSTRIPE")
pytestmark = pytest.mark.skipif(COMMAND is None, reason="make localstripe sets ORDERMILL_LOCALSTRIPE")


class OlderStripe(StripeProvider):
    """No automatic payment methods; a capture's amount is what its charge does not show as refunded."""

    def _intent_params(self, request: Any) -> Any:
        params: Any = super()._intent_params(request)
        del params["automatic_payment_methods"]
        return params

    def _read(self, made: stripe.StripeObject) -> dict[str, Any]:
        body = super()._read(made)
        charge = body.get("latest_charge")
        if isinstance(charge, dict) and charge["captured"] and charge["status"] == "succeeded":
            body["amount_received"] = charge["amount"] - charge["amount_refunded"]
        return body


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    (port,) = free_ports(1)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).with_name("loopback"))}
    running = subprocess.Popen(
        [str(COMMAND), "--port", str(port), "--from-scratch"], env=environment, stderr=subprocess.DEVNULL
    )
    found = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{found}/v1/customers", trust_env=False, auth=(KEY, ""))
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield found
    finally:
        running.kill()
        running.wait(10)


@pytest.fixture
async def peer(url: str) -> AsyncIterator[OlderStripe]:
    made = OlderStripe(KEY, api_base=url)
    yield made
    await made.close()


async def test_a_payment_is_captured_at_once(peer: OlderStripe) -> None:
    result = await paid(peer)
    assert (result.status, result.authorized, result.captured) == ("captured", 1999, 1999)


async def test_a_hold_is_captured_in_full(peer: OlderStripe) -> None:
    result = await held(peer)
    assert (result.status, result.captured, result.capturable) == ("authorized", 0, 1999)
    taken = await peer.capture(CaptureRequest("c", result.ref, 1999, "USD"))
    assert (taken.status, taken.captured, taken.capturable) == ("captured", 1999, 0)


async def test_a_hold_is_captured_in_part(peer: OlderStripe) -> None:
    result = await held(peer)
    capture = CaptureRequest("c", result.ref, 1500, "USD")
    assert await peer.look_up(capture) is None
    taken = await peer.capture(capture)
    assert (taken.status, taken.authorized, taken.captured, taken.capturable) == ("captured", 1999, 1500, 0)
    assert await peer.look_up(capture) == taken


async def test_a_hold_is_voided(peer: OlderStripe) -> None:
    result = await held(peer)
    gone = await peer.void(VoidRequest("v", result.ref))
    assert (gone.status, gone.captured, gone.capturable) == ("canceled", 0, 0)


async def test_a_refund_is_made_and_found(peer: OlderStripe) -> None:
    result = await paid(peer)
    refund = RefundRequest("r", result.ref, 500, "USD")
    assert await peer.look_up(refund) is None
    made = await peer.refund(refund)
    assert made == RefundResult(made.ref, "succeeded", 500)
    assert await peer.look_up(refund) == made
    assert await peer.refund_status(result.ref, made.ref) == made


async def test_a_decline_is_a_decline(peer: OlderStripe) -> None:
    request = await prepared(peer, payment_method="pm_card_chargeCustomerFail", capture=True)
    with pytest.raises(Declined) as caught:
        await peer.authorize(request)
    assert caught.value.code == "card_declined"


def post(url: str, /, **data: str) -> httpx.Response:
    return httpx.post(url, data=data, auth=(KEY, ""), trust_env=False).raise_for_status()


async def test_three_d_secure_asks_for_the_customer(peer: OlderStripe, url: str) -> None:
    number = {"card[number]": "4000002500003155", "card[exp_month]": "12", "card[exp_year]": "2030", "card[cvc]": "123"}
    card = post(f"{url}/v1/payment_methods", type="card", **number).json()
    result = await held(peer, payment_method=card["id"])
    assert (result.status, result.capturable) == ("requires_action", 0)
    assert result.client_secret
    assert result.next_action


async def test_its_webhooks_verify(peer: OlderStripe, url: str, receiver: Receiver) -> None:
    post(f"{url}/_config/webhooks/ours", url=receiver.url, secret="whsec_local")
    result = await paid(peer, key="webhook")
    wanted = ("payment_intent.succeeded", result.ref)
    events: list[tuple[str, str | None]] = []
    deadline = time.monotonic() + 10
    while wanted not in events and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
        found = [parse_webhook(body, signature, "whsec_local") for body, signature in receiver.got]
        events = [(event.type, event.payment_ref) for event in found]
    assert wanted in events


def test_the_request_it_is_asked_is_the_one_stripe_gets() -> None:
    ours, theirs = StripeProvider(KEY)._intent_params(payment()), OlderStripe(KEY)._intent_params(payment())
    assert set(ours) - set(theirs) == {"automatic_payment_methods"}
