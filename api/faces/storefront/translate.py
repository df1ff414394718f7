"""storefront's words → the domain's (contract section 8): orders, lines, fulfilments. Money back and forth is money.py's.

Ids are taken in any face's spelling. A line or fulfilment that is not this order's is 404, in a path and in a body alike:
document 003 has codes for them. The way back is render.py.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from api.faces.storefront import schemas as s
from api.http.problems import Problem, invalid
from api.spelling import wire
from api.spelling.amounts import minor, minor_or_none
from domain import commands as c
from domain.edits import EditOperation, SetPrice, SetQuantity
from domain.errors import FulfillmentNotFound, InvalidQuantity, LineNotFound
from domain.order import Address, CancelReason, Order, Origin, Tracking, Units
from door.placing import Behaviour, Draft, DraftLine, DraftShipping, DraftTax, Names

NAMES: Final = Names(
    variant="variant_id",
    price="price",
    method="shipping_lines",
    codes="discount_codes",
    discount="discount_codes",
    lines="line_items",
)
REASONS: Final[dict[str, CancelReason]] = {
    "customer_request": "customer_request",
    "fraudulent": "fraud",
    "inventory": "out_of_stock",
    "other": "other",
}
BEHAVIOURS: Final[dict[str, Behaviour]] = {
    "bypass": "bypass",
    "decrement_ignoring_policy": "ignore_policy",
    "decrement_obeying_policy": "tracked",
}
"""inventory_behaviour -> how a line touches stock."""


# Values.


def quantity(value: int, field: str) -> int:
    """Document 003's INVALID_QUANTITY unless it is positive."""
    if value <= 0:
        raise InvalidQuantity("quantity must be positive", field=field)
    return value


def epoch(moment: datetime | None) -> int | None:
    return None if moment is None else wire.EPOCH.encode(moment)


def address(given: s.AddressIn | None) -> Address | None:
    if given is None:
        return None
    return Address(
        line1=given.address1,
        line2=given.address2,
        postal_code=given.zip,
        **given.model_dump(exclude={"address1", "address2", "zip"}),
    )


# Ids.


def line_id(order: Order, spelled: str, field: str) -> str:
    try:
        return wire.line_id_of(order, spelled)
    except ValueError:
        raise LineNotFound("no such line item on this order", field=field) from None


def fulfillment_id(order: Order, spelled: str) -> str:
    found = _child(spelled, [f.id for f in order.fulfillments])
    if found is None:
        raise FulfillmentNotFound("no such fulfillment on this order", field="fulfillment_id")
    return found


def note_id(order: Order, spelled: str) -> str:
    found = _child(spelled, [n.id for n in order.notes])
    if found is None:
        raise Problem("not_found", "no such note on this order", stored=True)
    return found


def _child(spelled: str, known: list[str]) -> str | None:
    try:
        found = wire.any_id(spelled)
    except ValueError:
        return None
    return found if found in known else None


# Orders.


def draft(body: s.CreateOrder, currency: str, customer: str | None, variants: Sequence[str | None]) -> Draft:
    """POST /api/v1/orders. `customer` and `variants` (one per line): the texts behind the ids given."""
    return Draft(
        lines=tuple(
            draft_line(item, variant, currency, f"line_items[{i}]")
            for i, (item, variant) in enumerate(zip(body.line_items, variants, strict=True))
        ),
        currency=currency,
        email=body.email,
        phone=body.phone,
        customer_id=customer,
        shipping_address=address(body.shipping_address),
        billing_address=address(body.billing_address),
        shipping_lines=_shipping(body.shipping_lines, currency),
        tax_lines=_taxes(body.tax_lines, currency),
        codes=tuple(code.code for code in body.discount_codes or ()),
        stock=BEHAVIOURS[body.inventory_behaviour],
        note=body.note,
        metadata=body.note_attributes or {},
        tags=tuple(body.tags or ()),
        origin=_origin(body),
        receipt=body.send_receipt,
        payment=_payment(body.transactions, currency),
        names=NAMES,
    )


def _payment(given: Sequence[s.SaleIn] | None, currency: str) -> c.Pay | None:
    if not given:
        return None
    sale = given[0]
    amount = minor_or_none(sale.amount, currency, "transactions[0].amount")
    if amount == 0:
        raise invalid("transactions[0].amount", "must be positive")
    return c.Pay(payment_method=sale.payment_method, amount=amount, capture=sale.kind == "sale", gateway=sale.gateway)


def draft_line(item: s.LineItemIn, variant: str | None, currency: str, at: str) -> DraftLine:
    """A line as it is asked for, at creation and later; `at` is empty where the line is the whole body."""
    where: Callable[[str], str] = lambda name: f"{at}.{name}" if at else name  # noqa: E731
    return DraftLine(
        at=at,
        quantity=quantity(item.quantity, where("quantity")),
        variant_id=variant,
        unit_price=minor_or_none(item.price, currency, where("price")),
        title=item.title,
        sku=item.sku,
        requires_shipping=item.requires_shipping,
        product_id=item.product_id,
        variant_title=item.variant_title,
        is_gift_card=item.is_gift_card,
    )


def _shipping(given: Sequence[s.ShippingLineIn] | None, currency: str) -> tuple[DraftShipping, ...] | None:
    if given is None:
        return None
    return tuple(
        DraftShipping(
            title=line.title,
            price=minor(line.price, currency, f"shipping_lines[{i}].price"),
            code=line.code,
            source=line.source,
        )
        for i, line in enumerate(given)
    )


def _taxes(given: Sequence[s.TaxLineIn] | None, currency: str) -> tuple[DraftTax, ...] | None:
    """Prices of all lines, or of none and then rates."""
    if given is None:
        return None
    priced = any(line.price is not None for line in given)
    for i, line in enumerate(given):
        if priced and line.price is None:
            raise invalid(f"tax_lines[{i}].price", "is required, as other tax lines have one")
        if not priced and line.rate is None:
            raise invalid(f"tax_lines[{i}].rate", "is required without a price")
    return tuple(
        DraftTax(
            title=line.title,
            rate=line.rate if line.rate is not None else Decimal(0),
            price=minor_or_none(line.price, currency, f"tax_lines[{i}].price"),
        )
        for i, line in enumerate(given)
    )


def _origin(body: s.CreateOrder) -> Origin:
    given = body.model_dump(
        include={
            "cart_token",
            "checkout_token",
            "referring_site",
            "landing_site",
            "source_name",
            "client_details",
        }
    )
    return Origin(**{name: value for name, value in given.items() if value is not None})


def update(body: s.UpdateOrder) -> c.Update | None:
    """PUT. Absent is unchanged, present is replaced; None: nothing was given."""
    fields: dict[str, Any] = {}
    for name in body.model_fields_set:
        value = getattr(body, name)
        if name in ("shipping_address", "billing_address"):
            fields[name] = address(value)
        elif name == "tags":
            fields[name] = tuple(value or ())
        elif name == "note_attributes":
            fields["replace_metadata"] = value or {}
        else:
            fields[name] = value
    return c.Update(**fields) if fields else None


def cancel(body: s.CancelOrder) -> c.Cancel:
    reason = None if body.reason is None else REASONS[body.reason]
    return c.Cancel(reason=reason, restock=body.restock, notify=body.notify_customer)


def update_line(order: Order, found: str, body: s.UpdateLineItem) -> c.Edit | None:
    """None: nothing was given."""
    made: list[EditOperation] = []
    if body.quantity is not None:
        made.append(SetQuantity(op="set_quantity", line_id=found, quantity=quantity(body.quantity, "quantity")))
    price = minor_or_none(body.price, order.currency, "price")
    if price is not None:
        made.append(SetPrice(op="set_price", line_id=found, unit_price=price))
    return c.Edit(operations=tuple(made)) if made else None


# Fulfilments.


def fulfill(order: Order, body: s.CreateFulfillment) -> c.Fulfill:
    lines = None if body.line_items is None else tuple(_units(order, body.line_items))
    tracking = Tracking(number=body.tracking_number, company=body.tracking_company, url=body.tracking_url)
    return c.Fulfill(lines=lines, tracking=tracking, location_id=body.location_id, notify=body.notify_customer)


def _units(order: Order, lines: Iterable[s.FulfilledLine]) -> Iterable[Units]:
    for i, line in enumerate(lines):
        count = quantity(line.quantity, f"line_items[{i}].quantity")
        yield Units(line_id=line_id(order, line.id, f"line_items[{i}].id"), quantity=count)


def update_fulfillment(found: str, body: s.UpdateFulfillment) -> c.UpdateFulfillment | None:
    """None: nothing was given."""
    names = {"tracking_number": "number", "tracking_company": "company", "tracking_url": "url"}
    given = {names[name]: getattr(body, name) for name in body.model_fields_set if name in names}
    if not given and body.status is None and not body.notify_customer:
        return None
    return c.UpdateFulfillment(
        fulfillment_id=found,
        tracking=Tracking(**given) if given else None,
        status=body.status,
        notify=body.notify_customer,
    )


# Queries.


def included(names: Sequence[str]) -> frozenset[str]:
    """What `include` adds. 422 for a name that is none."""
    for name in names:
        if name not in s.INCLUDABLE:
            raise invalid("include", f"cannot include {name[:100]!r}; known: {', '.join(s.INCLUDABLE)}")
    return frozenset(names)


def order_number(text: str | None) -> int | None:
    """What the list looks for; 0, which no order has, for a text that is no number."""
    if text is None:
        return None
    bare = text.strip().removeprefix("#")
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= 15 else 0
