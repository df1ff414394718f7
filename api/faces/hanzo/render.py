"""The domain's words → hanzo's: an order and its parts as documents 000 and 001 print them (contract section 6)."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from api.faces.hanzo import answers as a
from api.faces.hanzo import coming_back
from api.faces.hanzo import status as words
from api.faces.hanzo import translate as t
from api.faces.hanzo.texts import time, time_or_none, title
from api.http.problems import Problem
from api.http.routing import Answer, Done
from api.spelling import wire
from domain import ledger, status
from domain import order as d
from domain.events import Event
from domain.order import Order
from store.lists.facets import FULFILLMENT, LIFECYCLE, PAYMENT, unpack

Dump = dict[str, Any]


def address(value: d.Address | None) -> a.AddressOut | None:
    return None if value is None else a.AddressOut(**value.model_dump())


def item(order: Order, line: d.Line) -> a.ItemOut:
    return a.ItemOut(
        id=t.ITEM.encode(line.id),
        variant_id=line.variant_id,
        product_id=line.product_id,
        title=title(line),
        product_name=line.title,
        sku=line.sku,
        quantity=line.quantity,
        unit_price=line.unit_price,
        subtotal=line.subtotal,
        total=line.subtotal,
        discount=line.discount,
        tax=line.tax,
        requires_shipping=line.requires_shipping,
        fulfilled_quantity=line.sent,
        shipped_quantity=line.shipped,
        delivered_quantity=line.delivered,
        cancelled_quantity=line.cancelled,
        returned_quantity=line.returned,
        refunded_quantity=ledger.refunded_units(order, line.id),
        exchange_id=line.exchange_id and t.EXCHANGE.encode(line.exchange_id),
        claim_id=line.claim_id and t.CLAIM.encode(line.claim_id),
    )


def payment(value: d.Payment) -> a.PaymentOut:
    return a.PaymentOut(
        id=t.PAYMENT.encode(value.id),
        provider=value.gateway or value.provider,
        amount=value.amount,
        status=words.payment_word(value),
        captured_amount=value.captured,
        refunded_amount=value.refunded,
        card=None if value.card is None else a.CardOut(brand=value.card.brand, last4=value.card.last4),
        decline_code=value.decline_code,
        message=value.message,
        created_at=time(value.created_at),
        authorized_at=time_or_none(value.authorized_at),
        captured_at=time_or_none(value.captured_at),
        expires_at=time_or_none(value.expires_at),
    )


def units(items: Iterable[d.Units | d.RefundLine]) -> list[a.ItemUnitsOut]:
    return [a.ItemUnitsOut(item_id=t.ITEM.encode(i.line_id), quantity=i.quantity) for i in items]


def fulfillment(order: Order, value: d.Fulfillment) -> a.FulfillmentOut:
    """Shipped, and delivered, when its last parcel was."""
    word = status.fulfillment_state(value)
    arrived = [p.delivered_at for p in value.shipments if p.delivered_at]
    shipped = word in ("shipped", "delivered")
    return a.FulfillmentOut(
        id=t.FULFILLMENT.encode(value.id),
        order_id=wire.ORDER.encode(order.id),
        status=word,
        items=units(value.items),
        tracking=a.TrackingOut(**value.tracking.model_dump()),
        location_id=value.location_id,
        created_at=time(value.created_at),
        shipped_at=time(max(p.shipped_at for p in value.shipments)) if shipped else None,
        delivered_at=time(max(arrived)) if word == "delivered" else None,
    )


_REFUND_WORDS: dict[str, Any] = {"pending": "pending", "succeeded": "processed", "failed": "failed"}


def refund(order: Order, value: d.Refund) -> a.RefundOut:
    return a.RefundOut(
        id=t.REFUND.encode(value.id),
        order_id=wire.ORDER.encode(order.id),
        amount=value.amount,
        currency=order.currency,
        status=_REFUND_WORDS[value.status],
        reason=value.reason or value.code,
        items=units(value.lines),
        refund_method="store_credit" if value.store_credit else "original",
        created_at=time(value.created_at),
    )


def hold(value: d.Hold) -> a.HoldOut:
    return a.HoldOut(
        id=t.HOLD.encode(value.id),
        kind=value.kind,
        reason=value.reason,
        owner=value.owner,
        until=time_or_none(value.until),
        created_at=time(value.opened_at),
    )


def order(value: Order) -> a.OrderOut:
    """The whole order."""
    return a.OrderOut(
        id=wire.ORDER.encode(value.id),
        display_id=f"#{value.number}",
        status=words.status(value),
        lifecycle=status.lifecycle(value),
        payment_status=status.payment_status(value),
        fulfillment_status=status.fulfillment_status(value),
        email=value.email,
        customer_id=value.customer_id,
        currency=value.currency,
        total=value.total,
        created_at=time(value.created_at),
        items=[item(value, line) for line in value.lines],
        **_figures(value),
        shipping_address=address(value.shipping_address),
        billing_address=address(value.billing_address),
        payments=[payment(p) for p in value.payments],
        fulfillments=[fulfillment(value, f) for f in value.fulfillments],
        refunds=[refund(value, r) for r in value.refunds],
        returns=[coming_back.return_(value, r) for r in value.returns],
        exchanges=[coming_back.exchange(value, one) for one in value.exchanges],
        claims=[coming_back.claim(value, one) for one in value.claims],
        holds=[hold(h) for h in value.holds],
        metadata=value.metadata,
        notes=value.note,
        tags=list(value.tags),
        cancel_reason=value.cancel_reason,
        cancel_note=value.cancel_note,
        updated_at=time(value.updated_at),
        confirmed_at=time_or_none(value.confirmed_at),
        cancelled_at=time_or_none(value.cancelled_at),
        closed_at=time_or_none(value.closed_at),
    )


def _figures(value: Order) -> dict[str, Any]:
    """Both documents' names for the same amounts."""
    return {
        "subtotal": value.subtotal,
        "discount": value.discount_total,
        "discount_codes": [code.code for code in value.discounts],
        "shipping_total": value.shipping_total,
        "shipping": value.shipping_total,
        "shipping_method_id": next((line.method_id for line in value.shipping_lines if line.method_id), None),
        "tax_total": value.tax_total,
        "tax": value.tax_total,
        "amount_due": ledger.due(value),
        "captured_total": ledger.captured(value),
        "refunded_total": ledger.refunded(value),
    }


def summary(row: Any) -> a.SummaryOut:
    """One row of a list (store.lists.listing.SUMMARY's columns)."""
    stands: Any = unpack(row.facet)
    return a.SummaryOut(
        id=wire.ORDER.encode(row.id),
        display_id=f"#{row.number}",
        status=stands[words.STATUS.name],
        lifecycle=stands[LIFECYCLE.name],
        payment_status=stands[PAYMENT.name],
        fulfillment_status=stands[FULFILLMENT.name],
        email=row.email,
        customer_id=row.customer_id,
        currency=row.currency,
        total=row.total,
        created_at=time(wire.EPOCH.decode(row.created_at)),
    )


def event(value: Event) -> a.EventOut:
    return a.EventOut(
        id=wire.EVENT.encode(value.id),
        type=value.type,
        sequence=value.sequence,
        created_at=time(value.at),
        actor=str(value.actor),
        actor_label=value.actor.label,
        data=_event_data(value.data),
    )


def _event_data(data: dict[str, Any]) -> dict[str, Any]:
    """Ids in hanzo's spelling; the engine's events use camelCase already."""
    codecs = {
        "paymentId": t.PAYMENT, "refundId": t.REFUND, "returnId": t.RETURN, "fulfillmentId": t.FULFILLMENT,
        "shipmentId": wire.Prefixed("ship_"), "noteId": wire.Prefixed("note_"), "holdId": t.HOLD, "editId": t.EDIT,
        "itemId": t.ITEM, "exchangeId": t.EXCHANGE, "claimId": t.CLAIM,
    }  # fmt: skip
    return {k: _spelled(codecs.get(k), v) for k, v in data.items()}


def _spelled(codec: wire.Prefixed | None, value: Any) -> Any:
    """An id in hanzo's spelling; lists and objects (an edit's changes) by what is in them."""
    if isinstance(value, list):
        return [_spelled(codec, one) for one in value]
    if isinstance(value, dict):
        return _event_data(value)
    return codec.encode(value) if codec is not None and isinstance(value, str) else value


# Expansion: objects beside ids, never instead of them.


def expanded(value: Order, paths: frozenset[str], events: Sequence[Event] = ()) -> Dump:
    """The whole order with what `expand` adds."""
    out = dump(order(value))
    if "items.product" in paths or "items.variant" in paths:
        _expand_items(out["items"], value, paths)
    if "customer" in paths:
        out["customer"] = customer(value)
    if "events" in paths:
        out["events"] = [dump(event(e)) for e in events]
    return out


def listed(row: Any, value: Order, paths: frozenset[str], events: Sequence[Event] = ()) -> Dump:
    """A list's row with only the parts that are expanded."""
    out = dump(summary(row))
    whole = expanded(value, paths, events)
    parts = ("items", "payments", "fulfillments", "refunds", "returns", "customer", "events")
    return out | {part: whole[part] for part in parts if part in paths}


def _expand_items(items: list[Dump], value: Order, paths: frozenset[str]) -> None:
    for out, line in zip(items, value.lines, strict=True):
        if "items.product" in paths:
            out["product"] = {
                "id": line.product_id,
                "name": line.title,
                "type": line.product.product_type,
                "vendor": line.product.vendor,
                "imageUrl": line.product.image_url,
            }
        if "items.variant" in paths:
            out["variant"] = {
                "id": line.variant_id,
                "title": line.variant_title,
                "sku": line.sku,
                "options": list(line.product.options),
                "weightGrams": line.weight_grams,
                "comparePrice": line.product.compare_price,
            }


def customer(value: Order) -> Dump | None:
    """Who the order is for, as far as the order says; null for nobody."""
    named = value.shipping_address or value.billing_address
    if value.customer_id is None and value.email is None:
        return None
    return {
        "id": value.customer_id,
        "email": value.email,
        "firstName": named.first_name if named else None,
        "lastName": named.last_name if named else None,
        "phone": value.phone or (named.phone if named else None),
    }


def dump(model: a.Out) -> Dump:
    return model.model_dump(mode="json", by_alias=True)


# Answers of commands (api/http/routing.py: Render).

B = TypeVar("B", bound=Any)


def whole(done: Done[Any]) -> Answer:
    return Answer(order(done.order))


def created(done: Done[Any]) -> Answer:
    """The new order; where it was to be paid at once and was not, 402 with its id."""
    if done.body.payment is not None:
        _not_paid(done.order, done.subject or "", {"order_id": done.order.id})
    return Answer(order(done.order), 201, {"Location": f"/order/{wire.ORDER.encode(done.order.id)}"})


def paid(done: Done[Any]) -> Answer:
    """The order; a decline is 402, so is 3-D Secure; a request the provider refused is the request's fault."""
    _not_paid(done.order, done.subject or "", {})
    return whole(done)


def _not_paid(value: Order, payment_id: str, shown: dict[str, Any]) -> None:
    """Raises what went wrong with a payment, if anything did."""
    made = value.payment(payment_id)
    shown = {"payment_id": made.id, **shown}
    if made.state == "failed" and made.decline_code is not None:
        message = made.message or "the payment was declined"
        raise Problem("payment_declined", message, data={"decline_code": made.decline_code, **shown}, stored=True)
    if made.state == "failed":
        message = made.message or "the payment provider refused this"
        raise Problem("validation_error", message, field="paymentMethod", data=shown, stored=True)
    if made.state == "requires_action":
        data = {"client_secret": made.client_secret, "next_action": made.next_action, **shown}
        raise Problem("payment_required", "the customer must confirm this payment", data=data, stored=True)


def captured(done: Done[Any]) -> Answer:
    """The order; 402 when the hold was gone."""
    made = done.order.payment(done.subject or "")
    if made.state == "voided" and made.captured == 0:
        raise hold_gone(done.order)
    return whole(done)


def fulfilled(done: Done[Any]) -> Answer:
    """The fulfilment; 402 when the capture it needed found the hold gone, and so nothing was sent."""
    if done.subject is None:
        raise hold_gone(done.order)
    return Answer(fulfillment(done.order, done.order.fulfillment(done.subject)))


def hold_gone(value: Order) -> Problem:
    message = "the authorised money is gone; the order must be paid again"
    return Problem("payment_required", message, data={"due": ledger.due(value)}, stored=True)


def refunded(done: Done[Any]) -> Answer:
    return Answer(refund(done.order, done.order.refund(done.subject or "")))


def refund_pending(done: Done[Any]) -> Any:
    """A refund that is accepted and not yet made: no id yet."""
    return a.RefundOut(
        id=None,
        order_id=wire.ORDER.encode(done.order.id),
        amount=done.body.amount,
        currency=done.order.currency,
        status="pending",
        reason=done.body.reason,
        items=[],
        created_at=None,
    )


def returned(done: Done[Any]) -> Answer:
    return Answer(coming_back.return_(done.order, done.order.return_(done.subject or "")))


def return_of(value: Order, spelled: str) -> Answer:
    """The one return a path names."""
    return Answer(coming_back.return_(value, value.return_(t.return_id(value, spelled))))


def return_made(done: Done[Any]) -> Answer:
    return Answer(coming_back.return_(done.order, done.order.return_(done.subject or "")), 201)
