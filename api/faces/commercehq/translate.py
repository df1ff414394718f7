"""commercehq's words → the domain's (contract section 9): ids, sorts, units, parcels into commands; every error into one shape.

    {"errors": {field or "base": [message]}}

What a path names and the order has not is 404; what a body names is 422, at its field. A list that needs several commands is one
command (c.Several): all or nothing. The event that won a race stands in the message, since the shape has no other place.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from api.faces.commercehq import schemas as s
from api.faces.commercehq.answers import OrderOut
from api.faces.commercehq.status import PAID, STATUS
from api.http.fields import MAX_LINES
from api.http.problems import Problem, invalid
from api.spelling import wire
from api.spelling.amounts import minor_or_none
from domain import commands as c
from domain import ledger
from domain.commands import Command
from domain.errors import AmountTooLarge, InvalidInput
from domain.money import format_decimal
from domain.order import Order, Tracking, Units
from store.lists.filters import Field, Sort

WORDS: Final[dict[str, tuple[int | None, str]]] = {"line_not_found": (422, "line_not_found")}
"""This face tells no codes; statuses are the usual ones but for a line of a body that another command just removed."""

_FIELDS: Final = {"lines": "items", "quantity": "items", "line_id": "items", "fulfillment_id": "fulfilment_id"}
"""The domain's fields in this face's words."""
SORTS: Final[dict[str, Field]] = {
    "id": "number", "display_number": "number", "email": "email_lower", "title": "email_lower", "total": "total",
    "status": STATUS.name, "paid": PAID.name, "order_date": "created_at", "updated_at": "changed_at",
}  # fmt: skip
"""Sort words -> columns and axes. `updated_at` sorts as it is shown: null, before everything, until the first change."""
_TRACKING: Final = {"tracking_number": "number", "shipping_carrier": "company", "tracking_url": "url"}


# Errors.


def error_body(problem: Problem, code: str, request_id: str) -> dict[str, Any]:
    """Every wrong field with its messages; what is nobody's field is `base`."""
    told = problem.details or (("base", problem.message),)
    errors: dict[str, list[str]] = {}
    for field, message in told:
        name = _FIELDS.get(field, field) if problem.by_rule else field
        errors.setdefault(name, []).append(message + _won(problem.data.get("event")))
    return {"errors": errors}


def _won(event: Mapping[str, Any] | None) -> str:
    return f" ({event['type']} {wire.EVENT.encode(str(event['id']))})" if event else ""


# Ids.


def child(order: Order, spelled: str | int, known: Iterable[tuple[str, int]]) -> str | None:
    """Which of `known` (id, serial) this spells: an integer, as text too (paths), or another face's spelling."""
    if isinstance(spelled, str) and spelled.isascii() and spelled.isdigit() and len(spelled) <= 15:
        spelled = int(spelled)
    try:
        wanted = wire.serial_in(order, spelled) if isinstance(spelled, int) else wire.any_id(spelled)
    except ValueError:
        return None
    return next((found for found, serial in known if wanted in (found, serial)), None)


def _fulfilments(order: Order) -> list[tuple[str, int]]:
    return [(f.id, f.serial) for f in order.fulfillments if not f.cancelled_at]


def _shipments(order: Order) -> list[tuple[str, int]]:
    return [(p.id, p.serial) for f in order.fulfillments if not f.cancelled_at for p in f.shipments]


def _in_path(order: Order, spelled: str, known: list[tuple[str, int]], what: str) -> list[str]:
    """The ids of a path, one or a comma list. 404 for what the order does not have."""
    found = [child(order, part.strip(), known) for part in spelled.split(",")]
    ids = list(dict.fromkeys(i for i in found if i is not None))
    if not ids or None in found:
        raise Problem("not_found", f"no such {what} on this order", stored=True)
    return ids


def _in_body(order: Order, given: Sequence[str | int], known: list[tuple[str, int]], field: str) -> list[str]:
    """The ids of a body. 422 for what the order does not have."""
    ids = []
    for i, spelled in enumerate(given):
        found = child(order, spelled, known)
        if found is None:
            raise InvalidInput("not on this order", field=f"{field}[{i}]")
        ids.append(found)
    return list(dict.fromkeys(ids))


def units(order: Order, given: Sequence[s.UnitsIn] | None, at: str = "items") -> tuple[Units, ...] | None:
    """Items and quantities; repeated items add up later."""
    if given is None:
        return None
    lines = [(line.id, line.serial) for line in order.lines]
    out = []
    for i, item in enumerate(given):
        found = child(order, item.id, lines)
        if found is None:
            raise InvalidInput("no such item on this order", field=f"{at}[{i}].id")
        out.append(Units(line_id=found, quantity=item.quantity))
    return tuple(out)


# Commands.


def fulfil(order: Order, body: s.CreateFulfilment) -> c.Fulfill:
    return c.Fulfill(lines=units(order, body.items), ship=False)


def take_back(order: Order, spelled: str) -> Command:
    """DELETE of fulfilments."""
    ids = _in_path(order, spelled, _fulfilments(order), "fulfilment")
    return _as_one([c.CancelFulfillment(fulfillment_id=i, unshipped_only=True) for i in ids])


def unship(order: Order, spelled: str) -> Command:
    """DELETE of shipments."""
    ids = _in_path(order, spelled, _shipments(order), "shipment")
    return _as_one([c.Unship(shipment_id=i) for i in ids])


def ship(order: Order, body: s.CreateShipments) -> Command:
    """A parcel per fulfilment named. `items` of several fulfilments would be ambiguous."""
    steps: list[c.Ship] = []
    for n, entry in enumerate(body.data):
        at = f"data[{n}]"
        ids = _in_body(order, entry.fulfilment_id, _fulfilments(order), f"{at}.fulfilment_id")
        if entry.items is not None and len(ids) > 1:
            raise invalid(f"{at}.items", "items are of one fulfilment")
        lines = units(order, entry.items, f"{at}.items")
        steps += [c.Ship(fulfillment_id=i, lines=lines, tracking=_tracking(entry)) for i in ids]
    return _as_one(_notifying(steps, body.notify))


def track_fulfilments(order: Order, body: s.UpdateFulfilments) -> Command:
    steps: list[c.UpdateFulfillment] = []
    for n, entry in enumerate(body.data):
        ids = _in_body(order, *_named(entry, entry.fulfilment_id, n, "fulfilment_id", _fulfilments(order)))
        steps += [c.UpdateFulfillment(fulfillment_id=i, tracking=_changed(entry, n)) for i in ids]
    return _as_one(_notifying(steps, body.notify))


def track_shipments(order: Order, body: s.UpdateShipments) -> Command:
    steps: list[c.UpdateFulfillment] = []
    for n, entry in enumerate(body.data):
        ids = _in_body(order, *_named(entry, entry.shipment_id, n, "shipment_id", _shipments(order)))
        steps += [c.UpdateFulfillment(shipment_id=i, tracking=_changed(entry, n)) for i in ids]
    return _as_one(_notifying(steps, body.notify))


def _named(
    entry: s.FulfilmentTracking | s.ShipmentTracking, other: list[int | str] | None, n: int, word: str,
    known: list[tuple[str, int]],
) -> tuple[list[int | str], list[tuple[str, int]], str]:  # fmt: skip
    """The ids given, under `id` or under the longer word, and the field they stand in."""
    if (entry.id is None) == (other is None):
        raise invalid(f"data[{n}].id", f"either id or {word} is required")
    return (entry.id, known, f"data[{n}].id") if entry.id is not None else (other or [], known, f"data[{n}].{word}")


def _tracking(entry: s.TrackingIn) -> Tracking:
    """Only the fields given are set."""
    return Tracking(**{_TRACKING[name]: getattr(entry, name) for name in entry.model_fields_set if name in _TRACKING})


def _changed(entry: s.TrackingIn, n: int) -> Tracking:
    if not entry.model_fields_set & _TRACKING.keys():
        raise invalid(f"data[{n}]", f"nothing to change: give one of {', '.join(_TRACKING)}")
    return _tracking(entry)


Step = TypeVar("Step", c.Ship, c.UpdateFulfillment)


def _notifying(steps: list[Step], notify: bool) -> tuple[Step, ...]:
    """One mail per request, with its last parcel."""
    if notify:
        steps[-1] = steps[-1].model_copy(update={"notify": True})
    return tuple(steps)


def _as_one(steps: Sequence[Command]) -> Command:
    """One command that does all or nothing."""
    if len(steps) > MAX_LINES:
        raise invalid("data", f"at most {MAX_LINES} fulfilments or shipments at once")
    return c.together(steps)


def restock(order: Order, body: s.CreateRestock) -> c.Restock:
    return c.Restock(lines=units(order, body.items) or ())


def refund(order: Order, body: s.CreateRefund) -> c.Refund:
    """Too much is told in the order's major units."""
    amount = minor_or_none(body.amount, order.currency, "amount")
    if amount == 0:
        raise invalid("amount", "must be positive")
    left = ledger.refundable(order)
    if amount is not None and 0 < left < amount:
        shown = format_decimal(left, order.currency)
        raise AmountTooLarge(f"only {shown} {order.currency} can be refunded", field="amount", maximum=left)
    return c.Refund(amount=amount)


# Queries.


def sort(given: Sequence[str]) -> tuple[Sort, ...]:
    """`!id,title`: `!` descends. Of an attribute given twice the first counts: the second could order nothing.

    Ties break by this face's id, the number, in the last key's direction. Nothing given: the newest number first.
    """
    keys: dict[str, Sort] = {}
    for word in given:
        name = word.removeprefix("!")
        if name not in SORTS:
            raise invalid("sort", f"one or more of {', '.join(SORTS)}, with ! before one that descends")
        field = SORTS[name]
        keys.setdefault(field, Sort(field, descending=word.startswith("!")))
    if "number" not in keys:
        descending = list(keys.values())[-1].descending if keys else True
        keys["number"] = Sort("number", descending)
    return tuple(keys.values())


def attributes(given: Sequence[str] | None) -> list[str] | None:
    """`fields` of a search: attributes of an order, each once."""
    for i, name in enumerate(given or ()):
        if name not in OrderOut.model_fields:
            raise invalid(f"fields[{i}]", "no attribute of an order")
    return None if given is None else list(dict.fromkeys(given))
