"""Inbound provider events: from "something happened to this object" to a fact an order understands.

An event is only a hint: late, doubled, out of order. So its object is looked up at the provider, and the fact
says where it stands now. An event whose order does not know the object yet stays parked and is asked again.
"""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import EventRef, Fact, dump
from activities.orders import epoch_now, unavailable
from activities.payments import Providers
from activities.providers.base import Declined, PaymentProvider, ProviderRefused, ProviderUnavailable
from activities.providers.stripe_amounts import from_stripe
from activities.signatures import EVENT_DELIVERED, READ_EVENT
from domain import commands as c
from domain.order import CardDetails, Order
from store import operations, orders, parked
from store.engine import StoreUnavailable

DISPUTES = {"charge.dispute.created": "opened", "charge.dispute.closed": None}
"""closed: the dispute's own status says won or lost."""


class ProviderEvents:
    """Reads parked events over one database and the configured providers."""

    def __init__(self, engine: AsyncEngine, providers: Providers) -> None:
        self._engine = engine
        self._providers = providers

    @activity.defn(name=READ_EVENT)
    async def read(self, ref: EventRef) -> Fact:
        """What the event means for which order. outcome: fact | unknown (no order yet) | nothing (concerns none)."""
        try:
            event = await parked.find(self._engine, ref.provider, ref.id)
            if event is None or event.delivered_at is not None:
                return Fact(outcome="nothing", note="already delivered")
            if event.payment_ref is None:
                return Fact(outcome="nothing", note="no payment of ours")
            order = await self._order(ref, event.payment_ref, event.body.get("order_id"))
            if order is None:
                return Fact(outcome="unknown")
            provider = self._providers(ref.provider, event.livemode)
            command = await self._fact(provider, order, event.payment_ref, dict(event.body))
        except StoreUnavailable as error:
            raise unavailable(error) from None
        except ProviderUnavailable as error:
            raise ApplicationError(error.message, type="ProviderUnavailable") from None
        except (KeyError, ProviderRefused):
            return Fact(outcome="nothing", note="the provider does not know the object")
        if command is None:
            return Fact(outcome="nothing", note="says nothing an order needs")
        return Fact(outcome="fact", order_id=order.id, verb=command.verb, command=dump(command))

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

    async def _fact(
        self, provider: PaymentProvider, order: Order, payment_ref: str, body: dict[str, Any]
    ) -> c.Command | None:
        kind = str(body["type"])
        if kind in DISPUTES:
            return _dispute(order, payment_ref, kind, body["object"])
        if body.get("refund_ref"):
            refund = await provider.refund_status(payment_ref, str(body["refund_ref"]))
            return c.RefundFact(payment_ref=payment_ref, ref=refund.ref, status=refund.status, amount=refund.amount)
        if kind.startswith(("payment_intent.", "charge.")):
            return await payment_fact(provider, payment_ref)
        return None


async def payment_fact(provider: PaymentProvider, ref: str) -> c.PaymentFact:
    """Where the payment stands at its provider now."""
    try:
        result = await provider.payment(ref)
    except Declined as error:
        return c.PaymentFact(ref=ref, status="declined", decline_code=error.decline_code, message=error.message)
    fields: dict[str, Any] = {
        "ref": ref,
        "status": result.status,
        "authorized": result.authorized,
        "captured": result.captured,
        "expires_at": result.expires_at,
    }
    if result.card is not None:
        card = result.card
        fields["card"] = CardDetails(
            brand=card.brand, last4=card.last4, cvc_check=card.cvc_check, postal_code_check=card.postal_code_check
        )
    return c.PaymentFact(**fields)


def _dispute(order: Order, payment_ref: str, kind: str, raw: dict[str, Any]) -> c.DisputeFact | None:
    word = DISPUTES[kind] or str(raw.get("status"))
    status = {"opened": "opened", "won": "won", "warning_closed": "won", "lost": "lost"}.get(word)
    if status is None:
        return None
    return c.DisputeFact.model_validate(
        {
            "payment_ref": payment_ref,
            "ref": raw["id"],
            "status": status,
            "amount": from_stripe(int(raw.get("amount", 0)), order.currency),
            "reason": raw.get("reason"),
        }
    )
