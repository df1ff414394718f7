"""How zephyr signs its webhooks: `X-ZephyrCart-Signature: t=…,v1=…`, and which attempt this is (contract section 10). Pure."""

from domain.signing import Signing, timestamped


def headers(signing: Signing) -> dict[str, str]:
    return {
        "X-ZephyrCart-Delivery-Id": signing.delivery_id,
        "X-ZephyrCart-Delivery-Attempt": str(signing.attempt),
        "X-ZephyrCart-Timestamp": str(signing.timestamp),
        "X-ZephyrCart-Signature": timestamped(signing),
    }
