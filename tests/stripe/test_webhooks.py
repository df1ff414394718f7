import json
import time
from typing import Any

import pytest
import stripe

from activities.providers.base import ProviderRefused
from activities.providers.stripe import BadSignature, parse_webhook
from tests.stripe.running import Receiver, Simulator
from tests.stripe.test_states import made

SECRET = "whsec_simulated"


@pytest.fixture
def target(simulator: Simulator, receiver: Receiver) -> Receiver:
    simulator.control("PUT", "webhooks", targets=[{"url": receiver.url, "secret": SECRET}])
    return receiver


def types(receiver: Receiver) -> list[str]:
    return [parse_webhook(body, signature, SECRET).type for body, signature in receiver.got]


async def test_webhooks_verify_with_the_real_library(
    simulator: Simulator, client: stripe.StripeClient, target: Receiver
) -> None:
    intent = await made(client)
    for body, signature in target.wait_for(3):
        event = stripe.Webhook.construct_event(body, signature, SECRET)  # type: ignore[no-untyped-call, unused-ignore]
        again = client.construct_event(body, signature, SECRET)
        assert event.id == again.id
        found = await client.v1.events.retrieve_async(event.id)
        assert found.type == event.type
    assert types(target) == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]
    assert {parse_webhook(b, s, SECRET).payment_ref for b, s in target.got} == {intent.id}


async def test_a_refused_webhook_is_sent_again(
    simulator: Simulator, client: stripe.StripeClient, target: Receiver
) -> None:
    target.refuse = 2
    await made(client)
    target.wait_for(3)
    assert sorted(types(target)) == ["charge.succeeded", "payment_intent.created", "payment_intent.succeeded"]
    assert any(d["attempt"] > 1 for d in simulator.control("GET", "webhooks")["deliveries"])


async def test_a_dropped_webhook_never_comes(
    simulator: Simulator, client: stripe.StripeClient, target: Receiver
) -> None:
    simulator.fault("webhook_dropped", event="charge.*", times=None)
    await made(client)
    assert simulator.all_sent()
    assert types(target) == ["payment_intent.created", "payment_intent.succeeded"]


async def test_a_doubled_webhook_comes_twice_with_one_id(
    simulator: Simulator, client: stripe.StripeClient, target: Receiver
) -> None:
    simulator.fault("webhook_doubled", event="payment_intent.succeeded")
    await made(client)
    events = [parse_webhook(body, signature, SECRET) for body, signature in target.wait_for(4)]
    assert len(events) == 4
    assert len({event.id for event in events}) == 3


async def test_a_late_webhook_comes_late(simulator: Simulator, client: stripe.StripeClient, target: Receiver) -> None:
    simulator.fault("webhook_late", event="payment_intent.created", seconds=0.3)
    await made(client)
    target.wait_for(3)
    assert types(target) == ["charge.succeeded", "payment_intent.succeeded", "payment_intent.created"]


async def test_a_reordered_webhook_comes_after_the_next(
    simulator: Simulator, client: stripe.StripeClient, target: Receiver
) -> None:
    simulator.fault("webhook_reordered", event="payment_intent.created", seconds=30)
    await made(client)
    target.wait_for(3)
    assert types(target)[0] == "charge.succeeded"
    assert sorted(types(target)) == ["charge.succeeded", "payment_intent.created", "payment_intent.succeeded"]


async def test_refunds_and_disputes_name_their_payment(
    simulator: Simulator, client: stripe.StripeClient, target: Receiver
) -> None:
    intent = await made(client, payment_method="pm_card_refundFail", metadata={"order_id": "order_1"})
    refund = await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 500})
    simulator.control("POST", f"refunds/{refund.id}/settle", outcome="failed")
    dispute = simulator.control("POST", f"payment_intents/{intent.id}/dispute")
    simulator.control("POST", f"disputes/{dispute['id']}/decide", outcome="won")
    events = {e.type: e for e in (parse_webhook(b, s, SECRET) for b, s in target.wait_for(10))}
    assert {e.payment_ref for e in events.values()} == {intent.id}
    assert events["refund.failed"].refund_ref == refund.id
    assert events["charge.refunded"].refund_ref is None
    assert events["charge.refunded"].order_id == "order_1"
    assert {"charge.dispute.created", "charge.dispute.closed", "refund.created"} <= set(events)


BODY = b'{"id":"evt_1","object":"event","created":1,"type":"payment_intent.succeeded","data":{"object":{"id":"pi_1"}}}'


def signed(body: bytes, secret: str = SECRET, at: float | None = None) -> str:
    moment = int(at if at is not None else time.time())
    return stripe.WebhookSignature.generate_signature_header(body.decode(), secret, moment)  # type: ignore[no-any-return, no-untyped-call, unused-ignore]


def test_a_signed_body_is_an_event() -> None:
    event = parse_webhook(BODY, signed(BODY), SECRET)
    assert (event.id, event.type, event.payment_ref) == ("evt_1", "payment_intent.succeeded", "pi_1")


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "nonsense",
        "t=1,v1=00",
        signed(BODY, "whsec_other"),
        signed(BODY + b" "),
        signed(BODY, at=time.time() - 301),
    ],
    ids=["none", "garbage", "wrong", "another secret", "another body", "too old"],
)
def test_an_unverified_body_is_not_read(signature: str) -> None:
    with pytest.raises(BadSignature) as caught:
        parse_webhook(BODY, signature, SECRET)
    assert SECRET not in str(caught.value)


def test_an_event_of_no_payment_has_no_ref() -> None:
    body = BODY.replace(b"payment_intent.succeeded", b"customer.created")
    event: Any = parse_webhook(body, signed(body), SECRET)
    assert event.payment_ref is None


GOOD = {
    "id": "evt_1", "type": "payment_intent.succeeded", "created": 1_750_000_000,
    "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {"order_id": "o1"}}},
}  # fmt: skip


def with_(path: str, value: Any) -> dict[str, Any]:
    """GOOD with one thing changed."""
    made: Any = json.loads(json.dumps(GOOD))
    inner = made
    *way, last = path.split(".")
    for step in way:
        inner = inner[step]
    inner[last] = value
    return dict(made)


ODD: list[Any] = [
    [], "text", 5, None, {}, {"data": {}}, with_("id", 5), with_("id", None), with_("id", ""), with_("id", "x" * 300),
    with_("id", "evt\u0000"), with_("type", ["a"]), with_("type", 1), with_("created", "today"), with_("created", 10**30),
    with_("created", -(10**18)), with_("created", 1e400), with_("created", True), with_("data", []), with_("data", "x"),
    with_("data.object", []), with_("data.object", "pi_1"), with_("data.object.id", {"a": 1}), with_("data.object.id", 7),
    with_("data.object.metadata", [1]), with_("data.object.metadata", "x"),
]  # fmt: skip


@pytest.mark.parametrize("body", [json.dumps(odd).encode() for odd in ODD] + [b"", b"nothing", b"[" * 100_000, b"{"])
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(ProviderRefused) as caught:
        parse_webhook(body, signed(body), SECRET)
    assert caught.value.code == "bad_event"


def test_a_signed_event_is_read_whatever_else_is_in_it() -> None:
    body = json.dumps(with_("data.object.extra", {"deep": [1, None]})).encode()
    event = parse_webhook(body, signed(body), SECRET)
    assert (event.id, event.payment_ref, event.order_id) == ("evt_1", "pi_1", "o1")
    odd = json.dumps(with_("data.object.metadata", {"order_id": 5})).encode()
    assert parse_webhook(odd, signed(odd), SECRET).order_id is None


@pytest.mark.parametrize("ahead", [86_400, 400, 10**17])
def test_a_timestamp_of_tomorrow_is_refused(ahead: int) -> None:
    """Signed by whoever stole the secret for a day, or by a clock that is wrong: it could be kept and played later."""
    body = json.dumps(GOOD).encode()
    with pytest.raises(BadSignature):
        parse_webhook(body, signed(body, at=int(time.time()) + ahead), SECRET)
    assert parse_webhook(body, signed(body, at=int(time.time()) + 60), SECRET).id == "evt_1"
    with pytest.raises(BadSignature):
        parse_webhook(body, f"t={int(time.time()) + 86_400},{signed(body)}", SECRET)
