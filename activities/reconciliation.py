"""Reconciliation: our ledger against the provider's, payment by payment, for a period.

What the provider knows and we do not is repaired through the order's own workflow (payment_fact); what we
claim and the provider does not have is reported, never "repaired" by moving money.
"""

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import Difference, Period, Reconciliation, dump
from activities.orders import unavailable
from activities.payments import Providers
from activities.provider_events import payment_fact
from activities.providers.base import LedgerEntry, PaymentProvider, ProviderUnavailable
from activities.signatures import RECONCILE
from domain.order import Order, Payment
from store import operations, orders
from store.engine import StoreUnavailable

UNDECIDED = ("requires_action", "requires_confirmation", "requires_payment_method", "processing", "declined")


class Reconciling:
    """Compares over one database and the configured providers."""

    def __init__(self, engine: AsyncEngine, providers: Providers) -> None:
        self._engine = engine
        self._providers = providers

    @activity.defn(name=RECONCILE)
    async def reconcile(self, period: Period) -> Reconciliation:
        """Every payment object made in the period. `KeyError` of a mode without provider: nothing to compare."""
        try:
            provider = self._providers(period.provider, period.livemode)
        except KeyError:
            return Reconciliation(compared=0)
        compared, found = 0, []
        try:
            async for entry in provider.ledger(period.since, period.until):
                activity.heartbeat(compared)
                compared += 1
                difference = await self._compare(provider, entry)
                if difference is not None:
                    found.append(difference)
        except StoreUnavailable as error:
            raise unavailable(error) from None
        except ProviderUnavailable as error:
            raise ApplicationError(error.message, type="ProviderUnavailable") from None
        return Reconciliation(compared=compared, differences=tuple(found))

    async def _compare(self, provider: PaymentProvider, entry: LedgerEntry) -> Difference | None:
        theirs = {"authorized": entry.authorized, "captured": entry.captured, "refunded": entry.refunded}
        order_id = await operations.order_of_ref(self._engine, provider.name, entry.ref) or entry.order_id
        order = await orders.load(self._engine, order_id) if order_id else None
        payment = next((p for p in order.payments if p.ref == entry.ref), None) if order else None
        if order is None or payment is None:
            if entry.status in UNDECIDED or not (entry.authorized or entry.captured):
                return None
            return Difference(ref=entry.ref, order_id=order_id, theirs=theirs, what="a payment no order of ours knows")
        return await self._differ(provider, order, payment, theirs)

    async def _differ(
        self, provider: PaymentProvider, order: Order, payment: Payment, theirs: dict[str, int]
    ) -> Difference | None:
        ours = {"captured": payment.captured, "refunded": payment.refunded}
        if ours == {name: theirs[name] for name in ours}:
            return None
        told = Difference(ref=payment.ref or "", order_id=order.id, ours=ours, theirs=theirs, what="amounts differ")
        if theirs["captured"] <= payment.captured:
            return told
        command = await payment_fact(provider, payment.ref or "")
        return told.model_copy(
            update={"what": "the provider captured more", "verb": command.verb, "repair": dump(command)}
        )
