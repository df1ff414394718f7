"""Edits and holds: hanzo's operations into the domain's, with what they name looked up (door/selling.py), and their answers."""

from typing import Any

from api.faces.hanzo import answers as a
from api.faces.hanzo import changing as s
from api.faces.hanzo import render
from api.faces.hanzo import translate as t
from api.http.routing import Answer, Call, Done
from domain import edits as e
from domain.commands import Edit
from domain.edits import EditOperation
from domain.order import Order
from door import selling
from door.placing import DraftLine


async def edit(call: Call, order: Order, body: s.EditOrder) -> Edit:
    made = [await _operation(call, order, given, f"operations[{n}]") for n, given in enumerate(body.operations)]
    command = Edit(operations=tuple(made), note=body.note)
    return await selling.taxed(order, command, call.shop.taxes.get(call.livemode))


async def _operation(call: Call, order: Order, given: s.EditOp, at: str) -> EditOperation:
    config = call.shop.config
    match given:
        case s.AddItemOp():
            draft = DraftLine(at=at, quantity=given.quantity, variant_id=given.variant_id, unit_price=given.unit_price)
            return await selling.add_item(call.shop.db, order, draft)
        case s.SetQuantityOp():
            line = t.line_id(order, given.item_id, f"{at}.itemId")
            return e.SetQuantity(op="set_quantity", line_id=line, quantity=given.quantity)
        case s.SetPriceOp():
            line = t.line_id(order, given.item_id, f"{at}.itemId")
            return e.SetPrice(op="set_price", line_id=line, unit_price=given.unit_price)
        case s.CancelItemsOp():
            return e.CancelUnits(op="cancel_items", lines=t.units(order, given.items, f"{at}.items"))
        case s.SetShippingOp():
            return selling.set_shipping(config, order, given.shipping_method_id, given.shipping_total, at)
        case s.SetAddressOp():
            return selling.set_address(config, t.the_address(given.shipping_address))
        case s.AddDiscountOp():
            return selling.add_discount(config, order, given.code, given.amount, given.description, at)
        case s.RemoveDiscountOp():
            return e.RemoveDiscount(op="remove_discount", code=given.code)


# Answers.


def edited(done: Done[Any]) -> Answer:
    """The order, and what this edit made of its figures; `surplus` is what went back with it."""
    made = done.order.edit(done.subject or "")
    figures = a.EditFigures(
        id=t.EDIT.encode(made.id), before=made.before, after=made.after, difference=made.after - made.before,
        due=made.due, surplus=made.surplus, note=made.note,
    )  # fmt: skip
    return Answer(render.dump(render.order(done.order)) | {"edit": render.dump(figures)})


def held(done: Done[Any]) -> Answer:
    (made,) = (h for h in done.order.holds if h.id == done.subject)
    return Answer(render.hold(made), 201)


def released(done: Done[Any]) -> Answer:
    return Answer(None, 204)
