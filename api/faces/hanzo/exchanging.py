"""Exchanges and claims: hanzo's requests into commands, with what they name looked up (door/selling.py), and their answers."""

from typing import Any

from api.faces.hanzo import changing as s
from api.faces.hanzo import coming_back
from api.faces.hanzo import translate as t
from api.http.problems import Problem
from api.http.routing import Answer, Call, Done
from domain import commands as c
from domain.order import ClaimedUnits, Order
from door import selling
from door.placing import DraftLine


async def exchange(call: Call, order: Order, body: s.RequestExchange) -> c.RequestExchange:
    drafts = []
    for n, item in enumerate(body.new_items):
        at = f"newItems[{n}]"
        if item.unit_price is not None and call.key.scope == "customer":
            raise Problem("insufficient_permissions", "this key may not say a price", field=f"{at}.unitPrice")
        drafts.append(DraftLine(at=at, quantity=item.quantity, variant_id=item.variant_id, unit_price=item.unit_price))
    return c.RequestExchange(
        lines=t.return_units(order, body.items),
        new_lines=tuple([await selling.new_line(call.shop.db, order, draft) for draft in drafts]),
        ship=body.ship,
        payment_method=body.payment_method,
    )


async def claim(call: Call, order: Order, body: s.MakeClaim) -> c.MakeClaim:
    lines = tuple(
        ClaimedUnits(line_id=t.item_id(order, item.item_id, n), quantity=item.quantity, reason=item.reason)
        for n, item in enumerate(body.items)
    )
    new = None
    if body.new_items is not None:
        drafts = [
            DraftLine(at=f"newItems[{n}]", quantity=item.quantity, variant_id=item.variant_id, unit_price=0)
            for n, item in enumerate(body.new_items)
        ]
        new = tuple([await selling.new_line(call.shop.db, order, draft) for draft in drafts])
    return c.MakeClaim(lines=lines, resolution=body.resolution, new_lines=new)


# Answers.


def exchanged(done: Done[Any]) -> Answer:
    return Answer(coming_back.exchange(done.order, done.order.exchange(done.subject or "")), 201)


def exchange_of(value: Order, spelled: str) -> Answer:
    """The one exchange a path names."""
    found = t.path_id((one.id for one in value.exchanges), spelled, "exchange")
    return Answer(coming_back.exchange(value, value.exchange(found)))


def exchanges(value: Order) -> Answer:
    models = [coming_back.exchange(value, one) for one in value.exchanges]
    return Answer({"count": len(models), "models": models})


def claimed(done: Done[Any]) -> Answer:
    return Answer(coming_back.claim(done.order, done.order.claim(done.subject or "")), 201)


def claim_of(value: Order, spelled: str) -> Answer:
    """The one claim a path names."""
    found = t.path_id((one.id for one in value.claims), spelled, "claim")
    return Answer(coming_back.claim(value, value.claim(found)))


def claims(value: Order) -> Answer:
    models = [coming_back.claim(value, one) for one in value.claims]
    return Answer({"count": len(models), "models": models})
