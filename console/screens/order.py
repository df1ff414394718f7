"""One order: why it waits, its money, its lines, what happened, and everything that may be done with it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.responses import Response

from console.allowed import Offer, offers
from console.finding import customer_of, the_order
from console.goods import bars, parcels
from console.history import timeline
from console.ladder import ladder, windows
from console.roles import AGENTS
from console.routing import PREFIX, Screens
from console.telling import BY_ITSELF
from console.visit import Refused, Visit
from domain import ids
from domain.order import Order
from domain.risks import assess
from domain.status import fulfillment_status, lifecycle, payment_status
from domain.waiting import WORDS, waiting
from workflows.messages import workflow_id

screens = Screens()


@dataclass(frozen=True)
class Waiting:
    """One thing the order waits for, in plain words, with the acts that end it."""

    words: str
    since: datetime
    until: datetime | None
    then: str | None
    ends: tuple[Offer, ...]


@screens.page("/orders/{id}")
async def show_order(visit: Visit) -> Response:
    order = await the_order(visit)
    offered, entries = offers(visit, order), await timeline(visit, order)
    return visit.show(
        "order.html",
        order=order,
        customer=customer_of(order),
        uuid=ids.to_uuid(order.id),
        statuses=(lifecycle(order), payment_status(order), fulfillment_status(order)),
        waits=_waits(order, offered),
        ladder=ladder(order),
        bars=bars(order),
        parcels=parcels(order),
        offers=offered,
        windows=windows(order, visit.now),
        entries=entries,
        past=[entry for entry in reversed(entries) if entry.who == BY_ITSELF],
        can_move=visit.may(AGENTS),
        risk=assess(order, visit.shop.config.risk),
        done=_done(visit),
        pending=visit.asked("pending") == "1",
        temporal=_temporal(visit, order),
        can_skip=_can_skip(visit),
    )


def _done(visit: Visit) -> int | None:
    """The version that an act has just made."""
    text = visit.asked("version")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


_ENDS: Final = {
    "confirmation": ("confirm", "pay", "cancel"),
    "payment": ("pay", "record-payment", "cancel"),
    "capture": ("capture", "void"),
    "fulfillment": ("ship", "cancel-units"),
    "delivery": ("deliver",),
    "hold": ("release-hold",),
    "return_decision": ("approve-return", "reject-return"),
    "parcel": ("receive-return",),
    "exchange": ("ship", "pay", "record-payment", "request-return"),
    "surplus": ("refund",),
    "refund_failed": ("refund",),
    "closing": ("close",),
}
"""What is waited for -> the acts that end it."""


def _waits(order: Order, offered: Sequence[Offer]) -> list[Waiting]:
    return [
        Waiting(
            WORDS[wait.word],
            wait.since,
            wait.until,
            wait.then,
            tuple(
                offer
                for name in _ENDS.get(wait.word, ())
                for offer in offered
                if offer.act.name == name and offer.href and (not offer.ref or wait.ref in (None, offer.ref))
            ),
        )
        for wait in waiting(order)
    ]


def _temporal(visit: Visit, order: Order) -> str | None:
    """The order's workflow in Temporal's web UI, where we know it: that of the development server."""
    settings = visit.shop.settings
    if settings.temporal_address is not None:
        return None
    base = f"http://127.0.0.1:{settings.temporal_ui_port}/namespaces/{settings.temporal_namespace}"
    return f"{base}/workflows/{workflow_id(order.id)}"


def _can_skip(visit: Visit) -> bool:
    """Time runs ahead for one order only in test mode, and only on the development server, which lets it."""
    return not visit.livemode and visit.shop.settings.temporal_address is None and visit.may(AGENTS)


@screens.form("/orders/{id}/skip", roles=AGENTS)
async def skip(visit: Visit) -> Response:
    """Let this order's clock run ahead to one of its windows. To a fixed moment: a second sending finds it there already."""
    order = await the_order(visit)
    if not _can_skip(visit):
        raise Refused(409, "Not here", "Time runs ahead in test mode on the development server only.")
    try:
        to = datetime.fromisoformat(visit.said("to"))
    except ValueError:
        raise Refused(400, "This form is not complete", "Open the page again and send its form.") from None
    if any(window.at == to for window in windows(order, visit.now)):
        await visit.shop.door.skip(order, to)
    return visit.go(f"{PREFIX}/orders/{order.number}")
