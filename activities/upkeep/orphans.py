"""Payment operations that were begun and never ended, and whose order is not reserved for them: an earlier release
stored no request with them, or the order's row was restored to a state from before they began.

What the provider did is told to the order as a fact: it takes the payment on, and where the order has ended the money goes back
by itself. What never happened is made certain: the prepared payment is cancelled at the provider.
"""

import contextlib

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.inbound import provider_facts
from activities.orders.asking import Providers
from activities.orders.contents import dump
from activities.providers.base import Declined, PaymentProvider, ProviderRefused, ProviderUnavailable, VoidRequest
from activities.upkeep.reaching import Reaching
from domain.commands import Command
from store.database.clock import wall
from store.money import operations
from store.money.operations import OperationRow
from store.order import orders, records
from workflows.messages import Envelope, Sender, Sent

AT_ONCE = 100


async def tell(engine: AsyncEngine, reaching: Reaching, providers: Providers, before: int) -> int:
    """Look up those begun before `before` (epoch seconds) and tell their orders, again and again until the orders' own
    transactions have recorded it. How many were settled."""
    settled = 0
    for operation in await operations.unsettled(engine, before, limit=AT_ONCE):
        asking = await orders.asking(engine, operation.order_id)
        if asking is not None and operation.request_id in (None, asking["request"]["id"]):
            continue  # the order's own workflow finishes it
        try:
            found = await _found(providers(operation.provider, operation.livemode), operation)
        except (KeyError, ProviderUnavailable):
            continue
        facts = {f"orphan:{operation.key}:{n}": fact for n, fact in enumerate(found)}
        known = await records.recorded(engine, operation.order_id, list(facts))
        if known == set(facts):
            await operations.give_up(engine, operation.key, wall())
            settled += 1
        for request_id in facts.keys() - known:
            request = Envelope(id=request_id, actor=Sender(kind="provider", id=operation.provider))
            fact = facts[request_id]
            await reaching.signal(operation.order_id, fact.verb, Sent(request=request, command=dump(fact)))
    return settled


async def _found(provider: PaymentProvider, operation: OperationRow) -> list[Command]:
    """Where the operation's payment stands, as facts an order can take even when it does not know the payment."""
    if operation.ref is None:  # nothing was prepared, so nothing moved
        return []
    found: list[Command] = []
    with contextlib.suppress(ProviderRefused):
        found = await provider_facts.facts(provider, operation.ref, provider_facts.EVERYTHING)
    if not found and operation.kind == "authorize":
        with contextlib.suppress(ProviderRefused, Declined):
            await provider.void(VoidRequest(f"{operation.key}:never", operation.ref))
    return [provider_facts.adoptable(fact, operation.provider, operation.amount) for fact in found]
