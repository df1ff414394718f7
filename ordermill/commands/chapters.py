"""The story of one order, 45 days long: what is asked on which day, by whom. One row per request; story.py tells it.

The rule: every line here is a request that any shop or customer could send, and what the order does by itself (a deadline, the
closing) has a row without one. `{order}`, `{hold}`, `{return}` … are ids that answers before named.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from ordermill.commands.recipes import ORDER as RECIPE

Who = Literal["shop", "customer", "clock"]


@dataclass(frozen=True)
class Act:
    """One request, or a moment that comes by itself."""

    day: int
    """Of the order's own clock, from its placing."""
    who: Who
    text: str
    route: str = ""
    """`METHOD /path`; none: only time passes."""
    body: dict[str, Any] | None = None
    keep: dict[str, str] = field(default_factory=dict)
    """Name -> where the answer has it: `items.0.id`."""
    refused: int = 0
    """The status of a refusal that is meant."""


SHIRT: Final = "var_xyz789"
COTTON: Final = "550e8400-e29b-41d4-a716-446655440001"
NECKLACE: Final = "36"
VISA: Final = {"paymentMethod": "pm_card_visa"}
PLACED: Final = {
    **RECIPE,
    "items": [{"variantId": SHIRT, "quantity": 2}, {"variantId": COTTON, "quantity": 1}],
    "discountCodes": ["WELCOME25"],
    "payment": VISA,
}
EDIT: Final = {
    "operations": [{"op": "add_item", "variantId": NECKLACE, "quantity": 1}],
    "note": "on the phone: the necklace too, please",
}


def _units(name: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    return {"itemId": f"{{{name}}}", "quantity": quantity, **more}


def _sent(number: str, *units: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(units), "trackingNumber": number, "trackingCompany": "UPS", "notifyCustomer": True}


_O: Final = "POST /order/{order}"
_PARCEL: Final = {"fulfillment": "fulfillment.id"}

ACTS: Final = (
    Act(0, "shop", "Jane orders three shirts with a welcome code, and pays in the same request", "POST /order", PLACED,
        {"order": "id", "shirts": "items.0.id", "cotton": "items.1.id"}),
    Act(0, "shop", "The street has no flat number: the order is held", f"{_O}/holds",
        {"kind": "address", "reason": "which flat of 456 Oak Ave?"}, {"hold": "id"}),
    Act(0, "shop", "The warehouse tries to send it, and may not", f"{_O}/fulfill", refused=409),
    Act(1, "shop", "Jane called back; the hold is lifted", "DELETE /order/{order}/holds/{hold}"),
    Act(1, "shop", "She wants a necklace too: what would that change?", f"{_O}/edits?dryRun=true", EDIT),
    Act(1, "shop", "Those figures suit her: the same request in earnest", f"{_O}/edits", EDIT, {"necklace": "items.2.id"}),
    Act(1, "shop", "She pays what the edit made due", f"{_O}/pay", VISA),
    Act(2, "shop", "A first parcel leaves: both T-shirts", f"{_O}/fulfill", _sent("1Z999AA10123456784", _units("shirts", 2)),
        {"first": "id"}),
    Act(4, "shop", "The rest follows in a second one", f"{_O}/fulfill",
        _sent("1Z999AA10123456785", _units("cotton"), _units("necklace")), {"second": "id"}),
    Act(5, "shop", "The first parcel is delivered", f"{_O}/deliver", {"fulfillmentId": "{first}"}),
    Act(7, "shop", "The second is delivered: 30 days for returns begin", f"{_O}/deliver", {"fulfillmentId": "{second}"}),
    Act(8, "shop", "The necklace came broken: a claim, replaced at no price", f"{_O}/claim",
        {"items": [_units("necklace", reason="damaged")], "resolution": "replace"}, {"replacement": "newItems.0.id"}),
    Act(9, "shop", "The replacement leaves", f"{_O}/fulfill",
        _sent("1Z999AA10123456786", _units("replacement")), {"third": "id"}),
    Act(10, "customer", "Jane asks to exchange a T-shirt for a cheaper cotton one", f"{_O}/exchange",
        {"items": [_units("shirts", reason="wrong_size")], "newItems": [{"variantId": COTTON, "quantity": 1}],
         "ship": "on_approval"},
        {"exchange": "id", "return": "returnId", "new": "newItems.0.id"}),
    Act(11, "shop", "Approved, with a label: 14 days to send it back; her T-shirt is credited in advance",
        f"{_O}/return/{{return}}/approve",
        {"label": {"carrier": "UPS", "trackingNumber": "1Z999AA10123456787", "url": "https://example.com/label.pdf"}}),
    Act(12, "shop", "The cotton shirt leaves before the T-shirt is back", f"{_O}/fulfill",
        _sent("1Z999AA10123456788", _units("new")), {"fourth": "id"}),
    Act(12, "shop", "The replaced necklace is delivered", f"{_O}/deliver", {"fulfillmentId": "{third}"}),
    Act(15, "shop", "The cotton shirt is delivered: the last thing to come, so 30 days from here",
        f"{_O}/deliver", {"fulfillmentId": "{fourth}"}),
    Act(25, "clock", "No parcel after 14 days: the exchange is overdue, its credit is taken back, somebody has to look"),
    Act(29, "shop", "There it is after all: the shop opens a return for the late parcel", f"{_O}/return",
        {"items": [_units("shirts", reason="wrong_size")], "note": "late parcel of the exchange"}, {"late": "id"}),
    Act(29, "shop", "… allows it", f"{_O}/return/{{late}}/approve"),
    Act(29, "shop", "… and takes it in: all is credited, the difference goes back, no task left", f"{_O}/return/{{late}}/receive",
        {"items": [_units("shirts", condition="new")]}),
    Act(33, "customer", "The first cotton shirt shall go back too, for store credit", f"{_O}/return",
        {"items": [_units("cotton", reason="changed_mind")], "refundMethod": "store_credit"}, {"credit": "id"}),
    Act(34, "shop", "Approved", f"{_O}/return/{{credit}}/approve"),
    Act(40, "shop", "Received: its worth goes to her store credit, not to the card", f"{_O}/return/{{credit}}/receive"),
    Act(45, "clock", "Nothing can come back any more: the order closes by itself"),
)  # fmt: skip
