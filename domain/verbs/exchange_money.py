"""Money of an exchange: what a step of it makes due is asked of the payment method it names, what it makes surplus goes back.

The step is done first, on a revision of its own when it is only planned: both then read the same figures, and the payment the
plan names is the one the step opens.
"""

from typing import Any

from domain import ids, ledger
from domain.exchanges import Exchange
from domain.operations import Operation, Outcome
from domain.order import STORE_CREDIT, Refund
from domain.revision import Revision
from domain.verbs.giving_back import plan_settlement, settle_account
from domain.verbs.paying import open_payment, record_outcome, waiting


def plan_change(rev: Revision, exchange: Exchange | None, *, to_credit: bool = False) -> list[Operation]:
    """What the command, as far as `rev` has done it, asks of providers."""
    operations = plan_settlement(rev.before, rev.order, to_credit=to_credit)
    asked = _asked(rev, exchange) if exchange is not None else 0
    if exchange is None or asked <= 0:
        return operations
    by_credit = exchange.payment_method == STORE_CREDIT
    payment = Operation(
        kind="authorize",
        payment_id=ids.child(rev.order.id, "payment", rev.order.next_serial),
        provider=STORE_CREDIT if by_credit else exchange.provider,
        amount=asked,
        capture=rev.order.policy.capture == "automatic",
        payment_method=exchange.payment_method,
        customer=rev.order.customer_id if by_credit else exchange.customer,
    )
    return [*operations, payment]


def _asked(rev: Revision, exchange: Exchange) -> int:
    """What this command made due, as far as no hold and no payment under way covers it."""
    if exchange.payment_method is None:
        return 0
    raised = ledger.due(rev.order) - ledger.due(rev.before)
    under_way = sum(p.amount for p in waiting(rev.order) if p.state == "processing")
    return min(raised, ledger.due(rev.order) - ledger.held(rev.order) - under_way)


def settle_change(
    rev: Revision,
    outcomes: list[Outcome],
    exchange: Exchange | None,
    *,
    origin: Any,
    reason: str | None,
    to_credit: bool = False,
    **shown: Any,
) -> Refund | None:
    """Record what `plan_change` did. A decline leaves it due, and the order shows it."""
    payments = [outcome for outcome in outcomes if outcome.operation.kind == "authorize"]
    for outcome in payments:  # before anything else takes a serial: the plan named the payment by it
        asked = outcome.operation
        open_payment(rev, asked.provider, asked.amount, payment_method=asked.payment_method)
    refund = settle_account(rev, outcomes, origin=origin, reason=reason, to_credit=to_credit, **shown)
    for outcome in payments:
        record_outcome(rev, outcome.operation.payment_id, outcome)
    return refund
