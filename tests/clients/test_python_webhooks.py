"""clients/webhooks.json, case by case, for the Python client; and the contract itself against an independent verifier."""

import json
from datetime import UTC, datetime
from typing import Any

import ordermill_client as sdk
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from activities.outgoing.webhook_signing import key_bytes, standard
from domain.signing import Signing
from tests.clients.running import ROOT

CONTRACT: dict[str, Any] = json.loads((ROOT / "clients/webhooks.json").read_text())
CASES = [{**CONTRACT["default"], **case} for case in CONTRACT["cases"]]
by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])


@by_name
@pytest.mark.parametrize("as_bytes", [True, False])
def test_the_contract_of_every_client_holds(case: dict[str, Any], as_bytes: bool) -> None:
    payload = case["payload"].encode() if as_bytes else case["payload"]

    def told() -> dict[str, Any]:
        return sdk.construct_event(payload, case["headers"], case["secret"], now=lambda: case["now"])

    if "result" in case:
        assert told()["id"] == case["result"]
        return
    with pytest.raises(sdk.WebhookError) as refused:
        told()
    assert refused.value.code == case["error"]


@by_name
def test_an_independent_verifier_says_the_same_of_the_signature(
    case: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contract is the standard's and not only ours: what is refused for its signature is refused by others too."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(case["now"], tz or UTC)

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", Then)
    headers = {name.lower(): value for name, value in case["headers"].items()}
    if case.get("error") in ("not_json", "wrong_secret"):
        return
    verifier = Webhook(key_bytes(case["secret"]))
    if "result" in case:
        assert verifier.verify(case["payload"], headers)["id"] == case["result"]
        return
    with pytest.raises((WebhookVerificationError, ValueError)):
        verifier.verify(case["payload"], headers)


@pytest.mark.parametrize("secret", ["whsec_c2VjcmV0c2VjcmV0c2VjcmV0", "whsec_no-base64!", "a-secret-of-the-shop"])
def test_what_the_engine_signs_is_what_the_client_takes(secret: str) -> None:
    body = json.dumps({"id": "evt_1"})
    signing = Signing(
        face="hanzo",
        secrets=(secret,),
        webhook_id="evt_1",
        delivery_id="dlv_1",
        attempt=1,
        timestamp=1_700_000_000,
        body=body,
    )
    event = sdk.construct_event(body, standard(signing), secret, now=lambda: 1_700_000_000.0)
    assert event == {"id": "evt_1"}
