"""What a mail's template may say: plain words and figures about one order, and about what the mail is for.

Templates of other people are written against these names (docs/mails.md lists them): a name may be added, none may go.
Amounts are written out with their currency, times in the shop's time zone; the address of a web page is given only where it is
http or https, so that no template can make a link of anything else.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from domain import ledger
from domain.exchanges import Claim, Exchange
from domain.money import format_decimal
from domain.order import Address, Fulfillment, Line, Note, Order, Refund, Return
from domain.policy import Store

NAMES: Final = ("shop", "order", "shipment", "refund", "back", "exchange", "claim", "note")
"""The variables of every template; those a mail is not about are None."""


@dataclass(frozen=True)
class ShopFields:
    name: str
    email: str


@dataclass(frozen=True)
class LineFields:
    title: str
    variant: str | None
    sku: str | None
    quantity: int
    unit_price: str
    total: str
    """Quantity × price, before discount and tax."""


@dataclass(frozen=True)
class OrderFields:
    number: int
    placed: str
    """The day, in words."""
    first_name: str | None
    lines: tuple[LineFields, ...]
    subtotal: str
    discount: str | None
    """None where there is none; so are shipping and tax."""
    shipping: str | None
    tax: str | None
    total: str
    due: str | None
    """What is still to be paid, beyond what a payment holds already; None when nothing is."""
    address: tuple[str, ...]
    """The lines of the parcel's label; empty where nothing is sent."""


@dataclass(frozen=True)
class Parcel:
    carrier: str | None
    number: str | None
    url: str | None


@dataclass(frozen=True)
class ShipmentFields:
    lines: tuple[LineFields, ...]
    parcels: tuple[Parcel, ...]


@dataclass(frozen=True)
class RefundFields:
    amount: str
    store_credit: str | None
    """How much of it became store credit; None when nothing did."""
    reason: str | None


@dataclass(frozen=True)
class BackFields:
    """A return."""

    lines: tuple[LineFields, ...]
    ship_by: str | None
    instructions: str | None
    label: Parcel | None
    store_credit: bool
    """Its money becomes store credit."""


@dataclass(frozen=True)
class ExchangeFields:
    lines: tuple[LineFields, ...]
    """What was sent for what was to come back."""


@dataclass(frozen=True)
class ClaimFields:
    lines: tuple[LineFields, ...]
    """What was damaged, missing or wrong."""
    replacements: tuple[LineFields, ...]
    """What is sent for it; empty where its money goes back."""
    refund: str | None
    """What goes back; None where goods are sent instead."""


@dataclass(frozen=True)
class NoteFields:
    body: str
    author: str | None


def fields(order: Order, child: object, store: Store) -> dict[str, object]:
    """The variables. `child` is the id of the refund, fulfilment, return, exchange, claim or note that the mail is about."""
    refund = next((r for r in order.refunds if r.id == child), None) or _latest_refund(order)
    fulfillment = next((f for f in order.fulfillments if child in _ids(f)), None)
    back = next((r for r in order.returns if r.id == child), None)
    exchange = next((one for one in order.exchanges if child in (one.id, one.return_id)), None)
    claim = next((one for one in order.claims if one.id == child), None)
    note = next((n for n in order.notes if n.id == child), None)
    return {
        "shop": ShopFields(name=shop_name(store), email=store.from_email),
        "order": _order(order, store),
        "shipment": _shipment(order, fulfillment) if fulfillment else None,
        "refund": _refund(order, refund) if refund else None,
        "back": _back(order, back, store) if back else None,
        "exchange": _exchange(order, exchange) if exchange else None,
        "claim": _claim(order, claim) if claim else None,
        "note": _note(note) if note else None,
    }


def shop_name(store: Store) -> str:
    """What the shop is called: `store.name`, else the domain it writes from."""
    return store.name or store.from_email.rpartition("@")[2]


def _ids(fulfillment: Fulfillment) -> set[str]:
    return {fulfillment.id, *(shipment.id for shipment in fulfillment.shipments)}


def _latest_refund(order: Order) -> Refund | None:
    """What a mail about a refund, or about an order's cancellation, is about; an earlier refund is not the cancellation's."""
    made = [r for r in order.refunds if order.stage != "cancelled" or r.origin == "cancel"]
    return made[-1] if made else None


def _order(order: Order, store: Store) -> OrderFields:
    due = max(0, ledger.due(order) - ledger.held(order))
    address = order.shipping_address
    return OrderFields(
        number=order.number,
        placed=_day(order.created_at, store),
        first_name=_first_name(order),
        lines=tuple(_line(order, line, line.quantity) for line in order.lines),
        subtotal=money(order, order.subtotal),
        discount=_some(order, order.discount_total),
        shipping=_some(order, order.shipping_total),
        tax=_some(order, order.tax_total),
        total=money(order, order.total),
        due=_some(order, due),
        address=_address(address) if address else (),
    )


def _first_name(order: Order) -> str | None:
    for address in (order.shipping_address, order.billing_address):
        if address is not None and address.first_name:
            return address.first_name
    return None


def _address(address: Address) -> tuple[str, ...]:
    name = " ".join(filter(None, (address.first_name, address.last_name)))
    city = " ".join(filter(None, (address.postal_code, address.city)))
    region = ", ".join(filter(None, (address.state, address.country)))
    where = (name, address.company, address.line1, address.line2, city, region)
    return tuple(part for part in where if part)


def _line(order: Order, line: Line, quantity: int) -> LineFields:
    return LineFields(
        title=line.title,
        variant=line.variant_title,
        sku=line.sku,
        quantity=quantity,
        unit_price=money(order, line.unit_price),
        total=money(order, line.unit_price * quantity),
    )


def _shipment(order: Order, fulfillment: Fulfillment) -> ShipmentFields:
    lines = {line.id: line for line in order.lines}
    trackings = dict.fromkeys([fulfillment.tracking, *(shipment.tracking for shipment in fulfillment.shipments)])
    return ShipmentFields(
        lines=tuple(_line(order, lines[u.line_id], u.quantity) for u in fulfillment.items if u.line_id in lines),
        parcels=tuple(
            Parcel(carrier=t.company, number=t.number, url=page(t.url))
            for t in trackings
            if t.company or t.number or t.url
        ),
    )


def _refund(order: Order, refund: Refund) -> RefundFields:
    return RefundFields(
        amount=money(order, refund.amount),
        store_credit=_some(order, refund.store_credit),
        reason=refund.reason,
    )


def _back(order: Order, back: Return, store: Store) -> BackFields:
    lines = {line.id: line for line in order.lines}
    label = back.label
    return BackFields(
        lines=tuple(_line(order, lines[i.line_id], i.quantity) for i in back.items if i.line_id in lines),
        ship_by=_moment(back.ship_by, store) if back.ship_by else None,
        instructions=back.instructions,
        label=Parcel(carrier=label.carrier, number=label.tracking_number, url=page(label.url)) if label else None,
        store_credit=back.refund_method == "store_credit",
    )


def _exchange(order: Order, exchange: Exchange) -> ExchangeFields:
    return ExchangeFields(lines=tuple(_line(order, line, line.quantity) for line in exchange.new_lines))


def _claim(order: Order, claim: Claim) -> ClaimFields:
    lines = {line.id: line for line in order.lines}
    return ClaimFields(
        lines=tuple(_line(order, lines[i.line_id], i.quantity) for i in claim.items if i.line_id in lines),
        replacements=tuple(_line(order, line, line.quantity) for line in order.lines if line.id in claim.line_ids),
        refund=money(order, order.refund(claim.refund_id).amount) if claim.refund_id is not None else None,
    )


def _note(note: Note) -> NoteFields:
    return NoteFields(body=note.body, author=note.author)


def page(url: str | None) -> str | None:
    """The address, where it is a web page's."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def money(order: Order, amount: int) -> str:
    """5998 -> `59.98 USD`."""
    return f"{format_decimal(amount, order.currency)} {order.currency}"


def _some(order: Order, amount: int) -> str | None:
    return money(order, amount) if amount else None


def _day(at: datetime, store: Store) -> str:
    there = at.astimezone(ZoneInfo(store.time_zone))
    return f"{there.day} {there:%B %Y}"


def _moment(at: datetime, store: Store) -> str:
    there = at.astimezone(ZoneInfo(store.time_zone))
    return f"{there.day} {there:%B %Y, %H:%M %Z}"
