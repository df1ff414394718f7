"""Where a payment, its refunds and its disputes stand at their provider, as facts the order does not know yet.

Used by inbound events and by reconciliation alike, so that both converge on the same state: whatever was late, doubled,
reordered or lost, the order ends where the provider is. The rule: amounts are asked of the provider, never read from an
event. Facts are tried on the stored order, in this order, and only news is sent:

    payment    held, captured, declined, lapsed
    refunds    failed ones first: they give back the room that later ones took
    disputes   opened, won, lost
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

from activities.orders.asking import shown_card
from activities.providers.base import Declined, PaymentProvider, ProviderRefused
from domain import commands as c
from domain.commands import Command
from domain.errors import OrderError
from domain.lifecycle import settle
from domain.order import Actor, Order

Subject = Literal["payment", "refunds", "disputes"]
EVERYTHING: Final[tuple[Subject, ...]] = ("payment", "refunds", "disputes")
_TRYING: Final = Actor(kind="system", id="facts")


async def facts(provider: PaymentProvider, ref: str, subjects: Iterable[Subject]) -> list[Command]:
    """Where the payment of this reference stands, new or not. Raises ProviderUnavailable, and ProviderRefused when the
    provider does not know it at all."""
    found: list[Command] = []
    if "payment" in subjects:
        found += await _payment(provider, ref)
    if "refunds" in subjects:
        made = await provider.refunds(ref)
        made.sort(key=lambda refund: refund.status != "failed")
        found += [c.RefundFact(payment_ref=ref, ref=r.ref, status=r.status, amount=r.amount) for r in made]
    if "disputes" in subjects:
        for d in await provider.disputes(ref):
            found.append(c.DisputeFact(payment_ref=ref, ref=d.ref, status=d.status, amount=d.amount, reason=d.reason))
    return found


async def _payment(provider: PaymentProvider, ref: str) -> list[Command]:
    try:
        result = await provider.payment(ref)
    except Declined as error:
        return [c.PaymentFact(ref=ref, status="declined", decline_code=error.decline_code, message=error.message)]
    except ProviderRefused as error:
        if error.code == "not_authorized":  # prepared, and nobody has confirmed it yet
            return []
        raise
    fact = c.PaymentFact(
        ref=ref,
        status=result.status,
        authorized=result.authorized,
        captured=result.captured,
        expires_at=result.expires_at,
    )
    card = shown_card(result.card)
    return [fact if card is None else fact.model_copy(update={"card": card})]


def news(order: Order, found: Iterable[Command], now: datetime) -> tuple[list[Command], list[Command]]:
    """(what the order does not know yet, what it cannot take as it stands).

    The second is never lost silently: a refund of more than is known to be captured waits for what explains it.
    """
    fresh: list[Command] = []
    unfit: list[Command] = []
    for command in found:
        try:
            order = settle(order, command, [], now, _TRYING).order
            fresh.append(command)
        except OrderError as error:
            if error.data.get("unexplained"):
                unfit.append(command)
    return fresh, unfit


def adoptable(fact: Command, provider: str, amount: int) -> Command:
    """The same fact with what an order needs that does not know the payment: whose it is, and for how much."""
    if not isinstance(fact, c.PaymentFact):
        return fact
    return fact.model_copy(update={"provider": provider, "amount": amount})
