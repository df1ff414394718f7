"""What is done about goods after they arrived, in hanzo's words: returns, exchanges, claims (contract section 13)."""

from api.faces.hanzo import answers as a
from api.faces.hanzo import translate as t
from api.faces.hanzo.texts import time, time_or_none, title
from api.spelling import wire
from domain import ledger
from domain import order as d
from domain.order import Order


def return_(order: Order, value: d.Return) -> a.ReturnOut:
    return a.ReturnOut(
        id=t.RETURN.encode(value.id),
        order_id=wire.ORDER.encode(order.id),
        status=value.status,
        items=[
            a.ReturnItemOut(
                item_id=t.ITEM.encode(i.line_id),
                variant_id=_variant_of(order, i.line_id),
                quantity=i.quantity,
                reason=i.reason,
                received_quantity=i.received,
                restocked_quantity=i.restocked,
                conditions=i.conditions,
            )
            for i in value.items
        ],
        refund_method=value.refund_method,
        refund_id=None if value.refund_id is None else t.REFUND.encode(value.refund_id),
        refund_ids=[t.REFUND.encode(one) for one in value.refund_ids],
        refund_amount=value.refund_amount,
        fee=value.fee,
        reject_reason=value.reject_reason,
        note=value.note,
        photos=list(value.photos),
        ship_by=time_or_none(value.ship_by),
        instructions=value.instructions,
        label=None if value.label is None else a.LabelOut(**value.label.model_dump()),
        exchange_id=value.exchange_id and t.EXCHANGE.encode(value.exchange_id),
        created_at=time(value.created_at),
        updated_at=time(value.updated_at),
    )


def exchange(order: Order, value: d.Exchange) -> a.ExchangeOut:
    made = order.return_(value.return_id)
    return a.ExchangeOut(
        id=t.EXCHANGE.encode(value.id),
        order_id=wire.ORDER.encode(order.id),
        status=value.status,
        return_id=t.RETURN.encode(value.return_id),
        ship=value.ship,
        items=[
            a.ExchangedItemOut(
                item_id=t.ITEM.encode(i.line_id),
                variant_id=_variant_of(order, i.line_id),
                quantity=i.quantity,
                reason=i.reason,
                received_quantity=i.received,
            )
            for i in made.items
        ],
        new_items=[new_item(line) for line in value.new_lines],
        difference=value.difference,
        amount_due=ledger.due(order),
        ship_by=time_or_none(made.ship_by),
        created_at=time(value.created_at),
        updated_at=time(value.updated_at),
    )


def new_item(line: d.Line) -> a.NewItemOut:
    return a.NewItemOut(
        id=t.ITEM.encode(line.id),
        variant_id=line.variant_id,
        title=title(line),
        sku=line.sku,
        quantity=line.quantity,
        unit_price=line.unit_price,
        subtotal=line.subtotal,
    )


def claim(order: Order, value: d.Claim) -> a.ClaimOut:
    refund_id = value.refund_id
    return a.ClaimOut(
        id=t.CLAIM.encode(value.id),
        order_id=wire.ORDER.encode(order.id),
        resolution=value.resolution,
        items=[
            a.ClaimedItemOut(
                item_id=t.ITEM.encode(i.line_id),
                variant_id=_variant_of(order, i.line_id),
                quantity=i.quantity,
                reason=i.reason,
            )
            for i in value.items
        ],
        new_items=[new_item(line) for line in order.lines if line.id in value.line_ids],
        refund_id=refund_id and t.REFUND.encode(refund_id),
        refund_amount=order.refund(refund_id).amount if refund_id else 0,
        amount_due=ledger.due(order),
        created_at=time(value.created_at),
    )


def _variant_of(order: Order, line_id: str) -> str | None:
    try:
        return order.line(line_id).variant_id
    except KeyError:
        return None
