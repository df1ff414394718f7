"""The domain's order in commercehq's words (document 004, contract section 9).

`restocks` is what the counters say: one entry per item with restocked units (cancelled, or come back), known by the item's id. A
restock is no thing of its own in the engine (cancellations and returns restock too), so it has no other id; an entry is always
its item's `status.restocked`. `fulfilments` and `shipments` leave out what was taken back. `image_max_size` is the sample's: no
catalogue entry says one.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from api.faces.commercehq import answers as a
from api.faces.commercehq import status as words
from api.faces.commercehq.known import Known
from api.http import reading
from api.http.routing import Answer, Call, Done
from api.spelling import wire
from domain import ledger
from domain import order as d
from domain.money import to_decimal
from domain.order import Order
from domain.risks import Assessment

IMAGE_MAX_SIZE: Final = 8
_BRANDS: Final[Mapping[str, str]] = {
    "visa": "Visa", "mastercard": "MasterCard", "amex": "American Express", "diners": "Diners Club", "jcb": "JCB",
    "unionpay": "UnionPay", "paypal": "PayPal",
}  # fmt: skip
"""A provider's word -> the document's kind of name; others with a capital."""


def money(order: Order, amount: int) -> int | float:
    """Minor units as a JSON number: 1394 → 13.94, 4650 → 46.5, 0 → 0.

    Exact: an amount has at most 12 digits (MAX_AMOUNT), and a float of up to 15 is written with the digits it was made from.
    """
    return _number(to_decimal(amount, order.currency))


def _number(value: Decimal) -> int | float:
    whole = int(value)
    return whole if whole == value else float(value)


def order(value: Order, known: Known, call: Call) -> a.OrderOut:
    return a.OrderOut(
        id=value.number,
        display_number=f"{call.shop.config.store.display_prefix}{value.number}",
        email=value.email,
        status=words.status(value),
        paid=words.paid(value),
        discounts=discounts(value),
        shipping=shipping(value),
        tax=money(value, value.tax_total),
        total=money(value, value.total),
        ip=_text(value.origin.client_details.get("browser_ip")),
        items=[item(value, line, known) for line in value.lines],
        fulfilments=[fulfilment(value, f) for f in _alive(value)],
        shipments=[shipment(value, f, parcel) for f in _alive(value) for parcel in f.shipments],
        restocks=restocks(value),
        customer=customer(value, known),
        address=addresses(value),
        payment=payment(value),
        conversion=a.ConversionOut(landing_page=value.origin.landing_site, referrer=value.origin.referring_site),
        risk_level=risk(reading.assessed(call, value)),
        refunded=money(value, ledger.refunded(value)),
        refund_possible=ledger.refundable(value) > 0,
        order_date=wire.EPOCH.encode(value.created_at),
        # Placing is version 1; whatever comes after it is a change.
        updated_at=wire.EPOCH.encode(value.updated_at) if value.version > 1 else None,
        notes=value.note,
        holds=[hold(h) for h in value.holds],
        currency=value.currency,
        cancelled_at=wire.EPOCH.encode(value.cancelled_at) if value.cancelled_at else None,
        refunds=[refund(value, r) for r in value.refunds],
    )


def discounts(value: Order) -> list[a.DiscountOut]:
    """By code; what an import took off beyond its codes has none, so that they add up."""
    shown = [a.DiscountOut(code=one.code, amount=money(value, one.amount)) for one in value.discounts]
    rest = value.discount_total - sum(one.amount for one in value.discounts)
    return [*shown, a.DiscountOut(code=None, amount=money(value, rest))] if rest > 0 else shown


def shipping(value: Order) -> a.ShippingOut:
    if not value.shipping_lines:
        return a.ShippingOut(description=None, price=None)
    return a.ShippingOut(
        description=", ".join(line.title for line in value.shipping_lines),
        price=wire.Decimals(value.currency).encode(value.shipping_total),
    )


def item(value: Order, line: d.Line, known: Known) -> a.ItemOut:
    counters = words.line_counters(value, line)
    compare, grams = line.product.compare_price, line.weight_grams
    data = a.ItemDataOut(
        id=wire.numbered(value, line.serial),
        product_id=known["product", line.product_id] if line.product_id else None,
        title=line.title,
        is_multi=line.product.is_multi,
        type=line.product.product_type,
        is_giftcard=line.is_gift_card,
        shipping_weight=None if grams is None else _number(Decimal(grams).scaleb(-3)),
        vendor=line.product.vendor,
        auto_fulfilment=line.product.auto_fulfilment,
        track_inventory=line.stock != "untracked",
        sku=line.sku,
        price=money(value, line.unit_price),
        compare_price=None if compare is None else money(value, compare),
        image=line.product.image_url,
        image_max_size=IMAGE_MAX_SIZE,
        variant=a.VariantOut(
            id=known["variant", line.variant_id] if line.variant_id else None,
            variant=list(line.product.options) or ([line.variant_title] if line.variant_title else []),
        ),
    )
    exchange = next((one.serial for one in value.exchanges if one.id == line.exchange_id), None)
    return a.ItemOut(
        data=data,
        status=a.ItemStatusOut(**vars(counters)),
        exchange_id=None if exchange is None else wire.numbered(value, exchange),
    )


# Fulfilments, shipments, restocks, refunds.


def _alive(value: Order) -> list[d.Fulfillment]:
    return [f for f in value.fulfillments if not f.cancelled_at]


def _units(value: Order, items: tuple[d.Units, ...]) -> list[a.UnitsOut]:
    serials = {line.id: line.serial for line in value.lines}
    return [a.UnitsOut(id=wire.numbered(value, serials[u.line_id]), quantity=u.quantity) for u in items]


def fulfilment(value: Order, made: d.Fulfillment) -> a.FulfilmentOut:
    return a.FulfilmentOut(
        id=wire.numbered(value, made.serial),
        items=_units(value, made.items),
        tracking_number=made.tracking.number,
        shipping_carrier=made.tracking.company,
        tracking_url=made.tracking.url,
        created_at=wire.EPOCH.encode(made.created_at),
        updated_at=wire.EPOCH.encode(made.updated_at),
    )


def shipment(value: Order, of: d.Fulfillment, made: d.Shipment) -> a.ShipmentOut:
    return a.ShipmentOut(
        id=wire.numbered(value, made.serial),
        fulfilment_id=wire.numbered(value, of.serial),
        items=_units(value, made.items),
        tracking_number=made.tracking.number,
        shipping_carrier=made.tracking.company,
        tracking_url=made.tracking.url,
        shipped_at=wire.EPOCH.encode(made.shipped_at),
        delivered_at=wire.EPOCH.encode(made.delivered_at) if made.delivered_at else None,
    )


def restocks(value: Order) -> list[a.UnitsOut]:
    counted = [(line, words.line_counters(value, line).restocked) for line in value.lines]
    return [a.UnitsOut(id=wire.numbered(value, line.serial), quantity=n) for line, n in counted if n]


def refund(value: Order, made: d.Refund) -> a.RefundOut:
    return a.RefundOut(
        id=wire.numbered(value, made.serial),
        amount=money(value, made.amount),
        status=made.status,
        created_at=wire.EPOCH.encode(made.created_at),
    )


# People.


def customer(value: Order, known: Known) -> a.CustomerOut:
    """A guest is the e-mail and the names of the billing address, else the shipping one's."""
    named = value.billing_address or value.shipping_address
    return a.CustomerOut(
        id=known["customer", value.customer_id] if value.customer_id else None,
        email=value.email,
        first_name=named.first_name if named else None,
        last_name=named.last_name if named else None,
    )


def addresses(value: Order) -> a.AddressesOut:
    given = (value.phone, *(x.phone for x in (value.shipping_address, value.billing_address) if x))
    return a.AddressesOut(
        shipping=address(value.shipping_address),
        billing=address(value.billing_address),
        phone=next((phone for phone in given if phone), None),
    )


def address(value: d.Address | None) -> a.AddressOut:
    """Nulls when there is none."""
    return a.AddressOut(
        first_name=value.first_name if value else None,
        last_name=value.last_name if value else None,
        company=value.company if value else None,
        street=value.line1 if value else None,
        suite=value.line2 if value else None,
        city=value.city if value else None,
        country=value.country if value else None,
        state=value.state if value else None,
        zip=value.postal_code if value else None,
    )


def payment(value: Order) -> a.PaymentOut:
    """The latest that took or holds money; nulls when unpaid."""
    paying = [p for p in value.payments if p.captured or p.state == "authorized"]
    if not paying:
        return a.PaymentOut(type=None, last4=None)
    card = paying[-1].card
    word = card.brand if card else paying[-1].method_type
    return a.PaymentOut(type=_BRANDS.get(word.lower(), word.capitalize()), last4=card.last4 if card else None)


def risk(found: Assessment) -> a.RiskOut:
    return a.RiskOut(
        ip_fail=found.ip_fail, address_fail=found.address_fail, zip_fail=found.zip_fail, cvc_fail=found.cvc_fail
    )


def _text(value: Any) -> str | None:
    """`client_details` is anything: only a text is an address."""
    return value if isinstance(value, str) else None


# Answers.


def accepted(done: Done[Any]) -> a.OrderOut:
    """The order as it is, of a command that has not settled yet (202)."""
    return order(done.order, done.looked_up, done.call)


def whole(done: Done[Any]) -> Answer:
    return Answer(accepted(done))


def hold(value: d.Hold) -> a.HoldOut:
    """Why nothing may be sent."""
    return a.HoldOut(
        kind=value.kind,
        reason=value.reason,
        owner=value.owner,
        until=wire.EPOCH.encode(value.until) if value.until else None,
        created_at=wire.EPOCH.encode(value.opened_at),
    )
