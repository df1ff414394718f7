"""What crosses Temporal between a client and an order's workflow: its input, receipts, the answer of `state`."""

from activities.messages import MoneyTask, Told
from domain.base import Model, Time
from domain.commands import Place, Request
from domain.order import Order


class Start(Model):
    """OrderWorkflow's input. Version 0: `place` it. Otherwise the stored order: a wake-up or a continue-as-new."""

    order: Order
    place: Place | None = None
    request: Request | None = None
    told: tuple[Told, ...] = ()
    """Facts a closed order was woken for, from `told_by`."""
    told_by: Request | None = None
    resume: MoneyTask | None = None
    """Money a terminated run left half done."""


def compact(order: Order) -> Order:
    """The same order with nothing set that is its default anyway: what is not set stays out of the history.

    The policy is kept whole: it is frozen into the order, whatever the defaults become.
    """
    plain = order.model_dump(exclude_defaults=True) | {"policy": order.policy.model_dump()}
    return Order.model_validate(plain)


class Receipt(Model):
    """An update's answer; the API reads the row for the rest."""

    version: int
    subject: str | None = None


class OrderState(Model):
    """Answer of the `state` query."""

    order: Order
    allowed: tuple[str, ...]
    waits_for: tuple[str, ...]
    next_deadline: str | None = None
    next_deadline_at: Time | None = None
    busy_with: str | None = None


def signal_of(verb: str) -> str:
    """The signal that tells this fact: its verb, but a carrier's word is `delivered`."""
    return "delivered" if verb == "deliver" else verb
