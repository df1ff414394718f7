"""An order's timeline as sentences: what happened, how much, to what, and who did it.

The table has a row for every engine event; a test holds it complete. A sentence says what its event's data says and what the order
knows of the thing it names; where either is missing (an old event, a line that was removed) it is shorter, never wrong. An event of
a newer release, which has no row here, is told by its name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from console.acts.goods import named
from console.pages import spoken
from console.preview import paid_with
from console.words import plural, word
from domain.events import Event
from domain.order import Actor, Order


@dataclass(frozen=True)
class Told:
    """One event as a sentence."""

    sequence: int
    version: int
    at: datetime
    who: str
    text: str
    tone: str
    """good | bad | money | plain: how it looks."""
    type: str


Words = Callable[[Order, Mapping[str, Any]], str]
BY_ITSELF: Final = "by itself"
_WHO: Final = {
    "timer": BY_ITSELF,
    "provider": "the payment provider",
    "system": "the engine",
    "operator": "an operator",
}


def told(event: Event, order: Order, zone: tzinfo = UTC) -> Told:
    """`zone`: the shop's, in which moments are told."""
    tone, words = SENTENCES.get(event.type, ("plain", lambda order, data: word(event.type.replace(".", " "))))
    text = words(order, _there(event.data, zone) if event.type == "timer.moved" else event.data)
    return Told(event.sequence, event.version, event.at, who(event.actor), text, tone, event.type)


def _there(data: Mapping[str, Any], zone: tzinfo) -> Mapping[str, Any]:
    """The moments of a moved window, as the shop's clock shows them."""
    moments = {name: data[name] for name in ("from", "to") if data.get(name)}
    return {**data, **{name: datetime.fromisoformat(at).astimezone(zone) for name, at in moments.items()}}


def who(actor: Actor) -> str:
    """As a reader knows them."""
    if actor.kind == "person":
        return actor.id
    if actor.kind == "customer":
        return "the customer"
    if actor.kind == "key":
        return f"key {actor.label}" if actor.label else "an API key"
    return _WHO.get(actor.kind, actor.kind)


def _amount(order: Order, data: Mapping[str, Any], name: str = "amount") -> str:
    value = data.get(name)
    return spoken(value, order.currency) if isinstance(value, int) else "money"


def _child(items: Any, data: Mapping[str, Any], name: str) -> Any:
    return next((item for item in items if item.id == data.get(name)), None)


def _payment(order: Order, data: Mapping[str, Any]) -> str:
    found = _child(order.payments, data, "paymentId")
    return f" on {paid_with(found)}" if found is not None else ""


def _units(order: Order, data: Mapping[str, Any]) -> str:
    found = _child(order.fulfillments, data, "fulfillmentId")
    return f": {named(order, found.items)}" if found is not None else ""


def _parcel(order: Order, data: Mapping[str, Any]) -> str:
    made = _child(order.fulfillments, data, "fulfillmentId")
    found = _child(made.shipments, data, "shipmentId") if made is not None else None
    if found is None:
        return ""
    by = " ".join(filter(None, (found.tracking.company, found.tracking.number)))
    return f": {named(order, found.items)}" + (f", {by}" if by else "")


def _return(order: Order, data: Mapping[str, Any]) -> str:
    found = _child(order.returns, data, "returnId")
    return f" of {named(order, found.items)}" if found is not None else ""


def _exchange(order: Order, data: Mapping[str, Any]) -> str:
    found = _child(order.exchanges, data, "exchangeId")
    made = _child(order.returns, {"returnId": found.return_id}, "returnId") if found is not None else None
    if found is None or made is None:
        return ""
    new = ", ".join(f"{line.quantity} × {line.title}" for line in found.new_lines)
    return f" of {named(order, made.items)} for {new}"


def _claimed(order: Order, data: Mapping[str, Any]) -> str:
    found = _child(order.claims, data, "claimId")
    if found is None:
        return "Units were claimed"
    outcome = "replaced" if found.resolution == "replace" else "their share went back"
    return f"Claimed {named(order, found.items)} ({word(found.items[0].reason)}): {outcome}"


def _because(data: Mapping[str, Any], name: str = "reason") -> str:
    reason = data.get(name)
    return f": {word(str(reason))}" if reason else ""


def _cancelled(order: Order, data: Mapping[str, Any]) -> str:
    note = data.get("note")
    return f"Cancelled{_because(data)}" + (f" – {note}" if note else "")


def _edited(order: Order, data: Mapping[str, Any]) -> str:
    if not isinstance(data.get("before"), int) or not isinstance(data.get("total"), int):
        return "What was sold was changed"
    return f"What was sold was changed: {_amount(order, data, 'before')} → {_amount(order, data, 'total')}"


def _updated(order: Order, data: Mapping[str, Any]) -> str:
    fields = data.get("fields")
    return "Changed " + ", ".join(word(str(name)) for name in fields) if fields else "Changed"


def _items(order: Order, data: Mapping[str, Any]) -> str:
    titles = {line.id: line.title for line in order.lines}
    items = [i for i in data.get("items") or () if isinstance(i, Mapping)]
    parts = [
        f"{i.get('quantity')} × {titles.get(str(i.get('lineId') or i.get('line_id') or ''), 'units')}" for i in items
    ]
    return f"Cancelled {', '.join(parts) or 'units'}{_because(data)}"


def _held(order: Order, data: Mapping[str, Any]) -> str:
    found = _child(order.holds, data, "holdId")
    reason = f": {found.reason}" if found is not None and found.reason else ""
    return f"Put on hold ({data.get('kind', 'hold')}){reason}"


def _timer(order: Order, data: Mapping[str, Any]) -> str:
    name = word(str(data.get("name", "window")).partition(":")[0])
    if data.get("fired"):
        return f"Let the {name} end now"
    if not data.get("from") or not data.get("to"):
        return f"Moved the {name}"
    return f"Moved the {name} from {_moment(data['from'])} to {_moment(data['to'])}"


def _moment(at: datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M}"


def _failed(order: Order, data: Mapping[str, Any]) -> str:
    code = data.get("declineCode")
    return f"A payment was declined{_payment(order, data)}" + (f": {word(str(code))}" if code else "")


def _noted(order: Order, data: Mapping[str, Any]) -> str:
    found = _child(order.notes, data, "noteId")
    return f"Noted: {found.body}" if found is not None else "Added a note"


def _says(text: str) -> Words:
    return lambda order, data: text


def _money(text: str) -> Words:
    """`text` with {amount} and where it went."""
    return lambda order, data: text.format(amount=_amount(order, data)) + _payment(order, data)


# ruff: noqa: E501  (the table keeps one row per event)
# fmt: off
SENTENCES: Final[dict[str, tuple[str, Words]]] = {
    "order.created":            ("plain", lambda o, d: f"Placed for {_amount(o, d, 'total')}"),
    "order.confirmed":          ("good",  _says("Confirmed; its stock is reserved")),
    "order.paid":               ("good",  _says("Paid; nothing is due any more")),
    "order.partially_fulfilled": ("plain", lambda o, d: f"{d.get('sent', 'Some')} of {plural(d['units'], 'unit') if isinstance(d.get('units'), int) else 'the units'} sent"),
    "order.fulfilled":          ("good",  _says("Everything is sent")),
    "order.shipped":            ("good",  lambda o, d: f"Shipped{_units(o, d)}"),
    "order.delivered":          ("good",  _says("Delivered; the last unit arrived")),
    "order.cancelled":          ("bad",   _cancelled),
    "order.failed":             ("bad",   _says("Failed: its payment was declined too often")),
    "order.refunded":           ("money", lambda o, d: f"Refunded {_amount(o, d)}"),
    "order.items_cancelled":    ("bad",   _items),
    "order.updated":            ("plain", _updated),
    "order.edited":             ("plain", _edited),
    "order.closed":             ("plain", lambda o, d: "Closed" if d.get("by") == "hand" else "Closed; its return window is over"),
    "order.reopened":           ("plain", _says("Reopened")),
    "order.return_requested":   ("plain", lambda o, d: f"A return was requested{_return(o, d)}"),
    "order.return_approved":    ("good",  lambda o, d: f"Approved the return{_return(o, d)}"),
    "order.return_rejected":    ("bad",   lambda o, d: f"Rejected the return{_return(o, d)}{_because(d)}"),
    "order.return_received":    ("good",  lambda o, d: f"Received {'the parcel' if d.get('final', True) else 'one parcel'}{_return(o, d)}"),
    "order.return_withdrawn":   ("plain", lambda o, d: f"Withdrew the return{_return(o, d)}"),
    "order.return_expired":     ("plain", lambda o, d: f"The return{_return(o, d)} expired: nothing came in time"),
    "order.exchange_requested": ("plain", lambda o, d: f"An exchange was requested{_exchange(o, d)}"),
    "order.exchange_approved":  ("good",  lambda o, d: f"Approved the exchange{_exchange(o, d)}"),
    "order.exchange_completed": ("good",  lambda o, d: f"Completed the exchange{_exchange(o, d)}"),
    "order.exchange_cancelled": ("bad",   lambda o, d: f"Gave the exchange up{_exchange(o, d)}"),
    "order.exchange_overdue":   ("bad",   lambda o, d: f"The exchange is overdue{_exchange(o, d)}: the new units are sent, the parcel did not come"),
    "order.claim_created":      ("plain", _claimed),
    "order.note_created":       ("plain", _noted),
    "order.note_deleted":       ("plain", _says("Deleted a note")),
    "order.restocked":          ("plain", lambda o, d: f"Put {plural(d['units'], 'unit') if isinstance(d.get('units'), int) else 'units'} back on the shelf"),
    "order.held":               ("bad",   _held),
    "order.released":           ("good",  lambda o, d: f"Lifted the hold ({d.get('kind', 'hold')})"),
    "timer.moved":              ("plain", _timer),
    "payment.authorized":       ("money", _money("Held {amount}")),
    "payment.captured":         ("money", _money("Took {amount}")),
    "payment.failed":           ("bad",   _failed),
    "payment.requires_action":  ("plain", _says("The customer has to confirm the payment (3-D Secure)")),
    "payment.processing":       ("plain", _money("A payment of {amount} is under way")),
    "payment.voided":           ("money", lambda o, d: f"Released the hold{_payment(o, d)}"),
    "payment.expired":          ("bad",   lambda o, d: f"The hold{_payment(o, d)} ended"),
    "payment.refunded":         ("money", _money("{amount} went back")),
    "payment.refund_failed":    ("bad",   _money("A refund of {amount} failed")),
    "payment.dispute_opened":   ("bad",   lambda o, d: f"The customer's bank disputes {_amount(o, d)}{_because(d)}"),
    "payment.dispute_won":      ("good",  _says("A dispute was won")),
    "payment.dispute_lost":     ("bad",   _says("A dispute was lost; the bank took the money back")),
    "payment.reconciled":       ("plain", _says("Corrected after the payment provider's books")),
    "fulfillment.created":      ("plain", lambda o, d: f"Handed over{_units(o, d)}"),
    "fulfillment.updated":      ("plain", lambda o, d: f"Updated the shipment{_units(o, d)}"),
    "fulfillment.cancelled":    ("bad",   lambda o, d: f"Took a shipment back{_units(o, d)}"),
    "shipment.created":         ("plain", lambda o, d: f"A parcel left{_parcel(o, d)}"),
    "shipment.deleted":         ("bad",   _says("Took a parcel back")),
}
# fmt: on
"""Engine event -> how it looks, and what it says."""
