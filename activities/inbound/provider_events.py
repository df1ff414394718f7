"""Inbound provider events: from "something happened to this object" to facts an order understands.

An event is only a hint: late, doubled, out of order. So what it is about is looked up at the provider, and the facts
say where that stands now (provider_facts.py). An event whose order cannot take it yet stays parked and is asked again.
"""

import asyncio
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError

from activities.failures import unavailable
from activities.inbound import provider_facts
from activities.inbound.provider_facts import Subject
from activities.orders.asking import Providers
from activities.orders.contents import dump
from activities.providers.base import PaymentProvider, ProviderRefused, ProviderUnavailable
from activities.upkeep.reaching import Reaching
from domain.order import Order
from store.database.clock import moment, wall
from store.database.engine import StoreUnavailable
from store.money import operations, parked
from store.order import orders, records
from workflows.messages import EVENT_DELIVERED, READ_EVENT, TELL_ORDER, Envelope, EventRef, Fact, Sent, Telling, Told

ABOUT: Final[tuple[tuple[str, tuple[Subject, ...]], ...]] = (
    ("payment_intent.created", ()),
    ("payment_intent.", ("payment",)),
    ("charge.dispute.", ("payment", "disputes")),
    ("charge.refund", ("payment", "refunds")),
    ("refund.", ("payment", "refunds")),
    ("charge.", ("payment",)),
)
"""Type prefix, first match wins -> what is looked up. A refund's capture may be unknown still, so it comes along."""

TELL_LOOKS: Final = 40
TELL_SECONDS: Final = 0.1


class ProviderEvents:
    """Reads parked events over one database and the configured providers."""

    def __init__(self, engine: AsyncEngine, providers: Providers, reaching: Reaching) -> None:
        self._engine = engine
        self._providers = providers
        self._reaching = reaching

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
        fresh, unfit = provider_facts.news(order, found, moment(wall()))
        if not fresh:
            return Fact(outcome="unknown" if unfit else "nothing", note="nothing new")
        told = tuple(Told(verb=command.verb, command=dump(command)) for command in fresh)
        return Fact(outcome="facts", order_id=order.id, facts=told)

    @activity.defn(name=TELL_ORDER)
    async def tell(self, telling: Telling) -> None:
        """Signal the facts, and return once the order's own transactions have recorded them: a fact is delivered then, not
        when Temporal took the signal. Told again until it is so; what was done before is not done twice."""
        wanted = {f"{telling.request.id}:{n}": told for n, told in enumerate(telling.facts)}
        try:
            for request_id, told in wanted.items():
                request = Envelope(id=request_id, actor=telling.request.actor)
                await self._reaching.signal(telling.order_id, told.verb, Sent(request=request, command=told.command))
            for _ in range(TELL_LOOKS):
                known = await records.recorded(self._engine, telling.order_id, list(wanted))
                if known == set(wanted):
                    return
                await asyncio.sleep(TELL_SECONDS)
        except StoreUnavailable as error:
            raise unavailable(error) from None
        except (RPCError, RuntimeError) as error:
            raise ApplicationError(f"Temporal is unavailable ({type(error).__name__})", type="Unreachable") from None
        raise ApplicationError("the order has not recorded it yet", type="NotRecorded")

    def _serving(self, name: str, livemode: bool) -> PaymentProvider | None:
        try:
            return self._providers(name, livemode)
        except KeyError:
            return None

    @activity.defn(name=EVENT_DELIVERED)
    async def delivered(self, ref: EventRef) -> None:
        """The order has it, or nobody will."""
        try:
            await parked.delivered(self._engine, ref.provider, ref.id, wall(), ref.note)
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
