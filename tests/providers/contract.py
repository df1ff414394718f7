"""What every payment provider must do, as one suite: inherit `PaymentProviderContract`, give it a `peer` fixture.

A `Peer` is the provider and the test's hands on what stands behind it. Hands a provider has no use for stay as
they are here and skip their tests.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from activities.providers.base import (
    CaptureRequest,
    Declined,
    PaymentProvider,
    PaymentRequest,
    PaymentResult,
    ProviderRefused,
    ProviderUnavailable,
    RefundRequest,
    RefundResult,
    VoidRequest,
)

AMOUNTS = [("USD", 1999), ("JPY", 1999), ("ISK", 1999), ("UGX", 25000), ("KWD", 19990), ("BHD", 1990)]
"""Minor units a customer saw."""
DECLINES = [
    ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
    ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
    ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
    ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
    ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
]


class Peer:
    """A provider under test. `moved` is what really moved at the provider, in our minor units."""

    provider: PaymentProvider

    async def lose_next_answer(self) -> None:
        """The next call has its effect; its answer never comes."""
        pytest.skip("this provider cannot lose an answer")

    async def authenticate(self, ref: str, passed: bool) -> None:
        """The customer passes or fails 3-D Secure."""
        pytest.skip("this provider knows no 3-D Secure")

    async def later(self) -> None:
        """The banks have decided on what they keep for later."""
        pytest.skip("this provider decides nothing later")

    async def moved(self, ref: str) -> tuple[int, int]:
        """(captured, refunded) by the provider's own books."""
        raise NotImplementedError


def payment(key: str = "o1:1:pay", **changes: object) -> PaymentRequest:
    made = PaymentRequest(key, "order_1", 1001, 1999, "USD", "pm_card_visa", capture=False)
    return replace(made, **changes)  # type: ignore[arg-type]


async def authorized(peer: Peer, request: PaymentRequest) -> tuple[PaymentRequest, PaymentResult]:
    """Prepared and authorised, as the activity does it: the ref is known before money moves."""
    request = replace(request, ref=await peer.provider.prepare(request))
    return request, await peer.provider.authorize(request)


class PaymentProviderContract:
    """Inherit as `class TestMyProvider(PaymentProviderContract)` and define the fixture `peer`."""

    @pytest.mark.parametrize(("currency", "amount"), AMOUNTS)
    async def test_a_captured_payment_charges_what_the_customer_saw(
        self, peer: Peer, currency: str, amount: int
    ) -> None:
        request, result = await authorized(peer, payment(amount=amount, currency=currency, capture=True))
        assert (result.status, result.authorized, result.captured, result.capturable) == ("captured", amount, amount, 0)
        assert request.ref == result.ref
        assert await peer.moved(result.ref) == (amount, 0)

    @pytest.mark.parametrize(("currency", "amount"), AMOUNTS)
    async def test_a_refund_gives_back_what_was_charged(self, peer: Peer, currency: str, amount: int) -> None:
        _, paid = await authorized(peer, payment(amount=amount, currency=currency, capture=True))
        refund = await peer.provider.refund(RefundRequest("o1:2:refund", paid.ref, amount, currency))
        assert (refund.status, refund.amount) == ("succeeded", amount)
        assert await peer.moved(paid.ref) == (amount, amount)

    async def test_a_hold_moves_nothing_and_says_when_it_lapses_if_the_provider_does(self, peer: Peer) -> None:
        _, held = await authorized(peer, payment())
        assert (held.status, held.authorized, held.captured, held.capturable) == ("authorized", 1999, 0, 1999)
        # A provider that does not say leaves it to the policy (authorization_hold_days).
        assert held.expires_at is None or held.expires_at > datetime.now(UTC)
        assert held.card is not None
        assert held.card.last4 == "4242"
        assert await peer.moved(held.ref) == (0, 0)

    async def test_a_full_capture_takes_the_hold(self, peer: Peer) -> None:
        _, held = await authorized(peer, payment())
        taken = await peer.provider.capture(CaptureRequest("o1:2:capture", held.ref, 1999, "USD"))
        assert (taken.status, taken.captured, taken.capturable) == ("captured", 1999, 0)

    async def test_a_final_partial_capture_releases_the_rest(self, peer: Peer) -> None:
        _, held = await authorized(peer, payment())
        taken = await peer.provider.capture(CaptureRequest("o1:2:capture", held.ref, 1500, "USD"))
        assert (taken.status, taken.authorized, taken.captured, taken.capturable) == ("captured", 1999, 1500, 0)
        with pytest.raises(ProviderRefused):
            await peer.provider.capture(CaptureRequest("o1:3:capture", held.ref, 499, "USD", captured_before=1500))
        assert await peer.moved(held.ref) == (1500, 0)

    async def test_more_than_is_held_cannot_be_captured(self, peer: Peer) -> None:
        _, held = await authorized(peer, payment())
        with pytest.raises(ProviderRefused):
            await peer.provider.capture(CaptureRequest("o1:2:capture", held.ref, 2000, "USD"))
        assert await peer.moved(held.ref) == (0, 0)

    async def test_a_void_releases_the_hold_for_good(self, peer: Peer) -> None:
        _, held = await authorized(peer, payment())
        gone = await peer.provider.void(VoidRequest("o1:2:void", held.ref))
        assert (gone.status, gone.authorized, gone.captured, gone.capturable) == ("canceled", 1999, 0, 0)
        with pytest.raises(ProviderRefused):
            await peer.provider.capture(CaptureRequest("o1:3:capture", held.ref, 1999, "USD"))
        assert await peer.moved(held.ref) == (0, 0)

    async def test_a_captured_payment_cannot_be_voided(self, peer: Peer) -> None:
        _, paid = await authorized(peer, payment(capture=True))
        with pytest.raises(ProviderRefused):
            await peer.provider.void(VoidRequest("o1:2:void", paid.ref))

    async def test_several_refunds_end_where_the_capture_ended(self, peer: Peer) -> None:
        _, paid = await authorized(peer, payment(capture=True))
        for n, amount in enumerate((999, 500, 500)):
            made = await peer.provider.refund(
                RefundRequest(f"o1:{n}:refund", paid.ref, amount, "USD", reason="requested_by_customer")
            )
            assert made.amount == amount
        with pytest.raises(ProviderRefused):
            await peer.provider.refund(RefundRequest("o1:9:refund", paid.ref, 1, "USD"))
        assert await peer.moved(paid.ref) == (1999, 1999)

    async def test_more_than_was_captured_is_not_refunded(self, peer: Peer) -> None:
        _, held = await authorized(peer, payment())
        await peer.provider.capture(CaptureRequest("o1:2:capture", held.ref, 1000, "USD"))
        with pytest.raises(ProviderRefused):
            await peer.provider.refund(RefundRequest("o1:3:refund", held.ref, 1001, "USD"))
        assert await peer.moved(held.ref) == (1000, 0)

    async def test_a_hold_is_not_refunded(self, peer: Peer) -> None:
        _, held = await authorized(peer, payment())
        with pytest.raises(ProviderRefused):
            await peer.provider.refund(RefundRequest("o1:2:refund", held.ref, 1, "USD"))

    @pytest.mark.parametrize(("method", "code", "decline_code"), DECLINES)
    async def test_a_decline_says_why_and_moves_nothing(
        self, peer: Peer, method: str, code: str, decline_code: str
    ) -> None:
        request = payment(payment_method=method)
        request = replace(request, ref=await peer.provider.prepare(request))
        for attempt in (peer.provider.authorize, peer.provider.look_up):
            with pytest.raises(Declined) as caught:
                await attempt(request)
            assert (caught.value.code, caught.value.decline_code) == (code, decline_code)
        assert request.ref is not None
        assert await peer.moved(request.ref) == (0, 0)

    async def test_an_unknown_payment_method_is_refused(self, peer: Peer) -> None:
        with pytest.raises(ProviderRefused):
            await authorized(peer, payment(payment_method="pm_no_such_thing"))

    async def test_three_d_secure_waits_for_the_customer_then_holds(self, peer: Peer) -> None:
        request, asked = await authorized(peer, payment(payment_method="pm_card_threeDSecure2Required"))
        assert (asked.status, asked.capturable) == ("requires_action", 0)
        assert asked.client_secret
        assert asked.next_action
        await peer.authenticate(asked.ref, True)
        assert (await peer.provider.payment(asked.ref)).status == "authorized"
        assert (await peer.provider.authorize(request)).status == "authorized"

    async def test_three_d_secure_failed_is_a_decline(self, peer: Peer) -> None:
        request, asked = await authorized(peer, payment(payment_method="pm_card_threeDSecure2Required"))
        await peer.authenticate(asked.ref, False)
        with pytest.raises(Declined):
            await peer.provider.payment(asked.ref)
        with pytest.raises(Declined):
            await peer.provider.look_up(request)

    async def test_the_same_key_again_moves_nothing_again(self, peer: Peer) -> None:
        request, paid = await authorized(peer, payment(capture=True))
        assert await peer.provider.prepare(replace(request, ref=None)) == paid.ref
        assert await peer.provider.authorize(request) == paid
        refund = RefundRequest("o1:2:refund", paid.ref, 500, "USD")
        assert await peer.provider.refund(refund) == await peer.provider.refund(refund)
        assert await peer.moved(paid.ref) == (1999, 500)

    async def test_a_capture_sent_twice_is_one_capture(self, peer: Peer) -> None:
        _, held = await authorized(peer, payment())
        capture = CaptureRequest("o1:2:capture", held.ref, 1500, "USD")
        assert await peer.provider.capture(capture) == await peer.provider.capture(capture)
        assert await peer.moved(held.ref) == (1500, 0)

    async def test_what_never_happened_is_found_nowhere(self, peer: Peer) -> None:
        request = payment()
        assert await peer.provider.look_up(request) is None
        request = replace(request, ref=await peer.provider.prepare(request))
        assert await peer.provider.look_up(request) is None
        held = await peer.provider.authorize(request)
        assert await peer.provider.look_up(CaptureRequest("o1:2:capture", held.ref, 1999, "USD")) is None
        assert await peer.provider.look_up(VoidRequest("o1:3:void", held.ref)) is None
        assert await peer.provider.look_up(RefundRequest("o1:4:refund", held.ref, 1, "USD")) is None

    async def test_an_authorisation_whose_answer_was_lost_is_found(self, peer: Peer) -> None:
        request = payment(capture=True)
        request = replace(request, ref=await peer.provider.prepare(request))
        await peer.lose_next_answer()
        with pytest.raises(ProviderUnavailable):
            await peer.provider.authorize(request)
        found = await peer.provider.look_up(request)
        assert isinstance(found, PaymentResult)
        assert (found.status, found.captured) == ("captured", 1999)
        assert await peer.provider.authorize(request) == found
        assert await peer.moved(found.ref) == (1999, 0)

    async def test_a_capture_whose_answer_was_lost_is_found(self, peer: Peer) -> None:
        _, held = await authorized(peer, payment())
        capture = CaptureRequest("o1:2:capture", held.ref, 1500, "USD")
        await peer.lose_next_answer()
        with pytest.raises(ProviderUnavailable):
            await peer.provider.capture(capture)
        found = await peer.provider.look_up(capture)
        assert isinstance(found, PaymentResult)
        assert found.captured == 1500
        assert await peer.moved(held.ref) == (1500, 0)

    async def test_a_refund_whose_answer_was_lost_is_found(self, peer: Peer) -> None:
        _, paid = await authorized(peer, payment(capture=True))
        refund = RefundRequest("o1:2:refund", paid.ref, 500, "USD")
        await peer.lose_next_answer()
        with pytest.raises(ProviderUnavailable):
            await peer.provider.refund(refund)
        found = await peer.provider.look_up(refund)
        assert isinstance(found, RefundResult)
        assert await peer.provider.refund_status(paid.ref, found.ref) == found
        assert await peer.provider.refund(refund) == found
        assert await peer.moved(paid.ref) == (1999, 500)

    async def test_a_pending_refund_succeeds_later(self, peer: Peer) -> None:
        _, paid = await authorized(peer, payment(payment_method="pm_card_pendingRefund", capture=True))
        made = await peer.provider.refund(RefundRequest("o1:2:refund", paid.ref, 500, "USD"))
        assert made.status == "pending"
        assert [r.status for r in await peer.provider.refunds(paid.ref)] == ["pending"]
        await peer.later()
        assert (await peer.provider.refund_status(paid.ref, made.ref)).status == "succeeded"
        assert await peer.moved(paid.ref) == (1999, 500)

    async def test_a_refund_that_fails_later_gives_its_room_back(self, peer: Peer) -> None:
        _, paid = await authorized(peer, payment(payment_method="pm_card_refundFail", capture=True))
        made = await peer.provider.refund(RefundRequest("o1:2:refund", paid.ref, 1999, "USD"))
        assert made.status == "succeeded"
        with pytest.raises(ProviderRefused):
            await peer.provider.refund(RefundRequest("o1:3:refund", paid.ref, 1, "USD"))
        await peer.later()
        assert (await peer.provider.refund_status(paid.ref, made.ref)).status == "failed"
        assert await peer.moved(paid.ref) == (1999, 0)
        again = await peer.provider.refund(RefundRequest("o1:4:refund", paid.ref, 1999, "USD"))
        assert again.amount == 1999
        assert [r.status for r in await peer.provider.refunds(paid.ref)].count("failed") == 1

    @pytest.mark.parametrize("at_once", [True, False])
    async def test_a_disputed_charge_is_told_and_not_refunded(self, peer: Peer, at_once: bool) -> None:
        request = payment(payment_method="pm_card_createDispute", capture=at_once)
        _, paid = await authorized(peer, request)
        if not at_once:
            assert await peer.provider.disputes(paid.ref) == []
            await peer.provider.capture(CaptureRequest("o1:2:capture", paid.ref, 1999, "USD"))
        (dispute,) = await peer.provider.disputes(paid.ref)
        assert (dispute.status, dispute.amount, dispute.reason) == ("opened", 1999, "fraudulent")
        with pytest.raises(ProviderRefused) as caught:
            await peer.provider.refund(RefundRequest("o1:3:refund", paid.ref, 1, "USD"))
        assert caught.value.code == "charge_disputed"
        assert await peer.moved(paid.ref) == (1999, 0)

    async def test_the_ledger_tells_every_payment_oldest_first(self, peer: Peer) -> None:
        _, first = await authorized(peer, payment("o1:1:pay", capture=True))
        await peer.provider.refund(RefundRequest("o1:2:refund", first.ref, 500, "USD"))
        _, second = await authorized(peer, payment("o2:1:pay", order_id="order_2", amount=25000, currency="UGX"))
        since, until = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
        rows = [
            (e.ref, e.order_id, e.currency, e.authorized, e.captured, e.refunded)
            async for e in peer.provider.ledger(since, until)
        ]
        assert rows == [
            (first.ref, "order_1", "USD", 1999, 1999, 500),
            (second.ref, "order_2", "UGX", 25000, 0, 0),
        ]
