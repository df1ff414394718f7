"""From a face-neutral draft to a priced order, version 0: what every face's create comes down to.

Decided here, once: the price and a snapshot of each catalogue entry, how a line touches stock, the tax rates of the
destination, the policy (frozen), the number, and every id. The workflow only saves it (contract sections 1, 4, 5).
Fields in refusals are named by the draft itself, so that each face's own words come back.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy.ext.asyncio import AsyncEngine

from domain import ids
from domain.commands import Pay
from domain.errors import InvalidInput, UnknownVariant
from domain.order import (
    Actor,
    Address,
    Discount,
    Given,
    Hold,
    Line,
    Order,
    Origin,
    Product,
    ShippingLine,
    StockMode,
    TaxLine,
)
from domain.policy import Policy, ReturnPolicy, ShopConfig, TaxSource
from domain.pricing import discounts_for, price, rates_for
from domain.risks import assess
from store.goods import catalog
from store.goods.catalog import Variant
from store.lists import listing
from store.lists.filters import Filter, Reach
from store.order import drawing

Behaviour = Literal["tracked", "ignore_policy", "bypass"]
"""How a line that the catalogue tracks touches stock."""
Taxes = Callable[[Order], Awaitable[Order]]
"""A priced order with its taxes calculated elsewhere (Stripe Tax). Raises InvalidInput, and Unsettled (503) when it
cannot be asked: an order is not placed with a guess."""

RISK: Final = Actor(kind="system", id="risk")
"""Who holds an order because of its score."""


@dataclass(frozen=True)
class DraftLine:
    """A line as a caller asked for it. `at`: where it stands in the body (`items[0]`)."""

    at: str
    quantity: int
    variant_id: str | None = None
    unit_price: int | None = None
    """None: the catalogue's."""
    title: str | None = None
    sku: str | None = None
    requires_shipping: bool | None = None
    product_id: str | None = None
    variant_title: str | None = None
    is_gift_card: bool | None = None
    """The last three describe a line the catalogue does not know; a catalogue entry speaks for itself."""


@dataclass(frozen=True)
class DraftTax:
    """A tax line given by the caller rather than by a rate of the policy file."""

    title: str
    rate: Decimal
    """Fraction; 0 where only the price is known."""
    price: int | None = None
    """None: computed from the rate. Either all lines of an order say their price, or none does."""


@dataclass(frozen=True)
class DraftShipping:
    """A shipping line given by the caller rather than by a method of the policy file."""

    title: str
    price: int
    code: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Names:
    """What a face calls the draft's fields, for refusals."""

    variant: str = "variantId"
    price: str = "unitPrice"
    method: str = "shippingMethodId"
    codes: str = "discountCodes"
    discount: str = "discount"
    lines: str = "items"


@dataclass(frozen=True)
class Draft:
    """An order as a caller asked for it. None: not said."""

    lines: tuple[DraftLine, ...]
    currency: str | None = None
    email: str | None = None
    phone: str | None = None
    customer_id: str | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method_id: str | None = None
    shipping_lines: tuple[DraftShipping, ...] | None = None
    """Wins over the method."""
    tax_lines: tuple[DraftTax, ...] | None = None
    """Wins over the destination's rates; with prices, over computed tax too."""
    codes: tuple[str, ...] = ()
    discount: int | None = None
    """Figures of imports: they win over computed ones."""
    shipping_total: int | None = None
    tax: int | None = None
    stock: Behaviour = "tracked"
    note: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    origin: Origin = field(default_factory=Origin)
    tax_source: TaxSource | None = None
    receipt: bool = False
    """Mail the customer a receipt."""
    payment: Pay | None = None
    """Placed, confirmed and paid in one command."""
    names: Names = Names()


async def priced(
    draft: Draft,
    *,
    db: AsyncEngine,
    config: ShopConfig,
    livemode: bool,
    order_id: str,
    now: datetime,
    taxes: Taxes | None = None,
    number: bool = True,
) -> Order:
    """The order, version 0, with its number (`number` False: 0, for who only wants to know what it would cost).

    Raises InvalidInput for what the catalogue or the policy file refuses.
    """
    currency = draft.currency or config.store.currency
    entries = await catalog.get_many(db, livemode, [line.variant_id for line in draft.lines if line.variant_id])
    lines = tuple(
        line_for(line, entries.get(line.variant_id or ""), currency=currency, stock=draft.stock, names=draft.names)
        for line in draft.lines
    )
    first = await _is_first(db, livemode, draft)
    order = _unpriced(draft, config, currency, lines, now).model_copy(
        update={"id": order_id, "livemode": livemode, "origin": draft.origin.model_copy(update={"first_order": first})}
    )
    order = price(_numbered(order))
    if draft.discount is not None and draft.discount > order.subtotal:
        raise InvalidInput("more than the lines cost", field=draft.names.discount, maximum=order.subtotal)
    if taxes is not None and draft.tax is None:
        order = await taxes(order)
    order = _risky(order, config)
    # Last, so that what is refused wastes no number (gaps are allowed, but look odd).
    if not number:
        return order
    return order.model_copy(update={"number": await drawing.next_number(db)})


def line_for(
    wanted: DraftLine,
    entry: Variant | None,
    *,
    currency: str,
    stock: Behaviour = "tracked",
    names: Names | None = None,
) -> Line:
    """One line from its catalogue entry, or a custom one that brings its own title and price. `id` and `serial` are empty.

    Also what an edit adds. UnknownVariant names the field.
    """
    words = names or Names()
    at = f"{wanted.at}." if wanted.at else ""
    if entry is None:
        if wanted.title is None or wanted.unit_price is None:
            name = words.variant if wanted.variant_id else "title" if wanted.title is None else words.price
            raise UnknownVariant(
                "no such variant in the catalogue"
                if wanted.variant_id
                else "a line needs a variant, or a title and a price",
                field=f"{at}{name}",
            )
        return _custom(wanted)
    if wanted.unit_price is None and entry.currency != currency:
        raise InvalidInput(f"the catalogue's price is in {entry.currency}", field=f"{at}{words.price}")
    mode: StockMode = stock if entry.track_inventory else "untracked"
    return Line(
        id="",
        serial=0,
        variant_id=entry.id,
        product_id=entry.product_id,
        title=wanted.title or entry.product_name,
        variant_title=None if wanted.title else entry.variant_title,
        sku=wanted.sku or entry.sku,
        quantity=wanted.quantity,
        unit_price=entry.unit_price if wanted.unit_price is None else wanted.unit_price,
        requires_shipping=entry.requires_shipping if wanted.requires_shipping is None else wanted.requires_shipping,
        is_gift_card=entry.is_gift_card,
        weight_grams=entry.weight_grams,
        stock=mode,
        product=Product(**entry.model_dump(include=set(Product.model_fields))),
    )


def _custom(wanted: DraftLine) -> Line:
    return Line(
        id="",
        serial=0,
        variant_id=wanted.variant_id,
        product_id=wanted.product_id,
        title=wanted.title or "",
        variant_title=wanted.variant_title,
        sku=wanted.sku,
        quantity=wanted.quantity,
        unit_price=wanted.unit_price or 0,
        requires_shipping=True if wanted.requires_shipping is None else wanted.requires_shipping,
        is_gift_card=bool(wanted.is_gift_card),
        stock="untracked",
    )


def _unpriced(draft: Draft, config: ShopConfig, currency: str, lines: tuple[Line, ...], now: datetime) -> Order:
    return Order(
        id="",
        number=0,
        livemode=False,
        currency=currency,
        email=draft.email,
        phone=draft.phone,
        customer_id=draft.customer_id,
        lines=lines,
        shipping_lines=_shipping(draft, config, currency),
        tax_lines=_taxes(draft, config),
        discounts=_discounts(draft, config, currency),
        given=Given(discount=draft.discount, tax=_given_tax(draft)),
        subtotal=0,
        total=0,
        shipping_address=draft.shipping_address,
        billing_address=draft.billing_address,
        note=draft.note,
        metadata=dict(draft.metadata),
        tags=draft.tags,
        tax_source=draft.tax_source or "rates",  # `taxes` says so when somebody else calculated
        # Every field set, so that a changed default of a later release never changes this order.
        policy=Policy(**config.order.model_dump()),
        return_policy=ReturnPolicy(**config.returns.model_dump()),
        receipt_sent=draft.receipt,
        created_at=now,
        updated_at=now,
    )


def _taxes(draft: Draft, config: ShopConfig) -> tuple[TaxLine, ...]:
    if draft.tax_lines is not None:
        return tuple(TaxLine(id="", serial=0, title=t.title, rate=t.rate, price=t.price or 0) for t in draft.tax_lines)
    return tuple(
        TaxLine(id="", serial=0, title=r.title, rate=r.rate, price=0, taxes_shipping=r.taxes_shipping)
        for r in rates_for(draft.shipping_address or draft.billing_address, config.tax_rates)
    )


def _given_tax(draft: Draft) -> int | None:
    """The figure that wins over computed tax: the caller's own, or the sum of its priced tax lines."""
    prices = [t.price for t in draft.tax_lines or () if t.price is not None]
    return sum(prices) if draft.tax is None and prices else draft.tax


def _discounts(draft: Draft, config: ShopConfig, currency: str) -> tuple[Discount, ...]:
    try:
        found = discounts_for(list(draft.codes), config.discount_codes)
    except InvalidInput as error:
        raise InvalidInput(error.message, field=(error.field or "").replace("codes", draft.names.codes)) from None
    if currency != config.store.currency and any(d.fixed is not None for d in found):
        raise InvalidInput(f"a fixed discount is in {config.store.currency}", field=draft.names.codes)
    return found


def _shipping(draft: Draft, config: ShopConfig, currency: str) -> tuple[ShippingLine, ...]:
    if draft.shipping_lines is not None:
        return tuple(
            ShippingLine(id="", serial=0, title=s.title, price=s.price, code=s.code, source=s.source)
            for s in draft.shipping_lines
        )
    given = draft.shipping_total
    if draft.shipping_method_id is None:
        return (ShippingLine(id="", serial=0, title="Shipping", price=given),) if given else ()
    method = config.shipping_methods.get(draft.shipping_method_id)
    if method is None:
        raise InvalidInput("no such shipping method", field=draft.names.method)
    if given is None and currency != config.store.currency:
        raise InvalidInput(f"the method's price is in {config.store.currency}", field=draft.names.method)
    return (
        ShippingLine(
            id="",
            serial=0,
            title=method.title,
            price=method.price if given is None else given,
            method_id=draft.shipping_method_id,
            code=method.code,
            source=method.source,
        ),
    )


def _numbered(order: Order) -> Order:
    """Ids and serials of lines, shipping and tax lines, in one sequence."""
    serial = 0

    def named(kind: str) -> dict[str, object]:
        nonlocal serial
        serial += 1
        return {"id": ids.child(order.id, kind, serial), "serial": serial}

    return order.model_copy(
        update={
            "lines": tuple(line.model_copy(update=named("line")) for line in order.lines),
            "shipping_lines": tuple(s.model_copy(update=named("shipping")) for s in order.shipping_lines),
            "tax_lines": tuple(t.model_copy(update=named("tax")) for t in order.tax_lines),
            "next_serial": 1 + len(order.lines) + len(order.shipping_lines) + len(order.tax_lines),
        }
    )


def _risky(order: Order, config: ShopConfig) -> Order:
    """Held where the policy wants orders of this score looked at before anything is sent."""
    mark, score = config.risk.hold_at, assess(order, config.risk).score
    if mark is None or score < mark:
        return order
    hold = Hold(
        id=ids.child(order.id, "hold", order.next_serial), kind="fraud", reason=f"risk score {score} of 100",
        owner=str(RISK), opened_at=order.created_at,
    )  # fmt: skip
    return order.model_copy(update={"holds": (hold,), "next_serial": order.next_serial + 1})


async def _is_first(db: AsyncEngine, livemode: bool, draft: Draft) -> bool:
    """Whether no order of this customer (or, for a guest, this address) is known. False when nobody is named."""
    if draft.customer_id is None and draft.email is None:
        return False
    email = draft.email if draft.customer_id is None else None
    reach, wanted = Reach(livemode=livemode, customer_id=None), Filter(customer_id=draft.customer_id, email=email)
    return not await listing.after(db, reach, wanted, after=None, limit=1, docs=False)
