"""Reconciliation: our ledger against the provider's, payment by payment, both ways, for a period.

What the provider knows and we do not is repaired through the order's own workflow, by the same facts a webhook would have
brought (provider_facts.py). What we claim and the provider does not have is reported, never "repaired" by moving money.
"""

from collections.abc import AsyncIterator, Callable

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import unavailable
from activities.inbound import provider_facts
from activities.orders.asking import Providers
from activities.orders.contents import dump
from activities.providers.base import Declined, LedgerEntry, PaymentProvider, ProviderRefused, ProviderUnavailable
from domain.commands import Command
from domain.errors import OrderError
from domain.lifecycle import settle
from domain.order import Actor, Order, Payment
from store.database.clock import epoch, moment, wall
from store.database.engine import StoreUnavailable
from store.money import differences, operations
from store.order import orders
from workflows.messages import RECONCILE, Difference, Period, Reconciliation, Told

UNDECIDED = ("requires_action", "requires_confirmation", "requires_payment_method", "processing", "declined")
UNKNOWN_THERE = "unknown to the provider"
WAITING = ("requires_action", "processing")


class Reconciling:
    """Compares over one database and the configured providers."""

    def __init__(self, engine: AsyncEngine, providers: Providers) -> None:
        self._engine = engine
        self._providers = providers

    @activity.defn(name=RECONCILE)
    async def reconcile(self, period: Period) -> Reconciliation:
        """Every payment object made in the period. ApplicationError `ProviderMissing` for a mode nobody serves."""
        try:
            return await self.compare(period, activity.heartbeat)
        except KeyError:
            message = f"no provider {period.provider} serves {'live' if period.livemode else 'test'} mode"
            raise ApplicationError(message, type="ProviderMissing", non_retryable=True) from None
        except StoreUnavailable as error:
            raise unavailable(error) from None
        except ProviderUnavailable as error:
            raise ApplicationError(error.message, type="ProviderUnavailable") from None

    async def compare(self, period: Period, beat: Callable[[object], None]) -> Reconciliation:
        """The same outside of Temporal. KeyError: nobody serves the mode; StoreError, ProviderUnavailable: not now."""
        provider = self._providers(period.provider, period.livemode)
        seen: set[str] = set()
        found: list[Difference] = []
        async for entry in provider.ledger(period.since, period.until):
            beat(len(seen))
            seen.add(entry.ref)
            difference = await self._compare(provider, entry)
            if difference is not None:
                found.append(difference.model_copy(update={"claims": entry.claims}))
        found += [claimed async for claimed in self._unknown_there(provider, period, seen, beat)]
        asked = seen | {one.ref for one in found}
        found += [again async for again in self._again(provider, period, asked, beat)]
        await self._keep(provider, period, asked, found)
        return Reconciliation(compared=len(seen), differences=tuple(found))

    async def _again(
        self, provider: PaymentProvider, period: Period, asked: set[str], beat: Callable[[object], None]
    ) -> AsyncIterator[Difference]:
        """Differences that earlier reconciliations left, of payments made before this period: asked for one by one."""
        for ref, order_id in (await differences.standing(self._engine, provider.name, period.livemode)).items():
            if ref in asked:
                continue
            beat(ref)
            asked.add(ref)
            try:
                entry = await _entry(provider, ref, order_id, period)
            except ProviderRefused:
                yield Difference(ref=ref, order_id=order_id, what=UNKNOWN_THERE)
                continue
            difference = await self._compare(provider, entry)
            if difference is not None:
                yield difference

    async def _keep(
        self, provider: PaymentProvider, period: Period, compared: set[str], found: list[Difference]
    ) -> None:
        """What is left is somebody's task until a reconciliation finds it agreed."""
        left = {one.ref: (one.order_id, one.what) for one in found if one.left}
        await differences.found(self._engine, provider.name, period.livemode, compared, left, wall())

    async def _compare(self, provider: PaymentProvider, entry: LedgerEntry) -> Difference | None:
        theirs = {"authorized": entry.authorized, "captured": entry.captured, "refunded": entry.refunded}
        order_id = await operations.order_of_ref(self._engine, provider.name, entry.ref) or entry.order_id
        order = await orders.load(self._engine, order_id) if order_id else None
        payment = next((p for p in order.payments if p.ref == entry.ref), None) if order else None
        if order is None or payment is None:
            if entry.status in UNDECIDED or not (entry.authorized or entry.captured):
                return None
            return await self._strange(provider, order, entry, theirs)
        if _agree(order, payment, entry):
            return None
        return await self._repairable(provider, order, payment, theirs)

    async def _strange(
        self, provider: PaymentProvider, order: Order | None, entry: LedgerEntry, theirs: dict[str, int]
    ) -> Difference:
        """A payment that names an order which does not know it (its record was lost): the order takes it on. One that names
        none of ours is for a person."""
        if order is None:
            return Difference(
                ref=entry.ref, order_id=entry.order_id, theirs=theirs, what="a payment no order of ours knows"
            )
        found = await provider_facts.facts(provider, entry.ref, provider_facts.EVERYTHING)
        amount = max(entry.authorized, entry.captured)
        whole = [provider_facts.adoptable(fact, provider.name, amount) for fact in found]
        repair, _ = provider_facts.news(order, whole, moment(wall()))
        return Difference(
            ref=entry.ref,
            order_id=order.id,
            theirs=theirs,
            repair=tuple(Told(verb=command.verb, command=dump(command)) for command in repair),
            left=not repair,
            what="a payment its order does not know",
        )

    async def _repairable(
        self, provider: PaymentProvider, order: Order, payment: Payment, theirs: dict[str, int]
    ) -> Difference:
        """The difference, with what repairs it; `left` when that does not make the amounts equal."""
        ref = payment.ref or ""
        found = await provider_facts.facts(provider, ref, provider_facts.EVERYTHING)
        now = moment(wall())
        repair, _ = provider_facts.news(order, found, now)
        after = _after(order, repair).payment(payment.id)
        moved = {name: theirs[name] for name in ("captured", "refunded")}
        return Difference(
            ref=ref,
            order_id=order.id,
            ours={
                "authorized": payment.authorized,
                "captured": payment.captured,
                "refunded": refunds_alone(order, payment),
            },
            theirs=theirs,
            repair=tuple(Told(verb=command.verb, command=dump(command)) for command in repair),
            left=moved != {"captured": after.captured, "refunded": refunds_alone(_after(order, repair), after)},
            what="the provider knows more" if repair else "we claim what the provider does not have",
        )

    async def _unknown_there(
        self, provider: PaymentProvider, period: Period, seen: set[str], beat: Callable[[object], None]
    ) -> AsyncIterator[Difference]:
        """Payments we recorded in the period of which the provider's list says nothing: asked for one by one."""
        since, until = epoch(period.since), epoch(period.until)
        for row in await operations.paid(self._engine, provider.name, period.livemode, since, until):
            if row.ref is None or row.ref in seen:
                continue
            beat(row.ref)
            try:
                await provider_facts.facts(provider, row.ref, ("payment",))
            except ProviderRefused:
                yield Difference(
                    ref=row.ref, order_id=row.order_id, ours={"authorized": row.amount}, what=UNKNOWN_THERE
                )


async def _entry(provider: PaymentProvider, ref: str, order_id: str | None, period: Period) -> LedgerEntry:
    """One payment as the provider's ledger has it, by asking for it alone. ProviderRefused: it knows none."""
    try:
        stands = await provider.payment(ref)
    except Declined:
        return LedgerEntry(ref, order_id, "", 0, 0, 0, "declined", period.since)
    back = sum(made.amount for made in await provider.refunds(ref) if made.status != "failed")
    return LedgerEntry(ref, order_id, "", stands.authorized, stands.captured, back, stands.status, period.since)


def refunds_alone(order: Order, payment: Payment) -> int:
    """Refunds alone: what a lost dispute took, or was given back elsewhere, is no refund in the provider's ledger."""
    disputed = {dispute.ref for dispute in order.disputes}
    others = sum(
        part.amount
        for refund in order.refunds
        for part in refund.parts
        if part.payment_id == payment.id and part.status != "failed" and (part.by_hand or part.ref in disputed)
    )
    return payment.refunded - others


def _agree(order: Order, payment: Payment, entry: LedgerEntry) -> bool:
    """Amounts moved are equal, and neither side still waits for what the other has decided."""
    if (payment.captured, refunds_alone(order, payment)) != (entry.captured, entry.refunded):
        return False
    if payment.state in WAITING:
        return entry.status in ("requires_action", "processing")
    lapsed = payment.capturable > 0 and entry.status in ("canceled", "succeeded", "captured")
    return not lapsed and not (entry.authorized > payment.authorized)


def _after(order: Order, repair: list[Command]) -> Order:
    for command in repair:
        try:
            order = settle(order, command, [], order.updated_at, Actor(kind="system", id="reconcile")).order
        except OrderError:
            continue
    return order
