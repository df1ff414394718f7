"""Acts that send units, say they arrived, take parcels back, or cancel what is not sent."""

from collections.abc import Sequence
from typing import Final

from api.shop import Shop
from console.act import Act, Input, lines_with, nothing_asked
from console.roles import AGENTS, PACKERS
from console.said import Said
from domain import commands as c
from domain.commands import Command
from domain.order import Fulfillment, Order, Shipment, Tracking
from domain.status import fulfillment_state

CARRIERS: Final = ("DHL", "DPD", "FedEx", "GLS", "UPS", "USPS")


def tracking_inputs(tracking: Tracking = Tracking()) -> tuple[Input, ...]:  # noqa: B008  # frozen
    return (
        Input("carrier", "Carrier", value=tracking.company or "", suggest=CARRIERS),
        Input("number", "Tracking number", value=tracking.number or ""),
        Input("link", "Tracking link", "link", value=tracking.url or ""),
    )


def tracking_of(said: Said) -> Tracking:
    return Tracking(number=said.short("number"), company=said.short("carrier"), url=said.link("link"))


def _fulfill_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    units = lines_with(order, lambda line: line.quantity - line.cancelled - line.shipped, all_of_it=True)
    mail = Input("notify", "Mail the customer", "tick", value="yes" if order.email else "")
    return (Input("units", "Units", "units", units=units), *tracking_inputs(), mail)


async def _fulfill(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.Fulfill(lines=said.units(), tracking=tracking_of(said), notify=said.ticked("notify"))


def _fulfillments(order: Order) -> list[Fulfillment]:
    return [f for f in order.fulfillments if not f.cancelled_at]


def named(order: Order, items: Sequence[c.ReturnUnits] | Sequence[object]) -> str:
    """`2 × Mug, 1 × Shirt` of anything that has line_id and quantity."""
    titles = {line.id: line.title for line in order.lines}
    parts = [(getattr(item, "quantity", 0), titles.get(getattr(item, "line_id", "") or "", "?")) for item in items]
    return ", ".join(f"{count} × {title}" for count, title in parts)


def _on_the_way(order: Order) -> Sequence[tuple[str, str]]:
    moving = [f for f in _fulfillments(order) if fulfillment_state(f) != "delivered" and f.shipments]
    return [(f.id, named(order, f.items)) for f in moving]


async def _deliver(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.Deliver(fulfillment_id=ref or None)


def _tracked(order: Order) -> Sequence[tuple[str, str]]:
    return [(f.id, named(order, f.items)) for f in _fulfillments(order)]


def _of(order: Order, ref: str) -> Fulfillment | None:
    return next((f for f in order.fulfillments if f.id == ref), None)


def _track_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    made = _of(order, ref)
    parcels: tuple[Shipment, ...] = made.shipments if made else ()
    now = parcels[-1].tracking if parcels else made.tracking if made else Tracking()
    return (*tracking_inputs(now), Input("notify", "Mail the customer", "tick"))


async def _track(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.UpdateFulfillment(fulfillment_id=ref, tracking=tracking_of(said), notify=said.ticked("notify"))


def _parcels(order: Order) -> Sequence[tuple[str, str]]:
    parcels = [s for f in _fulfillments(order) for s in f.shipments if s.delivered_at is None]
    return [(s.id, named(order, s.items)) for s in parcels]


async def _unship(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.Unship(shipment_id=ref)


async def _cancel_fulfillment(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.CancelFulfillment(fulfillment_id=ref)


def _cancel_items_inputs(shop: Shop, order: Order, ref: str) -> Sequence[Input]:
    units = lines_with(order, lambda line: line.quantity - line.cancelled - line.sent, all_of_it=False)
    return (
        Input("units", "Units", "units", "What was paid too much for them goes back.", units=units),
        Input("restock", "Put them back on sale", "tick", "Otherwise they are written off.", value="yes"),
        Input("reason", "Reason", "area"),
    )


async def _cancel_items(shop: Shop, order: Order, said: Said, ref: str) -> Command:
    return c.CancelItems(lines=said.units(), restock=said.ticked("restock"), reason=said.text("reason"))


ACTS: Final = (
    Act("ship", "fulfill", "Ship", "goods", PACKERS, _fulfill_inputs, _fulfill),
    Act("deliver", "deliver", "Mark as delivered", "goods", PACKERS, nothing_asked, _deliver, about=_on_the_way),
    Act("tracking", "update_fulfillment", "Change tracking", "goods", PACKERS, _track_inputs, _track, about=_tracked),
    Act("take-parcel-back", "unship", "Take a parcel back", "goods", PACKERS, nothing_asked, _unship, about=_parcels),
    Act("take-shipment-back", "cancel_fulfillment", "Undo a shipment", "goods", PACKERS, nothing_asked,
        _cancel_fulfillment, about=_tracked),
    Act("cancel-units", "cancel_items", "Cancel units", "goods", AGENTS, _cancel_items_inputs, _cancel_items, grave=True),
)  # fmt: skip
