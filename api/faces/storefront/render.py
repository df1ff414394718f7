"""The domain's words → storefront's: the order object of document 003 and its parts (contract section 8)."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from api.faces.storefront import answers as a
from api.faces.storefront import status as words
from api.spelling import external, wire
from domain import ids, ledger, status
from domain import order as d
from domain.order import CancelReason, Order
from domain.risks import Assessment
from domain.verbs.giving_back import Breakdown
from store.lists.facets import FULFILLMENT, unpack

Dump = dict[str, Any]

REASONS: Final[dict[CancelReason, Any]] = {
    "customer_request": "customer_request",
    "out_of_stock": "inventory",
    "fraud": "fraudulent",
    "duplicate": "other",  # document 003 has no word for it
    "other": "other",
}
"""Cancel reason -> storefront's."""
_OUTCOMES: Final[dict[str, Any]] = {"pending": "pending", "succeeded": "success", "failed": "failure"}


def time(moment: datetime) -> str:
    return wire.RFC3339.encode(moment)


def time_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else wire.RFC3339.encode(moment)


def uuid(value: str) -> str:
    return wire.UUID.encode(value)


def money(order: Order, amount: int) -> str:
    return wire.Decimals(order.currency).encode(amount)


def address(value: d.Address | None) -> a.AddressOut | None:
    if value is None:
        return None
    return a.AddressOut(
        first_name=value.first_name,
        last_name=value.last_name,
        company=value.company,
        phone=value.phone,
        address1=value.line1,
        address2=value.line2,
        city=value.city,
        state=value.state,
        country=value.country,
        zip=value.postal_code,
    )


def line_item(order: Order, line: d.Line) -> a.LineItemOut:
    return a.LineItemOut(
        id=uuid(line.id),
        product_id=external.shown(line.product_id),
        variant_id=external.shown(line.variant_id),
        title=line.title,
        variant_title=line.variant_title,
        sku=line.sku,
        quantity=line.quantity,
        price=money(order, line.unit_price),
        total=money(order, line.subtotal),
        requires_shipping=line.requires_shipping,
        is_gift_card=line.is_gift_card,
        discount=money(order, line.discount),
        tax=money(order, line.tax),
        fulfilled_quantity=line.sent,
        cancelled_quantity=line.cancelled,
        returned_quantity=line.returned,
        refunded_quantity=ledger.refunded_units(order, line.id),
        exchange_id=line.exchange_id and uuid(line.exchange_id),
        claim_id=line.claim_id and uuid(line.claim_id),
    )


def exchange(order: Order, value: d.Exchange) -> a.ExchangeOut:
    made = order.return_(value.return_id)
    return a.ExchangeOut(
        id=uuid(value.id),
        status=value.status,
        ship=value.ship,
        items=[
            a.ExchangedItemOut(id=uuid(i.line_id), quantity=i.quantity, received_quantity=i.received)
            for i in made.items
        ],
        new_items=[
            a.NewItemOut(
                id=uuid(line.id),
                variant_id=external.shown(line.variant_id),
                title=line.title,
                sku=line.sku,
                quantity=line.quantity,
                price=money(order, line.unit_price),
            )
            for line in value.new_lines
        ],
        difference=money(order, value.difference),
        created_at=time(value.created_at),
        updated_at=time(value.updated_at),
    )


def kilograms(order: Order) -> str:
    """Whole weight in kg, at least one decimal: "1.0"."""
    grams = sum((line.weight_grams or 0) * line.quantity for line in order.lines)
    text = f"{Decimal(grams).scaleb(-3):.3f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def order(value: Order) -> a.OrderOut:
    """The order object."""
    return a.OrderOut(
        **_head(value),
        **_figures(value),
        **_origin(value.origin),
        customer_id=external.shown(value.customer_id),
        phone=value.phone,
        line_items=[line_item(value, line) for line in value.lines],
        shipping_address=address(value.shipping_address),
        billing_address=address(value.billing_address),
        shipping_lines=[
            a.ShippingLineOut(id=uuid(s.id), title=s.title, price=money(value, s.price), code=s.code, source=s.source)
            for s in value.shipping_lines
        ],
        tax_lines=[
            a.TaxLineOut(id=uuid(t.id), title=t.title, rate=f"{t.rate:f}", price=money(value, t.price))
            for t in value.tax_lines
        ],
        discount_codes=[a.DiscountCodeOut(code=c.code, amount=money(value, c.amount)) for c in value.discounts],
        note=value.note,
        note_attributes=value.metadata,
        tags=list(value.tags),
        holds=[hold(h) for h in value.holds],
        exchanges=[exchange(value, one) for one in value.exchanges],
        processed_at=time_or_none(value.confirmed_at),
        closed_at=time_or_none(value.closed_at),
        cancelled_at=time_or_none(value.cancelled_at),
        cancel_reason=None if value.cancel_reason is None else REASONS[value.cancel_reason],
    )


def _head(value: Order) -> Dump:
    """What a list's row shows too."""
    return {
        "id": uuid(value.id),
        "order_number": str(value.number),
        "email": value.email,
        "total_price": money(value, value.total),
        "currency": value.currency,
        "status": words.status(value),
        "financial_status": words.financial_status(value),
        "fulfillment_status": status.fulfillment_status(value),
        "created_at": time(value.created_at),
        "updated_at": time(value.updated_at),
    }


def _figures(value: Order) -> Dump:
    return {
        "subtotal_price": money(value, value.subtotal),
        "total_tax": money(value, value.tax_total),
        "total_shipping": money(value, value.shipping_total),
        "total_discounts": money(value, value.discount_total),
        "total_weight": kilograms(value),
        "total_items": sum(line.quantity for line in value.lines),
    }


def _origin(value: d.Origin) -> Dump:
    return value.model_dump(exclude={"first_order"})


def summary(row: Any) -> a.SummaryOut:
    """One row of a list (store.lists.listing.SUMMARY's columns)."""
    stands: Any = unpack(row.facet)
    return a.SummaryOut(
        id=uuid(row.id),
        order_number=str(row.number),
        email=row.email,
        total_price=wire.Decimals(row.currency).encode(row.total),
        currency=row.currency,
        status=stands[words.STATUS.name],
        financial_status=stands[words.FINANCIAL.name],
        fulfillment_status=stands[FULFILLMENT.name],
        created_at=time(wire.EPOCH.decode(row.created_at)),
        updated_at=time(wire.EPOCH.decode(row.updated_at)),
    )


def fulfillment(order: Order, value: d.Fulfillment) -> a.FulfillmentOut:
    return a.FulfillmentOut(
        id=uuid(value.id),
        order_id=uuid(order.id),
        location_id=value.location_id,
        status=status.fulfillment_state(value),
        line_items=[a.FulfillmentLineOut(id=uuid(i.line_id), quantity=i.quantity) for i in value.items],
        tracking_number=value.tracking.number,
        tracking_company=value.tracking.company,
        tracking_url=value.tracking.url,
        created_at=time(value.created_at),
        updated_at=time(value.updated_at),
    )


def note(order: Order, value: d.Note) -> a.NoteOut:
    return a.NoteOut(
        id=uuid(value.id),
        order_id=uuid(order.id),
        body=value.body,
        author=value.author,
        created_at=time(value.created_at),
    )


# Money.


def gateway(payment: d.Payment) -> str:
    """What the caller called the provider, else its own name."""
    return payment.gateway or payment.provider


def transaction(order: Order, payment: d.Payment, value: d.Transaction) -> a.TransactionOut:
    return a.TransactionOut(
        id=uuid(value.id),
        order_id=uuid(order.id),
        parent_id=uuid(value.parent_id) if value.parent_id else _held_by(payment, value),
        kind=value.kind,
        status=value.status,
        amount=money(order, value.amount),
        currency=order.currency,
        gateway=gateway(payment),
        created_at=time(value.created_at),
    )


def _held_by(payment: d.Payment, value: d.Transaction) -> str | None:
    """A capture's or a void's parent is the authorisation it takes from."""
    if value.kind not in ("capture", "void"):
        return None
    holds = [t for t in payment.transactions if t.kind == "authorization" and t.serial < value.serial]
    return uuid(holds[-1].id) if holds else None


def undecided(order: Order, payment: d.Payment, kind: Any = "sale") -> a.TransactionOut:
    """A payment without a movement, as the transaction it will be; known by the payment's own id until then."""
    return a.TransactionOut(
        id=uuid(payment.id),
        order_id=uuid(order.id),
        parent_id=None,
        kind=kind,
        status="success" if payment.state == "voided" else "pending",
        amount=money(order, payment.amount),
        currency=order.currency,
        gateway=gateway(payment),
        created_at=time(payment.created_at),
    )


def transactions_of(order: Order, payment: d.Payment) -> list[a.TransactionOut]:
    """A payment's movements, oldest first."""
    found = [transaction(order, payment, t) for t in payment.transactions]
    waits = payment.state in ("requires_action", "processing")
    return [*found, undecided(order, payment)] if waits else found


def transactions(order: Order) -> list[a.TransactionOut]:
    """Every movement of the order's money, oldest first."""
    serials = {t.id: t.serial for p in order.payments for t in p.transactions} | {
        p.id: p.serial for p in order.payments
    }
    found = [t for payment in order.payments for t in transactions_of(order, payment)]
    return sorted(found, key=lambda t: serials[ids.from_uuid(t.id)])


def refunded_lines(order: Order, lines: Iterable[d.RefundLine]) -> list[a.RefundedLineOut]:
    return [
        a.RefundedLineOut(
            line_item_id=uuid(line.line_id),
            quantity=line.quantity,
            restock=line.restock,
            subtotal=money(order, line.subtotal),
            tax=money(order, line.tax),
        )
        for line in lines
    ]


def refund(order: Order, value: d.Refund) -> a.RefundOut:
    return a.RefundOut(
        id=uuid(value.id),
        order_id=uuid(order.id),
        note=value.reason or value.code,
        amount=money(order, value.amount),
        currency=order.currency,
        status=_OUTCOMES[value.status],
        shipping=a.ShippingRefundOut(amount=money(order, value.shipping), tax=money(order, value.shipping_tax)),
        refund_line_items=refunded_lines(order, value.lines),
        transactions=[
            transaction(order, p, t) for p in order.payments for t in p.transactions if t.refund_id == value.id
        ],
        created_at=time(value.created_at),
    )


def pending_refund(order: Order, note: str | None) -> a.RefundOut:
    """A refund that is accepted and not yet made: no id and no figures yet."""
    return a.RefundOut(
        id=None,
        order_id=uuid(order.id),
        note=note,
        amount=None,
        currency=order.currency,
        status="pending",
        shipping=a.ShippingRefundOut(amount=money(order, 0), tax=money(order, 0)),
        refund_line_items=[],
        transactions=[],
        created_at=None,
    )


def calculation(order: Order, value: Breakdown) -> a.CalculationOut:
    """What `refunds/calculate` answers, and `refunds` takes."""
    return a.CalculationOut(
        currency=order.currency,
        amount=money(order, value.amount),
        maximum_refundable=money(order, value.maximum),
        shipping=a.ShippingRefundOut(amount=money(order, value.shipping), tax=money(order, value.shipping_tax)),
        refund_line_items=refunded_lines(order, value.lines),
        transactions=[
            a.SuggestedTransaction(
                parent_id=uuid(_parent(order.payment(part.payment_id))),
                amount=money(order, part.amount),
                kind="suggested_refund",
                gateway=gateway(order.payment(part.payment_id)),
            )
            for part in value.parts
        ],
    )


def _parent(payment: d.Payment) -> str:
    """The movement that took the money, else the payment itself."""
    taken = (t.id for t in payment.transactions if t.kind in ("sale", "capture") and t.status == "success")
    return next(taken, payment.id)


def risks(order: Order, value: Assessment) -> a.RisksOut:
    return a.RisksOut(
        order_id=uuid(order.id),
        score=value.score,
        recommendation=value.recommendation,
        signals=[a.SignalOut(name=s.name, score=s.score, message=s.message) for s in value.signals],
    )


def hold(value: d.Hold) -> a.HoldOut:
    """Why nothing may be sent."""
    return a.HoldOut(
        id=uuid(value.id),
        kind=value.kind,
        reason=value.reason,
        owner=value.owner,
        until=time(value.until) if value.until else None,
        created_at=time(value.opened_at),
    )
