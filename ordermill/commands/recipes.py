"""How a real order is brought to each event an endpoint may subscribe to: one row per name, of every face.

The rule: every name is here, and running its steps makes the event; tests hold both. `{order}`, `{item}`, `{return}`, `{hold}`,
`{fulfillment}` are ids of what the steps before made.
"""

from dataclasses import dataclass
from typing import Any, Final

ORDER: Final[dict[str, Any]] = {
    "email": "jane@example.com", "items": [{"variantId": "var_xyz789", "quantity": 2}], "shippingMethodId": "ship_standard",
    "shippingAddress": {
        "firstName": "Jane", "lastName": "Doe", "line1": "456 Oak Ave", "city": "Portland", "state": "OR", "postalCode": "97201",
        "country": "US",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One call."""

    route: str
    """`METHOD /path`."""
    body: dict[str, Any] | None = None
    keep: str | None = None
    """The answer's id is known under this name from here on, and the ids in it under theirs (`returnId`: `{return}`); without
    their prefixes as `{return_ulid}`."""
    expect: int = 0
    """A refusal that is meant."""


def _to(verb: str, body: dict[str, Any] | None = None, keep: str | None = None, expect: int = 0) -> Step:
    return Step(f"POST /order/{{order}}/{verb}", body, keep, expect)


_ONE: Final = {"items": [{"itemId": "{item}", "quantity": 1}]}
_VISA: Final = {"paymentMethod": "pm_card_visa"}
PAID: Final = (_to("pay", _VISA),)
SHIPPED: Final = (
    *PAID,
    _to("fulfill", {"trackingNumber": "1Z999AA10123456784", "trackingCompany": "UPS"}, "fulfillment"),
)
DELIVERED: Final = (*SHIPPED, _to("deliver"))
RETURNING: Final = (*DELIVERED, _to("return", _ONE, "return"))
_NEW: Final = {**_ONE, "newItems": [{"variantId": "var_xyz789", "quantity": 1}], **_VISA}
EXCHANGING: Final = (*DELIVERED, _to("exchange", _NEW, "exchange"))
_APPROVED: Final = _to("return/{return}/approve")
CANCELLED: Final = (_to("cancel", {"reason": "customer_request"}),)
REFUNDED: Final = (*PAID, _to("refund", {"amount": 500, "reason": "goodwill"}))
CLOSED: Final = (*DELIVERED, Step("POST /api/v1/orders/{order}/close"))

RECIPES: Final[dict[str, tuple[Step, ...]]] = {
    "order.created": (),
    "order.confirmed": (_to("confirm"),),
    "order.paid": PAID,
    "order.partially_fulfilled": (*PAID, _to("fulfill", _ONE)),
    "order.fulfilled": SHIPPED,
    "order.shipped": SHIPPED,
    "order.delivered": DELIVERED,
    "order.cancelled": CANCELLED,
    "order.updated": (*PAID, Step("PATCH /order/{order}", {"metadata": {"triggered": True}})),
    "order.refunded": REFUNDED,
    "order.items_cancelled": (*PAID, _to("items/cancel", _ONE)),
    "order.return_requested": RETURNING,
    "order.return_withdrawn": (*RETURNING, _to("return/{return}/withdraw")),
    "order.return_expired": (
        *RETURNING,
        _to("return/{return}/approve"),
        Step("POST /engine/orders/{order}/timers/ship_by:{return_ulid}", {"fire": True}),
    ),
    "order.exchange_requested": EXCHANGING,
    "order.exchange_approved": (*EXCHANGING, _APPROVED),
    "order.exchange_completed": (*EXCHANGING, _APPROVED, _to("return/{return}/receive"), _to("fulfill")),
    "order.exchange_cancelled": (*EXCHANGING, _to("return/{return}/withdraw")),
    "order.exchange_overdue": (
        *DELIVERED,
        _to("exchange", {**_NEW, "ship": "on_approval"}, "exchange"),
        _APPROVED,
        _to("fulfill"),
        Step("POST /engine/orders/{order}/timers/ship_by:{return_ulid}", {"fire": True}),
    ),
    "order.claim_created": (
        *DELIVERED,
        _to("claim", {"items": [{"itemId": "{item}", "quantity": 1, "reason": "damaged"}], "resolution": "replace"}),
    ),
    "payment.authorized": (_to("authorize", _VISA),),
    "payment.captured": PAID,
    "payment.failed": (_to("pay", {"paymentMethod": "pm_card_chargeDeclinedInsufficientFunds"}, expect=402),),
    "payment.refunded": REFUNDED,
    # Words that only one face has.
    "order.closed": CLOSED,
    "order.reopened": (*CLOSED, Step("POST /api/v1/orders/{order}/reopen")),
    "order.payment_received": PAID,
    "order.refund_created": REFUNDED,
    "order.note_created": (Step("POST /api/v1/orders/{order}/notes", {"body": "Called: wants it on Friday."}),),
    "order.fulfillment_created": SHIPPED,
    "order.fulfillment_updated": DELIVERED,
    "order.fulfillment_cancelled": (*SHIPPED, Step("POST /api/v1/orders/{order}/fulfillments/{fulfillment}/cancel")),
}


def filled(value: Any, known: dict[str, str]) -> Any:
    """A path or body with the ids put in."""
    if isinstance(value, dict):
        return {key: filled(each, known) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, known) for each in value]
    if isinstance(value, str):
        for name, found in known.items():
            value = value.replace(f"{{{name}}}", found)
    return value
