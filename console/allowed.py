"""Which acts an order takes now, and why not the others: by the lifecycle's own rules, so that no button lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from console.act import Act
from console.acts import ACTS
from console.routing import PREFIX
from console.visit import Visit
from domain import commands as c
from domain.commands import Command
from domain.edits import AddDiscount, EditOperation, SetAddress, SetQuantity
from domain.errors import OrderError
from domain.lifecycle import RULES, plan
from domain.order import Address, Order

_NONE: Final[dict[str, str]] = {
    "capture": "no money is held",
    "void": "no money is held",
    "deliver": "nothing is on its way",
    "tracking": "nothing was sent",
    "take-parcel-back": "no parcel is on its way",
    "take-shipment-back": "nothing was sent",
    "approve-return": "no return waits for a decision",
    "reject-return": "no return waits for a decision",
    "receive-return": "no parcel is expected",
    "withdraw-return": "no return is open",
    "release-hold": "nothing holds it",
    "delete-note": "there is no note",
    "move-timer": "no window is open",
}
"""Why there is nothing such an act could be about."""


@dataclass(frozen=True)
class Offer:
    """An act on something of the order: where its page is, or why there is none now."""

    act: Act
    ref: str
    about: str
    """What it is about, where there are several."""
    href: str | None
    why_not: str


def offers(visit: Visit, order: Order) -> list[Offer]:
    """In the table's order; one for each thing an act may be about."""
    found: list[Offer] = []
    for act in ACTS.values():
        if not visit.may(act.roles):
            found.append(Offer(act, "", "", None, f"not for the role {visit.person.role}"))
            continue
        about = [("", "")] if act.about is None else list(act.about(order))
        found += [_offer(visit, order, act, ref, label) for ref, label in about]
        if not about:
            found.append(Offer(act, "", "", None, _NONE.get(act.name, "there is nothing it could be about")))
    return found


def _offer(visit: Visit, order: Order, act: Act, ref: str, label: str) -> Offer:
    why_not = _refusal(visit, order, _samples(order, act, ref))
    query = f"?ref={quote(ref)}" if ref else ""
    href = None if why_not else f"{PREFIX}/orders/{order.number}/{act.name}{query}"
    return Offer(act, ref, label, href, why_not)


def _refusal(visit: Visit, order: Order, samples: Sequence[Command]) -> str:
    """Why none of these would be taken; "" where one is."""
    now, first = max(visit.now, order.updated_at), ""
    for command in samples:
        try:
            plan(order, command, now, visit.actor)
        except OrderError as error:
            first = first or error.message
        else:
            return ""
    return first or "there is nothing to do"


def _samples(order: Order, act: Act, ref: str) -> Sequence[Command]:
    """The simplest commands of this act, about this thing."""
    if act.verb == "edit":
        return _edits(order, act.name)
    found = RULES[act.verb].samples(order)
    if not ref:
        return found
    if act.name in ("capture", "void"):
        return [command.model_copy(update={"payment_id": ref}) for command in found]
    if act.name == "deliver":
        return [c.Deliver(fulfillment_id=ref)]
    return [command for command in found if ref in command.model_dump().values()]


def _edits(order: Order, name: str) -> Sequence[Command]:
    less: EditOperation = AddDiscount(op="add_discount", code="…", amount=1)
    if name == "quantity":
        lines = [line for line in order.lines if not line.sent and not line.cancelled]
        return [c.Edit(operations=(SetQuantity(op="set_quantity", line_id=x.id, quantity=x.quantity),)) for x in lines]
    if name == "address":
        address = order.shipping_address or Address(line1="…", city="…", country="US")
        return [c.Edit(operations=(SetAddress(op="set_address", address=address, tax_lines=order.tax_lines),))]
    return [c.Edit(operations=(less,))]
