"""What only Stripe's provider promises; what it shares with the others is in tests/providers/contract.py."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from pydantic import SecretStr

from activities.providers import PROVIDERS
from activities.providers.base import (
    CaptureRequest,
    Declined,
    PaymentRequest,
    PaymentResult,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    RefundRequest,
    RefundResult,
    VoidRequest,
)
from activities.providers.stripe import GENERATIONS, StripeProvider
from ordermill.settings import Settings
from tests.providers.contract import payment
from tests.stripe.running import KEY, Simulator


async def prepared(provider: StripeProvider, **changes: Any) -> PaymentRequest:
    request = payment(**changes)
    return replace(request, ref=await provider.prepare(request))


async def paid(provider: StripeProvider, **changes: Any) -> PaymentResult:
    return await provider.authorize(await prepared(provider, capture=True, **changes))


async def held(provider: StripeProvider, **changes: Any) -> PaymentResult:
    return await provider.authorize(await prepared(provider, **changes))


async def test_the_intent_carries_order_and_descriptor(provider: StripeProvider, client: stripe.StripeClient) -> None:
    customer = await client.v1.customers.create_async({})
    request = await prepared(
        provider, customer=customer.id, statement_descriptor="<Anna's shop> order 1001!", metadata={"channel": "web"}
    )
    assert request.ref is not None
    intent = await client.v1.payment_intents.retrieve_async(request.ref)
    assert intent.status == "requires_confirmation"
    assert intent.metadata.to_dict() == {
        "order_id": "order_1",
        "order_number": "1001",
        "ordermill_key": request.key,
        "channel": "web",
    }
    assert intent.statement_descriptor_suffix == "Annas shop order 1001!"
    assert (intent.customer, intent.capture_method) == (customer.id, "manual")


async def test_cards_only_asks_for_cards_only(simulator: Simulator) -> None:
    provider = StripeProvider(KEY, api_base=simulator.url, card_only=True)
    assert (await paid(provider)).status == "captured"
    with pytest.raises(ProviderRefused):
        await paid(provider, key="o2", payment_method="pm_us_bankAccount")
    await provider.close()


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [("KWD", 1234, "invalid_amount"), ("MGA", 1999, "invalid_amount"), ("CLF", 10000, "currency_not_supported")],
)
async def test_what_stripe_cannot_charge_exactly_is_refused_before_any_call(
    simulator: Simulator, provider: StripeProvider, currency: str, amount: int, code: str
) -> None:
    with pytest.raises(ProviderRefused) as caught:
        await prepared(provider, currency=currency, amount=amount)
    assert caught.value.code == code
    assert simulator.control("GET", "ledger")["entries"] == []


@pytest.mark.parametrize("fault", ["server_error", "server_error_after"])
@pytest.mark.parametrize("operation", ["prepare", "authorize", "capture", "void", "refund"])
async def test_a_key_that_only_replays_a_500_is_left_behind_after_a_look_up(
    simulator: Simulator, provider: StripeProvider, operation: str, fault: str
) -> None:
    """API v1 replays stored 500s for 24 hours: the same key alone would never end."""
    request = payment(capture=operation == "refund")
    if operation != "prepare":
        request = replace(request, ref=await provider.prepare(request))
    if operation not in ("prepare", "authorize"):
        await provider.authorize(request)
    ref = request.ref or ""
    calls: dict[str, Any] = {
        "prepare": lambda: provider.prepare(request),
        "authorize": lambda: provider.authorize(request),
        "capture": lambda: provider.capture(CaptureRequest("o1:2:capture", ref, 1999, "USD")),
        "void": lambda: provider.void(VoidRequest("o1:2:void", ref)),
        "refund": lambda: provider.refund(RefundRequest("o1:2:refund", ref, 500, "USD")),
    }
    simulator.fault(fault, method="POST")
    with pytest.raises(ProviderUnavailable):
        await calls[operation]()
    done = await calls[operation]()
    if operation == "prepare":
        assert (await provider.authorize(replace(request, ref=done))).status == "authorized"
        return
    entry = simulator.ledger(ref)
    expected = {
        "authorize": (1999, 0, 0, 0),
        "capture": (1999, 1999, 0, 0),
        "void": (1999, 0, 0, 1999),
        "refund": (1999, 1999, 500, 0),
    }[operation]
    assert (entry["authorized"], entry["captured"], entry["refunded"], entry["released"]) == expected
    assert entry["charges"] == 1


async def test_endless_500s_end_in_an_error_for_an_operator(simulator: Simulator, provider: StripeProvider) -> None:
    request = await prepared(provider)
    simulator.fault("server_error", path="/v1/payment_intents/*/confirm", times=None)
    codes = []
    for _ in range(GENERATIONS + 1):
        with pytest.raises(ProviderUnavailable) as caught:
            await provider.authorize(request)
        codes.append(caught.value.code)
    assert codes[-1] == "keys_exhausted"
    assert simulator.ledger(request.ref or "")["authorized"] == 0


async def test_after_stripe_forgot_the_key_a_look_up_still_finds_the_money(
    simulator: Simulator, provider: StripeProvider
) -> None:
    """woocommerce/woocommerce-gateway-stripe#2477: a late retry must not charge or refund twice."""
    result = await paid(provider)
    refund = RefundRequest("o1:2:refund", result.ref, 500, "USD")
    simulator.fault("lose_answer", method="POST")
    with pytest.raises(ProviderUnavailable):
        await provider.refund(refund)
    simulator.control("POST", "clock", seconds=2 * 86_400)
    found = await provider.look_up(refund)
    assert isinstance(found, RefundResult)
    assert found.amount == 500
    request = replace(payment(capture=True), ref=result.ref)
    again = await provider.authorize(request)  # the key is forgotten: Stripe refuses by state, and that is believed
    assert (again.status, again.captured) == ("captured", 1999)
    assert simulator.ledger(result.ref)["refunded"] == 500


@pytest.mark.parametrize(
    ("fault", "code"),
    [("rate_limit", "rate_limit"), ("unavailable", "http_503"), ("server_error", "http_500"), ("reset", "no_answer")],
)
async def test_no_usable_answer_is_unavailable_and_the_same_key_goes_on(
    simulator: Simulator, provider: StripeProvider, fault: str, code: str
) -> None:
    request = await prepared(provider)
    simulator.fault(fault, method="POST")
    with pytest.raises(ProviderUnavailable) as caught:
        await provider.authorize(request)
    assert (caught.value.code, caught.value.ref) == (code, request.ref)
    assert (await provider.authorize(request)).status == "authorized"
    assert simulator.ledger(request.ref or "")["charges"] == 1


async def test_a_slow_answer_is_an_unknown_outcome(simulator: Simulator) -> None:
    hasty = StripeProvider(KEY, api_base=simulator.url, timeout_seconds=0.3)
    request = await prepared(hasty, capture=True)
    simulator.fault("slow_answer", seconds=0.6, method="POST")
    with pytest.raises(ProviderUnavailable):
        await hasty.authorize(request)
    found = await hasty.look_up(request)
    assert isinstance(found, PaymentResult)
    assert found.captured == 1999
    await hasty.close()


async def test_a_key_in_flight_is_unavailable_not_a_second_charge(simulator: Simulator) -> None:
    hasty = StripeProvider(KEY, api_base=simulator.url, timeout_seconds=0.3)
    request = await prepared(hasty, capture=True)
    simulator.fault("latency", seconds=0.8, method="POST")
    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            await hasty.authorize(request)
        assert await hasty.look_up(request) is None
    await hasty.close()
    patient = StripeProvider(KEY, api_base=simulator.url)
    simulator.fault("latency", seconds=0.7, method="GET")
    assert isinstance(await patient.look_up(request), PaymentResult)
    assert simulator.ledger(request.ref or "")["charges"] == 1
    await patient.close()


async def test_a_void_settles_a_payment_that_may_never_have_been_asked_for(
    simulator: Simulator, provider: StripeProvider
) -> None:
    request = await prepared(provider)
    gone = await provider.void(VoidRequest("o1:2:void", request.ref or ""))
    assert (gone.status, gone.authorized) == ("canceled", 0)
    with pytest.raises(ProviderRefused):
        await provider.authorize(replace(request, key="o1:1:late"))
    assert simulator.ledger(request.ref or "")["authorized"] == 0


async def test_a_lapsed_hold_is_canceled_and_its_capture_refused(
    simulator: Simulator, provider: StripeProvider
) -> None:
    result = await held(provider)
    assert result.expires_at is not None
    assert timedelta(days=6, hours=23) < result.expires_at - datetime.now(UTC) <= timedelta(days=7)
    simulator.control("POST", "clock", seconds=7 * 86_400 + 1)
    late = CaptureRequest("o1:2:capture", result.ref, 1999, "USD")
    with pytest.raises(ProviderRefused) as caught:
        await provider.capture(late)
    assert caught.value.code == "payment_intent_unexpected_state"
    assert await provider.look_up(late) is None
    assert (await provider.payment(result.ref)).status == "canceled"


async def test_several_captures_share_one_hold(simulator: Simulator) -> None:
    simulator.control("PUT", "account", multicapture=True)
    provider = StripeProvider(KEY, api_base=simulator.url, multicapture=True)
    result = await held(provider)
    first = await provider.capture(CaptureRequest("c1", result.ref, 500, "USD", final=False))
    assert (first.status, first.captured, first.capturable) == ("authorized", 500, 1499)
    second = CaptureRequest("c2", result.ref, 500, "USD", final=False, captured_before=500)
    assert await provider.look_up(second) is None
    simulator.fault("lose_answer", method="POST")
    with pytest.raises(ProviderUnavailable):
        await provider.capture(second)
    found = await provider.look_up(second)
    assert isinstance(found, PaymentResult)
    assert found.captured == 1000
    rest = VoidRequest("v", result.ref)
    gone = await provider.void(rest)
    assert (gone.status, gone.captured, gone.capturable) == ("captured", 1000, 0)
    assert await provider.look_up(rest) == gone
    entry = simulator.ledger(result.ref)
    assert (entry["captured"], entry["released"]) == (1000, 999)
    await provider.close()


async def test_an_account_that_captures_once_refuses_a_second_share(provider: StripeProvider) -> None:
    result = await held(provider)
    with pytest.raises(ProviderRefused) as caught:
        await provider.capture(CaptureRequest("c1", result.ref, 500, "USD", final=False))
    assert caught.value.code == "multicapture_unavailable"


async def test_an_asynchronous_method_is_processing_then_captured_or_declined(
    simulator: Simulator, provider: StripeProvider
) -> None:
    good = await paid(provider, payment_method="pm_us_bankAccount")
    bad = await paid(provider, key="o2", payment_method="pm_us_bankAccount")
    assert (good.status, good.authorized, good.method_type) == ("processing", 0, "us_bank_account")
    simulator.control("POST", f"payment_intents/{good.ref}/settle", outcome="succeeded")
    simulator.control("POST", f"payment_intents/{bad.ref}/settle", outcome="failed")
    assert (await provider.payment(good.ref)).captured == 1999
    with pytest.raises(Declined) as caught:
        await provider.payment(bad.ref)
    assert caught.value.decline_code == "insufficient_funds"


async def test_a_refund_that_fails_later_is_told_and_can_be_made_again(
    simulator: Simulator, provider: StripeProvider
) -> None:
    result = await paid(provider, payment_method="pm_card_refundFail")
    made = await provider.refund(RefundRequest("r1", result.ref, 1999, "USD"))
    simulator.control("POST", f"refunds/{made.ref}/settle", outcome="failed")
    told = await provider.refund_status(result.ref, made.ref)
    assert (told.status, told.failure_reason) == ("failed", "expired_or_canceled_card")
    again = await provider.refund(RefundRequest("r2", result.ref, 1999, "USD"))
    assert again.status == "succeeded"


async def test_a_refund_is_found_among_many(provider: StripeProvider) -> None:
    result = await paid(provider, amount=20_000)
    for n in range(103):
        await provider.refund(RefundRequest(f"r{n}", result.ref, 100, "USD"))
    first = await provider.look_up(RefundRequest("r0", result.ref, 100, "USD"))
    assert isinstance(first, RefundResult)
    assert await provider.look_up(RefundRequest("r103", result.ref, 100, "USD")) is None


async def test_the_ledger_pages_and_counts_no_release_as_refund(provider: StripeProvider) -> None:
    refs = [await provider.prepare(payment(f"o{n}")) for n in range(101)]
    result = await held(provider, key="last")
    await provider.capture(CaptureRequest("c", result.ref, 1500, "USD"))
    now = datetime.now(UTC)
    entries = [e async for e in provider.ledger(now - timedelta(hours=1), now + timedelta(hours=1))]
    assert [e.ref for e in entries] == [*refs, result.ref]
    assert (entries[-1].authorized, entries[-1].captured, entries[-1].refunded) == (1999, 1500, 0)
    assert [e async for e in provider.ledger(now - timedelta(hours=2), now - timedelta(hours=1))] == []


WRONG_KEY = "sk_test_51Wrong"


async def test_a_refused_key_waits_for_an_operator_and_is_shown_nowhere(
    simulator: Simulator, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("stripe_simulator.app._PREFIXES", {"sk_live_": True})
    provider = StripeProvider(WRONG_KEY, api_base=simulator.url)
    with pytest.raises(ProviderUnavailable) as caught:
        await provider.prepare(payment())
    assert caught.value.code == "provider_authentication"
    monkeypatch.undo()
    assert WRONG_KEY not in caplog.text
    assert_no_key(caught.value)
    assert WRONG_KEY not in repr(provider)
    await provider.close()


def assert_no_key(problem: ProviderError) -> None:
    assert problem.__cause__ is None
    for text in (str(problem), repr(problem), problem.message):
        assert "sk_test_" not in text


async def test_no_answer_shows_no_key() -> None:
    provider = StripeProvider(KEY, api_base="http://127.0.0.1:9", timeout_seconds=1)
    with pytest.raises(ProviderUnavailable) as caught:
        await provider.prepare(payment())
    assert_no_key(caught.value)
    await provider.close()


@pytest.mark.parametrize("key", ["", "pk_test_abc", "whsec_abc"])
def test_only_a_secret_key_makes_a_provider(key: str) -> None:
    with pytest.raises(ValueError, match="STRIPE_API_KEY") as caught:
        StripeProvider(key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(("key", "live"), [("sk_test_a", False), ("rk_test_a", False), ("sk_live_a", True)])
async def test_the_key_says_which_mode_it_serves(key: str, live: bool) -> None:
    settings = Settings(stripe_api_key=SecretStr(key))
    engine: Any = None
    provider = PROVIDERS["stripe"].make(settings, engine)
    assert (provider.name, provider.livemode, provider.multicapture) == ("stripe", live, False)
    await provider.close()


def test_without_a_key_there_is_no_stripe() -> None:
    engine: Any = None
    with pytest.raises(ValueError, match=r"^STRIPE_API_KEY: "):
        PROVIDERS["stripe"].make(Settings(), engine)
