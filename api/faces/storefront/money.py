"""storefront's refunds and transactions → the domain's commands (contract section 8).

`calculate` and `refunds` read the same body and ask the same function (domain: refunding.break_down), so that the answer of the
first is a body of the second. What a body only repeats of it (`subtotal`, `tax`, `maximum_refundable`) is not believed.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from api.faces.storefront import schemas as s
from api.faces.storefront.translate import line_id, quantity
from api.http.problems import invalid
from api.spelling import wire
from api.spelling.amounts import minor, minor_or_none
from domain import commands as c
from domain import ledger
from domain.commands import Command
from domain.errors import AmountTooLarge, InvalidInput
from domain.lifecycle import plan
from domain.order import Actor, Order, RefundCode


def refund(order: Order, body: s.RefundOrder) -> c.Refund:
    """`note` is free text, and the code too when it is one of the engine's words (contract section 0a)."""
    if body.currency not in (None, order.currency):
        raise invalid("currency", f"the order is in {order.currency}")
    code: Any = body.note if body.note in get_args(RefundCode) else None
    return c.Refund(
        amount=_amount(order, body),
        lines=_lines(order, body),
        shipping=_shipping(order, body.shipping),
        parts=_parts(order, body),
        reason=body.note,
        code=code,
        manual=body.gateway == "manual",
        notify=body.notify_customer,
    )


def _amount(order: Order, body: s.RefundOrder) -> int | None:
    """`transactions` win over it; 0 beside lines is the calculation of units that cost nothing."""
    if body.amount is None or body.transactions:
        return None
    amount = minor(body.amount, order.currency, "amount")
    return None if amount == 0 and body.refund_line_items else amount


def _lines(order: Order, body: s.RefundOrder) -> tuple[c.RefundUnits, ...] | None:
    if body.refund_line_items is None:
        return None
    if not body.refund_line_items and not (body.transactions or body.amount is not None or body.shipping):
        raise invalid("refund_line_items", "name at least one line item")
    out = []
    for i, item in enumerate(body.refund_line_items):
        at = f"refund_line_items[{i}]"
        count = quantity(item.quantity, f"{at}.quantity")
        found = line_id(order, item.line_item_id, f"{at}.line_item_id")
        out.append(c.RefundUnits(line_id=found, quantity=count, restock=item.restock))
    return tuple(out)


def _shipping(order: Order, given: s.ShippingRefund | None) -> Literal["full"] | int | None:
    if given is None:
        return None
    if given.full_refund and given.amount is not None:
        raise invalid("shipping", "either full_refund or an amount")
    if given.full_refund is None and given.amount is None:
        raise invalid("shipping", 'full_refund or an amount, or the word "full"')
    return "full" if given.full_refund else minor_or_none(given.amount, order.currency, "shipping.amount")


def _parts(order: Order, body: s.RefundOrder) -> tuple[c.RefundFrom, ...] | None:
    """An empty list, as in the calculation of units that cost nothing, is none."""
    if not body.transactions:
        return None
    out = []
    for i, item in enumerate(body.transactions):
        at = f"transactions[{i}]"
        amount = minor(item.amount, order.currency, f"{at}.amount")
        if amount == 0:
            raise invalid(f"{at}.amount", "must be positive")
        out.append(c.RefundFrom(parent_id=parent(order, item.parent_id, f"{at}.parent_id"), amount=amount))
    return tuple(out)


def parent(order: Order, spelled: str, field: str) -> str:
    """A payment's id, by its own or one of its transactions'. 422 when the order has none such."""
    try:
        return ledger.find_payment(order, wire.any_id(spelled)).id
    except (ValueError, InvalidInput):
        raise InvalidInput("no such transaction on this order", field=field) from None


def pay(order: Order, body: s.CreateTransaction, now: datetime, actor: Actor) -> Command:
    """POST …/transactions. More than is due or held is 422 here: REFUND_EXCEEDS_TOTAL is about refunds."""
    command = _payment(order, body)
    try:
        plan(order, command, now, actor)
    except AmountTooLarge as error:
        raise InvalidInput(error.message, field=error.field, **error.data) from None
    return command


def _payment(order: Order, body: s.CreateTransaction) -> Command:
    amount = _positive(body.amount, order.currency)
    named = None if body.parent_id is None else parent(order, body.parent_id, "parent_id")
    if body.kind == "capture":
        return c.Capture(payment_id=named, amount=amount)
    if body.kind == "void":
        if amount is not None:
            raise invalid("amount", "a void releases all that is held")
        return c.Void(payment_id=named)
    if body.gateway == "manual":
        if body.kind == "authorization":
            raise invalid("gateway", "money taken elsewhere cannot be held here")
        return c.RecordPayment(amount=amount, gateway=body.gateway)
    return c.Pay(
        payment_method=body.payment_method,
        amount=amount,
        capture=body.kind == "sale",
        customer=order.customer_id if (order.customer_id or "").startswith("cus_") else None,
        payment_id=named,
        gateway=body.gateway,
    )


def _positive(given: Decimal | None, currency: str) -> int | None:
    amount = minor_or_none(given, currency, "amount")
    if amount == 0:
        raise invalid("amount", "must be positive")
    return amount
