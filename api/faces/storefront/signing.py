"""How storefront signs its webhooks: `X-Webhook-Signature: sha256=…` of the body (contract section 10). Pure."""

from domain.signing import Signing, hexed


def headers(signing: Signing) -> dict[str, str]:
    return {"X-Webhook-Signature": ", ".join(f"sha256={hexed(s, signing.body)}" for s in signing.secrets)}
