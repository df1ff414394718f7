"""Inbound provider events: from "something happened to this object" to facts an order understands.

An event is only a hint: late, doubled, out of order. So what it is about is looked up at the provider, and the facts
say where that stands now (provider_facts.py). An event whose order cannot take it yet stays parked and is asked again.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import provider_facts
from activities.messages import EventRef, Fact, Told, dump
from activities.orders import epoch_now, unavailable
from activities.payments import Providers
from activities.provider_facts import Subject
from activities.providers.base import PaymentProvider, ProviderRefused, ProviderUnavailable
from activities.signatures import EVENT_DELIVERED, READ_EVENT
from domain.order import Order
from store import operations, orders, parked
from store.clock import moment
from store.engine import StoreUnavailable

ABOUT: Final[tuple[tuple[str, tuple[Subject, ...]], ...]] = (
    ("payment_intent.created", ()),
    ("payment_intent.", ("payment",)),
    ("charge.dispute.", ("payment", "disputes")),
    ("charge.refund", ("payment", "refunds")),
    ("refund.", ("payment", "refunds")),
    ("charge.", ("payment",)),
)
"""Type prefix, first match wins -> what is looked up. A refund's capture may be unknown still, so it comes along."""


class ProviderEvents:
    """Reads parked events over one database and the configured providers."""

    def __init__(self, engine: AsyncEngine, providers: Providers) -> None:
        self._engine = engine
        self._providers = providers

    @activity.defn(name=READ_EVENT)
    async def read(self, ref: EventRef) -> Fact:
        """What the event means for which order. facts | unknown (no order can take it yet) | nothing (concerns none)."""
        try:
            event = await parked.find(self._engine, ref.provider, ref.id)
            if event is None or event.delivered_at is not None:
                return Fact(outcome="nothing", note="already delivered")
            subjects = _subjects(str(event.body.get("type")))
            if event.payment_ref is None or not subjects:
                return Fact(outcome="nothing", note="says nothing an order needs")
            order = await self._order(ref, event.payment_ref, event.body.get("order_id"))
            if order is None:
                return Fact(outcome="unknown")
            provider = self._serving(ref.provider, event.livemode)
            if provider is None:
                return Fact(outcome="nothing", note="no payment provider serves this mode")
            found = await provider_facts.facts(provider, event.payment_ref, subjects)
        except StoreUnavailable as error:
            raise unavailable(error) from None
        except ProviderUnavailable as error:
            raise ApplicationError(error.message, type="ProviderUnavailable") from None
        except ProviderRefused:
            return Fact(outcome="nothing", note="the provider does not know the object")
        fresh, unfit = provider_facts.news(order, found, moment(epoch_now()))
        if not fresh:
            return Fact(outcome="unknown" if unfit else "nothing", note="nothing new")
        told = tuple(Told(verb=command.verb, command=dump(command)) for command in fresh)
        return Fact(outcome="facts", order_id=order.id, facts=told)

    def _serving(self, name: str, livemode: bool) -> PaymentProvider | None:
        try:
            return self._providers(name, livemode)
        except KeyError:
            return None

    @activity.defn(name=EVENT_DELIVERED)
    async def delivered(self, ref: EventRef) -> None:
        """The order has it, or nobody will."""
        try:
            await parked.delivered(self._engine, ref.provider, ref.id, epoch_now(), ref.note)
        except StoreUnavailable as error:
            raise unavailable(error) from None

    async def _order(self, ref: EventRef, payment_ref: str, hinted: object) -> Order | None:
        """The order whose row has a payment of this reference; an event may come before that row is saved."""
        found = await operations.order_of_ref(self._engine, ref.provider, payment_ref)
        order = await orders.load(self._engine, found or str(hinted)) if found or hinted else None
        if order is None or all(p.ref != payment_ref for p in order.payments):
            return None
        return order


def _subjects(kind: str) -> tuple[Subject, ...]:
    return next((subjects for prefix, subjects in ABOUT if kind.startswith(prefix)), ())
