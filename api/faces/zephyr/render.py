"""The domain's order and refunds in zephyr's words (document 002, contract section 7)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from api.faces.zephyr import answers as a
from api.faces.zephyr import status as words
from api.faces.zephyr.events import CHANGING, NAMES
from api.faces.zephyr.translate import EXCHANGE, HOLD, LINE, NOTE_DEPRECATED, REFUND, TAX_SOURCES
from api.http.routing import Answer, Done
from api.spelling import wire
from domain import ledger
from domain.events import Event
from domain.order import Hold, Line, Order, Refund, Shipment


def order(value: Order) -> a.OrderOut:
    token = value.origin.cart_token or ""
    return a.OrderOut(
        id=wire.ORDER.encode(value.id),
        cart_id=token if token.startswith("cart_") else f"cart_{value.id}",
        customer_id=value.customer_id,
        line_items=[line_item(line) for line in value.lines],
        currency=value.currency,
        subtotal_cents=value.subtotal - value.discount_total,
        discount_total_cents=value.discount_total,
        tax_total_cents=value.tax_total,
        shipping_total_cents=value.shipping_total,
        total_cents=value.total,
        amount_refunded_cents=ledger.refunded(value),
        tax_calculation_source=TAX_SOURCES[value.tax_source],
        status=words.status(value),
        fulfilment=fulfilment(value),
        metadata=value.metadata,
        holds=[hold(h) for h in value.holds],
        livemode=value.livemode,
        placed_at=wire.RFC3339.encode(value.created_at),
    )


def line_item(line: Line) -> a.LineItemOut:
    return a.LineItemOut(
        id=LINE.encode(line.id),
        variant_id=line.variant_id,
        product_id=line.product_id,
        sku=line.sku,
        title=f"{line.title} - {line.variant_title}" if line.variant_title else line.title,
        quantity=line.quantity,
        unit_price_cents=line.unit_price,
        subtotal_cents=line.subtotal,
        discount_cents=line.discount,
        tax_cents=line.tax,
        total_cents=line.total,
        exchange_id=line.exchange_id and EXCHANGE.encode(line.exchange_id),
    )


def fulfilment(value: Order) -> a.FulfilmentOut:
    """The whole order's, with the latest fulfilment's tracking."""
    alive = [f for f in value.fulfillments if not f.cancelled_at]
    parcels: Sequence[Shipment] = [s for f in alive for s in f.shipments]
    tracking = alive[-1].tracking if alive else None
    status = words.fulfilment_status(value)
    arrived = [s.delivered_at for s in parcels if s.delivered_at]
    return a.FulfilmentOut(
        status=status,
        carrier=tracking.company if tracking else None,
        tracking_number=tracking.number if tracking else None,
        tracking_url=tracking.url if tracking else None,
        shipped_at=_time(max(s.shipped_at for s in parcels)) if parcels else None,
        delivered_at=_time(max(arrived)) if arrived and status == "delivered" else None,
    )


def refund(value: Order, made: Refund) -> a.RefundOut:
    return a.RefundOut(
        id=REFUND.encode(made.id),
        order_id=wire.ORDER.encode(value.id),
        amount_cents=made.amount,
        currency=value.currency,
        reason=made.code,
        status=made.status,
        metadata=made.metadata,
        created_at=_time(made.created_at),
    )


def _time(moment: datetime) -> str:
    return wire.RFC3339.encode(moment)


# Answers.


def whole(done: Done[Any]) -> Answer:
    return Answer(order(done.order))


def refunded(done: Done[Any]) -> Answer:
    return Answer(refund(done.order, done.order.refund(done.subject or "")), 201, deprecated(done))


def refund_pending(done: Done[Any]) -> Any:
    """Accepted and not yet made: no id yet."""
    return a.RefundOut(
        id=None,
        order_id=wire.ORDER.encode(done.order.id),
        amount_cents=done.body.amount_cents,
        currency=done.order.currency,
        reason=done.body.reason,
        status="pending",
        metadata=done.body.metadata or {},
        created_at=None,
    )


def deprecated(done: Done[Any]) -> dict[str, str]:
    return {"Deprecation": NOTE_DEPRECATED} if done.body.note is not None else {}


# Webhooks.


def webhooks(event: Event, value: Order) -> list[tuple[str, dict[str, Any]]]:
    """`(name, body)` per message: the event's own, and one `order.updated` per command that changed what is mutable.

    The command's last such change carries `order.updated`, under an id of its own; the order is the one after the command.
    """
    out = []
    name = NAMES[event.type]
    if name is not None and name != "order.updated":
        out.append((name, _body(event, value, name)))
    if _changes(event) and event.sequence >= _last_change(value):
        out.append(("order.updated", _body(event, value, "order.updated")))
    return out


def _changes(event: Event) -> bool:
    """Whether this event changed `status`, `fulfilment` or `metadata`."""
    if event.type == "order.updated":
        return "metadata" in event.data.get("fields", ())
    return event.type in CHANGING


def _last_change(value: Order) -> int:
    """The sequence of the last change but those of texts, which come first in their command (translate.amend)."""
    return max((sequence for kind, sequence in value.latest.items() if kind in CHANGING), default=0)


def _body(event: Event, value: Order, name: str) -> dict[str, Any]:
    data: dict[str, Any] = {"object": order(value).model_dump(mode="json")}
    made = next((r for r in value.refunds if r.id == event.data.get("refundId")), None)
    if name == "order.refunded" and made is not None:
        data["refund"] = refund(value, made).model_dump(mode="json")
    suffix = "" if name != "order.updated" else "_updated"
    return {
        "id": wire.EVENT.encode(event.id) + suffix,
        "object": "event",
        "type": name,
        "created_at": _time(event.at),
        "livemode": value.livemode,
        "sequence": event.sequence,
        "data": data,
    }


def hold(value: Hold) -> a.HoldOut:
    """Why nothing may be sent."""
    return a.HoldOut(
        id=HOLD.encode(value.id),
        kind=value.kind,
        reason=value.reason,
        owner=value.owner,
        until=wire.RFC3339.encode(value.until) if value.until else None,
        created_at=wire.RFC3339.encode(value.opened_at),
    )
