import hashlib
import hmac
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from activities.outgoing import webhook_signing
from activities.outgoing.webhook_signing import key_bytes
from api.faces import FACES, SIGNERS
from domain.signing import Signing
from store.outgoing.webhooks import new_secret

BODY = '{"id":"evt_1","type":"order.paid","name":"Zoë"}'


def signing(face: str, *secrets: str, body: str = BODY) -> Signing:
    return Signing(
        face=face,
        webhook_id="evt_1",
        delivery_id="dlv_9",
        attempt=3,
        timestamp=int(time.time()),
        body=body,
        secrets=secrets,
    )


def headers(sent: Signing) -> dict[str, str]:
    """As the worker makes them."""
    return webhook_signing.headers(sent, SIGNERS)


@pytest.mark.parametrize("face", FACES)
def test_the_standard_library_verifies_every_face(face: str) -> None:
    secret = new_secret()
    assert Webhook(secret).verify(BODY.encode(), headers(signing(face, secret)))["id"] == "evt_1"


def test_another_secret_and_another_body_are_refused() -> None:
    secret = new_secret()
    sent = headers(signing("hanzo", secret))
    for verifier, body in ((Webhook(new_secret()), BODY), (Webhook(secret), BODY + " ")):
        with pytest.raises(WebhookVerificationError):
            verifier.verify(body, sent)


def verifies_as_zephyr_says(sent: dict[str, str], body: bytes, secret: str) -> bool:
    """From the contract's words alone: `X-ZephyrCart-Signature: t=…,v1=…`, HMAC-SHA256 over `t.body`."""
    pairs = [part.split("=", 1) for part in sent["X-ZephyrCart-Signature"].split(",")]
    (t,) = [value for name, value in pairs if name == "t"]
    wanted = hmac.new(secret.encode(), t.encode() + b"." + body, hashlib.sha256).hexdigest()
    return t == sent["X-ZephyrCart-Timestamp"] and any(value == wanted for name, value in pairs if name == "v1")


def test_zephyrs_own_headers_verify_by_its_words() -> None:
    secret = new_secret()
    sent = headers(signing("zephyr", secret))
    assert verifies_as_zephyr_says(sent, BODY.encode(), secret)
    assert not verifies_as_zephyr_says(sent, BODY.encode(), new_secret())
    assert not verifies_as_zephyr_says(sent, BODY.encode() + b" ", secret)
    assert (sent["X-ZephyrCart-Delivery-Id"], sent["X-ZephyrCart-Delivery-Attempt"]) == ("dlv_9", "3")


def test_storefronts_signature_is_sha256_of_the_body() -> None:
    wanted = hmac.new(b"a-shop-owned-secret", BODY.encode(), hashlib.sha256).hexdigest()
    assert headers(signing("storefront", "a-shop-owned-secret"))["X-Webhook-Signature"] == f"sha256={wanted}"


def test_during_a_rotation_each_header_holds_both_signatures() -> None:
    new, old = new_secret(), new_secret()
    sent = headers(signing("zephyr", new, old))
    for secret in (new, old):
        Webhook(secret).verify(BODY, sent)
        assert verifies_as_zephyr_says(sent, BODY.encode(), secret)
    assert headers(signing("storefront", new, old))["X-Webhook-Signature"].count("sha256=") == 2
    assert headers(signing("hanzo", new, old))["X-Hanzo-Signature"].count("v1=") == 2


@pytest.mark.parametrize("secret", ["a-shop-owned-secret", "whsec_not base64!", "whsec_"])
def test_a_secret_that_is_no_standard_one_signs_with_its_text(secret: str) -> None:
    assert key_bytes(secret) == secret.encode()
    Webhook(secret.encode()).verify(BODY, headers(signing("storefront", secret)))
