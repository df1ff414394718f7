"""How hanzo signs its webhooks: `X-Hanzo-Signature: t=…,v1=…` (contract section 10). Pure."""

from domain.signing import Signing, timestamped


def headers(signing: Signing) -> dict[str, str]:
    return {"X-Hanzo-Signature": timestamped(signing)}
