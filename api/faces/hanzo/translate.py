"""hanzo's words ↔ the domain's (contract section 6): requests into commands, errors into statuses and codes.

What the engine says back is in render.py. Ids in bodies are taken in any face's spelling; one that names nothing on this
order is 422 with its path, because the request is wrong, not the address.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, get_args

from pydantic.alias_generators import to_camel

from api.faces.hanzo import schemas as s
from api.http.problems import Problem
from api.spelling import wire
from domain import commands as c
from domain.errors import InvalidInput
from domain.order import Address, Label, Order, RefundCode, Tracking, Units
from door.placing import Draft, DraftLine

ITEM: Final = wire.Prefixed("oitem_")
PAYMENT: Final = wire.Prefixed("pay_")
FULFILLMENT: Final = wire.Prefixed("ful_")
REFUND: Final = wire.Prefixed("refund_")
RETURN: Final = wire.Prefixed("ret_")
HOLD: Final = wire.Prefixed("hold_")
EDIT: Final = wire.Prefixed("edit_")
EXCHANGE: Final = wire.Prefixed("exch_")
CLAIM: Final = wire.Prefixed("claim_")
"""hanzo's ids; orders and events have the ones every face shares (wire.ORDER, wire.EVENT)."""

WORDS: Final[dict[str, tuple[int | None, str]]] = {
    "bad_json": (None, "validation_error"),
    "timeout": (None, "unavailable"),
    "unknown_variant": (None, "validation_error"),
    "amount_too_large": (None, "validation_error"),
    "invalid_quantity": (None, "validation_error"),
    "provider_missing": (None, "validation_error"),
    "line_not_found": (422, "validation_error"),
    "fulfillment_not_found": (422, "validation_error"),
    "order_already_closed": (None, "conflict"),
    "nothing_to_refund": (None, "conflict"),
    "nothing_due": (None, "conflict"),
    "order_not_shipped": (None, "invalid_transition"),
    "nothing_left_to_fulfill": (None, "order_already_fulfilled"),
}
"""Codes that are not hanzo's own words; all others are answered as they are."""

_FIELDS: Final[dict[str, str]] = {
    "lines": "items",
    "line_id": "itemId",
    "new_lines": "newItems",
    "parent_id": "paymentId",
}
"""The domain's fields, where hanzo's word is another than their camelCase."""

_IDS: Final[dict[str, wire.Prefixed]] = {
    "order_id": wire.ORDER, "line": ITEM, "line_id": ITEM, "payment_id": PAYMENT, "refund_id": REFUND, "return_id": RETURN,
    "fulfillment_id": FULFILLMENT,
}  # fmt: skip


def error_body(problem: Problem, code: str, request_id: str) -> dict[str, Any]:
    """`{"error": {code, message, field, …}}`; refusals name the winning event, declines their code."""
    error: dict[str, Any] = {"code": code, "message": problem.message, "field": problem.field}
    if problem.by_rule:
        error["field"] = field_name(problem.field)
    for name, value in problem.data.items():
        if value is not None and name not in ("line", "message"):
            error.setdefault(to_camel(name), _shown(name, value))
    return {"error": error}


def field_name(path: str | None) -> str | None:
    """A domain's field in hanzo's words, step by step: `lines[0].line_id` is `items[0].itemId`."""
    if path is None:
        return None
    return ".".join(_field(step) for step in path.split("."))


def _field(step: str) -> str:
    name, bracket, index = step.partition("[")
    word = _FIELDS.get(name) or (to_camel(name) if "_" in name else name)
    return word + bracket + index


def _shown(name: str, value: Any) -> Any:
    """Ids in a refusal's particulars, in hanzo's spelling."""
    if name == "event" and isinstance(value, Mapping):
        return {"type": value["type"], "id": wire.EVENT.encode(str(value["id"]))}
    if name == "holds" and isinstance(value, Sequence):
        return [{**entry, "id": HOLD.encode(str(entry["id"]))} for entry in value]
    if name == "lines" and isinstance(value, Sequence):
        return [_short_line(entry) for entry in value if isinstance(entry, Mapping)]
    return _IDS[name].encode(str(value)) if name in _IDS else value


def _short_line(entry: Mapping[str, Any]) -> dict[str, Any]:
    shown = {to_camel(key): value for key, value in entry.items() if key not in ("line_id", "line")}
    line = entry.get("line_id") or entry.get("line")
    return ({"itemId": ITEM.encode(str(line))} if line else {}) | shown


# Requests.


def address(given: s.AddressIn | None) -> Address | None:
    return None if given is None else the_address(given)


def the_address(given: s.AddressIn) -> Address:
    return Address(**given.model_dump())


def draft(body: s.CreateOrder) -> Draft:
    """POST /order."""
    return Draft(
        lines=tuple(
            DraftLine(
                at=f"items[{i}]",
                quantity=item.quantity,
                variant_id=item.variant_id,
                unit_price=item.unit_price,
                title=item.title,
                sku=item.sku,
                requires_shipping=item.requires_shipping,
            )
            for i, item in enumerate(body.items)
        ),
        currency=body.currency,
        email=body.email,
        customer_id=body.customer_id,
        shipping_address=address(body.shipping_address),
        billing_address=address(body.billing_address),
        shipping_method_id=body.shipping_method_id,
        codes=tuple(body.discount_codes or ()),
        discount=body.discount,
        shipping_total=body.shipping_total,
        tax=body.tax_total,
        note=body.notes,
        metadata=body.metadata or {},
        tags=tuple(body.tags or ()),
        payment=_payment(body.payment),
    )


def _payment(given: s.PaymentIn | None) -> c.Pay | None:
    if given is None:
        return None
    return c.Pay(payment_method=given.payment_method, amount=given.amount, capture=given.capture)


def update(body: s.UpdateOrder) -> c.Update | None:
    """PATCH /order/:id. Only what was given changes; None: nothing was."""
    fields: dict[str, Any] = {}
    for name in body.model_fields_set:
        value = getattr(body, name)
        if name in ("shipping_address", "billing_address"):
            fields[name] = address(value)
        elif name == "notes":
            fields["note"] = value
        elif name == "tags":
            fields["tags"] = tuple(value or ())
        elif value is not None:
            fields[name] = value
    return c.Update(**fields) if fields else None


def cancel(body: s.CancelOrder) -> c.Cancel:
    if body.reason == "other" and not (body.note or "").strip():
        raise Problem("validation_error", "the reason other needs a note", field="note")
    return c.Cancel(reason=body.reason, note=body.note, notify=body.notify_customer)


def refund(order: Order, body: s.RefundOrder) -> c.Refund:
    """`reason` is free text, and the code too when it is one of the engine's words (contract section 0a)."""
    lines = None
    if body.items is not None:
        lines = tuple(
            c.RefundUnits(line_id=item_id(order, item.item_id, i), quantity=item.quantity, restock=item.restock)
            for i, item in enumerate(body.items)
        )
    code: Any = body.reason if body.reason in get_args(RefundCode) else None
    return c.Refund(
        amount=body.amount,
        lines=lines,
        reason=body.reason,
        code=code,
        manual=body.manual,
        notify=body.notify_customer,
    )


def cancel_items(order: Order, body: s.CancelItems) -> c.CancelItems:
    return c.CancelItems(lines=units(order, body.items), restock=body.restock, reason=body.reason)


def units(order: Order, items: Sequence[s.ItemUnits], at: str = "items") -> tuple[Units, ...]:
    return tuple(
        Units(line_id=line_id(order, item.item_id, f"{at}[{i}].itemId"), quantity=item.quantity)
        for i, item in enumerate(items)
    )


def fulfill(order: Order, body: s.FulfillOrder) -> c.Fulfill:
    lines = None if body.items is None else units(order, body.items)
    tracking = Tracking(number=body.tracking_number, company=body.tracking_company, url=body.tracking_url)
    return c.Fulfill(lines=lines, tracking=tracking, location_id=body.location_id, notify=body.notify_customer)


def pay(order: Order, body: s.PayOrder | s.AuthorizeOrder) -> c.Pay:
    """`capture` of /authorize is False; of /pay as given, else the policy's."""
    customer = order.customer_id if (order.customer_id or "").startswith("cus_") else None
    return c.Pay(
        payment_method=body.payment_method,
        amount=body.amount,
        capture=body.capture if isinstance(body, s.PayOrder) else False,
        customer=customer,
        payment_id=payment_id(order, body.payment_id),
    )


def request_return(order: Order, body: s.RequestReturn) -> c.RequestReturn:
    return c.RequestReturn(
        lines=return_units(order, body.items),
        refund_method=body.refund_method,
        note=body.note,
        photos=tuple(body.photos),
    )


def return_units(order: Order, items: Sequence[s.ReturnUnitsIn]) -> tuple[c.ReturnUnits, ...]:
    lines = []
    for i, item in enumerate(items):
        if (item.item_id is None) == (item.variant_id is None):
            raise Problem("validation_error", "name a line by itemId or by variantId", field=f"items[{i}].itemId")
        line = None if item.item_id is None else item_id(order, item.item_id, i)
        lines.append(
            c.ReturnUnits(line_id=line, variant_id=item.variant_id, quantity=item.quantity, reason=item.reason)
        )
    return tuple(lines)


def approve_return(found: str, body: s.ApproveReturn) -> c.ApproveReturn:
    label = None if body.label is None else Label(**body.label.model_dump())
    return c.ApproveReturn(return_id=found, ship_by=body.ship_by, instructions=body.instructions, label=label)


def receive_return(order: Order, found: str, body: s.ReceiveReturn) -> c.ReceiveReturn:
    lines = None
    if body.items is not None:
        lines = tuple(
            c.ReceivedUnits(
                line_id=item_id(order, item.item_id, i),
                quantity=item.quantity,
                restock=item.restock,
                condition=item.condition,
            )
            for i, item in enumerate(body.items)
        )
    return c.ReceiveReturn(
        return_id=found,
        lines=lines,
        final=body.final,
        amount=body.amount,
        refund_shipping=body.refund_shipping,
        fee=body.fee,
    )


# Ids in requests.


def item_id(order: Order, spelled: str, index: int) -> str:
    """A line of this order. InvalidInput names the item."""
    return line_id(order, spelled, f"items[{index}].itemId")


def line_id(order: Order, spelled: str, field: str) -> str:
    try:
        return wire.line_id_of(order, spelled)
    except ValueError:
        raise InvalidInput("no such item on this order", field=field) from None


def payment_id(order: Order, spelled: str | None) -> str | None:
    return None if spelled is None else _child([p.id for p in order.payments], spelled, "paymentId")


def fulfillment_id(order: Order, spelled: str | None) -> str | None:
    return None if spelled is None else _child([f.id for f in order.fulfillments], spelled, "fulfillmentId")


def _child(known: list[str], spelled: str, field: str) -> str:
    try:
        found = wire.any_id(spelled)
    except ValueError:
        found = ""
    if found not in known:
        raise InvalidInput("there is none of this id on the order", field=field)
    return found


def hold_id(order: Order, spelled: str) -> str:
    return path_id((h.id for h in order.holds), spelled, "hold")


def return_id(order: Order, spelled: str) -> str:
    return path_id((r.id for r in order.returns), spelled, "return")


def path_id(known: Iterable[str], spelled: str, what: str) -> str:
    """What a path names, of these ids of the order. 404 when it is none of them."""
    try:
        found = wire.any_id(spelled)
    except ValueError:
        found = ""
    if found not in set(known):
        raise Problem("not_found", f"no such {what} on this order", stored=True)
    return found


# Queries.


def sort(text: str) -> tuple[str, bool]:
    """`createdAt:desc`, `-createdAt`, `createdAt` (ascending) -> (field, descending)."""
    if text.startswith("-"):
        return text[1:], True
    field, _, direction = text.partition(":")
    return field, direction == "desc"


def expand(paths: Sequence[str]) -> frozenset[str]:
    """What to add; `items.product` implies `items`. 422 for a path that is none."""
    for path in paths:
        if path not in s.EXPANDABLE:
            raise Problem("validation_error", f"cannot expand {path[:100]!r}", field="expand")
    return frozenset(paths) | frozenset(path.partition(".")[0] for path in paths)


def epoch(moment: datetime | None) -> int | None:
    return None if moment is None else wire.EPOCH.encode(moment)
